#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes the table of rules in docs/format.md from kernel/core/verdict.h, with
# the tests that name each rule.
#
#   docs/rules.sh            rewrites the table
#   docs/rules.sh --check    fails if it is not current, or a rule has no test
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

new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
	sed '/^<!-- rules -->$/q' docs/format.md
	table
	sed -n '/^<!-- end of rules -->$/,$p' docs/format.md
} >"$new"
if [ "${1:-}" != --check ]; then
	cat "$new" >docs/format.md
	exit 0
fi
bad=0
cmp -s "$new" docs/format.md || { echo "docs/format.md: table is not current: run docs/rules.sh"; diff docs/format.md "$new" | head; bad=1; }
if grep -E '^\| `[a-z0-9-]+` .*\|  \|$' "$new"; then echo "these rules have no test"; bad=1; fi
exit $bad
