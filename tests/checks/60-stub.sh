# SPDX-License-Identifier: BSD-2-Clause
vkx_check stub-hash all "the stub's two SHA-256 cores against NIST vectors and mbedtls, arm64"
check_stub_hash() {
	make -s WERROR=1 stub
	"$O/stub/hash_expect" "${STUB_MESSAGES:-300}" >"$O/stub/hash_expect.txt"
	qemu-aarch64 -cpu max "$O/stub/hash_check" <"$O/stub/hash_expect.txt"
}
