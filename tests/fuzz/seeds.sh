#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes starting inputs for one fuzz target: generated ones, and those of
# other projects where VKX_TEST_DATA has them.
#
#   tests/fuzz/seeds.sh fuzz_NAME DIR
#
# A target's seeds are a function seeds_<NAME> below; one without starts from
# nothing.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
data=${VKX_TEST_DATA:-../shared/data}
name=${1#fuzz_} dir=$2
mkdir -p "$dir"

# Files up to 64 KiB of a folder of other projects, under names that say whose.
take() {
	local f
	[ -d "$data/$1" ] || return 0
	while IFS= read -r f; do
		cp "$f" "$dir/$(echo "${f#"$data"/}" | tr / -)"
	done < <(find "$data/$1" -type f -size -64k)
}

seeds_pe() {
	make -s "$O/prog/make_uki" >/dev/null
	"$O/prog/make_uki" "$dir"
	take pe
}

seeds_sbat() {
	printf 'sbat,1,SBAT Version,sbat,1,https://example.org/\n' >"$dir/least"
	printf 'sbat,1,,,,\r\na.b,2,v,p,1,u\r\n' >"$dir/crlf"
	printf 'sbat,1,2021030218\n' >"$dir/level"
	printf 'sbat,1,2025051000\nshim,4\ngrub,5\n' >"$dir/level-three"
	# Each level of shim's list, one file.
	[ ! -f "$data/sbat/SbatLevel_Variable.txt" ] ||
		awk -v d="$dir" '/^sbat,1,/ { n++; on = 1 } /^$/ { on = 0 }
			on { print > (d "/published-" n) }' "$data/sbat/SbatLevel_Variable.txt"
}

seeds_esl() {
	# One SHA-256 list of one entry: type, sizes, owner, hash.
	printf '\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28%b%b' \
		'\x4c\0\0\0\0\0\0\0\x30\0\0\0' "$(printf '%048d' 0)" >"$dir/one"
	# An update whose own signature is left out.
	{
		printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x18\0\0\0\0\x02\xf1\x0e'
		printf '\x9d\xd2\xaf\x4a\xdf\x68\xee\x49\x8a\xa9\x34\x7d\x37\x56\x65\xa7'
		cat "$dir/one"
	} >"$dir/update"
	take dbx
}

# A board as released, and as its firmware leaves it.
dts_signed='/dts-v1/; / { compatible = "acme,board"; #address-cells = <2>; #size-cells = <2>;
	chosen { stdout-path = "serial0"; bootargs = "x"; };
	memory@0 { device_type = "memory"; reg = <0 0 0 0x1000>; };
	psci { compatible = "arm,psci-1.0"; method = "smc"; };
	cpus { #address-cells = <1>; #size-cells = <0>;
		cpu@0 { device_type = "cpu"; reg = <0>; enable-method = "psci"; }; };
	reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; tz@0 { reg = <0 0 0 0x1000>; no-map; }; };
	tpm@0 { compatible = "tcg,tpm-tis-mmio"; }; gic: gic@1 { phandle = <1>; }; eth@2 { };
	aliases { ethernet0 = "/eth@2"; };
	vkexec { carry-over = "/gic@1:cal", "/extra@3"; }; };'
dts_running='/dts-v1/; /memreserve/ 0x88000000 0x10000; /memreserve/ 0x1000 0x1000;
/ { compatible = "acme,board"; #address-cells = <2>; #size-cells = <2>; serial-number = "1";
	chosen { bootargs = "y"; kaslr-seed = <1 2>; linux,initrd-start = <0x84000000>; linux,initrd-end = <0x84001000>;
		linux,uefi-secure-boot = <1>; vkexec,reservations = <0 0x85000000 0 0x1000>; linux,kho-fdt = <1 2>; };
	memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; numa-node-id = <0>; };
	psci { compatible = "arm,psci-1.0"; method = "smc"; };
	cpus { #address-cells = <1>; #size-cells = <0>;
		cpu@0 { device_type = "cpu"; reg = <0>; enable-method = "psci"; status = "fail"; }; };
	reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; optee@5000 { reg = <0 0x5000 0 0x1000>; no-map; }; };
	tpm@0 { compatible = "tcg,tpm-tis-mmio"; linux,sml-base = <0 0x87000000>; linux,sml-size = <0x1000>; };
	gic@1 { phandle = <7>; cal = <1>; }; eth@2 { local-mac-address = [02 00 00 00 00 01]; };
	aliases { ethernet0 = "/eth@2"; }; extra@3 { reg = <3>; };
	hypervisor { compatible = "xen,xen"; interrupt-parent = <7>; uefi { a = <1>; }; };
	firmware { optee { compatible = "linaro,optee-tz"; method = "smc"; }; };
	fw-cfg@9020000 { compatible = "qemu,fw-cfg-mmio"; reg = <0 0x9020000 0 0x18>; }; };'

dtb() { dtc -q -I dts -O dtb <<<"$1"; }

seeds_fdt() {
	dtb "$dts_signed" >"$dir/signed"
	dtb "$dts_running" >"$dir/running"
	take dtb
}

# le32 length, signed tree, running tree.
pair() {
	local n
	n=$(stat -c %s "$1")
	printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) 0)"
	cat "$1" "$2"
}

seeds_fdt_merge() {
	local tmp f
	tmp=$(mktemp -d)
	dtb "$dts_signed" >"$tmp/signed"
	dtb "$dts_running" >"$tmp/running"
	pair "$tmp/signed" "$tmp/running" >"$dir/board"
	pair "$tmp/running" "$tmp/running" >"$dir/same"
	for f in "$data"/dtb/libfdt-tests/*.dtb; do
		[ ! -f "$f" ] || pair "$f" "$tmp/running" >"$dir/$(basename "$f")"
	done
	rm -r "$tmp"
}

# made SUFFIX: what tests/prog/make_signed writes under this suffix.
made() {
	local tmp
	make -s "$O/prog/make_signed" >/dev/null
	tmp=$(mktemp -d)
	"$O/prog/make_signed" "$tmp"
	cp "$tmp"/*"$1" "$dir"
	rm -r "$tmp"
}

# corpus NAME: OpenSSL's fuzzing corpus of that name.
corpus() {
	[ ! -f "$data/fuzz-seeds/openssl/$1.tar.xz" ] ||
		tar xJf "$data/fuzz-seeds/openssl/$1.tar.xz" -C "$dir" --strip-components=1
}

seeds_cms() {
	made .cms
	take pkcs7
	corpus cms
}

seeds_x509() {
	made .crt
	corpus x509
}

seeds_verify() {
	made .efi
	take pe
}

seeds_der() {
	made .crt
	made .cms
	take wycheproof
	take pkcs7
	corpus x509
	corpus cms
	printf '261122123947Z' >"$dir/utc"
	printf '20500101000000Z' >"$dir/generalized"
	printf '\x30\x06\x02\x01\x01\x02\x01\x7f' >"$dir/ecdsa"
}

seeds_tcglog() {
	take eventlogs
	# A header for one SHA-256 bank, in the area of ACPI's TPM2 table.
	{
		printf '\0\0\0\0\3\0\0\0'
		head -c 20 /dev/zero
		printf '\x21\0\0\0Spec ID Event03\0\0\0\0\0\0\2\2\2\1\0\0\0\x0b\0\x20\0\0'
		head -c 64 /dev/zero | tr '\0' '\377'
	} >"$dir/ones"
}

seeds_image() {
	{
		printf 'MZ\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\012\0\0\0\0\0\0\0'
		head -c 24 /dev/zero
		printf 'ARM\x64\0\0\0\0'
	} >"$dir/image"
	printf 'MZ\0\0zimg\0\0\0\0' >"$dir/zboot"
	printf 'console=ttyAMA0 ro quiet' >"$dir/cmdline"
}

seeds_carry() {
	printf 'VKXC\1\0\0\0' >"$dir/empty"
	printf 'VKXC\1\0\0\0\2\0\2\0\3\0\0\0\4\0\0\0/areg\0\0\0\1' >"$dir/prop"
	printf 'VKXC\1\0\0\0\1\0\2\0\0\0\0\0\0\0\0\0/a' >"$dir/node"
}

seeds_stub_block() {
	printf '\0\0\0\x40\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >"$dir/one"
	printf '\0\x10\0\x40\0\0\0\0\1\0\0\0\0\0\0\0\xff\x0f\0\0\0\0\0\0' |
		cat "$dir/one" - >"$dir/two"
}

# A tar and a line of JSON with a quote of Keylime's, or of nothing.
seeds_evidence() {
	local tmp f
	tmp=$(mktemp -d)
	for f in quote.msg quote.sig quote.pcrs ak.pub; do
		echo "$f" >"$tmp/$f"
	done
	tar --format=ustar -C "$tmp" -cf "$dir/ustar" quote.msg quote.sig quote.pcrs ak.pub
	tar --format=gnu -C "$tmp" -cf "$dir/gnu" .
	echo '{"name":"a","quote.msg":"AAAA","quote.sig":"AA==","quote.pcrs":"AAA=","ak.pub":""}' >"$dir/json"
	rm -r "$tmp"
}

seeds_attest() {
	take quotes
}

seeds_credential() {
	take quotes
	corpus x509
	printf '{"ak_name":"000b00","secret":"%064d"}' 0 >"$dir/challenge"
}

seeds_manifest() {
	local tmp
	tmp=$(mktemp -d)
	make -s "$O/bin/vkexec-measure" "$O/bin/vkexec-keys" "$O/bin/vkexec-sign" >/dev/null
	make -s "$O/prog/make_signed" >/dev/null
	"$O/prog/make_signed" "$tmp"
	"$O/bin/vkexec-keys" generate --type p256 --subject CN=seed --no-passphrase -o "$tmp/seed" >/dev/null
	# One signer and two; every member that there is.
	"$O/bin/vkexec-sign" sign --add --key "$tmp/seed.key" --cert "$tmp/seed.crt" -o "$tmp/both.efi" \
		"$tmp/rsa.efi" 2>/dev/null
	"$O/bin/vkexec-measure" manifest "$tmp/rsa.efi" --product seed --release 2 --first unmeasured \
		--key "$tmp/seed.key" --cert "$tmp/seed.crt" -o "$dir/manifest"
	"$O/bin/vkexec-measure" manifest "$tmp/both.efi" --product seed --release 2 --minimum 1 \
		--minimum-sbat 2026010100 --revoke "$(printf %064d 0)" \
		--bad-tpm-firmware "$(printf %016d 1)" --key "$tmp/seed.key" --cert "$tmp/seed.crt" -o "$dir/unpinned"
	sed "s/\"first\":/\"pcrs\":{\"sha256\":{\"7\":[\"$(printf %064d 0)\"]}},&/" "$dir/unpinned" >"$dir/pinned"
	rm -f "$dir"/*.p7s
	rm -r "$tmp"
}

seeds_running() {
	printf 'enforcing: yes\nwhy: lockdown\nrefusals: 3\n' >"$dir/status"
	printf '1\n' >"$dir/loaded"
	seeds_carry
}

seeds_key() {
	local tmp type
	tmp=$(mktemp -d)
	make -s "$O/bin/vkexec-keys" >/dev/null
	for type in rsa2048 p256 p384; do
		"$O/bin/vkexec-keys" generate --type $type --subject CN=seed --no-passphrase -o "$tmp/$type" >/dev/null
	done
	cp "$tmp"/* "$dir"
	cat "$tmp"/*.crt >"$dir/bundle"
	rm -r "$tmp"
}

seeds_detached() {
	local tmp
	tmp=$(mktemp -d)
	made .cms
	for f in "$dir"/*.cms; do
		pair "$f" "$f" >"$f.pair"
		rm "$f"
	done
	rm -r "$tmp"
}

seeds_inspect() {
	seeds_pe
	made .efi
}

seeds_name() {
	printf 'CN=Example release,O=Org,C=DE' >"$dir/name"
	printf '0-9,11,12' >"$dir/pcrs"
	printf '5a6b9f1c-7d0e-4b7a-9a55-766b65786563' >"$dir/guid"
	printf '3650' >"$dir/days"
}

if declare -F "seeds_$name" >/dev/null; then
	"seeds_$name"
fi
