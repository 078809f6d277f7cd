#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# integrate.sh integrate|unintegrate|hooks DIR
#
# The overlay is a folder of ours and one header; the hooks are a semantic
# patch over three files and one line at the end of two more. What the hooks
# changed is kept as a patch inside our folder, so that unintegrate restores
# the files byte for byte, and still works after unrelated edits to them.
set -eu

verb=${1:-} tree=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
kernel=$(dirname "$here")
spatch=${SPATCH:-spatch}

die() {
	echo "vkexec: ${tree:-no tree}: $*" >&2
	exit 1
}

[ -n "$tree" ] || die "name a Linux source tree: make -C kernel $verb LINUX=DIR"
[ -f "$tree/Kbuild" ] && [ -d "$tree/arch/arm64/kernel" ] ||
	die "not a Linux source tree with arch/arm64"
tree=$(cd "$tree" && pwd)
folder=$tree/arch/arm64/vkexec
header=include/linux/vkexec.h
undo=$folder/hooks.patch

exec_c=arch/arm64/kernel/machine_kexec.c
file_c=arch/arm64/kernel/machine_kexec_file.c
state_h=arch/arm64/include/asm/kexec.h
kbuild=arch/arm64/Kbuild
kconfig=arch/arm64/Kconfig
hooked="$exec_c $file_c $state_h $kbuild $kconfig"
kbuild_line='obj-$(CONFIG_VKEXEC) += vkexec/'
kconfig_line='source "arch/arm64/vkexec/Kconfig"'

# Every hook, how often it must be there, and where: what "fits" means.
hooks() {
	cat <<-'END'
	loaders 1 arch/arm64/kernel/machine_kexec_file.c &vkexec_uki_ops,
	post_load 2 arch/arm64/kernel/machine_kexec.c return vkexec_post_load(
	cleanup 1 arch/arm64/kernel/machine_kexec.c 	vkexec_cleanup(
	pre_jump 1 arch/arm64/kernel/machine_kexec.c 	vkexec_pre_jump(
	member 1 arch/arm64/include/asm/kexec.h struct vkexec_state *vkexec;
	include 1 arch/arm64/kernel/machine_kexec.c #include <linux/vkexec.h>
	include 1 arch/arm64/kernel/machine_kexec_file.c #include <linux/vkexec.h>
	kbuild 1 arch/arm64/Kbuild obj-$(CONFIG_VKEXEC) += vkexec/
	kconfig 1 arch/arm64/Kconfig source "arch/arm64/vkexec/Kconfig"
	END
}

# Prints what does not fit in the tree given; status 1 if anything.
check_hooks() {
	local rc=0 name want file text have
	while read -r name want file text; do
		have=$(grep -cF -- "$text" "$1/$file" || true)
		[ "$have" = "$want" ] && continue
		echo "vkexec: $file: hook $name is there $have times, must be $want" >&2
		rc=1
	done < <(hooks)
	return $rc
}

hooked_at_all() {
	grep -qs vkexec $(printf "$tree/%s " $hooked)
}

# Copies only what differs: a build looks at modification times.
put() {
	cmp -s "$1" "$2" && return
	mkdir -p "$(dirname "$2")"
	cp "$1" "$2"
}

sources() {
	(cd "$1" && find . -type f \( -name '*.[chS]' -o -name 'K*' -o -name '*.sh' \) \
		! -name integrate.sh ! -path './include/*' ! -path './env/host/*' \
		! -name 'sha256_x86_64.c' ! -name 'sha256_aarch64.c' | sed 's,^\./,,')
}

copy_overlay() {
	local list f
	list=$(mktemp)
	for f in $(sources "$here"); do
		put "$here/$f" "$folder/$f"
		echo "$f" >>"$list"
	done
	for d in core stub; do
		[ -d "$kernel/$d" ] || continue
		for f in $(sources "$kernel/$d"); do
			put "$kernel/$d/$f" "$folder/$d/$f"
			echo "$d/$f" >>"$list"
		done
	done
	put "$here/$header" "$tree/$header"
	# A source that is gone here must not stay there and be compiled.
	for f in $(sources "$folder"); do
		grep -qxF "$f" "$list" || case $f in
		*.mod.c) ;;
		*) rm -f "$folder/$f" ;;
		esac
	done
	rm -f "$list"
}

# The hooks are made in a scratch copy and moved in only when all of them fit.
add_hooks() {
	local f
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	for f in $hooked; do
		[ -f "$tree/$f" ] || die "$f is missing: this tree does not fit"
		mkdir -p "$scratch/a/$(dirname "$f")" "$scratch/b/$(dirname "$f")"
		cp "$tree/$f" "$scratch/a/$f"
		cp "$tree/$f" "$scratch/b/$f"
	done
	command -v "$spatch" >/dev/null ||
		die "spatch is missing: install coccinelle (Debian: apt-get install coccinelle)"
	for f in $exec_c $file_c $state_h; do
		"$spatch" --very-quiet --in-place --sp-file "$here/hooks.cocci" \
			"$scratch/b/$f" >"$scratch/log" 2>&1 ||
			{ cat "$scratch/log" >&2; die "spatch failed on $f"; }
	done
	echo "$kbuild_line" >>"$scratch/b/$kbuild"
	echo "$kconfig_line" >>"$scratch/b/$kconfig"
	check_hooks "$scratch/b" ||
		die "this tree does not fit the semantic patch; nothing was changed"
	(cd "$scratch" && diff -Nru a b >hooks.patch) || true
	mkdir -p "$folder"
	cp "$scratch/hooks.patch" "$undo"
	for f in $hooked; do cp "$scratch/b/$f" "$tree/$f"; done
}

integrate() {
	if hooked_at_all; then
		check_hooks "$tree" ||
			die "hooks are there in part: make -C kernel unintegrate first"
	else
		add_hooks
	fi
	copy_overlay
}

unintegrate() {
	if hooked_at_all; then
		[ -f "$undo" ] || die "$undo is gone: take the hooks out by hand"
		patch -R -s -p1 --dry-run -d "$tree" <"$undo" >&2 ||
			die "hooked files were edited since: take the hooks out by hand"
		patch -R -s -p1 --no-backup-if-mismatch -d "$tree" <"$undo"
	fi
	rm -rf "$folder" "$tree/$header"
}

case $verb in
integrate) integrate ;;
unintegrate) unintegrate ;;
hooks) check_hooks "$tree" ;;
*) die "integrate.sh integrate|unintegrate|hooks DIR" ;;
esac
