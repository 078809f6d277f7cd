#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vkexec-load in the guest, cross-built: a refusal is explained before and
# after the kernel is asked, status and unload say what is so, a crash kernel
# is loaded, and --exec hands over.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

load() { # ARGUMENTS...: prints "STATUS" and the last line it printed
	vm_sh "/vkx/bin/vkexec-load $* 2>&1 | tail -1; exit \${PIPESTATUS:-0}"
}
status_of() { # ARGUMENTS...: the exit status alone
	vm_sh "/vkx/bin/vkexec-load $* >/dev/null 2>&1; echo \$?"
}
field() { # JSON-FIELD ARGUMENTS...
	local name=$1
	shift
	load "$@" | sed -n "s/.*\"$name\": *\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p"
}
sees() { # WORDS ARGUMENTS...: yes if the message holds them
	local want=$1 got
	shift
	got=$(load "$@")
	case $got in *"$want"*) echo yes ;; *) echo "$got" ;; esac
}

make() { # NAME KEY [CMDLINE]
	uki_make "$VM_DIR/share/$1.efi" "$2" --linux "$work/image" --initrd "$work/small" \
		--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/${3:-sbat}"
}

ours=$(vm_kernel vkexec)/Image
bin=$("$vm_top/tests/vm/arm64-tools.sh")
uki_sbat 2 "$work/sbat"
uki_sbat 1 "$work/old-sbat"
uki_small_image "$work/image"
echo small >"$work/small"
uki_machine_dtb "$work/dtb"
uki_other_dtb "$work/dtb" "$work/other.dtb"
vm_initrd first "$work/first.cpio"
vm_initrd next "$work/next.cpio"

vm_new
mkdir "$VM_DIR/share/bin"
cp "$bin/vkexec-load" "$VM_DIR/share/bin"
cp "$uki_keys/release.pem" "$VM_DIR/share/release.pem"
make good release
make stranger other
make old release old-sbat
uki_flip "$VM_DIR/share/good.efi" .initrd "$VM_DIR/share/flipped.efi"
uki_make "$VM_DIR/share/other-board.efi" release --linux "$work/image" --initrd "$work/small" \
	--cmdline "console=ttyAMA0" --dtb "$work/other.dtb" --sbat "$work/sbat"
# An Image for 16 KiB pages, which the emulated CPU does not have.
cp "$work/image" "$work/image-16k"
printf '\x0c' | dd of="$work/image-16k" bs=1 seek=24 conv=notrunc status=none
uki_make "$VM_DIR/share/pages.efi" release --linux "$work/image-16k" --initrd "$work/small" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"
uki_make "$VM_DIR/share/next.efi" release --linux "$ours" --initrd "$work/next.cpio" \
	--cmdline "console=ttyAMA0 lockdown=integrity" --dtb "$work/dtb" --sbat "$work/sbat"
vm_start "$ours" "$work/first.cpio" "lockdown=integrity crashkernel=128M"

echo "== nothing loaded yet"
vm_expect lockdown field enforcing --status --json
vm_expect false field loaded --status --json
vm_expect 1 status_of --exec
vm_expect 2 status_of
vm_expect 2 status_of --panic --exec /vkx/good.efi

echo "== refused here, the kernel never asked"
vm_expect 3 status_of /vkx/flipped.efi
vm_expect sig-digest field rule --json /vkx/flipped.efi
vm_expect check field refused_by --json /vkx/flipped.efi
vm_expect sig-signer field rule --json --trust /vkx/release.pem /vkx/stranger.efi
vm_expect yes sees "the kernel was not asked" --trust /vkx/release.pem /vkx/stranger.efi
vm_expect 0 field refusals --status --json

echo "== refused by the kernel, with its reason"
vm_expect sig-signer field rule --json /vkx/stranger.efi
vm_expect ENOKEY field errno --json /vkx/stranger.efi
vm_expect sbat-level field rule --json /vkx/old.efi
vm_expect EPERM field errno --json --trust /vkx/release.pem /vkx/old.efi
vm_expect policy-machine field rule --json /vkx/other-board.efi
vm_expect image-page-size field rule --json /vkx/pages.efi
vm_expect EPERM field errno --json /vkx/pages.efi
vm_expect 3 status_of /vkx/other-board.efi
vm_expect 0 vm_sh 'cat /sys/kernel/kexec_loaded'

echo "== taken"
vm_expect true field loaded --json --trust /vkx/release.pem /vkx/good.efi
vm_expect "$("$uki_bin/vkexec-verify" digest "$VM_DIR/share/good.efi" | grep -oE '[0-9a-f]{64}' | head -1)" \
	field authenticode --status --json
vm_expect "$(vm_sh "sed -n 's/^facts: //p' /sys/kernel/security/vkexec/status")" \
	field facts --facts --json
vm_expect 0 status_of --unload
vm_expect 1 status_of --facts
vm_expect false field loaded --status --json
vm_expect true field crash --json --panic /vkx/good.efi
vm_expect 1 vm_sh 'cat /sys/kernel/kexec_crash_loaded'
vm_expect true field crash-loaded --status --json
vm_expect 0 status_of --panic --unload
vm_expect 0 vm_sh 'cat /sys/kernel/kexec_crash_loaded'

echo "== handed over"
# The answer to this command never comes: the next kernel's hello does.
printf 'sh %s\n' "$(vm_escape "/vkx/bin/vkexec-load --trust /vkx/release.pem --exec /vkx/next.efi")" >&"$vm_in"
vm_hello
vm_expect next echo "$VM_MARKER"
vm_stop
vm_done
