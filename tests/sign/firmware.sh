#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Firmware as a judge of our signatures: a UKI built with Debian's systemd stub
# around Debian's own kernel and signed by vkexec-sign cold-boots under UEFI
# Secure Boot to its user space. With one bit changed, in any section at all,
# firmware says Access Denied, and vkexec-verify refuses it too. Firmware
# trusts the snakeoil key that Debian ships for this purpose.
set -eu
. "$(dirname "$0")/../vm/vm.sh"
. "$vm_top/tests/vm/uki.sh"
image=$("$vm_top/tests/fetch-debian-kernel.sh") || exit 77
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_MACHINE=acpi=off

# PID 1 says on the console what the kernel knows, and powers off.
make_initrd() {
	local tree=$work/tree
	mkdir -p "$tree"/{bin,proc,sys,dev}
	cp "$("$vm_top/tests/vm/arm64-root.sh")/bin/busybox" "$tree/bin/busybox"
	cat >"$tree/init" <<-'INIT'
	#!/bin/busybox sh
	/bin/busybox mount -t proc p /proc
	/bin/busybox mount -t devtmpfs d /dev
	{
		/bin/busybox dmesg | /bin/busybox grep -i 'secure *boot'
		echo "cmdline $(/bin/busybox cat /proc/cmdline)"
		echo "vkx user space is up"
	} >/dev/console 2>&1
	/bin/busybox poweroff -f
	INIT
	chmod 755 "$tree/init"
	(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$work/initrd"
}

# Boots; firmware tries the files in order. Prints what became of each that it
# tried, and what came up at last.
outcome() { # FILE...
	vm_new
	vm_launch_uefi "$@"
	local i
	for i in $(seq $((2 * VM_TIMEOUT))); do
		! grep -qaE "$up|Shell>" "$VM_DIR/console.log" 2>/dev/null || break
		kill -0 "$vm_qemu" 2>/dev/null || break
		sleep 0.5
	done
	cp "$VM_DIR/console.log" "$work/console"
	# "BdsDxe: failed to load Boot0001 ... from PciRoot(0x0)/Pci(0x10,0x0): Access Denied"
	tr -d '\r' <"$work/console" | sed -nE 's/.*failed to load .*Pci\((0x[0-9a-fA-F]+),.*: (.*)$/\1 \2/p' |
		while read -r slot what; do echo "$((slot - 15)) $what"; done
	grep -oam1 "$up" "$work/console" || echo nothing came up
	vm_stop
}

verify_says() {
	"$uki_bin/vkexec-verify" check --trust "$work/own.crt" "$1" >"$work/log" 2>&1 || true
	head -1 "$work/log" | grep -oE 'accepted|refused'
}

uki_firmware_key "$work/firmware"
make_initrd
uki_small_image "$work/small"
"$uki_bin/vkexec-keys" generate --type p256 --no-passphrase --subject CN=own -o "$work/own" >/dev/null
sign() { "$uki_bin/vkexec-sign" sign "$@" 2>"$work/log" || vm_die "$(cat "$work/log")"; }
# NAME.plain without a signature, NAME.efi with firmware's, and a second one by a
# key that vkexec accepts: firmware's is a CA.
make_file() { # NAME IMAGE
	uki_make "$work/$1.plain" - --stub "$(uki_stub)" --linux "$2" --initrd "$work/initrd" \
		--os-release /etc/os-release --uname debian --cmdline 'console=ttyAMA0 vkx.test=1'
	sign --firmware --key "$work/firmware.key" --cert "$work/firmware.pem" \
		-o "$work/$1.efi" "$work/$1.plain"
	sign --add --key "$work/own.key" --cert "$work/own.crt" "$work/$1.efi"
}
make_file good "$image"
# What must be denied is never run, and firmware hashes a small file sooner.
make_file small "$work/small"

up='vkx user space is up' denied='Access Denied'
uki_flip "$work/good.efi" .linux "$work/flip.efi"
files=("$work/small.plain" "$work/flip.efi") names=("an unsigned UKI" "one bit of Debian's kernel")
for s in $(aarch64-linux-gnu-objdump -h "$work/small.efi" | awk '$1 ~ /^[0-9]+$/ { print $2 }'); do
	uki_flip "$work/small.efi" "$s" "$work/flip$s.efi"
	files+=("$work/flip$s.efi") names+=("one bit of $s")
done
outcome "${files[@]}" "$work/good.efi" >"$work/outcome"
said() { sed -n "s/^$1 //p" "$work/outcome" | sort -u; }
for i in "${!files[@]}"; do
	VM_SAY="${names[i]}, firmware" vm_expect "$denied" said $((i + 1))
	VM_SAY="${names[i]}, vkexec-verify" vm_expect refused verify_says "${files[i]}"
done
VM_SAY="then the signed UKI, Secure Boot" vm_expect "$up" tail -n 1 "$work/outcome"
VM_SAY="kernel: Secure Boot is on" vm_expect 1 grep -m1 -ciaE 'secure ?boot enabled' "$work/console"
VM_SAY="command line of the UKI" vm_expect 1 grep -ca 'cmdline .*vkx.test=1' "$work/console"
VM_SAY="vkexec-verify" vm_expect accepted verify_says "$work/good.efi"
vm_done
