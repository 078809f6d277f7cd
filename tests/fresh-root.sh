#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the README's ```sh root block in a root file system that holds nothing but
# Debian 12's essential packages, make and git, from a clean clone of HEAD.
#
#   tests/fresh-root.sh                    that block: make demo, make check
#   tests/fresh-root.sh COMMAND...         that instead
#
# Needs root and mmdebstrap. VKX_FRESH_CACHE=DIR lends a cache of built kernels,
# which a stranger would not have; without it everything is built. The test
# material of other projects is lent if it is there.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
data=${VKX_TEST_DATA:-$top/../shared/data}
command -v mmdebstrap >/dev/null || apt-get install -y -qq mmdebstrap >/dev/null
root=$(mktemp -d /var/tmp/vkexec-fresh.XXXXXX)
mounts=
cleanup() {
	# Lazily: what was started in there may still be on its way out.
	for m in $mounts; do umount -l "$m" || true; done
	# Only what mmdebstrap and the clone put there: nothing is mounted any more.
	mountpoint -q "$root/proc" || rm -rf --one-file-system "$root"
}
trap cleanup EXIT
child=
trap '[ -z "$child" ] || kill -- -$child; exit 130' INT TERM HUP
mount_in() { # SOURCE TARGET OPTIONS...
	mkdir -p "$root/$2"
	mount "${@:3}" "$1" "$root/$2"
	mounts="$root/$2 $mounts"
}

echo "fresh-root: bootstrapping Debian 12"
mmdebstrap --quiet --variant=minbase --include=make,git,ca-certificates bookworm "$root"
cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$root/etc/apt/" 2>/dev/null || true
rm -f "$root/etc/apt/sources.list"
mount_in proc proc -t proc
mount_in /dev dev --rbind
mounts="$(echo "$mounts" | sed "s|$root/dev||")"
trap 'umount -R -l "$root/dev" || true; cleanup' EXIT
mount_in sys sys -t sysfs
mount_in tmpfs tmp -t tmpfs
git clone -q "$top" "$root/root/vkexec"
[ ! -d "$data" ] || mount_in "$data" root/shared/data --bind
[ -z "${VKX_FRESH_CACHE:-}" ] || mount_in "$VKX_FRESH_CACHE" root/.cache/vkexec --bind
if [ $# = 0 ]; then
	block=$(awk '/^```sh root$/ { on = 1; next } /^```/ { on = 0 } on' "$top/README.md")
	[ -n "$block" ] || { echo "fresh-root: README.md has no block to run" >&2; exit 1; }
	set -- sh -exc "$block"
fi
# In a group of its own, so that all of it can be ended.
setsid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
	chroot "$root" sh -c 'cd /root/vkexec && exec "$@"' sh "$@" </dev/null &
child=$!
wait $child
