#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the keys of the VM tests, once per cache, and prints their folder.
#   release   signs what the test kernels trust
#   other     a good key that nobody trusts
#   revoked   trusted, but its certificate is on the kernel's revocation list
#   module    in the kernel's own trusted keyring, not in VKEXEC_KEYS
# They live in the cache with mode 0600 and are never part of the project.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${VKX_CACHE:-$HOME/.cache/vkexec}
dir=$cache/vm-keys
mkdir -p "$cache"
exec 9>"$cache/vm-keys.lock"
flock 9

make_key() { # NAME
	[ ! -s "$dir/$1.pem" ] || return 0
	local out=${O:-build}
	case $out in /*) ;; *) out=$top/$out ;; esac
	make -s -C "$top" O="$out" "$out/bin/vkexec-keys" >&2
	"$out/bin/vkexec-keys" generate --type rsa2048 --no-passphrase --force \
		--subject "CN=vkexec test $1" -o "$dir/$1" >&2
	mv "$dir/$1.crt" "$dir/$1.pem"
}

mkdir -p -m 700 "$dir"
for k in release other revoked module; do make_key $k; done
cat "$dir/release.pem" "$dir/revoked.pem" >"$dir/trusted.pem.tmp"
cmp -s "$dir/trusted.pem.tmp" "$dir/trusted.pem" || cp "$dir/trusted.pem.tmp" "$dir/trusted.pem"
rm -f "$dir/trusted.pem.tmp"
echo "$dir"
