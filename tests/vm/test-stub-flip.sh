#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One bit of a loaded segment is changed from outside between load and jump,
# in the file that backs the guest's memory: the stub must reset the machine,
# and nothing of the next kernel may run. Without a change the same file is
# launched. (V64; C.7 row 13)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_MEM=768

# Bytes of a file as a pattern for grep -P.
pattern() { # FILE OFFSET
	od -An -v -tx1 -j "$2" -N 32 "$1" | tr -d ' \n' | sed 's/../\\x&/g'
}

# Flips a bit in every copy of these 32 bytes that lies in the guest's memory;
# says how many there were.
flip_memory() { # FILE OFFSET
	local at n=0 byte
	for at in $(LC_ALL=C grep -obUaP "$(pattern "$1" "$2")" "$VM_DIR/ram" | cut -d: -f1); do
		byte=$(od -An -tu1 -j "$at" -N1 "$VM_DIR/ram")
		printf "\\x$(printf %02x $((byte ^ 1)))" |
			dd of="$VM_DIR/ram" bs=1 seek="$at" conv=notrunc status=none
		n=$((n + 1))
	done
	[ $n -gt 0 ] && echo "$n copies"
}

boot_and_load() {
	vm_new
	cp "$work/next.efi" "$VM_DIR/share"
	VM_MACHINE=memory-backend=ram
	VM_ARGS=(-object "memory-backend-file,id=ram,size=${VM_MEM}M,mem-path=$VM_DIR/ram,share=on")
	vm_start "$ours" "$work/first.cpio" lockdown=integrity
	vm_expect ok vm_load /vkx/next.efi
}

# What came of the launch: the marker of the next initrd, or a reset.
outcome() {
	printf 'exec\n' >&"$vm_in"
	if vm_answer; then
		echo "launched: $VM_REPLY"
	elif kill -0 "$vm_qemu" 2>/dev/null; then
		echo hung
	else
		echo reset
	fi
}

try() { # WHAT FILE OFFSET
	local copies
	boot_and_load
	copies=$(flip_memory "$2" "$3") || vm_die "$1: not found in the guest's memory"
	VM_SAY="one bit of $1 at $3 ($copies)" vm_expect reset outcome
	vm_stop
}

ours=$(vm_kernel vkexec)/Image
debian=$("$vm_top/tests/fetch-debian-kernel.sh")
uki_sbat 2 "$work/sbat"
VM_MACHINE= uki_machine_dtb "$work/dtb" "stub-flip-mark-0123456789abcdef"
vm_initrd first "$work/first.cpio"
vm_initrd next "$work/next.cpio"
uki_make "$work/next.efi" release --linux "$debian" --initrd "$work/next.cpio" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"

boot_and_load
VM_SAY="no bit changed" vm_expect "launched: hello $(basename "$debian" | sed 's/^vmlinu[xz]-//') next" outcome
vm_stop
try linux "$debian" $((1 << 20))
try linux "$debian" $((20 << 20))
try initrd "$work/next.cpio" 65536
try initrd "$work/next.cpio" $((1 << 20))
printf 'stub-flip-mark-0123456789abcdef\0' >"$work/mark"
try dtb "$work/mark" 0
vm_done
