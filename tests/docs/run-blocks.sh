#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the ```sh blocks of documents, in order, as a reader would type them.
#
# Each document gets a fresh folder and one shell that stops at the first
# error, with the built tools on PATH. Where a document speaks of files the
# reader has (a kernel Image, an initrd, a log), tests/docs/files.sh lays
# stand-ins of that name first. A block opened with ```sh refused must fail
# with exit status 3. A document without a block that runs here fails, unless
# its blocks are a machine's and VKX_VM_DOCUMENTS names it.
#
#   tests/docs/run-blocks.sh FILE.md...
#   tests/docs/run-blocks.sh --kinds FILE.md...    only judges the fences
#
# Every fence says who runs it:
#   sh, sh refused                     this script
#   sh vm, guest, reboot, panic        tests/vm/test-docs.sh
#   sh tree                            the check docs-kernel
#   sh root                            tests/fresh-root.sh
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
bad=0

# Fences of another kind, and commands that no fence shows, would never run.
kinds() { # FILE
	awk -v doc="$1" '
	/^ *```/ && !on {
		on = 1
		if ($0 !~ /^```sh( (refused|vm|guest|reboot|panic|tree|root))?$/) {
			printf "%s:%d: nothing runs this kind of block: %s\n", doc, FNR, $0; bad = 1
		}
		next
	}
	/^ *```/ { on = 0; next }
	!on && /^    (make|vkexec-[a-z]+|sudo|apt-get) / {
		printf "%s:%d: a command outside of any block: %s\n", doc, FNR, $0; bad = 1
	}
	END { if (on) { printf "%s: a block does not end\n", doc; bad = 1 } exit bad }' "$1"
}

if [ "${1:-}" = --kinds ]; then
	shift
	for doc in "$@"; do kinds "$doc" || bad=1; done
	exit $bad
fi

bin=$(cd "$top/${O:-build}/bin" && pwd) || exit 1

script() {
	awk '
	/^```sh refused$/ { print "set +e; ("; r = 1; on = 1; next }
	/^```sh$/ { print "set -e"; on = 1; next }
	/^```/ && on { if (r) print "); s=$?; set -e; [ $s = 3 ] || { echo \"expected refusal, got $s\" >&2; exit 1; }"; r = on = 0; next }
	on { print }' "$1"
}

# Of a machine only: known to who runs those, or nobody does.
in_a_machine() { # FILE
	case " ${VKX_VM_DOCUMENTS:-} " in *" $1 "*) ;; *) return 1 ;; esac
	grep -qE '^```sh (vm|guest|reboot|panic)$' "$1"
}

for doc in "$@"; do
	n=$(grep -cE '^```sh( refused)?$' "$doc")
	if [ "$n" = 0 ]; then
		if in_a_machine "$doc"; then
			echo "$doc: all its blocks want a machine"
		else
			echo "$doc: no block ran"
			bad=1
		fi
		continue
	fi
	dir=$(mktemp -d)
	(
		cd "$dir" || exit 1
		export PATH="$bin:$PATH" VKX_TOP="$top"
		. "$top/tests/docs/files.sh"
		script "$top/$doc" >run.sh
		bash -u run.sh >out.log 2>&1
	)
	if [ $? = 0 ]; then
		echo "$doc: $n blocks ran"
	else
		echo "$doc: a block failed:"
		tail -20 "$dir/out.log"
		bad=1
	fi
	rm -rf "$dir"
done
exit $bad
