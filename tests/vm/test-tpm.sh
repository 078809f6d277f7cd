#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# When measuring fails: a load whose record does not get in is refused and
# leaves the log true, also where the TPM claims that it took it; a launch that
# cannot be measured ends in a reset; what is loaded and dropped shows as that; a
# bank that we have no hash for fails the load; a TPM that was there must stay; an
# unload that comes too late for the log that is handed on stays out of the TPM
# too; a PCR 12 that others extended is told, and whether the log is handed on;
# and without one the next kernel is told that nobody measured it. (V76, V77, V78,
# V79, V84)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
. "$vm_top/tests/vm/pcrs.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

status() { vm_sh "sed -n 's/^$1: //p' /sys/kernel/security/vkexec/status"; }
inject() { vm_sh "echo $1 >/sys/kernel/security/vkexec/inject"; }
# How many hop records of each kind are in the log: load, launch, unload.
records() {
	vm_sh "cat $ours_log >/vkx/log"
	"$uki_bin/vkexec-measure" log --json "$VM_DIR/share/log" |
		grep -oE '"kind": *"(load|launch|unload)"' | awk -F'"' '{ n[$4]++ }
			END { print n["load"] + 0, n["launch"] + 0, n["unload"] + 0 }'
}
pcr12() { awk '$1 == "sha256" && $2 == 12 { print $3 }'; }
pcr12_now() { VM_BANKS=sha256 pcrs_by_kernel | pcr12; }
# PCR 12 as the log has it, by a tool that is not ours, against the TPM's.
replays() {
	local now logged
	now=$(pcr12_now)
	logged=$(pcrs_replayed $ours_log | pcr12)
	[ ${#now} = 66 ] && [ "$now" = "$logged" ] && echo agree || echo "TPM $now, log $logged"
}

refusal() { status last-refusal | grep -o '^[a-z-]*'; }
# Nothing may be in one bank and not in the other.
untouched() { pcr12_now | grep -qx '0x0\{64\}' && echo untouched || echo extended; }

ours=$(vm_kernel fault)/Image
vm_proxy_build "$work/tpm_proxy"
uki_sbat 2 "$work/sbat"
aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -static -pthread \
	-o "$work/stress" "$vm_top/tests/vm/guest/stress.c"
vm_initrd first "$work/first.cpio"
vm_initrd next "$work/next.cpio"
uki_make "$work/next.efi" release --linux "$ours" --initrd "$work/next.cpio" \
	--cmdline "console=ttyAMA0" --sbat "$work/sbat"
# More than half of the machine's 1 GiB.
uki_small_image "$work/huge" 0x20800000
uki_make "$work/huge.efi" release --linux "$work/huge" --initrd "$work/next.cpio" \
	--cmdline "console=ttyAMA0" --sbat "$work/sbat"

echo "== a record that does not get in"
vm_new
cp "$work/next.efi" "$work/huge.efi" "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio"
inject 'tpm 1'
vm_expect EPERM vm_load /vkx/next.efi
vm_expect no status loaded
vm_expect "0 0 0" records
vm_expect ok vm_load /vkx/next.efi
vm_expect "1 0 0" records
vm_expect agree replays
echo "== an extend that is dropped, and claims success"
inject 'drop 1'
vm_expect EPERM vm_load /vkx/next.efi
vm_expect agree replays
loads=$(records)
vm_expect "1 0 0" echo "$loads"
echo "== more than kexec gives, known before it is measured"
vm_expect ENOMEM vm_load /vkx/huge.efi
vm_expect "1 0 0" records
vm_expect "failed (error -12)" status last-refusal
echo "== loaded again, and dropped"
vm_expect ok vm_load /vkx/next.efi
vm_expect "2 0 1" records
vm_expect ok vm_unload
vm_expect "2 0 2" records
vm_expect agree replays
echo "== launched"
vm_expect ok vm_load /vkx/next.efi
vm_exec
vm_expect "3 1 2" records
vm_expect agree replays
vm_expect 1 status hops
vm_expect no status launched-unmeasured
echo "== a launch that cannot be measured"
vm_expect ok vm_load /vkx/next.efi
inject 'tpm 1'
printf 'exec\n' >&"$vm_in"
stopped() { vm_wait_exit && echo reset; }
vm_expect reset stopped
vm_stop
vm_new
cp "$work/next.efi" "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio"
vm_expect ok vm_load /vkx/next.efi
inject 'drop 5'
printf 'exec\n' >&"$vm_in"
vm_expect reset stopped
vm_stop

echo "== an image is replaced, and its unload comes after the new one's launch"
vm_new
cp "$work/next.efi" "$work/stress" "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio"
vm_expect ok vm_load /vkx/next.efi
inject late
vm_sh "/vkx/stress load /vkx/next.efi >/dev/null 2>&1 &
	until dmesg | grep -q 'an unload waits'; do sleep 1; done"
vm_exec
vm_expect "2 1 0" records
vm_expect agree replays
vm_stop

echo "== PCR 12 is extended by others"
vm_new
cp "$work/next.efi" "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio"
vm_expect ok vm_load /vkx/next.efi
vm_expect new status event-log
vm_expect agree replays
vm_sh "tpm2_pcrextend 12:sha256=$(printf other | sha256sum | cut -d' ' -f1)"
vm_expect ok vm_load /vkx/next.efi
vm_expect "new, PCR 12 was extended by others" status event-log
vm_exec
vm_expect next echo "$VM_MARKER"
vm_expect "handed over, PCR 12 was extended by others" status event-log
vm_stop

echo "== the signed tree has two nodes for a TPM, none where the machine's is"
uki_machine_dtb "$work/dtb"
tpm=$(fdtget -l "$work/dtb" /platform-bus@c000000 | grep tpm)
{
	dtc -q -I dtb -O dts "$work/dtb" | sed "s/$tpm {/tpm@${tpm#*@} {/"
	echo '&{/platform-bus@c000000} { tpm@8000 { compatible = "tcg,tpm-tis-mmio";'
	echo '	reg = <0x8000 0x5000>; status = "disabled"; }; };'
} | dtc -q -I dts -O dtb -o "$work/two.dtb"
for name in two limited; do
	args="console=ttyAMA0"
	[ $name = two ] || args="$args mem=900M"
	uki_make "$work/$name.efi" release --linux "$ours" --initrd "$work/next.cpio" \
		--cmdline "$args" --sbat "$work/sbat" --dtb "$work/two.dtb"
done
vm_new
cp "$work/two.efi" "$work/limited.efi" "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio"
vm_expect ok vm_load /vkx/two.efi
vm_expect "yes (/chosen, for a kernel with vkexec)" status log-handed-on
vm_exec
vm_expect 1 status hops
vm_expect "handed over" status event-log
vm_expect agree replays
vm_expect ok vm_load /vkx/limited.efi
vm_expect "no (mem= on the command line)" status log-handed-on
vm_exec
vm_expect "new, PCR 12 was extended by others" status event-log
vm_stop

echo "== a TPM that is taken away, to load where nobody sees it"
vm_new
cp "$work/next.efi" "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio"
driver=/sys/bus/platform/drivers/tpm_tis
device=$(vm_sh "cd $driver && ls -d *tpm*" | tail -n 1)
vm_sh "echo $device >$driver/unbind; echo" >/dev/null
vm_expect none status tpm
vm_expect ENODEV vm_load /vkx/next.efi
vm_expect no status loaded
vm_sh "echo $device >$driver/bind; echo" >/dev/null
vm_expect ok vm_load /vkx/next.efi
vm_expect "1 0 0" records
vm_exec
vm_expect 1 status hops
vm_expect agree replays
vm_stop

# SM3, which Linux knows and we do not, and one that is nobody's.
for alg in 0012 7f01; do
	echo "== a bank of algorithm 0x$alg beside SHA-256"
	VM_PROXY=$work/tpm_proxy VM_BANKS=sha256,sha384 VM_PROXY_BANK="000c $alg"
	vm_new
	cp "$work/next.efi" "$VM_DIR/share"
	vm_start "$ours" "$work/first.cpio"
	vm_expect EPERM vm_load /vkx/next.efi
	vm_expect policy-tpm-bank refusal
	vm_expect no status loaded
	vm_expect untouched untouched
	vm_stop
	VM_PROXY='' VM_BANKS='' VM_PROXY_BANK=''
done

echo "== without a TPM"
VM_TPM=0
vm_new
cp "$work/next.efi" "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio"
vm_expect none status tpm
vm_expect ok vm_load /vkx/next.efi
vm_expect no status measured
vm_exec
vm_expect next echo "$VM_MARKER"
vm_expect yes status launched-unmeasured
vm_stop
vm_done
