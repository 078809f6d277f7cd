#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the stub's check costs: time from asking for the launch to the next
# kernel's first line, for initrds of several sizes, through our stub (a signed
# UKI) and through the stock one (Image and initrd, nothing checked), one after
# the other in the same guest. Time is the emulator's CPU time, so that other
# work on this machine counts little; and only the ratio says something, as
# QEMU emulates.
#
#   tests/stub/bench-hop.sh [MiB...]       (20 64 256)
#   STUB_REPEAT=3                          launches of each kind and size
set -eu
. "$(dirname "$0")/../vm/vm.sh"
. "$vm_top/tests/vm/uki.sh"
[ $# -gt 0 ] || set -- 20 64 256
VM_MEM=${VM_MEM:-2048}
VM_SMP=1
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
line="console=ttyAMA0 earlycon"

# Milliseconds of CPU time that the emulator has used.
spent() {
	local stat
	read -r stat <"/proc/$vm_qemu/stat"
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	now=$(((${12} + ${13}) * 1000 / $(getconf CLK_TCK)))
}

# Puts that time before each line that the guest prints.
stamp() {
	local text now
	tail -n +1 -F --pid="$vm_qemu" "$VM_DIR/console.log" 2>/dev/null | while IFS= read -r text; do
		case $text in
		*"Booting Linux on"* | *"Bye!"*) spent && printf '%s %s\n' "$now" "$text" ;;
		esac
	done >"$work/stamps"
}

# When a line with this text was last seen.
seen() { grep -F "$1" "$work/stamps" | tail -1 | cut -d' ' -f1; }

# Launches what is loaded; prints the time from asking, and from "Bye!".
launch() {
	local now asked
	spent
	asked=$now
	vm_exec
	sleep 1
	echo "$(($(seen 'Booting Linux on physical CPU') - asked))" \
		"$(($(seen 'Booting Linux on physical CPU') - $(seen 'Bye!')))"
}

median() { sort -n | sed -n "$(((${STUB_REPEAT:-3} + 1) / 2))p"; }

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb" bench
vm_initrd bench "$work/bench.cpio"
vm_new
cp "$ours" "$VM_DIR/share/Image"
for mib; do
	cp "$work/bench.cpio" "$VM_DIR/share/$mib.cpio"
	truncate -s "${mib}M" "$VM_DIR/share/$mib.cpio"
	uki_make "$VM_DIR/share/$mib.efi" release --linux "$ours" --initrd "$VM_DIR/share/$mib.cpio" \
		--cmdline "$line" --dtb "$work/dtb" --sbat "$work/sbat"
done
vm_start "$ours" "$work/bench.cpio" "earlycon"
stamp &
vm_pids+=($!)
for mib; do
	: >"$work/ours"
	: >"$work/stock"
	for _ in $(seq "${STUB_REPEAT:-3}"); do
		vm_expect ok vm_load "/vkx/$mib.efi"
		launch >>"$work/ours"
		vm_expect ok vm_load /vkx/Image "/vkx/$mib.cpio" "$line"
		launch >>"$work/stock"
	done
	read -r total jump < <(echo "$(cut -d' ' -f1 "$work/ours" | median)" "$(cut -d' ' -f2 "$work/ours" | median)")
	read -r stotal sjump < <(echo "$(cut -d' ' -f1 "$work/stock" | median)" "$(cut -d' ' -f2 "$work/stock" | median)")
	echo "RESULT hop of $mib MiB: $total ms with the check and measuring, $stotal ms stock, ratio" \
		"$((total * 100 / stotal)) %; from the last line of the old kernel: $jump ms and $sjump ms"
done
vm_stop
vm_done
