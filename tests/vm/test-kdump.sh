#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A crash kernel is held to the same checks, boots after a panic with a TPM
# driver in it, and has the dead kernel's memory. (V67)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

crash_loaded() { vm_sh 'cat /sys/kernel/kexec_crash_loaded'; }
vmcore() { vm_sh 'test -s /proc/vmcore && head -c 4 /proc/vmcore | tail -c 3'; }
tpm_driver() { vm_sh 'test -c /dev/tpm0 && echo yes'; }
carried_log() {
	vm_sh 'ls /proc/device-tree/platform-bus@c000000/*/linux,sml-base 2>/dev/null || echo none'
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb"
vm_initrd running "$work/running.cpio"
vm_initrd crash "$work/crash.cpio"
uki_make "$work/crash.efi" release --linux "$ours" --initrd "$work/crash.cpio" \
	--cmdline "console=ttyAMA0 lockdown=integrity nr_cpus=1" \
	--dtb "$work/dtb" --sbat "$work/sbat"
uki_flip "$work/crash.efi" .initrd "$work/flipped.efi"

vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/running.cpio" "lockdown=integrity crashkernel=256M"
vm_expect EKEYREJECTED vm_load /vkx/flipped.efi - - 2
vm_expect 0 crash_loaded
vm_expect ok vm_load /vkx/crash.efi - - 2
vm_expect 1 crash_loaded
vm_panic
vm_expect crash echo "$VM_MARKER"
vm_expect ELF vmcore
vm_expect yes tpm_driver
vm_expect none carried_log
vm_stop
vm_done
