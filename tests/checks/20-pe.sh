# SPDX-License-Identifier: BSD-2-Clause
# The parsers of kernel/core against other programs, and outside a C library.

# pesign_agrees OURS FILE: same digest, as pesign reads the file or, for an
# unsigned one, as it pads it for signing.
pesign_agrees() {
	pesign -h -d sha256 -i "$2" 2>/dev/null | grep -q "$1" ||
		pesign -P -h -d sha256 -i "$2" 2>/dev/null | grep -q "$1"
}

vkx_check pe-digest all "Authenticode digests of other projects' files equal pesign's"
check_pe_digest() {
	local digest rule f same=0 skipped=0 bad=0
	[ -d "$VKX_TEST_DATA/pe" ] || { echo "no $VKX_TEST_DATA/pe"; return 77; }
	make -s "$O/prog/pe_digest"
	while read -r digest rule f; do
		[ "$rule" != none ] || { echo "$f: taken for a UKI"; bad=1; }
		case $digest in
		-*)
			skipped=$((skipped + 1))
			continue
			;;
		esac
		# pesign skips eight bytes where these have no certificate
		# directory, and pads the tail, not the file, where they have gaps.
		case ${f##*/} in
		nullEP.exe | tinynet.exe | lowaldiff.exe | truncatedlast.exe | hiddenappdata2.exe)
			skipped=$((skipped + 1))
			continue
			;;
		esac
		if pesign_agrees "$digest" "$f"; then
			same=$((same + 1))
		else
			echo "$f: digest differs from pesign's"
			bad=1
		fi
	done < <(find "$VKX_TEST_DATA/pe" -type f ! -name '*.pem' ! -name '*.md' ! -name makefile \
		! -name '*.bat' ! -name '*.txt' -print0 | sort -z | xargs -0 "$O/prog/pe_digest")
	echo "$same equal, $skipped not comparable"
	[ $bad = 0 ] && [ $same -ge 115 ]
}

# Compiler headers only, and what libfdt.h asks of a C library: what is not in here cannot be used by accident.
freestanding_headers() {
	local dir=$1 h
	mkdir -p "$dir"
	echo '#include <stddef.h>
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
void *memchr(const void *s, int c, size_t n);
char *strrchr(const char *s, int c);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);' >"$dir/string.h"
	: >"$dir/stdlib.h"
	printf '#define INT_MAX __INT_MAX__\n#define UINT_MAX (INT_MAX * 2U + 1U)\n' >"$dir/limits.h"
	for h in libfdt.h libfdt_env.h fdt.h; do
		cp "/usr/include/$h" "$dir/$h"
	done
}

# freestanding_build CC ARCH-FLAGS...: every file of kernel/core that Linux
# compiles, with Linux's warnings and a frame limit, into one object; then the
# names it leaves undefined.
freestanding_build() {
	local cc=$1 dir=$O/freestanding/$1 f objs=()
	shift
	mkdir -p "$dir"
	for f in kernel/core/*.c; do
		case $f in */sha256_x86_64.c | */sha256_aarch64.c) continue ;; esac
		"$cc" -std=gnu11 -O2 -ffreestanding -nostdinc -fno-common -fshort-wchar \
			-fno-strict-aliasing -fno-stack-protector -fno-pie "$@" \
			-isystem "$O/freestanding/include" -isystem "$("$cc" -print-file-name=include)" \
			-Ikernel/core -iquote kernel/core/env/host \
			-Wall -Wextra -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wvla \
			-Wdeclaration-after-statement -Wconversion -Wimplicit-fallthrough \
			-Wframe-larger-than=1024 -Werror -fstack-usage \
			-c -o "$dir/$(basename "$f" .c).o" "$f"
		objs+=("$dir/$(basename "$f" .c).o")
	done
	"$cc" -nostdlib -r -o "$dir/all.o" "${objs[@]}"
	"${cc%gcc}nm" -u "$dir/all.o" | awk '{ print $2 }' >"$dir/undefined"
	cat "$dir"/*.su | sort -t "$(printf '\t')" -k2 -n | tail -1 |
		awk -v cc="$cc" '{ print cc ": largest frame " $2 " bytes, " $1 }'
	if grep -vxE 'memcpy|memmove|memset|memcmp|fdt_.*' "$dir/undefined"; then
		echo "$cc: the names above are not there inside a kernel" >&2
		return 1
	fi
	echo "$cc: ${#objs[@]} files, undefined:" $(cat "$dir/undefined")
}

vkx_check core-freestanding all "kernel/core needs four memory functions and libfdt, in frames below 1 KiB"
check_core_freestanding() {
	freestanding_headers "$O/freestanding/include"
	freestanding_build gcc -m64 -mno-red-zone -mgeneral-regs-only -mcmodel=kernel
	freestanding_build aarch64-linux-gnu-gcc -mgeneral-regs-only -mabi=lp64
}

# A raw arm64 Image of 128 bytes, for UKIs that are small enough to flip bit
# by bit: "MZ", image_size 64 KiB, 4 KiB pages, "ARM\x64".
tiny_image() {
	{
		printf 'MZ\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\012\0\0\0\0\0\0\0'
		head -c 24 /dev/zero
		printf 'ARM\x64\0\0\0\0'
		head -c 64 /dev/zero | tr '\0' Z
	} >"$1"
}

vkx_check pe-mutate all "every bit of signed UKIs flipped, every cut: refused, or in the named set"
check_pe_mutate() {
	local dir=$O/mutate type
	make -s "$O/prog/mutate" "$O/bin/vkexec-keys" "$O/bin/vkexec-sign"
	rm -rf "$dir"
	mkdir -p "$dir"
	tiny_image "$dir/Image"
	echo 'not a cpio, but signed' >"$dir/initrd"
	for type in rsa2048 p256; do
		"$O/bin/vkexec-keys" generate --type $type --subject "CN=mutate $type" --no-passphrase -o "$dir/$type"
		"$O/bin/vkexec-sign" build --linux "$dir/Image" --initrd "$dir/initrd" --cmdline 'ro quiet' \
			--key "$dir/$type.key" --cert "$dir/$type.crt" -o "$dir/$type.efi"
		echo "$type: $(stat -c %s "$dir/$type.efi") bytes"
		"$O/prog/mutate" "$dir/$type.crt" "$dir/$type.efi"
	done
}

vkx_check core-mutants long "a test notices every refusal taken out, comparison shifted, condition turned"
check_core_mutants() {
	local source tests rc=0
	make -s -j"$jobs" all unit-tests
	while read -r source tests; do
		# shellcheck disable=SC2086
		tests/mutants.py "$source" $tests || rc=1
	done < <(mutants_list)
	return $rc
}

# Which tests must notice a change of which file; the quick ones first.
mutants_list() {
	cat <<-'END'
		kernel/core/algid.c test_x509 test_der test_cms
		kernel/core/carry.c test_carry
		kernel/core/cmdline.c test_image
		kernel/core/cms.c test_x509 test_cms test_der_tree
		kernel/core/cms_chain.c test_cms_chain test_verify
		kernel/core/cursor.c test_cursor
		kernel/core/der.c test_der test_der_tree
		kernel/core/esl.c test_esl
		kernel/core/fdt_blob.c test_fdt_check test_place test_fdt_merge
		kernel/core/fdt_check.c test_fdt_check
		kernel/core/fdt_choose.c test_fdt_check test_fdt_merge
		kernel/core/fdt_merge.c test_fdt_merge
		kernel/core/fdt_merge_chosen.c test_fdt_merge
		kernel/core/fdt_merge_facts.c test_fdt_merge
		kernel/core/fdt_merge_job.c test_fdt_merge
		kernel/core/fdt_merge_memory.c test_fdt_merge
		kernel/core/fdt_merge_reserved.c test_fdt_merge
		kernel/core/hop.c test_hop
		kernel/core/image.c test_image
		kernel/core/pe.c test_pe test_uki
		kernel/core/pe_certs.c test_pe
		kernel/core/pe_ranges.c test_pe
		kernel/core/place.c test_place
		kernel/core/policy.c test_policy
		kernel/core/sbat.c test_sbat
		kernel/core/sha256.c test_sha256
		kernel/core/stub_block.c test_stub_block
		kernel/core/tcglog.c test_tcglog
		kernel/core/text.c test_cursor test_fdt_check test_text
		kernel/core/tpm_hash.c test_cursor
		kernel/core/uki.c test_uki
		kernel/core/uki_measure.c test_uki_measure
		kernel/core/verdict.c test_cursor
		kernel/core/x509.c test_x509 test_cms test_der_tree
		verify/revocation.c test_esl test_verify
		verify/scan.c test_scan test_stream test_verify
		verify/scan_part.c test_scan test_verify
		verify/scan_pass.c test_scan test_stream test_verify
		verify/signature.c test_wycheproof test_verify
		verify/stream.c test_stream test_verify
		verify/trust.c test_verify
		verify/verify.c test_verify test_flips
		verify/verify_signatures.c test_verify test_flips
		measure/ak.c test_attest test_appraise
		measure/ak_signature.c test_attest test_appraise
		measure/appraise.c test_appraise
		measure/attest.c test_attest test_appraise
		measure/chain.c test_appraise
		measure/chain_sections.c test_appraise
		measure/chain_walk.c test_appraise
		measure/pcr_values.c test_attest test_appraise
		measure/selection.c test_attest test_appraise
		measure/tpm2b.c test_attest test_appraise
	END
}

vkx_check core-mutants-quick all "the same for decisions whose tests take no time"
check_core_mutants_quick() {
	local source tests rc=0
	make -s -j"$jobs" all unit-tests
	while read -r source tests; do
		# shellcheck disable=SC2086
		tests/mutants.py "$source" $tests || rc=1
	done < <(mutants_list | grep -E '/(policy|carry|uki_measure|text|verdict)\.c ')
	return $rc
}
