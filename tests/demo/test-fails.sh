#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A demo that fails, early or late, or whose terminal goes away, says in which
# step and leaves nothing behind: no machine, no TPM, no unencrypted key.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/tmp"
bad=0

# A program of this name that fails when its arguments hold a word.
break_program() { # NAME WORD
	rm -f "$dir/bin"/*
	printf '#!/bin/sh\ncase " $* " in *" %s "*) exit 1 ;; esac\nexec %s "$@"\n' \
		"$2" "$(command -v "$1")" >"$dir/bin/$1"
	chmod +x "$dir/bin/$1"
}

# Also where whoever runs this ignores a terminal that goes away.
demo() {
	exec env --default-signal=HUP TMPDIR="$dir/tmp" DEMO_OUT="$dir/out" PATH="$dir/bin:$PATH" \
		tests/demo/run.sh >"$dir/log" 2>&1 </dev/null
}

# Also of what stood when it failed: a key that was there is what is removed.
check() { # WHAT STATUS STEP WANT-STATUS WANT-STEP
	local left running
	left=$(ls -A "$dir/tmp")
	running=$(pgrep -af "$dir/tmp" | grep -v pgrep || true)
	if [ "$2" = "$4" ] && [ "$3" = "$5" ] && [ -z "$left$running" ]; then
		echo "   ok  $1: exit $2, failed in step $3"
		return
	fi
	echo "   BAD $1: exit $2, want $4; step '$3', want '$5'; left: $left $running"
	tail -n 5 "$dir/log"
	bad=1
}
failed_in() { sed -n 's/^demo: failed in step //p' "$dir/log"; }

break_program pesign -h
rc=0
(demo) || rc=$?
check "an early step fails" $rc "$(failed_in)" 1 "4, signing the releases"

break_program od -N20
rc=0
(demo) || rc=$?
check "a late step fails" $rc "$(failed_in)" 1 "8, a quote with a fresh nonce, and its audit"

rm -f "$dir/bin"/*
: >"$dir/log"
demo &
pid=$!
until grep -q '^\[6/9\]' "$dir/log" || ! kill -0 $pid 2>/dev/null; do sleep 0.2; done
kill -HUP $pid
rc=0
wait $pid || rc=$?
check "the terminal goes away" $rc "$(failed_in)" 129 "6, kexec from release to release"
exit $bad
