#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Puts the figures of the last long run of the stub's campaigns into
# docs/test-results.md, between its own two markers; the rest of the file is
# other people's and stays.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
page=docs/test-results.md
begin='<!-- stub: written by tests/stub/results.sh -->' end='<!-- stub: end -->'
section=$O/stub/results.md

{
	echo "$begin"
	echo '## Relocation stub (V64-V66, V122)'
	echo
	echo 'Bare-metal image under QEMU `virt`, virtual time counted in instructions; made by'
	echo '`tests/check.sh stub-long stub-guest stub-guest-el2 stub-guest-every stub-bench`, last at commit'
	echo "$(git rev-parse --short=12 HEAD). \"Entered\" means that the next kernel got the CPU."
	echo
	sed -n 's/^stub SHA-256: /- SHA-256 cores against NIST and mbedtls: /p' "$O/stub/hash.log" || :
	for log in size cases flips list page skips guest-el1 guest-nvhe guest-vhe outside-el1-every outside-nvhe-every outside-vhe-every bench; do
		[ ! -s "$O/stub/$log.log" ] || sed -n 's/^RESULT /- /p' "$O/stub/$log.log"
	done
	echo
	echo 'Changes of the stub'"'"'s own page that went unnoticed:'
	echo
	sed -n 's/^undetected/- undetected/p' "$O/stub/page.log" 2>/dev/null | grep . || echo '- none'
	echo
	echo 'Pairs of skipped instructions that let a changed kernel in:'
	echo
	sed -n 's/^entered a changed kernel: /- /p' "$O/stub/skips.log" 2>/dev/null | grep . || echo '- none'
	echo "$end"
} >"$section"

[ -e "$page" ] || printf '# Test results\n\nFigures that the project'"'"'s long campaigns wrote; each section names its command.\n\n' >"$page"
if grep -qxF "$begin" "$page"; then
	awk -v begin="$begin" -v end="$end" -v section="$section" '
		$0 == begin { while ((getline line < section) > 0) print line; skip = 1 }
		!skip { print }
		$0 == end { skip = 0 }' "$page" >"$section.page"
else
	cat "$page" "$section" >"$section.page"
fi
cp "$section.page" "$page"
