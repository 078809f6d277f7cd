# SPDX-License-Identifier: BSD-2-Clause
# The tools that the tests sign and check with.
vm_needs() { make -s -j"$jobs" all; }

vkx_check vm-boot all "the rig: a stock arm64 kernel boots in QEMU with a TPM and answers"
check_vm_boot() { tests/vm/test-boot.sh; }

vkx_check vm-hop all "three hops through signed UKIs, the last into Debian's own arm64 kernel"
check_vm_hop() { vm_needs && tests/vm/test-hop.sh; }

vkx_check vm-hop-el2 all "two hops where the kernel owns EL2: nVHE and VHE"
check_vm_hop_el2() {
	vm_needs
	tests/vm/test-hop.sh nvhe one two
	tests/vm/test-hop.sh vhe one two
}

vkx_check vm-hop-hundred long "a hundred hops in a row"
check_vm_hop_hundred() { vm_needs && tests/vm/test-hop.sh el1 $(seq -f n%g 100); }

vkx_check vm-gap all "what stock Linux lets through under lockdown, and our answers: before, after"
check_vm_gap() { vm_needs && tests/vm/test-gap.sh; }

vkx_check vm-matrix all "lockdown x strict x kinds of file x normal and crash: every cell's errno"
check_vm_matrix() { vm_needs && tests/vm/test-matrix.sh; }

vkx_check vm-demo all "make demo, from keys to report"
check_vm_demo() { tests/demo/run.sh && test -s demo/report.html; }

vkx_check vm-measure-hops all "after each hop the log replays to the PCRs, and the prediction held"
check_vm_measure_hops() { vm_needs && tests/vm/test-measure.sh sha256; }

vkx_check vm-kdump all "a crash kernel: checked, booted after a panic, with the dead kernel's memory"
check_vm_kdump() { vm_needs && tests/vm/test-kdump.sh; }

vkx_check vm-hostile all "mutants and malformed PE files: kernel and vkexec-verify agree, no oops"
check_vm_hostile() { vm_needs && tests/vm/test-hostile.sh 2000 1; }

vkx_check vm-hostile-long long "the same with 50,000 mutants"
check_vm_hostile_long() {
	vm_needs
	local seed
	for seed in $(seq 2 26); do tests/vm/test-hostile.sh 2000 "$seed"; done
}

vkx_check vm-uefi all "one file cold-boots under UEFI Secure Boot and hops; a flipped bit is denied"
check_vm_uefi() { vm_needs && tests/vm/test-uefi.sh; }

vkx_check vm-stress all "racing loads, a writer, a file that differs on a second read"
check_vm_stress() { vm_needs && tests/vm/test-stress.sh vkexec 200; }

vkx_check vm-stress-debug long "the same and failing allocations under KASAN, UBSAN, lockdep, kmemleak"
check_vm_stress_debug() { vm_needs && tests/vm/test-stress.sh debug 1000; }

vkx_check vm-measure-banks long "the same with one bank, two and three"
check_vm_measure_banks() {
	vm_needs
	local b
	for b in sha1,sha256 sha256,sha384,sha512; do tests/vm/test-measure.sh $b; done
}

vkx_check vm-ima all "IMA's list crosses the hop; no initrd means none, not the first kernel's"
check_vm_ima() { vm_needs && tests/vm/test-ima.sh; }

vkx_check vm-enforce all "vkexec.enforce: stock before it, nothing but signed UKIs after it, no way back"
check_vm_enforce() { vm_needs && tests/vm/test-enforce.sh; }
