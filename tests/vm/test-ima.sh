#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# IMA's measurement list crosses the hop: what the first kernel measured
# stands in front of what the second adds. A release without an initrd of its
# own gets an empty one, never the first kernel's.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
list=/sys/kernel/security/ima/ascii_runtime_measurements

aggregates() { vm_sh "grep -c boot_aggregate $list"; }
carried() { # the first kernel's entries, in order, at the head of the list
	vm_sh "head -n \$(wc -l </vkx/before) $list | cmp -s - /vkx/before && echo carried || echo lost"
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb"
vm_initrd first "$work/first.cpio"
vm_initrd second "$work/second.cpio"
uki_make "$work/second.efi" release --linux "$ours" --initrd "$work/second.cpio" \
	--cmdline "console=ttyAMA0 ima_policy=tcb" --dtb "$work/dtb" --sbat "$work/sbat"
uki_make "$work/bare.efi" release --linux "$ours" \
	--cmdline "console=ttyAMA0 panic=1" --dtb "$work/dtb" --sbat "$work/sbat"

vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio" "ima_policy=tcb"
vm_expect ok vm_load /vkx/second.efi
vm_sh "cat $list >/vkx/before"
vm_exec
vm_expect second echo "$VM_MARKER"
vm_expect 2 aggregates
vm_expect carried carried

# With no initrd and no root there is nothing to run: it must panic, not find
# the first kernel's user space.
vm_expect ok vm_load /vkx/bare.efi
printf 'exec\n' >&"$vm_in"
outcome() {
	if vm_answer; then echo "ran: $VM_REPLY"; else
		grep -qa "Unable to mount root fs" "$VM_DIR/console.log" && echo "no root" || echo unclear
	fi
}
vm_expect "no root" outcome
vm_stop
vm_done
