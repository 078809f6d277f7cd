#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The stub in a running kernel: bits of loaded segments and of the stub's page
# are changed after the launch was measured, by the test kernels' own injector.
# No such launch may reach the next kernel; one without a change must. (V64,
# V65)
#
#   tests/stub/test-guest.sh [el1|nvhe|vhe]   a byte of each segment
#                                (STUB_SAMPLE=N: of the first N)
#
# Every page of every segment: test-outside.sh, without the injector.
set -eu
. "$(dirname "$0")/../vm/vm.sh"
. "$vm_top/tests/vm/uki.sh"
case ${1:-el1} in
el1) ;;
nvhe) VM_CPU=cortex-a57 VM_MACHINE=virtualization=on ;;
vhe) VM_CPU=max,pauth-impdef=on,lpa2=off VM_MACHINE=virtualization=on ;;
*) vm_die "test-guest.sh [el1|nvhe|vhe]" ;;
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

# One launch with one injection; returns 1 where there was nothing to change.
try() { # FILE COMMAND
	local got found
	boot_and_load "$1" >/dev/null
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
sample next.efi
# The masked entry point, and a digest of the table.
for offset in $((0xbd8)) $((0xc60)); do
	try next.efi "stub $offset 1"
done
echo "RESULT guest ${1:-el1}: $tries injections, $resets resets, $entered entered the next kernel, $other hung"
vm_done
