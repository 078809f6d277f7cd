#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# After every hop the log replays to the PCRs, by tpm2_eventlog, which is not
# ours; a stock next kernel shows the same log where stock kernels do; what
# vkexec-measure predicted is what the TPM holds, and PCR 11 after the first hop
# is what systemd-measure calculates. The records name what objcopy takes out of
# the UKI, and what happened between a load and its launch. (V77, V79, V88, V110)
#
#   tests/vm/test-measure.sh [BANKS [RELEASE...]]   e.g. sha1,sha256 one two
#
# RELEASE: one or two, with our own kernel, or stock, after which nothing more
# can be measured. Default: one two stock.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT
VM_BANKS=${1:-sha256}
shift $(($# > 0))
[ $# -gt 0 ] || set -- one two stock
. "$vm_top/tests/vm/pcrs.sh"

not_zero() { pcrs_now | grep -qE ' 12 0x0+$' && echo zero || echo measured; }
log_size() { vm_sh "[ \$(stat -c %s $ours_log) = \$(wc -c <$ours_log) ] && echo real"; }
last_hop() { pcrs_hops | awk '$1 == "launch" { n = $2 } END { print n }'; }

# All hop records of the log of the last pcrs_replayed.
records() {
	"$uki_bin/vkexec-measure" log --json "$VM_DIR/share/log" | python3 -c '
import json, sys
for e in json.load(sys.stdin)["events"]:
    if "hop" in e:
        h = e["hop"]
        print(h["kind"], h["number"], "crash" if h["crash"] else "normal")'
}

# A section's contents, by a tool that is not ours.
section() { # FILE NAME
	local size
	read -r _ size < <(uki_section "$1" "$2")
	aarch64-linux-gnu-objcopy -O binary -j "$2" "$1" "$work/section"
	head -c "$size" "$work/section"
}

# What the record of a launch must say of a file, and what the last one says.
digests_of() { # FILE
	local s
	pesign -h -i "$1" | awk '{ print "authenticode", $1 == "hash:" ? $2 : $1 }'
	for s in linux initrd cmdline dtb; do
		echo "$s $(section "$1" .$s | sha256sum | cut -d' ' -f1)"
	done
	echo "signer $(openssl x509 -in "$uki_keys/release.pem" -outform DER | sha256sum | cut -d' ' -f1)"
}
digests_told() {
	"$uki_bin/vkexec-measure" log --json "$VM_DIR/share/log" | python3 -c '
import json, sys
hops = [e["hop"] for e in json.load(sys.stdin)["events"] if "hop" in e]
last = [h for h in hops if h["kind"] == "launch"][-1]
for k in ("authenticode", "linux", "initrd", "cmdline", "dtb", "signer"):
    print(k, last[k])'
}

# PCR 11 after a hop from zero, calculated by systemd for the parts of a file.
# Debian 12's version does not know .sbat, the last section: added by hand.
systemd_pcr11() { # FILE
	local s
	for s in linux initrd cmdline dtb sbat; do section "$1" .$s >"$work/part.$s"; done
	# shellcheck disable=SC2046
	/usr/lib/systemd/systemd-measure calculate --linux="$work/part.linux" \
		--initrd="$work/part.initrd" --cmdline="$work/part.cmdline" --dtb="$work/part.dtb" \
		--phase=: $(sed 's/^/--bank=/; s/,/ --bank=/g' <<<"$VM_BANKS") 2>/dev/null |
		grep '^11:' | python3 -c '
import hashlib, sys
sbat = open(sys.argv[1], "rb").read()
for line in sys.stdin:
    bank, value = line.strip()[3:].split("=")
    value = bytes.fromhex(value)
    for data in (b".sbat\0", sbat):
        value = hashlib.new(bank, value + hashlib.new(bank, data).digest()).digest()
    print(bank, "11", "0x" + value.hex())' "$work/part.sbat"
}
pcr11_now() { pcrs_now | grep ' 11 '; }

make_release() { # NAME IMAGE
	vm_initrd "$1" "$work/$1.cpio"
	uki_make "$work/$1.efi" release --linux "$2" --initrd "$work/$1.cpio" \
		--cmdline "console=ttyAMA0 lockdown=integrity release=$1" \
		--dtb "$work/dtb" --sbat "$work/sbat"
}

ours=$(vm_kernel vkexec)/Image
uki_sbat 2 "$work/sbat"
uki_machine_dtb "$work/dtb"
vm_initrd first "$work/first.cpio"
make_release one "$ours"
make_release two "$ours"
make_release stock "$(vm_kernel stock)/Image"
uki_small_image "$work/image"
echo small >"$work/initrd"
uki_make "$work/crash.efi" release --linux "$work/image" --initrd "$work/initrd" \
	--cmdline "console=ttyAMA0 nr_cpus=1" --dtb "$work/dtb" --sbat "$work/sbat"

vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio" "lockdown=integrity crashkernel=128M"
history=
resets=$(reset_count)
number=0
for release in "$@"; do
	number=$((number + 1))
	vm_sh "cat $ours_log >/vkx/before"
	vm_expect ok vm_load /vkx/$release.efi
	vm_expect agree pcrs_agree $ours_log
	if [ $number = 1 ]; then
		# Between a load and its launch: the log has room for it.
		vm_expect ok vm_load /vkx/crash.efi - - 2
		vm_expect ok vm_unload 2
		vm_expect agree pcrs_agree $ours_log
	fi
	# Of the machine's own facts only the last record knows the digest.
	predicted=none
	[ $number = 1 ] || predicted=$(pcrs_predict "$VM_DIR/share/before" "$work/$release.efi")
	vm_exec
	echo "== hop $number, in $VM_MARKER"
	vm_expect $release echo "$VM_MARKER"
	vm_expect measured not_zero
	if [ $number = 1 ]; then
		VM_SAY="PCR 11 by systemd-measure" vm_expect "$(systemd_pcr11 "$work/$release.efi")" pcr11_now
	else
		VM_SAY="predicted PCRs" vm_expect "$predicted" pcrs_now
	fi
	vm_expect agree pcrs_agree $stock_log
	vm_expect 0 pcrs_warnings
	vm_expect "$number" last_hop
	VM_SAY="digests of the sections, by objcopy and sha256sum" \
		vm_expect "$(digests_of "$work/$release.efi")" digests_told
	history+="${history:+$'\n'}load $number normal"
	[ $number != 1 ] || history+=$'\nload 1 crash\nunload 1 crash'
	history+=$'\n'"launch $number normal"
	VM_SAY="records of $number hops" vm_expect "$history" records
	vm_expect "$resets" reset_count
	[ $release = stock ] || vm_expect agree pcrs_agree $ours_log
	[ $release = stock ] || vm_expect real log_size
done
vm_stop
vm_done
