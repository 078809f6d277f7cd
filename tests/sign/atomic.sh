#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every system call by which a command changes a file system fails with ENOSPC,
# EIO or EINTR, and is the last thing before SIGKILL, undone or done (V115): each
# call with one of either kind, by turns, or with VKX_EVERY_FAULT=1 with all
# five. Afterwards each output is the old file or the new one, a
# failure has been reported as such, and nothing else lies about; after a kill
# there may be one whole temporary file with a telling name.
#
#   tests/sign/atomic.sh WORKDIR NAME OUTPUT[,OUTPUT] IS-NEW COMMAND...
#
# WORKDIR/old holds the outputs as they were; the command runs in WORKDIR/run,
# a copy of it. IS-NEW FILE says whether a file is as the command leaves it. $PAIR,
# if set, is run there with the command's status, the file of its errors and the
# name of the call, and says whether the outputs may stand beside each other.
set -eu
dir=$1 name=$2 outputs=${3//,/ } is_new=$4
shift 4
calls="openat write pwrite64 fsync linkat renameat fchmod close getrandom"
runs=0 bad=0 kept=0 done_=0 turn=0

fresh() {
	rm -rf "$dir/run"
	cp -a "$dir/old" "$dir/run"
}

faults() { # TURN
	local errors=(error=ENOSPC error=EIO error=EINTR) kills=(error=EIO:signal=SIGKILL signal=SIGKILL)
	if [ -n "${VKX_EVERY_FAULT:-}" ]; then
		echo "${errors[@]}" "${kills[@]}"
	else
		echo "${errors[$1 % 3]}" "${kills[$1 % 2]}"
	fi
}

complain() {
	echo "   $name: $*"
	sed 's/^/      /' "$dir/err"
	bad=$((bad + 1))
}

# One run with one fault. Status of the command in rc; 137 is SIGKILL.
inject() { # CALL FAULT WHEN
	fresh
	rc=0
	(cd "$dir/run" && exec strace -f -qq -o /dev/null -e signal=none -e trace="$1" -e inject="$1:$2:when=$3" \
		"${command[@]}") >"$dir/out" 2>"$dir/err" || rc=$?
	runs=$((runs + 1))
} 2>/dev/null # the shell's own word about a killed child

check() { # WHAT
	local f old=0 new=0 others
	for f in $outputs; do
		if [ -e "$dir/old/$f" ] && cmp -s "$dir/old/$f" "$dir/run/$f"; then
			old=$((old + 1))
		elif [ ! -e "$dir/old/$f" ] && [ ! -e "$dir/run/$f" ]; then
			old=$((old + 1))
		elif "$is_new" "$dir/run/$f" >>"$dir/err" 2>&1; then
			new=$((new + 1))
		else
			complain "$1: $f is neither the old file nor the new one"
		fi
	done
	[ $rc != 0 ] || [ $old = 0 ] || complain "$1: says done and has not"
	kept=$((kept + (old > 0))) done_=$((done_ + (old == 0)))
	[ -z "${PAIR:-}" ] || (cd "$dir/run" && "$PAIR" $rc "$dir/err" "$call") || complain "$1: the outputs do not fit"
	others=$(cd "$dir/run" && ls -A | grep -vxF -f <(cd "$dir/old" && ls -A; printf '%s\n' $outputs) || true)
	case $others in
	"") ;;
	.vkexec-*.tmp) [ $rc = 137 ] || complain "$1: leaves $others" ;;
	*) complain "$1: leaves $others" ;;
	esac
}

command=("$@")
fresh
(cd "$dir/run" && strace -f -qq -o "$dir/trace" -e trace="${calls// /,}" "${command[@]}") >"$dir/out" 2>"$dir/err"
for f in $outputs; do "$is_new" "$dir/run/$f" >"$dir/err" 2>&1 || { complain "without any fault: $f"; exit 1; }; done
for call in $calls; do
	n=$(grep -cE "^[0-9]+ +$call\(" "$dir/trace" || true)
	# Opening the C library is not what this is about: only what comes
	# after the last shared object.
	first=1
	case $call in
	openat | close) first=$(awk -v c="$call" '$0 ~ " " c "\\(" { i++ } /\.so/ { last = i } END { print last + 2 }' "$dir/trace") ;;
	esac
	for ((i = first; i <= n; i++)); do
		turn=$((turn + 1))
		for fault in $(faults $turn); do
			# A close that fails after the fact changes nothing.
			inject "$call" "$fault" "$i"
			check "$call number $i, $fault (status $rc)"
		done
	done
done
echo "   $name: $runs faults, $kept times the old file, $done_ times the new one, $bad wrong"
[ $bad = 0 ] && [ $runs -gt 20 ]
