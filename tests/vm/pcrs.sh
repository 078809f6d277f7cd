# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# PCRs as the TPM has them, as a log replays to them and as they were
# predicted; to be sourced after vm.sh and
# uki.sh, with a folder $work to write in. All three are lines
# "BANK PCR 0xVALUE" in lower case, and only PCR 11 and 12 are looked at. Logs
# are replayed by tpm2_eventlog, PCRs read by tpm2_pcrread: neither is ours.
ours_log=/sys/kernel/security/vkexec/event_log
stock_log=/sys/kernel/security/tpm0/binary_bios_measurements

pcrs_of_yaml() {
	awk '/^ *sha[0-9]+: *$/ { sub(":", "", $1); bank = $1; next }
	     /^ *[0-9]+ *: *0x/ { gsub(":", " "); print bank, $1, tolower($2) }'
}
# With PCRS_QUICK set by the guest's kernel, not by a tool that takes a second to
# start there.
pcrs_by_kernel() {
	vm_sh "cd /sys/class/tpm/tpm0 && for b in ${VM_BANKS//,/ }; do for p in 11 12; do
		v=\$(cat pcr-\$b/\$p) && echo \$b \$p 0x\$v; done; done" | tr A-F a-f
}
pcrs_now() {
	[ -z "${PCRS_QUICK:-}" ] || { pcrs_by_kernel; return; }
	vm_sh "tpm2_pcrread $(sed 's/,/:11,12+/g' <<<"$VM_BANKS"):11,12" | pcrs_of_yaml
}
# Leaves the log in share/log, what tpm2_eventlog made of it in
# $work/yaml and what it wondered at in $work/warnings.
pcrs_replayed() { # LOG-IN-GUEST
	vm_sh "cat $1 >/vkx/log" || return 1
	tpm2_eventlog "$VM_DIR/share/log" >"$work/yaml" 2>"$work/warnings" || return 1
	sed -n '/^pcrs:/,$p' "$work/yaml" | pcrs_of_yaml | grep -E ' 1[12] '
}
pcrs_agree() { # LOG-IN-GUEST
	local now replayed
	# A PCR that nothing was measured into is in no log.
	now=$(pcrs_now | grep -v ' 0x0*$')
	replayed=$(pcrs_replayed "$1")
	if [ -z "$now$replayed" ]; then echo "nothing measured"
	elif [ "$now" = "$replayed" ]; then echo agree
	else printf 'TPM:\n%s\nlog:\n%s\n' "$now" "$replayed"; fi
}
# tpm2_eventlog 5.4 wonders at every EV_IPL outside PCR 8, 9, 12 and 14, those
# of systemd-stub included (tpm2-tools issue 3084).
pcrs_warnings() { grep -vc 'is unexectedly not extending either' "$work/warnings" || true; }

reset_count() { vm_sh "tpm2_readclock | sed -n 's/.*reset_count: *//p'"; }
lockout_count() { vm_sh "tpm2_getcap properties-variable | sed -n 's/TPM2_PT_LOCKOUT_COUNTER: *//p'"; }

# Hop records in the log of the last pcrs_replayed, one "KIND NUMBER" a line.
pcrs_hops() {
	"$uki_bin/vkexec-measure" log --json "$VM_DIR/share/log" | python3 -c '
import json, sys
for e in json.load(sys.stdin)["events"]:
    if "hop" in e:
        print(e["hop"]["kind"], e["hop"]["number"])'
}

# PCR 11 and 12 after hops into the files, from the log before.
pcrs_predict() { # LOG [OPTION]... FILE...
	local from=$1
	shift
	"$uki_bin/vkexec-measure" predict --json --from "$from" "$@" >"$work/predicted" || return 1
	python3 - "$work/predicted" <<-'PY'
	import json, sys
	pcrs = json.load(open(sys.argv[1]))["pcrs"]
	for bank in sorted(pcrs):
	    for i in ("11", "12"):
	        print(bank, i, "0x" + pcrs[bank][i].lower())
	PY
}
