#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The stub in a running kernel that has no injector: bits of guest memory are
# changed from outside, through QEMU's debugger port, between load and jump.
# Every such launch must end in a reset that names the region, and none may
# reach the next kernel. (V64, V65)
#
#   tests/stub/test-outside.sh [el1|nvhe|vhe] [sample|every]
#
# The UKI is small, so that a try takes a fraction of a second; what the tries
# start from is a snapshot. Its kernel prints a line and turns the machine off.
set -eu
. "$(dirname "$0")/../vm/vm.sh"
. "$vm_top/tests/vm/uki.sh"
conduit=hvc
case ${1:-el1} in
el1) ;;
nvhe) VM_CPU=cortex-a57 VM_MACHINE=virtualization=on conduit=smc ;;
vhe) VM_CPU=max,pauth-impdef=on,lpa2=off VM_MACHINE=virtualization=on conduit=smc ;;
*) vm_die "test-outside.sh [el1|nvhe|vhe] [sample|every]" ;;
esac
VM_MEM=256 VM_SMP=1
reason=0x4f000000
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

# Offset of the first instruction after the copy, from the built stub.
decide() {
	aarch64-linux-gnu-nm "$vm_top/${O:-build}/stub/stub.o" |
		sed -n 's/^\([0-9a-f]*\) . vkexec_stub_decide_start$/0x\1/p'
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb" outside
uki_reason_dtb "$work/dtb" $reason
uki_speaking_image "$work/next" $conduit
head -c 20000 /dev/urandom >"$work/initrd"
mkdir "$work/extra"
uki_make "$work/extra/next.efi" release --linux "$work/next" --initrd "$work/initrd" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
vm_initrd outside "$work/first.cpio" "$work/extra"
vm_new
qemu-img create -q -f qcow2 "$VM_DIR/snapshots" 64M
VM_ARGS=(-dtb "$work/dtb" -action "reboot=shutdown,shutdown=pause"
	-qmp "unix:$VM_DIR/qmp,server=on,wait=off" -gdb "unix:$VM_DIR/gdb,server=on,wait=off"
	-drive "if=none,id=snapshots,format=qcow2,file=$VM_DIR/snapshots")
vm_start "$ours" "$work/first.cpio" lockdown=integrity
vm_expect ok vm_load /next.efi
# A machine that has files of the host open cannot be put into a snapshot.
vm_sh 'umount /vkx /arm64; echo' >/dev/null
python3 "$vm_top/tests/stub/outside.py" "$VM_DIR/qmp" "$VM_DIR/gdb" "$VM_DIR/ch.in" \
	$VM_MEM $reason "$(decide)" "${2:-sample}" >"$work/log" 2>&1 || vm_failed=1
sed "s/^RESULT from outside/& ${1:-el1}/" "$work/log"
vm_expect "$(grep -c 'no bit changed' "$work/log")" grep -c 'the next kernel runs' "$VM_DIR/console.log"
vm_stop
vm_done
