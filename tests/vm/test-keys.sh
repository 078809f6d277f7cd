#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the keys of the VM tests, once per cache, and prints their folder.
#   release   signs what the test kernels trust
#   other     a good key that nobody trusts
#   revoked   trusted, but its certificate is on the kernel's revocation list
#   module    in the kernel's own trusted keyring, not in VKEXEC_KEYS
# They live in the cache with mode 0600 and are never part of the project.
set -eu
umask 077
cache=${VKX_CACHE:-$HOME/.cache/vkexec}
dir=$cache/vm-keys
mkdir -p "$cache"
exec 9>"$cache/vm-keys.lock"
flock 9

make_key() { # NAME
	[ ! -s "$dir/$1.pem" ] || return 0
	openssl req -x509 -newkey rsa:2048 -sha256 -nodes -days 3650 \
		-subj "/CN=vkexec test $1" -keyout "$dir/$1.key.tmp" \
		-out "$dir/$1.pem.tmp" \
		-addext basicConstraints=critical,CA:FALSE \
		-addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=codeSigning 2>"$dir/openssl.log" || {
		cat "$dir/openssl.log" >&2
		exit 1
	}
	mv "$dir/$1.key.tmp" "$dir/$1.key"
	mv "$dir/$1.pem.tmp" "$dir/$1.pem"
}

mkdir -p "$dir"
for k in release other revoked module; do make_key $k; done
cat "$dir/release.pem" "$dir/revoked.pem" >"$dir/trusted.pem.tmp"
cmp -s "$dir/trusted.pem.tmp" "$dir/trusted.pem" || cp "$dir/trusted.pem.tmp" "$dir/trusted.pem"
rm -f "$dir/trusted.pem.tmp"
echo "$dir"
