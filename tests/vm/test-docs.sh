#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The command blocks of documents that need a machine, run as written: ```sh vm
# on the host, in the folder that the guest has as /vkx; ```sh guest in the
# guest, in that folder; ```sh reboot and ```sh panic in the guest, expecting the
# next kernel and the crash kernel. The folder holds what the documents say the reader has: release.key and
# release.crt that the running kernel trusts, release-1.efi and release-2.efi;
# for a document that speaks of it crash.efi, and memory reserved for it.
#
#   tests/vm/test-docs.sh FILE.md...
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

# Blocks as files N.KIND, KIND one of vm, guest, reboot, panic.
blocks() { # FILE DIR
	awk -v dir="$2" '
	/^```sh (vm|guest|reboot|panic)$/ { f = sprintf("%s/%03d.%s", dir, ++n, $2); on = 1; printf "" >f; next }
	/^```/ { on = 0; next }
	on { print >f }' "$1"
}

# crash.efi: the same kernel, told to be content with one CPU.
prepare_crash() { # IMAGE
	vm_initrd crash "$work/crash.cpio"
	uki_make "$VM_DIR/share/crash.efi" release --linux "$1" \
		--initrd "$work/crash.cpio" --dtb "$work/machine.dtb" --sbat "$work/sbat" \
		--cmdline "console=ttyAMA0 lockdown=integrity nr_cpus=1"
}

prepare() { # FILE
	local n ours reserve=
	ours=$(vm_kernel vkexec)/Image
	uki_sbat 2 "$work/sbat"
	uki_machine_dtb "$work/machine.dtb"
	vm_new
	cp "$uki_keys/release.key" "$VM_DIR/share/release.key"
	cp "$uki_keys/release.pem" "$VM_DIR/share/release.crt"
	mkdir "$VM_DIR/share/bin"
	cp "$("$vm_top/tests/vm/arm64-tools.sh")"/vkexec-* "$VM_DIR/share/bin"
	for n in 1 2; do
		vm_initrd "release-$n" "$work/$n.cpio"
		uki_make "$VM_DIR/share/release-$n.efi" release --linux "$ours" \
			--initrd "$work/$n.cpio" --dtb "$work/machine.dtb" --sbat "$work/sbat" \
			--cmdline "console=ttyAMA0 lockdown=integrity"
	done
	if grep -q 'crash\.efi' "$1"; then
		prepare_crash "$ours"
		reserve=crashkernel=256M
	fi
	vm_start "$ours" "$work/1.cpio" "lockdown=integrity $reserve"
}

run_block() { # FILE
	local kind=${1##*.} script
	script=$(cat "$1")
	case $kind in
	vm) (cd "$VM_DIR/share" && PATH="$uki_bin:$PATH" bash -eu -c "$script") ;;
	guest) vm_sh "cd /vkx && export PATH=/vkx/bin:\$PATH && set -e; $script" ;;
	reboot | panic)
		vm_spawn "cd /vkx && export PATH=/vkx/bin:\$PATH && $script"
		vm_hello
		echo "now in $VM_MARKER, Linux $VM_RELEASE"
		[ "$kind" = reboot ] || [ "$VM_MARKER" = crash ]
		;;
	esac
}

# Starts what ends in a reboot: no answer but the next kernel's.
vm_spawn() { printf 'sh %s\n' "$(vm_escape "$1")" >&"$vm_in"; }

for doc in "$@"; do
	rm -rf "$work/blocks"
	mkdir "$work/blocks"
	blocks "$doc" "$work/blocks"
	set -- "$work/blocks"/*
	[ -e "$1" ] || vm_die "$doc: no block for a machine"
	prepare "$doc"
	for b in "$@"; do
		run_block "$b" >"$work/log" 2>&1 || {
			cat "$work/log"
			vm_die "$doc: this block failed: $(cat "$b")"
		}
		sed 's/^/    /' "$work/log"
	done
	vm_stop
	echo "$doc: $# blocks ran"
done
