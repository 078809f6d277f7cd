#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Kernels with pages of 16 and 64 KiB: each loads a signed UKI and hops, into
# a kernel of another page size too; what came across is as signed and as
# measured. A CPU that lacks a page size gets no kernel of it. (V25, V66)
#
#   tests/vm/test-pages.sh [16|64...]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
[ $# -gt 0 ] || set -- 16 64
# lpa2=off: a 16 KiB kernel then has the 48 address bits that it is built for.
VM_CPU=max,pauth-impdef=on,lpa2=off
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

image() { case $1 in 4) echo "$(vm_kernel vkexec)/Image" ;; *) echo "$(vm_kernel "pages$1k")/Image" ;; esac; }
page() { vm_sh 'awk "/KernelPageSize/ { print \$2; exit }" /proc/self/smaps'; }
clean() { vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'; }
mark() { vm_sh 'tr -d "\000" </proc/device-tree/vkx-mark'; }
status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }

make_release() { # SIZE
	vm_initrd "pages$1" "$work/pages$1.cpio"
	uki_machine_dtb "$work/pages$1.dtb" "pages$1"
	uki_make "$work/pages$1.efi" release --linux "$(image "$1")" \
		--initrd "$work/pages$1.cpio" --dtb "$work/pages$1.dtb" --sbat "$work/sbat" \
		--cmdline "console=ttyAMA0 lockdown=integrity vkx.pages=$1"
}

check_here() { # SIZE HOPS
	vm_expect "pages$1" echo "$VM_MARKER"
	vm_expect "$1" page
	vm_expect "pages$1" mark
	vm_expect "console=ttyAMA0 lockdown=integrity vkx.pages=$1" vm_sh 'cat /proc/cmdline'
	vm_expect "$2" status hops
	vm_expect clean clean
}

uki_sbat 2 "$work/sbat"
vm_initrd start "$work/start.cpio"
for size in 4 "$@"; do make_release $size; done
for size in "$@"; do
	echo "== from $size KiB to itself, to 4 KiB and back"
	vm_new
	cp "$work"/*.efi "$VM_DIR/share"
	vm_start "$(image $size)" "$work/start.cpio" lockdown=integrity
	vm_expect $size page
	hops=0
	for next in $size 4 $size; do
		vm_expect ok vm_load /vkx/pages$next.efi
		vm_exec
		hops=$((hops + 1))
		check_here $next $hops
	done
	vm_stop
done
case " $* " in
*" 16 "*)
	echo "== a CPU without pages of 16 KiB"
	VM_CPU=cortex-a72
	vm_new
	cp "$work"/*.efi "$VM_DIR/share"
	vm_start "$(image 4)" "$work/start.cpio" lockdown=integrity
	vm_expect EPERM vm_load /vkx/pages16.efi
	vm_expect ok vm_load /vkx/pages4.efi
	vm_stop ;;
esac
vm_done
