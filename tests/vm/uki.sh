# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Files to load, made by the project's own signer; to be sourced after vm.sh.
# Each function writes one file and is quiet unless it fails.

uki_bin=${uki_bin:-$vm_top/${O:-build}/bin}
uki_keys=$("$vm_top/tests/vm/test-keys.sh")

# An SBAT section that names the test component at a generation; the kernels
# are built with a level of 2.
uki_sbat() { # GENERATION OUT
	printf 'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n' >"$2"
	printf 'vkx.test,%s,vkexec tests,vkx.test,%s,https://example.org/\n' "$1" "$1" >>"$2"
}

# The device tree of the machine that vm_launch starts, TPM included, marked
# so that a guest can tell it from the one QEMU gives.
uki_machine_dtb() { # OUT [MARK]
	local dir pid i
	dir=$(mktemp -d)
	swtpm socket --tpm2 --tpmstate dir="$dir" --ctrl type=unixio,path="$dir/s" \
		--flags startup-clear --terminate >"$dir/log" 2>&1 &
	pid=$!
	for i in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.1; done
	qemu-system-aarch64 -M "virt,$VM_GIC${VM_MACHINE:+,$VM_MACHINE},dumpdtb=$dir/dtb" \
		-cpu "${VM_CPU:-cortex-a72}" -smp "${VM_SMP:-2}" -m "${VM_MEM:-1024}" \
		-display none -nodefaults -chardev "socket,id=tpm,path=$dir/s" \
		-tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis-device,tpmdev=tpm0 \
		>"$dir/log" 2>&1 || true
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	[ -s "$dir/dtb" ] || { cat "$dir/log" >&2; rm -rf "$dir"; vm_die "no device tree from QEMU"; }
	dtc -q -I dtb -O dtb -o "$1" "$dir/dtb"
	fdtput -t s "$1" / vkx-mark "${2:-signed}"
	rm -rf "$dir"
}

# The same tree for a board of another make.
uki_other_dtb() { # IN OUT
	cp "$1" "$2"
	fdtput -t s "$2" / compatible acme,other-board
	fdtput -t s "$2" / model "Other board"
}

# A few kilobytes that pass for an arm64 Image: to be loaded in a fraction of
# a second and never run. (It would wait for ever.) kexec allocates a page for
# each page of SIZE.
uki_small_image() { # OUT [SIZE]
	local dir
	dir=$(mktemp -d)
	cat >"$dir/i.S" <<-ASM
	start:	nop
		b	wait
		.quad	0			// text_offset
		.quad	${2:-0x200000}		// image_size
		.quad	0xa			// 4K pages, anywhere
		.quad	0, 0, 0
		.ascii	"ARM\x64"
		.long	0
	wait:	wfi
		b	wait
		.balign	65536
	ASM
	aarch64-linux-gnu-gcc -c -o "$dir/i.o" "$dir/i.S"
	aarch64-linux-gnu-objcopy -O binary "$dir/i.o" "$1"
	rm -rf "$dir"
}

# A kernel that says so on the console and turns the machine off: 64 KiB, and
# as much again that must be zero in memory.
uki_speaking_image() { # OUT hvc|smc
	local dir
	dir=$(mktemp -d)
	cat >"$dir/i.S" <<-ASM
	start:	nop
		b	say
		.quad	0			// text_offset
		.quad	0x20000			// image_size
		.quad	0xa			// 4K pages, anywhere
		.quad	0, 0, 0
		.ascii	"ARM\\x64"
		.long	0
	say:	adr	x1, text
		mov	x2, #0x09000000		// QEMU's first PL011
	next:	ldrb	w3, [x1], #1
		cbz	w3, off
		strb	w3, [x2]
		b	next
	off:	movz	w0, #0x8400, lsl #16	// PSCI SYSTEM_OFF
		movk	w0, #0x0008
		$2	#0
		b	.
	text:	.asciz	"the next kernel runs\\r\\n"
		.org	65536 - 8
		.quad	0x123456789abcdef	// the last byte counts
	ASM
	aarch64-linux-gnu-gcc -c -o "$dir/i.o" "$dir/i.S"
	aarch64-linux-gnu-objcopy -O binary "$dir/i.o" "$1"
	rm -rf "$dir"
}

# Gives a machine's tree a page whose first word survives a reset.
uki_reason_dtb() { # DTB ADDRESS
	local at=${2#0x}
	fdtput -c "$1" /reserved-memory "/reserved-memory/reason@$at"
	fdtput -t x "$1" /reserved-memory '#address-cells' 2
	fdtput -t x "$1" /reserved-memory '#size-cells' 2
	fdtput "$1" /reserved-memory ranges
	fdtput -t s "$1" "/reserved-memory/reason@$at" compatible vkexec,reason
	fdtput -t x "$1" "/reserved-memory/reason@$at" reg 0 "$at" 0 1000
}

# uki_make OUT KEY --linux ... : builds and, unless KEY is -, signs.
uki_make() {
	local out=$1 key=$2 log
	shift 2
	[ "$key" = - ] || set -- "$@" --key "$uki_keys/$key.key" --cert "$uki_keys/$key.pem"
	log=$("$uki_bin/vkexec-sign" build "$@" -o "$out" 2>&1) ||
		vm_die "vkexec-sign build $*: $log"
}

# Where a section lies in the file: prints offset and size.
uki_section() { # FILE NAME
	local size at
	read -r size at < <(aarch64-linux-gnu-objdump -h "$1" |
		awk -v n="$2" '$2 == n { print $3, $6 }') || return 0
	echo $((16#$at)) $((16#$size))
}

# The file with one bit changed in the middle of a section.
uki_flip() { # IN SECTION OUT
	local at size byte
	read -r at size < <(uki_section "$1" "$2")
	[ "${size:-0}" -gt 0 ] || vm_die "$1 has no section $2"
	cp "$1" "$3"
	at=$((at + size / 2))
	byte=$(od -An -tu1 -j $at -N1 "$3")
	printf "\\x$(printf %02x $((byte ^ 1)))" |
		dd of="$3" bs=1 seek=$at conv=notrunc status=none
}

# A signed message that this very file is revoked: OUT.name is the key's name
# in the kernel's blacklist, OUT.p7 a signature over it. The digest is taken
# by a tool that is not ours.
uki_revoke() { # FILE OUT
	pesign -h -i "$1" | awk '{ printf "bin:%s", $1 == "hash:" ? $2 : $1 }' >"$2.name"
	grep -qE '^bin:[0-9a-f]{64}$' "$2.name" || vm_die "pesign gives no digest of $1"
	uki_sign_name "$2"
}

# The same for a certificate, by the SHA-256 of what its issuer signed.
uki_revoke_cert() { # CERT OUT
	openssl x509 -in "$1" -outform DER | openssl asn1parse -inform DER -strparse 4 -noout -out "$2.tbs"
	sha256sum <"$2.tbs" | awk '{ printf "tbs:%s", $1 }' >"$2.name"
	uki_sign_name "$2"
}

uki_sign_name() { # OUT: signs OUT.name into OUT.p7
	openssl smime -sign -binary -noattr -outform DER -in "$1.name" -out "$1.p7" \
		-signer "$uki_keys/module.pem" -inkey "$uki_keys/module.key" 2>/dev/null
}

# The key that the UEFI firmware of the tests trusts: a published one.
uki_firmware_key() { # OUT: writes OUT.key and OUT.pem
	(umask 077; pass=snakeoil openssl rsa -passin env:pass -out "$1.key" \
		-in /usr/share/qemu-efi-aarch64/PkKek-1-snakeoil.key 2>/dev/null)
	cp /usr/share/qemu-efi-aarch64/PkKek-1-snakeoil.pem "$1.pem"
}

# Debian's UEFI stub for arm64.
uki_stub() { echo "$("$vm_top/tests/vm/arm64-root.sh")/usr/lib/systemd/boot/efi/linuxaa64.efi.stub"; }
