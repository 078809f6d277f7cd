# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# sha256_<arch>.c brings the engines of one architecture; others get the list
# that holds only the generic one.
core_sha256_x86_64  := kernel/core/sha256_x86_64.c
core_sha256_aarch64 := kernel/core/sha256_aarch64.c
core_sha256 := $(or $(core_sha256_$(target_arch)),kernel/core/sha256_other.c)

core_srcs := $(filter-out kernel/core/sha256_%.c,$(wildcard kernel/core/*.c)) \
	$(wildcard $(core_sha256))
# The intrinsics exist only when the whole file may use the extension; the
# file's entry point asks the CPU before it hands them out.
core_cflags_sha256_aarch64 := -march=armv8-a+crypto
