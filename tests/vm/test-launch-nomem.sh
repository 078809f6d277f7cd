#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The n-th allocation of a launch fails: either the next kernel runs, and its
# log holds the launch and replays to the TPM, or the machine resets and says
# why. Nothing else. (V50, V76)
#
#   tests/vm/test-launch-nomem.sh [VARIANT [STEP [FIRST [LAST]]]]
#
# Every STEP-th allocation from FIRST to LAST, else to the last one that a
# launch makes.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
variant=${1:-vkexec} step=${2:-1} n=${3:-1} last=${4:-}
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
log=/sys/kernel/security/vkexec/event_log
VM_QUIET=1
[ "$variant" != debug ] || VM_MEM=2048

status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }
arm() { "$vm_top/tests/vm/failalloc.py" "$VM_DIR/gdb" "$images/System.map" >/dev/null && echo end; }
replays() {
	local now logged
	now=$(vm_sh 'tpm2_pcrread sha256:12' | awk '$1 == "12:" || $2 == ":" { print tolower($NF) }')
	vm_sh "cat $log >/vkx/log"
	logged=$(tpm2_eventlog "$VM_DIR/share/log" 2>/dev/null | sed -n '/^pcrs:/,$p' |
		awk '/^ *[a-z0-9]+:$/ { bank = $1 } bank == "sha256:" && $1 == 12 { print $NF }')
	[ -n "$now" ] && [ "$now" = "$logged" ] && echo agree || echo "TPM $now, log $logged"
}
bad_words() {
	tr -d '\r' <"$VM_DIR/console.log" |
		grep -E "Oops|BUG:|WARNING:|KASAN:|UBSAN:|suspicious RCU" | head -3
	echo end
}

boot() {
	vm_new
	cp "$work/next.efi" "$work/stress" "$VM_DIR/share"
	VM_ARGS=(-gdb "unix:$VM_DIR/gdb,server=on,wait=off")
	vm_start "$images/Image" "$work/first.cpio" nokaslr
	hops=0
	vm_expect end arm
}

# Sets how: hop or reset.
launch() { # N
	local said
	vm_expect ok vm_load /vkx/next.efi
	said=$(wc -c <"$VM_DIR/console.log")
	printf 'sh %s\n' "$(vm_escape "/vkx/stress faillaunch $1; echo came back")" >&"$vm_in"
	if vm_answer; then
		case $VM_REPLY in
		"hello "*) how=hop ;;
		*) vm_die "launch $1: $VM_REPLY" ;;
		esac
	elif kill -0 "$vm_qemu" 2>/dev/null; then
		vm_die "launch $1: neither hop nor reset"
	else
		how=reset
	fi
	vm_expect end bad_words
	tail -c +"$said" "$VM_DIR/console.log" >"$work/said"
}

check_hop() {
	hops=$((hops + 1))
	VM_SAY="launch $n: hops in the log" vm_expect $hops status hops
	VM_SAY="launch $n: told as measured" vm_expect no status launched-unmeasured
	VM_SAY="launch $n: log and TPM" vm_expect agree replays
	vm_expect end arm
}

check_reset() {
	VM_SAY="launch $n: the reason" vm_expect 1 grep -c "was not measured: resetting" "$work/said"
	vm_stop
	boot
}

# Allocations of one launch, counted at its end.
count_launch() {
	local counter
	vm_expect ok vm_load /vkx/next.efi
	"$vm_top/tests/vm/failalloc.py" "$VM_DIR/gdb" "$images/System.map" \
		vkexec_pre_jump >"$work/left" &
	counter=$!
	sleep 2
	printf 'sh %s\n' "$(vm_escape "/vkx/stress faillaunch 1000000; echo")" >&"$vm_in"
	wait $counter
	vm_hello
	check_hop
	last=$((1000000 - $(cat "$work/left")))
}

images=${VM_IMAGES:-$(vm_kernel "$variant")}
aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -static -pthread \
	-o "$work/stress" "$vm_top/tests/vm/guest/stress.c"
uki_sbat 2 "$work/sbat"
vm_initrd first "$work/first.cpio"
vm_initrd next "$work/next.cpio"
uki_make "$work/next.efi" release --linux "$images/Image" --initrd "$work/next.cpio" \
	--cmdline "console=ttyAMA0 nokaslr" --sbat "$work/sbat"
boot
[ -n "$last" ] || count_launch
tried=0 hopped=0 reset=0
for ((; n <= last; n += step)); do
	launch "$n"
	tried=$((tried + 1))
	case $how in
	hop) hopped=$((hopped + 1)); check_hop ;;
	reset) reset=$((reset + 1)); check_reset ;;
	esac
done
vm_stop
echo "   $tried allocations of a launch failed, of $last: $hopped hops, $reset resets"
VM_SAY="some were reset" vm_expect yes echo "$([ $reset -gt 0 ] && echo yes)"
vm_done
