# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What tests of machines that firmware boots by UEFI share; to be sourced after
# vm.sh and uki.sh, with $work set.

# With EFI, Linux passes the tables of the interrupt controller on.
VM_GIC=gic-version=3

make_release() { # NAME IMAGE CMDLINE [vkexec-sign arguments]
	local name=$1 image=$2 cmdline=$3
	shift 3
	uki_make "$work/$name.once" - --linux "$image" --sbat "$work/sbat" \
		--cmdline "console=ttyAMA0 lockdown=integrity $cmdline" "$@"
	"$uki_bin/vkexec-sign" sign --firmware --key "$work/firmware.key" --cert "$work/firmware.pem" \
		-o "$work/$name.twice" "$work/$name.once" >"$work/log" 2>&1 &&
		"$uki_bin/vkexec-sign" sign --add --key "$uki_keys/release.key" \
			--cert "$uki_keys/release.pem" -o "$work/$name.efi" "$work/$name.twice" >"$work/log" 2>&1 ||
		vm_die "signing twice: $(cat "$work/log")"
}

secure_boot() { vm_sh 'dmesg | grep -ciE "secure ?boot enabled"'; }

# Firmware's events and ours are one log, found where a kernel without vkexec
# looks on such a machine, and it replays to the PCRs as they are. (V79)
replays() {
	local log=/sys/kernel/security/tpm0/binary_bios_measurements
	vm_sh "cat $log >/vkx/log; tpm2_pcrread sha256" |
		awk '$2 == ":" { print $1, tolower($3) } $1 ~ /:$/ && NF == 2 { sub(":", "", $1); print $1, tolower($2) }' |
		sort >"$work/pcrs"
	tpm2_eventlog "$VM_DIR/share/log" 2>/dev/null | sed -n '/^pcrs:/,$p' |
		awk '/^ *[a-z0-9]+:$/ { bank = $1 } bank == "sha256:" && NF == 3 { print $1, $3 }' |
		sort >"$work/replayed"
	# Firmware's PCRs, the UKI's and ours, none of which is another's.
	for pcr in 0 7 11 12; do
		grep -q "^$pcr " "$work/replayed" || { echo "no PCR $pcr in the log"; return; }
	done
	comm -23 "$work/replayed" "$work/pcrs" >"$work/differ"
	if [ -s "$work/differ" ]; then cat "$work/differ"; else echo agree; fi
}
