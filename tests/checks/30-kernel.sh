# SPDX-License-Identifier: BSD-2-Clause
# The files that the hooks touch, from a Debian source package, into $2. Kept:
# to find them in the archive takes a quarter of a minute.
kernel_slice() {
	local tar=/usr/src/linux-source-$1.tar.xz kept new
	[ -f "$tar" ] || return 1
	kept=$VKX_CACHE/linux/slice-$1-$(dpkg-query -W -f '${Version}' "linux-source-$1")
	if [ ! -d "$kept" ]; then
		mkdir -p "$VKX_CACHE/linux"
		new=$(mktemp -d "$kept.XXXXXX")
		tar -xf "$tar" -C "$new" --strip-components=1 --wildcards --no-wildcards-match-slash \
			"linux-source-$1/Kbuild" "linux-source-$1/arch/arm64/Kbuild" \
			"linux-source-$1/arch/arm64/Kconfig" \
			"linux-source-$1/arch/arm64/kernel/machine_kexec*.c" \
			"linux-source-$1/arch/arm64/include/asm/kexec.h" &&
			mkdir -p "$new/include/linux" && mv -T "$new" "$kept" || rm -rf "$new"
	fi
	rm -rf "$2"
	cp -r "$kept" "$2"
}

kernel_sums() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort -k2)
}

vkx_check kernel-integrate all "the overlay goes into Linux 6.12 and 6.1, once, and out again without a trace"
check_kernel_integrate() {
	local v d
	for v in 6.12 6.1; do
		d=$O/slice-$v
		kernel_slice $v "$d"
		kernel_sums "$d" >"$O/slice.before"
		make -s -C kernel integrate LINUX="$(cd "$d" && pwd)"
		make -s -C kernel hooks LINUX="$(cd "$d" && pwd)"
		kernel_sums "$d" >"$O/slice.once"
		make -s -C kernel integrate LINUX="$(cd "$d" && pwd)"
		kernel_sums "$d" >"$O/slice.twice"
		cmp "$O/slice.once" "$O/slice.twice"
		make -s -C kernel unintegrate LINUX="$(cd "$d" && pwd)"
		kernel_sums "$d" >"$O/slice.after"
		cmp "$O/slice.before" "$O/slice.after"
		# A tree that does not fit is refused and left alone.
		sed -i 's/local_daif_mask/other_daif_mask/' "$d/arch/arm64/kernel/machine_kexec.c"
		kernel_sums "$d" >"$O/slice.before"
		! make -s -C kernel integrate LINUX="$(cd "$d" && pwd)" 2>"$O/slice.err" || return 1
		grep -q "does not fit" "$O/slice.err"
		kernel_sums "$d" >"$O/slice.after"
		cmp "$O/slice.before" "$O/slice.after"
		echo "Linux $v: integrate, again, unintegrate, misfit: as it must be"
	done
}

vkx_check kernel-min long "kernel/ compiles without measuring, EFI, crash dumps, IMA's list and KEXEC_SIG"
check_kernel_min() { tests/vm/build-kernel.sh --objects vkexec-min; }

vkx_check kernel-6-1-objects all "kernel/ compiles in Linux 6.1 without a warning"
check_kernel_6_1_objects() { tests/vm/build-kernel.sh --objects vkexec-6.1; }

vkx_check kernel-6-1 long "Linux 6.1 with kernel/ as it is: built without a warning of ours, hops to itself and to Debian's kernel"
check_kernel_6_1() {
	local image
	image=$(tests/vm/build-kernel.sh vkexec-6.1)
	! grep -n "arch/arm64/vkexec.*warning" "$VKX_CACHE/linux/build-vkexec-6.1.log" || return 1
	strings "$image/Image" | grep -m1 '^Linux version 6\.1\.'
	make -s -j"$jobs" all
	VM_VARIANT=vkexec-6.1 tests/vm/test-hop.sh el1 one debian
}

vkx_check vm-measure-faults all "a TPM that fails: loads refused, launches reset, the log stays true"
check_vm_measure_faults() { tests/vm/test-tpm.sh; }
