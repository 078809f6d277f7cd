#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A crash kernel is held to the same checks, boots after a panic with a TPM
# driver in it, and has the dead kernel's memory; a panic measures nothing. One
# that was changed in memory after it was loaded is not started, and the machine
# resets. (V64, V67)
#
#   tests/vm/test-kdump.sh [el1|nvhe|vhe]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
. "$vm_top/tests/vm/pcrs.sh"
case ${1:-el1} in
el1) ;;
nvhe) VM_CPU=cortex-a57 VM_MACHINE=virtualization=on ;;
vhe) VM_CPU=max,pauth-impdef=on,lpa2=off VM_MACHINE=virtualization=on ;;
*) vm_die "test-kdump.sh [el1|nvhe|vhe]" ;;
esac
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_BANKS=sha256

crash_loaded() { vm_sh 'cat /sys/kernel/kexec_crash_loaded'; }
vmcore() { vm_sh 'test -s /proc/vmcore && head -c 4 /proc/vmcore | tail -c 3'; }
tpm_driver() { vm_sh 'test -c /dev/tpm0 && echo yes'; }
carried_log() {
	vm_sh 'ls /proc/device-tree/platform-bus@c000000/*/linux,sml-base 2>/dev/null || echo none'
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb"
vm_initrd running "$work/running.cpio"
vm_initrd crash "$work/crash.cpio"
uki_make "$work/crash.efi" release --linux "$ours" --initrd "$work/crash.cpio" \
	--cmdline "console=ttyAMA0 lockdown=integrity nr_cpus=1" \
	--dtb "$work/dtb" --sbat "$work/sbat"
uki_flip "$work/crash.efi" .initrd "$work/flipped.efi"

# What the log tells of hops, with the flag of a crash kernel: one load.
crash_records() {
	pcrs_replayed "$ours_log" >/dev/null || return 1
	"$uki_bin/vkexec-measure" log --json "$VM_DIR/share/log" | python3 -c '
import json, sys
for e in json.load(sys.stdin)["events"]:
    if "hop" in e:
        print(e["hop"]["kind"], "crash" if e["hop"]["crash"] else "normal")'
}

boot_and_load() { # KERNEL FILE
	vm_new
	cp "$work"/*.efi "$VM_DIR/share"
	vm_start "$1" "$work/running.cpio" "lockdown=integrity crashkernel=256M"
	vm_expect ok vm_load "/vkx/$2" - - 2
}

# What comes of a panic.
panic_outcome() {
	printf 'panic\n' >&"$vm_in"
	if vm_answer; then
		echo "booted ${VM_REPLY##* }"
	elif kill -0 "$vm_qemu" 2>/dev/null; then
		echo hung
	else
		echo reset
	fi
}
said_changed() { grep -c 'the loaded image was changed: resetting the machine' "$VM_DIR/console.log" || true; }
flip() { vm_sh "echo 'crash $*' >/sys/kernel/security/vkexec/inject && echo flipped"; }

vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/running.cpio" "lockdown=integrity crashkernel=256M"
vm_expect EKEYREJECTED vm_load /vkx/flipped.efi - - 2
vm_expect 0 crash_loaded
vm_expect ok vm_load /vkx/crash.efi - - 2
vm_expect 1 crash_loaded
vm_expect "load crash" crash_records
before=$(pcrs_now)
VM_SAY="PCR 11 and 12 against the log, before the panic" vm_expect agree pcrs_agree "$ours_log"
vm_panic
vm_expect crash echo "$VM_MARKER"
VM_SAY="PCR 11 and 12 after the panic" vm_expect "$before" pcrs_now
vm_expect ELF vmcore
vm_expect yes tpm_driver
vm_expect none carried_log
vm_stop

# The same with a kernel that can change what it has loaded: first it does not.
fault=$(vm_kernel fault)/Image
boot_and_load "$fault" crash.efi
VM_SAY="no bit changed" vm_expect "booted crash" panic_outcome
vm_expect 0 said_changed
vm_stop
# The kernel's first words, a place further on, and the next segment.
for at in "0 0 7" "0 5000 0" "1 5000 0"; do
	boot_and_load "$fault" crash.efi
	vm_expect flipped flip $at
	VM_SAY="crash $at" vm_expect reset panic_outcome
	VM_SAY="crash $at: the reason on the console" vm_expect 1 said_changed
	vm_stop
done
vm_done
