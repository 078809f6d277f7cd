#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Time of kexec_file_load in one guest without a TPM: the same bytes as an
# unsigned Image with its initrd beside it (stock path), and as a signed UKI.
# The aim: over stock at most 1.1 x (bytes / the guest's own speed of SHA-256)
# + 15 ms. That speed is what stock's own check of a large signed Image costs
# for a byte: one pass of sha256-ce, the initrd unverified. Then the same bytes,
# Debian's kernel and an initrd, as stock checks and measures them with KEXEC_SIG
# and IMA, and as a signed UKI.
#
# Under emulation the same pass over the same bytes takes 230 or 345 ms from one
# load to the next: so each turn loads everything once, and what counts is the
# median of all turns. Two clocks: the guest's, which other work on the host
# stretches, and the CPU time of the busiest thread of QEMU, which it does not:
# the longest way through the load where each CPU of the guest is a thread.
#
#   tests/vm/bench-load.sh [TURNS [MB...]]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
turns=${1:-11}
shift $(($# > 0))
[ $# -gt 0 ] || set -- 20 64 256
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_MEM=3072

# CPU time of each thread of QEMU, in nanoseconds.
threads() {
	local t ns
	for t in "/proc/$vm_qemu/task"/*; do
		read -r ns _ <"$t/schedstat" && echo "${t##*/} $ns"
	done
}

# Runs a command and prints what the busiest thread spent on it, in
# microseconds.
spent() {
	threads >"$work/before"
	"$@" >"$work/said" || return 1
	threads | awk 'NR == FNR { had[$1] = $2; next }
		{ n = ($2 - had[$1]) / 1000; if (n > most) most = n }
		END { printf "%d\n", most }' "$work/before" -
}

# One load; its microseconds by both clocks go to the lists of NAME.
load() { # NAME vm_load-arguments
	local name=$1 us
	shift
	us=$(spent vm_load_us "$@") && [ -s "$work/said" ] || vm_die "$name was not loaded"
	echo "$us" >>"$work/$name.cpu"
	cat "$work/said" >>"$work/$name.clock"
	vm_unload >/dev/null
}

# Median of a list of numbers, or of what a second list is less than it, turn by
# turn.
median() { # LIST [LESS]
	paste "$work/$1" "${2:+$work/}${2:-/dev/null}" | awk '{ print $1 - $2 }' |
		sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

ms() { awk "BEGIN { printf \"%.1f\", ($1) / 1000 }"; }

# One clock's line: stock, ours, what that is more, the aim, and the verdict.
verdict() { # MB CLOCK
	awk -v l="$1 MB, $2" -v s="$(median "stock.$1.$2")" -v o="$(median "ours.$1.$2")" -v m="$1" \
		-v more="$(median "ours.$1.$2" "stock.$1.$2")" -v h="$(per_mb "$2")" 'BEGIN {
		more /= 1000; once = m * h / 1000; aim = 1.1 * once + 15
		printf "%-17s %9.1f %9.1f %9.1f %9.1f   %-8s %5.2f x hashing once\n", l,
			s / 1000, o / 1000, more, aim, more <= aim ? "reached" : "MISSED", more / once }'
}

mkdir "$work/files"
uki_small_image "$work/files/image"
uki_machine_dtb "$work/dtb"
uki_sbat 2 "$work/sbat"
vm_initrd first "$work/first.cpio"
for mb in "$@"; do
	head -c "${mb}M" /dev/urandom >"$work/files/initrd.$mb"
	uki_make "$work/files/$mb.efi" release --linux "$work/files/image" \
		--initrd "$work/files/initrd.$mb" --cmdline "console=ttyAMA0" \
		--dtb "$work/dtb" --sbat "$work/sbat"
done

sbsigned() { # IMAGE
	sbsign --key "$uki_keys/release.key" --cert "$uki_keys/release.pem" \
		--output "$1.signed" "$1" 2>/dev/null
}

cp "$("$vm_top/tests/fetch-debian-kernel.sh")" "$work/files/debian"
sbsigned "$work/files/debian"
uki_make "$work/files/whole.efi" release --linux "$work/files/debian" \
	--initrd "$work/files/initrd.$1" --cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"

# So large that the signature itself is a few thousandths of its check: Debian's
# kernel with more bytes in its last section. arm64's header (image_size, at 16)
# and PE's both say so.
large=128
python3 - "$work/files/debian" "$work/files/large" $((large << 20)) <<'PY'
import os, struct, sys
size = int(sys.argv[3])
image = bytearray(open(sys.argv[1], "rb").read())
struct.pack_into("<Q", image, 16, size + (1 << 20))  # room for the signature
pe = struct.unpack_from("<I", image, 60)[0]
sections, optional = (struct.unpack_from("<H", image, pe + at)[0] for at in (6, 20))
last = pe + 24 + optional + 40 * (sections - 1)
virtual, raw = (struct.unpack_from("<I", image, last + at)[0] for at in (12, 20))
struct.pack_into("<I", image, pe + 24 + 56, virtual + size - raw)  # SizeOfImage
struct.pack_into("<I", image, last + 8, size - raw)  # VirtualSize
struct.pack_into("<I", image, last + 16, size - raw)  # SizeOfRawData
open(sys.argv[2], "wb").write(image[:size] + os.urandom(size - len(image)))
PY
sbsigned "$work/files/large"

VM_TPM=0
vm_new
mv "$work/files"/* "$VM_DIR/share"
vm_start "$(vm_kernel vkexec)/Image" "$work/first.cpio" ""
vm_sh 'mount -t tmpfs -o size=2g t /tmp; cp /vkx/* /tmp; echo' >/dev/null
for turn in $(seq "$turns"); do
	load plain /tmp/large /tmp/image "console=ttyAMA0"
	load signed /tmp/large.signed /tmp/image "console=ttyAMA0"
	for mb in "$@"; do
		load "stock.$mb" /tmp/image "/tmp/initrd.$mb" "console=ttyAMA0"
		load "ours.$mb" "/tmp/$mb.efi"
	done
	load unsigned /tmp/debian "/tmp/initrd.$1" "console=ttyAMA0"
	load whole /tmp/whole.efi
done
per_mb() { awk "BEGIN { print $(median "signed.$1" "plain.$1") / $large }"; } # CLOCK
echo "medians of $turns turns"
echo "stock's check of a signed Image: $(ms "$(per_mb clock)") ms per MB, $(ms "$(per_mb cpu)") ms of CPU time"
printf '%-17s %9s %9s %9s %9s\n' "milliseconds" "stock" "signed UKI" "more" "aim"
for mb in "$@"; do
	verdict "$mb" clock
	verdict "$mb" cpu
done

# IMA measures a file once: each turn has a new one. Its list tells equal ones
# once.
measured() { vm_sh 'wc -l </sys/kernel/security/ima/ascii_runtime_measurements'; }
had=$(measured)
vm_sh 'printf "measure func=KEXEC_KERNEL_CHECK\nmeasure func=KEXEC_INITRAMFS_CHECK\n" \
	>/sys/kernel/security/ima/policy' || vm_die "IMA takes no policy"
for turn in $(seq "$turns"); do
	vm_sh "rm -f /tmp/one /tmp/two; cp /tmp/debian.signed /tmp/one; cp /tmp/initrd.$1 /tmp/two" >/dev/null
	load ima /tmp/one /tmp/two "console=ttyAMA0"
done
[ "$(measured)" = $((had + 2)) ] || vm_die "IMA did not measure both"
say() { echo "$1: $(ms "$(median "$2.clock")") ms, $(ms "$(median "$2.cpu")") ms of CPU time"; }
echo "Debian's kernel and $1 MB of initrd,"
say "  stock, unsigned" unsigned
say "  a signed UKI" whole
say "  stock, KEXEC_SIG and IMA" ima
vm_stop
