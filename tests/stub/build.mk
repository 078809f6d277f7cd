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

# Runs at EL3 without an MMU: no vector registers (they are the stub's) and no
# unaligned access. kernel/core brings the page builder and another SHA-256.
bare_flags := -std=c11 -ffreestanding -mgeneral-regs-only -mstrict-align -fno-pic \
	-fno-stack-protector -fno-tree-loop-distribute-patterns -mno-outline-atomics \
	-Ikernel/core/env/host $(stub_flags) $(stub_warnings)
bare_core := kernel/core/stub_block.c kernel/core/cursor.c kernel/core/sha256.c kernel/core/sha256_other.c
bare_srcs := $(wildcard tests/stub/bare/*.c tests/stub/bare/*.S) $(bare_core)
bare_objs := $(addprefix $(O)/stub/bare/,$(addsuffix .o,$(bare_srcs))) $(O)/stub/stub.o

$(O)/stub/bare/%.o: %
	$(call say,CC64,$<)
	@mkdir -p $(@D)
	$(Q)$(stub_cc) $(bare_flags) -MMD -MP -c -o $@ $<

$(O)/stub/bare.elf: tests/stub/bare/bare.ld $(bare_objs)
	$(call say,LD64,$@)
	$(Q)$(stub_cc) -nostdlib -static -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
		-T $< -o $@ $(bare_objs)

$(O)/stub/bare.bin: $(O)/stub/bare.elf
	$(Q)$(STUB_CROSS)objcopy -O binary $< $@

.PHONY: stub
stub: $(O)/stub/stub.o $(O)/stub/hash_check $(O)/stub/hash_expect $(O)/stub/bare.bin ## the relocation stub and its tests
