# SPDX-License-Identifier: BSD-2-Clause
# The tools that the tests sign and check with.
vm_needs() { make -s -j"$jobs" all; }

vkx_check vm-boot all "the rig: a stock arm64 kernel boots in QEMU with a TPM and answers"
check_vm_boot() { tests/vm/test-boot.sh; }

vkx_check vm-hop all "three hops through signed UKIs, the last into Debian's own arm64 kernel"
check_vm_hop() { vm_needs && tests/vm/test-hop.sh; }

vkx_check vm-gap all "what stock Linux lets through under lockdown, and our answers: before, after"
check_vm_gap() { vm_needs && tests/vm/test-gap.sh; }

vkx_check vm-matrix all "lockdown x strict x kinds of file x normal and crash: every cell's errno"
check_vm_matrix() { vm_needs && tests/vm/test-matrix.sh; }

vkx_check vm-demo all "make demo, from keys to report"
check_vm_demo() { tests/demo/run.sh && test -s demo/report.html; }

vkx_check vm-measure-hops all "after each hop the log replays to the PCRs, and the prediction held"
check_vm_measure_hops() { vm_needs && tests/vm/test-measure.sh sha256; }
