#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Loads that race with each other, with a writer, with a file that answers a
# second read with other bytes; with the debug kernel also every allocation
# failing in turn, and a search for leaks. (V63, V68, C.7 rows 12, 27)
#
#   tests/vm/test-stress.sh [VARIANT [LOADS]]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
variant=${1:-vkexec} loads=${2:-200}
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_SMP=4 VM_MEM=2048
[ "$variant" != debug ] || VM_TIMEOUT=3000

stress() { vm_sh "/vkx/stress $*; echo exit \$?"; }
passes() { # TEXT COMMAND...
	local text=$1 got
	shift
	got=$(stress "$@")
	VM_SAY="$text: ${got%$'\n'*}" vm_expect "exit 0" echo "${got##*$'\n'}"
}
clean() { vm_sh 'dmesg | grep -E "Oops|BUG:|WARNING:|KASAN|UBSAN|unreferenced" | head -5; echo end'; }
leaks() { vm_sh 'mount -t debugfs d /sys/kernel/debug 2>/dev/null
	k=/sys/kernel/debug/kmemleak; echo scan >$k; sleep 6; echo scan >$k; grep -A12 -i vkexec $k; echo end'; }

aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -static -pthread \
	-o "$work/stress" "$vm_top/tests/vm/guest/stress.c"
uki_small_image "$work/image"
uki_machine_dtb "$work/dtb"
uki_sbat 2 "$work/sbat"
vm_initrd first "$work/first.cpio"
echo small >"$work/initrd"
uki_make "$work/good.efi" release --linux "$work/image" --initrd "$work/initrd" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
uki_flip "$work/good.efi" .initrd "$work/bad.efi"

vm_new
cp "$work"/*.efi "$work/stress" "$VM_DIR/share"
vm_start "$(vm_kernel "$variant")/Image" "$work/first.cpio" "vkexec.enforce=1"
vm_sh 'cp /vkx/*.efi /tmp'
passes "a second read gives other bytes" once /tmp/good.efi /tmp/bad.efi /tmp/m
passes "a writer during the load" write /tmp/good.efi
passes "$loads loads and unloads at once" race /tmp/good.efi /tmp/bad.efi "$loads"
if [ "$variant" = debug ]; then
	passes "n-th allocation fails, good file" failnth /tmp/good.efi ok
	passes "n-th allocation fails, bad file" failnth /tmp/bad.efi EKEYREJECTED
	vm_expect end leaks
fi
vm_expect end clean
vm_expect ok vm_load /tmp/good.efi
vm_stop
vm_done
