#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots by kexec that differ in everything that is measured, each predicted:
# files with and without initrd, with no, one or several device trees, other
# sections, sizes and command lines; machines with other banks, lockdown levels
# and switches; other things loaded, dropped and refused before. PCR 11 and 12
# computed on the host from the file and the log before the load must be those
# of the TPM afterwards. (V77, V79, V110)
#
#   tests/vm/test-varied.sh [BOOTS [SEED]]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
boots=${1:-50} seed=${2:-1}
RANDOM=$seed
VM_SMP=1 VM_QUIET=1
work=$(mktemp -d)
. "$vm_top/tests/vm/pcrs.sh"
trap 'vm_clean; rm -rf "$work"' EXIT
securityfs=/sys/kernel/security/vkexec

pick() { shift $((RANDOM % $#)); echo "$1"; }
chance() { [ $((RANDOM % $1)) = 0 ]; } # one in N

# --- a file -----------------------------------------------------------------------

# Words that mean nothing to the kernel, up to about N bytes.
words() { # N
	local line=
	while [ ${#line} -lt "$1" ]; do line+=" vkx.w$RANDOM=$RANDOM"; done
	echo "$line"
}
# The options of a file for vkexec-sign in $options, those of its prediction in
# $told, and in $what what it is, in words.
vary_initrd() {
	if chance 4; then
		# User space comes from a 9p share then.
		cmdline+=" root=vkxroot rootfstype=9p ro rootflags=trans=virtio,version=9p2000.L init=/init"
		marker=root what+=" no-initrd"
		return
	fi
	options+=(--initrd "$work/next.cpio")
	marker=next
	if chance 2; then
		# A second initrd is put behind the first: up to 6 MB more.
		head -c $((RANDOM * 200)) /dev/urandom >"$work/blob"
		(cd "$work" && echo blob | cpio --quiet -o -H newc 2>/dev/null) >"$work/extra.cpio"
		options+=(--initrd "$work/extra.cpio")
		what+=" initrd+$(($(stat -c %s "$work/extra.cpio") / 1024))K"
	fi
}
vary_dtb() {
	local n i at
	if chance 2; then
		options+=(--dtb "$work/dtb")
		what+=" dtb"
	fi
	chance 2 || return 0
	n=$((RANDOM % 4 + 1)) at=$((RANDOM % 5))
	for i in $(seq 0 $((n - 1))); do
		if [ "$i" = $at ]; then
			options+=(--dtbauto "$work/dtb")
			told+=(--dtbauto "$at")
		else
			fdtput -t s "$work/other.dtb" / vkx-mark "$i-$RANDOM"
			cp "$work/other.dtb" "$work/other$i.dtb"
			options+=(--dtbauto "$work/other$i.dtb")
		fi
	done
	what+=" dtbauto:$n/$at"
}
vary_rest() {
	if chance 2; then
		printf 'ID=t%d\nVERSION_ID=%d\n' $RANDOM $RANDOM >"$work/osrel"
		options+=(--os-release "$work/osrel")
		what+=" osrel"
	fi
	if chance 3; then options+=(--uname "6.12.$RANDOM"); what+=" uname"; fi
	if chance 4; then
		printf 'BM%s' "$(words $((RANDOM % 3000 + 60)))" >"$work/splash"
		options+=(--splash "$work/splash")
		what+=" splash"
	fi
}
make_file() { # OUT
	local cmdline options=() lockdown
	told=() what=""
	lockdown=$(pick none integrity confidentiality)
	cmdline="console=ttyAMA0 crashkernel=128M$(words $((RANDOM % 1500)))"
	[ "$lockdown" = none ] || cmdline+=" lockdown=$lockdown"
	! chance 4 || cmdline+=" vkexec.enforce=1"
	! chance 6 || cmdline+=" vkexec.pcr11=0"
	vary_initrd
	vary_dtb
	vary_rest
	uki_make "$1" release --linux "$ours" --cmdline "$cmdline" --sbat "$work/sbat" "${options[@]}"
}

# --- a machine ---------------------------------------------------------------------

new_machine() {
	local line="crashkernel=128M"
	[ -z "$VM_DIR" ] || vm_stop
	VM_BANKS=$(pick sha256 sha1,sha256 sha256,sha384,sha512 sha1,sha256,sha384,sha512)
	vm_new
	mkdir "$VM_DIR/root"
	(cd "$VM_DIR/root" && cpio --quiet -idm <"$work/root.tree")
	VM_ARGS=(-fsdev "local,id=root,path=$VM_DIR/root,security_model=none,readonly=on"
		-device virtio-9p-pci,fsdev=root,mount_tag=vkxroot)
	cp "$work/small.efi" "$work/flipped.efi" "$VM_DIR/share"
	line+=$(pick "" " lockdown=integrity" " lockdown=confidentiality" " vkexec.enforce=1")
	vm_start "$ours" "$work/first.cpio" "$line"
	echo "== a machine with $VM_BANKS:$line"
}

# What the running kernel is, for the prediction.
told_of_machine() {
	local line
	line=$(vm_sh 'sed "s/.*\[\(.*\)\].*/\1/" /sys/kernel/security/lockdown; cat /proc/cmdline')
	told+=(--lockdown "${line%%$'\n'*}" --sbat-level "$work/level")
	case $line in
	none*vkexec.enforce=1*) told+=(--enforcing) ;;
	none*) told+=(--not-enforcing) ;;
	esac
	case $line in *vkexec.pcr11=0*) told+=(--no-uapi) ;; *) told+=(--uapi) ;; esac
}

# Things that leave records, and things that must leave none.
happen() {
	local n
	before=
	for n in $(seq $((RANDOM % 4))); do
		case $(pick load crash refused) in
		load)
			[ "$(vm_load /vkx/small.efi)" = ok ] || vm_die "small.efi is refused"
			[ "$(vm_unload)" = ok ] || vm_die "cannot unload"
			before+=" load,unload" ;;
		crash)
			[ "$(vm_load /vkx/small.efi - - 2)" = ok ] || vm_die "small.efi is refused as crash kernel"
			before+=" crash" ;;
		refused)
			[ "$(vm_load /vkx/flipped.efi)" = EKEYREJECTED ] || vm_die "flipped.efi is taken"
			before+=" refused" ;;
		esac
	done
}

boot_one() { # NUMBER
	local told what marker before facts predicted
	make_file "$VM_DIR/share/next.efi"
	happen
	vm_sh "cat $ours_log >/vkx/before"
	[ "$(vm_load /vkx/next.efi)" = ok ] || vm_die "next.efi is refused"
	# The one thing that the host cannot know of itself: the machine's facts.
	vm_sh "cat $securityfs/facts >/vkx/facts"
	facts=$(sha256sum <"$VM_DIR/share/facts")
	told_of_machine
	predicted=$(pcrs_predict "$VM_DIR/share/before" --facts "${facts%% *}" "${told[@]}" \
		"$VM_DIR/share/next.efi") || vm_die "no prediction"
	vm_exec
	VM_SAY="$1:$what" vm_expect "$marker" echo "$VM_MARKER"
	VM_SAY="$1:$what;$before: predicted PCRs" vm_expect "$predicted" pcrs_now
	VM_SAY="$1:$what: replay" vm_expect agree pcrs_agree $ours_log
	echo "   $1:$what; before:${before:- nothing}: $(wc -l <<<"$predicted") values"
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
printf 'sbat,1,2024010100\nvkx.test,2\n' >"$work/level"
uki_machine_dtb "$work/dtb"
uki_other_dtb "$work/dtb" "$work/other.dtb"
uki_small_image "$work/image"
echo small >"$work/initrd"
vm_initrd first "$work/first.cpio"
vm_initrd next "$work/next.cpio"
vm_initrd root "$work/root.cpio"
gzip -dc "$work/root.cpio" >"$work/root.tree"
uki_make "$work/small.efi" release --linux "$work/image" --initrd "$work/initrd" \
	--cmdline "console=ttyAMA0" --sbat "$work/sbat"
uki_flip "$work/small.efi" .cmdline "$work/flipped.efi"

echo "   seed $seed"
left=0
for n in $(seq "$boots"); do
	if [ $left = 0 ]; then
		new_machine
		left=$((RANDOM % 3 + 1))
	fi
	boot_one "$n"
	left=$((left - 1))
done
vm_stop
vm_done
