#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Time of kexec_file_load in one guest: the same bytes as an unsigned Image
# with its initrd beside it (stock path), and as a signed UKI. Best of N, in
# milliseconds, as a table. Under TCG a byte hashed costs far more than on
# silicon: what counts is the ratio to what the kernel's own check of a signed
# Image costs for a byte in the same guest.
#
#   tests/vm/bench-load.sh [N]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
runs=${1:-5}
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_MEM=2048
# One bank, as most machines have: each further one is hashed for as well.
VM_BANKS=${VM_BANKS:-sha256}

best() { # vm_load arguments
	local i us min=
	for i in $(seq "$runs"); do
		us=$(vm_load_us "$@")
		[ -n "$us" ] || vm_die "load $*: $VM_REPLY"
		[ -n "$min" ] && [ "$min" -le "$us" ] || min=$us
		vm_unload >/dev/null
	done
	echo "$min"
}

uki_small_image "$work/image"
uki_machine_dtb "$work/dtb"
uki_sbat 2 "$work/sbat"
vm_initrd first "$work/first.cpio"
vm_new
cp "$work/image" "$VM_DIR/share/image"
for mb in 20 64; do
	head -c ${mb}M /dev/urandom >"$VM_DIR/share/initrd.$mb"
	uki_make "$VM_DIR/share/$mb.efi" release --linux "$work/image" \
		--initrd "$VM_DIR/share/initrd.$mb" --cmdline "console=ttyAMA0" \
		--dtb "$work/dtb" --sbat "$work/sbat"
done
cp "$("$vm_top/tests/fetch-debian-kernel.sh")" "$VM_DIR/share/plain"
sbsign --key "$uki_keys/release.key" --cert "$uki_keys/release.pem" \
	--output "$VM_DIR/share/signed" "$VM_DIR/share/plain" 2>/dev/null
vm_start "$(vm_kernel vkexec)/Image" "$work/first.cpio" ""
vm_sh 'mount -t tmpfs -o size=1g t /tmp; cp /vkx/* /tmp' >/dev/null

# What a megabyte costs to the kernel's own signature check, here and now.
size=$(stat -c %s "$VM_DIR/share/plain")
plain=$(best /tmp/plain /tmp/image "console=ttyAMA0")
signed=$(best /tmp/signed /tmp/image "console=ttyAMA0")
hash=$(awk -v a="$signed" -v b="$plain" -v n="$size" 'BEGIN { printf "%.2f", (a - b) * 1.048576 / n * 1000 }')
echo "the kernel's own check of a signed Image: $hash ms per MB (TCG, this machine, now)"
printf '%-8s %14s %14s %14s %8s\n' size "stock, ms" "signed UKI, ms" "more, ms/MB" "ratio"
for mb in 20 64; do
	stock=$(best /tmp/image "/tmp/initrd.$mb" "console=ttyAMA0")
	ours=$(best "/tmp/$mb.efi")
	awk -v a="$ours" -v b="$stock" -v m=$mb -v h="$hash" 'BEGIN {
		more = (a - b) / 1000 / m
		printf "%-8s %14.1f %14.1f %14.2f %8.2f\n", m " MB", b / 1000, a / 1000, more, more / h }'
done
vm_stop
