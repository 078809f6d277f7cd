#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Audits per second, with keys of both kinds and a log of about 120 events,
# against a loop of tpm2_checkquote and tpm2_eventlog over the same evidence,
# in one run. Evidence is made by a soft TPM; so is nothing that is measured.
#   tests/bench/audit.sh [N]
set -eu
cd "$(dirname "$0")/../.."
export O=${O:-build}
n=${1:-20000}
make -s all "$O/prog/make_evidence" "$O/prog/read_evidence" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jobs=$(nproc)
vkx_check() { :; }
. tests/checks/70-measure.sh
vkx_measure_fixture "$work" >&2
nonce=000102030405060708090a0b0c0d0e0f10111213

# Firmware's part of the log: 88 events of a real size; then two hops.
python3 - "$work/firmware" <<'PY'
import hashlib, struct, sys
spec = b'Spec ID Event03\0' + struct.pack('<IBBBBI', 0, 0, 2, 2, 2, 1) + struct.pack('<HH', 11, 32) + b'\0'
log = struct.pack('<II', 0, 3) + bytes(20) + struct.pack('<I', len(spec)) + spec
for i in range(88):
    data = b'event %d ' % i * 8
    log += struct.pack('<IIIH', i % 10, 5, 1, 11) + hashlib.sha256(data).digest() + struct.pack('<I', len(data)) + data
open(sys.argv[1], 'wb').write(log)
PY
"$O/bin/vkexec-measure" predict --from "$work/firmware" --log "$work/log" "$work/r1.efi" "$work/r2.efi" >/dev/null
events=$("$O/bin/vkexec-measure" log --json "$work/log" | grep -c '"num"')

# Processor time, not the clock's: other work on the machine does not count.
per_second() { # COUNT COMMAND...: runs it and prints COUNT per second of one core
	local count=$1 used
	shift
	TIMEFORMAT='%U %S'
	used=$({ time "$@" >/dev/null 2>"$work/err"; } 2>&1) || { cat "$work/err" >&2; exit 1; }
	awk -v n="$count" '{ printf "%d\n", n / ($1 + $2) }' <<<"$used"
}
by_clock() { # the same, by the clock
	local count=$1 start end
	shift
	start=$(date +%s%N)
	"$@" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
	end=$(date +%s%N)
	echo $((count * 1000000000 / (end - start)))
}
audit() { # THREADS WHAT...
	local threads=$1
	shift
	"$O/bin/vkexec-measure" audit --manifest "$work/manifest.json" --trust "$work/release.crt" \
		--nonce $nonce --ak "$dir/aks" --json --threads "$threads" "$@"
}
peer() { # TIMES: what a script does without us
	local i
	for ((i = 0; i < $1; i++)); do
		tpm2_checkquote -u "$dir/one/ak.pem" -m "$dir/one/quote.msg" -s "$dir/one/quote.sig" \
			-f "$dir/one/quote.pcrs" -g sha256 -q $nonce
		tpm2_eventlog "$dir/one/log.bin"
	done
}
tars() { audit "$1" $(printf "$dir/one.tar %.0s" $(seq 2000)); }
dirs() { audit "$1" $(printf "$dir/one %.0s" $(seq 2000)); }

# What libcrypto needs for the signature alone, on this machine in this run.
floor() {
	case $1 in
	rsa) openssl speed -seconds 2 rsa2048 2>/dev/null | awk '$1 == "rsa" { print int($NF) }' ;;
	ecc) openssl speed -seconds 2 ecdsap256 2>/dev/null | awk '$2 == "bits" { print int($NF) }' ;;
	esac
}

printf 'audits per second of one core (and by the clock on all %s), log of %s events\n' "$jobs" "$events"
printf '%-6s %8s %8s %8s %8s %8s %8s %8s %8s\n' key aim ndjson 'on all' tar folder floor peer ratio
for key in rsa ecc; do
	dir=$work/$key
	mkdir "$dir"
	"$O/prog/make_evidence" $key "$n" 100 "$work/log" $nonce "$dir"
	one=$(per_second "$n" audit 1 --ndjson "$dir/evidence.ndjson")
	all=$(by_clock "$n" audit "$jobs" --ndjson "$dir/evidence.ndjson")
	tar=$(per_second 2000 tars 1)
	folder=$(per_second 2000 dirs 1)
	floor=$(floor $key)
	peer=$(per_second 50 peer 50)
	printf '%-6s %8s %8s %8s %8s %8s %8s %8s %7sx\n' $key $([ $key = rsa ] && echo 15000 || echo 10000) \
		"$one" "$all" "$tar" "$folder" "$floor" "$peer" $((one / peer))
done

# Reading alone: what a folder costs beside a tar of the same files.
"$O/prog/read_evidence" 1000 "$dir/one" "$dir/one.tar" |
	awk '{ t[NR] = $2 } END { printf "reading alone: folder %.1f us, tar %.1f us: %.1fx\n", t[1], t[2], t[1] / t[2] }'

# Five times as many: the same memory, five times the time.
line() { # TIMES: the evidence so often, in one stream
	local i
	for ((i = 0; i < $1; i++)); do cat "$dir/evidence.ndjson"; done
}
for times in 1 5; do
	/usr/bin/time -f '%U %S %M' "$O/bin/vkexec-measure" audit --manifest "$work/manifest.json" \
		--trust "$work/release.crt" --nonce $nonce --ak "$dir/aks" --json --ndjson <(line $times) \
		2>"$work/used" >/dev/null
	tail -1 "$work/used" | awk -v n=$((n * times)) '{ printf "%d machines: %.1f us each, %d KiB\n", n, ($1 + $2) * 1e6 / n, $3 }'
done
