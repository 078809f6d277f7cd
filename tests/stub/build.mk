# SPDX-License-Identifier: BSD-2-Clause
# The stub outside Linux: its hash in an arm64 program, the whole of it in a
# bare-metal image. Always cross-built; needs neither root nor a kernel.

stub_cc := $(STUB_CROSS)gcc
stub_srcs := $(wildcard kernel/stub/*.S) kernel/core/stub_layout.h
stub_warnings := $(warnings) -Wconversion
stub_flags := -Ikernel/stub -Ikernel/core -O2 -g

$(O)/stub/stub.o: kernel/stub/stub.S $(stub_srcs)
	$(call say,AS64,$<)
	@mkdir -p $(@D)
	$(Q)$(stub_cc) $(stub_flags) -c -o $@ $<

$(O)/stub/hash_check: tests/stub/hash_check.c tests/stub/hash_glue.S tests/stub/message.h $(stub_srcs)
	$(call say,CC64,$<)
	@mkdir -p $(@D)
	$(Q)$(stub_cc) -std=c11 $(stub_warnings) $(stub_flags) -static -o $@ $(filter tests/stub/hash_check.c tests/stub/hash_glue.S,$^)

$(O)/stub/hash_expect: tests/stub/hash_expect.c tests/stub/message.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_cflags) -o $@ $< -lmbedcrypto

.PHONY: stub
stub: $(O)/stub/stub.o $(O)/stub/hash_check $(O)/stub/hash_expect ## the relocation stub and its tests
