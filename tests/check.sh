#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every check of the project by name. A developer's run and CI run the same.
#
#   tests/check.sh --list         names and what each shows
#   tests/check.sh all            what `make check` runs
#   tests/check.sh long           the campaigns of `make check-long`
#   tests/check.sh NAME...        these checks
#
# A check is a shell function check_<name> (dashes as underscores) in
# tests/checks/*.sh, announced there by
#     vkx_check NAME GROUP "what it shows"
# GROUP: all (part of `make check`), lint, long, or named (only when asked for).
# The function runs in a subshell with set -e, in the top folder. Exit status
# 77 means skipped, and the check has said why; what it leaves out and passes all
# the same it tells by `left_out`. Checks that drive a virtual machine run beside
# the others (VKX_LANES=1: one at a time). In a run of several, a check of the
# group "all" that has not ended after VKX_CHECK_SECONDS (1500) is ended and has
# failed: a run must tell what hangs, whoever waits for it. Time while vm-kernels
# builds does not count. The last line is "N passed, N failed", with ", N
# skipped" where checks, or tests inside of them, were; the line before says
# which.
set -u
cd "$(dirname "$0")/.." || exit 1
export VKX_TEST_DATA=${VKX_TEST_DATA:-$(cd ../shared/data 2>/dev/null && pwd || echo ../shared/data)}
export VKX_CACHE=${VKX_CACHE:-$HOME/.cache/vkexec}
export O=${O:-build}
jobs=$(nproc)
export jobs

names=() groups=() texts=()
vkx_check() { names+=("$1"); groups+=("$2"); texts+=("$3"); }
for f in tests/checks/*.sh; do . "$f"; done

list() { for i in "${!names[@]}"; do printf '%-24s %-6s %s\n' "${names[i]}" "${groups[i]}" "${texts[i]}"; done; }

want=()
case "${1:-}" in
--list) list; exit 0 ;;
"" | -h | --help) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
for a in "$@"; do
	found=0
	for i in "${!names[@]}"; do
		if [ "$a" = "${groups[i]}" ] || [ "$a" = "${names[i]}" ]; then want+=("$i"); found=1; fi
	done
	[ $found = 1 ] || { echo "check.sh: no check '$a'; --list names them" >&2; exit 2; }
done

tests/deps.sh || exit 1

# Checks that drive a virtual machine wait a lot and touch nothing under $O;
# the others are bound to a CPU. Two of the first kind and one of the second run
# at a time, if there are two CPUs: two alone leave a tenth of them idle, and
# the third is for that. A check of the host never runs beside another: they
# share folders.
lane() { # NAME
	case $1 in vm-* | stub-guest* | stub-reason | sign-firmware) echo machine ;; *) echo host ;; esac
}
state=$(mktemp -d)
lanes=()
trap 'rm -rf "$state"' EXIT

# Where the compiler cache's folder cannot be written, it fails every compilation.
echo 'int x;' >"$state/x.c"
if [ -z "${CCACHE+set}" ] && ccache gcc -c -o "$state/x.o" "$state/x.c" 2>/dev/null; then
	export CCACHE=ccache
fi

# Ended from outside: what was running says how far it had come.
interrupted() {
	local f name pid
	for f in "$state"/running.*; do
		[ -e "$f" ] || continue
		name=${f##*/running.}
		read -r pid <"$f"
		printf '== ended while it ran: %s\n' "$name"
		tail -n 40 "$state/$name.log" 2>/dev/null
		kill -- "-$pid" 2>/dev/null
	done
	for pid in ${lanes[@]+"${lanes[@]}"}; do kill -- "-$pid" 2>/dev/null; done
	exit 130
}
trap interrupted INT TERM HUP

# Called by a check: so many of its tests did not run, and why.
left_out() { # COUNT WHAT
	[ "$1" -gt 0 ] || return 0
	echo "left out: $1 ($2)"
	echo "$1 $2" >>"$state/left-out"
}

conclude() { # NAME STATUS TIME [LOG]
	[ -z "${4:-}" ] || cat "$4"
	case $2 in
	0) echo "passed $1" >>"$state/results"; echo "== ok $1 ($3)" ;;
	77) echo "skipped $1" >>"$state/results"; echo "== skipped $1" ;;
	*) echo "failed $1" >>"$state/results"; echo "== FAILED $1 (exit $2, $3)" ;;
	esac
}

# Sets cpu: seconds of CPU that this lane's ended children and theirs have had.
# Asked of this process, so in no subshell.
cpu_so_far() {
	local file=$state/times.$BASHPID
	times >"$file"
	cpu=$(awk -F'[ms ]+' 'NR == 2 { printf "%d", ($1 + $3) * 60 + $2 + $4 }' "$file")
}

# Runs a check in a process group of its own, which ends with it: nothing that
# it started outlives it, nor a check that hangs the run.
run_group() { # NAME GROUP
	local pid guard rc limit=${VKX_CHECK_SECONDS:-1500}
	[ "$2" = all ] && [ "$1" != vm-kernels ] && [ ${#want[@]} -gt 1 ] || limit=infinity
	set -m
	( set +m; set -e; "check_${1//-/_}" ) </dev/null &
	pid=$!
	( set +m
		while [ -e "$state/running.vm-kernels" ]; do sleep 5; done
		sleep "$limit"
		echo "$1 did not end within $limit s"
		kill -- "-$pid"; sleep 20; kill -KILL -- "-$pid" ) </dev/null 2>/dev/null &
	guard=$!
	set +m
	echo "$pid" >"$state/running.$1"
	wait "$pid"
	rc=$?
	kill -- "-$guard" "-$pid" 2>/dev/null
	wait "$guard" 2>/dev/null
	rm -f "$state/running.$1"
	return $rc
}

run_check() { # INDEX [quiet]
	local name=${names[$1]} log= start=$SECONDS rc cpu before
	cpu_so_far
	before=$cpu
	echo "$name" >>"$state/started"
	printf '== [%d/%d] %s: %s\n' "$(wc -l <"$state/started")" "${#want[@]}" "$name" "${texts[$1]}"
	if [ -n "${2:-}" ]; then
		log=$state/$name.log
		run_group "$name" "${groups[$1]}" >"$log" 2>&1
	else
		run_group "$name" "${groups[$1]}"
	fi
	rc=$?
	cpu_so_far
	# Whole checks: two lanes never mix their words.
	exec 8>"$state/lock"
	flock 8
	conclude "$name" $rc "$((SECONDS - start)) s, $((cpu - before)) s of CPU" "$log"
	exec 8>&-
}

# The first check of these kinds that nobody has taken; nothing when all are.
take() { # KIND...
	local kind i
	exec 9>"$state/queue.lock"
	flock 9
	for kind; do
		for i in "${want[@]}"; do
			[ "$(lane "${names[i]}")" = "$kind" ] && ! grep -qx "$i" "$state/taken" || continue
			echo "$i" | tee -a "$state/taken"
			exec 9>&-
			return
		done
	done
	exec 9>&-
}

# A lane that is done with its own kind helps with the machines: each has a
# folder of its own. Checks of the host share theirs.
run_lane() { # KIND...
	local i
	while i=$(take "$@") && [ -n "$i" ]; do
		run_check "$i" quiet
	done
}

: >"$state/started"
: >"$state/taken"
: >"$state/results"
: >"$state/left-out"
both=$(for i in "${want[@]}"; do lane "${names[i]}"; done | sort -u | wc -l)
if [ "${VKX_LANES:-$jobs}" -ge 2 ] && [ "$both" = 2 ]; then
	# What both kinds would build at once.
	make -s -j"$jobs" WERROR=1 all "$O/prog/make_hostile" || exit 1
	set -m
	run_lane host machine & lanes+=($!)
	run_lane machine & lanes+=($!)
	{ renice -n 5 -p "$BASHPID" >/dev/null; run_lane machine; } & lanes+=($!)
	set +m
	wait
else
	for i in "${want[@]}"; do run_check "$i"; done
fi

count() { grep -c "^$1 " "$state/results"; }
bad=$(sed -n 's/^failed //p' "$state/results" | paste -sd' ')
[ -z "$bad" ] || printf 'failed: %s\n' "$bad"
checks_skipped=$(count skipped)
tests_skipped=$(awk '{ n += $1 } END { print n + 0 }' "$state/left-out")
skipped=$((checks_skipped + tests_skipped))
if [ "$skipped" -gt 0 ]; then
	printf 'skipped: %d checks%s, %d tests of checks that ran\n' "$checks_skipped" \
		"$(sed -n 's/^skipped / /p' "$state/results" | tr -d '\n')" "$tests_skipped"
	sed 's/^\([0-9]*\) /    \1: /' "$state/left-out"
	[ -d "$VKX_TEST_DATA" ] || echo "VKX_TEST_DATA is not there: see CONTRIBUTING.md"
	echo "$(count passed) passed, $(count failed) failed, $skipped skipped"
else
	echo "$(count passed) passed, $(count failed) failed"
fi
[ "$(count failed)" = 0 ] && [ "$(count passed)" -gt 0 ] && [ "$(wc -l <"$state/results")" = ${#want[@]} ]
