#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A TPM that answers with errors, cuts its answers, dies or lies, by a proxy
# between QEMU and swtpm: every TPM command of load, unload and launch goes
# wrong in turn. A load fails cleanly or is measured; a launch is in the log, or
# there is none. (V76, V78, V84, V85, V86, V88)
#
#   tests/vm/test-proxy.sh [PART [N]]    short (default), load, unload, launch
#
# N: only every N-th fault of the part.
# After each fault: what the kernel says of the load, what its log holds, and
# what the TPM holds, by tools that are not ours.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
part=${1:-short} every=${2:-1}
work=$(mktemp -d)
PCRS_QUICK=1 VM_BANKS=sha256 VM_SMP=1 VM_MEM=512 VM_QUIET=1
VM_PROXY=$work/tpm_proxy
. "$vm_top/tests/vm/pcrs.sh"
trap 'vm_clean; rm -rf "$work"' EXIT
vm_proxy_build "$VM_PROXY"

# INITIALIZE, FAILURE, DISABLED, EXCLUSIVE, COMMAND_SIZE, COMMAND_CODE,
# AUTHSIZE, NV_SPACE; VALUE 1, HANDLE 1, AUTH_FAIL and BAD_AUTH of session 1;
# OBJECT_MEMORY, SESSION_MEMORY, LOCALITY, CANCELED, NV_RATE, LOCKOUT,
# NV_UNAVAILABLE; one of no known meaning. And those that ask for patience:
# YIELDED, TESTING, RETRY.
hard="0x100 0x101 0x120 0x121 0x142 0x143 0x144 0x14b 0x184 0x18b 0x98e 0x9a2
	0x902 0x903 0x907 0x909 0x920 0x921 0x923 0xfff"
soft="0x908 0x90a 0x922"
# The longest answers that are cut: one byte less than whole.
extend_cut=18 read_cut=61

# --- what a machine is like ---------------------------------------------------

boot() {
	[ -z "$VM_DIR" ] || vm_stop
	vm_new
	cp "$work"/*.efi "$VM_DIR/share"
	vm_start "$ours" "$work/first.cpio" lockdown=integrity
}
boots=0
fresh() { boots=$((boots + 1)); boot; }

# "LOADED LOADS/LAUNCHES/UNLOADS LOG": LOG is true where it replays to the TPM,
# closed where the kernel says itself that it may not.
state() {
	local loaded log
	loaded=$(vm_sh 'sed -n "s/^loaded: //p" /sys/kernel/security/vkexec/status')
	log=$(pcrs_agree $ours_log)
	case $log in agree | "nothing measured") log=true ;; *) log=false ;; esac
	! vm_sh 'grep "^event-log:" /sys/kernel/security/vkexec/status' | grep -q closed || log=closed
	echo "$loaded $(pcrs_hops | awk '{ n[$1]++ }
		END { printf "%d/%d/%d", n["load"], n["launch"], n["unload"] }') $log"
}
# What was ordered did happen: a fault that never struck shows nothing.
struck() { grep -c '^struck' "$VM_DIR/tpm.log" || true; }

tried=0 ended_ok=0 ended_refused=0 ended_closed=0
wrong() { # TEXT
	vm_failed=$((vm_failed + 1))
	echo "   BAD $fault: $*"
}
counted() { vm_checked=$((vm_checked + 1)); tried=$((tried + 1)); }

# --- load ----------------------------------------------------------------------

# One load with a fault. Nothing is loaded before, and nothing is afterwards.
try_load() { # ORDER...
	local fault="load, $*" before after got strikes n
	before=$(state)
	strikes=$(struck)
	vm_tpm_order "$*"
	got=$(vm_load /vkx/small.efi)
	[ "$(struck)" -gt "$strikes" ] || wrong "the fault did not strike"
	after=$(state)
	counted
	n=$(cut -d' ' -f2 <<<"$before")
	case "$got $after" in
	"ok yes $((${n%%/*} + 1))/${n#*/} true")
		ended_ok=$((ended_ok + 1))
		[ "$(vm_unload)" = ok ] || wrong "it cannot be unloaded" ;;
	"EPERM no "*" true")
		ended_refused=$((ended_refused + 1))
		# A record that got in although the TPM said no is taken back.
		n=$(cut -d' ' -f2 <<<"$after")
		[ "${n%%/*}" = "${n##*/}" ] || wrong "loaded and unloaded: $n" ;;
	"EPERM no "*" closed")
		ended_closed=$((ended_closed + 1))
		got=$(vm_load /vkx/small.efi)
		[ "$got" = EPERM ] || wrong "a load after it: $got"
		fresh ;;
	*) wrong "$got; $after, before it $before" ; fresh ;;
	esac
}

# --- unload --------------------------------------------------------------------

# The record of an unload may be missing; the log must know.
try_unload() { # ORDER...
	local fault="unload, $*" after got strikes
	[ "$(vm_load /vkx/small.efi)" = ok ] || vm_die "cannot load before: $fault"
	strikes=$(struck)
	vm_tpm_order "$*"
	got=$(vm_unload)
	[ "$(struck)" -gt "$strikes" ] || wrong "the fault did not strike"
	after=$(state)
	counted
	case "$got $after" in
	"ok no "*" true") ended_ok=$((ended_ok + 1)) ;;
	"ok no "*" closed") ended_closed=$((ended_closed + 1)); fresh ;;
	*) wrong "$got; $after"; fresh ;;
	esac
}

# --- launch --------------------------------------------------------------------

# Prints launched, reset, or hung.
launch() {
	printf 'exec\n' >&"$vm_in"
	if vm_answer; then echo launched
	elif kill -0 "$vm_qemu" 2>/dev/null; then echo hung
	else echo reset; fi
}
launches=0 resets=0 gone=0
# TPM2_Shutdown comes when all is measured. A TPM that goes away there lets the
# launch be, and nobody can quote on that machine any more.
deadly() { case $1 in 0x145*" before" | 0x145*" after" | 0x145*" cut "[0-9]) ;; *) return 1 ;; esac; }
tpm() { vm_sh 'sed -n "s/^tpm: //p" /sys/kernel/security/vkexec/status'; }
try_launch() { # ORDER...
	local fault="launch, $*" got
	fresh
	[ "$(vm_load /vkx/next.efi)" = ok ] || vm_die "cannot load before: $fault"
	vm_tpm_order "$*"
	got=$(launch)
	[ "$(struck)" = 1 ] || wrong "the fault did not strike"
	counted
	case $got in
	reset) resets=$((resets + 1)) ;;
	launched)
		launches=$((launches + 1))
		if deadly "$*"; then
			gone=$((gone + 1))
			got=$(tpm)
			[ "$got" = none ] || wrong "launched, and the TPM is there: $got"
			return
		fi
		got=$(state)
		[ "$got" = "no 1/1/0 true" ] || wrong "launched, and then: $got" ;;
	*) wrong "$got" ;;
	esac
}

# --- what is tried ---------------------------------------------------------------

make_files() {
	ours=$(vm_kernel vkexec)/Image
	uki_sbat 2 "$work/sbat"
	uki_small_image "$work/image"
	echo small >"$work/initrd"
	vm_initrd first "$work/first.cpio"
	vm_initrd next "$work/next.cpio"
	uki_make "$work/small.efi" release --linux "$work/image" --initrd "$work/initrd" \
		--cmdline "console=ttyAMA0" --sbat "$work/sbat"
	uki_make "$work/next.efi" release --linux "$ours" --initrd "$work/next.cpio" \
		--cmdline "console=ttyAMA0 lockdown=integrity" --sbat "$work/sbat"
}

# Every response code, every cut, and what claims to have happened or not;
# read 1 comes before the record's extend, read 2 after it.
faults_of_record() {
	local at c k
	for at in "extend:12 1" "read:12 1" "read:12 2"; do
		for c in $hard $soft; do echo "$at code $c"; done
	done
	for c in $hard; do echo "extend:12 1 late $c"; done
	echo "extend:12 1 drop"
	for k in $(seq 10 $extend_cut); do echo "extend:12 1 cut $k"; done
	for at in 1 2; do
		for k in $(seq 10 $read_cut); do echo "read:12 $at cut $k"; done
	done
}
# After these the machine has no TPM any more.
fatal_faults_of_record() {
	local at k
	for at in "extend:12 1" "read:12 1" "read:12 2"; do
		echo "$at before"
		echo "$at after"
		for k in $(seq 0 9); do echo "$at cut $k"; done
	done
}
sampled() { awk -v n="$every" 'NR % n == 1 % n'; }

run_load() {
	local order
	fresh
	while read -r order; do try_load "$order" </dev/null; done < <(faults_of_record | sampled)
	while read -r order; do try_fatal_load "$order" </dev/null; done < <(fatal_faults_of_record | sampled)
}
# The TPM is gone: nothing can be read any more, and nothing may be loaded.
try_fatal_load() { # ORDER...
	local fault="load, $*" got
	fresh
	vm_tpm_order "$*"
	got=$(vm_load /vkx/small.efi)
	[ "$got" = EPERM ] || wrong "$got"
	got=$(vm_sh 'sed -n "s/^loaded: //p" /sys/kernel/security/vkexec/status')
	[ "$got" = no ] || wrong "loaded: $got"
	got=$(vm_load /vkx/small.efi)
	[ "$got" = EPERM ] || wrong "a load after it: $got"
	[ "$(struck)" = 1 ] || wrong "the fault did not strike"
	counted
	ended_refused=$((ended_refused + 1))
}
run_unload() {
	local order
	fresh
	while read -r order; do try_unload "$order" </dev/null; done < <(faults_of_record | sampled)
	while read -r order; do try_fatal_unload "$order" </dev/null; done < <(fatal_faults_of_record | sampled)
}
# What is unloaded is gone, with or without a TPM; where the TPM may have seen the
# record the log says that it may not be believed, and nothing is loaded any more.
try_fatal_unload() { # ORDER...
	local fault="unload, $*" got
	fresh
	[ "$(vm_load /vkx/small.efi)" = ok ] || vm_die "cannot load before: $fault"
	vm_tpm_order "$*"
	got=$(vm_unload)
	[ "$got" = ok ] || wrong "$got"
	got=$(vm_sh 'sed -n "s/^loaded: //p" /sys/kernel/security/vkexec/status')
	[ "$got" = no ] || wrong "loaded: $got"
	case $* in
	"read:12 1 "*) ;; # nothing was extended yet
	*) vm_sh 'grep "^event-log:" /sys/kernel/security/vkexec/status' | grep -q closed ||
		wrong "the log is open" ;;
	esac
	got=$(vm_load /vkx/small.efi)
	[ "$got" = EPERM ] || wrong "a load after it: $got"
	[ "$(struck)" = 1 ] || wrong "the fault did not strike"
	counted
	ended_closed=$((ended_closed + 1))
}
# Each command of the launch, with each kind of fault and a code and a cut of
# its own; the record's, one of a section and one that reads with all of them.
# 4 sections, two extends each.
faults_of_launch() {
	local at c k i=0 codes cuts
	codes=($hard)
	cuts=($(seq 0 18))
	for at in $(seq -f 'extend:11:%g' 8) extend:12:1 read:11:1 read:11:2 read:12:1 read:12:2 0x145:1; do
		at="${at%:*} ${at##*:}"
		echo "$at code ${codes[i % 20]}"
		echo "$at code 0x922"
		echo "$at late ${codes[(i + 7) % 20]}"
		echo "$at cut ${cuts[i % 19]}"
		echo "$at cut ${cuts[(i + 9) % 19]}"
		echo "$at drop"
		echo "$at before"
		echo "$at after"
		i=$((i + 1))
	done
	for at in "extend:12 1" "extend:11 3" "read:12 1"; do
		for c in $hard $soft; do echo "$at code $c"; done
	done
	for at in "extend:12 1" "extend:11 3"; do
		for k in $(seq 0 $extend_cut); do echo "$at cut $k"; done
	done
	for k in $(seq 0 $read_cut); do echo "read:12 1 cut $k"; done
}
run_launch() {
	local order
	while read -r order; do try_launch "$order" </dev/null; done < <(faults_of_launch | sampled)
}
# One of each kind, in as few boots as they need.
run_short() {
	fresh
	try_load extend:12 1 code 0x101
	try_load extend:12 1 late 0x921
	try_load extend:12 1 code 0x922
	try_load extend:12 1 drop
	try_load extend:12 1 cut 10
	try_load read:12 1 code 0x101
	try_unload extend:12 1 drop
	try_load read:12 2 cut 40
	try_fatal_unload extend:12 1 before
	try_launch extend:12 1 drop
	try_launch extend:11 3 late 0x101
	try_launch read:11 2 before
	# TPM2_Shutdown, which Linux sends on the way: the next kernel copes.
	try_launch 0x145 1 code 0x101
}

make_files
start=$SECONDS
run_$part
echo "   $part: $tried faults struck: $ended_ok done all the same, $ended_refused refused with a true log,"
echo "   $ended_closed refused and the log closed; $resets resets, $launches launches that the log shows,"
echo "   but for $gone where everything was measured and the TPM went away after it;"
echo "   $boots boots, $((SECONDS - start)) s"
vm_stop
vm_done
