#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One file, signed for firmware and for the kernel, cold-boots under UEFI
# Secure Boot; from it kexec goes into another, which brings a tree of its own,
# into one without an initrd, and into a stock kernel. What firmware gave the
# first kernel (system table, memory map, Secure Boot state) is there after each
# hop, its initrd is not, and firmware's events and ours are one log. With one
# byte changed firmware refuses the file. (V71, V79)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
. "$vm_top/tests/vm/uefi.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_MACHINE=acpi=off

uefi_properties() {
	vm_sh 'cd /proc/device-tree/chosen && for p in linux,uefi-*; do echo $p $(hexdump -ve "/1 \"%02x\"" $p); done'
}
guest_mark() { vm_sh 'cd /proc/device-tree; if [ -e vkx-mark ]; then tr -d "\000" <vkx-mark; else echo none; fi'; }
kaslr() { vm_sh 'dmesg | grep -o "KASLR enabled\|KASLR disabled"; [ -e /proc/device-tree/chosen/kaslr-seed ] && echo seed'; }
# Linux takes rng-seed and leaves nothing but FDT_NOPs of its size; a tree that
# was signed has no others.
rng_seed() {
	vm_sh 'cat /sys/firmware/fdt >/vkx/fdt'
	python3 - "$VM_DIR/share/fdt" <<-'PY'
	import struct, sys
	b = open(sys.argv[1], "rb").read()
	at, size = struct.unpack_from(">I", b, 8)[0], struct.unpack_from(">I", b, 36)[0]
	longest = run = 0
	for (word,) in struct.iter_unpack(">I", b[at:at + size]):
	    run = run + 1 if word == 4 else 0
	    longest = max(longest, run)
	print(max(0, longest - 3) * 4, "bytes taken")
	PY
}
# What every hop must leave behind it.
check_here() { # NAME MARKER
	echo "== in $1: $VM_RELEASE"
	vm_expect "$2" echo "$VM_MARKER"
	VM_SAY="what firmware told of itself" vm_expect "$before" uefi_properties
	vm_expect 1 secure_boot
	vm_expect $'KASLR enabled\nseed' kaslr
	VM_SAY="the log that EFI's table names, replayed by tpm2_eventlog" vm_expect agree replays
}
hop() { # NAME MARKER
	vm_expect ok vm_load "/vkx/$1.efi"
	vm_exec
	check_here "$1" "$2"
}

ours=$(vm_kernel vkexec)/Image
uki_firmware_key "$work/firmware"
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb" signed-tree
for r in one two stock root; do vm_initrd $r "$work/$r.cpio"; done
make_release one "$ours" release=one --stub "$(uki_stub)" --initrd "$work/one.cpio"
make_release two "$ours" release=two --initrd "$work/two.cpio" --dtb "$work/dtb"
# Without an initrd: whoever finds one all the same comes up with its marker.
make_release three "$ours" "release=three root=vkxroot rootfstype=9p ro init=/init \
rootflags=trans=virtio,version=9p2000.L"
make_release stock "$(vm_kernel stock)/Image" release=stock --initrd "$work/stock.cpio"
uki_flip "$work/one.efi" .initrd "$work/flipped.efi"

vm_new
mkdir "$VM_DIR/root"
(cd "$VM_DIR/root" && gzip -dc "$work/root.cpio" | cpio --quiet -idm)
VM_ARGS=(-fsdev "local,id=root,path=$VM_DIR/root,security_model=none,readonly=on"
	-device virtio-9p-pci,fsdev=root,mount_tag=vkxroot)
cp "$work"/{two,three,stock}.efi "$VM_DIR/share"
vm_launch_uefi "$work/flipped.efi" "$work/one.efi"
vm_hello
denied() { tr -d '\r' <"$VM_DIR/console.log" | sed -n 's/.*failed to load .*Pci(0x10,.*: //p' | sort -u; }
VM_SAY="firmware, one bit changed" vm_expect "Access Denied" denied
vm_expect one echo "$VM_MARKER"
vm_expect 1 secure_boot
before=$(uefi_properties)
vm_expect none guest_mark
hop two two
vm_expect signed-tree guest_mark
vm_expect "128 bytes taken" rng_seed
hop three root
hop stock stock
vm_stop
vm_done
