#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# matrix.tsv at lockdown none, integrity and confidentiality, on a kernel that
# is strict and on one that is not, as normal and as crash kernel: every cell
# with its errno. (V26, V27, V40, V61, V62, V67)
#
#   tests/vm/test-matrix.sh [VARIANT [LOCKDOWN]]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
cmdline="console=ttyAMA0 lockdown=integrity vkx.release=1"

make_files() {
	cd "$work"
	uki_small_image image.bin
	# A bare Image must be a PE as well to carry a signature: a real one.
	sbsign --key "$uki_keys/release.key" --cert "$uki_keys/release.pem" \
		--output signed-image.bin "$(vm_kernel stock)/Image" 2>/dev/null
	vm_initrd first first.cpio
	# Never started: a few bytes do.
	echo "signed initrd" >own.cpio
	echo "foreign initrd" >foreign.cpio
	uki_machine_dtb dtb
	uki_other_dtb dtb other.dtb
	uki_sbat 1 sbat1
	uki_sbat 2 sbat2
	printf 'ID=vkx-test\nVERSION_ID=1\n' >osrel
	local parts=(--linux image.bin --cmdline "$cmdline" --os-release osrel)
	local uname=(--uname 6.12.0-vkx)
	local whole=("${parts[@]}" --initrd own.cpio --dtb dtb --sbat sbat2)
	uki_make good.efi release "${whole[@]}" "${uname[@]}"
	uki_make unsigned.efi - "${whole[@]}" "${uname[@]}"
	uki_make wrong-key.efi other "${whole[@]}" "${uname[@]}"
	uki_make module-key.efi module "${whole[@]}" "${uname[@]}"
	uki_make revoked-cert.efi revoked "${whole[@]}" "${uname[@]}"
	uki_make issued.efi issued "${whole[@]}" "${uname[@]}"
	uki_make revoked-issuer.efi orphan "${whole[@]}" "${uname[@]}"
	uki_make other-issuer.efi stray "${whole[@]}" "${uname[@]}"
	local k
	for k in renewed lost again trick; do uki_make $k.efi $k "${whole[@]}" "${uname[@]}"; done
	uki_make ca-signs.efi root --firmware "${whole[@]}" "${uname[@]}"
	uki_make older-sbat.efi release "${parts[@]}" --initrd own.cpio --dtb dtb --sbat sbat1
	uki_make other-board.efi release "${parts[@]}" --initrd own.cpio --dtb other.dtb --sbat sbat2
	uki_make revoked-image.efi release "${whole[@]}" --uname 6.12.0-revoked
	uki_revoke revoked-image.efi revocation
	uki_make no-initrd.efi release "${parts[@]}" --dtb dtb --sbat sbat2
	local s
	for s in linux initrd cmdline dtb sbat osrel uname; do uki_flip good.efi .$s bit.$s.efi; done
	head -c $(($(stat -c %s good.efi) - 8)) good.efi >truncated.efi
	{ cat good.efi; printf '\0\0\0\0\0\0\0\0'; } >trailing.efi
	cd - >/dev/null
}

run_rows() { # VARIANT LOCKDOWN
	local kind file initrd line open enforced want crash flags
	while IFS=$'\t' read -r kind file initrd line open enforced; do
		case $kind in \#* | "") continue ;; esac
		[ -f "$work/$file" ] || vm_die "matrix.tsv, $kind: nothing makes $file"
		want=$enforced
		[ "$1:$2" != vkexec:none ] || want=$open
		case $line in
		=) line=$cmdline ;;
		+) line="$cmdline quiet" ;;
		esac
		[ "$initrd" = - ] || initrd=/vkx/$initrd
		for crash in 0 2; do
			flags=$crash
			VM_SAY="$1 lockdown=$2 $([ $crash = 0 ] && echo normal || echo crash) $kind"
			vm_expect "$want" vm_load "/vkx/$file" "$initrd" "$line" $flags
			[ "$want" != ok ] || vm_unload $crash >/dev/null
		done
	done <"$vm_top/tests/vm/matrix.tsv"
}

run_machine() { # VARIANT LOCKDOWN
	vm_new
	cp "$work"/*.efi "$work"/*.bin "$work"/*.cpio "$work"/revocation* "$VM_DIR/share"
	vm_start "$(vm_kernel "$1")/Image" "$work/first.cpio" \
		"crashkernel=128M $([ "$2" = none ] || echo "lockdown=$2")"
	echo "== $1, lockdown=$2"
	vm_expect ok vm_revoke "$(cat "$work/revocation.name")" /vkx/revocation.p7
	run_rows "$1" "$2"
	vm_expect no vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo yes || echo no'
	vm_stop
}

make_files
for v in ${1:-vkexec vkexec-strict}; do
	for l in ${2:-none integrity confidentiality}; do run_machine $v $l; done
done
vm_done
