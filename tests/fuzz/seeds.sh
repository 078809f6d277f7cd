#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes starting inputs for one fuzz target: generated ones, and those of
# other projects where VKX_TEST_DATA has them.
#
#   tests/fuzz/seeds.sh fuzz_NAME DIR
#
# A target's seeds are a function seeds_<NAME> below; one without starts from
# nothing.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
data=${VKX_TEST_DATA:-../shared/data}
name=${1#fuzz_} dir=$2
mkdir -p "$dir"

# Files up to 64 KiB of a folder of other projects, under names that say whose.
take() {
	local f
	[ -d "$data/$1" ] || return 0
	while IFS= read -r f; do
		cp "$f" "$dir/$(echo "${f#"$data"/}" | tr / -)"
	done < <(find "$data/$1" -type f -size -64k)
}

seeds_pe() {
	make -s "$O/prog/make_uki" >/dev/null
	"$O/prog/make_uki" "$dir"
	take pe
}

seeds_sbat() {
	printf 'sbat,1,SBAT Version,sbat,1,https://example.org/\n' >"$dir/least"
	printf 'sbat,1,,,,\r\na.b,2,v,p,1,u\r\n' >"$dir/crlf"
	printf 'sbat,1,2021030218\n' >"$dir/level"
	printf 'sbat,1,2025051000\nshim,4\ngrub,5\n' >"$dir/level-three"
	# Each level of shim's list, one file.
	[ ! -f "$data/sbat/SbatLevel_Variable.txt" ] ||
		awk -v d="$dir" '/^sbat,1,/ { n++; on = 1 } /^$/ { on = 0 }
			on { print > (d "/published-" n) }' "$data/sbat/SbatLevel_Variable.txt"
}

seeds_esl() {
	# One SHA-256 list of one entry: type, sizes, owner, hash.
	printf '\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28%b%b' \
		'\x4c\0\0\0\0\0\0\0\x30\0\0\0' "$(printf '%048d' 0)" >"$dir/one"
	# An update whose own signature is left out.
	{
		printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x18\0\0\0\0\x02\xf1\x0e'
		printf '\x9d\xd2\xaf\x4a\xdf\x68\xee\x49\x8a\xa9\x34\x7d\x37\x56\x65\xa7'
		cat "$dir/one"
	} >"$dir/update"
	take dbx
}

if declare -F "seeds_$name" >/dev/null; then
	"seeds_$name"
fi
