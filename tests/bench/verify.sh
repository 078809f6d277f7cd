#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vkexec-verify check against sbverify, as ratios of one run on one machine:
# every number is the best of ROUNDS (7) interleaved turns, files in the cache.
#
#   tests/bench/verify.sh [MiB]...      sizes of the initrd (20 64 256 1024)
#
# "x" columns say how many times faster than sbverify; "cpu x" the same of CPU
# time, which a busy machine disturbs less.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
rounds=${ROUNDS:-7}
dir=${BENCH_DIR:-$O/bench-verify}
v=$O/bin/vkexec-verify
[ $# -gt 0 ] || set -- 20 64 256 1024

make -s "$v" "$O/prog/make_signed" "$O/prog/best"
mkdir -p "$dir"
"$O/prog/make_signed" "$dir"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key" -out "$dir/crt" -days 3650 -subj "/CN=bench" \
	-addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=codeSigning 2>/dev/null

# signed MiB FILE
signed() {
	"$O/prog/make_signed" "$dir" "$1"
	sbsign --key "$dir/key" --cert "$dir/crt" --output "$2" "$dir/large.efi" >/dev/null 2>&1
	rm "$dir/large.efi"
}

row() { awk -v name="$1" 'NR == 1 { w = $1; c = $2; m = $3 } NR == 2 { printf "%-34s %8.3f s %8.3f s %7.2f x %7.2f x %8.1f MB %8.1f MB\n", name, w, $1, $1 / w, $2 / c, m / 1024, $3 / 1024 }'; }

printf '%-34s %10s %10s %9s %9s %11s %11s\n' "" vkexec sbverify faster "cpu" peak "sbverify's"
for mib in "$@"; do
	signed "$mib" "$dir/one.efi"
	"$O/prog/best" "$rounds" "$v check --trust $dir/crt $dir/one.efi" \
		"sbverify --cert $dir/crt $dir/one.efi" | row "check $mib MiB"
	"$O/prog/best" "$rounds" "taskset -c 0 $v check --trust $dir/crt $dir/one.efi" \
		"taskset -c 0 sbverify --cert $dir/crt $dir/one.efi" | row "check $mib MiB, one CPU"
	"$O/prog/best" "$rounds" "$v check --digests --trust $dir/crt $dir/one.efi" \
		"$v check --trust $dir/crt $dir/one.efi" |
		awk -v mib="$mib" 'NR == 1 { w = $1; c = $2 } NR == 2 { printf "  with digests of all components: %.2f of the time of check alone, %.2f of its CPU time\n", w / $1, c / $2 }'
	rm "$dir/one.efi"
done

signed 64 "$dir/many-1.efi"
for i in 2 3 4 5 6 7 8; do cp "$dir/many-1.efi" "$dir/many-$i.efi"; done
"$O/prog/best" "$rounds" "$v check --trust $dir/crt $dir/many-*.efi" \
	"sh -c 'ls $dir/many-*.efi | xargs -n1 -P2 sbverify --cert $dir/crt'" | row "8 files of 64 MiB, xargs -P2"
rm -r "$dir"
