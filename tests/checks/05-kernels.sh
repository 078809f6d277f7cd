# SPDX-License-Identifier: BSD-2-Clause
# First of those that drive machines, so that no other builds a kernel within its
# own time.
vkx_check vm-kernels all "the kernels that the checks of make check boot are built, or cached"
check_vm_kernels() {
	local f v
	for f in tests/vm/config/*.config; do
		v=$(basename "$f" .config)
		case $v in base | debug | pages* | *-acpi | *-min | *-[0-9]*.[0-9]*) continue ;; esac
		tests/vm/build-kernel.sh "$v"
	done
}
