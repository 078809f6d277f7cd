#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Before and after, on the same source, configuration and lockdown: what stock
# Linux lets through beside a signed Image, and what ours answers. Prints the
# differences as a table. (V21, V26, V27, V61)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"

work=$(mktemp -d)
rows=()

prepare() {
	vm_initrd first "$work/first"
	vm_initrd foreign "$work/foreign"
	sbsign --key "$uki_keys/release.key" --cert "$uki_keys/release.pem" \
		--output "$work/signed-image" "$(vm_kernel stock)/Image" 2>/dev/null
	cp "$(vm_kernel stock)/Image" "$work/unsigned-image"
	uki_sbat 2 "$work/sbat"
	uki_small_image "$work/small"
	uki_machine_dtb "$work/dtb"
	uki_make "$work/release.efi" release --linux "$work/small" --initrd "$work/first" \
		--cmdline "console=ttyAMA0 lockdown=integrity" --dtb "$work/dtb" --sbat "$work/sbat"
}

# What a caller can try, and the answer of the machine that runs.
attempts() { # PREFIX
	local evil="init=/bin/sh lockdown=none"
	answer "unsigned Image" vm_load /vkx/unsigned-image /vkx/first
	answer "signed Image, foreign initrd" vm_load /vkx/signed-image /vkx/foreign
	answer "signed Image, lockdown=none" vm_load /vkx/signed-image /vkx/first "$evil"
	answer "kexec_load" vm_legacy
	answer "signed UKI" vm_load /vkx/release.efi
	answer "signed UKI, foreign initrd" vm_load /vkx/release.efi /vkx/foreign
	answer "signed UKI, lockdown=none" vm_load /vkx/release.efi - "$evil"
}

answer() { # TEXT COMMAND...
	local text=$1
	shift
	answers[$text]=$("$@")
	[ "${answers[$text]}" != ok ] || vm_unload >/dev/null
	[ -n "${seen[$text]:-}" ] || { seen[$text]=1; rows+=("$text"); }
}

run_on() { # VARIANT
	vm_new
	cp "$work"/{signed-image,unsigned-image,first,foreign,release.efi} "$VM_DIR/share"
	vm_start "$(vm_kernel "$1")/Image" "$work/first" lockdown=integrity
	attempts
	vm_stop
}

trap 'vm_clean; rm -rf "$work"' EXIT
declare -A seen answers
prepare
run_on stock
declare -A before=()
for r in "${rows[@]}"; do before[$r]=${answers[$r]}; done
run_on vkexec

printf '\n   %-32s %-16s %s\n' "lockdown=integrity" "stock 6.12" "vkexec"
for r in "${rows[@]}"; do
	printf '   %-32s %-16s %s\n' "$r" "${before[$r]}" "${answers[$r]}"
done
echo

# The gap, as it is in stock Linux; if it ever closes, the docs must say so.
vm_expect ok echo "${before[signed Image, foreign initrd]}"
vm_expect ok echo "${before[signed Image, lockdown=none]}"
vm_expect EINVAL echo "${before[signed UKI]}"
vm_expect EPERM echo "${answers[unsigned Image]}"
vm_expect EPERM echo "${answers[signed Image, foreign initrd]}"
vm_expect EPERM echo "${answers[signed Image, lockdown=none]}"
vm_expect EPERM echo "${answers[kexec_load]}"
vm_expect ok echo "${answers[signed UKI]}"
vm_expect EINVAL echo "${answers[signed UKI, foreign initrd]}"
vm_expect EINVAL echo "${answers[signed UKI, lockdown=none]}"
vm_done
