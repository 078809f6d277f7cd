#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One file, signed for firmware and for the kernel, cold-boots under UEFI
# Secure Boot and is taken by kexec too: what firmware gave the first kernel
# (system table, memory map, Secure Boot state) is there after the hop. With
# one byte changed firmware refuses it. The same where the machine describes
# itself by ACPI, and Linux has no device tree but /chosen.
#
#   tests/vm/test-uefi.sh [off|on]    on: with ACPI
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
# With EFI, Linux passes the tables of the interrupt controller on.
VM_GIC=gic-version=3

make_release() { # NAME [INITRD]
	vm_initrd "$1" "$work/$1.cpio"
	uki_make "$work/$1.once" - --stub "$(uki_stub)" --linux "$ours" \
		--initrd "$work/$1.cpio" --sbat "$work/sbat" \
		--cmdline "console=ttyAMA0 lockdown=integrity release=$1"
	"$uki_bin/vkexec-sign" sign --firmware --key "$work/firmware.key" --cert "$work/firmware.pem" \
		-o "$work/$1.twice" "$work/$1.once" >"$work/log" 2>&1 &&
		"$uki_bin/vkexec-sign" sign --add --key "$uki_keys/release.key" \
			--cert "$uki_keys/release.pem" -o "$work/$1.efi" "$work/$1.twice" >"$work/log" 2>&1 ||
		vm_die "signing twice: $(cat "$work/log")"
}

# The tree's bytes as they are: with ACPI there is no /proc/device-tree.
uefi_properties() { vm_sh 'strings /sys/firmware/fdt | grep -o "^linux,uefi-.*" | sort -u'; }
described_by_acpi() { vm_sh '[ -d /sys/firmware/acpi/tables ] && echo on || echo off'; }
status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }
secure_boot() { vm_sh 'dmesg | grep -ciE "secure ?boot enabled"'; }

# Firmware's events and ours are one log, found where a kernel without vkexec
# looks on such a machine, and it replays to the PCRs as they are. (V79)
replays() {
	local log=/sys/kernel/security/tpm0/binary_bios_measurements
	vm_sh "cat $log >/vkx/log; tpm2_pcrread sha256" |
		awk '$2 == ":" { print $1, tolower($3) } $1 ~ /:$/ && NF == 2 { sub(":", "", $1); print $1, tolower($2) }' |
		sort >"$work/pcrs"
	tpm2_eventlog "$VM_DIR/share/log" 2>/dev/null | sed -n '/^pcrs:/,$p' |
		awk '/^ *[a-z0-9]+:$/ { bank = $1 } bank == "sha256:" && NF == 3 { print $1, $3 }' |
		sort >"$work/replayed"
	# Firmware's PCRs, the UKI's and ours, none of which is another's.
	for pcr in 0 7 11 12; do
		grep -q "^$pcr " "$work/replayed" || { echo "no PCR $pcr in the log"; return; }
	done
	comm -23 "$work/replayed" "$work/pcrs" >"$work/differ"
	if [ -s "$work/differ" ]; then cat "$work/differ"; else echo agree; fi
}

acpi=${1:-off} variant=vkexec
[ "$acpi" = off ] || variant=vkexec-acpi
ours=$(vm_kernel $variant)/Image
uki_firmware_key "$work/firmware"
uki_sbat 2 "$work/sbat"
make_release one
make_release two
uki_flip "$work/one.efi" .initrd "$work/flipped.efi"

log_replays() {
	VM_SAY="the log that EFI's table names, replayed by tpm2_eventlog" vm_expect agree replays
	vm_expect no status launched-unmeasured
}
hop() { # acpi=on|off
	VM_MACHINE=$1
	echo "== $1"
	vm_new
	cp "$work/two.efi" "$VM_DIR/share"
	vm_launch_uefi "$work/one.efi"
	vm_hello
	vm_expect one echo "$VM_MARKER"
	vm_expect 1 secure_boot
	vm_expect "${1#acpi=}" described_by_acpi
	before=$(uefi_properties)
	vm_expect ok vm_load /vkx/two.efi
	[ "${VM_TPM:-1}" = 0 ] || vm_expect "yes (EFI's table)" status log-handed-on
	vm_exec
	vm_expect two echo "$VM_MARKER"
	vm_expect "$before" uefi_properties
	vm_expect 1 secure_boot
}
if [ "$acpi" = on ]; then
	hop acpi=on
	log_replays
	vm_expect "handed over" status event-log
	vm_expect 1 status hops
	vm_stop
	VM_TPM=0 hop acpi=on
	vm_expect yes status launched-unmeasured
	vm_stop
	vm_done
	exit
fi
hop acpi=off
log_replays
vm_stop

vm_new
vm_launch_uefi "$work/flipped.efi"
denied() {
	local i
	for i in $(seq "$VM_TIMEOUT"); do
		grep -qaE 'Access Denied' "$VM_DIR/console.log" 2>/dev/null && { echo denied; return; }
		kill -0 "$vm_qemu" 2>/dev/null || break
		sleep 1
	done
	echo "not denied"
}
VM_SAY="firmware, one bit changed" vm_expect denied denied
vm_stop
vm_done
