#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A running machine is told, by a signed message, that a certificate is revoked,
# by the hash that dbx and `vkexec-keys revoke` use: what it signed, or what is
# under it, loads no more; what is not stays good. (V37, V55)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

keys() { "$uki_bin/vkexec-keys" "$@" >"$work/log" 2>&1 || vm_die "vkexec-keys $1: $(cat "$work/log")"; }

# A new key under a CA: NAME.key, NAME.pem.
issue() { # NAME CA-KEY CA-CERT [OPTION]
	local name=$1 key=$2 cert=$3
	shift 3
	keys generate --type p256 --no-passphrase --subject "CN=vkexec test $name" -o "$work/$name"
	keys csr --key "$work/$name.key" --subject "CN=vkexec test $name" -o "$work/$name.csr"
	keys issue --ca-key "$key" --ca-cert "$cert" "$@" -o "$work/$name.pem" "$work/$name.csr"
}

make_file() { # NAME KEY CERT
	uki_make "$work/$1.efi" - --key "$2" --cert "$3" --linux "$work/image" \
		--initrd "$work/initrd" --cmdline "console=ttyAMA0" --sbat "$work/sbat"
}

uki_small_image "$work/image"
uki_sbat 2 "$work/sbat"
echo small >"$work/initrd"
vm_initrd first "$work/first.cpio"
issue leaf "$uki_keys/root.key" "$uki_keys/root.pem"
issue middle "$uki_keys/root.key" "$uki_keys/root.pem" --ca
issue below "$work/middle.key" "$work/middle.pem"
cat "$work/below.pem" "$work/middle.pem" >"$work/chain.pem"
make_file leaf "$work/leaf.key" "$work/leaf.pem"
make_file below "$work/below.key" "$work/chain.pem"
make_file pinned "$uki_keys/release.key" "$uki_keys/release.pem"
make_file issued "$uki_keys/issued.key" "$uki_keys/issued.pem"
uki_revoke_cert "$work/leaf.pem" "$work/revoke.leaf"
uki_revoke_cert "$work/middle.pem" "$work/revoke.below"
uki_revoke_cert "$uki_keys/release.pem" "$work/revoke.pinned"
# The root is in the kernel, and not in the signature.
uki_revoke_cert "$uki_keys/root.pem" "$work/revoke.issued"

vm_new
cp "$work"/*.efi "$work"/revoke.* "$VM_DIR/share"
vm_start "$(vm_kernel vkexec)/Image" "$work/first.cpio" "lockdown=integrity crashkernel=128M"
reason() { vm_sh 'sed -n "s/^last-refusal: *//p" /sys/kernel/security/vkexec/status' | grep -o 'revoked' | head -1; }
good="leaf below pinned issued"
for f in $good; do vm_expect ok vm_load /vkx/$f.efi; done
for f in leaf below pinned issued; do
	VM_SAY="revoked: $f" vm_expect ok vm_revoke "$(cat "$work/revoke.$f.name")" /vkx/revoke.$f.p7
	good=${good#"$f"}
	good=${good# }
	vm_expect EPERM vm_load /vkx/$f.efi
	vm_expect revoked reason
	vm_expect EPERM vm_load /vkx/$f.efi - - 2
	for other in $good; do vm_expect ok vm_load /vkx/$other.efi; done
done
vm_expect clean vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'
vm_stop
vm_done
