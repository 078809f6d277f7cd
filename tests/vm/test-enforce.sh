#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vkexec.enforce is a switch with one way: before it, bare Images and
# kexec_load work as in stock Linux; after it, nothing but a signed UKI is
# loaded or, if it was loaded before, started, and it cannot be taken back.
# (V61, V62)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
switch=/sys/module/vkexec/parameters/enforce

enforcing() { vm_sh 'sed -n "s/^enforcing: //p" /sys/kernel/security/vkexec/status'; }
throw() { vm_sh "echo $1 2>/dev/null >$switch && echo taken || echo refused"; }

ours=$(vm_kernel vkexec)/Image
vm_initrd first "$work/first"
vm_initrd next "$work/next"
uki_sbat 2 "$work/sbat"
uki_small_image "$work/image"
uki_machine_dtb "$work/dtb"
vm_new
cp "$work/image" "$work/first" "$VM_DIR/share"
uki_make "$VM_DIR/share/release.efi" release --linux "$work/image" --initrd "$work/first" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
uki_make "$VM_DIR/share/unsigned.efi" - --linux "$work/image" --initrd "$work/first" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
vm_start "$ours" "$work/first" ""

echo "== not enforcing: stock kexec is unchanged, a UKI is checked all the same"
vm_expect no enforcing
vm_expect ok vm_load /vkx/image /vkx/first
vm_expect ok vm_legacy
vm_expect EKEYREJECTED vm_load /vkx/unsigned.efi
vm_expect ok vm_load /vkx/release.efi
vm_expect ok vm_unload

echo "== the switch"
vm_expect taken throw 1
vm_expect refused throw 0
vm_expect vkexec.enforce=1 enforcing

echo "== enforcing: nothing but a signed UKI"
vm_expect EPERM vm_load /vkx/image /vkx/first
vm_expect EPERM vm_legacy
vm_expect EKEYREJECTED vm_load /vkx/unsigned.efi
vm_expect ok vm_load /vkx/release.efi
vm_stop

# A bare Image, loaded before the switch, started with and without it.
next() { # 0|1 WANT
	vm_new
	cp "$ours" "$VM_DIR/share/image"
	cp "$work/next" "$VM_DIR/share"
	vm_start "$ours" "$work/first" ""
	vm_expect ok vm_load /vkx/image /vkx/next "console=ttyAMA0"
	[ "$1" = 0 ] || vm_expect taken throw 1
	VM_SAY="started, switch at $1" vm_expect "$2" outcome
	VM_SAY="said why" vm_expect "$1" grep -c 'only a signed UKI may be started: resetting' "$VM_DIR/console.log"
	vm_stop
}
outcome() {
	printf 'exec\n' >&"$vm_in"
	if vm_answer; then
		echo "booted ${VM_REPLY##* }"
	elif kill -0 "$vm_qemu" 2>/dev/null; then
		echo hung
	else
		echo reset
	fi
}

echo "== loaded before the switch was thrown, not started after it"
next 0 "booted next"
next 1 reset
vm_done
