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

bundle() { # OUT NAME...
	local out=$dir/$1
	shift
	(cd "$dir" && cat "${@/%/.pem}") >"$out.tmp"
	cmp -s "$out.tmp" "$out" || cp "$out.tmp" "$out"
	rm -f "$out.tmp"
}

mkdir -p -m 700 "$dir"
for k in release other revoked module; do make_key $k; done
for k in root dead-root far-root; do make_key $k --ca; done
issue_key issued root
issue_key orphan dead-root
issue_key stray far-root
bundle trusted.pem release revoked root dead-root
bundle refused.pem revoked dead-root
echo "$dir"
