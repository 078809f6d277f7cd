#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every bench, one after the other: speed and memory against peers, as ratios
# of one run. A quiet machine gives the figures that the peers deserve.
#
#   tests/bench/run.sh [NAME...]      verify, sign, audit; all without a name
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- verify sign audit
for name in "$@"; do
	printf '== %s: %s\n' "$name" "$(sed -n '3s/^# //p' "$name.sh")"
	"./$name.sh"
done
