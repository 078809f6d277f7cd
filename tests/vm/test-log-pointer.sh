#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A device tree that points at an event log where none can be: outside RAM, of
# no size or of 2^63 bytes, wrapping, cut short, over the kernel itself, or at
# bytes that are no log. The log is reported as lost, a new one is begun, loads
# go on, and nothing panics: Linux's own TPM driver follows such a pointer out
# of RAM. (V72)
#
#   tests/vm/test-log-pointer.sh [CASE...]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
outside="lost: it is said to lie outside RAM"

# CASE: base (two cells), size (one, or two where that is the attack), and what
# must be said. The machine has its RAM from 0x40000000 on.
cases="outside:0x10 0x0:0x1000:$outside
half-outside:0x0 0x7ffff000:0x10000:$outside
device:0x0 0x09000000:0x1000:$outside
wrap:0xffffffff 0xfffff000:0x2000:$outside
no-size:0x0 0x7f000000:0x0:$outside
all-of-it:0x0 0x7f000000:0x80000000 0x0:$outside
short-base:0x7f000000:0x1000:$outside
hole:0x0 0x7eff0000:0x20000:$outside
no-magic:0x0 0x7f800000:0x10000:lost
kernel:0x0 0x40200000:0x10000:lost"

status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }
says() { # WORDS: prints them if the log's state begins with them
	local is
	is=$(status event-log)
	case $is in "$1"*) echo "$1" ;; *) echo "$is" ;; esac
}
clean() { vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:|Unable to handle" && echo dirty || echo clean'; }

# Firmware keeps a hole in RAM, and has reserved what one case points at.
machine_tree() { # OUT BASE SIZE
	{
		echo '/dts-v1/; /memreserve/ 0x7f800000 0x10000;'
		dtc -q -I dtb -O dts "$work/base.dtb" | sed '/^\/dts-v1\/;/d; /^\/memreserve\//d'
		echo '/ { reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;'
		echo '	firmware@7f000000 { reg = <0 0x7f000000 0 0x1000>; no-map; }; }; };'
		echo "&{$tpm} { linux,sml-base = <$2>; linux,sml-size = <$3>; };"
	} | dtc -q -I dts -O dtb -o "$1"
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_small_image "$work/image"
echo small >"$work/small"
uki_machine_dtb "$work/base.dtb"
vm_initrd first "$work/first.cpio"
tpm=/platform-bus@c000000/$(fdtget -l "$work/base.dtb" /platform-bus@c000000 | grep tpm)
uki_make "$work/good.efi" release --linux "$work/image" --initrd "$work/small" \
	--cmdline "console=ttyAMA0" --dtb "$work/base.dtb" --sbat "$work/sbat"

while IFS=: read -r name base size said; do
	[ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	echo "== $name: base $base, size $size"
	machine_tree "$work/machine.dtb" "$base" "$size"
	vm_new
	cp "$work/good.efi" "$VM_DIR/share"
	VM_ARGS=(-dtb "$work/machine.dtb")
	vm_start "$ours" "$work/first.cpio"
	vm_expect "$said" says "$said"
	vm_expect clean clean
	vm_expect ok vm_load /vkx/good.efi
	vm_expect yes status measured
	vm_stop
done <<<"$cases"
vm_done
