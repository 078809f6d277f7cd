#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vkexec-sign against sbsign and objcopy, in one run, as ratios: how many times
# as fast we are, by the clock and by the CPU time used, and peak memory. Runs
# alternate, each figure is the best of ROUNDS (5). We make the output durable
# (fsync), sbsign and objcopy do not: "page cache" is both in a memory file
# system, where that costs nothing, "disk" is as users run it. "In place" is a
# new file and a rename, for us; sbsign writes over the old one. "One CPU" is
# both on one, where our two threads are as good as one.
#
#   tests/bench/sign.sh [MEGABYTES...]     (default: 20 64 256 1024)
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 20 64 256 1024
rounds=${ROUNDS:-5}
out=${O:-build}
bin=$PWD/$out/bin
stub=${VKX_TEST_DATA:-../shared/data}/pe/debian12-arm64/linuxaa64.efi.stub
make -s -j"$(nproc)" all "$out/prog/best"
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
keys="--key $work/k.key --cert $work/k.crt"

compare() { # WHAT MEGABYTES OURS THEIRS
	"$out/prog/best" "$rounds" "$3" "$4" >"$work/result" || return
	awk -v what="$1" -v mb="$2" 'NR == 1 { w = $1; c = $2; m = $3 } NR == 2 {
		printf "%-36s %5d MB  %5.2f times (CPU %5.2f)  %7.3f s against %7.3f s  %7.1f MB against %7.1f MB\n",
			what, mb, $1 / w, $2 / c, w, $1, m / 1024, $3 / 1024 }' "$work/result"
}

sign_bench() { # WHERE DIR MEGABYTES [PREFIX]
	local run=${4:-}
	compare "sign, $1" "$3" "$run $bin/vkexec-sign sign $keys -o $2/o.efi $2/in.efi" \
		"$run sbsign $keys --output $2/t.efi $2/in.efi"
	rm -f "$2/o.efi" "$2/t.efi"
}

# After the first turn each file has a signature: we drop the old one, sbsign
# appends another.
in_place_bench() { # WHERE DIR MEGABYTES [PREFIX]
	local run=${4:-}
	cp "$2/in.efi" "$2/o.efi"
	cp "$2/in.efi" "$2/t.efi"
	compare "sign in place, $1" "$3" "$run $bin/vkexec-sign sign --replace $keys $2/o.efi" \
		"$run sbsign $keys --output $2/t.efi $2/t.efi"
	rm -f "$2/o.efi" "$2/t.efi"
}

build_bench() { # WHERE DIR MEGABYTES
	[ -r "$stub" ] || return 0
	printf quiet >"$work/cmdline"
	cat >"$work/peer" <<-END
	#!/bin/sh
	aarch64-linux-gnu-objcopy --add-section .cmdline=$work/cmdline --change-section-vma .cmdline=0x30000 \\
		--add-section .linux=$work/Image --change-section-vma .linux=0x40000 \\
		--add-section .initrd=$2/initrd --change-section-vma .initrd=0x400000 $stub $2/t.efi &&
	exec sbsign $keys --output $2/t.signed $2/t.efi
	END
	chmod +x "$work/peer"
	compare "build and sign, $1" "$3" "$bin/vkexec-sign build --stub $stub --linux $work/Image --initrd $2/initrd --cmdline quiet $keys -o $2/o.efi" \
		"$work/peer" || echo "objcopy and sbsign cannot do $3 MB"
	rm -f "$2"/o.efi "$2"/t.efi "$2"/t.signed
}

for mb; do
	room=$(($(df --output=avail -m "$ram" | tail -1)))
	openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "${mb}M" >"$work/initrd" || true
	"$bin/vkexec-sign" build --linux "$work/Image" --initrd "$work/initrd" -o "$work/in.efi" 2>/dev/null
	if [ $((mb * 5)) -lt "$room" ]; then
		cp "$work/initrd" "$work/in.efi" "$ram"
		sign_bench "page cache" "$ram" "$mb"
		sign_bench "page cache, one CPU" "$ram" "$mb" "taskset -c 0"
		in_place_bench "page cache" "$ram" "$mb"
		in_place_bench "page cache, one CPU" "$ram" "$mb" "taskset -c 0"
		rm "$ram/in.efi"
		build_bench "page cache" "$ram" "$mb"
		rm -f "$ram"/*
	else
		build_bench disk "$work" "$mb"
	fi
	sign_bench disk "$work" "$mb"
done
