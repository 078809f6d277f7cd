#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Loads that race with each other, with a writer, with a file that answers a
# second read with other bytes; with the debug kernel also every allocation
# failing in turn, normal and crash, good file and bad, and a search for leaks.
# After the race the log replays, with a record for each load and each unload.
# (V50, V63, V68)
#
#   tests/vm/test-stress.sh [VARIANT[+nomem] [LOADS [STEP [CASES]]]]
#
# debug, and any VARIANT with +nomem: allocations fail too, by failslab in the
# one and by failalloc.py in the others. STEP: every how many allocations one
# fails; 1 is all of them. CASES: files, as in the list below.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
variant=${1:-vkexec} loads=${2:-200} step=${3:-1}
. "$vm_top/tests/vm/pcrs.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
# One bank: shorter records, so that the log has room for a thousand loads.
VM_SMP=4 VM_MEM=2048 VM_TIMEOUT=6000 VM_BANKS=sha256
image() { echo "${VM_IMAGES:-$(vm_kernel "${variant%+nomem}")}"; }

stress() { vm_sh "/vkx/stress $*; echo exit \$?"; }
passes() { # TEXT COMMAND...
	local text=$1 got
	shift
	got=$(stress "$@")
	said=$got
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
# Everything may fail, also what may sleep; and quietly, or the console is all
# that is tested.
arm_failslab() {
	vm_debugfs
	vm_sh 'cd /sys/kernel/debug || exit 1
		echo N >failslab/ignore-gfp-wait; echo N >fail_page_alloc/ignore-gfp-wait
		echo N >fail_page_alloc/ignore-gfp-highmem; echo 0 >fail_page_alloc/min-order
		echo 0 >failslab/verbose; echo 0 >fail_page_alloc/verbose; echo end'
}
arm() {
	case $variant in
	debug) arm_failslab ;;
	*) "$vm_top/tests/vm/failalloc.py" "$VM_DIR/gdb" "$(image)/System.map" >/dev/null && echo end ;;
	esac
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

# Files, their own answers, and whether loaded as a crash kernel.
fails=${4:-good:ok:0 revoked:EPERM:0 bad:EKEYREJECTED:0 other:ENOKEY:0
	older:EPERM:0 good:ok:2 bad:EKEYREJECTED:2}

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

machine() {
	vm_new
	cp "$work"/*.efi "$work/stress" "$VM_DIR/share"
	VM_ARGS=(-gdb "unix:$VM_DIR/gdb,server=on,wait=off")
	vm_start "$(image)/Image" "$work/first.cpio" "vkexec.enforce=1 crashkernel=256M nokaslr"
	vm_sh 'cp /vkx/*.efi /tmp; echo' >/dev/null
}
finish() {
	[ "$variant" != debug ] || VM_SAY=leaks vm_expect end vm_leaks
	vm_expect end clean
	vm_expect ok vm_load /tmp/good.efi
	vm_stop
}

# Each on a machine of its own: an event log has room for a thousand loads.
fail_one() { # FILE ANSWER FLAGS
	machine
	vm_expect end arm
	passes "n-th allocation fails, $1 file, flags $3" \
		failnth "/tmp/$1.efi" "$2" /tmp/good.efi "$3" "$step"
	[ "$2" != ok ] || passes "n-th allocation fails, unload, flags $3" \
		failunload /tmp/good.efi "$3"
	finish
}
fail_all() {
	local case
	for case in $fails; do
		# shellcheck disable=SC2046
		fail_one $(echo "$case" | tr : ' ')
	done
	[ "$variant" = debug ] || return 0
	machine
	vm_expect end arm
	vm_expect end arm_some 2
	passes "one allocation in 50 fails" failsome /tmp/good.efi /tmp/revoked.efi "$loads"
	vm_expect end arm_some 0
	finish
}
# How many records of loads the log has, and whether each load but the one that
# is there now was unloaded: "N yes" or "N no", "N more ..." where not.
records() {
	local loaded
	vm_sh "cat $ours_log >/vkx/log" >/dev/null
	loaded=$(vm_sh 'sed -n "s/^loaded: //p" /sys/kernel/security/vkexec/status')
	"$uki_bin/vkexec-measure" log --json "$VM_DIR/share/log" | python3 -c '
import json, sys
kinds = [e["hop"]["kind"] for e in json.load(sys.stdin)["events"] if "hop" in e]
staged = 0
for k in kinds:
    staged += {"load": 1, "unload": -1}[k]
    # The new one is measured before the one that it replaces is let go.
    assert 0 <= staged <= 2, kinds
print(kinds.count("load"), {0: "no", 1: "yes"}.get(staged, f"{staged} staged"), sys.argv[1])' "$loaded"
}
race_all() {
	local before after taken
	machine
	passes "a second read gives other bytes" once /tmp/good.efi /tmp/bad.efi /tmp/m
	passes "a writer during the load" write /tmp/good.efi
	before=$(records)
	passes "$loads loads and unloads at once" race /tmp/good.efi /tmp/bad.efi "$loads"
	taken=$(sed -n 's/^taken \([0-9]*\),.*/\1/p' <<<"$said")
	VM_SAY="the log after it" vm_expect agree pcrs_agree "$ours_log"
	after=$(records)
	VM_SAY="records of loads, for $taken" vm_expect "$taken" echo $((${after%% *} - ${before%% *}))
	VM_SAY="all unloaded but what is loaded: $after" \
		vm_expect "$(awk '{ print $3, $3 }' <<<"$after")" awk '{ print $2, $3 }' <<<"$after"
	finish
}

aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -static -pthread \
	-o "$work/stress" "$vm_top/tests/vm/guest/stress.c"
make_files
vm_initrd first "$work/first.cpio"
case $variant in
*+nomem) fail_all ;;
debug) race_all; fail_all ;;
*) race_all ;;
esac
vm_done
