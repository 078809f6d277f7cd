# SPDX-License-Identifier: BSD-2-Clause
vkx_check vm-boot all "the rig: a stock arm64 kernel boots in QEMU with a TPM and answers"
check_vm_boot() { tests/vm/test-boot.sh; }
