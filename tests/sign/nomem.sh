#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The n-th allocation fails, then the n-th and all after it, for every n (all of
# the first 300, then a sample that reaches the end): the command says so and
# leaves nothing, or it did not need that memory and the result is right. Never
# a crash, never a wrong result. (V50)
#
#   tests/sign/nomem.sh WORKDIR NAME IS-GOOD OUTPUT COMMAND...
set -eu
dir=$1 name=$2 is_good=$3 out=$4
shift 4
lib=$dir/failmalloc.so
[ -s "$lib" ] || gcc -shared -fPIC -O1 -Wall -Wextra -o "$lib" "$(dirname "$0")/failmalloc.c"
rm -f "$out"
LD_PRELOAD=$lib VKX_MALLOC_COUNT=$dir/count "$@" >"$dir/log" 2>&1
total=$(cat "$dir/count") runs=0 refused=0 right=0
[ "$total" -gt 10 ]
n=1
while [ $n -le "$total" ]; do
	for ever in "" 1; do
		rm -f "$out"
		rc=0
		env LD_PRELOAD="$lib" VKX_MALLOC_FAIL=$n ${ever:+VKX_MALLOC_EVER=1} "$@" >"$dir/log" 2>&1 || rc=$?
		runs=$((runs + 1))
		case $rc in
		0)
			"$is_good" "$out" >"$dir/log2" 2>&1 || { echo "$name: allocation $n: wrong result"; exit 1; }
			right=$((right + 1))
			;;
		1)
			[ ! -e "$out" ] && [ -s "$dir/log" ] || { echo "$name: allocation $n: failed, but left a file or said nothing"; exit 1; }
			refused=$((refused + 1))
			;;
		*)
			echo "$name: allocation $n: status $rc"
			cat "$dir/log"
			exit 1
			;;
		esac
	done
	if [ $n -lt 300 ]; then n=$((n + 1)); else n=$((n + total / 97 + 1)); fi
done
echo "   $name: $total allocations, $runs runs: $refused failed cleanly, $right right without it"
[ $refused -gt 0 ]
