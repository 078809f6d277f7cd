# SPDX-License-Identifier: BSD-2-Clause
# tests/unit/test_<noun>.c is one cmocka program each; the other .c files there
# are fakes and fixtures that all of them may use. tests/fuzz/fuzz_<noun>.c is
# one libFuzzer target each, built by clang under ASan and UBSan.

unit_tests := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
unit_kit := $(patsubst %.c,$(O)/%.o,$(filter-out $(wildcard tests/unit/test_*.c),\
	$(wildcard tests/unit/*.c)))

test_libs := -lcmocka $(test_extra_libs)

$(O)/unit/%: $(O)/tests/unit/%.o $(unit_kit) $(libs)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(base_cflags) -o $@ $^ $(test_libs) $(unit_libs_$*) $(base_libs) \
		$(tool_vkexec-measure_libs) $(CFLAGS) $(LDFLAGS)

.SECONDARY:

.PHONY: unit-tests
unit-tests: $(addprefix $(O)/unit/,$(unit_tests))

fuzz_targets := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_cflags := -std=c11 $(debug_info) -O1 -D_GNU_SOURCE -DMBEDTLS_ALLOW_PRIVATE_ACCESS -DVKX_VERSION='"fuzz"' -iquote . -iquote kernel/core -iquote kernel/core/env/host \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
fuzz_objs := $(patsubst %.c,$(O)/fuzz-obj/%.o,$(core_srcs) $(host_srcs))

$(O)/fuzz-obj/%.o: %.c
	$(call say,FUZZCC,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) clang $(fuzz_cflags) $(core_cflags_$(notdir $*)) -MMD -MP -c -o $@ $<

$(O)/libvkxfuzz.a: $(fuzz_objs)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/fuzz/%: $(O)/fuzz-obj/tests/fuzz/%.o $(O)/libvkxfuzz.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)clang $(fuzz_cflags) -fsanitize=fuzzer -o $@ $^ $(unit_libs_$*) $(base_libs) $(tool_vkexec-measure_libs)

.PHONY: fuzz-targets
fuzz-targets: $(addprefix $(O)/fuzz/,$(fuzz_targets))

# tests/prog/<name>.c: programs that shell-level checks run.
$(O)/prog/%: $(O)/tests/prog/%.o $(unit_kit) $(libs)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(base_cflags) -o $@ $^ $(test_libs) $(base_libs) $(tool_vkexec-measure_libs) $(CFLAGS) $(LDFLAGS)
