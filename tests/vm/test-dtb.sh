#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The signed device tree on a running machine: memory, reservations, serial
# number, MAC address, and what the signed list asks for come from the machine,
# everything else from the release; the list of what crossed is what its digest
# says; trees that cannot be merged are refused by name. (V28, V29, V66)
set -eu
# With LPIs: their tables stay in memory that only the merge can reserve.
VM_GIC=gic-version=3
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

# --- trees -------------------------------------------------------------------

# Nodes and properties into a tree, and a reservation in front of it.
edit_dtb() { # IN OUT DTS-FRAGMENT [MEMRESERVE]
	{
		echo '/dts-v1/;'
		[ -z "${4:-}" ] || echo "/memreserve/ $4;"
		dtc -q -I dtb -O dts "$1" | sed '/^\/dts-v1\/;/d; /^\/memreserve\//d'
		printf '%s\n' "$3"
	} | dtc -q -I dts -O dtb -o "$2"
}

# What firmware knows and a release cannot.
machine='/ { serial-number = "vkx-0001"; evil { reg = <1>; };
	vkx-net { compatible = "vkx,net"; local-mac-address = [02 00 5e 10 00 01]; };
	vkx-fuse { calibration = <0xc0ffee>; other = <0xbad>; };
	aliases { ethernet0 = "/vkx-net"; };
	chosen { vkx-firmware = "leftover"; linux,kho-fdt = <0 0>; };
	reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
		firmware@7e000000 { reg = <0 0x7e000000 0 0x100000>; no-map; }; }; };'
release='/ { vkx-net { compatible = "vkx,net"; }; vkx-fuse { }; aliases { ethernet0 = "/vkx-net"; };
	chosen { bootargs = "init=/bin/evil"; };
	vkexec { carry-over = "/vkx-fuse:calibration"; }; };'

make_release() { # NAME DTS [IMAGE INITRD]
	edit_dtb "$work/base.dtb" "$work/$1.dtb" "$2"
	# A release is built for no amount of memory.
	fdtput -t x "$work/$1.dtb" /memory@40000000 reg 0 0x40000000 0 0x1000
	uki_make "$VM_DIR/share/$1.efi" release --linux "${3:-$work/image}" \
		--initrd "${4:-$work/small}" --cmdline "$line" --dtb "$work/$1.dtb" --sbat "$work/sbat"
}

# --- in the guest ---------------------------------------------------------------

node() { vm_sh "test -e /proc/device-tree/$1 && echo there || echo absent"; }
text() { vm_sh "tr -d '\\000' </proc/device-tree/$1"; }
hex() { vm_sh "od -An -tx1 -v /proc/device-tree/$1 | tr -d ' \\n'"; }
memory() { vm_sh 'awk "/MemTotal/ { print (\$2 > 800000) ? \"all\" : \$2 }" /proc/meminfo'; }
# Firmware's no-map region cuts System RAM in two.
ram_before_hole() { vm_sh 'awk "/System RAM/ { print \$1 }" /proc/iomem | grep -c -- "-7dffffff$"'; }
last_rule() { vm_sh "sed -n 's/^last-refusal: \\([a-z-]*\\) .*/\\1/p' /sys/kernel/security/vkexec/status"; }

# The list of what crossed, and its digest in the status.
facts() {
	vm_sh 'cat /sys/kernel/security/vkexec/facts >/vkx/facts; echo' >/dev/null
	[ "$(sha256sum <"$VM_DIR/share/facts" | cut -d' ' -f1)" = \
		"$(vm_sh "sed -n 's/^facts: //p' /sys/kernel/security/vkexec/status")" ] || { echo "digest differs"; return; }
	local want
	for want in calibration local-mac-address serial-number firmware@7e000000 memory@40000000; do
		grep -aq "$want" "$VM_DIR/share/facts" || { echo "no $want in it"; return; }
	done
	! grep -aqE 'evil|leftover|seed' "$VM_DIR/share/facts" || { echo "too much in it"; return; }
	echo listed
}

# The tree that this kernel was given, read by dtc: whose reservations it has.
# Ours die with this kernel, so two hops have as many as one.
given_tree() {
	local all ours
	vm_sh 'cat /sys/firmware/fdt >/vkx/fdt; echo' >/dev/null
	dtc -q -I dtb -O dts "$VM_DIR/share/fdt" >"$work/given.dts" || { echo "dtc refuses it"; return; }
	all=$(grep -c '^/memreserve/' "$work/given.dts")
	ours=$(fdtget -t x "$VM_DIR/share/fdt" /chosen vkexec,reservations | wc -w)
	grep -q '^/memreserve/.*7f800000' "$work/given.dts" || { echo "the machine's is lost"; return; }
	echo "machine $((all - ours / 4)) ours $((ours / 4))"
}

refused() { # NAME ERRNO RULE
	VM_SAY="$1" vm_expect "$2" vm_load "/vkx/$1.efi"
	VM_SAY="$1: the reason" vm_expect "$3" last_rule
}

check_merged() {
	vm_expect "$line" vm_sh 'cat /proc/cmdline'
	vm_expect all memory
	vm_expect signed text vkx-mark
	vm_expect vkx-0001 text serial-number
	vm_expect 02005e100001 hex vkx-net/local-mac-address
	vm_expect 00c0ffee hex vkx-fuse/calibration
	vm_expect absent node vkx-fuse/other
	vm_expect absent node evil
	vm_expect absent node vkexec
	vm_expect absent node chosen/vkx-firmware
	vm_expect absent node chosen/linux,kho-fdt
	vm_expect there node chosen/linux,booted-from-kexec
	vm_expect 000000007e0000000000000000100000 hex reserved-memory/firmware@7e000000/reg
	vm_expect there node reserved-memory/firmware@7e000000/no-map
	vm_expect 1 ram_before_hole
	vm_expect clean vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'
}

# Interrupts of PCI devices come through the tables that the last kernel made.
lpis() {
	vm_sh 'dmesg | grep -q "probably corrupted\|Expected reserved range" && echo corrupted
		dmesg | grep -q "Using preallocated redistributor tables" && echo preallocated
		grep -q "ITS.*virtio" /proc/interrupts && echo in use' | paste -sd' '
}

line="console=ttyAMA0 lockdown=integrity vkx.dtb=1"
ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_small_image "$work/image"
echo small >"$work/small"
uki_machine_dtb "$work/base.dtb" signed
vm_initrd first "$work/first.cpio"
vm_initrd merged "$work/merged.cpio"
edit_dtb "$work/base.dtb" "$work/machine.dtb" "$machine" "0x7f800000 0x10000"

vm_new
make_release good "$release" "$ours" "$work/merged.cpio"
make_release other-board '/ { compatible = "acme,other-board"; };'
make_release other-psci '/ { psci { method = "smc"; }; };'
make_release contradiction '/ { reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
	mine@7e000000 { reg = <0 0x7e000000 0 0x1000>; }; }; };'
make_release steal '/ { vkexec { carry-over = "/chosen:bootargs"; }; };'
make_release everywhere '/ { reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
	all@0 { reg = <0 0 0x10 0>; no-map; }; }; };'

VM_ARGS=(-dtb "$work/machine.dtb")
vm_start "$ours" "$work/first.cpio" lockdown=integrity
refused other-board EPERM policy-machine
refused other-psci EPERM merge-cpus
refused contradiction EPERM merge-reserved
refused steal EPERM merge-carry
refused everywhere EINVAL args-placement

for hop in 1 2; do
	echo "== hop $hop"
	vm_expect ok vm_load /vkx/good.efi
	vm_expect listed facts
	vm_exec
	vm_expect merged echo "$VM_MARKER"
	check_merged
	vm_expect "preallocated in use" lpis
	# Ours: initrd, TPM log, IMA's list, and three tables of the ITS. The
	# machine's: one, and the LPI tables: one shared, one for each CPU.
	vm_expect "machine 4 ours 6" given_tree
done
vm_stop
vm_done
