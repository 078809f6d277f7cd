#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes the table of rules in docs/format.md from kernel/core/verdict.h, and
# that of an audit's reasons in docs/format-manifest.md from measure/reason.h,
# with the tests that name each of them.
#
#   docs/rules.sh            rewrites the tables
#   docs/rules.sh --check    fails if one is not current, or a row has no test
set -eu
cd "$(dirname "$0")/.."

symbols() { # SYMBOL VERDICT ID TEXT, tab-separated, one rule a line
	sed -n '/^#define VKX_RULES/,/^$/p' kernel/core/verdict.h | tr -d '\\\n' |
		grep -oE 'X\([A-Z0-9_]+, [A-Z_]+,[[:space:]]*"[^"]*",[[:space:]]*"[^"]*"\)' |
		sed -E 's/X\(([A-Z0-9_]+), ([A-Z_]+),[[:space:]]*"([^"]*)",[[:space:]]*"([^"]*)"\)/\1\t\2\t\3\t\4/'
}

# Where a rule is named: in C by its symbol, in shell and data by its identifier.
tests_of() {
	{
		git grep -lwE "VKX_RULE_$1|RULE\($1\)" -- tests ':!tests/fuzz' ':!tests/*.txt' || true
		git grep -lF -- "$2" -- 'tests/**/*.sh' 'tests/**/*.tsv' 'tests/**/*.py' 'tests/vm' || true
	} | sort -u | sed 's|^tests/||' | head -3 | paste -sd' '
}

table() {
	echo '| rule | verdict | refuses | tests |'
	echo '|---|---|---|---|'
	symbols | while IFS=$'\t' read -r sym verdict id text; do
		[ "$sym" != NONE ] || continue
		echo "| \`$id\` | $(echo "$verdict" | tr 'A-Z_' 'a-z ') | $text | $(tests_of "$sym" "$id") |"
	done
}

# SYMBOL VERDICT ID TEXT of the reasons; a text may stand in several strings.
reasons() {
	sed -n '/^#define VKX_REASONS/,/^$/p' measure/reason.h | sed -E 's|/\*.*\*/||' | tr -d '\\\n\t' |
		sed -E 's/" *"//g' |
		grep -oE 'X\([A-Z0-9_]+, *[A-Z]+, *[A-Z]+, *"[^"]*", *"[^"]*"\)' |
		sed -E 's/X\(([A-Z0-9_]+), *([A-Z]+), *[A-Z]+, *"([^"]*)", *"([^"]*)"\)/\1\t\2\t\3\t\4/'
}

tests_of_reason() {
	{
		git grep -lwE "VKX_REASON_$1|expect\(.*, $1\)|ROW\(.*, $1\)" -- tests/unit || true
		git grep -lE "(none|contraindicated|warning) $2( |\$)|'$2'" -- 'tests/**/*.sh' 'tests/**/*.py' || true
	} | sort -u | sed 's|^tests/||' | head -3 | paste -sd' '
}

reason_table() {
	echo '| reason | verdict | what it says | tests |'
	echo '|---|---|---|---|'
	reasons | while IFS=$'\t' read -r sym verdict id text; do
		[ "$sym" != FINE ] || continue
		echo "| \`$id\` | ${verdict,,} | $text | $(tests_of_reason "$sym" "$id") |"
	done
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
bad=0
# put FILE MARKER TABLE: the function TABLE between the two markers of FILE.
put() {
	{
		sed "/^<!-- $2 -->\$/q" "$1"
		$3
		sed -n "/^<!-- end of $2 -->\$/,\$p" "$1"
	} >"$new"
	if [ "$mode" != --check ]; then
		cat "$new" >"$1"
		return
	fi
	cmp -s "$new" "$1" || { echo "$1: table is not current: run docs/rules.sh"; diff "$1" "$new" | head; bad=1; }
	if sed -n "/^<!-- $2 -->\$/,/^<!-- end of $2 -->\$/p" "$new" | grep -E '^\| `[a-z0-9-]+` .*\|  \|$'; then
		echo "these have no test"
		bad=1
	fi
}
mode=${1:-}
put docs/format.md rules table
put docs/format-manifest.md reasons reason_table
exit $bad
