#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vkexec-sign against sbsign and objcopy, in one run, as ratios: how many times
# as fast we are, by the clock and by the CPU time used, and peak memory. Runs
# alternate, each figure is the fastest of BENCH_RUNS (3). We make the output
# durable (fsync), sbsign and objcopy do not: "page cache" is both in a memory
# file system, where that costs nothing, "disk" is as users run it.
#
#   tests/bench/sign.sh [MEGABYTES...]     (default: 20 64 256 1024)
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 20 64 256 1024
runs=${BENCH_RUNS:-3}
bin=$PWD/${O:-build}/bin
stub=${VKX_TEST_DATA:-../shared/data}/pe/debian12-arm64/linuxaa64.efi.stub
make -s -j"$(nproc)" all
work=$(mktemp -d)
ram=$(mktemp -d /dev/shm/vkx-bench.XXXXXX)
trap 'rm -rf "$work" "$ram"' EXIT
"$bin/vkexec-keys" generate --type rsa2048 --no-passphrase --subject CN=bench -o "$work/k" >/dev/null
{
	printf '\x1f\x20\x03\xd5\x1f\x20\x03\xd5\0\0\0\0\0\0\0\0\0\0\x20\0\0\0\0\0\x0a\0\0\0\0\0\0\0'
	head -c 24 /dev/zero
	printf 'ARM\x64\0\0\0\0'
	head -c 1M /dev/urandom
} >"$work/Image"

# Prints "seconds cpu-seconds kilobytes" of the command.
timed() {
	/usr/bin/time -o "$work/time" -f '%e %U %S %M' "$@" >/dev/null 2>&1
	awk '{ print $1, $2 + $3, $4 }' "$work/time"
}
# The lesser of each of the first two fields, the greater of the third.
best() { awk 'NR == 1 || $1 < a { a = $1 } NR == 1 || $2 < b { b = $2 } $3 > c { c = $3 } END { print a, b, c }' "$1"; }

compare() { # WHAT MEGABYTES
	local o t
	o=$(best "$work/ours") t=$(best "$work/theirs")
	echo "$o $t" | awk -v what="$1" -v mb="$2" '{
		printf "%-34s %5d MB  %5.2f times (CPU %5.2f)  %6.2f s against %6.2f s  %7.1f MB against %7.1f MB\n",
			what, mb, $4 / ($1 > 0 ? $1 : 0.005), $5 / ($2 > 0 ? $2 : 0.005), $1, $4, $3 / 1024, $6 / 1024 }'
}

sign_bench() { # WHERE DIR MEGABYTES
	local d=$2 i
	: >"$work/ours"
	: >"$work/theirs"
	for ((i = 0; i < runs; i++)); do
		rm -f "$d/o.efi" "$d/t.efi"
		timed "$bin/vkexec-sign" sign --key "$work/k.key" --cert "$work/k.crt" -o "$d/o.efi" "$d/in.efi" >>"$work/ours"
		timed sbsign --key "$work/k.key" --cert "$work/k.crt" --output "$d/t.efi" "$d/in.efi" >>"$work/theirs"
	done
	compare "sign, $1" "$3"
	rm -f "$d/o.efi" "$d/t.efi"
}

build_bench() { # DIR MEGABYTES
	local d=$1 i
	[ -r "$stub" ] || return 0
	: >"$work/ours"
	: >"$work/theirs"
	printf quiet >"$work/cmdline"
	cat >"$work/peer" <<-END
	#!/bin/sh
	aarch64-linux-gnu-objcopy --add-section .cmdline=$work/cmdline --change-section-vma .cmdline=0x30000 \\
		--add-section .linux=$work/Image --change-section-vma .linux=0x40000 \\
		--add-section .initrd=$d/initrd --change-section-vma .initrd=0x400000 $stub $d/t.efi &&
	exec sbsign --key $work/k.key --cert $work/k.crt --output $d/t.signed $d/t.efi
	END
	chmod +x "$work/peer"
	for ((i = 0; i < runs; i++)); do
		rm -f "$d"/o.efi "$d"/t.efi "$d"/t.signed
		timed "$bin/vkexec-sign" build --stub "$stub" --linux "$work/Image" --initrd "$d/initrd" --cmdline quiet \
			--key "$work/k.key" --cert "$work/k.crt" -o "$d/o.efi" >>"$work/ours"
		timed "$work/peer" >>"$work/theirs" || { echo "objcopy and sbsign cannot do $2 MB"; return 0; }
	done
	compare "build and sign, page cache" "$2"
	rm -f "$d"/o.efi "$d"/t.efi "$d"/t.signed
}

for mb; do
	room=$(($(df --output=avail -m "$ram" | tail -1)))
	openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "${mb}M" >"$work/initrd" || true
	"$bin/vkexec-sign" build --linux "$work/Image" --initrd "$work/initrd" -o "$work/in.efi" 2>/dev/null
	if [ $((mb * 4)) -lt "$room" ]; then
		cp "$work/initrd" "$work/in.efi" "$ram"
		sign_bench "page cache" "$ram" "$mb"
		rm "$ram/in.efi"
		build_bench "$ram" "$mb"
		rm -f "$ram"/*
	else
		build_bench "$work" "$mb"
	fi
	sign_bench disk "$work" "$mb"
done
