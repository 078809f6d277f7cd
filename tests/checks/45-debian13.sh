# SPDX-License-Identifier: BSD-2-Clause
# What Debian 12 does not have: tools and test material out of Debian 13, fetched
# by apt and unpacked beside the kernels; nothing of it is installed.

vkx_check verify-pkits all "NIST's path validation suite: no invalid chain accepted in what is claimed (V46)"
check_verify_pkits() {
	local certs log=$PWD/$O/pkits.log bad
	certs=$(tests/fetch-debian.sh --source python-certvalidator) || return $?
	certs=$certs/tests/fixtures/nist_pkits/certs
	make -s -j"$jobs" WERROR=1 "$O/prog/pkits"
	"$O/prog/pkits" "$certs" >"$log"
	[ "$(wc -l <"$log")" = "$(ls "$certs" | grep -c 'EE\.crt$')" ] && [ "$(wc -l <"$log")" -ge 220 ]
	# Not claimed: dates, which the kernel does not judge, and CRLs, in whose
	# stead revocation lists stand. What is invalid for these alone is accepted.
	bad=$(sed -n 's/^accepted Invalid//p' "$log" | grep -vE \
		-e '^(CA|EE)not(After|Before)DateTest' \
		-e 'CRL|cRL|^Revoked|^IDPwith|^distributionPoint|^only(Contains|SomeReasons)' \
		-e '^BasicSelfIssued(NewWithOld|OldWithNew)Test' \
		-e '^LongSerialNumberTest18') || true
	[ -z "$bad" ] || { echo "accepted, and invalid: $bad"; return 1; }
	awk '{ k = $2 ~ /^Invalid/ ? "invalid" : "valid"; n[$1 " " k]++ }
		END { for (i in n) print "  " i ": " n[i] }' "$log" | sort
	# The strict subset still holds something.
	[ "$(grep -c '^accepted [^I]' "$log")" -ge 40 ]
}

ukify() { # ARGUMENT...
	PYTHONPATH=$pefile/usr/lib/python3/dist-packages python3 "$ukify/usr/bin/ukify" "$@"
}

vkx_check sign-ukify all "UKIs made by ukify, with and without its signature, and ours read by it"
check_sign_ukify() {
	local ukify pefile name
	ukify=$(tests/fetch-debian.sh systemd-ukify) || return $?
	pefile=$(tests/fetch-debian.sh python3-pefile) || return $?
	sign_fixture
	[ -r "$stub" ] || { echo "no stub in $VKX_TEST_DATA"; return 77; }
	set -- --linux="$w/Image" --initrd="$w/initrd1" --cmdline='quiet ro' --os-release=@"$w/os-release" \
		--uname=6.12.0-check --stub="$stub" --efi-arch=aa64
	ukify build "$@" --output="$w/ukify.efi" >"$w/log" 2>&1 || { cat "$w/log"; return 1; }
	"$sign" sign --key "$w/rsa2048.key" --cert "$w/rsa2048.crt" -o "$w/u.efi" "$w/ukify.efi" 2>"$w/log"
	cat "$w/log"
	sign_agree "$w/u.efi" rsa2048 sha256
	for name in linux:Image initrd:initrd1; do
		"$verify" extract --trust "$w/rsa2048.crt" --section .${name%:*} -o "$w/part" "$w/u.efi"
		cmp "$w/part" "$w/${name#*:}"
	done
	# Signed by ukify itself, by way of sbsign: its header is not laid out as ours,
	# which the strict reader says; signing anew mends it.
	ukify build "$@" --secureboot-private-key="$w/rsa2048.key" --secureboot-certificate="$w/rsa2048.crt" \
		--signtool=sbsign --no-sign-kernel --output="$w/us.efi" >"$w/log" 2>&1 || { cat "$w/log"; return 1; }
	sbverify --cert "$w/rsa2048.crt" "$w/us.efi" >/dev/null
	sign_not "$verify" check --trust "$w/rsa2048.crt" "$w/us.efi" >"$w/out"
	cat "$w/out"
	grep -q "refused (malformed).* (pe-" "$w/out"
	"$sign" sign --replace --key "$w/rsa2048.key" --cert "$w/rsa2048.crt" "$w/us.efi" 2>/dev/null
	"$verify" check --trust "$w/rsa2048.crt" "$w/us.efi" >/dev/null
	# What it finds in ours.
	sign_build "$w/x.efi" --stub "$stub" --key "$w/rsa2048.key" --cert "$w/rsa2048.crt"
	ukify inspect "$w/x.efi" --json=short >"$w/inspect.json"
	python3 - "$w/inspect.json" "$w/Image" <<-'PY'
	import hashlib, json, sys
	found = json.load(open(sys.argv[1]))
	image = open(sys.argv[2], 'rb').read()
	assert found['.linux']['size'] == len(image), found
	assert found['.linux']['sha256'] == hashlib.sha256(image).hexdigest(), found
	assert found['.cmdline']['text'].rstrip('\0') == 'quiet ro', found
	PY
}

# make OUT: mbedtls' libraries out of its source.
mbedtls3_build() {
	local source=$1 prefix=$2
	[ ! -s "$prefix/lib/libmbedcrypto.so" ] || return 0
	rm -rf "$prefix.build" "$prefix.new"
	cp -r "$source" "$prefix.build"
	make -s -j"$jobs" -C "$prefix.build" SHARED=1 lib >"$prefix.log" 2>&1 || { tail -20 "$prefix.log"; return 1; }
	mkdir -p "$prefix.new/lib"
	cp -r "$prefix.build/include" "$prefix.new"
	cp -a "$prefix.build"/library/libmbed*.so* "$prefix.new/lib"
	rm -rf "$prefix.build"
	mv "$prefix.new" "$prefix"
}

vkx_check sign-mbedtls3 all "built with mbedtls 3.6, the tools make and take the same bytes"
check_sign_mbedtls3() {
	local source r lib t new=$O/mbedtls3/bin
	source=$(tests/fetch-debian.sh --source mbedtls) || return $?
	r=${source%/*}/mbedtls3
	mbedtls3_build "$source" "$r"
	lib=$r/lib
	sign_fixture
	make -s -j"$jobs" WERROR=1 O="$O/mbedtls3" CFLAGS="-isystem $r/include" LDFLAGS="-L$lib -Wl,-rpath,$lib" all
	ldd "$new/vkexec-sign" | grep -q "$lib/libmbedcrypto"
	sign_build "$w/plain.efi"
	for t in rsa2048 p256 p384; do
		"$sign" sign --key "$w/$t.key" --cert "$w/$t.crt" -o "$w/a.efi" "$w/plain.efi" 2>/dev/null
		"$new/vkexec-sign" sign --key "$w/$t.key" --cert "$w/$t.crt" -o "$w/b.efi" "$w/plain.efi" 2>/dev/null
		cmp "$w/a.efi" "$w/b.efi"
		"$new/vkexec-verify" check --trust "$w/$t.crt" "$w/a.efi" >/dev/null
	done
	printf 'pass\n' >"$w/pass"
	"$new/vkexec-keys" generate --type p256 --force --passphrase-file "$w/pass" --subject CN=m -o "$w/m3" >/dev/null
	"$keys" show --passphrase-file "$w/pass" "$w/m3.key" >/dev/null
}
