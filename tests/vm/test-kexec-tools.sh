#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Debian's kexec-tools, unmodified, on three kernels: stock source, our tree
# with vkexec left out, and with vkexec built in and not enforcing. `kexec -l`
# (kexec_load, purgatory of its own) and `kexec -s` (kexec_file_load, stock
# relocation) boot on all three. Enforcing, both are refused, and `kexec -e`
# launches the signed UKI that was loaded. (V61)
#
# This version has no name for a UKI's file type and gives up before any
# syscall; vkexec-load and a plain syscall hand the file through.
#
#   tests/vm/test-kexec-tools.sh [VARIANT...]    (stock vkexec-off vkexec)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
switch=/sys/module/vkexec/parameters/enforce
trap 'vm_clean; rm -rf "$work"' EXIT

# Starts what is loaded as kexec-tools does it; nothing answers but the next.
kexec_e() {
	printf 'sh kexec%%20-e\n' >&"$vm_in"
	vm_hello
}
tool() { vm_sh "kexec $* >/tmp/said 2>&1 && echo ok || grep -m1 failed /tmp/said || tail -1 /tmp/said"; }
loaded() { vm_sh 'cat /sys/kernel/kexec_loaded'; }
cmdline() { vm_sh 'cat /proc/cmdline'; }
clean() { vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'; }

# Purgatory hashes in plain C with caches off, four seconds for what the rest does
# in one: once is enough.
check_once() { [ "$1" = vkexec ] || echo --no-checks; }

boots() { # HOW OPTIONS...
	local how=$1
	shift
	VM_SAY="kexec $*" vm_expect ok tool "$@" "--append=console=ttyAMA0,$how"
	vm_expect 1 loaded
	kexec_e
	VM_SAY="initrd of the one started" vm_expect next echo "$VM_MARKER"
	VM_SAY="its command line" vm_expect "console=ttyAMA0,$how" cmdline
	vm_expect clean clean
}

vm_initrd first "$work/first"
vm_initrd next "$work/next"
[ $# -gt 0 ] || set -- stock vkexec-off vkexec
for variant; do
	echo "== $variant"
	image=$(vm_kernel $variant)/Image
	vm_new
	cp "$image" "$work/next" "$VM_DIR/share"
	vm_start "$image" "$work/first"
	boots legacy $(check_once $variant) -l /vkx/Image --initrd=/vkx/next
	boots file -s -l /vkx/Image --initrd=/vkx/next
	[ $variant = vkexec ] || vm_stop
done
[ $variant = vkexec ] || { vm_done; exit; }

echo "== a signed UKI, before and after the switch is thrown"
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb"
uki_make "$VM_DIR/share/uki.efi" release --linux "$image" --initrd "$work/next" \
	--cmdline "console=ttyAMA0,uki" --dtb "$work/dtb" --sbat "$work/sbat"
vm_expect "Cannot determine the file type of /vkx/uki.efi" tool -s -l /vkx/uki.efi
vm_sh "echo 1 >$switch; echo" >/dev/null
for way in "-l" "-s -l"; do
	got=$(tool "$way" /vkx/Image --initrd=/vkx/next)
	VM_SAY="kexec $way, enforcing: $got" vm_expect refused \
		sh -c 'case $1 in *"not permitted"*) echo refused ;; *) echo "$1" ;; esac' - "$got"
	vm_expect 0 loaded
done
vm_expect ok vm_load /vkx/uki.efi
kexec_e
vm_expect next echo "$VM_MARKER"
vm_expect "console=ttyAMA0,uki" cmdline
vm_stop
vm_done
