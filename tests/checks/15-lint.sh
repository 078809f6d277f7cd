# SPDX-License-Identifier: BSD-2-Clause
# Static checks. clang-format judges C only; assembly and the files that follow
# Linux's own macros by column are read by people.

lint_c_files() { git ls-files '*.c' '*.h'; }

vkx_check lint-format all "every C file is as clang-format would write it"
check_lint_format() {
	lint_c_files | xargs clang-format --dry-run --Werror
}

vkx_check lint-spdx all "every source file opens with its SPDX line"
check_lint_spdx() {
	local f want bad=0
	while read -r f; do
		case $f in
		kernel/core/*) want='GPL-2.0-only OR BSD-2-Clause' ;;
		kernel/linux/* | kernel/stub/*) want='GPL-2.0-only' ;;
		*) want='BSD-2-Clause' ;;
		esac
		head -3 "$f" | grep -q "SPDX-License-Identifier: $want" || {
			echo "$f: want SPDX-License-Identifier: $want"
			bad=1
		}
	done < <(git ls-files '*.c' '*.h' '*.S' '*.sh' '*.mk' '*.py' '*.cocci' '*.lds' Makefile)
	return $bad
}

vkx_check lint-tree all "nothing stands in the repository that a test made or that is a secret"
check_lint_tree() {
	local bad=0
	if git ls-files | grep -vE '^(\.ci|LICENSES|docs|kernel|keys|measure|signer|tests|verify)/|^(\.clang-format|\.clang-tidy|\.gitignore|[A-Z]+(\.md)?|Makefile)$'; then
		echo "these have no place at the top"; bad=1
	fi
	if git ls-files | grep -E '\.(key|crt|pem|der|p12|db|efi|bin|img|cpio|log|o)$'; then
		echo "made by a run, or key material"; bad=1
	fi
	# A tool's messages may name the marker; a line that is one may not stand here.
	if git grep -nIE '^-----BEGIN [A-Z ]*PRIVATE KEY-----$'; then bad=1; fi
	return $bad
}

vkx_check lint-core all "kernel/core has no preprocessor condition, allocation or I/O"
check_lint_core() {
	local bad=0
	# Include guards are the one condition a header needs.
	if grep -nE '^[[:space:]]*#[[:space:]]*(if|elif|else)\b' kernel/core/*.[ch]; then bad=1; fi
	if grep -nE '\b(malloc|calloc|realloc|free|printf|fopen|kmalloc|kfree|pr_info|pr_err|printk)[[:space:]]*\(' kernel/core/*.[ch]; then bad=1; fi
	return $bad
}

vkx_check lint-alone all "every header compiles alone"
check_lint_alone() {
	local h bad=0
	for h in $(git ls-files 'kernel/core/*.h' 'keys/*.h' 'signer/*.h' 'verify/*.h' 'measure/*.h' 'kernel/load/*.h'); do
		echo "#include \"$h\"" | gcc -std=c11 -D_GNU_SOURCE -I. -Ikernel/core -Ikernel/core/env/host \
			-Wall -Wextra -Werror -fsyntax-only -x c - || bad=1
	done
	return $bad
}

vkx_check lint-tidy lint "clang-tidy: bugprone, cert and analyzer checks"
check_lint_tidy() {
	git ls-files 'kernel/core/*.c' 'keys/*.c' 'signer/*.c' 'verify/*.c' 'measure/*.c' 'kernel/load/*.c' |
		grep -v '/sha256_a' |
		xargs -P "$jobs" -n 8 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$@" \
			-- -std=c11 -D_GNU_SOURCE -DVKX_VERSION=\"lint\" -I. -Ikernel/core -Ikernel/core/env/host' sh
}

vkx_check lint-cppcheck all "cppcheck: warnings and portability"
# keys/cli.c: a buffer that a loop fills, and never of no bytes, is taken for
# never written.
check_lint_cppcheck() {
	cppcheck -q -j "$jobs" --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,portability --suppress=missingIncludeSystem \
		--suppress=uninitvar:keys/cli.c \
		-I. -Ikernel/core -Ikernel/core/env/host -DVKX_VERSION='"lint"' \
		kernel/core keys signer verify measure kernel/load
}

vkx_check lint-analyzer lint "gcc -fanalyzer finds nothing"
# gcc 12 loses track of memory kept behind two pointers and calls it leaked;
# leaks are found by LeakSanitizer in the unit tests.
check_lint_analyzer() {
	make -s -j"$jobs" O="$O/analyzer" WERROR=1 CFLAGS="-fanalyzer -O1 -Wno-analyzer-malloc-leak" all
}
