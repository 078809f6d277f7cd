#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The stub in a running kernel: bits of loaded segments and of the stub's page
# are changed after the launch was measured, by the test kernels' own injector.
# No such launch may reach the next kernel; one without a change must. (V64,
# V65)
#
#   tests/stub/test-guest.sh [el1|nvhe|vhe]        a sample of each segment
#                                (STUB_SAMPLE=N: of the first N)
#   tests/stub/test-guest.sh el1 every             every page of a small UKI
set -eu
. "$(dirname "$0")/../vm/vm.sh"
. "$vm_top/tests/vm/uki.sh"
case ${1:-el1} in
el1) ;;
nvhe) VM_CPU=cortex-a57 VM_MACHINE=virtualization=on ;;
vhe) VM_CPU=max,pauth-impdef=on,lpa2=off VM_MACHINE=virtualization=on ;;
*) vm_die "test-guest.sh [el1|nvhe|vhe] [every]" ;;
esac
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
tries=0 resets=0 entered=0 other=0

boot_and_load() { # FILE
	vm_new
	cp "$work/$1" "$VM_DIR/share/next.efi"
	vm_start "$ours" "$work/first.cpio" lockdown=integrity
	vm_expect ok vm_load /vkx/next.efi
}

# What came of the launch.
outcome() {
	printf 'exec\n' >&"$vm_in"
	if vm_answer; then
		echo "launched $VM_REPLY"
	elif kill -0 "$vm_qemu" 2>/dev/null; then
		echo hung
	else
		echo reset
	fi
}

# "0" where the injector found the byte, an errno where there is no such.
injected() {
	sed -n 's/.*vkexec: inject: segment [0-9]*: \(-\{0,1\}[0-9]*\).*/\1/p' "$VM_DIR/console.log" | tr -d '\r' | tail -1
}

entries() { grep -c 'Booting Linux on physical CPU' "$VM_DIR/console.log" || true; }

# Named as left out by the loader itself.
unchecked() { # COMMAND
	grep -q "vkexec: segment $(awk '{ print $2 }' <<<"$1") is IMA's list" "$VM_DIR/console.log"
}

# One launch with one injection; returns 1 where there was nothing to change,
# 2 where the segment is left out and the image cannot say that it started.
try() { # FILE COMMAND
	local got found
	boot_and_load "$1" >/dev/null
	if [ "$1" = small.efi ] && unchecked "$2"; then
		vm_stop
		return 2
	fi
	vm_sh "echo '$2' >/sys/kernel/security/vkexec/inject" >/dev/null
	got=$(VM_TIMEOUT=${STUB_HANG:-60} outcome)
	found=$(injected)
	if [ "${found:-0}" != 0 ]; then
		vm_stop
		return 1
	fi
	if [ "${2%% *}" = source ] && unchecked "$2"; then
		VM_SAY="$2 (IMA's list, left out)" vm_expect "launched hello $VM_RELEASE next" echo "$got"
		vm_stop
		return 0
	fi
	tries=$((tries + 1))
	case $got in
	reset) resets=$((resets + 1)) ;;
	hung) other=$((other + 1)) ;;
	*) entered=$((entered + 1)) ;;
	esac
	[ "$(entries)" -le 1 ] || got="entered and $got"
	VM_SAY=$2 vm_expect reset echo "$got"
	vm_stop
}

# Every page of every segment, until the injector says there is no more.
every_page() { # FILE
	local segment=0 page rc
	while :; do
		page=0
		while :; do
			rc=0
			try "$1" "source $segment $((page * 4096 + page * 37 % 4096)) $((page % 8))" || rc=$?
			[ $rc = 0 ] || break
			page=$((page + 1))
		done
		[ $page -gt 0 ] || [ $rc = 2 ] || break
		segment=$((segment + 1))
	done
}

# One byte of every segment.
sample() { # FILE
	local segment=0
	while try "$1" "source $segment $((segment * 97)) $((segment % 8))"; do
		segment=$((segment + 1))
		[ $segment -lt "${STUB_SAMPLE:-99}" ] || return 0
	done
}

ours=$(vm_kernel fault)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb" next
vm_initrd first "$work/first.cpio"
vm_initrd next "$work/next.cpio"
uki_make "$work/next.efi" release --linux "$ours" --initrd "$work/next.cpio" \
	--cmdline "console=ttyAMA0 lockdown=integrity" --dtb "$work/dtb" --sbat "$work/sbat"

boot_and_load next.efi
VM_SAY="no bit changed" vm_expect "launched hello $VM_RELEASE next" outcome
vm_stop
if [ "${2:-}" = every ]; then
	uki_small_image "$work/small"
	head -c 20000 /dev/urandom >"$work/small.initrd"
	uki_make "$work/small.efi" release --linux "$work/small" --initrd "$work/small.initrd" \
		--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
	every_page small.efi
else
	sample next.efi
	# The masked entry point, and a constant of SHA-256.
	for offset in $((0xbd8)) $((0x960)); do
		try next.efi "stub $offset 1"
	done
fi
echo "RESULT guest ${1:-el1}: $tries injections, $resets resets, $entered entered the next kernel, $other hung"
vm_done
