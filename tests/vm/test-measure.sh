#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# After every hop the log replays to the PCRs, by tpm2_eventlog, which is not
# ours; a stock next kernel shows the same log where stock kernels do; what
# vkexec-measure predicted is what the TPM holds. (V77, V79, V88, V110)
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

vm_new
cp "$work"/*.efi "$VM_DIR/share"
vm_start "$ours" "$work/first.cpio" lockdown=integrity
resets=$(reset_count)
number=0
for release in "$@"; do
	number=$((number + 1))
	vm_sh "cat $ours_log >/vkx/before"
	vm_expect ok vm_load /vkx/$release.efi
	vm_expect agree pcrs_agree $ours_log
	# Of the machine's own facts only the last record knows the digest.
	predicted=none
	[ $number = 1 ] || predicted=$(pcrs_predict "$VM_DIR/share/before" "$work/$release.efi")
	vm_exec
	echo "== hop $number, in $VM_MARKER"
	vm_expect $release echo "$VM_MARKER"
	vm_expect measured not_zero
	[ $number = 1 ] || VM_SAY="predicted PCRs" vm_expect "$predicted" pcrs_now
	vm_expect agree pcrs_agree $stock_log
	vm_expect 0 pcrs_warnings
	vm_expect "$number" last_hop
	vm_expect "$resets" reset_count
	[ $release = stock ] || vm_expect agree pcrs_agree $ours_log
	[ $release = stock ] || vm_expect real log_size
done
vm_stop
vm_done
