# SPDX-License-Identifier: BSD-2-Clause
# What vkexec-measure shows, against tools and data of others.

vkx_measure() { "$O/bin/vkexec-measure" "$@"; }

# The pcrs block of a tpm2_eventlog YAML, without the spaces that its versions
# put differently.
vkx_pcrs_block() { sed -n '/^pcrs:/,$p' "$1" | tr -d ' '; }

vkx_check measure-logs all "event logs of others replay to what tpm2-tools recorded"
check_measure_logs() {
	local dir=$VKX_TEST_DATA/eventlogs/tpm2-tools f name n=0
	[ -d "$dir" ] || { echo "no $dir: skipped"; return 77; }
	make -s -j"$jobs" all
	for f in "$dir"/event-raw/*.yaml "$dir"/event.bin.yaml; do
		name=$(basename "$f" .yaml)
		[ -f "$dir/$name" ] || continue
		vkx_measure log --yaml "$dir/$name" >"$O/measure-log.yaml" 2>/dev/null
		vkx_pcrs_block "$f" >"$O/measure-want"
		vkx_pcrs_block "$O/measure-log.yaml" >"$O/measure-got"
		diff "$O/measure-want" "$O/measure-got" || { echo "$name: PCRs differ"; return 1; }
		python3 -c 'import json,sys; json.load(sys.stdin)' < <(vkx_measure log --json "$dir/$name" 2>/dev/null)
		n=$((n + 1))
	done
	echo "$n logs replay to the recorded PCRs"
	[ $n -ge 9 ]
}
