#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A machine that describes itself by ACPI, so that Linux has no device tree but
# /chosen: firmware's log and ours are still one after a hop, where a stock kernel
# looks for it, and a launch without a TPM is told of. (V71, V79)
set -eu
work=$(mktemp -d)
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
. "$vm_top/tests/vm/uefi.sh"
trap 'vm_clean; rm -rf "$work"' EXIT
VM_MACHINE=acpi=on

# The tree's bytes as they are: there is no /proc/device-tree.
uefi_properties() { vm_sh 'strings /sys/firmware/fdt | grep -o "^linux,uefi-.*" | sort -u'; }
acpi_tables() { vm_sh '[ -d /sys/firmware/acpi/tables ] && echo there || echo none'; }
status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }

ours=$(vm_kernel vkexec-acpi)/Image
uki_firmware_key "$work/firmware"
uki_sbat 2 "$work/sbat"
for r in one two; do vm_initrd $r "$work/$r.cpio"; done
make_release one "$ours" release=one --stub "$(uki_stub)" --initrd "$work/one.cpio"
make_release two "$ours" release=two --initrd "$work/two.cpio"

hop() {
	vm_new
	cp "$work/two.efi" "$VM_DIR/share"
	vm_launch_uefi "$work/one.efi"
	vm_hello
	vm_expect one echo "$VM_MARKER"
	vm_expect 1 secure_boot
	vm_expect there acpi_tables
	before=$(uefi_properties)
	vm_expect ok vm_load /vkx/two.efi
	[ "${VM_TPM:-1}" = 0 ] || vm_expect "yes (EFI's table)" status log-handed-on
	vm_exec
	vm_expect two echo "$VM_MARKER"
	vm_expect "$before" uefi_properties
	vm_expect 1 secure_boot
}

hop
VM_SAY="the log that EFI's table names, replayed by tpm2_eventlog" vm_expect agree replays
vm_expect no status launched-unmeasured
vm_expect "handed over" status event-log
vm_expect 1 status hops
vm_stop
echo "== without a TPM"
VM_TPM=0 hop
vm_expect yes status launched-unmeasured
vm_stop
vm_done
