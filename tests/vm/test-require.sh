#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A kernel that asks for more than the default: two different signers
# (VKEXEC_SIGNERS), and a TPM (VKEXEC_REQUIRE_TPM). One key twice is one
# signer; a signature that nobody trusts counts for nothing; without a TPM no
# load, normal or crash, goes through, nor does one whose next kernel cannot have
# the log. (V37, V76)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }
last_rule() { vm_sh "sed -n 's/^last-refusal: \([a-z-]*\) .*/\1/p' /sys/kernel/security/vkexec/status"; }

refused() { # FILE ERRNO RULE [FLAGS]
	VM_SAY="$1${4:+, flags $4}" vm_expect "$2" vm_load "/vkx/$1.efi" - - "${4:-0}"
	VM_SAY="$1: the reason" vm_expect "$3" last_rule
}

sign_more() { # IN OUT KEY
	cp "$VM_DIR/share/$1.efi" "$VM_DIR/share/$2.efi"
	"$uki_bin/vkexec-sign" sign --add --key "$uki_keys/$3.key" --cert "$uki_keys/$3.pem" \
		"$VM_DIR/share/$2.efi" >"$work/log" 2>&1 || vm_die "$(cat "$work/log")"
}

kernel=$(vm_kernel require)/Image
uki_sbat 2 "$work/sbat"
uki_small_image "$work/image"
echo small >"$work/small"
uki_machine_dtb "$work/dtb"
vm_initrd first "$work/first.cpio"
vm_new
uki_make "$VM_DIR/share/one.efi" release --linux "$work/image" --initrd "$work/small" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
sign_more one one-twice release
sign_more one one-and-nobody other
sign_more one one-and-revoked revoked
sign_more one two module
sign_more one-and-nobody nobody-between module
uki_make "$VM_DIR/share/limited-one.efi" release --linux "$work/image" --initrd "$work/small" \
	--cmdline "console=ttyAMA0 mem=512M" --dtb "$work/dtb" --sbat "$work/sbat"
sign_more limited-one limited module

echo "== two signers, and a TPM to measure them"
vm_start "$kernel" "$work/first.cpio" crashkernel=256M
vm_expect 2 status signers-required
vm_expect yes status tpm-required
refused one EPERM policy-signers
refused one-twice EPERM policy-signers
refused one-and-nobody EPERM policy-signers
refused one-and-revoked EPERM policy-signers
refused one EPERM policy-signers 2
vm_expect no status loaded
vm_expect ok vm_load /vkx/two.efi
vm_expect yes status measured
vm_expect "yes (the TPM's node)" status log-handed-on
# Its log would be out of its memory: no auditor could follow.
refused limited EPERM merge-tpm
vm_expect ok vm_load /vkx/nobody-between.efi
vm_expect ok vm_load /vkx/two.efi - - 2
vm_expect ok vm_unload
vm_expect ok vm_unload 2
vm_stop

echo "== no TPM"
VM_TPM=0
vm_new
uki_make "$VM_DIR/share/one.efi" release --linux "$work/image" --initrd "$work/small" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
sign_more one two module
vm_start "$kernel" "$work/first.cpio" crashkernel=256M
vm_expect none status tpm
vm_expect yes status tpm-required
refused two ENODEV no-tpm
refused two ENODEV no-tpm 2
vm_expect no status loaded
vm_expect no status crash-loaded
# What is wrong with the file itself is said first.
refused one EPERM policy-signers
vm_stop
vm_done
