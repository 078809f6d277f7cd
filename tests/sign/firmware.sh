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

# Boots and prints which of the given patterns came on the console first.
first_of() { # FILE PATTERN...
	local file=$1 i p
	shift
	vm_new
	vm_launch_uefi "$file"
	for i in $(seq $((2 * VM_TIMEOUT))); do
		for p in "$@"; do
			if grep -qaE "$p" "$VM_DIR/console.log" 2>/dev/null; then
				cp "$VM_DIR/console.log" "$work/console"
				vm_stop
				echo "$p"
				return
			fi
		done
		kill -0 "$vm_qemu" 2>/dev/null || break
		sleep 0.5
	done
	tail -5 "$VM_DIR/console.log" >&2
	vm_stop
	echo nothing
}

verify_says() {
	"$uki_bin/vkexec-verify" check --trust "$work/own.crt" "$1" >"$work/log" 2>&1 || true
	head -1 "$work/log" | grep -oE 'accepted|refused'
}

uki_firmware_key "$work/firmware"
make_initrd
uki_make "$work/plain.efi" - --stub "$(uki_stub)" --linux "$image" --initrd "$work/initrd" \
	--os-release /etc/os-release --uname debian --cmdline 'console=ttyAMA0 vkx.test=1'
"$uki_bin/vkexec-sign" sign --firmware --key "$work/firmware.key" --cert "$work/firmware.pem" \
	-o "$work/good.efi" "$work/plain.efi" 2>"$work/log" || vm_die "$(cat "$work/log")"
# A second signature, by a key that vkexec accepts (firmware's is a CA).
"$uki_bin/vkexec-keys" generate --type p256 --no-passphrase --subject CN=own -o "$work/own" >/dev/null
"$uki_bin/vkexec-sign" sign --add --key "$work/own.key" --cert "$work/own.crt" "$work/good.efi" \
	2>"$work/log" || vm_die "$(cat "$work/log")"

up='vkx user space is up' denied='Access Denied'
VM_SAY="signed UKI, Secure Boot" vm_expect "$up" first_of "$work/good.efi" "$up" "$denied"
VM_SAY="kernel: Secure Boot is on" vm_expect 1 grep -m1 -ciaE 'secure ?boot enabled' "$work/console"
VM_SAY="command line of the UKI" vm_expect 1 grep -ca 'cmdline .*vkx.test=1' "$work/console"
VM_SAY="vkexec-verify" vm_expect accepted verify_says "$work/good.efi"
VM_SAY="unsigned UKI" vm_expect "$denied" first_of "$work/plain.efi" "$up" "$denied"
for s in $(aarch64-linux-gnu-objdump -h "$work/good.efi" | awk '$1 ~ /^[0-9]+$/ { print $2 }'); do
	uki_flip "$work/good.efi" "$s" "$work/flip.efi"
	VM_SAY="one bit of $s, firmware" vm_expect "$denied" first_of "$work/flip.efi" "$up" "$denied"
	VM_SAY="one bit of $s, vkexec-verify" vm_expect refused verify_says "$work/flip.efi"
done
vm_done
