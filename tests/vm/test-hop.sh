#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Signed UKIs are loaded and launched, three hops in a row, the last into
# Debian's own arm64 kernel with an initrd of the size and kind that Debian
# makes; the user space of each says that its command line, device tree and
# initrd are the signed ones. (V25, V29)
#
#   tests/vm/test-hop.sh [el1|nvhe|vhe [RELEASE...]]
#
# RELEASE is any name, for our own kernel, or debian. Default: one two debian.
# VM_VARIANT names another kernel of ours than vkexec, as build-kernel.sh does.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
case ${1:-el1} in
el1) ;;
nvhe) VM_CPU=cortex-a57 VM_MACHINE=virtualization=on ;;
vhe) VM_CPU=max,pauth-impdef=on,lpa2=off VM_MACHINE=virtualization=on ;;
*) vm_die "test-hop.sh [el1|nvhe|vhe [RELEASE...]]" ;;
esac
el=${1:-el1}
shift $(($# > 0))
[ $# -gt 0 ] || set -- one two debian
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

line() { echo "console=ttyAMA0 lockdown=integrity vkx.release=$1"; }

# What initramfs-tools' "most" puts into an initrd beside user space: the
# modules that find a root file system, compressed as they are, and their lists.
debian_tree() { # IMAGE OUT
	local release=${1##*/vmlinuz-} from to
	from=$(dirname "$(dirname "$1")")/lib/modules/$release
	to=$2/debian/lib/modules/$release
	[ -d "$from" ] || vm_die "no modules beside $1"
	mkdir -p "$to"
	(cd "$from" && cp -a --parents modules.order modules.builtin modules.builtin.modinfo \
		kernel/drivers/{ata,block,nvme,scsi,virtio,mmc,md,hid,usb/host} kernel/drivers/net/virtio_net.ko* \
		kernel/fs/{ext4,xfs,btrfs,overlayfs,9p} kernel/net/9p kernel/crypto kernel/lib "$to")
	depmod -b "$2/debian" "$release"
}
debian_sums() { (cd "$1" && find debian -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1); }
guest_debian_sums() { vm_sh 'cd / && find debian -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d" " -f1'; }

make_release() { # NAME IMAGE [vkexec-sign arguments]
	local name=$1 image=$2 extra=
	shift 2
	if [ "$name" = debian ]; then
		debian_tree "$image" "$work/tree"
		extra=$work/tree
	fi
	vm_initrd "$name" "$work/$name.cpio" $extra
	uki_machine_dtb "$work/$name.dtb" "$name"
	uki_make "$work/$name.efi" release --linux "$image" --initrd "$work/$name.cpio" \
		--cmdline "$(line "$name")" --dtb "$work/$name.dtb" --sbat "$work/sbat" "$@"
}

guest_lockdown() { vm_sh 'sed "s/.*\[\(.*\)\].*/\1/" /sys/kernel/security/lockdown'; }
guest_mark() { vm_sh 'tr -d "\000" </proc/device-tree/vkx-mark'; }
guest_memory() { vm_sh 'awk "/MemTotal/ { print (\$2 > 800000) ? \"all\" : \$2 }" /proc/meminfo'; }
guest_cpus() { vm_sh 'grep -c ^processor /proc/cpuinfo'; }
guest_clean() { vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'; }

# Which exception level the kernel owns, by its own words.
level() {
	vm_sh 'if dmesg | grep -q "CPU: All CPU(s) started at EL2"; then
		dmesg | grep -q "Virtualization Host Extensions" && echo vhe || echo nvhe
	else echo el1; fi'
}

# What every hop must leave behind it.
check_here() { # NAME
	echo "== in $VM_MARKER: $VM_RELEASE"
	vm_expect "$1" echo "$VM_MARKER"
	vm_expect "$(line "$1")" vm_sh 'cat /proc/cmdline'
	vm_expect "$1" guest_mark
	vm_expect integrity guest_lockdown
	vm_expect all guest_memory
	vm_expect "${VM_SMP:-2}" guest_cpus
	vm_expect clean guest_clean
	vm_expect "$el" level
	[ "$1" = debian ] || return 0
	vm_expect "$debian_release" echo "$VM_RELEASE"
	VM_SAY="$(du -m "$work/debian.cpio" | cut -f1) MB of initrd, its $(find "$work/tree" -type f | wc -l) files" \
		vm_expect "$(debian_sums "$work/tree")" guest_debian_sums
}

ours=$(vm_kernel "${VM_VARIANT:-vkexec}")/Image
uki_sbat 2 "$work/sbat"
vm_initrd start "$work/start.cpio"
for release in "$@"; do
	if [ "$release" = debian ]; then
		# Status 77, where it cannot be had, is this test's as well.
		image=$("$vm_top/tests/fetch-debian-kernel.sh")
		debian_release=${image##*/vmlinuz-}
	else
		image=$ours
	fi
	make_release "$release" "$image"
done

vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/start.cpio" lockdown=integrity
vm_expect "$el" level
for release in "$@"; do
	vm_expect ok vm_load /vkx/$release.efi
	vm_exec
	check_here $release
done
vm_stop
vm_done
