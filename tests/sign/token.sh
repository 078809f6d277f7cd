#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Keys on a PKCS#11 token (SoftHSM): they sign as the same keys in files do, a
# wrong PIN is tried once, ambiguous names are refused, and whichever call into
# the token fails, or lies, no signature and no file come of it. (V114, V118)
#
#   tests/sign/token.sh WORKDIR      (with $w, $keys, $sign, $verify set)
set -eu
dir=$1
rm -rf "$dir"
mkdir -p "$dir/tokens" "$dir/out"
cat >"$dir/softhsm.conf" <<END
directories.tokendir = $dir/tokens
objectstore.backend = file
log.level = ERROR
END
export SOFTHSM2_CONF=$dir/softhsm.conf
# Throw-away; never on a command line of ours.
export PIN=5678
softhsm2-util --init-token --free --label vkx --so-pin 1234 --pin $PIN >/dev/null
id=10
for t in rsa2048 rsa4096 p256 p384; do
	id=$((id + 1))
	openssl pkcs8 -topk8 -nocrypt -in "$w/$t.key" -out "$dir/$t.p8"
	softhsm2-util --import "$dir/$t.p8" --token vkx --label $t --id $id --pin $PIN >/dev/null
done
softhsm2-util --import "$dir/p256.p8" --token vkx --label twin --id 21 --pin $PIN >/dev/null
softhsm2-util --import "$dir/p384.p8" --token vkx --label twin --id 22 --pin $PIN >/dev/null

# A command that must fail; "!" would be exempt from set -e.
not() { if "$@"; then echo "did not fail: $*"; return 1; fi; }

n=0
for t in rsa2048 rsa4096 p256 p384; do
	for d in sha256 sha384 sha512; do
		"$sign" sign --digest $d --key "pkcs11:token=vkx;object=$t" --passphrase-env PIN \
			--cert "$w/$t.crt" -o "$dir/x.efi" "$w/plain.efi" 2>"$dir/log"
		"$verify" check --trust "$w/$t.crt" "$dir/x.efi" >/dev/null
		[ $d != sha256 ] || sbverify --cert "$w/$t.crt" "$dir/x.efi" >/dev/null 2>&1
		case $t in
		rsa*) "$sign" sign --digest $d --key "$w/$t.key" --cert "$w/$t.crt" -o "$dir/y.efi" "$w/plain.efi" 2>/dev/null
			cmp "$dir/x.efi" "$dir/y.efi" ;;
		esac
		n=$((n + 1))
	done
	"$keys" csr --key "pkcs11:token=vkx;object=$t" --passphrase-env PIN --subject CN=token -o "$dir/t.csr"
	openssl req -in "$dir/t.csr" -noout -verify 2>/dev/null
done
echo "   $n signatures by keys on the token; RSA ones equal those of key files"

refused() { # PATTERN COMMAND...
	local pattern=$1
	shift
	! "$@" >"$dir/log" 2>&1 && grep -q -e "$pattern" "$dir/log" && [ -z "$(ls -A "$dir/out")" ] || {
		echo "expected '$pattern':"
		cat "$dir/log"
		return 1
	}
}
one=(--cert "$w/p256.crt" -o "$dir/out/x.efi" "$w/plain.efi")
echo 0000 >"$dir/wrong"
refused 'wrong PIN; it was tried once' "$sign" sign --key 'pkcs11:token=vkx;object=p256' --passphrase-file "$dir/wrong" "${one[@]}"
refused 'holds a PIN' "$sign" sign --key "pkcs11:token=vkx;object=p256?pin-value=$PIN" "${one[@]}"
not grep -q "$PIN" "$dir/log"
refused 'more than one' "$sign" sign --key 'pkcs11:token=vkx;object=twin' --passphrase-env PIN "${one[@]}"
refused 'no such token' "$sign" sign --key 'pkcs11:token=none;object=p256' --passphrase-env PIN "${one[@]}"
refused 'no such token, key' "$sign" sign --key 'pkcs11:token=vkx;object=none' --passphrase-env PIN "${one[@]}"
refused 'no RFC 7512 URI' "$sign" sign --key 'pkcs11:nonsense' --passphrase-env PIN "${one[@]}"
refused 'of another key' "$sign" sign --key 'pkcs11:token=vkx;object=p384' --passphrase-env PIN "${one[@]}"
# By its identifier, and the PIN from the file that the URI names.
echo "$PIN" >"$dir/pin"
"$sign" sign --key "pkcs11:token=vkx;id=%21?pin-source=file:$dir/pin" --cert "$w/p256.crt" -o "$dir/x.efi" "$w/plain.efi" 2>/dev/null
"$verify" check --trust "$w/p256.crt" "$dir/x.efi" >/dev/null
# The PIN is neither an argument nor in the environment while we sign.
not grep -l "$PIN" "$dir"/log "$dir"/x.efi

# Each call into the token fails once; then from that call on for ever.
gcc -shared -fPIC -O1 -Wall -Wextra -o "$dir/fault.so" "$(dirname "$0")/p11_fault.c" -ldl
uri="pkcs11:token=vkx;object=p256?module-path=$dir/fault.so"
VKX_P11_COUNT=$dir/calls "$sign" sign --key "$uri" --passphrase-env PIN --cert "$w/p256.crt" -o "$dir/x.efi" "$w/plain.efi" 2>/dev/null
tries=0
while read -r count call; do
	[ "$call" != C_CloseSession ] || continue
	for ((i = 1; i <= count; i++)); do
		for gone in "" yes; do
			rc=0
			env VKX_P11_FAIL="$call $i" ${gone:+VKX_P11_GONE=1} "$sign" sign --key "$uri" --passphrase-env PIN \
				"${one[@]}" >"$dir/log" 2>&1 || rc=$?
			tries=$((tries + 1))
			# An attribute that old tokens lack, and a slot that is not
			# ours, may fail; what is signed then must be good.
			if [ $rc = 0 ]; then
				"$verify" check --trust "$w/p256.crt" "$dir/out/x.efi" >/dev/null
				case $call$gone in
				C_GetAttributeValue | C_GetTokenInfo) ;;
				*) echo "$call number $i failed and nobody noticed"; exit 1 ;;
				esac
				rm "$dir/out/x.efi"
			elif [ $rc != 1 ] || [ -n "$(ls -A "$dir/out")" ] || ! [ -s "$dir/log" ]; then
				echo "$call number $i: status $rc"
				cat "$dir/log"
				exit 1
			fi
		done
	done
done < <(sort "$dir/calls" | uniq -c)
VKX_P11_LIE=1 refused 'cannot be made' "$sign" sign --key "$uri" --passphrase-env PIN "${one[@]}"
echo "   $tries failing calls into the token: no signature, no file; a wrong signature is found out"
