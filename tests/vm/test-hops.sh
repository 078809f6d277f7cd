#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Many hops in a row, no firmware between them: every kernel comes up locked
# down and whole, the log grows by what it should and replays to the PCRs, the
# TPM is not reset and its lockout counter does not move. (V79, V83, V88)
#
#   tests/vm/test-hops.sh COUNT [BANKS]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
count=${1:-100}
VM_BANKS=${2:-sha256}
work=$(mktemp -d)
. "$vm_top/tests/vm/pcrs.sh"
trap 'vm_clean; rm -rf "$work"' EXIT

make_release() { # NAME
	vm_initrd "$1" "$work/$1.cpio"
	uki_make "$work/$1.efi" release --linux "$ours" --initrd "$work/$1.cpio" \
		--cmdline "console=ttyAMA0 lockdown=integrity release=$1" \
		--dtb "$work/dtb" --sbat "$work/sbat"
}
# One line of what every kernel must be like.
here() {
	vm_sh 'sed "s/.*\[\(.*\)\].*/\1/" /sys/kernel/security/lockdown
		sed "s/.*release=//" /proc/cmdline
		grep -c ^processor /proc/cpuinfo
		awk "/MemTotal/ { print (\$2 > 800000) ? \"all\" : \$2 }" /proc/meminfo
		sed -n "s/^hops: //p; s/^event-log: //p" /sys/kernel/security/vkexec/status
		dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean' | paste -sd' '
}
# Load, launch; load, launch; ... each with its number, and nothing else.
hop_list() { pcrs_hops | paste -sd' '; }
expected_list() { seq "$1" | awk '{ print "load", $1; print "launch", $1 }' | paste -sd' '; }
# Every so often, and at the end: it takes a few seconds.
check_log() { # HOPS
	echo "== after $1 hops"
	vm_expect agree pcrs_agree $ours_log
	vm_expect 0 pcrs_warnings
	vm_expect agree pcrs_agree $stock_log
	VM_SAY="records of hops 1 to $1" vm_expect "$(expected_list "$1")" hop_list
	vm_expect "$resets" reset_count
	vm_expect "$lockouts" lockout_count
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb"
vm_initrd first "$work/first.cpio"
make_release odd
make_release even
vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio" lockdown=integrity
resets=$(reset_count)
lockouts=$(lockout_count)
[ -n "$resets" ] && [ -n "$lockouts" ] || vm_die "the TPM does not tell its counters"
for i in $(seq "$count"); do
	release=$([ $((i % 2)) = 1 ] && echo odd || echo even)
	vm_expect ok vm_load /vkx/$release.efi
	vm_exec
	VM_SAY="hop $i of $count" vm_expect \
		"integrity $release ${VM_SMP:-2} all handed over $i clean" here
	[ $((i % 10)) != 0 ] || check_log "$i"
done
[ $((count % 10)) = 0 ] || check_log "$count"
echo "   $count hops, TPM's resetCount $resets and lockout counter $lockouts at both ends"
vm_stop
vm_done
