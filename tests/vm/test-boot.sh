#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The rig itself: a stock kernel boots, has a TPM that user space can use, is
# locked down, and the old kexec call is refused there.
set -eu
. "$(dirname "$0")/vm.sh"

tpm_answers() {
	vm_sh 'test -c /dev/tpmrm0 && tpm2_pcrread -Q sha256:0 && echo yes' | tail -1
}

lockdown_is() { vm_sh 'sed "s/.*\[\(.*\)\].*/\1/" /sys/kernel/security/lockdown'; }

vm_new
vm_initrd boot-test "$VM_DIR/initrd"
vm_start "$(vm_kernel stock)/Image" "$VM_DIR/initrd" lockdown=integrity
vm_expect boot-test echo "$VM_MARKER"
vm_expect yes tpm_answers
vm_expect integrity lockdown_is
vm_expect EPERM vm_legacy
vm_stop
vm_done
