#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Loads until there is no room in the event log: a log that is more than half
# full crosses a hop whole, and a full one ends loading and nothing else. (V95)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
VM_BANKS=sha256,sha384,sha512
work=$(mktemp -d)
. "$vm_top/tests/vm/pcrs.sh"
trap 'vm_clean; rm -rf "$work"' EXIT
half=$((512 << 10)) most=3000

make_files() {
	uki_sbat 2 "$work/sbat"
	uki_machine_dtb "$work/dtb"
	uki_small_image "$work/small.bin"
	vm_initrd first "$work/first.cpio"
	local parts=(--cmdline console=ttyAMA0 --dtb "$work/dtb" --sbat "$work/sbat")
	uki_make "$work/release.efi" release --linux "$ours" --initrd "$work/first.cpio" "${parts[@]}"
	uki_make "$work/small.efi" release --linux "$work/small.bin" "${parts[@]}"
}
log_size() { vm_sh "stat -c %s $ours_log"; }
reason() { vm_sh 'sed -n "s/^last-refusal: *\([a-z-]*\).*/\1/p" /sys/kernel/security/vkexec/status'; }
# Loads the small file until the log has this size or a load is refused, and
# prints the answer to the last one. A log that never fills up ends it too.
fill() { # SIZE
	local n got=ok
	for ((n = 1; n <= most; n++)); do
		got=$(vm_load /vkx/small.efi)
		[ "$got" = ok ] || break
		[ $((n % 20)) != 0 ] || [ "$(log_size)" -lt "$1" ] || break
	done
	echo "$got"
}

ours=$(vm_kernel vkexec)/Image
make_files
vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio" lockdown=integrity
VM_SAY="loads until the log is half full" vm_expect ok fill $half
vm_expect ok vm_load /vkx/release.efi
vm_exec
vm_expect "handed over" vm_sh 'sed -n "s/^event-log: //p" /sys/kernel/security/vkexec/status'
vm_expect agree pcrs_agree $ours_log
VM_SAY="loads until one is refused" vm_expect EPERM fill $((1 << 30))
vm_expect EPERM vm_load /vkx/release.efi
vm_expect policy-measure reason
vm_expect agree pcrs_agree $ours_log
echo "   $(pcrs_hops | grep -c load) loads in a log of $(log_size) bytes"
vm_expect ok vm_unload
vm_expect clean vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'
vm_stop
vm_done
