# SPDX-License-Identifier: BSD-2-Clause
# The tools that the tests sign and check with.
vm_needs() { make -s -j"$jobs" all; }

# First of the machines' checks: what it builds none of them has to wait for.
# Kernels of the group "long" are not built.
vkx_check vm-boot all "the rig: a stock arm64 kernel boots in QEMU with a TPM and answers"
check_vm_boot() { tests/vm/test-boot.sh; }

vkx_check vm-channel all "the rig: an answer that comes in parts is read whole"
check_vm_channel() { tests/vm/test-channel.sh; }

vkx_check vm-hop all "three hops through signed UKIs, the last into Debian's own arm64 kernel"
check_vm_hop() { vm_needs && tests/vm/test-hop.sh; }

vkx_check vm-hop-el2 all "two hops where the kernel owns EL2: nVHE and VHE"
check_vm_hop_el2() {
	vm_needs
	tests/vm/test-hop.sh nvhe one two
	tests/vm/test-hop.sh vhe one two
}

vkx_check vm-hop-hundred long "a hundred hops in a row; log, resetCount and lockout counter after each ten"
check_vm_hop_hundred() { vm_needs && tests/vm/test-hops.sh 100; }

vkx_check vm-measure-log-full long "a log more than half full crosses a hop; a full one ends loading, nothing else"
check_vm_measure_log_full() { vm_needs && tests/vm/test-log-full.sh; }

vkx_check vm-gap all "what stock Linux lets through under lockdown, and our answers: before, after"
check_vm_gap() { vm_needs && tests/vm/test-gap.sh; }

vkx_check vm-matrix all "lockdown x strict x kinds of file x normal and crash: every cell's errno"
check_vm_matrix() { vm_needs && tests/vm/test-matrix.sh; }

vkx_check vm-demo all "make demo, from keys to report"
check_vm_demo() { tests/demo/run.sh && test -s demo/report.html; }

vkx_check vm-demo-fails all "a demo that fails, early, late or hung up, says where and leaves nothing"
check_vm_demo_fails() { tests/demo/test-fails.sh; }

vkx_check vm-measure-hops all "after each hop the log replays to the PCRs, and the prediction held"
check_vm_measure_hops() { vm_needs && tests/vm/test-measure.sh sha256; }

vkx_check vm-kdump all "a crash kernel: checked, booted after a panic, with the dead kernel's memory"
check_vm_kdump() { vm_needs && tests/vm/test-kdump.sh; }

vkx_check vm-kdump-el2 long "the same where the kernel owns EL2: nVHE and VHE"
check_vm_kdump_el2() {
	vm_needs
	tests/vm/test-kdump.sh nvhe
	tests/vm/test-kdump.sh vhe
}

vkx_check vm-hostile all "mutants and malformed PE files: kernel and vkexec-verify agree, no oops"
check_vm_hostile() { vm_needs && tests/vm/test-hostile.sh 2000 1; }

vkx_check vm-hostile-long long "the same with 50,000 mutants"
check_vm_hostile_long() {
	vm_needs
	local seed
	for seed in $(seq 2 26); do tests/vm/test-hostile.sh 2000 "$seed"; done
}

vkx_check vm-hostile-debug long "the same under KASAN, UBSAN, lockdep, kmemleak"
check_vm_hostile_debug() { vm_needs && tests/vm/test-hostile.sh 2000 1 debug; }

vkx_check vm-uefi all "one file cold-boots under UEFI Secure Boot and hops; a flipped bit is denied"
check_vm_uefi() { vm_needs && tests/vm/test-uefi.sh; }

vkx_check vm-uefi-acpi long "the same for one hop of a machine that describes itself by ACPI"
check_vm_uefi_acpi() { vm_needs && tests/vm/test-uefi-acpi.sh; }

vkx_check vm-stress all "racing loads, a writer, a file that differs on a second read"
check_vm_stress() { vm_needs && tests/vm/test-stress.sh vkexec 200; }

vkx_check vm-stress-debug long "the same and failing allocations under KASAN, UBSAN, lockdep, kmemleak"
check_vm_stress_debug() { vm_needs && tests/vm/test-stress.sh debug 1000; }

vkx_check vm-nomem all "allocations of a load fail: a revoked and a good file, every fifth allocation"
check_vm_nomem() { vm_needs && tests/vm/test-stress.sh vkexec+nomem 0 5 "revoked:EPERM:0 good:ok:0"; }

vkx_check vm-nomem-every long "every allocation of a load, an unload and a launch fails once"
check_vm_nomem_every() {
	vm_needs
	tests/vm/test-stress.sh vkexec+nomem 0 1
	tests/vm/test-launch-nomem.sh vkexec 1
}

vkx_check vm-pages long "kernels with pages of 16 and 64 KiB hop, also into one of 4 KiB"
check_vm_pages() { vm_needs && tests/vm/test-pages.sh; }

vkx_check vm-measure-banks long "after one, three and ten hops, into ours and stock, with one bank, two and three"
check_vm_measure_banks() {
	vm_needs
	local b
	for b in sha256 sha1,sha256 sha256,sha384,sha512; do
		tests/vm/test-measure.sh $b stock
		tests/vm/test-measure.sh $b one two stock
		tests/vm/test-measure.sh $b one two one two one two one two one two stock
	done
}

vkx_check vm-measure-varied all "boots that differ in all that is measured: PCR 11 and 12 as predicted"
check_vm_measure_varied() { vm_needs && tests/vm/test-varied.sh 3; }

vkx_check vm-measure-varied-long long "the same with fifty boots"
check_vm_measure_varied_long() { vm_needs && tests/vm/test-varied.sh 50; }

vkx_check vm-measure-audit all "two hops, a quote, its audit: affirmed; and what must not be, each with its reason"
check_vm_measure_audit() { vm_needs && tests/vm/test-audit.sh; }

vkx_check vm-measure-proxy all "a TPM behind a proxy that breaks its answers: loads fail, launches reset, the log is true"
check_vm_measure_proxy() { vm_needs && tests/vm/test-proxy.sh short; }

vkx_check vm-measure-proxy-long long "the same for each command x 20 response codes, cuts at each byte, death before and after"
check_vm_measure_proxy_long() {
	vm_needs
	local part
	for part in load unload launch; do tests/vm/test-proxy.sh $part; done
}

vkx_check vm-ima all "IMA's list crosses the hop; no initrd means none, not the first kernel's"
check_vm_ima() { vm_needs && tests/vm/test-ima.sh; }

vkx_check vm-measure-pointer all "a tree that points at a log outside RAM, or at none: lost, no panic"
check_vm_measure_pointer() { vm_needs && tests/vm/test-log-pointer.sh outside kernel; }

vkx_check vm-measure-pointer-all long "the same with every kind of wrong pointer"
check_vm_measure_pointer_all() { vm_needs && tests/vm/test-log-pointer.sh; }

vkx_check vm-measure-require all "a build that asks for two signers and a TPM: what it refuses, and why"
check_vm_measure_require() { vm_needs && tests/vm/test-require.sh; }

vkx_check vm-enforce all "vkexec.enforce: stock before it, nothing but signed UKIs after it, no way back"
check_vm_enforce() { vm_needs && tests/vm/test-enforce.sh; }

vkx_check vm-revoke all "a leaf, an intermediate and a pinned CA revoked by hash on a running machine (V55)"
check_vm_revoke() { vm_needs && tests/vm/test-revoke.sh; }

vkx_check vm-keyring all "no certificates of our own: the kernel's keyrings decide, firmware's among them"
check_vm_keyring() { vm_needs && tests/vm/test-keyring.sh; }

vkx_check vm-kexec-tools all "Debian's kexec-tools beside ours: stock loads and hops unchanged, off and not enforcing"
check_vm_kexec_tools() { vm_needs && tests/vm/test-kexec-tools.sh; }
