# SPDX-License-Identifier: BSD-2-Clause
# Sourced in the folder where a document's commands run: the files that its
# reader would have. The Image is a real header around random bytes, enough for
# signing and checking; nothing here is ever started.

u64() { # little-endian
	local v=$1 i
	for i in 1 2 3 4 5 6 7 8; do
		printf "\\x$(printf %02x $((v & 255)))"
		v=$((v >> 8))
	done
}

image() { # an arm64 Image of 1 MiB
	printf '\x1f\x20\x03\xd5\x1f\x20\x03\xd5'
	u64 0         # text_offset
	u64 1048576   # image_size
	u64 10        # little-endian, 4 KiB pages, anywhere
	u64 0; u64 0; u64 0
	printf 'ARM\x64'
	printf '\x00\x00\x00\x00'
	head -c $((1048576 - 64)) /dev/zero | tr '\0' 'k'
}

image >Image
(mkdir root && cd root && echo hello >init && find . | cpio -o -H newc 2>/dev/null) >initrd.img
rm -r root
printf 'ID=example\nNAME="Example"\nVERSION_ID=1\n' >os-release
