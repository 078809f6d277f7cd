#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A kernel without VKEXEC_KEYS and VKEXEC_SBAT_LEVEL trusts its own keyrings: the one built in, what
# root links into the secondary one and a trusted key vouches for, and under
# UEFI what firmware trusts. Nobody else, and nobody revoked. (V40, V55)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
. "$vm_top/tests/vm/uefi.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_MACHINE=acpi=off

keys() { "$uki_bin/vkexec-keys" "$@" >"$work/log" 2>&1 || vm_die "vkexec-keys $1: $(cat "$work/log")"; }

# A new key under a CA: NAME.key, NAME.pem, NAME.der.
issue() { # NAME CA [OPTION]
	local name=$1 ca=$2
	shift 2
	keys generate --type rsa2048 --no-passphrase --subject "CN=vkexec test $name" -o "$work/$name"
	keys csr --key "$work/$name.key" --subject "CN=vkexec test $name" -o "$work/$name.csr"
	keys issue --ca-key "$ca.key" --ca-cert "$ca.pem" "$@" -o "$work/$name.pem" "$work/$name.csr"
	as_der "$name"
}

as_der() { # NAME
	openssl x509 -in "$work/$1.pem" -outform DER -out "$work/$1.der"
}

# Under firmware's certificate, which is no CA by our rules and one by Linux'.
issue_vendor() {
	keys generate --type rsa2048 --no-passphrase --subject "CN=vkexec test vendor" -o "$work/vendor"
	openssl req -new -key "$work/vendor.key" -subj "/CN=vkexec test vendor" -out "$work/vendor.csr"
	printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nauthorityKeyIdentifier=keyid\n' >"$work/ext"
	openssl x509 -req -in "$work/vendor.csr" -CA "$work/firmware.pem" -CAkey "$work/firmware.key" \
		-set_serial 2 -days 3650 -extfile "$work/ext" -out "$work/vendor.pem" 2>"$work/log" ||
		vm_die "openssl x509: $(cat "$work/log")"
}

make_file() { # NAME KEY [CERTS [SBAT]]
	uki_make "$work/$1.efi" - --key "$2.key" --cert "${3:-$2.pem}" --linux "$work/image" \
		--initrd "$work/initrd" --cmdline "console=ttyAMA0" --sbat "$work/${4:-sbat}" \
		--dtb "$work/dtb"
}

# What the guest's root links into a keyring.
link() { # KEYRING DER
	local ring
	ring=$(vm_sh "awk '/ keyring +\\.$1:/ { print \$1 }' /proc/keys")
	[ -n "$ring" ] || vm_die "the guest has no keyring .$1"
	vm_result addkey asymmetric vkx "$2" "0x$ring"
}

status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }
clean() { vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'; }

check_builtin() {
	vm_expect "kernel's trusted keyrings" status keyring
	vm_expect none status sbat-level
	for f in module release issued old; do vm_expect ok vm_load /vkx/$f.efi; done
	for f in other stray below; do vm_expect ENOKEY vm_load /vkx/$f.efi; done
	for f in revoked orphan; do vm_expect EPERM vm_load /vkx/$f.efi; done
	for f in flipped unsigned; do vm_expect EKEYREJECTED vm_load /vkx/$f.efi; done
	# The issuer in the message is enough, if somebody trusted has issued it.
	vm_expect ok vm_load /vkx/chain.efi
}

kernel=$(vm_kernel vkexec-keyring)/Image
uki_firmware_key "$work/firmware"
uki_small_image "$work/image"
uki_sbat 2 "$work/sbat"
uki_sbat 1 "$work/old-sbat"
uki_machine_dtb "$work/dtb"
echo small >"$work/initrd"
vm_initrd first "$work/first.cpio"
issue middle "$uki_keys/root" --ca
issue below "$work/middle"
issue_vendor
cp "$uki_keys/far-root.pem" "$work/far-root.pem"
as_der far-root
cat "$work/below.pem" "$work/middle.pem" >"$work/chain.pem"
for k in module release issued other stray revoked orphan; do make_file $k "$uki_keys/$k"; done
make_file old "$uki_keys/release" "" old-sbat
uki_make "$work/unsigned.efi" - --linux "$work/image" --initrd "$work/initrd" \
	--cmdline "console=ttyAMA0" --sbat "$work/sbat" --dtb "$work/dtb"
uki_flip "$work/release.efi" .initrd "$work/flipped.efi"
make_file below "$work/below"
make_file chain "$work/below" "$work/chain.pem"
make_file vendor "$work/vendor"
uki_revoke_cert "$work/middle.pem" "$work/revoke"

echo "== without firmware"
vm_new
cp "$work"/*.efi "$work"/*.der "$work"/revoke.* "$VM_DIR/share"
vm_start "$kernel" "$work/first.cpio" lockdown=integrity
check_builtin
vm_expect ENOKEY vm_load /vkx/vendor.efi
VM_SAY="root links a CA that nobody vouches for" vm_expect ENOKEY link secondary_trusted_keys /vkx/far-root.der
vm_expect ENOKEY vm_load /vkx/stray.efi
VM_SAY="root links one into the keyring built in" vm_expect EACCES link builtin_trusted_keys /vkx/middle.der
VM_SAY="root links a CA under a trusted one" vm_expect ok link secondary_trusted_keys /vkx/middle.der
vm_expect ok vm_load /vkx/below.efi
VM_SAY="that CA revoked" vm_expect ok vm_revoke "$(cat "$work/revoke.name")" /vkx/revoke.p7
vm_expect EPERM vm_load /vkx/chain.efi
vm_expect clean clean
vm_stop

echo "== under UEFI Secure Boot, which trusts the vendor's CA"
make_release boot "$kernel" release=keyring --stub "$(uki_stub)" --initrd "$work/first.cpio"
vm_new
cp "$work"/*.efi "$work"/*.der "$VM_DIR/share"
vm_launch_uefi "$work/boot.efi"
vm_hello
vm_expect 1 secure_boot
check_builtin
vm_expect ok vm_load /vkx/vendor.efi
VM_SAY="root links one into firmware's keyring" vm_expect EACCES link platform /vkx/far-root.der
vm_expect clean clean
vm_stop
vm_done
