#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A launch of a changed image resets the machine; the kernel that is started
# next, from the same memory, knows why. The board's device tree gives the
# stub eight bytes for it.
set -eu
. "$(dirname "$0")/../vm/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

last_reset() { vm_sh 'dmesg | sed -n "s/.*vkexec: the last kexec ended in a reset: //p" | grep . || echo none'; }

status() { vm_sh 'sed -n "s/^last-reset: //p" /sys/kernel/security/vkexec/status'; }

ours=$(vm_kernel fault)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb" reason
uki_reason_dtb "$work/dtb" 0x7f000000
vm_initrd reason "$work/reason.cpio"
uki_make "$work/next.efi" release --linux "$ours" --initrd "$work/reason.cpio" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
vm_new
cp "$work/next.efi" "$VM_DIR/share"
# QEMU's reset keeps memory, but for what it loaded itself.
VM_ARGS=(-dtb "$work/dtb" -action reboot=reset)
vm_start "$ours" "$work/reason.cpio"
vm_expect none last_reset
vm_expect none status
vm_expect ok vm_load /vkx/next.efi
# Segment 0 is the one of IMA, which is no region.
vm_sh 'echo "source 1 5000 0" >/sys/kernel/security/vkexec/inject'
vm_exec
vm_expect "the next kernel was changed after it was loaded (code 3, regions 0x1)" last_reset
vm_expect "the next kernel was changed after it was loaded (code 3, regions 0x1)" status
vm_expect ok vm_load /vkx/next.efi
vm_exec
vm_expect none last_reset
vm_expect none status
vm_stop
vm_done
