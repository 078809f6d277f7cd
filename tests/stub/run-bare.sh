#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the stub's bare-metal image: tests/stub/run-bare.sh CAMPAIGN... [long]
# Campaigns: cases flips page skips list. Virtual time counts instructions, so
# the result does not depend on this machine's speed or load. Without FA64 most of
# Advanced SIMD traps in streaming mode, in which the image enters the stub.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
exec timeout "${STUB_TIMEOUT:-600}" qemu-system-aarch64 \
	-M virt,secure=on,virtualization=on,gic-version=2 \
	-cpu max,pauth-impdef=on,sme_fa64=off -m 2G -smp 1 -display none -monitor none \
	-serial stdio -icount shift=0,sleep=off -rtc clock=rt \
	-semihosting-config "enable=on,target=native,arg=$*" \
	-bios "$O/stub/bare.bin" </dev/null
