# SPDX-License-Identifier: BSD-2-Clause
vkx_check vm-dtb all "signed trees on a running machine: what crosses the hop, what is refused"
check_vm_dtb() { tests/vm/test-dtb.sh; }

vkx_check vm-load all "vkexec-load in the guest: refusals explained, status, unload, hand-over"
check_vm_load() { tests/vm/test-load.sh; }

vkx_check vm-dtb-hostile all "hostile device trees under a good signature are refused before the merge"
check_vm_dtb_hostile() { tests/vm/test-dtb-hostile.sh; }
