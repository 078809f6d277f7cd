#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages that are missing, and says which.
# A folder that needs more adds lines to the list below, with the reason.
set -eu
packages="
gcc make ccache pkg-config clang libclang-rt-14-dev
libmbedtls-dev libfdt-dev libtss2-dev libjson-c-dev libssl-dev libcmocka-dev
device-tree-compiler openssl git man-db strace patch
gcc-aarch64-linux-gnu libc6-dev-arm64-cross
qemu-system-arm qemu-utils qemu-user ipxe-qemu swtpm swtpm-tools tpm2-tools python3
linux-source-6.12 linux-source-6.1 coccinelle flex bison bc libelf-dev cpio kmod xz-utils bzip2 rsync
sbsigntool pesign osslsigncode libnss3-tools softhsm2 libp11-kit-dev qemu-efi-aarch64 systemd-boot-efi
clang-format clang-tidy cppcheck
systemd chromium fonts-dejavu-core
"
missing=
for p in $packages; do
	dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "deps: missing:$missing" >&2
	echo "deps: install them (on Debian 12, as root: apt-get install$missing)" >&2
	exit 1
fi
echo "deps: installing$missing"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
