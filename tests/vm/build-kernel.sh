#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds a test kernel from Debian's linux-source-6.12, or another version that
# the variant's name ends in (vkexec-6.1), and prints the folder that holds its
# Image, .config and System.map. All else goes to stderr.
#
#   tests/vm/build-kernel.sh [--key | --objects] VARIANT
#
# VARIANT is the name of a fragment in tests/vm/config: stock (no vkexec in
# the tree), vkexec, vkexec-strict, ... --key only says the cache key, --objects
# compiles kernel/ alone and says nothing unless there is a warning or an error.
#
# The result is cached under VKX_CACHE by a hash of all that goes in: source
# package, compiler, configuration, certificates and, but for stock, kernel/.
# The object tree is kept as well, so that a change in kernel/ costs seconds.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${VKX_CACHE:-$HOME/.cache/vkexec}/linux
cross=aarch64-linux-gnu-
jobs=${VKX_KERNEL_JOBS:-$(nproc)}
hooked="arch/arm64/Kbuild arch/arm64/Kconfig arch/arm64/include/asm/kexec.h
	arch/arm64/kernel/machine_kexec.c arch/arm64/kernel/machine_kexec_file.c"

say() { echo "build-kernel: $*" >&2; }
die() { say "$*"; exit 1; }

key_only=0 objects_only=0
[ "${1:-}" != --key ] || { key_only=1; shift; }
[ "${1:-}" != --objects ] || { objects_only=1; shift; }
variant=${1:-}
fragment=$top/tests/vm/config/$variant.config
[ -n "$variant" ] && [ -f "$fragment" ] ||
	die "which kernel? one of: $(cd "$top/tests/vm/config" && ls | grep -v '^base' | sed 's/\.config$//' | tr '\n' ' ')"
case $variant in
*-[0-9]*.[0-9]*) source=linux-source-${variant##*-} ;;
*) source=linux-source-6.12 ;;
esac
tarball=/usr/src/$source.tar.xz
[ -f "$tarball" ] || die "$tarball is missing: make deps"
keys=$("$top/tests/vm/test-keys.sh")

integrated() { [ "$variant" != stock ]; }

cache_key() {
	{
		dpkg-query -W "$source"
		${cross}gcc --version | head -1
		sed -n '/^## recipe/,/^## end/p' "$0"
		cat "$top/tests/vm/config/base.config" "$fragment"
		cat "$keys/trusted.pem" "$keys/refused.pem" "$keys/builtin.pem" "$keys/hashes"
		if integrated; then
			cd "$top/kernel"
			find core linux stub Makefile -type f ! -name '*.o' 2>/dev/null | LC_ALL=C sort |
				while read -r f; do echo "$f"; cat "$f"; done
		fi
	} | sha256sum | cut -c1-16
}

key=$(cache_key)
out=$cache/images/$variant-$key
[ $key_only = 0 ] || { echo "$out"; exit 0; }
[ $objects_only = 1 ] || [ ! -s "$out/Image" ] || { touch "$out"; echo "$out"; exit 0; }

# What is compiled with other flags throughout, or is another
# Linux, has objects of its own, and a source tree
# and a lock apart from the others.
tree=$cache objects=obj
case $variant in
debug*) tree=$cache/debug ;;
pages*) tree=$cache/debug objects=obj-$variant ;;
*-acpi) objects=obj-acpi ;;
*-min) objects=obj-min ;;
*-[0-9]*.[0-9]*) tree=$cache/${variant##*-} ;;
esac
src=$tree/src obj=$tree/$objects log=$cache/build-$variant.log

mkdir -p "$cache/images" "$tree"
exec 8>"$tree/lock"
flock -n 8 || { say "waiting for another kernel build"; flock 8; }
[ $objects_only = 1 ] || [ ! -s "$out/Image" ] || { echo "$out"; exit 0; }

start=$SECONDS

unpack() {
	local stamp
	stamp=$(dpkg-query -W "$source")
	[ "$(cat "$tree/src.stamp" 2>/dev/null)" != "$stamp" ] || return 0
	say "unpacking $tarball"
	rm -rf "$src" "$src.tmp" "$obj" "$tree/src.stamp"
	mkdir "$src.tmp"
	tar xf "$tarball" -C "$src.tmp" --strip-components=1
	mv "$src.tmp" "$src"
	(cd "$src" && sha256sum $hooked) >"$tree/src.sums"
	echo "$stamp" >"$tree/src.stamp"
}

# The stock kernel is what the others are compared with: not one line of ours
# may be in it.
make_pristine() {
	if [ -d "$src/arch/arm64/vkexec" ]; then
		make -s -C "$top/kernel" unintegrate LINUX="$src" >>"$log" 2>&1 || true
	fi
	if [ -d "$src/arch/arm64/vkexec" ] ||
		! (cd "$src" && sha256sum --quiet -c "$tree/src.sums") >>"$log" 2>&1; then
		say "the tree did not come back clean: unpacking again"
		rm -f "$tree/src.stamp"
		unpack
	fi
}

## recipe: part of the cache key
# What is the same keeps its time, so that make does not build it again.
put() { # FILE < CONTENT
	cat >"$obj/new"
	cmp -s "$obj/new" "$1" || cp "$obj/new" "$1"
}

configure() {
	mkdir -p "$obj" "$src/certs"
	put "$src/certs/vkx-trusted.pem" <"$keys/trusted.pem"
	put "$src/certs/vkx-builtin.pem" <"$keys/builtin.pem"
	# This one Linux looks for from where it builds.
	mkdir -p "$obj/certs"
	put "$obj/certs/vkx-hashes" <"$keys/hashes"
	# Its check of that file is written for GNU awk, which need not be here; all
	# else is not. At one place for all checkouts: the path is in make's commands.
	put "$tree/awk" <<-'AWK'
	#!/bin/sh
	case $* in *check-blacklist-hashes*) exit 0 ;; esac
	exec awk "$@"
	AWK
	chmod +x "$tree/awk"
	put "$src/certs/vkx-revoked.pem" <"$keys/refused.pem"
	printf 'sbat,1,2024010100\nvkx.test,2\n' | put "$src/certs/vkx-sbat.csv"
	kmake tinyconfig &&
	(cd "$obj" && ARCH=arm64 CROSS_COMPILE=$cross "$src/scripts/kconfig/merge_config.sh" -m -O "$obj" \
		"$obj/.config" "$top/tests/vm/config/base.config" "$fragment") &&
	kmake olddefconfig &&
	check_config
}

kmake() {
	make -C "$src" O="$obj" ARCH=arm64 CROSS_COMPILE=$cross -j"$jobs" AWK="$tree/awk" \
		KBUILD_BUILD_TIMESTAMP=2024-01-01 KBUILD_BUILD_USER=vkexec \
		KBUILD_BUILD_HOST=test "$@"
}
## end

# olddefconfig drops what it does not know or whose needs are not met: say so.
check_config() {
	local line sym bad=0
	while read -r line; do
		# A later fragment has the last word.
		case $line in
		CONFIG_* | "# CONFIG_"*" is not set")
			sym=${line#\# }
			sym=${sym%%[= ]*}
			[ "$line" = "$(grep -hE "^(# )?$sym(=| is not set)" "$top/tests/vm/config/base.config" \
				"$fragment" | tail -1)" ] || continue ;;
		esac
		case $line in
		CONFIG_*) grep -qxF "$line" "$obj/.config" ||
			{ echo "not taken: $line"; bad=1; } ;;
		"# CONFIG_"*" is not set") line=${line#\# } ;
			! grep -q "^${line%% *}=" "$obj/.config" ||
			{ echo "still set: ${line%% *}"; bad=1; } ;;
		esac
	done < <(cat "$top/tests/vm/config/base.config" "$fragment")
	[ $bad = 0 ]
}

# One line that grows on a terminal, a line now and then elsewhere.
show_progress() {
	local n=0 line every=400
	[ ! -t 2 ] || every=20
	while read -r line; do
		echo "$line"
		n=$((n + 1))
		[ $((n % every)) = 0 ] || continue
		if [ -t 2 ]; then
			printf '\rbuild-kernel: %s: %d files ' "$variant" $n >&2
		else
			say "$variant: $n files, $((SECONDS - start)) s"
		fi
	done
	[ ! -t 2 ] || printf '\n' >&2
}

step() { # TEXT COMMAND...
	local text=$1
	shift
	if ! "$@" >>"$log" 2>&1; then
		say "$variant: $text failed; the end of $log:"
		tail -30 "$log" >&2
		exit 1
	fi
}

build() {
	local rc=0
	kmake Image 2>&1 | show_progress >>"$log" || rc=$?
	[ $rc = 0 ] && [ -s "$obj/arch/arm64/boot/Image" ] && return 0
	say "$variant: the build failed; the end of $log:"
	grep -n -m5 -A8 -E 'error:|undefined reference|Error [0-9]' "$log" >&2 || tail -40 "$log" >&2
	exit 1
}

set -o pipefail
: >"$log"
unpack
if integrated; then
	step "integrating kernel/" make -C "$top/kernel" integrate LINUX="$src"
else
	make_pristine
fi
step "configuring" configure
if [ $objects_only = 1 ]; then
	step "compiling kernel/" kmake arch/arm64/vkexec/
	! grep -A3 'arch/arm64/vkexec.*warning' "$log" || die "$variant: warnings of ours"
	exit 0
fi
say "$variant: building (log: $log)"
build
# What was built must be what the key names: the sources may have been changed
# while this waited for the lock or built.
[ "$(cache_key)" = "$key" ] || die "$variant: kernel/ or its configuration changed meanwhile; build again"
rm -rf "$out.tmp"
mkdir "$out.tmp"
cp "$obj/arch/arm64/boot/Image" "$obj/System.map" "$out.tmp"
cp "$obj/.config" "$out.tmp/config"
mv "$out.tmp" "$out"
say "$variant: done in $((SECONDS - start)) s: $out/Image"
# Old results of this variant are of no use to anyone.
ls -1dt "$cache/images/$variant"-???????????????? | tail -n +7 | xargs -r rm -rf
echo "$out"
