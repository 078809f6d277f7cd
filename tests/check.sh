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
# 77 means skipped, and the check has said why. The last line printed is
# "N passed, N failed", with ", N skipped" where some were.
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
passed=0 failed=0 skipped=0 n=0 bad=()
for i in "${want[@]}"; do
	n=$((n + 1))
	printf '== [%d/%d] %s: %s\n' "$n" "${#want[@]}" "${names[i]}" "${texts[i]}"
	start=$SECONDS
	( set -e; "check_${names[i]//-/_}" ) </dev/null
	rc=$?
	took=$((SECONDS - start))
	case $rc in
	0) passed=$((passed + 1)); printf '== ok %s (%d s)\n' "${names[i]}" $took ;;
	77) skipped=$((skipped + 1)); printf '== skipped %s\n' "${names[i]}" ;;
	*) failed=$((failed + 1)); bad+=("${names[i]}"); printf '== FAILED %s (exit %d, %d s)\n' "${names[i]}" $rc $took ;;
	esac
done
[ ${#bad[@]} = 0 ] || printf 'failed: %s\n' "${bad[*]}"
if [ $skipped -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ $failed = 0 ] && [ $passed -gt 0 ]
