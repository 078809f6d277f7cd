# SPDX-License-Identifier: BSD-2-Clause
#
# vkexec: one signed file carries a Linux machine from kernel to kernel.
# `make help` lists the targets. Knobs, all overridable on the command line:
#
#   O=build            where everything built goes
#   CC, AR, CROSS      compiler; CROSS=aarch64-linux-gnu- builds the tools for arm64
#   CFLAGS, LDFLAGS    yours, added last
#   CCACHE=ccache      compiler cache (tests/check.sh uses it)
#   WERROR=1           warnings are errors (CI sets it)
#   SAN=1              AddressSanitizer and UndefinedBehaviorSanitizer
#   PREFIX=/usr/local  DESTDIR=   where install puts things
#   V=1                show the commands
#   STUB_CROSS         compiler prefix for the relocation stub and its tests
#   VKX_CACHE          built kernels and packages (~/.cache/vkexec)
#   VKX_TEST_DATA      test material of other projects (../shared/data)

O       ?= build
# One name for one folder: dependency files name what they were made for.
override O := $(patsubst $(CURDIR)/%,%,$(abspath $(O)))
PREFIX  ?= /usr/local
DESTDIR ?=
CROSS   ?=
ifeq ($(origin CC),default)
CC      := $(CROSS)gcc
endif
ifeq ($(origin AR),default)
AR      := $(CROSS)ar
endif
STUB_CROSS ?= aarch64-linux-gnu-
# With a compiler cache what was compiled once, in whatever clone, is not compiled
# again: objects name their sources from the top folder, wherever that is.
CCACHE  ?=
PKG_CONFIG ?= pkg-config

VERSION := 0.1.0

ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
endif

debug_info := -g -fdebug-prefix-map=$(CURDIR)=.
warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2 \
	-Wimplicit-fallthrough
ifeq ($(WERROR),1)
warnings += -Werror
endif
optimize := -O2
ifeq ($(SAN),1)
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
# Compiles in two thirds of the time, and stays nearer to what is written; but
# gcc sees no ranges of numbers then, and warns of any.
optimize := -O1
warnings += -Wno-format-truncation
endif

base_cflags := -std=c11 $(optimize) $(debug_info) $(warnings) $(sanitize)
core_cflags := $(base_cflags) -ffreestanding -Wconversion -Wdeclaration-after-statement \
	-iquote kernel/core -iquote kernel/core/env/host
host_cflags := $(base_cflags) -D_GNU_SOURCE -DMBEDTLS_ALLOW_PRIVATE_ACCESS -DVKX_VERSION='"$(VERSION)"' \
	-fstack-protector-strong -D_FILE_OFFSET_BITS=64 -iquote . -iquote kernel/core -iquote kernel/core/env/host
ifneq ($(SAN),1)
host_cflags += -D_FORTIFY_SOURCE=2
endif

# The architecture decides which SHA-256 engine is compiled beside the generic
# one; kernel/core itself has no #if.
target_arch := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

.PHONY: all
all:

include kernel/core/build.mk

# --- libraries -------------------------------------------------------------
# libvkxcore.a: kernel/core, exactly the files that Linux compiles too.
# libvkxhost.a: what the tools share; every .c of a tool's folder that is not
# main.c or cmd_*.c.

core_objs := $(core_srcs:%.c=$(O)/%.o)
host_srcs := $(filter-out %/main.c,$(filter-out $(wildcard */cmd_*.c kernel/load/cmd_*.c),\
	$(wildcard keys/*.c verify/*.c signer/*.c measure/*.c kernel/load/*.c)))
host_objs := $(host_srcs:%.c=$(O)/%.o)

libs := $(O)/libvkxhost.a $(O)/libvkxcore.a
base_libs := -lmbedx509 -lmbedcrypto -lfdt -ljson-c -lpthread

include $(wildcard kernel/load/build.mk kernel/stub/build.mk)
include $(wildcard keys/build.mk signer/build.mk verify/build.mk measure/build.mk)
include $(wildcard tests/build.mk tests/vm/build.mk tests/stub/build.mk docs/build.mk)

$(O)/kernel/core/%.o: kernel/core/%.c
	$(call say,CORE,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CC) $(core_cflags) $(core_cflags_$(notdir $*)) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CC) $(host_cflags) $(host_cflags_$(subst /,_,$*)) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/libvkxcore.a: $(core_objs)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/libvkxhost.a: $(host_objs)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# --- tools -----------------------------------------------------------------
# A build.mk adds its tool to `tools` and gives tool_<name>_dir and, where
# needed, tool_<name>_libs.


define tool_rule
$(O)/bin/$(1): $$(patsubst %.c,$(O)/%.o,$$(wildcard $$(tool_$(1)_dir)/main.c $$(tool_$(1)_dir)/cmd_*.c)) $(libs)
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(base_cflags) -o $$@ $$^ $$(tool_$(1)_libs) $(base_libs) $(CFLAGS) $(LDFLAGS)
endef
$(foreach t,$(tools),$(eval $(call tool_rule,$(t))))

all: $(addprefix $(O)/bin/,$(tools)) ## build every tool (no root)

.PHONY: install uninstall
# bash-completion looks for a file of the command's own name.
comp_dir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
share_dir = $(DESTDIR)$(PREFIX)/share/vkexec
install: all ## install tools, man pages and completion under PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(comp_dir) $(share_dir)/keylime
	install -m 755 $(addprefix $(O)/bin/,$(tools)) $(DESTDIR)$(PREFIX)/bin
	set -e; for m in $(wildcard docs/man/*.1); do \
		install -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man1; done
	install -m 644 docs/completion/vkexec $(comp_dir)
	set -e; for t in $(tools); do ln -sf vkexec $(comp_dir)/$$t; done
	install -m 644 measure/keylime/vkexec_policy.py $(share_dir)/keylime

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(tools))
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(wildcard docs/man/*.1)))
	rm -f $(addprefix $(comp_dir)/,vkexec $(tools))
	rm -f $(share_dir)/keylime/vkexec_policy.py
	[ ! -d $(share_dir) ] || rmdir $(share_dir)/keylime $(share_dir)

.PHONY: deps check check-long demo lint fuzz bench clean help
deps: ## install the Debian packages that are missing, saying which
	@tests/deps.sh

check: ## the tests, the long campaigns in a short slice
	@tests/check.sh all

check-long: ## the campaigns that take hours; writes the stub's part of docs/test-results.md
	@tests/check.sh long

demo: ## sign, load, measure, launch and audit a real kernel
	@tests/demo/run.sh

lint: ## clang-format, clang-tidy, cppcheck, gcc -fanalyzer
	@tests/check.sh lint-format lint-spdx lint-core lint-alone lint-cppcheck lint

fuzz: ## run every fuzz target for FUZZ_SECONDS (60) each
	@tests/check.sh fuzz-timed

bench: ## speed and memory against peers, as ratios of one run
	@tests/bench/run.sh

clean: ## remove everything built
	rm -rf $(O)

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' \
		Makefile $(wildcard */build.mk */*/build.mk)
	@printf '\n  tests/check.sh --list       every check by name, and what it shows\n'
	@printf '  tests/check.sh NAME...      these checks, as make check runs them\n\n'
	@sed -n 's/^#   //p' Makefile | sed 's/^/    /'

-include $(shell find $(O) -name '*.d' 2>/dev/null)
