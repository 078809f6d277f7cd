# SPDX-License-Identifier: BSD-2-Clause
vkx_check build all "every tool builds without a warning, with gcc and with clang"
check_build() {
	make -s -j"$jobs" WERROR=1 all
	make -s -j"$jobs" WERROR=1 CC=clang O="$O/clang" all
}

vkx_check unit all "unit tests under AddressSanitizer and UndefinedBehaviorSanitizer"
check_unit() {
	make -s -j"$jobs" WERROR=1 SAN=1 O="$O/san" all unit-tests
	local t rc=0 log=$O/unit.log skipped=0
	for t in "$O"/san/unit/test_*; do
		[ -x "$t" ] && [ ! -d "$t" ] || continue
		case $t in *.d | *.o) continue ;; esac
		"$t" >"$log" 2>&1 || rc=1
		cat "$log"
		# cmocka's last line of a program.
		skipped=$((skipped + $(sed -n 's/^ *\([0-9]*\) SKIPPED TEST(S)$/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')))
	done
	left_out $skipped "unit: tests with files of others"
	return $rc
}

vkx_check fuzz all "every fuzz target, a fixed number of executions from its seeds"
check_fuzz() {
	make -s -j"$jobs" fuzz-targets
	local t name corpus
	for t in "$O"/fuzz/fuzz_*; do
		[ -x "$t" ] || continue
		name=$(basename "$t")
		corpus=$O/fuzz-corpus/$name
		mkdir -p "$corpus"
		[ ! -x "tests/fuzz/seeds.sh" ] || tests/fuzz/seeds.sh "$name" "$corpus"
		echo "$name"
		"$t" -runs="${FUZZ_RUNS:-10000}" -seed=1 -max_len=65536 -timeout=20 -rss_limit_mb=2048 \
			-artifact_prefix="$O/fuzz-$name-" "$corpus" >"$O/$name.log" 2>&1 || { tail -30 "$O/$name.log"; return 1; }
		tail -1 "$O/$name.log"
	done
}

vkx_check fuzz-timed named "every fuzz target for FUZZ_SECONDS each"
check_fuzz_timed() {
	make -s -j"$jobs" fuzz-targets
	local t name corpus
	for t in "$O"/fuzz/fuzz_*; do
		[ -x "$t" ] || continue
		name=$(basename "$t")
		corpus=$O/fuzz-corpus/$name
		mkdir -p "$corpus"
		[ ! -x "tests/fuzz/seeds.sh" ] || tests/fuzz/seeds.sh "$name" "$corpus"
		"$t" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=65536 -timeout=20 -artifact_prefix="$O/fuzz-$name-" "$corpus"
	done
}
