#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Drops a person into the guest: tests/vm/shell.sh [VARIANT [CMDLINE]]
# The folder $VKX_SHARE (default: a new one) is /vkx there. `exit` ends it.
set -eu
. "$(dirname "$0")/vm.sh"
image=$(vm_kernel "${1:-vkexec}")/Image
vm_new
[ -z "${VKX_SHARE:-}" ] || { rmdir "$VM_DIR/share"; ln -s "$VKX_SHARE" "$VM_DIR/share"; }
vm_initrd shell "$VM_DIR/initrd"
echo "share: $VM_DIR/share is /vkx in the guest; leave with exit (or Ctrl-A x)"
vm_tpm_start
qemu-system-aarch64 -M "virt,$VM_GIC${VM_MACHINE:+,$VM_MACHINE}" \
	-cpu "${VM_CPU:-cortex-a72}" -smp "${VM_SMP:-2}" -m "${VM_MEM:-1024}" \
	-nographic -nodefaults -serial mon:stdio \
	-chardev "socket,id=tpm,path=$VM_DIR/tpm.sock" \
	-tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis-device,tpmdev=tpm0 \
	-fsdev "local,id=vkx,path=$VM_DIR/share/,security_model=none" \
	-device virtio-9p-pci,fsdev=vkx,mount_tag=vkx \
	-fsdev "local,id=arm64,path=$("$vm_top/tests/vm/arm64-root.sh"),security_model=none,readonly=on" \
	-device virtio-9p-pci,fsdev=arm64,mount_tag=arm64 -device virtio-rng-pci \
	-kernel "$image" -initrd "$VM_DIR/initrd" \
	-append "console=ttyAMA0 quiet vkx.shell ${2:-}"
