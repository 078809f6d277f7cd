# SPDX-License-Identifier: BSD-2-Clause
.PHONY: vm-shell vm-kernel
vm_variant ?= vkexec
vm-kernel: ## build the arm64 test kernel vm_variant (vkexec), cached
	@tests/vm/build-kernel.sh $(vm_variant)

vm-shell: ## a shell in the arm64 guest, with a TPM and /vkx shared
	@tests/vm/shell.sh $(vm_variant)
