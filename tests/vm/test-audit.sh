#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From boot to verdict on one machine: two hops, a quote with the auditor's
# nonce, affirmed; then everything that an auditor must not affirm, each with a
# verdict and a reason of its own: wrong by the manifest, by what was loaded, by
# who launched it, by the log, by the time of the quote; a TPM's bus
# on which an extend is dropped and every answer about it forged; and an extend
# by others, which the kernel tells of too. (V79, V80, V82, V83,
# V84, V94, V95, V100, V106, V109)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
VM_BANKS=sha256
VM_PROXY=$work/tpm_proxy
. "$vm_top/tests/vm/pcrs.sh"
trap 'vm_clean; rm -rf "$work"' EXIT
vm_proxy_build "$VM_PROXY"

make_release() { # NAME CMDLINE [GENERATION]
	vm_initrd "$1" "$work/$1.cpio"
	uki_sbat "${3:-2}" "$work/sbat"
	uki_make "$work/$1.efi" release --linux "$ours" --initrd "$work/$1.cpio" \
		--cmdline "console=ttyAMA0 $2" --dtb "$work/dtb" --sbat "$work/sbat"
}
# A list of what may run: by another name, release and rules.
make_manifest() { # NAME [OPTION]... FILE...
	local out=$work/$1.json
	shift
	"$uki_bin/vkexec-measure" manifest --product vkx.test --release 3 --first unmeasured \
		--key "$uki_keys/release.key" --cert "$uki_keys/release.pem" -o "$out" "$@" >"$work/out" 2>&1 ||
		vm_die "manifest $*: $(cat "$work/out")"
}

# --- the machine's side -----------------------------------------------------------

on_machine() { # ARGUMENT...: vkexec-measure, in the guest
	vm_sh "cd /vkx && bin/vkexec-measure $*" >"$work/out" 2>&1 || vm_die "vkexec-measure $*: $(cat "$work/out")"
}
quote() { # NAME NONCE
	on_machine quote --nonce "$2" -o "$1"
	cp -r "$VM_DIR/share/$1" "$work/$1"
}
hop() { # NAME
	vm_expect ok vm_load "/vkx/$1.efi"
	vm_exec
	VM_SAY="hop" vm_expect "$1" echo "$VM_MARKER"
}

# --- the auditor's side -----------------------------------------------------------

# "VERDICT REASON EXIT", the first reason being the one that counts, or fine.
audit() { # MANIFEST NONCE EVIDENCE [OPTION]...
	local rc=0 manifest=$1 nonce=$2 evidence=$3
	shift 3
	"$uki_bin/vkexec-measure" audit --manifest "$work/$manifest.json" --trust "$uki_keys/release.pem" \
		--nonce "$nonce" --ak "$work/ak/ak.pub" --json "$@" "$work/$evidence" >"$work/verdict" 2>"$work/err" || rc=$?
	python3 - "$work/verdict" $rc <<-'PY'
	import json, sys
	v = json.loads(open(sys.argv[1]).readline())
	print(v['verdict'], v['findings'][0]['reason'] if v['findings'] else 'fine', sys.argv[2])
	PY
}
verdict() { # TEXT WANT AUDIT-ARGUMENT...
	local text=$1 want=$2
	shift 2
	VM_SAY=$text vm_expect "$want" audit "$@"
}
new_nonce() { od -An -tx1 -N20 /dev/urandom | tr -d ' \n'; }

# Evidence with another log; python expressions over the bytes `log` and
# `starts`, where its records begin.
forge_log() { # FROM NAME EXPRESSION
	cp -r "$work/$1" "$work/$2"
	python3 - "$work/$2/log.bin" "$3" <<-'PY'
	import struct, sys
	log = open(sys.argv[1], 'rb').read()
	# The header in SHA-1 form, then records with one SHA-256 digest.
	starts, at = [], 32 + struct.unpack_from('<I', log, 28)[0]
	while at < len(log):
	    starts.append(at)
	    assert struct.unpack_from('<I', log, at + 8)[0] == 1
	    at += 12 + 2 + 32
	    at += 4 + struct.unpack_from('<I', log, at)[0]
	record = lambda i: log[starts[i]:(starts + [len(log)])[i % len(starts) + 1]]
	forged = bytes(eval(sys.argv[2]))
	assert forged != log
	open(sys.argv[1], 'wb').write(forged)
	PY
}
flipped='log[:starts[-1] + %d] + bytes([log[starts[-1] + %d] ^ 1]) + log[starts[-1] + %d + 1:]'
flip() { # FROM NAME OFFSET-IN-LAST-RECORD
	forge_log "$1" "$2" "$(printf "$flipped" "$3" "$3" "$3")"
}

ours=$(vm_kernel vkexec)/Image
bin=$("$vm_top/tests/vm/arm64-tools.sh")
uki_machine_dtb "$work/dtb"
vm_initrd first "$work/first.cpio"
make_release one "lockdown=integrity"
make_release two "lockdown=integrity" 3
make_release open ""
make_release late "lockdown=integrity"
all=("$work"/{one,two,open,late}.efi)
make_manifest good --minimum 2 "${all[@]}"
make_manifest minimum --minimum 3 "${all[@]}"
make_manifest without --minimum 2 "$work"/{two,open,late}.efi
digest=$("$uki_bin/vkexec-verify" digest "$work/two.efi" | grep -oE '[0-9a-f]{64}' | head -1)
make_manifest revoked --minimum 2 --revoke "$digest" "${all[@]}"

vm_new
cp "$work"/*.efi "$VM_DIR/share"
mkdir "$VM_DIR/share/bin"
cp "$bin/vkexec-measure" "$VM_DIR/share/bin"
vm_start "$ours" "$work/first.cpio" lockdown=integrity
on_machine provision -o ak
cp -r "$VM_DIR/share/ak" "$work/ak"

n0=$(new_nonce) n1=$(new_nonce) n2=$(new_nonce) n3=$(new_nonce) n4=$(new_nonce)
echo "== two hops and a quote"
hop one
quote early "$n0"
hop two
quote now "$n1"
verdict "two hops" "affirming fine 0" good "$n1" now --expect-hops 2
verdict "two hops, after one" "affirming fine 0" good "$n1" now --previous "$work/early"
echo "== the manifest says no"
verdict "a release that is revoked" "contraindicated link-revoked 3" revoked "$n1" now
verdict "a release that is too old" "contraindicated link-old 3" minimum "$n1" now
verdict "a release that nobody listed" "contraindicated link-unknown 3" without "$n1" now
echo "== a quote from before the hop"
verdict "with the nonce of then" "none nonce-mismatch 3" good "$n1" early
verdict "a replay of that nonce" "contraindicated hops-missing 3" good "$n0" early --expect-hops 2
verdict "the same evidence twice" "none nonce-reused 3" good "$n1" now --previous "$work/now"
cp -r "$work/early" "$work/mixed"
cp "$work/now/log.bin" "$work/mixed/log.bin"
verdict "and the log of now" "contraindicated log-replay 3" good "$n0" mixed
echo "== a log that was tampered with"
forge_log now cut 'log[:starts[-1]]'
verdict "the last record is cut off" "contraindicated log-replay 3" good "$n1" cut
forge_log now torn 'log[:-1]'
verdict "the last byte is cut off" "contraindicated log-format 3" good "$n1" torn
forge_log now twice 'log + record(-1)'
verdict "the last record comes twice" "contraindicated log-replay 3" good "$n1" twice
forge_log now swapped 'log[:starts[-2]] + record(-1) + record(-2)'
# They are in two PCRs: no order between those is proven, or believed (V112).
verdict "the last two change places" "affirming fine 0" good "$n1" swapped
forge_log now header 'log + log[:starts[0]]'
verdict "a second header" "contraindicated log-format 3" good "$n1" header
flip now digest 20
verdict "a bit of the last digest" "contraindicated log-replay 3" good "$n1" digest
flip now data 120
verdict "a bit of the last record's data" "contraindicated hop-digest 3" good "$n1" data
flip now pcr 0
verdict "the last record in another PCR" "contraindicated log-replay 3" good "$n1" pcr
echo "== a load that waits"
vm_expect ok vm_load /vkx/open.efi
quote staged "$n2"
verdict "a release of the manifest" "warning staged 3" good "$n2" staged --expect-hops 2
verdict "one that it refuses" "contraindicated link-revoked 3" revoked "$n2" staged
make_manifest open --minimum 2 "$work"/{one,two}.efi
verdict "one that it does not know" "contraindicated link-unknown 3" open "$n2" staged
echo "== a link that was not locked down"
vm_exec
VM_SAY=hop vm_expect open echo "$VM_MARKER"
hop late
quote open "$n3"
verdict "what it launched" "contraindicated link-not-enforcing 3" good "$n3" open
echo "== a bus that drops the launch record, and lies about it"
vm_expect ok vm_load /vkx/one.efi
vm_tpm_order "extend:12 1 lie"
vm_exec
VM_SAY=hop vm_expect one echo "$VM_MARKER"
VM_SAY="what the guest can see of it" vm_expect agree pcrs_agree $ours_log
vm_sh "cd /vkx && bin/vkexec-measure quote --nonce $n4 -o forged" >"$work/out" 2>&1 || true
found() { grep -o "PCRs change faster than they can be quoted" "$work/out"; }
VM_SAY="quoting sees that values and signature differ" vm_expect "PCRs change faster than they can be quoted" found
vm_tpm_order "any 1 honest"
quote lied "$n4"
verdict "a quote after the lies ended" "contraindicated log-replay 3" good "$n4" lied
vm_stop

echo "== between load and launch root extends PCR 12"
vm_new
cp "$work/one.efi" "$VM_DIR/share"
mkdir "$VM_DIR/share/bin"
cp "$bin/vkexec-measure" "$VM_DIR/share/bin"
vm_start "$ours" "$work/first.cpio" lockdown=integrity
on_machine provision -o ak
rm -rf "$work/ak"
cp -r "$VM_DIR/share/ak" "$work/ak"
vm_expect ok vm_load /vkx/one.efi
vm_sh "tpm2_pcrextend 12:sha256=$digest"
vm_exec
VM_SAY=hop vm_expect one echo "$VM_MARKER"
log_state() { vm_sh 'sed -n "s/^event-log: //p" /sys/kernel/security/vkexec/status'; }
vm_expect "handed over, PCR 12 was extended by others" log_state
quote others "$n0"
verdict "what it quotes" "contraindicated log-replay 3" good "$n0" others
vm_stop
vm_done
