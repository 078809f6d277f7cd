#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Loads that race with each other, with a writer, with a file that answers a
# second read with other bytes; with the debug kernel also every allocation
# failing in turn, normal and crash, good file and bad, and a search for leaks.
# (V50, V63, V68, C.7 rows 12, 27)
#
#   tests/vm/test-stress.sh [VARIANT [LOADS [STEP]]]
#
# STEP: every how many allocations one fails; 1 is all of them.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
variant=${1:-vkexec} loads=${2:-200} step=${3:-1}
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_SMP=4 VM_MEM=2048
failing=0
case $variant in debug | failslab) failing=1 VM_TIMEOUT=6000 ;; esac

stress() { vm_sh "/vkx/stress $*; echo exit \$?"; }
passes() { # TEXT COMMAND...
	local text=$1 got
	shift
	got=$(stress "$@")
	VM_SAY="$text: ${got%$'\n'*}" vm_expect "exit 0" echo "${got##*$'\n'}"
}
# All that the kernel complained of. The console has what the guest's own
# buffer has lost by then.
clean() {
	vm_sh 'sleep 1; echo' >/dev/null
	tr -d '\r' <"$VM_DIR/console.log" |
		grep -E "Oops|BUG:|WARNING:|KASAN:|UBSAN:|possible recursive|unreferenced object|bad unlock|suspicious RCU|kmemleak: [1-9]" |
		head -5
	echo end
}
leaks() {
	vm_sh 'k=/sys/kernel/debug/kmemleak
		echo scan >$k; sleep 6; echo scan >$k; sleep 6; echo scan >$k
		grep -A14 unreferenced $k | head -60; echo end'
}
# Everything may fail, also what may sleep; and quietly, or the console is all
# that is tested.
arm() {
	vm_sh 'mount -t debugfs d /sys/kernel/debug 2>/dev/null; cd /sys/kernel/debug || exit 1
		echo N >failslab/ignore-gfp-wait; echo N >fail_page_alloc/ignore-gfp-wait
		echo N >fail_page_alloc/ignore-gfp-highmem; echo 0 >fail_page_alloc/min-order
		echo 0 >failslab/verbose; echo 0 >fail_page_alloc/verbose; echo end'
}
# One call in PERCENT fails wherever vkexec is on the stack, also in the
# kernel's workers, which the n-th allocation of a thread does not reach.
arm_some() { # PERCENT
	local first last
	read -r first last < <(vm_sh 'grep -iE " t (uki|vkx)_" /proc/kallsyms' |
		awk '{ print $1 }' | LC_ALL=C sort | sed -n '1p;$p' | tr '\n' ' ')
	vm_sh "cd /sys/kernel/debug; for d in failslab fail_page_alloc; do
		echo 0x$first >\$d/require-start; echo 0x$last >\$d/require-end
		echo -1 >\$d/times; echo $1 >\$d/probability; done; echo end"
}

# What must be refused, and how, with every allocation failing once.
refused="bad:EKEYREJECTED other:ENOKEY revoked:EPERM older:EPERM"

make_files() {
	local key
	uki_small_image "$work/image" 0x10000
	uki_machine_dtb "$work/dtb"
	uki_sbat 2 "$work/sbat"
	uki_sbat 1 "$work/older.sbat"
	echo small >"$work/initrd"
	set -- --linux "$work/image" --initrd "$work/initrd" \
		--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat
	uki_make "$work/good.efi" release "$@" "$work/sbat"
	for key in other revoked; do uki_make "$work/$key.efi" $key "$@" "$work/sbat"; done
	uki_make "$work/older.efi" release "$@" "$work/older.sbat"
	uki_flip "$work/good.efi" .initrd "$work/bad.efi"
}

fail_all() {
	local flags file
	vm_expect end arm
	for flags in 0 2; do
		passes "n-th allocation fails, good file, flags $flags" \
			failnth /tmp/good.efi ok /tmp/good.efi $flags "$step"
		passes "n-th allocation fails, unload, flags $flags" \
			failunload /tmp/good.efi $flags
	done
	for file in $refused; do
		passes "n-th allocation fails, ${file%:*} file" \
			failnth "/tmp/${file%:*}.efi" "${file#*:}" /tmp/good.efi 0 "$step"
	done
	passes "n-th allocation fails, bad file, crash" \
		failnth /tmp/bad.efi EKEYREJECTED /tmp/good.efi 2 "$step"
	vm_expect end arm_some 2
	passes "one allocation in 50 fails" failsome /tmp/good.efi /tmp/revoked.efi $((loads / step + 20))
	vm_expect end arm_some 0
	! vm_sh 'test -e /sys/kernel/debug/kmemleak' || vm_expect end leaks
}

aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -static -pthread \
	-o "$work/stress" "$vm_top/tests/vm/guest/stress.c"
make_files
vm_initrd first "$work/first.cpio"
vm_new
cp "$work"/*.efi "$work/stress" "$VM_DIR/share"
vm_start "$(vm_kernel "$variant")/Image" "$work/first.cpio" "vkexec.enforce=1 crashkernel=256M"
vm_sh 'cp /vkx/*.efi /tmp; echo' >/dev/null
passes "a second read gives other bytes" once /tmp/good.efi /tmp/bad.efi /tmp/m
passes "a writer during the load" write /tmp/good.efi
passes "$loads loads and unloads at once" race /tmp/good.efi /tmp/bad.efi "$loads"
[ $failing = 0 ] || fail_all
vm_expect end clean
vm_expect ok vm_load /tmp/good.efi
vm_stop
vm_done
