#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the ```sh blocks of documents, in order, as a reader would type them.
#
# Each document gets a fresh folder and one shell that stops at the first
# error, with the built tools on PATH. Where a document speaks of files the
# reader has (a kernel Image, an initrd, a log), tests/docs/files.sh lays
# stand-ins of that name first. A block opened with ```sh refused must fail
# with exit status 3. Blocks of other kinds (```text, indented) are not run.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "$top/${O:-build}/bin" && pwd) || exit 1
bad=0

script() {
	awk '
	/^```sh refused$/ { print "set +e; ("; r = 1; on = 1; next }
	/^```sh$/ { print "set -e"; on = 1; next }
	/^```/ && on { if (r) print "); s=$?; set -e; [ $s = 3 ] || { echo \"expected refusal, got $s\" >&2; exit 1; }"; r = on = 0; next }
	on { print }' "$1"
}

for doc in "$@"; do
	script "$doc" >/dev/null
	n=$(grep -cE '^```sh( refused)?$' "$doc")
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
