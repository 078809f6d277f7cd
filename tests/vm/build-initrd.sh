#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes a small initrd for the guest: our PID 1, busybox, and /marker, which
# says which initrd this is. The same marker gives the same bytes.
#
#   tests/vm/build-initrd.sh MARKER OUT.cpio.gz [DIR]
#
# What is in DIR is added on top. Libraries and tpm2-tools are not in it: the
# guest has them from a 9p share at /arm64 where its kernel has 9p.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
marker=$1 out=$2 extra=${3:-}
root=$("$here/arm64-root.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree

make_base() { # TREE
	local a
	mkdir -p "$1"/{bin,sbin,dev,proc,sys,tmp,run,vkx,arm64,etc}
	aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -s \
		-o "$1/init" "$here"/init/*.c
	cp "$root/bin/busybox" "$1/bin/busybox"
	qemu-aarch64 "$root/bin/busybox" --list | while read -r a; do
		[ "$a" = busybox ] || ln -s busybox "$1/bin/$a"
	done
	ln -s arm64/lib "$1/lib"
	ln -s arm64/usr "$1/usr"
	for a in kexec; do ln -s "../arm64/sbin/$a" "$1/sbin/$a"; done
	echo 'root:x:0:0::/:/bin/sh' >"$1/etc/passwd"
}

# All but the marker is the same in every initrd: made once per cache.
base=${VKX_CACHE:-$HOME/.cache/vkexec}/guest-$({
	aarch64-linux-gnu-gcc --version | head -1
	cat "$0" "$here"/init/*.[ch] "$root/bin/busybox"
} | sha256sum | cut -c1-16)
if [ ! -d "$base" ]; then
	make_base "$base.$$"
	mv -T "$base.$$" "$base" 2>/dev/null || rm -rf "$base.$$"
fi
cp -a "$base" "$tree"
echo "$marker" >"$tree/marker"
[ -z "$extra" ] || cp -a "$extra/." "$tree"
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . | LC_ALL=C sort |
	cpio --quiet --reproducible -o -H newc -R 0:0 | gzip -n -9) >"$work/out"
mkdir -p "$(dirname "$out")"
mv "$work/out" "$out"
