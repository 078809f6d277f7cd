#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the keys of the VM tests, once per cache, and prints their folder.
#   release   signs what the test kernels trust
#   other     a good key that nobody trusts
#   revoked   trusted, but its certificate is on the kernel's revocation list
#   module    in the kernel's own trusted keyring, not in VKEXEC_KEYS
#   root      a CA that the kernels trust; issued has its certificate from it
#   dead-root a CA that they trust and that is revoked; orphan is under it
#   far-root  a CA that nobody trusts; stray is under it
#   renewed   the key of release, subject and all, under a newer certificate;
#             trusted beside it
#   again     the key of revoked, under a certificate that root issued
#   lost      trusted, but the digest of its certificate is in the kernel's list
#   trick     its certificate is signed with root's key, for an issuer of another
#             name, and names root by issuer and number, not by key
# They live in the cache with mode 0600 and are never part of the project.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${VKX_CACHE:-$HOME/.cache/vkexec}
dir=$cache/vm-keys
mkdir -p "$cache"
exec 9>"$cache/vm-keys.lock"
flock 9

tool() { # ARG...
	local out=${O:-build}
	case $out in /*) ;; *) out=$top/$out ;; esac
	make -s -C "$top" O="$out" "$out/bin/vkexec-keys" >&2
	"$out/bin/vkexec-keys" "$@" >&2
}

make_key() { # NAME [OPTION...]
	[ ! -s "$dir/$1.pem" ] || return 0
	tool generate --type rsa2048 --no-passphrase --force \
		--subject "CN=vkexec test $1" "${@:2}" -o "$dir/$1"
	mv "$dir/$1.crt" "$dir/$1.pem"
}

issue_key() { # NAME CA
	[ ! -s "$dir/$1.pem" ] || return 0
	tool generate --type rsa2048 --no-passphrase --force \
		--subject "CN=vkexec test $1" -o "$dir/$1"
	tool csr --key "$dir/$1.key" --subject "CN=vkexec test $1" -o "$dir/$1.csr"
	tool issue --ca-key "$dir/$2.key" --ca-cert "$dir/$2.pem" -o "$dir/$1.crt" "$dir/$1.csr"
	mv "$dir/$1.crt" "$dir/$1.pem"
}

# The key of NAME again, under another certificate.
copy_key() { # NAME COPY
	cp "$dir/$1.key" "$dir/$2.key"
}

renew_key() { # NAME COPY
	[ ! -s "$dir/$2.pem" ] || return 0
	copy_key "$1" "$2"
	openssl req -new -x509 -key "$dir/$2.key" -subj "/CN=vkexec test $1" -days 3650 \
		-addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=codeSigning -addext authorityKeyIdentifier=keyid -out "$dir/$2.new" >&2
	mv "$dir/$2.new" "$dir/$2.pem"
}

reissue_key() { # NAME CA COPY
	[ ! -s "$dir/$3.pem" ] || return 0
	copy_key "$1" "$3"
	tool csr --key "$dir/$3.key" --subject "CN=vkexec test $1" -o "$dir/$3.csr"
	tool issue --ca-key "$dir/$2.key" --ca-cert "$dir/$2.pem" -o "$dir/$3.crt" "$dir/$3.csr"
	mv "$dir/$3.crt" "$dir/$3.pem"
}

# Linux finds CA by what the certificate says of its issuer, and asks for no name.
trick_key() { # NAME CA
	local serial
	[ ! -s "$dir/$1.pem" ] || return 0
	tool generate --type rsa2048 --no-passphrase --force --subject "CN=vkexec test $1" -o "$dir/$1"
	serial=$(openssl x509 -in "$dir/$2.pem" -noout -serial | cut -d= -f2)
	openssl req -new -key "$dir/$2.key" -subj "/CN=elsewhere" -out "$dir/$1.csr" >&2
	printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' >"$dir/$1.ext"
	openssl x509 -req -in "$dir/$1.csr" -CA "$dir/$2.pem" -CAkey "$dir/$2.key" -set_serial "0x$serial" \
		-days 3650 -extfile "$dir/$1.ext" -out "$dir/$1.ca" 2>/dev/null
	openssl req -new -key "$dir/$1.key" -subj "/CN=vkexec test $1" -out "$dir/$1.csr" >&2
	printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
		extendedKeyUsage=codeSigning authorityKeyIdentifier=issuer:always >"$dir/$1.ext"
	openssl x509 -req -in "$dir/$1.csr" -CA "$dir/$1.ca" -CAkey "$dir/$2.key" -set_serial 4660 \
		-days 3650 -extfile "$dir/$1.ext" -out "$dir/$1.pem" 2>/dev/null
	rm -f "$dir/$1.crt" "$dir/$1.ca" "$dir/$1.ext"
}

# The form of a kernel's list of hashes.
list_hashes() { # OUT NAME...
	local out=$dir/$1 name tbs sep=
	shift
	for name; do
		tbs=$(openssl x509 -in "$dir/$name.pem" -outform DER |
			openssl asn1parse -inform DER -strparse 4 -noout -out /dev/stdout | sha256sum | cut -d' ' -f1)
		printf '%s"tbs:%s"' "$sep" "$tbs"
		sep=,$'\n'
	done >"$out.tmp"
	cmp -s "$out.tmp" "$out" || cp "$out.tmp" "$out"
	rm -f "$out.tmp"
}

bundle() { # OUT NAME...
	local out=$dir/$1
	shift
	(cd "$dir" && cat "${@/%/.pem}") >"$out.tmp"
	cmp -s "$out.tmp" "$out" || cp "$out.tmp" "$out"
	rm -f "$out.tmp"
}

mkdir -p -m 700 "$dir"
for k in release other revoked module lost; do make_key $k; done
for k in root dead-root far-root; do make_key $k --ca; done
issue_key issued root
issue_key orphan dead-root
issue_key stray far-root
renew_key release renewed
reissue_key revoked root again
trick_key trick root
# Of certificates with one subject and key Linux' own keyring keeps the last.
bundle builtin.pem module release revoked root dead-root
bundle trusted.pem release renewed revoked root dead-root lost
list_hashes hashes lost
bundle refused.pem revoked dead-root
echo "$dir"
