# SPDX-License-Identifier: BSD-2-Clause
# Keys and signatures against the tools that others use.

# A command that must fail. ("!" would be exempt from set -e: a test that
# cannot fail.)
sign_not() { if "$@"; then echo "did not fail: $*"; return 1; fi; }

# A tree of throw-away keys and inputs, made once per run: sets $w.
sign_fixture() {
	make -s -j"$jobs" WERROR=1 all
	w=$PWD/$O/sign
	keys=$PWD/$O/bin/vkexec-keys sign=$PWD/$O/bin/vkexec-sign verify=$PWD/$O/bin/vkexec-verify
	stub=$VKX_TEST_DATA/pe/debian12-arm64/linuxaa64.efi.stub
	mkdir -p "$w"
	local t
	for t in rsa2048 rsa3072 rsa4096 p256 p384; do
		[ -s "$w/$t.key" ] && [ -s "$w/$t.crt" ] || "$keys" generate --type $t --no-passphrase --force \
			--subject "CN=Check $t" -o "$w/$t" >/dev/null
	done
	# An Image header (Documentation/arch/arm64/booting.rst) and noise.
	if [ ! -s "$w/Image" ]; then
		{
			printf '\x1f\x20\x03\xd5\x1f\x20\x03\xd5'
			printf '\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\x0a\0\0\0\0\0\0\0'
			head -c 24 /dev/zero
			printf 'ARM\x64\0\0\0\0'
			openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 65537
		} >"$w/Image"
		openssl enc -aes-128-ctr -K 01 -iv 00 -in /dev/zero 2>/dev/null | head -c 30001 >"$w/initrd1"
		openssl enc -aes-128-ctr -K 02 -iv 00 -in /dev/zero 2>/dev/null | head -c 777 >"$w/initrd2"
		printf 'ID=check\nVERSION_ID=1\n' >"$w/os-release"
	fi
}

sign_build() { # OUT [OPTION]...
	local out=$1
	shift
	"$sign" build --linux "$w/Image" --initrd "$w/initrd1" --initrd "$w/initrd2" --cmdline 'quiet ro' \
		--os-release "$w/os-release" --uname 6.12.0-check "$@" -o "$out" 2>"$w/log" || {
		cat "$w/log" >&2
		return 1
	}
}

# Whether others find in the file the signature and digest that we put there.
# Callers want the reason, so each line returns by itself.
sign_agree() { # FILE KEYTYPE DIGEST
	local f=$1 t=$2 d=$3 ours theirs
	ours=$(sed -n "s/.*$d \([0-9a-f]*\)$/\1/p" "$w/log" | tail -1)
	[ -n "$ours" ] || { echo "no digest from vkexec-sign"; return 1; }
	"$verify" check --trust "$w/$t.crt" "$f" >"$w/out" || { cat "$w/out"; return 1; }
	pesign -S -i "$f" >"$w/out" 2>&1 || { cat "$w/out"; return 1; }
	grep -q "common name is Check $t" "$w/out" || { cat "$w/out"; return 1; }
	osslsigncode verify -CAfile "$w/$t.crt" "$f" >"$w/out" 2>&1 || { cat "$w/out"; return 1; }
	grep -q 'Signature verification: ok' "$w/out" || { cat "$w/out"; return 1; }
	theirs=$(sed -n 's/^Calculated message digest : \([0-9A-F]*\).*/\1/p' "$w/out" | tr A-F a-f)
	[ "$ours" = "$theirs" ] || { echo "digest: ours $ours, osslsigncode $theirs"; return 1; }
	# The checksum of the header, by another's arithmetic.
	# One line where both agree, or two to compare, by its version.
	theirs=$(sed -n 's/^\(Current \|Calculated \|\)PE checksum *: \([0-9A-F]*\)$/\2/p' "$w/out" | sort -u)
	[ "$(wc -w <<<"$theirs")" = 1 ] || { echo "checksum differs:"; cat "$w/out"; return 1; }
	# sbverify 0.9.4 and pesign 115 know SHA-256 only.
	[ "$d" = sha256 ] || return 0
	sbverify --cert "$w/$t.crt" "$f" >"$w/out" 2>&1 || { cat "$w/out"; return 1; }
	theirs=$(pesign -h -i "$f" | sed -n 's/^hash: //p')
	[ "$ours" = "$theirs" ] || { echo "digest: ours $ours, pesign $theirs"; return 1; }
}

vkx_check sign-agree all "sbverify, pesign, osslsigncode and objdump agree with what vkexec-sign makes"
check_sign_agree() {
	sign_fixture
	local t d s n=0 sections
	for s in without with; do
		[ $s = without ] || [ -r "$stub" ] || { left_out 15 "sign-agree: signatures of UKIs with a stub"; continue; }
		for t in rsa2048 rsa3072 rsa4096 p256 p384; do
			for d in sha256 sha384 sha512; do
				set -- --key "$w/$t.key" --cert "$w/$t.crt" --digest $d
				[ $s = without ] || set -- "$@" --stub "$stub"
				sign_build "$w/x.efi" "$@"
				sign_agree "$w/x.efi" $t $d || { echo "disagree: $t $d, $s stub"; return 1; }
				n=$((n + 1))
			done
		done
		sections=$(aarch64-linux-gnu-objdump -h "$w/x.efi" | awk '$1 ~ /^[0-9]+$/ { printf "%s ", $2 }')
		echo "$s stub: $sections"
		case $sections in
		*.sbat\ .osrel\ .uname\ .cmdline\ .initrd\ .linux\ ) ;;
		*) return 1 ;;
		esac
		for d in linux initrd cmdline; do
			aarch64-linux-gnu-objcopy -O binary --only-section=.$d "$w/x.efi" "$w/x.$d"
		done
		cmp "$w/Image" "$w/x.linux"
		[ "$(cat "$w/x.cmdline")" = 'quiet ro' ]
		# The second initrd starts at a multiple of four.
		cmp "$w/x.initrd" <(cat "$w/initrd1"; head -c 3 /dev/zero; cat "$w/initrd2")
	done
	echo "$n signed UKIs, each accepted by every tool that knows its algorithm"
}

vkx_check sign-same-bytes all "the same inputs give the same bytes, RSA and ECDSA (V121)"
check_sign_same_bytes() {
	sign_fixture
	local t
	for t in rsa2048 p256 p384; do
		set -- --key "$w/$t.key" --cert "$w/$t.crt"
		sign_build "$w/a.efi" "$@"
		TZ=Pacific/Auckland LC_ALL=C.UTF-8 sign_build "$w/b.efi" "$@"
		cmp "$w/a.efi" "$w/b.efi"
		# In the same pass or afterwards: one and the same file.
		sign_build "$w/c.efi"
		chmod 640 "$w/c.efi"
		"$sign" sign --key "$w/$t.key" --cert "$w/$t.crt" "$w/c.efi" 2>/dev/null
		cmp "$w/a.efi" "$w/c.efi"
		[ "$(stat -c %a "$w/c.efi")" = 640 ]
		rm "$w/c.efi"
	done
}

vkx_check sign-others all "UKIs by objcopy, signatures by sbsign and pesign, plain EFI binaries"
check_sign_others() {
	sign_fixture
	set -- --key "$w/rsa2048.key" --cert "$w/rsa2048.crt"
	[ -r "$stub" ] || { echo "no stub in $VKX_TEST_DATA"; return 77; }
	# A UKI as people make it with objcopy; .linux last and far away.
	printf 'quiet ro' >"$w/cmdline"
	printf 'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\nx,1,x,x,1,x\n' >"$w/sbat"
	aarch64-linux-gnu-objcopy \
		--add-section .sbat="$w/sbat" --change-section-vma .sbat=0x20000 \
		--add-section .cmdline="$w/cmdline" --change-section-vma .cmdline=0x30000 \
		--add-section .linux="$w/Image" --change-section-vma .linux=0x2000000 "$stub" "$w/objcopy.efi" 2>/dev/null
	"$sign" sign "$@" -o "$w/o.efi" "$w/objcopy.efi" 2>"$w/log"
	cat "$w/log"
	sign_agree "$w/o.efi" rsa2048 sha256
	# Their signatures over our layout.
	sign_build "$w/plain.efi"
	sbsign --key "$w/rsa2048.key" --cert "$w/rsa2048.crt" --output "$w/sb.efi" "$w/plain.efi" 2>/dev/null
	"$verify" check --trust "$w/rsa2048.crt" "$w/sb.efi" >/dev/null
	rm -rf "$w/nss" && mkdir "$w/nss"
	certutil -N -d "sql:$w/nss" --empty-password
	openssl pkcs12 -export -inkey "$w/rsa2048.key" -in "$w/rsa2048.crt" -name check -passout pass: -out "$w/nss.p12"
	pk12util -i "$w/nss.p12" -d "sql:$w/nss" -W '' -K '' >/dev/null
	rm -f "$w/pe.efi"
	pesign -n "sql:$w/nss" -c check -i "$w/plain.efi" -o "$w/pe.efi" -s
	"$verify" check --trust "$w/rsa2048.crt" "$w/pe.efi" >/dev/null
	# Ours after theirs: --add, and not without it.
	sign_not "$sign" sign --key "$w/p256.key" --cert "$w/p256.crt" "$w/sb.efi" 2>"$w/log"
	grep -q 'signed already' "$w/log"
	"$sign" sign --add --key "$w/p256.key" --cert "$w/p256.crt" "$w/sb.efi" 2>"$w/log"
	grep -q '2 signatures' "$w/log"
	"$verify" check --trust "$w/rsa2048.crt" "$w/sb.efi" >/dev/null
	"$verify" check --trust "$w/p256.crt" "$w/sb.efi" >/dev/null
	sbverify --cert "$w/rsa2048.crt" "$w/sb.efi" >/dev/null
	sbverify --list "$w/sb.efi" 2>/dev/null | grep -q 'signature 2'
	"$sign" sign --replace "$@" "$w/sb.efi" 2>"$w/log"
	grep -q '1 signature,' "$w/log"
	# EFI binaries that are no UKI: as sbsign does, byte for byte in the body.
	local f
	for f in "$stub" "$VKX_TEST_DATA/pe/debian12-arm64/shimaa64.efi.signed"; do
		"$sign" sign --replace "$@" -o "$w/e.efi" "$f" 2>"$w/log"
		sign_agree_any "$w/e.efi" || { echo "$f"; return 1; }
	done
	"$sign" sign --replace "$@" -o "$w/e.efi" "$VKX_TEST_DATA/pe/debian12-arm64/fwupdaa64.efi.signed" 2>"$w/log"
	grep -q 'no signature covers' "$w/log"
	sign_agree_any "$w/e.efi"
}

sign_agree_any() {
	local ours theirs
	"$verify" check --any-pe --trust "$w/rsa2048.crt" "$1" >"$w/out" || { cat "$w/out"; return 1; }
	sbverify --cert "$w/rsa2048.crt" "$1" >"$w/out" 2>&1 || { cat "$w/out"; return 1; }
	ours=$(sed -n 's/.*sha256 \([0-9a-f]*\)$/\1/p' "$w/log" | tail -1)
	theirs=$(pesign -h -i "$1" | sed -n 's/^hash: //p')
	[ "$ours" = "$theirs" ] || { echo "digest: ours $ours, pesign $theirs"; return 1; }
}

vkx_check sign-debian all "a UKI around Debian's real arm64 kernel and a 64 MB initrd; Debian's own signature"
check_sign_debian() {
	sign_fixture
	local image
	image=$(tests/fetch-debian-kernel.sh) || { echo "Debian's kernel is not in reach"; return 77; }
	truncate -s 64M "$w/initrd64"
	set -- build --linux "$image" --initrd "$w/initrd64" --cmdline quiet -o "$w/debian.efi"
	[ ! -r "$stub" ] || set -- "$@" --stub "$stub"
	"$sign" "$@" --key "$w/rsa3072.key" --cert "$w/rsa3072.crt" 2>"$w/log"
	sign_agree "$w/debian.efi" rsa3072 sha256
	ls -l "$w/debian.efi"
	# Debian's own signature on the same kernel, and none on the unsigned one.
	local ca=$VKX_TEST_DATA/pe/debian12-arm64/debian-secure-boot-ca.pem signed rc=0
	if signed=$(tests/fetch-debian-kernel.sh --signed) && [ -r "$ca" ]; then
		"$verify" check --any-pe --trust "$ca" "$signed"
		"$verify" check --any-pe --trust "$ca" "$image" >"$w/out" || rc=$?
		[ $rc = 3 ] && grep -q sig-none "$w/out" || { cat "$w/out"; return 1; }
	else
		echo "Debian's signed kernel or its CA is not in reach: not checked"
	fi
	rm -f "$w/debian.efi" "$w/initrd64"
}

vkx_check sign-refuse all "nothing malformed is signed, and nothing is left of it (V116, V117, V118)"
check_sign_refuse() {
	sign_fixture
	rm -rf "$w/r" && mkdir "$w/r"
	set -- --key "$w/p256.key" --cert "$w/p256.crt"
	sign_build "$w/good.efi"
	sign_refused() { # STATUS PATTERN COMMAND...
		local want=$1 pattern=$2 rc=0
		shift 2
		"$@" >"$w/out" 2>&1 || rc=$?
		[ $rc = "$want" ] && grep -q -e "$pattern" "$w/out" && [ ! -e "$w/r/out.efi" ] &&
			[ -z "$(ls -A "$w/r")" ] || { echo "status $rc, wanted $want '$pattern':"; cat "$w/out"; ls -A "$w/r"; return 1; }
	}
	# One byte of padding behind .cmdline; a command line with a newline;
	# a gzip as kernel; a truncated file; no file; a key of another.
	local at
	at=$(grep -abo 'quiet ro' "$w/good.efi" | head -1 | cut -d: -f1)
	cp "$w/good.efi" "$w/bad.efi"
	printf x | dd of="$w/bad.efi" bs=1 seek=$((at + 8)) conv=notrunc 2>/dev/null
	sign_refused 3 uki-padding "$sign" sign "$@" -o "$w/r/out.efi" "$w/bad.efi"
	printf '\n' | dd of="$w/bad.efi" bs=1 seek=$((at + 8)) conv=notrunc 2>/dev/null
	cp "$w/good.efi" "$w/bad.efi"
	printf '\n' | dd of="$w/bad.efi" bs=1 seek=$((at + 5)) conv=notrunc 2>/dev/null
	sign_refused 3 uki-cmdline-text "$sign" sign "$@" -o "$w/r/out.efi" "$w/bad.efi"
	head -c -1 "$w/good.efi" >"$w/cut.efi"
	sign_refused 3 pe-section-range "$sign" sign "$@" -o "$w/r/out.efi" "$w/cut.efi"
	mkfifo "$w/fifo.$$"
	(cat "$w/good.efi" >"$w/fifo.$$" 2>/dev/null || true) &
	sign_refused 1 'to a file first' "$sign" sign "$@" -o "$w/r/out.efi" "$w/fifo.$$"
	rm -f "$w/fifo.$$"
	gzip -c "$w/Image" >"$w/Image.gz"
	sign_refused 3 image-compressed "$sign" build --linux "$w/Image.gz" "$@" -o "$w/r/out.efi"
	sign_refused 3 uki-cmdline-text "$sign" build --linux "$w/Image" --cmdline $'a\nb' "$@" -o "$w/r/out.efi"
	sign_refused 3 fdt- "$sign" build --linux "$w/Image" --dtb "$w/initrd1" "$@" -o "$w/r/out.efi"
	sign_refused 3 sbat- "$sign" build --linux "$w/Image" --sbat "$w/initrd2" "$@" -o "$w/r/out.efi"
	# Lines behind a NUL, which would be lost; a stub with two .sbat.
	printf 'a,1,a,a,1,a\n\0b,2,b,b,2,b\n' >"$w/nul.csv"
	sign_refused 3 sbat-format "$sign" build --linux "$w/Image" --sbat "$w/nul.csv" "$@" -o "$w/r/out.efi"
	sed 's/\.uname\x00/.sbat\x00\x00/' "$w/good.efi" >"$w/two.efi"
	sign_refused 3 'two.efi: .*uki-duplicate' "$sign" build --linux "$w/Image" --stub "$w/two.efi" "$@" -o "$w/r/out.efi"
	sign_refused 1 'No such file' "$sign" build --linux "$w/none" "$@" -o "$w/r/out.efi"
	sign_refused 1 'of another key' "$sign" sign --key "$w/p384.key" --cert "$w/p256.crt" -o "$w/r/out.efi" "$w/good.efi"
	sign_refused 2 'needs --key' "$sign" sign --key "$w/p384.key" -o "$w/r/out.efi" "$w/good.efi"
	# Nothing is taken and then ignored, and of two values none is guessed.
	sign_refused 2 'given twice' "$sign" sign "$@" --digest sha256 --digest bogus -o "$w/r/out.efi" "$w/good.efi"
	sign_refused 2 'not one of sha256' "$sign" sign "$@" --digest bogus -o "$w/r/out.efi" "$w/good.efi"
	sign_refused 2 'exclude each other' "$sign" sign "$@" --passphrase-env A --passphrase-file B -o "$w/r/out.efi" "$w/good.efi"
	sign_refused 2 'exclude each other' "$sign" sign "$@" --add --replace -o "$w/r/out.efi" "$w/good.efi"
	sign_refused 2 'standard output' "$sign" sign "$@" --json -o - "$w/good.efi"
	sign_refused 2 'standard output' "$sign" build --linux "$w/Image" --json -o -
	sign_refused 2 'without --json' "$sign" sign --prepare --json --cert "$w/p256.crt" -o "$w/r/out.efi" "$w/good.efi"
	sign_refused 2 'needs --key' "$sign" build --linux "$w/Image" --digest sha512 -o "$w/r/out.efi"
	sign_refused 2 'needs --key' "$sign" build --linux "$w/Image" --cert "$w/p256.crt" -o "$w/r/out.efi"
	sign_refused 2 'given twice' "$sign" build --linux "$w/Image" --linux "$w/Image" -o "$w/r/out.efi"
	sign_refused 2 "there is no option '-x'" "$sign" build --linux "$w/Image" -x -o "$w/r/out.efi"
	sign_refused 2 'leaves the key unencrypted' "$keys" generate --no-passphrase --passphrase-file "$w/Image" \
		--type p256 --subject CN=x -o "$w/r/out"
	# The worse of two results is told, as check tells it: failed, not refused.
	sign_refused 1 'No such file' "$sign" sign "$@" "$w/none" "$w/bad.efi"
	sign_refused 1 uki-cmdline-text "$sign" sign "$@" "$w/bad.efi" "$w/none"
	# A CA never signs an image (V40).
	"$keys" generate --ca --type p256 --no-passphrase --force --subject CN=CA -o "$w/ca" >/dev/null
	sign_refused 3 sig-usage "$sign" sign --key "$w/ca.key" --cert "$w/ca.crt" -o "$w/r/out.efi" "$w/good.efi"
	# What check refuses is not signed: another leaf, a CA twice, too many.
	"$keys" csr --key "$w/p256.key" --subject CN=leaf -o "$w/leaf.csr"
	"$keys" issue --ca-key "$w/ca.key" --ca-cert "$w/ca.crt" -o "$w/leaf.crt" "$w/leaf.csr"
	cat "$w/leaf.crt" "$w/ca.crt" >"$w/bundle.crt"
	"$sign" sign --key "$w/p256.key" --cert "$w/bundle.crt" -o "$w/chain.efi" "$w/good.efi" 2>/dev/null
	"$verify" check --trust "$w/ca.crt" "$w/chain.efi" >/dev/null
	cat "$w/leaf.crt" "$w/p384.crt" >"$w/bundle.crt"
	sign_refused 3 'certificate 2: .*sig-chain' "$sign" sign --key "$w/p256.key" --cert "$w/bundle.crt" -o "$w/r/out.efi" "$w/good.efi"
	cat "$w/leaf.crt" "$w/ca.crt" "$w/ca.crt" >"$w/bundle.crt"
	sign_refused 3 'certificate 3: .*twice' "$sign" sign --key "$w/p256.key" --cert "$w/bundle.crt" -o "$w/r/out.efi" "$w/good.efi"
	cat "$w/leaf.crt" "$w"/ca.crt{,,,,,,,} >"$w/bundle.crt"
	sign_refused 1 'more than 8' "$sign" sign --key "$w/p256.key" --cert "$w/bundle.crt" -o "$w/r/out.efi" "$w/good.efi"
	# Nor is issued what nobody would accept: a name in BMPString, a CA below
	# one that allows none.
	printf '[req]\nprompt=no\nstring_mask=MASK:0x800\ndistinguished_name=d\n[d]\nCN=b\n' >"$w/bmp.cnf"
	openssl req -new -key "$w/p256.key" -config "$w/bmp.cnf" -out "$w/bmp.csr" 2>/dev/null
	openssl asn1parse -in "$w/bmp.csr" | grep -q BMPSTRING
	sign_refused 3 'csr: would become' "$keys" issue --ca-key "$w/ca.key" --ca-cert "$w/ca.crt" -o "$w/r/out.efi" "$w/bmp.csr"
	openssl req -x509 -key "$w/ca.key" -subj /CN=zero -days 9 -out "$w/zero.crt" \
		-addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign 2>/dev/null
	sign_refused 3 'path length 0' "$keys" issue --ca --ca-key "$w/ca.key" --ca-cert "$w/zero.crt" -o "$w/r/out.efi" "$w/leaf.csr"
	"$keys" issue --ca-key "$w/ca.key" --ca-cert "$w/zero.crt" -o "$w/leaf.crt" "$w/leaf.csr"
	# A time that is none.
	for at in yesterday 999999999999999999 253402300799 -1 1e9; do
		sign_refused 1 'SOURCE_DATE_EPOCH: is no number' env SOURCE_DATE_EPOCH=$at "$keys" generate --type p256 \
			--no-passphrase --subject CN=t -o "$w/r/out"
		sign_refused 1 'SOURCE_DATE_EPOCH: is no number' env SOURCE_DATE_EPOCH=$at \
			"$keys" issue --ca-key "$w/ca.key" --ca-cert "$w/ca.crt" -o "$w/r/out.efi" "$w/leaf.csr"
	done
	# Weak keys are named as such (V45).
	openssl req -x509 -newkey rsa:1024 -nodes -subj /CN=weak -keyout "$w/weak.key" -out "$w/weak.crt" -days 9 2>/dev/null
	sign_refused 3 sig-algorithm "$sign" sign --key "$w/weak.key" --cert "$w/weak.crt" -o "$w/r/out.efi" "$w/good.efi"
}

vkx_check keys-openssl all "OpenSSL reads our keys, certificates and requests, and we read its"
check_keys_openssl() {
	sign_fixture
	cd "$w"
	printf 'correct horse\n' >pass
	local t rc
	for t in rsa2048 rsa3072 rsa4096 p256 p384; do
		"$keys" generate --type $t --passphrase-file pass --force --subject "CN=Enc $t,O=A\\, B,C=DE" -o enc >/dev/null
		[ "$(stat -c %a enc.key)" = 600 ]
		openssl pkey -in enc.key -passin file:pass -noout -check >/dev/null
		openssl x509 -in enc.crt -noout -checkend 0 >/dev/null
		openssl verify -x509_strict -CAfile enc.crt enc.crt >/dev/null
		openssl x509 -in enc.crt -noout -text >text
		grep -q 'Code Signing' text
		grep -q 'Digital Signature' text
		grep -q 'CA:FALSE' text
		# Wrong passphrase, then right ones from both sources.
		echo wrong >wrong
		sign_not "$keys" show --passphrase-file wrong enc.key 2>log
		grep -q 'wrong passphrase' log
		P='correct horse' "$keys" show --passphrase-env P enc.key >/dev/null
		# No terminal, nothing given: an error that says what to do.
		sign_not setsid "$keys" show enc.key </dev/null 2>log
		grep -q 'passphrase-file' log
		"$keys" csr --key enc.key --passphrase-file pass --subject CN=Leaf -o leaf.csr
		openssl req -in leaf.csr -noout -verify 2>/dev/null
		"$keys" generate --ca --type p384 --no-passphrase --force --subject CN=Root -o root >/dev/null
		"$keys" issue --ca-key root.key --ca-cert root.crt -o leaf.crt leaf.csr
		openssl verify -x509_strict -CAfile root.crt leaf.crt >/dev/null
		sign_build chain.efi --key enc.key --cert leaf.crt --passphrase-file pass
		"$verify" check --trust root.crt chain.efi >/dev/null
	done
	# OpenSSL's encrypted keys, each PRF and cipher it has.
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out k.pem 2>/dev/null
	for t in aes128 aes192 aes256; do
		for prf in hmacWithSHA1 hmacWithSHA256 hmacWithSHA384 hmacWithSHA512; do
			openssl pkcs8 -topk8 -in k.pem -v2 $t -v2prf $prf -passout file:pass -out k8.pem
			"$keys" show --passphrase-file pass k8.pem >/dev/null
			openssl pkcs8 -topk8 -in k.pem -v2 $t -v2prf $prf -passout file:pass -outform DER -out k8.der
			"$keys" show --passphrase-file pass k8.der >/dev/null
		done
	done
	openssl rsa -in k.pem -traditional -out k1.pem 2>/dev/null
	"$keys" show k1.pem | grep -q 'RSA 2048'
	# Reproducible validity, to the last second there is.
	SOURCE_DATE_EPOCH=253402214399 "$keys" generate --type p256 --days 1 --no-passphrase --force --subject CN=t -o epoch >/dev/null
	openssl x509 -in epoch.crt -noout -enddate | grep -q 'Dec 31 23:59:59 9999'
	# A name is shown so that no value looks like another attribute, and what
	# cannot be read does not keep the rest from being shown.
	rc=0
	"$keys" show absent enc.crt >log 2>&1 || rc=$?
	[ $rc = 1 ]
	grep -q 'absent: No such file' log
	grep -qF 'subject      CN=Enc p384, O=A\, B, C=DE' log
	"$keys" generate --type p256 --no-passphrase --force --subject 'CN=Jörg,O=x\, O=Debian' -o utf8 >/dev/null
	"$keys" show utf8.crt | grep -qF 'CN=Jörg, O=x\, O\=Debian'
	"$keys" show --json utf8.crt | python3 -c 'import json, sys; assert json.load(sys.stdin)[0]["subject"] == "CN=J\u00f6rg, O=x\\, O\\=Debian"'
	# V118: no passphrase among arguments or in output.
	sign_not grep -rq 'correct horse' log text
	# A key is never replaced unless asked.
	sign_not "$keys" generate --type p256 --no-passphrase --subject CN=x -o enc 2>log
	grep -q 'exists already' log
	# db for firmware, bundle for a kernel.
	"$keys" export --kernel -o bundle.pem leaf.crt root.crt
	[ "$(grep -c BEGIN bundle.pem)" = 2 ]
	"$keys" export --esl -o db.esl leaf.crt root.crt
	"$keys" revoke --show db.esl --json | grep -c '"certificate"' | grep -qx 2
	rm -f list.esl
	"$keys" revoke --list list.esl --certificate leaf.crt >log
	openssl asn1parse -in leaf.crt -strparse 4 -noout -out tbs.der 2>/dev/null
	grep -q "\"tbs:$(sha256sum <tbs.der | cut -d' ' -f1)\"" log
	sign_not "$verify" check --trust root.crt --revoked list.esl chain.efi >log
	grep -q revoked-certificate log
	# A renewed certificate for the same key: another digest, the same key.
	"$keys" issue --ca-key root.key --ca-cert root.crt -o again.crt leaf.csr
	sign_build again.efi --key enc.key --cert again.crt --passphrase-file pass
	"$verify" check --trust root.crt --revoked list.esl again.efi >/dev/null
	chmod 600 list.esl
	"$keys" revoke --list list.esl --certificate leaf.crt --whole >log
	[ "$(stat -c %a list.esl)" = 600 ]
	grep -q CONFIG_SYSTEM_REVOCATION_KEYS log
	sign_not "$verify" check --trust root.crt --revoked list.esl again.efi >log
	grep -q revoked-certificate log
	"$keys" revoke --list list.esl --certificate leaf.crt --whole 2>&1 | grep -q already
	# The root by its digest is not seen above a pinned leaf, whole it is.
	rm -f list.esl
	"$keys" revoke --list list.esl --certificate root.crt >/dev/null
	"$verify" check --trust again.crt --revoked list.esl again.efi >/dev/null
	"$keys" revoke --list list.esl --certificate root.crt --whole >/dev/null
	sign_not "$verify" check --trust again.crt --revoked list.esl again.efi >log
	grep -q revoked-certificate log
	# One certificate is revoked, never one of several; half a bundle is none.
	rm -f list.esl
	sign_not "$keys" revoke --list list.esl --certificate bundle.pem 2>log
	grep -q 'more than one' log
	sign_not "$keys" revoke --list list.esl --image chain.efi --whole 2>log
	sign_not "$keys" revoke --list list.esl --image chain.efi --json 2>log
	[ ! -e list.esl ]
	head -n -1 bundle.pem >cut.pem
	rm -f cut.out
	sign_not "$keys" export --kernel -o cut.out cut.pem 2>log
	[ ! -e cut.out ]
	sign_not "$verify" check --trust cut.pem chain.efi 2>log
	grep -q 'not a certificate' log
}

vkx_check sign-firmware all "UEFI Secure Boot starts what we sign and denies every section flipped"
check_sign_firmware() {
	make -s -j"$jobs" WERROR=1 all
	tests/sign/firmware.sh
}

vkx_check sign-atomic all "ENOSPC, EIO and kill at every system call: the old file or the new (V115)"
check_sign_atomic() {
	sign_fixture
	local a=$w/atomic rc=0
	rm -rf "$a" && mkdir -p "$a/sign/old" "$a/build/old" "$a/inplace/old" "$a/generate/old" "$a/force/old" "$a/revoke/old" \
		"$a/large/old" "$a/extract/old"
	cat >"$a/is-signed" <<-END
	#!/bin/sh
	exec $verify check --trust $w/p256.crt "\$1"
	END
	cat >"$a/is-pair" <<-END
	#!/bin/sh
	$keys show "\$1" && tail -1 "\$1" | grep -q END
	END
	cat >"$a/is-list" <<-END
	#!/bin/sh
	$keys revoke --show "\$1" | grep -q image
	END
	# A key and its certificate; or, where the command was stopped between
	# them, the old key and the new certificate, and that is told.
	cat >"$a/is-match" <<-END
	#!/bin/sh
	[ -e k.key ] || [ -e k.crt ] || exit 0
	ours=\$(openssl pkey -in k.key -pubout 2>/dev/null)
	[ "\$ours" != "\$(openssl x509 -in k.crt -noout -pubkey 2>/dev/null)" ] || exit 0
	[ -e k.crt ] || exit 1
	cmp -s k.key ../old/k.key || [ ! -e k.key ] || exit 1
	[ \$1 = 137 ] || grep -q 'does not fit k.key' "\$2"
	END
	printf '#!/bin/sh\nexec cmp "$1" "%s"\n' "$w/Image" >"$a/is-image"
	chmod +x "$a"/is-*
	set -- --key "$w/p256.key" --cert "$w/p256.crt"
	sign_build "$a/in.efi"
	echo old >"$a/sign/old/out.efi"
	tests/sign/atomic.sh "$a/sign" "sign to a file" out.efi "$a/is-signed" \
		"$sign" sign "$@" -o out.efi "$a/in.efi" || rc=1
	cp "$a/in.efi" "$a/inplace/old/out.efi"
	tests/sign/atomic.sh "$a/inplace" "sign in place" out.efi "$a/is-signed" "$sign" sign "$@" out.efi || rc=1
	# Where nothing was before, nothing may be afterwards.
	tests/sign/atomic.sh "$a/build" "build" out.efi "$a/is-signed" \
		"$sign" build --linux "$w/Image" --initrd "$w/initrd1" "$@" -o out.efi || rc=1
	PAIR=$a/is-match tests/sign/atomic.sh "$a/generate" "generate" k.key,k.crt "$a/is-pair" \
		"$keys" generate --type p256 --no-passphrase --subject CN=k -o k || rc=1
	cp "$w/p384.key" "$a/force/old/k.key"
	cp "$w/p384.crt" "$a/force/old/k.crt"
	PAIR=$a/is-match tests/sign/atomic.sh "$a/force" "generate over old ones" k.key,k.crt "$a/is-pair" \
		"$keys" generate --force --type p256 --no-passphrase --subject CN=k -o k || rc=1
	# Large enough that threads copy it.
	head -c 8M /dev/zero >"$a/initrd8"
	echo old >"$a/large/old/out.efi"
	tests/sign/atomic.sh "$a/large" "build, 8 MiB" out.efi "$a/is-signed" \
		"$sign" build --linux "$w/Image" --initrd "$a/initrd8" "$@" -o out.efi || rc=1
	sign_build "$a/signed.efi" "$@"
	echo old >"$a/extract/old/linux"
	tests/sign/atomic.sh "$a/extract" "extract" linux "$a/is-image" \
		"$verify" extract --trust "$w/p256.crt" --section .linux -o linux "$a/signed.efi" || rc=1
	"$keys" revoke --list "$a/revoke/old/l.esl" --certificate "$w/p384.crt" >/dev/null
	tests/sign/atomic.sh "$a/revoke" "revoke" l.esl "$a/is-list" \
		"$keys" revoke --list l.esl --image "$a/in.efi" || rc=1
	return $rc
}

vkx_check sign-atomic-long long "the same, every call with each of five faults"
check_sign_atomic_long() { VKX_EVERY_FAULT=1 check_sign_atomic; }

vkx_check sign-token all "keys on a PKCS#11 token, and every call into it failing (V114)"
check_sign_token() {
	sign_fixture
	sign_build "$w/plain.efi"
	export w keys sign verify
	tests/sign/token.sh "$w/token"
}

vkx_check sign-two-steps all "a signature made elsewhere gives the same file as one made here"
check_sign_two_steps() {
	sign_fixture
	local t d
	sign_build "$w/plain.efi"
	for t in rsa2048 p256 p384; do
		d=sha256
		[ $t != p384 ] || d=sha384
		"$sign" sign --prepare --cert "$w/$t.crt" -o "$w/x.tbs" "$w/plain.efi" 2>/dev/null
		openssl dgst -$d -sign "$w/$t.key" -out "$w/x.sig" "$w/x.tbs"
		"$sign" sign --attach "$w/x.sig" --cert "$w/$t.crt" -o "$w/x.efi" "$w/plain.efi" 2>"$w/log"
		sign_agree "$w/x.efi" $t $d
		[ $t != rsa2048 ] || {
			"$sign" sign --key "$w/$t.key" --cert "$w/$t.crt" -o "$w/y.efi" "$w/plain.efi" 2>/dev/null
			cmp "$w/x.efi" "$w/y.efi"
		}
	done
	# Another file, another key, another digest: the signature does not fit.
	rm -f "$w/x.efi"
	sign_not "$sign" sign --attach "$w/x.sig" --cert "$w/p256.crt" -o "$w/x.efi" "$w/plain.efi" 2>"$w/log"
	grep -q 'does not verify' "$w/log"
	sign_not "$sign" sign --attach "$w/x.sig" --digest sha512 --cert "$w/p384.crt" -o "$w/x.efi" "$w/plain.efi" 2>/dev/null
	printf 'other,1,x,x,1,x\n' >"$w/other.csv"
	sign_build "$w/other.efi" --sbat "$w/other.csv"
	sign_not "$sign" sign --attach "$w/x.sig" --cert "$w/p384.crt" -o "$w/x.efi" "$w/other.efi" 2>/dev/null
	[ ! -e "$w/x.efi" ]
}

vkx_check sign-nomem all "an allocation failing, any of them: an error and no file (V50)"
check_sign_nomem() {
	sign_fixture
	local a=$w/nomem
	rm -rf "$a" && mkdir -p "$a"
	printf '#!/bin/sh\nexec %s check --trust %s "$1"\n' "$verify" "$w/p256.crt" >"$a/is-signed"
	printf '#!/bin/sh\n%s show "$1" && openssl x509 -in "$1" -noout -checkend 0\n' "$keys" >"$a/is-cert"
	printf '#!/bin/sh\nexec %s revoke --show "$1"\n' "$keys" >"$a/is-list"
	chmod +x "$a"/is-*
	set -- --key "$w/p256.key" --cert "$w/p256.crt"
	sign_build "$a/in.efi"
	tests/sign/nomem.sh "$a" sign "$a/is-signed" "$a/out.efi" "$sign" sign "$@" -o "$a/out.efi" "$a/in.efi"
	tests/sign/nomem.sh "$a" build "$a/is-signed" "$a/out.efi" \
		"$sign" build --linux "$w/Image" --initrd "$w/initrd1" --cmdline a --sbat /dev/null "$@" -o "$a/out.efi"
	tests/sign/nomem.sh "$a" generate "$a/is-cert" "$a/k.crt" \
		"$keys" generate --type p256 --no-passphrase --force --subject CN=k -o "$a/k"
	tests/sign/nomem.sh "$a" revoke "$a/is-list" "$a/l.esl" "$keys" revoke --list "$a/l.esl" --certificate "$w/p256.crt"
	tests/sign/nomem.sh "$a" export "$a/is-list" "$a/l.esl" "$keys" export --esl -o "$a/l.esl" "$w/p256.crt"
}

vkx_check sign-parallel all "many signers of one file and one list at once, some killed (V120)"
check_sign_parallel() {
	sign_fixture
	local d=$w/parallel i pids=() p
	rm -rf "$d" && mkdir -p "$d"
	sign_build "$d/in.efi"
	set -- --key "$w/p256.key" --cert "$w/p256.crt"
	"$sign" sign "$@" -o "$d/want.efi" "$d/in.efi" 2>/dev/null
	for i in $(seq 40); do
		"$sign" sign "$@" -o "$d/out.efi" "$d/in.efi" 2>/dev/null &
		pids+=($!)
		"$keys" revoke --list "$d/l.esl" --certificate "$w/$(case $((i % 5)) in 0) echo rsa2048 ;; 1) echo rsa3072 ;;
			2) echo rsa4096 ;; 3) echo p256 ;; 4) echo p384 ;; esac).crt" >/dev/null 2>&1 &
		pids+=($!)
		# Every eighth is killed somewhere on its way.
		[ $((i % 8)) != 0 ] || { kill -9 "${pids[-2]}" 2>/dev/null || true; }
		[ $((i % 4)) != 0 ] || { for p in "${pids[@]}"; do wait "$p" 2>/dev/null || true; done; pids=(); }
	done
	for p in ${pids[@]+"${pids[@]}"}; do wait "$p" 2>/dev/null || true; done
	cmp "$d/want.efi" "$d/out.efi"
	# Nobody's entry was lost to somebody else's.
	[ "$("$keys" revoke --show "$d/l.esl" | sort -u | wc -l)" = 5 ]
	[ "$("$keys" revoke --show "$d/l.esl" | wc -l)" = 5 ]
	# One of several that make a key of one name wins, and its pair matches.
	for i in 1 2 3 4 5 6 7 8; do
		rm -f "$d"/k.*
		pids=()
		for p in 1 2 3 4; do
			"$keys" generate --type p256 --no-passphrase --subject "CN=$p" -o "$d/k" >"$d/k.log$p" 2>&1 &
			pids+=($!)
		done
		for p in "${pids[@]}"; do wait "$p" || true; done
		[ "$(cat "$d"/k.log* | grep -c wrote)" = 1 ] || { cat "$d"/k.log*; return 1; }
		[ "$(cat "$d"/k.log* | grep -c 'exists already')" = 3 ] || { cat "$d"/k.log*; return 1; }
		[ "$(openssl pkey -in "$d/k.key" -pubout)" = "$(openssl x509 -in "$d/k.crt" -noout -pubkey)" ]
	done
	rm -f "$d"/k.* "$d"/.vkexec-*.tmp
	[ "$(ls -A "$d" | tr '\n' ' ')" = 'in.efi l.esl out.efi want.efi ' ]
}

vkx_check keys-prompt all "a passphrase typed at the terminal: not echoed, asked twice, Ctrl-C heard (V118)"
check_keys_prompt() {
	sign_fixture
	local d=$w/prompt
	rm -rf "$d" && mkdir -p "$d"
	cd "$d"
	prompt_run() { # COMMAND TYPED...
		local command=$1 t
		shift
		# What is typed ahead of a question is thrown away.
		(for t; do sleep 1.5; printf "$t"; done; sleep 3) |
			script -qec "$command" /dev/null >screen 2>&1 || true
	}
	prompt_run "$keys generate --type p256 --subject CN=p -o k" 'hunter2\n' 'hunter2\n'
	[ -s k.key ]
	grep -q 'New passphrase for k' screen
	sign_not grep -q hunter2 screen
	printf hunter2 >pass
	openssl pkey -in k.key -passin file:pass -noout
	prompt_run "$keys show k.key" 'hunter2\n'
	grep -q 'ECDSA P-256' screen
	sign_not grep -q hunter2 screen
	prompt_run "$keys generate --type p256 --subject CN=p -o differ" 'hunter2\n' 'hunter3\n'
	grep -q 'differ' screen
	prompt_run "$keys generate --type p256 --subject CN=p -o empty" '\n'
	grep -q 'passphrase is empty' screen
	prompt_run "$keys generate --type p256 --subject CN=p -o broken" 'hunt\003\n'
	[ "$(ls | tr '\n' ' ')" = 'k.crt k.key pass screen ' ]
}

vkx_check sign-trees all "real device trees: each machine finds its own .dtbauto, else the .dtb"
check_sign_trees() {
	sign_fixture
	local dir=$VKX_TEST_DATA/dtb/linux-arm64 f n=0
	[ -d "$dir" ] || { echo "no device trees in $VKX_TEST_DATA"; return 77; }
	set -- --dtb "$dir/juno.dtb"
	for f in "$dir"/*.dtb; do set -- "$@" --dtbauto "$f"; done
	sign_build "$w/trees.efi" "$@" --key "$w/p256.key" --cert "$w/p256.crt"
	for f in "$dir"/*.dtb; do
		n=$((n + 1))
		"$verify" check --trust "$w/p256.crt" --machine "$f" "$w/trees.efi" >"$w/out" || { cat "$w/out"; return 1; }
		grep -q "device tree  .dtbauto number $n$" "$w/out" || { echo "$f"; cat "$w/out"; return 1; }
	done
	echo "$n trees"
	rm -f "$w/tree.efi"
	for f in "$VKX_TEST_DATA"/dtb/libfdt-tests/*.dtb; do
		case $f in */test_tree1.dtb) continue ;; esac
		sign_not "$sign" build --linux "$w/Image" --dtb "$f" -o "$w/tree.efi" 2>"$w/log"
		grep -q "$(basename "$f"): .*fdt-" "$w/log"
		[ ! -e "$w/tree.efi" ]
	done
}

vkx_check sign-full-disk all "a disk that is really full: the output is named, nothing is left (V115)"
check_sign_full_disk() {
	sign_fixture
	local d=$w/full rc=0
	mkdir -p "$d"
	mount -t tmpfs -o size=40k vkx "$d" 2>/dev/null || { echo "needs the right to mount"; return 77; }
	(
		set +e
		sign_build "$w/plain.efi"
		echo old >"$d/out.efi"
		"$sign" sign --key "$w/p256.key" --cert "$w/p256.crt" -o "$d/out.efi" "$w/plain.efi" 2>"$w/log" && exit 1
		grep -q 'out.efi: No space left' "$w/log" || exit 1
		"$sign" build --linux "$w/Image" -o "$d/out.efi" 2>"$w/log" && exit 1
		grep -q 'out.efi: No space left' "$w/log" || exit 1
		[ "$(cat "$d/out.efi")" = old ] && [ "$(ls -A "$d")" = out.efi ] || exit 1
	) || rc=1
	umount "$d"
	[ $rc = 0 ] || { cat "$w/log"; return 1; }
}

vkx_check sign-no-proc all "without /proc, as in a chroot or a build jail, files are written all the same"
check_sign_no_proc() {
	sign_fixture
	local d=$w/no-proc
	rm -rf "$d" && mkdir -p "$d"
	unshare -rm mount -t tmpfs none /proc 2>/dev/null || { echo "needs the right to mount"; return 77; }
	sign_build "$d/plain.efi"
	cat >"$d/run" <<-END
	set -e
	mount -t tmpfs none /proc
	[ ! -e /proc/self ]
	cd $d
	$keys generate --type p256 --no-passphrase --subject CN=jail -o k
	$keys revoke --list l.esl --certificate k.crt
	$keys revoke --list l.esl --image plain.efi
	$sign sign --key k.key --cert k.crt -o s.efi plain.efi
	$verify check --trust k.crt s.efi
	if $keys generate --type p256 --no-passphrase --subject CN=jail -o k; then exit 1; fi
	END
	unshare -rm sh "$d/run" >"$w/log" 2>&1 || { cat "$w/log"; return 1; }
	[ "$(ls -A "$d" | tr '\n' ' ')" = 'k.crt k.key l.esl plain.efi run s.efi ' ]
	[ "$(stat -c %a "$d/k.key")" = 600 ]
}
