#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Time of kexec_file_load in one guest without a TPM: the same bytes as an
# unsigned Image with its initrd beside it (stock path), and as a signed UKI.
# The aim: over stock at most 1.1 x (bytes / the guest's own speed of SHA-256)
# + 15 ms. Then what stock's own check of a signed Image costs for a byte, the
# initrd unverified; and the same bytes, Debian's kernel and an initrd, as stock
# checks and measures them with KEXEC_SIG and IMA, and as a signed UKI.
#
# Two clocks, best of N each: the guest's, which other work on the host
# stretches, and the CPU time of the busiest thread of QEMU, which it does not:
# the longest way through the load where each CPU of the guest is a thread.
#
#   tests/vm/bench-load.sh [N [MB...]]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
runs=${1:-5}
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

lower() { # VARIABLE NUMBER: keeps the smaller one
	[ -n "${!1}" ] && [ "${!1}" -le "$2" ] || printf -v "$1" %s "$2"
}

# Sets wall and cpu, in microseconds, best of all turns.
best() { # vm_load arguments
	local i us
	wall= cpu=
	for i in $(seq "$runs"); do
		us=$(spent vm_load_us "$@") || vm_die "load $*: $VM_REPLY"
		lower cpu "$us"
		lower wall "$(cat "$work/said")"
		vm_unload >/dev/null
	done
}

# The same for hashing a file in the guest.
best_hash() { # FILE
	local i us
	wall= cpu=
	for i in $(seq "$runs"); do
		us=$(spent vm_sh "/tmp/hash $1 1")
		lower cpu "$us"
		lower wall "$(awk '{ print $2 }' "$work/said")"
	done
}

ms() { awk "BEGIN { printf \"%.1f\", ($1) / 1000 }"; }

# One clock's line: stock, ours, what that is more, the aim, and the verdict.
verdict() { # LABEL STOCK OURS MB PER-MB
	awk -v l="$1" -v s="$2" -v o="$3" -v m="$4" -v h="$5" 'BEGIN {
		more = (o - s) / 1000; once = m * h / 1000; aim = 1.1 * once + 15
		printf "%-17s %9.1f %9.1f %9.1f %9.1f   %-8s %5.2f x hashing once\n", l,
			s / 1000, o / 1000, more, aim, more <= aim ? "reached" : "MISSED", more / once }'
}

mkdir "$work/files"
uki_small_image "$work/files/image"
uki_machine_dtb "$work/dtb"
uki_sbat 2 "$work/sbat"
vm_initrd first "$work/first.cpio"
core=$vm_top/kernel/core
aarch64-linux-gnu-gcc -std=gnu11 -O2 -static -march=armv8-a+crypto -iquote "$core" \
	-iquote "$core/env/host" -o "$work/files/hash" "$vm_top/tests/vm/guest/hash.c" \
	"$core/sha256.c" "$core/sha256_aarch64.c" "$core/cursor.c"
for mb in "$@"; do
	head -c "${mb}M" /dev/urandom >"$work/files/initrd.$mb"
	uki_make "$work/files/$mb.efi" release --linux "$work/files/image" \
		--initrd "$work/files/initrd.$mb" --cmdline "console=ttyAMA0" \
		--dtb "$work/dtb" --sbat "$work/sbat"
done

cp "$("$vm_top/tests/fetch-debian-kernel.sh")" "$work/files/plain"
sbsign --key "$uki_keys/release.key" --cert "$uki_keys/release.pem" \
	--output "$work/files/signed" "$work/files/plain" 2>/dev/null

uki_make "$work/files/whole.efi" release --linux "$work/files/plain" \
	--initrd "$work/files/initrd.$1" --cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"

VM_TPM=0
vm_new
mv "$work/files"/* "$VM_DIR/share"
vm_start "$(vm_kernel vkexec)/Image" "$work/first.cpio" ""
vm_sh 'mount -t tmpfs -o size=2g t /tmp; cp /vkx/* /tmp; echo' >/dev/null
best_hash "/tmp/initrd.$1"
hash_wall=$((wall / $1)) hash_cpu=$((cpu / $1))
echo "SHA-256 in the guest ($(awk '{ print $1 }' "$work/said")): $(ms $hash_wall) ms per MB, $(ms $hash_cpu) ms of CPU time"
printf '%-17s %9s %9s %9s %9s\n' "milliseconds" "stock" "signed UKI" "more" "aim"
for mb in "$@"; do
	best /tmp/image "/tmp/initrd.$mb" "console=ttyAMA0"
	stock_wall=$wall stock_cpu=$cpu
	best "/tmp/$mb.efi"
	verdict "$mb MB, clock" "$stock_wall" "$wall" "$mb" "$hash_wall"
	verdict "$mb MB, CPU" "$stock_cpu" "$cpu" "$mb" "$hash_cpu"
done
size=$(stat -c %s "$VM_DIR/share/plain")
best /tmp/plain /tmp/image "console=ttyAMA0"
stock_wall=$wall stock_cpu=$cpu
best /tmp/signed /tmp/image "console=ttyAMA0"
echo "stock's check of a signed Image: $(ms "($wall - $stock_wall) * 1048576 / $size") ms per MB, $(
	ms "($cpu - $stock_cpu) * 1048576 / $size") ms of CPU time"

# IMA measures a file once: each turn has a new one. Its list tells equal ones
# once.
measured() { vm_sh 'wc -l </sys/kernel/security/ima/ascii_runtime_measurements'; }
best_measured() { # IMAGE INITRD
	local i us had
	wall= cpu=
	had=$(measured)
	for i in $(seq "$runs"); do
		vm_sh "rm -f /tmp/one /tmp/two; cp $1 /tmp/one; cp $2 /tmp/two" >/dev/null
		us=$(spent vm_load_us /tmp/one /tmp/two "console=ttyAMA0") || vm_die "load $*: $VM_REPLY"
		lower cpu "$us"
		lower wall "$(cat "$work/said")"
		vm_unload >/dev/null
	done
	[ "$(measured)" = $((had + 2)) ] || vm_die "IMA did not measure both"
}
best /tmp/plain "/tmp/initrd.$1" "console=ttyAMA0"
echo "Debian's kernel and $1 MB of initrd, stock, unsigned: $(ms "$wall") ms, $(ms "$cpu") ms of CPU time"
best /tmp/whole.efi
echo "  as a signed UKI: $(ms "$wall") ms, $(ms "$cpu") ms of CPU time"
vm_sh 'printf "measure func=KEXEC_KERNEL_CHECK\nmeasure func=KEXEC_INITRAMFS_CHECK\n" \
	>/sys/kernel/security/ima/policy' || vm_die "IMA takes no policy"
best_measured /tmp/signed "/tmp/initrd.$1"
echo "  stock, KEXEC_SIG and IMA: $(ms "$wall") ms, $(ms "$cpu") ms of CPU time"
vm_stop
