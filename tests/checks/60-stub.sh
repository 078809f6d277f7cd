# SPDX-License-Identifier: BSD-2-Clause
vkx_check stub-hash all "the stub's two SHA-256 cores against NIST vectors and mbedtls, arm64"
check_stub_hash() {
	make -s WERROR=1 stub
	"$O/stub/hash_expect" "${STUB_MESSAGES:-300}" >"$O/stub/hash_expect.txt"
	qemu-aarch64 -cpu max "$O/stub/hash_check" <"$O/stub/hash_expect.txt"
}

vkx_check stub-clang all "the stub assembles with clang to the same bytes"
check_stub_clang() {
	make -s WERROR=1 stub
	clang --target=aarch64-linux-gnu -Ikernel/stub -Ikernel/core -c -o "$O/stub/clang.o" kernel/stub/stub.S
	aarch64-linux-gnu-objcopy -O binary -j .rodata.vkexec_stub "$O/stub/clang.o" "$O/stub/clang.bin"
	aarch64-linux-gnu-objcopy -O binary -j .rodata.vkexec_stub "$O/stub/stub.o" "$O/stub/gcc.bin"
	cmp "$O/stub/clang.bin" "$O/stub/gcc.bin"
	stub_size
}

# Code against what the page leaves for it; more is an error of the assembler.
stub_symbol() { aarch64-linux-gnu-nm "$O/stub/stub.o" | sed -n "s/ R vkexec_stub_$1\$//p"; }
stub_size() {
	echo "RESULT stub size: $((16#$(stub_symbol code_end))) of $((16#$(stub_symbol end))) bytes of code, page 4096"
}

stub_bare() {
	make -s WERROR=1 stub
	tests/stub/run-bare.sh "$@" >"$O/stub/$1.log" || { tail -20 "$O/stub/$1.log"; return 1; }
	grep -E '^(RESULT|undetected|entered)' "$O/stub/$1.log" || :
	tail -1 "$O/stub/$1.log" | grep -qx 'END 0 wrong'
}

vkx_check stub-cases all "the whole stub on bare metal: EL1, nVHE, VHE, 4/16/64K pages, overlaps, 1 to 16 regions"
check_stub_cases() { stub_bare cases; }

vkx_check stub-flips all "a bit changed in every 4 KiB of every region ends in a reset (V64)"
check_stub_flips() { stub_bare flips; }

vkx_check stub-page all "a bit changed in every byte of the stub's page (V65)"
check_stub_page() { stub_bare page; }

vkx_check stub-list all "changed page lists, and lists aimed at the stub (V66)"
check_stub_list() { stub_bare list; }

vkx_check stub-skips all "every instruction of the deciding part skipped, and its neighbour (V122)"
check_stub_skips() { stub_bare skips; }

vkx_check stub-guest all "changes of loaded segments and of the stub in a running guest end in a reset (V64, V65)"
check_stub_guest() {
	make -s -j"$jobs" all
	stub_guest el1
}

# Keeps what it says for tests/stub/results.sh.
stub_guest() { # MODE
	mkdir -p "$O/stub"
	tests/stub/test-guest.sh "$@" >"$O/stub/guest-$1.log" || { cat "$O/stub/guest-$1.log"; return 1; }
	tail -2 "$O/stub/guest-$1.log"
}

vkx_check stub-guest-el2 all "the same where the kernel owns EL2: nVHE and VHE"
check_stub_guest_el2() {
	make -s -j"$jobs" all
	STUB_SAMPLE=2 stub_guest nvhe
	STUB_SAMPLE=2 stub_guest vhe
}

vkx_check stub-reason all "the kernel started after the stub's reset says why it happened"
check_stub_reason() { make -s -j"$jobs" all && tests/stub/test-reason.sh; }

stub_outside() { # MODE sample|every
	mkdir -p "$O/stub"
	tests/stub/test-outside.sh "$@" >"$O/stub/outside-$1-$2.log" 2>&1 || { cat "$O/stub/outside-$1-$2.log"; return 1; }
	grep -E 'pages to copy|RESULT' "$O/stub/outside-$1-$2.log"
}

vkx_check stub-guest-outside all "no injector: bits changed by QEMU from outside end in a reset with the reason (V64, V65)"
check_stub_guest_outside() {
	make -s -j"$jobs" all stub
	stub_outside el1 sample
}

vkx_check stub-guest-every long "one bit of every page of every segment of a small UKI, in guests, from outside (V64)"
check_stub_guest_every() {
	local mode
	make -s -j"$jobs" all stub
	for mode in el1 nvhe vhe; do stub_outside $mode every; done
	tests/stub/results.sh
}

vkx_check stub-bench long "time of a hop with and without the stub's check, as a ratio in one guest"
check_stub_bench() {
	make -s -j"$jobs" all
	mkdir -p "$O/stub"
	tests/stub/bench-hop.sh >"$O/stub/bench.log"
	grep RESULT "$O/stub/bench.log"
	tests/stub/results.sh
}

vkx_check stub-long long "stub: every bit of the page, any two skips, large images; docs/test-results.md"
check_stub_long() {
	local c
	mkdir -p "$O/stub"
	export STUB_TIMEOUT=${STUB_TIMEOUT:-7200} STUB_MESSAGES=5000
	check_stub_hash >"$O/stub/hash.log"
	stub_size >"$O/stub/size.log"
	for c in cases flips page list skips; do stub_bare "$c" long; done
	tests/stub/results.sh
}
