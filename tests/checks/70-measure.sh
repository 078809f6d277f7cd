# SPDX-License-Identifier: BSD-2-Clause
# What vkexec-measure shows, against tools and data of others.

vkx_measure() { "$O/bin/vkexec-measure" "$@"; }

# The pcrs block of a tpm2_eventlog YAML, without the spaces that its versions
# put differently.
vkx_pcrs_block() { sed -n '/^pcrs:/,$p' "$1" | tr -d ' '; }

vkx_check measure-logs all "event logs of others replay to what tpm2-tools recorded"
check_measure_logs() {
	local dir=$VKX_TEST_DATA/eventlogs/tpm2-tools f name n=0
	[ -d "$dir" ] || { echo "no $dir: skipped"; return 77; }
	make -s -j"$jobs" all
	for f in "$dir"/event-raw/*.yaml "$dir"/event.bin.yaml; do
		name=$(basename "$f" .yaml)
		[ -f "$dir/$name" ] || continue
		vkx_measure log --yaml "$dir/$name" >"$O/measure-log.yaml" 2>/dev/null
		vkx_pcrs_block "$f" >"$O/measure-want"
		vkx_pcrs_block "$O/measure-log.yaml" >"$O/measure-got"
		diff "$O/measure-want" "$O/measure-got" || { echo "$name: PCRs differ"; return 1; }
		python3 -c 'import json,sys; json.load(sys.stdin)' < <(vkx_measure log --json "$dir/$name" 2>/dev/null)
		n=$((n + 1))
	done
	echo "$n logs replay to the recorded PCRs"
	[ $n -ge 9 ]
}

# Two small signed UKIs, a manifest and keys in $1; made with our own tools,
# never run.
vkx_measure_fixture() { # DIR
	local d=$1 bin=$O/bin n
	python3 - "$d" <<-'PY'
	import struct, sys
	for n, size in ((1, 65536), (2, 100000)):
	    h = bytearray(64)
	    struct.pack_into('<IIQQQ', h, 0, 0xd503201f, 0x14000010, 0, 0x200000, 0xa)
	    h[56:60] = b'ARM\x64'
	    open(f'{sys.argv[1]}/image{n}', 'wb').write(bytes(h) + bytes(i * n & 255 for i in range(size - 64)))
	    open(f'{sys.argv[1]}/initrd{n}', 'wb').write(b'initrd %d' % n * 1000)
	    open(f'{sys.argv[1]}/cmdline{n}', 'w').write(f'console=ttyAMA0 lockdown=integrity release={n}')
	    open(f'{sys.argv[1]}/sbat{n}', 'w').write(
	        'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n'
	        f'demo,{n},demo,demo,{n},https://example.org/\n')
	open(f'{sys.argv[1]}/osrel', 'w').write('ID=demo\nVERSION_ID=1\n')
	PY
	echo '/dts-v1/; / { compatible = "acme,board"; };' | dtc -q -O dtb -o "$d/dtb" -
	"$bin/vkexec-keys" generate --type p256 --no-passphrase --subject CN=Release -o "$d/release" >/dev/null
	"$bin/vkexec-keys" generate --type p256 --no-passphrase --subject CN=Other -o "$d/other" >/dev/null
	for n in 1 2; do
		"$bin/vkexec-sign" build --linux "$d/image$n" --initrd "$d/initrd$n" --cmdline "@$d/cmdline$n" \
			--dtb "$d/dtb" --os-release "$d/osrel" --sbat "$d/sbat$n" \
			--key "$d/release.key" --cert "$d/release.crt" -o "$d/r$n.efi" 2>"$d/log" || { cat "$d/log"; return 1; }
	done
	vkx_measure manifest --product demo --release 2 --minimum 1 --first unmeasured \
		--key "$d/release.key" --cert "$d/release.crt" -o "$d/manifest.json" "$d/r1.efi" "$d/r2.efi"
}

vkx_check measure-systemd all "predicted PCR 11 is what systemd-measure calculates, in four banks"
check_measure_systemd() {
	local d tool=/usr/lib/systemd/systemd-measure
	[ -x $tool ] || { echo "no systemd-measure (package systemd): skipped"; return 77; }
	make -s -j"$jobs" all
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	$tool calculate --linux="$d/image1" --osrel="$d/osrel" --cmdline="$d/cmdline1" --initrd="$d/initrd1" \
		--dtb="$d/dtb" --phase=: --bank=sha1 --bank=sha256 --bank=sha384 --bank=sha512 2>/dev/null |
		grep '^11:' >"$d/want"
	vkx_measure predict --json --bank sha1 --bank sha256 --bank sha384 --bank sha512 "$d/r1.efi" >"$d/predicted"
	# Debian 12's version does not know .sbat, the last section here.
	python3 - "$d/predicted" >"$d/got" <<-'PY'
	import hashlib, json, sys
	p = json.load(open(sys.argv[1]))
	for bank in ('sha1', 'sha256', 'sha384', 'sha512'):
	    v = bytes(hashlib.new(bank).digest_size)
	    events = [e for e in p['events'] if e['pcr'] == 11]
	    assert [e['text'] for e in events[-2:]] == ['.sbat', '.sbat'], events
	    for e in events[:-2]:
	        v = hashlib.new(bank, v + bytes.fromhex(e['digests'][bank])).digest()
	    print(f'11:{bank}={v.hex()}')
	    for e in events[-2:]:
	        v = hashlib.new(bank, v + bytes.fromhex(e['digests'][bank])).digest()
	    assert v.hex() == p['pcrs'][bank]['11'], bank
	PY
	[ "$(wc -l <"$d/want")" = 4 ]
	diff "$d/want" "$d/got" && cat "$d/got"
	# A log's banks: all of them, or those that are asked for.
	vkx_measure predict --bank sha1 --bank sha256 --bank sha384 --log "$d/log" "$d/r1.efi" >/dev/null
	vkx_measure predict --from "$d/log" --tpm-policy "$d/policy" "$d/r2.efi" >"$d/all"
	[ "$(wc -l <"$d/all")" = 6 ]
	vkx_measure predict --from "$d/log" --bank sha384 --tpm-policy "$d/policy384" "$d/r2.efi" >"$d/one"
	grep ":sha384=" "$d/all" | diff - "$d/one"
	grep -q "$(grep '^12:sha256=' "$d/all" | cut -d= -f2)" "$d/policy"
	grep -q "$(grep '^12:sha384=' "$d/all" | cut -d= -f2)" "$d/policy384"
	if vkx_measure predict --from "$d/log" --bank sha512 "$d/r2.efi" 2>"$d/err"; then return 1; fi
	[ "$(cat "$d/err")" = "vkexec-measure: $d/log: has no bank sha512" ]
	if vkx_measure predict --from "$d/image1" "$d/r2.efi" 2>"$d/err"; then return 1; fi
	[ "$(wc -l <"$d/err")" = 1 ]
}

# A TPM of its own for a check: vkx_swtpm_start DIR; DIR/st keeps its state.
# Two ports in a row are needed; one that somebody has, or had a moment ago,
# makes it try others.
vkx_swtpm_start() { # DIR [PORT]
	local port try _
	mkdir -p "$1/st"
	for try in $(seq 20); do
		port=${2:-$((20000 + (RANDOM * 32768 + RANDOM) % 12000))}
		swtpm socket --tpm2 --tpmstate dir="$1/st" --server type=tcp,port=$port --ctrl type=tcp,port=$((port + 1)) \
			--flags not-need-init,startup-clear >"$1/swtpm.log" 2>&1 &
		VKX_SWTPM=$!
		VKX_SWTPM_PORT=$port
		export TPM2TOOLS_TCTI=swtpm:host=127.0.0.1,port=$port
		for _ in $(seq 100); do
			kill -0 $VKX_SWTPM 2>/dev/null || break
			tpm2_getrandom 1 >/dev/null 2>&1 && return 0
			sleep 0.1
		done
	done
	cat "$1/swtpm.log"
	return 1
}
# Also where none was started yet.
vkx_swtpm_stop() {
	[ -n "${VKX_SWTPM:-}" ] || return 0
	kill "$VKX_SWTPM" 2>/dev/null || true
	wait "$VKX_SWTPM" 2>/dev/null || true
}

# How a check with a TPM begins: tools built, and the fixture in VKX_DIR, which
# ends with the check, as does the TPM.
vkx_measure_begin() {
	make -s -j"$jobs" all
	VKX_DIR=$(mktemp -d)
	trap 'vkx_swtpm_stop; rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$VKX_DIR"
}

# Extends what `predict --json` wrote, as kernels would.
vkx_extend() { # JSON
	python3 -c 'import json, sys
for e in json.load(open(sys.argv[1]))["events"]:
    print(e["pcr"], ",".join(k + "=" + v for k, v in e["digests"].items()))' "$1" |
		while read -r pcr digests; do tpm2_pcrextend "$pcr:$digests" || return 1; done
}

# vkx_audit_is VERDICT REASON ARGUMENT...: the audit says exactly that.
vkx_audit_is() {
	local verdict=$1 reason=$2 rc=0 want=3
	shift 2
	[ "$verdict" != affirming ] || want=0
	vkx_measure audit --manifest "$VKX_DIR/manifest.json" --trust "$VKX_DIR/release.crt" --json "$@" \
		>"$VKX_DIR/verdict" || rc=$?
	python3 - "$VKX_DIR/verdict" "$verdict" "$reason" <<-'PY' && [ $rc = $want ] && { echo "  $reason: $verdict"; return 0; }
	import json, sys
	v = json.loads(open(sys.argv[1]).readline())
	first = v['findings'][0]['reason'] if v['findings'] else 'fine'
	sys.exit(0 if (v['verdict'], first) == (sys.argv[2], sys.argv[3]) else f'{first}: {v["verdict"]}, {v["findings"]}')
	PY
	echo "wanted $verdict for $reason, exit $want; got exit $rc"
	return 1
}

vkx_check measure-audit all "a TPM's quotes: good ones affirmed, forgeries each refused with their own reason (V101, V105, V109)"
check_measure_audit() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 key how wrong rc state theirs
	vkx_measure_begin
	d=$VKX_DIR
	openssl cms -verify -binary -inform DER -in "$d/manifest.json.p7s" -content "$d/manifest.json" \
		-CAfile "$d/release.crt" -purpose any -out /dev/null
	vkx_swtpm_start "$d"
	vkx_measure provision -o "$d/ak" >/dev/null
	vkx_measure provision --key rsa --handle 0x81010021 -o "$d/ak-rsa" >/dev/null
	if vkx_measure provision -o "$d/again" 2>"$d/log"; then return 1; fi
	grep -q "is taken" "$d/log" && [ ! -e "$d/again" ]
	vkx_measure predict --json --log "$d/log0" "$d/r1.efi" >"$d/first.json"
	vkx_extend "$d/first.json"
	vkx_measure quote --nonce $nonce --log "$d/log0" -o "$d/before"
	vkx_measure predict --json --from "$d/log0" --log "$d/log1" "$d/r2.efi" >"$d/second.json"
	vkx_extend "$d/second.json"
	for key in ak ak-rsa; do
		vkx_measure quote --nonce ${nonce}aa --log "$d/log1" -o "$d/e-$key" \
			--handle 0x8101002$([ $key = ak ] && echo 0 || echo 1)
		tpm2_checkquote -u "$d/e-$key/ak.pem" -m "$d/e-$key/quote.msg" -s "$d/e-$key/quote.sig" \
			-f "$d/e-$key/quote.pcrs" -g sha256 -q ${nonce}aa >/dev/null
		vkx_audit_is affirming fine --nonce ${nonce}aa --ak "$d/$key" "$d/e-$key"
	done
	# Keylime's form of it, read by none of ours; and one of Keylime's own.
	theirs=$VKX_TEST_DATA/eventlogs/rust-keylime/test-quote.txt
	[ -e "$theirs" ] || theirs=
	python3 tests/keylime/quote.py "$d/e-ak/quote.keylime" ${nonce}aa "$d/e-ak-rsa/quote.keylime" ${nonce}aa \
		${theirs:+"$theirs" 54455354}
	tpm2_eventlog "$d/e-ak/log.bin" >"$d/yaml" 2>"$d/warnings"
	# tpm2-tools before 5.6 warn of every EV_IPL in PCR 11, systemd's too.
	if grep -v "not extending either PCR 8, 9, 12 or 14" "$d/warnings"; then return 1; fi
	vkx_measure quote --nonce ${nonce}aa --log "$d/log1" -o "$d/e.tar"
	vkx_audit_is affirming fine --nonce ${nonce}aa --ak "$d/ak" "$d/e.tar"
	vkx_audit_is affirming fine --nonce ${nonce}aa --ak "$d/ak" --previous "$d/before" "$d/e-ak"

	echo "wrong by what was asked"
	vkx_audit_is none ak-unbound --nonce ${nonce}aa "$d/e-ak"
	vkx_audit_is none ak-unknown --nonce ${nonce}aa --ak "$d/ak-rsa" "$d/e-ak"
	vkx_audit_is none nonce-mismatch --nonce ${nonce}ab --ak "$d/ak" "$d/e-ak"
	vkx_audit_is none nonce-short --nonce 00010203 --ak "$d/ak" "$d/e-ak"
	vkx_audit_is none nonce-reused --nonce ${nonce}aa --ak "$d/ak" --previous "$d/e-ak" "$d/e-ak"
	vkx_audit_is contraindicated hops-missing --nonce $nonce --ak "$d/ak" --expect-hops 2 "$d/before"
	vkx_audit_is none selection-partial --nonce ${nonce}aa --ak "$d/ak" --require 0-9,12,14 "$d/e-ak"

	echo "wrong by what was quoted"
	vkx_measure quote --nonce ${nonce}aa --log "$d/log1" --pcrs 0-7 -o "$d/partial"
	vkx_audit_is none selection-partial --nonce ${nonce}aa --ak "$d/ak" "$d/partial"
	vkx_measure quote --nonce ${nonce}aa --log "$d/log1" --bank sha1 -o "$d/sha1"
	vkx_audit_is none selection-bank --nonce ${nonce}aa --ak "$d/ak" "$d/sha1"
	cp -r "$d/e-ak" "$d/other-log"
	cp "$d/log0" "$d/other-log/log.bin"
	vkx_audit_is contraindicated log-replay --nonce ${nonce}aa --ak "$d/ak" "$d/other-log"
	cp -r "$d/e-ak" "$d/no-log"
	rm "$d/no-log/log.bin"
	vkx_audit_is contraindicated log-missing --nonce ${nonce}aa --ak "$d/ak" "$d/no-log"
	cp -r "$d/e-ak" "$d/no-sig"
	rm "$d/no-sig/quote.sig"
	vkx_audit_is none evidence-read --nonce ${nonce}aa --ak "$d/ak" "$d/no-sig"

	echo "what was seen before"
	state=(--state "$d/seen" --ak "$d/ak")
	vkx_audit_is affirming fine --nonce $nonce "${state[@]}" "$d/before"
	vkx_audit_is none nonce-reused --nonce $nonce "${state[@]}" "$d/before"
	vkx_audit_is affirming fine --nonce ${nonce}aa "${state[@]}" "$d/e-ak"
	vkx_audit_is none clock-back --nonce $nonce "${state[@]}" "$d/before"
	# Lines and threads, and one machine twice in one audit.
	python3 - "$d/e-ak" m >"$d/lines" <<-'PY'
	import base64, json, os, sys
	line = json.dumps({'name': sys.argv[2], **{f: base64.b64encode(open(sys.argv[1] + '/' + f, 'rb').read()).decode()
	    for f in ('quote.msg', 'quote.sig', 'quote.pcrs', 'ak.pub', 'log.bin')}})
	print(line)
	print(line)
	PY
	mkdir "$d/aks"
	cp "$d/ak/ak.pub" "$d/aks/m.pub"
	rm "$d/seen"
	for wrong in fine nonce-reused; do
		rc=0
		vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce ${nonce}aa --ak "$d/aks" \
			--state "$d/seen" --json --ndjson "$d/lines" >"$d/out" 2>/dev/null || rc=$?
		[ $rc = 3 ] && [ "$(grep -c '"verdict":"affirming","links"' "$d/out")" = $([ $wrong = fine ] && echo 1 || echo 0) ]
		[ "$(grep -c '"reason":"nonce-reused"' "$d/out")" = $([ $wrong = fine ] && echo 1 || echo 2) ]
	done
	# A manifest that was replaced since.
	sed 's/"demo":2/"demo":3/' "$d/seen" >"$d/later"
	if vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce ${nonce}aa --ak "$d/ak" \
		--state "$d/later" "$d/e-ak" >"$d/out" 2>&1; then return 1; fi
	grep -q "is of release 2, and .* has seen 3" "$d/out"
	echo broken >"$d/broken"
	rc=0
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce ${nonce}aa --ak "$d/ak" \
		--state "$d/broken" "$d/e-ak" >"$d/out" 2>&1 || rc=$?
	[ $rc = 1 ] && grep -qx broken "$d/broken"

	echo "evidence of one machine as that of another"
	cp -r "$d/e-ak" "$d/m"
	cp "$d/e.tar" "$d/m.tar"
	vkx_audit_is affirming fine --nonce ${nonce}aa --ak "$d/aks" "$d/m"
	vkx_audit_is affirming fine --nonce ${nonce}aa --ak "$d/aks" "$d/m/"
	vkx_audit_is affirming fine --nonce ${nonce}aa --ak "$d/aks" "$d/m.tar"
	vkx_audit_is none ak-other-machine --nonce ${nonce}aa --ak "$d/aks" "$d/e-ak"
	vkx_audit_is none ak-other-machine --nonce ${nonce}aa --ak "$d/aks" "$d/e.tar"
	rc=0
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce ${nonce}aa --ak "$d/ak" \
		"$d/e-ak" "$d/m" >"$d/out" 2>&1 || rc=$?
	[ $rc = 2 ] && grep -q "several machines need --ak DIR" "$d/out"
	cp "$d/ak/ak.pub" "$d/aks/n.pub"
	rc=0
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce ${nonce}aa --ak "$d/aks" \
		"$d/m" >"$d/out" 2>&1 || rc=$?
	[ $rc = 1 ] && grep -q "have one AK" "$d/out"

	echo "attestations of other things, by the same key"
	tpm2_nvdefine 0x1500001 -s 32 -a "ownerread|ownerwrite" >/dev/null
	head -c 32 /dev/zero | tpm2_nvwrite 0x1500001 -C o -i -
	for key in nv time; do
		cp -r "$d/e-ak" "$d/$key"
		if [ $key = nv ]; then
			tpm2_nvcertify -C 0x81010020 -g sha256 -q ${nonce}aa -c o -o "$d/nv/quote.sig" \
				--attestation "$d/nv/quote.msg" --size 32 0x1500001 >/dev/null
		else
			tpm2_gettime -c 0x81010020 -g sha256 -q ${nonce}aa -o "$d/time/quote.sig" \
				--attestation "$d/time/quote.msg" >/dev/null
		fi
		vkx_audit_is none quote-type --nonce ${nonce}aa --ak "$d/ak" "$d/$key"
	done

	echo "an unrestricted key signs whatever it is given"
	tpm2_createprimary -Q -C o -c "$d/p.ctx"
	tpm2_create -Q -C "$d/p.ctx" -G ecc:ecdsa-sha256 -u "$d/u.pub" -r "$d/u.priv" \
		-a "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign"
	tpm2_flushcontext -t
	tpm2_load -Q -C "$d/p.ctx" -u "$d/u.pub" -r "$d/u.priv" -c "$d/u.ctx"
	tpm2_flushcontext -t
	cp -r "$d/e-ak" "$d/free"
	cp "$d/u.pub" "$d/free/ak.pub"
	tpm2_sign -Q -c "$d/u.ctx" -g sha256 -o "$d/free/quote.sig" "$d/free/quote.msg"
	vkx_audit_is none ak-attributes --nonce ${nonce}aa --ak "$d/ak" "$d/free"
	tpm2_flushcontext -t

	for how in restart reset; do
		# Shutdown(STATE) or Shutdown(CLEAR); then power off and on.
		echo "PCRs replayed after a TPM $how"
		tpm2_shutdown $([ $how = restart ] || echo -c)
		vkx_swtpm_stop
		vkx_swtpm_start "$d"
		vkx_extend "$d/first.json"
		vkx_extend "$d/second.json"
		vkx_measure quote --nonce ${nonce}bb --log "$d/log1" -o "$d/$how"
		vkx_audit_is affirming fine --nonce ${nonce}bb --ak "$d/ak" "$d/$how"
		vkx_audit_is none clock-reset --nonce ${nonce}bb --ak "$d/ak" --previous "$d/e-ak" "$d/$how"
		vkx_audit_is affirming fine --nonce ${nonce}bb --ak "$d/ak" --previous "$d/e-ak" --resets 1 "$d/$how"
	done

	echo "manifests nobody signed"
	if vkx_measure audit --manifest "$d/manifest.json" --trust "$d/other.crt" --nonce ${nonce}aa --ak "$d/ak" \
		"$d/e-ak" >"$d/out" 2>&1; then return 1; fi
	grep -q "is not signed by anybody" "$d/out"
	cp "$d/manifest.json.p7s" "$d/changed.json.p7s"
	sed 's/"minimum_release":1/"minimum_release":0/' "$d/manifest.json" >"$d/changed.json"
	if vkx_measure audit --manifest "$d/changed.json" --trust "$d/release.crt" --nonce ${nonce}aa --ak "$d/ak" \
		"$d/e-ak" >"$d/out" 2>&1; then return 1; fi
	grep -q "is not signed by anybody" "$d/out"

	# V40: a CA that is trusted has TLS servers, too.
	ca=$d/tls-ca
	"$O/bin/vkexec-keys" generate --ca --type p256 --no-passphrase --subject CN=ca -o "$ca" >/dev/null
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=web \
		-keyout "$d/tls.key" -out "$d/tls.csr" 2>/dev/null
	for use in serverAuth codeSigning; do
		openssl x509 -req -in "$d/tls.csr" -CA "$ca.crt" -CAkey "$ca.key" -set_serial 7 -days 9 \
			-extfile <(printf 'keyUsage=digitalSignature\nextendedKeyUsage=%s\n' $use) \
			-out "$d/$use.crt" 2>/dev/null
		cp "$d/manifest.json" "$d/$use.json"
		openssl cms -sign -binary -outform DER -in "$d/$use.json" -signer "$d/$use.crt" \
			-inkey "$d/tls.key" -out "$d/$use.json.p7s"
	done
	if vkx_measure audit --manifest "$d/serverAuth.json" --trust "$ca.crt" --nonce ${nonce}aa --ak "$d/ak" \
		"$d/e-ak" >"$d/out" 2>&1; then return 1; fi
	grep -q "is not signed by anybody" "$d/out"
	vkx_measure audit --manifest "$d/codeSigning.json" --trust "$ca.crt" --nonce ${nonce}aa --ak "$d/ak" \
		"$d/e-ak" | grep -q ": affirming"

	echo "who may not sign manifests any more"
	# revoked RC LIST TRUST: the audit of the manifest that the CA's leaf signed.
	revoked() {
		rc=0
		vkx_measure audit --manifest "$d/codeSigning.json" --trust "$3" --revoked "$d/unlike.esl" --revoked "$2" \
			--nonce ${nonce}aa --ak "$d/ak" --state "$d/seen-revoked" "$d/e-ak" >"$d/out" 2>&1 || rc=$?
		echo "  $(basename "$2") under $(basename "$3"): exit $rc"
		[ $rc = $1 ] && { [ $rc != 3 ] || { grep -q "(revoked-certificate)" "$d/out" && [ ! -e "$d/seen-revoked" ]; }; }
		rm -f "$d/seen-revoked"
	}
	for key in unlike:other leaf:codeSigning ca:tls-ca; do
		"$O/bin/vkexec-keys" revoke --list "$d/${key%:*}.esl" --certificate "$d/${key#*:}.crt" >/dev/null
		"$O/bin/vkexec-keys" revoke --list "$d/${key%:*}-whole.esl" --certificate "$d/${key#*:}.crt" --whole >/dev/null
	done
	for how in unlike unlike-whole; do
		revoked 0 "$d/$how.esl" "$ca.crt"
		revoked 0 "$d/$how.esl" "$d/codeSigning.crt"
	done
	for how in leaf leaf-whole ca ca-whole; do revoked 3 "$d/$how.esl" "$ca.crt"; done
	for how in leaf leaf-whole ca-whole; do revoked 3 "$d/$how.esl" "$d/codeSigning.crt"; done
	# A digest tells nothing of a CA that nobody brings along; one that is, is seen.
	revoked 0 "$d/ca.esl" "$d/codeSigning.crt"
	openssl cms -sign -binary -outform DER -in "$d/codeSigning.json" -signer "$d/codeSigning.crt" \
		-inkey "$d/tls.key" -certfile "$ca.crt" -out "$d/codeSigning.json.p7s"
	revoked 3 "$d/ca.esl" "$d/codeSigning.crt"
	revoked 1 "$d/manifest.json" "$ca.crt"
	revoked 1 "$d/nothing.esl" "$ca.crt"

	echo "signatures of another form"
	"$O/bin/vkexec-keys" generate --type rsa3072 --no-passphrase --subject CN=Rsa -o "$d/rsa" >/dev/null
	cp "$d/manifest.json" "$d/form.json"
	# signed RC KEY ARGUMENT...: OpenSSL signs, the audit ends so.
	signed() {
		local want=$1 by=$2
		shift 2
		openssl cms -sign -binary -outform DER -in "$d/form.json" -signer "$d/$by.crt" -inkey "$d/$by.key" \
			-out "$d/form.json.p7s" "$@"
		audited $want $by "$*"
	}
	audited() { # RC KEY WHAT
		rc=0
		vkx_measure audit --manifest "$d/form.json" --trust "$d/$2.crt" --nonce ${nonce}aa --ak "$d/ak" \
			"$d/e-ak" >"$d/out" 2>&1 || rc=$?
		echo "  $2 $3: exit $rc"
		[ $rc = $1 ] && { [ $rc = 0 ] || grep -q "is not a detached CMS signature of data" "$d/out"; }
	}
	for key in release rsa; do
		for how in sha256 sha384 sha512; do signed 0 $key -md $how; done
		for how in sha1 sha224; do signed 3 $key -md $how; done
		signed 3 $key -econtent_type 1.2.840.113549.1.9.16.1.4
		signed 3 $key -nodetach
		signed 3 $key -noattr
		signed 3 $key -econtent_type 1.2.840.113549.1.7.5
		# What stands outside of the signature says data, what was signed not.
		python3 - "$d/form.json.p7s" <<-'PY'
		import sys
		oid = bytes.fromhex('06092a864886f70d0107')
		data = open(sys.argv[1], 'rb').read()
		assert data.count(oid + b'\5') == 2
		open(sys.argv[1], 'wb').write(data.replace(oid + b'\5', oid + b'\1', 1))
		PY
		audited 3 $key "type changed"
	done
	# OpenSSL signs these with RSA only.
	signed 3 rsa -md md5
	signed 3 rsa -keyopt rsa_padding_mode:pss

	for wrong in "--product other" "--release 3"; do
		if vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce ${nonce}aa --ak "$d/ak" \
			$wrong "$d/e-ak" >"$d/out" 2>&1; then return 1; fi
		cat "$d/out"
	done
	vkx_audit_is affirming fine --product demo --release 2 --nonce ${nonce}aa --ak "$d/ak" "$d/e-ak"

	echo "a TPM that is gone"
	[ -z "$(tpm2_getcap handles-transient)" ] || { tpm2_getcap handles-transient; return 1; }
	vkx_swtpm_stop
	if vkx_measure quote --nonce $nonce --log "$d/log1" -o "$d/none" 2>"$d/out"; then return 1; fi
	cat "$d/out"
	[ ! -e "$d/none" ] && [ "$(wc -l <"$d/out")" = 1 ]
	if vkx_measure provision -o "$d/none" 2>"$d/out"; then return 1; fi
	[ ! -e "$d/none" ] && [ "$(wc -l <"$d/out")" = 1 ]
	! ls -d "$d"/none* 2>/dev/null
}

vkx_check measure-userspace all "PCRs that user space extends and no log tells of: said by quote and audit, with the way out"
check_measure_userspace() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 hint digest
	vkx_measure_begin
	d=$VKX_DIR
	hint="user space may extend it unlogged: quote --pcrs 0-8,12, audit --require 0-8,12"
	vkx_measure predict --json --log "$d/log" "$d/r1.efi" >"$d/predicted"
	vkx_swtpm_start "$d"
	vkx_extend "$d/predicted"
	vkx_measure provision -o "$d/ak" >/dev/null
	vkx_measure quote --nonce $nonce --log "$d/log" -o "$d/quiet" 2>"$d/err"
	[ ! -s "$d/err" ]
	# systemd-pcrphase: the word alone.
	digest=$(printf enter-initrd | sha256sum | cut -d' ' -f1)
	tpm2_pcrextend 11:sha256="$digest" 9:sha256="$digest"
	vkx_measure quote --nonce $nonce --log "$d/log" -o "$d/loud" 2>"$d/err"
	cat "$d/err"
	[ "$(cat "$d/err")" = "vkexec-measure: warning: $d/log: does not lead to PCR 9,11, so that an audit will say log-replay; $hint" ]
	vkx_audit_is contraindicated log-replay --nonce $nonce --ak "$d/ak" "$d/loud"
	python3 - "$d/verdict" "$hint" <<-'PY'
	import json, sys
	details = [f['detail'] for f in json.load(open(sys.argv[1]))['findings']]
	assert details == [f'PCR {n} of bank sha256; {sys.argv[2]}' for n in (9, 11)], details
	PY
	# As the hint says.
	vkx_measure quote --nonce $nonce --pcrs 0-8,12 --log "$d/log" -o "$d/way-out" 2>"$d/err"
	[ ! -s "$d/err" ]
	vkx_audit_is affirming fine --require 0-8,12 --nonce $nonce --ak "$d/ak" "$d/way-out"
	vkx_audit_is none selection-partial --nonce $nonce --ak "$d/ak" "$d/way-out"
	# What no user space of ours extends has no such way out.
	tpm2_pcrextend 12:sha256="$digest"
	vkx_measure quote --nonce $nonce --pcrs 0-8,12 --log "$d/log" -o "$d/lie" 2>"$d/err"
	[ "$(cat "$d/err")" = "vkexec-measure: warning: $d/log: does not lead to PCR 12, so that an audit will say log-replay" ]
	# No log at all explains nothing.
	vkx_measure quote --nonce $nonce --pcrs 0,12 --log "$d/image1" -o "$d/none" 2>"$d/err"
	grep -q "does not lead to PCR 0,12," "$d/err"
}

vkx_check measure-signers all "a release that two have signed: each kernel records the signer that it trusts, and the audit takes either"
check_measure_signers() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 who rc
	make -s -j"$jobs" all "$O/prog/make_evidence"
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	"$O/bin/vkexec-keys" generate --type p256 --no-passphrase --subject CN=Old -o "$d/old" >/dev/null
	"$O/bin/vkexec-sign" sign --add --key "$d/old.key" --cert "$d/old.crt" -o "$d/both.efi" "$d/r2.efi" 2>/dev/null
	# Firmware may have a signer of its own, whom no kernel takes.
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$d/fw.key" -out "$d/fw.crt" -subj /CN=Firmware \
		-addext basicConstraints=critical,CA:FALSE 2>/dev/null
	"$O/bin/vkexec-sign" sign --add --firmware --key "$d/fw.key" --cert "$d/fw.crt" -o "$d/three.efi" "$d/both.efi" 2>/dev/null
	vkx_measure manifest --product demo --release 2 --minimum 1 --first unmeasured \
		--key "$d/release.key" --cert "$d/release.crt" -o "$d/manifest.json" "$d/three.efi"
	python3 - "$d" <<-'PY'
	import hashlib, json, ssl, sys
	d = sys.argv[1]
	digest = lambda name: hashlib.sha256(ssl.PEM_cert_to_DER_cert(open(f'{d}/{name}.crt').read())).hexdigest()
	artifact, = json.load(open(d + '/manifest.json'))['artifacts']
	assert artifact['signer'] == [digest('release'), digest('old')], artifact
	PY
	for who in release old; do
		vkx_measure predict --signer "$d/$who.crt" --log "$d/log-$who" "$d/both.efi" >"$d/pcrs-$who"
		mkdir "$d/$who"
		"$O/prog/make_evidence" ecc 1 1 "$d/log-$who" $nonce "$d/$who"
		vkx_audit_is affirming fine --nonce $nonce --ak "$d/$who/aks" "$d/$who/one"
	done
	# Two records, two PCRs; without a choice it is the first signer's.
	! cmp -s "$d/pcrs-release" "$d/pcrs-old"
	vkx_measure predict "$d/three.efi" | cmp - "$d/pcrs-release"
	vkx_measure predict --signer "$d/other.crt" --signer "$d/old.crt" "$d/three.efi" | cmp - "$d/pcrs-old"
	rc=0
	vkx_measure predict --signer "$d/other.crt" "$d/both.efi" 2>"$d/err" || rc=$?
	[ $rc = 3 ] && grep -q "no signature by any --signer" "$d/err"
	# A signer who is none of them.
	vkx_measure manifest --product demo --release 2 --minimum 1 --first unmeasured \
		--key "$d/release.key" --cert "$d/release.crt" -o "$d/manifest.json" "$d/r2.efi"
	vkx_audit_is contraindicated link-signer --nonce $nonce --ak "$d/old/aks" "$d/old/one"
}

vkx_check measure-manifest all "what a manifest's options restrict is what an audit refuses (V108)"
check_measure_manifest() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 sign firmware n
	make -s -j"$jobs" all "$O/prog/make_evidence"
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	vkx_measure predict --log "$d/log" "$d/r1.efi" >/dev/null
	mkdir "$d/ev"
	"$O/prog/make_evidence" ecc 1 1 "$d/log" $nonce "$d/ev"
	sign=(--product demo --release 2 --minimum 1 --first unmeasured --key "$d/release.key" --cert "$d/release.crt"
		-o "$d/manifest.json" "$d/r1.efi" "$d/r2.efi")
	echo "a TPM whose firmware is known bad"
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/ev/aks" "$d/ev/one"
	firmware=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["tpm"]["firmware"])' "$d/verdict")
	vkx_measure manifest --bad-tpm-firmware 00000000000000ff --bad-tpm-firmware "$firmware" "${sign[@]}"
	vkx_audit_is contraindicated tpm-firmware --nonce $nonce --ak "$d/ev/aks" "$d/ev/one"
	vkx_measure manifest --bad-tpm-firmware 00000000000000ff "${sign[@]}"
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/ev/aks" "$d/ev/one"
	echo "OpenSSL checks it as --help says, also by a certificate that a CA has issued"
	"$O/bin/vkexec-keys" generate --ca --type p256 --no-passphrase --subject CN=CA -o "$d/ca" >/dev/null
	"$O/bin/vkexec-keys" generate --type p256 --no-passphrase --subject CN=Leaf -o "$d/leaf" >/dev/null
	"$O/bin/vkexec-keys" csr --key "$d/leaf.key" --subject CN=Leaf -o "$d/leaf.csr"
	"$O/bin/vkexec-keys" issue --ca-cert "$d/ca.crt" --ca-key "$d/ca.key" -o "$d/issued.crt" "$d/leaf.csr"
	for n in release:release leaf:issued; do
		vkx_measure manifest --product demo --release 2 --first unmeasured --key "$d/${n%:*}.key" \
			--cert "$d/${n#*:}.crt" -o "$d/M" "$d/r1.efi"
		cp "$d/${n#*:}.crt" "$d/C"
		vkx_measure manifest --help | sed -n '/^  openssl/,/^$/p' >"$d/openssl.sh"
		(cd "$d" && sh -eu ./openssl.sh | cmp - M)
		echo changed >>"$d/M"
		if (cd "$d" && sh -eu ./openssl.sh >/dev/null 2>&1); then return 1; fi
	done
	if vkx_measure manifest --bad-tpm-firmware 1.2 "${sign[@]}" 2>"$d/err"; then return 1; fi
	grep -q -- "--bad-tpm-firmware" "$d/err"
}

vkx_check measure-challenge all "an AK is bound to a TPM by its EK certificate, and to no other (V102, V103)"
check_measure_challenge() {
	local d type handle use wrong rc nonce=000102030405060708090a0b0c0d0e0f10111213
	vkx_measure_begin
	d=$VKX_DIR
	vkx_measure predict --json --log "$d/log" "$d/r1.efi" >"$d/predicted"
	vkx_swtpm_start "$d"
	vkx_extend "$d/predicted"
	# ek_cert OUT EXTENSION...: the CA's certificate for this TPM's EK.
	ek_cert() {
		local out=$1
		shift
		openssl x509 -req -in "$d/x.csr" -force_pubkey "$d/ek.pem" -CA "$d/ca.crt" -CAkey "$d/ca.key" -CAcreateserial \
			-extfile <(printf '%s\n' "$@") -outform DER -out "$out" 2>/dev/null
	}
	# answered CERT OUT: a challenge by this certificate, and evidence with what
	# the TPM answered.
	answered() {
		vkx_measure challenge --ek "$1" --ak "$d/$type/ak.pub" -o "$2"
		rm -rf "$2.answer" "$2.evidence"
		vkx_measure activate --key $type --handle $handle "$2.cred" -o "$2.answer"
		vkx_measure quote --nonce $nonce --handle $handle --log "$d/log" --activation "$2.answer" -o "$2.evidence"
	}
	for type in ecc rsa; do
		echo "EK of type $type"
		handle=0x8101003$([ $type = ecc ] && echo 0 || echo 1)
		vkx_measure provision --key $type --handle $handle -o "$d/$type" >/dev/null
		# A maker's certificate for this TPM's EK, and one for another EK.
		tpm2_createek -Q -c "$d/ek.ctx" -G $type -u "$d/ek.pem" -f pem
		tpm2_flushcontext -t
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$d/ca.key" -out "$d/ca.crt" -subj /CN=Maker 2>/dev/null
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$d/ca2.key" -out "$d/ca2.crt" -subj /CN=Maker 2>/dev/null
		openssl req -new -newkey rsa:2048 -nodes -keyout "$d/x.key" -out "$d/x.csr" -subj /CN=EK 2>/dev/null
		use=keyUsage=critical,$([ $type = ecc ] && echo keyAgreement || echo keyEncipherment)
		ek_cert "$d/ek.crt" "$use" basicConstraints=critical,CA:FALSE extendedKeyUsage=2.23.133.8.1 \
			subjectAltName=critical,dirName:tpm "[tpm]" 0.2.23.133.2.1=id:00001014
		openssl x509 -req -in "$d/x.csr" -CA "$d/ca.crt" -CAkey "$d/ca.key" -CAcreateserial -out "$d/wrong.crt" 2>/dev/null
		vkx_measure challenge --ek "$d/ek.crt" --ek-ca "$d/ca.crt" --ak "$d/$type/ak.pub" -o "$d/c"
		[ "$(stat -c %a "$d/c.secret")" = 600 ]
		vkx_measure activate --key $type --handle $handle "$d/c.cred" -o "$d/answer"
		vkx_measure quote --nonce $nonce --handle $handle --log "$d/log" --activation "$d/answer" -o "$d/e-$type"
		vkx_audit_is affirming fine --nonce $nonce --ek-ca "$d/ca.crt" --challenge "$d/c.secret" "$d/e-$type"
		vkx_audit_is none ek-chain --nonce $nonce --ek-ca "$d/ca2.crt" --challenge "$d/c.secret" "$d/e-$type"
		# tpm2-tools open what we seal, by another way to the same EK.
		tpm2_createek -Q -c "$d/ek.ctx" -G $type -u "$d/ek.pub"
		tpm2_startauthsession -Q --policy-session -S "$d/s"
		tpm2_policysecret -Q -S "$d/s" -c e
		tpm2_activatecredential -Q -c $handle -C "$d/ek.ctx" -i "$d/c.cred" -o "$d/theirs" -P "session:$d/s"
		cmp "$d/answer" "$d/theirs"
		tpm2_flushcontext "$d/s"
		tpm2_flushcontext -t
		# Another answer, another challenge, another AK.
		head -c 32 /dev/zero >"$d/guess"
		vkx_measure quote --nonce $nonce --handle $handle --log "$d/log" --activation "$d/guess" -o "$d/g-$type"
		vkx_audit_is none ak-unknown --nonce $nonce --ek-ca "$d/ca.crt" --challenge "$d/c.secret" "$d/g-$type"
		vkx_measure provision --key $type --handle 0x81010039 --replace -o "$d/second-$type" >/dev/null
		vkx_measure challenge --ek "$d/wrong.crt" --ak "$d/$type/ak.pub" -o "$d/w"
		if vkx_measure activate --key $type --handle $handle "$d/w.cred" -o "$d/none" 2>"$d/out"; then return 1; fi
		[ ! -e "$d/none" ]
		if vkx_measure challenge --ek "$d/ek.crt" --ek-ca "$d/ca2.crt" --ak "$d/$type/ak.pub" -o "$d/x" \
			2>"$d/out"; then return 1; fi
		grep -q "is not issued by" "$d/out" && [ ! -e "$d/x.cred" ]

		# As some makers leave it; then what a CA issues for other keys.
		ek_cert "$d/bare.crt" "$use"
		answered "$d/bare.crt" "$d/bare"
		vkx_audit_is affirming fine --nonce $nonce --ek-ca "$d/ca.crt" --challenge "$d/bare.secret" "$d/bare.evidence"
		for wrong in "keyUsage=digitalSignature extendedKeyUsage=codeSigning" "$use extendedKeyUsage=serverAuth" \
			"$use extendedKeyUsage=2.23.133.8.3" extendedKeyUsage=2.23.133.8.1 \
			"keyUsage=digitalSignature extendedKeyUsage=2.23.133.8.1" "$use extendedKeyUsage=DER:3003020101" \
			"$use basicConstraints=CA:TRUE" "$use,keyCertSign"; do
			echo "  $wrong"
			# shellcheck disable=SC2086
			ek_cert "$d/leaf.crt" $wrong
			if vkx_measure challenge --ek "$d/leaf.crt" --ek-ca "$d/ca.crt" --ak "$d/$type/ak.pub" -o "$d/x" \
				2>"$d/out"; then return 1; fi
			grep -q "is not a certificate of an EK" "$d/out" && [ ! -e "$d/x.cred" ]
			answered "$d/leaf.crt" "$d/leaf"
			vkx_audit_is none ek-chain --nonce $nonce --ek-ca "$d/ca.crt" --challenge "$d/leaf.secret" "$d/leaf.evidence"
		done
		# A restriction that nobody knows, and the CA itself.
		ek_cert "$d/leaf.crt" "$use" 1.2.3.4=critical,ASN1:NULL
		answered "$d/leaf.crt" "$d/leaf"
		vkx_audit_is none ek-chain --nonce $nonce --ek-ca "$d/ca.crt" --challenge "$d/leaf.secret" "$d/leaf.evidence"
		if vkx_measure challenge --ek "$d/ca.crt" --ek-ca "$d/ca.crt" --ak "$d/$type/ak.pub" -o "$d/x" 2>"$d/out"; then return 1; fi
		grep -q "is not a certificate of an EK" "$d/out" && [ ! -e "$d/x.cred" ]
		[ -z "$(tpm2_getcap handles-transient)$(tpm2_getcap handles-loaded-session)" ]
		rm "$d/answer" "$d/ek.pub"
	done
	if command -v swtpm_localca >/dev/null; then
		echo "a certificate of swtpm's CA"
		mkdir "$d/theirs.d" "$d/theirs.st"
		printf '%s\n' "statedir = $d/theirs.d" "signingkey = $d/theirs.d/key.pem" "issuercert = $d/theirs.d/ca.pem" \
			"certserial = $d/theirs.d/serial" >"$d/localca.conf"
		printf '%s\n' --platform-manufacturer=X --platform-version=1 --platform-model=Y >"$d/localca.opts"
		printf '%s\n' "create_certs_tool = $(command -v swtpm_localca)" "create_certs_tool_config = $d/localca.conf" \
			"create_certs_tool_options = $d/localca.opts" >"$d/setup.conf"
		swtpm_setup --tpm2 --tpmstate "$d/theirs.st" --create-ek-cert --config "$d/setup.conf" \
			--write-ek-cert-files "$d/theirs.d" >"$d/out" 2>&1 || { cat "$d/out"; return 1; }
		cat "$d/theirs.d/ca.pem" "$d/theirs.d/swtpm-localca-rootca-cert.pem" >"$d/theirs.pem"
		vkx_measure challenge --ek "$d/theirs.d/ek-rsa2048.crt" --ek-ca "$d/theirs.pem" --ak "$d/rsa/ak.pub" -o "$d/s"
	fi
	# Of two bindings one would count for nothing, and a key that no certificate
	# vouches for may be anybody's.
	for wrong in "--ek-ca $d/ca2.crt --challenge $d/c.secret" "--ek-ca $d/ca2.crt" "--challenge $d/c.secret"; do
		rc=0
		# shellcheck disable=SC2086
		vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce --ak "$d/rsa" $wrong \
			"$d/e-rsa" >"$d/out" 2>&1 || rc=$?
		[ $rc = 2 ] && grep -q "go without --ak" "$d/out"
	done
	vkx_measure challenge --ek-pub "$d/rsa/ek.pub" --ak "$d/rsa/ak.pub" -o "$d/p"
	vkx_measure activate --key rsa --handle 0x81010031 "$d/p.cred" -o "$d/p.answer"
	grep -q "\"secret\": *\"$(od -An -tx1 -v "$d/p.answer" | tr -d ' \n')\"" "$d/p.secret"
	vkx_measure quote --nonce $nonce --handle 0x81010031 --log "$d/log" --activation "$d/p.answer" -o "$d/p.evidence"
	rc=0
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce --ek-ca "$d/ca.crt" \
		--challenge "$d/p.secret" "$d/p.evidence" >"$d/out" 2>&1 || rc=$?
	[ $rc = 3 ] && grep -q "made without an EK certificate" "$d/out"
	# The AK of the other type is another object.
	vkx_measure challenge --ek-pub "$d/ecc/ek.pub" --ak "$d/rsa/ak.pub" -o "$d/o"
	if vkx_measure activate --handle 0x81010030 "$d/o.cred" -o "$d/none" 2>"$d/out"; then return 1; fi
	grep -q "another AK" "$d/out" && [ ! -e "$d/none" ]
	vkx_measure activate --handle 0x81010031 "$d/o.cred" -o "$d/fine"
}

vkx_check measure-atomic all "manifest and challenge: at every failing call both files are the old ones or the new (V115)"
check_measure_atomic() {
	local d a rc=0 nonce=000102030405060708090a0b0c0d0e0f10111213
	make -s -j"$jobs" all "$O/prog/make_evidence"
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	vkx_measure predict --log "$d/log" "$d/r1.efi" >/dev/null
	mkdir "$d/ev"
	"$O/prog/make_evidence" ecc 1 1 "$d/log" $nonce "$d/ev"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$d/ek.key" -out "$d/ek.crt" -subj /CN=EK 2>/dev/null
	a=$d/atomic
	mkdir -p "$a/manifest/old" "$a/challenge/old" "$a/fresh/old"
	set -- "$(realpath "$O")/bin/vkexec-measure" manifest --product demo --release 9 --key "$d/release.key" --cert "$d/release.crt" \
		"$d/r1.efi" "$d/r2.efi"
	"$@" -o "$a/m.json"
	cp "$d/manifest.json" "$a/manifest/old/m.json"
	cp "$d/manifest.json.p7s" "$a/manifest/old/m.json.p7s"
	# The same inputs give the same manifest; a challenge is another each time.
	cat >"$a/is-manifest" <<-END
	#!/bin/sh
	exec cmp "\$1" "$a/\${1##*/}"
	END
	cat >"$a/is-challenge" <<-'END'
	#!/bin/sh
	case $1 in
	*.secret) exec python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["secret"]) == 64' "$1" ;;
	*) [ "$(wc -c <"$1")" = $((8 + 2 + 2 + 32 + 34 + 2 + 256)) ] ;;
	esac
	END
	# Both the old ones or neither; or, where the command was stopped in its two
	# last steps, that is told. What takes room is done before.
	cat >"$a/is-pair" <<-'END'
	#!/bin/sh
	old=0
	for f in $PAIR_FILES; do
		cmp -s $f ../old/$f || { [ ! -e $f ] && [ ! -e ../old/$f ]; } && old=$((old + 1))
	done
	[ $old != 1 ] || [ $1 = 137 ] || {
		grep -q "is not the one that belongs to it" $2 && { [ $3 = renameat ] || [ $3 = fsync ]; }
	}
	END
	chmod +x "$a"/is-*
	export PAIR=$a/is-pair
	PAIR_FILES="m.json m.json.p7s" tests/sign/atomic.sh "$a/manifest" "manifest" m.json.p7s,m.json "$a/is-manifest" \
		"$@" -o m.json || rc=1
	PAIR_FILES="m.json m.json.p7s" tests/sign/atomic.sh "$a/fresh" "manifest where none was" m.json.p7s,m.json "$a/is-manifest" \
		"$@" -o m.json || rc=1
	set -- "$1" challenge --ek "$d/ek.crt" --ak "$d/ev/aks/one.pub"
	"$@" -o "$a/challenge/old/c"
	PAIR_FILES="c.secret c.cred" tests/sign/atomic.sh "$a/challenge" "challenge" c.secret,c.cred "$a/is-challenge" \
		"$@" -o c || rc=1
	return $rc
}

vkx_check measure-atomic-long long "the same, every call with each of five faults"
check_measure_atomic_long() { VKX_EVERY_FAULT=1 check_measure_atomic; }

vkx_check measure-page all "the page of an audit in a browser: wide, narrow, light, dark, without script (V113)"
check_measure_page() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 size rc
	make -s -j"$jobs" all "$O/prog/make_evidence"
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	vkx_measure predict --log "$d/log" "$d/r1.efi" "$d/r2.efi" >/dev/null
	mkdir "$d/ev"
	"$O/prog/make_evidence" ecc 1 1 "$d/log" $nonce "$d/ev"
	printf '{"host":"<script>alert(1)</script>","kernel":"\\u001b[31m"}' >"$d/ev/one/machine.json"
	cp -r "$d/ev/one" "$d/ev/<b>&\"'two"
	# The same machine again, in a folder of its own.
	mkdir "$d/ev/again"
	rm "$d/ev/<b>&\"'two/quote.sig"
	cp -r "$d/ev/one" "$d/ev/again/one"
	echo '{"host":null,"kernel":[1]}' >"$d/ev/again/one/machine.json"
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce --ak "$d/ev/aks" \
		--html "$d/page.html" "$d/ev/one" "$d/ev/<b>&\"'two" "$d/ev/again/one" >/dev/null 2>&1 || [ $? = 3 ]
	if grep -nE "<script|<b>&\"|https?://|src=|@import|url\(" "$d/page.html"; then
		echo "the page asks for something, or was written by its evidence"
		return 1
	fi
	python3 - "$d/page.html" <<-'PY'
	import html.parser, sys
	class P(html.parser.HTMLParser):
	    void = {'meta', 'link', 'line', 'circle', 'br', 'input'}
	    stack = []
	    def handle_starttag(self, tag, attrs):
	        if tag not in self.void: self.stack.append(tag)
	    def handle_startendtag(self, tag, attrs): pass
	    def handle_endtag(self, tag):
	        assert self.stack and self.stack.pop() == tag, (tag, self.getpos())
	p = P(); p.feed(open(sys.argv[1], encoding='utf-8').read()); assert not p.stack, p.stack
	PY
	grep -q "1 of 3 machines is not affirming" "$d/page.html"
	# Worst first, and each verdict can be picked.
	grep -oE 'class="t-[a-z]+"' "$d/page.html" | tr '\n' ' ' | grep -qx 'class="t-none" class="t-affirming" class="t-affirming" '
	grep -q 'id="f-none"' "$d/page.html" && grep -q 'id="f-affirming"' "$d/page.html"
	# Nobody is praised where nobody was seen.
	rc=0
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce --ak "$d/ev/aks" \
		--html "$d/none.html" --ndjson /dev/null >/dev/null 2>&1 || rc=$?
	[ $rc = 3 ] && grep -q "<h2>No evidence was given: no machine was audited</h2>" "$d/none.html"
	if grep -q "machines are affirming" "$d/none.html"; then return 1; fi
	# One machine by itself is not folded.
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce --ak "$d/ev/aks" \
		--html "$d/one.html" "$d/ev/one" >/dev/null
	grep -q 'class="hero affirming"' "$d/one.html" && ! grep -q 'class="list">.*<details' "$d/one.html"
	# What was checked: up to the step that failed, and no further.
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce ${nonce}00 --ak "$d/ev/aks" \
		--html "$d/nonce.html" "$d/ev/one" >/dev/null || [ $? = 3 ]
	python3 - "$d/one.html" AAAAAA "$d/nonce.html" AAACNN <<-'PY'
	import re, sys
	for page, want in zip(sys.argv[1::2], sys.argv[2::2]):
	    text = open(page, encoding='utf-8').read()
	    rows = re.findall(r'<tr><td class="([a-z])[a-z]*"><b>([^<]*)</b></td><td>(.*?)</td>', text)
	    assert ''.join(c for c, _, _ in rows).upper() == want, (page, rows)
	    assert 'not reset' not in text  # nothing before it was given
	PY
	command -v chromium >/dev/null || { echo "no chromium: the page is well-formed, not looked at"; return 0; }
	for size in 1000,1400 390,1800; do
		for dark in "" --blink-settings=preferredColorScheme=0; do
			timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$d/profile" \
				--enable-logging=stderr --window-size=$size ${dark:+--force-dark-mode $dark} \
				--screenshot="$d/page.png" "file://$d/page.html" >"$d/log.browser" 2>&1
			if grep -E "CONSOLE|Refused to|net::ERR" "$d/log.browser"; then return 1; fi
			python3 - "$d/page.png" "$size" "$dark" <<-'PY'
			import struct, sys, zlib
			data = open(sys.argv[1], 'rb').read()
			w, h = struct.unpack('>II', data[16:24])
			assert f'{w},{h}' == sys.argv[2], (w, h)
			depth, kind = data[24], data[25]
			raw, at = b'', 8
			while at < len(data):
			    n, = struct.unpack('>I', data[at:at + 4])
			    if data[at + 4:at + 8] == b'IDAT': raw += data[at + 8:at + 8 + n]
			    at += 12 + n
			raw = zlib.decompress(raw)
			bpp = {2: 3, 6: 4}[kind]
			first = raw[1:1 + 3]  # top left pixel: the page's ground
			dark = sum(first) < 3 * 128
			assert dark == bool(sys.argv[3]), first
			PY
			# What a person reads is in what the browser made of it.
			timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$d/profile" --window-size=$size \
				--dump-dom "file://$d/page.html" >"$d/dom" 2>/dev/null
			grep -q "affirming" "$d/dom"
		done
		echo "  $size, light and dark"
	done
}

vkx_check measure-keylime all "Keylime's policy plug-in takes our log and refuses every change to it"
check_measure_keylime() {
	local d
	make -s -j"$jobs" all
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	vkx_measure predict --log "$d/log" --pcrlock "$d/pcrlock" --tpm-policy "$d/policy" "$d/r1.efi" "$d/r2.efi" >"$d/pcrs"
	vkx_measure log --json "$d/log" >"$d/log.json"
	tpm2_eventlog --eventlog-version=2 "$d/log" >"$d/yaml" 2>/dev/null
	python3 tests/keylime/run.py "$d/manifest.json" "$d/log.json" "$d/yaml"
	# The other two outputs: the same events, the same PCRs.
	python3 - "$d" <<-'PY'
	import hashlib, json, sys
	d = sys.argv[1]
	want = dict(line.strip().split(':sha256=') for line in open(d + '/pcrs'))
	policy = json.load(open(d + '/policy'))
	assert policy == {k: [v] for k, v in want.items()}, policy
	pcr = {11: bytes(32), 12: bytes(32)}
	for r in json.load(open(d + '/pcrlock'))['records']:
	    digest, = (x['digest'] for x in r['digests'] if x['hashAlg'] == 'sha256')
	    pcr[r['pcr']] = hashlib.sha256(pcr[r['pcr']] + bytes.fromhex(digest)).digest()
	assert {str(k): v.hex() for k, v in pcr.items()} == want
	PY
}

vkx_check measure-first all "who says what firmware booted: PCR 11 alone is a warning, PCR 4 of a boot log is not (V82)"
check_measure_first() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 how args
	make -s -j"$jobs" all "$O/prog/make_evidence"
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	vkx_measure predict --json "$d/r1.efi" >"$d/r1.json"
	vkx_measure predict --json "$d/r1.efi" "$d/r2.efi" >"$d/r2.json"
	# Logs NAME: what firmware started, then PCR 11 as r1's stub leaves it, then
	# perhaps records. forged is another loader that measures the same after it.
	python3 - "$d" <<-'PY'
	import hashlib, json, struct, sys
	d = sys.argv[1]
	sha = lambda b: hashlib.sha256(b).digest()
	spec = b'Spec ID Event03\0' + struct.pack('<IBBBBI', 0, 0, 2, 2, 2, 1) + struct.pack('<HH', 11, 32) + b'\0'
	def event(pcr, kind, digest, data):
	    return struct.pack('<IIIH', pcr, kind, 1, 11) + digest + struct.pack('<I', len(data)) + data
	def log(name, *events):
	    out = struct.pack('<II', 0, 3) + bytes(20) + struct.pack('<I', len(spec)) + spec + b''.join(events)
	    open(f'{d}/{name}.log', 'wb').write(out)
	def ours(name, pcrs):
	    return [event(e['pcr'], e['type'], bytes.fromhex(e['digests']['sha256']), bytes.fromhex(e['data']))
	            for e in json.load(open(f'{d}/{name}.json'))['events'] if e['pcr'] in pcrs]
	firmware = [event(0, 8, sha(b'firmware'), b'1')]
	separator = [event(4, 4, sha(bytes(4)), bytes(4))]
	started = lambda what: firmware + separator + [event(4, 0x80000003, sha(what), what)]
	stub, hop = ours('r1', {11}), ours('r2', {11, 12})
	log('boot', *started(b'r1'), *stub)
	log('disk', *started(b'r1'), event(5, 5, sha(b'disk'), b'disk'), *stub)
	log('hopped', *started(b'r1'), *stub, *hop)
	log('forged', *started(b'evil'), *stub)
	log('forged-hop', *started(b'evil'), *stub, *hop)
	log('ended', *firmware, *separator, *stub)
	PY
	for how in boot disk hopped forged forged-hop ended; do
		mkdir "$d/$how"
		"$O/prog/make_evidence" ecc 1 1 "$d/$how.log" $nonce "$d/$how"
	done
	# What an audit says of that log; Keylime's plug-in says no unless that is yes.
	first() { # VERDICT REASON LOG FIRST [OPTION]...
		local verdict=$1 reason=$2 how=$3 first=$4
		shift 4
		vkx_measure manifest --product demo --release 2 --minimum 1 --first "$first" "$@" --key "$d/release.key" \
			--cert "$d/release.crt" -o "$d/manifest.json" "$d/r1.efi" "$d/r2.efi" 2>"$d/said" || return 1
		vkx_audit_is "$verdict" "$reason" --nonce $nonce --ak "$d/$how/aks/one.pub" "$d/$how/one" || return 1
		vkx_measure log --json "$d/$how.log" >"$d/log.json"
		python3 tests/keylime/run.py --why "$d/manifest.json" "$d/log.json" >"$d/why" || return 1
		[ "$verdict" = affirming ] || ! grep -qx '' "$d/why" || { echo "plug-in says yes"; return 1; }
		[ "$verdict" != affirming ] || grep -qx '' "$d/why" || { cat "$d/why"; return 1; }
	}
	# Who reads the chain is told on whose word the first link stands.
	hearsay() { grep -q '"booted by firmware, if PCR 11 is right: r1.efi ' "$d/verdict"; }
	warned() { grep -q "warning: .*first-unpinned.*--boot-log" "$d/said"; }
	for how in measured stock; do
		for args in boot hopped forged forged-hop; do
			first warning first-unpinned $args $how
			warned
			hearsay
		done
		# A boot log in which nothing was started ties nothing.
		first warning first-unpinned ended $how --boot-log "$d/ended.log"
		warned
		first affirming fine boot $how --boot-log "$d/boot.log"
		[ ! -s "$d/said" ]
		! hearsay || return 1
		first affirming fine hopped $how --boot-log "$d/boot.log"
		# Another machine's disk is in PCR 5.
		first contraindicated first-pcr boot $how --boot-log "$d/disk.log"
		first affirming fine boot $how --boot-log "$d/disk.log" --boot-pcrs 0,4
		first contraindicated first-pcr forged $how --boot-log "$d/disk.log" --boot-pcrs 0,4
		first warning first-unpinned boot $how --boot-log "$d/disk.log" --boot-pcrs 0,7
		warned
		first contraindicated first-pcr forged $how --boot-log "$d/boot.log"
		first contraindicated first-pcr forged-hop $how --boot-log "$d/boot.log"
	done
	first contraindicated no-known-kernel boot unmeasured
	hearsay
	[ ! -s "$d/said" ]
	first affirming fine hopped unmeasured
}

vkx_check measure-lockout all "a TPM in dictionary lockout: our AK quotes on, another's ends in one line"
check_measure_lockout() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213
	vkx_measure_begin
	d=$VKX_DIR
	vkx_measure predict --json --log "$d/log" "$d/r1.efi" >"$d/predicted"
	vkx_swtpm_start "$d"
	vkx_extend "$d/predicted"
	vkx_measure provision -o "$d/ak" >/dev/null
	# An AK as tpm2-tools make it: subject to the lockout, unlike ours.
	tpm2_createek -Q -c "$d/ek.ctx" -G ecc -u "$d/ek.pub"
	tpm2_flushcontext -t
	tpm2_createak -Q -C "$d/ek.ctx" -c "$d/ak.ctx" -G ecc -s ecdsa -g sha256 -u "$d/theirs.pub" >/dev/null
	tpm2_flushcontext -t
	tpm2_flushcontext -l
	tpm2_flushcontext -s
	tpm2_evictcontrol -Q -C o -c "$d/ak.ctx" 0x81010050
	tpm2_flushcontext -t
	vkx_measure quote --handle 0x81010050 --nonce $nonce --log "$d/log" -o "$d/before"
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/theirs.pub" "$d/before"
	# One wrong guess at a key, and the TPM takes no more.
	tpm2_dictionarylockout -s -n 1 -t 100000 -l 100000
	tpm2_createprimary -Q -C o -c "$d/p.ctx"
	tpm2_flushcontext -t
	tpm2_create -Q -C "$d/p.ctx" -G ecc:ecdsa-sha256 -p right -u "$d/u.pub" -r "$d/u.priv"
	tpm2_flushcontext -t
	tpm2_load -Q -C "$d/p.ctx" -u "$d/u.pub" -r "$d/u.priv" -c "$d/u.ctx"
	tpm2_flushcontext -t
	if tpm2_sign -Q -c "$d/u.ctx" -p wrong -g sha256 -o "$d/s" "$d/image1" 2>/dev/null; then return 1; fi
	tpm2_flushcontext -t
	tpm2_getcap properties-variable | grep -q "inLockout: *1"

	vkx_measure quote --nonce $nonce --log "$d/log" -o "$d/ours"
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/ak" "$d/ours"
	vkx_measure provision --handle 0x81010051 -o "$d/more" >/dev/null
	if vkx_measure quote --handle 0x81010050 --nonce $nonce --log "$d/log" -o "$d/none" 2>"$d/out"; then return 1; fi
	cat "$d/out"
	grep -q "in DA lockout mode; wait" "$d/out" && [ "$(wc -l <"$d/out")" = 1 ]
	! ls -d "$d"/none* 2>/dev/null
	[ -z "$(tpm2_getcap handles-transient)$(tpm2_getcap handles-loaded-session)" ]
}

# vkx_kill_at N DIR COMMAND...: swtpm dies when the command's N-th order comes.
vkx_kill_at() {
	local n=$1 d=$2 rc=0 proxy
	shift 2
	rm -f "$d/port"
	python3 tests/fake/tpm_kill.py "$VKX_SWTPM_PORT" "$VKX_SWTPM" "$n" "$d/port" &
	proxy=$!
	until [ -s "$d/port" ]; do kill -0 $proxy || return 99; sleep 0.05; done
	TPM2TOOLS_TCTI=swtpm:host=127.0.0.1,port=$(cat "$d/port") \
		vkx_measure "$@" >/dev/null 2>"$d/out" || rc=$?
	kill $proxy 2>/dev/null || true
	wait $proxy 2>/dev/null || true
	return $rc
}

vkx_check measure-kill all "swtpm killed at each command of provision and quote: one line, nothing left, then all works"
check_measure_kill() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 what n rc
	vkx_measure_begin
	d=$VKX_DIR
	vkx_measure predict --json --log "$d/log" "$d/r1.efi" >"$d/predicted"
	vkx_swtpm_start "$d"
	vkx_measure provision --handle 0x81010020 -o "$d/ak" >/dev/null
	vkx_measure quote --nonce ${nonce}aa --log "$d/log" -o "$d/before"
	for what in "provision --handle 0x81010021" "quote --nonce $nonce --log $d/log"; do
		for ((n = 0; n < 200; n++)); do
			rc=0
			# shellcheck disable=SC2086
			vkx_kill_at $n "$d" $what -o "$d/none" || rc=$?
			[ $rc != 0 ] || break
			[ $rc = 1 ] && [ "$(wc -l <"$d/out")" = 1 ] && ! ls -d "$d"/none* 2>/dev/null
			vkx_swtpm_stop
			vkx_swtpm_start "$d"
			[ -z "$(tpm2_getcap handles-transient)$(tpm2_getcap handles-loaded-session)" ]
			# A key that was kept just before is in nobody's way.
			tpm2_evictcontrol -Q -C o -c 0x81010021 2>/dev/null || true
		done
		[ -e "$d/none" ] && rm -rf "$d/none"
		echo "  ${what%% *}: killed at each of $n commands"
		[ $n -ge 5 ] && [ $n -lt 200 ]
	done
	vkx_extend "$d/predicted"
	vkx_measure quote --nonce $nonce --log "$d/log" -o "$d/after"
	# It ended without a shutdown, and says so until its clock has gone on for
	# as long as it may have lost; a slow machine has come there.
	vkx_audit_is warning clock-unsafe --nonce $nonce --ak "$d/ak" "$d/after" ||
		vkx_audit_is affirming fine --nonce $nonce --ak "$d/ak" "$d/after"
	# That time is not held against it, where the resets are known.
	vkx_audit_is warning clock-unsafe --nonce $nonce --ak "$d/ak" --previous "$d/before" --resets 1000 "$d/after" ||
		vkx_audit_is affirming fine --nonce $nonce --ak "$d/ak" --previous "$d/before" --resets 1000 "$d/after"
}

vkx_check measure-faults all "a TPM that fails, cuts its answers or goes away: one line, nothing half-written"
vkx_check measure-faults-long long "the same with sixteen response codes and six cuts for each command"
check_measure_faults_long() { check_measure_faults long; }
check_measure_faults() {
	local d
	vkx_measure_begin
	d=$VKX_DIR
	vkx_measure predict --log "$d/log" "$d/r1.efi" >/dev/null
	vkx_swtpm_start "$d"
	# The log need not replay here: quoting is what is tried.
	vkx_measure provision -o "$d/ak" >/dev/null
	vkx_measure challenge --ek-pub "$d/ak/ek.pub" --ak "$d/ak/ak.pub" -o "$d/c"
	mkdir "$d/work"
	python3 tests/fake/tpm_faults.py "$O/bin/vkexec-measure" "$VKX_SWTPM_PORT" "$d/log" "$d/c.cred" "$d/work" ${1:+"$1"}
}

vkx_check measure-nomem all "an audit whose allocations fail: the same verdict, none, or a message; never a better one (V50)"
check_measure_nomem() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213
	make -s -j"$jobs" all "$O/prog/make_evidence"
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	# PCR 12 begins with a stranger: a warning stands before the rest is known.
	python3 - "$d/firmware" <<-'PY'
	import hashlib, struct, sys
	spec = b'Spec ID Event03\0' + struct.pack('<IBBBBI', 0, 0, 2, 2, 2, 1) + struct.pack('<HH', 11, 32) + b'\0'
	log = struct.pack('<II', 0, 3) + bytes(20) + struct.pack('<I', len(spec)) + spec
	for pcr in 0, 12:
	    log += struct.pack('<IIIH', pcr, 13, 1, 11) + hashlib.sha256(b'x').digest() + struct.pack('<I', 1) + b'x'
	open(sys.argv[1], 'wb').write(log)
	PY
	vkx_measure predict --from "$d/firmware" --log "$d/log" "$d/r1.efi" "$d/r2.efi" >/dev/null
	mkdir "$d/ev"
	"$O/prog/make_evidence" ecc 3 3 "$d/log" $nonce "$d/ev"
	gcc -O2 -shared -fPIC -Wall -Werror -o "$O/failmalloc.so" tests/fake/failmalloc.c
	for what in "$d/ev/one" "--ndjson $d/ev/evidence.ndjson"; do
		# shellcheck disable=SC2086
		python3 tests/fake/nomem.py "$O/failmalloc.so" "$O/bin/vkexec-measure" audit --manifest "$d/manifest.json" \
			--trust "$d/release.crt" --nonce $nonce --ak "$d/ev/aks" --json --threads 1 $what
	done
}

vkx_check measure-odd all "logs, pipes and TPMs that are odd: shown as far as they go, and nobody waits for them"
check_measure_odd() {
	local d nonce=000102030405060708090a0b0c0d0e0f10111213 form proxy rc
	vkx_measure_begin
	d=$VKX_DIR
	make -s "$O/prog/make_evidence"
	echo "logs of a bank that nobody knows"
	python3 - "$d" <<-'PY'
	import struct, sys
	def log(size, event):
	    spec = b'Spec ID Event03\0' + struct.pack('<IBBBBI', 0, 0, 2, 2, 2, 1) + struct.pack('<HH', 0x7777, size) + b'\0'
	    return struct.pack('<II', 0, 3) + bytes(20) + struct.pack('<I', len(spec)) + spec + event
	open(sys.argv[1] + '/tiny', 'wb').write(log(1, struct.pack('<IIIHBI', 4, 13, 1, 0x7777, 0xab, 0)))
	open(sys.argv[1] + '/empty', 'wb').write(log(32, b''))
	PY
	vkx_measure log "$d/tiny" 2>/dev/null | grep -q "EV_IPL  ab\.\.  0 bytes"
	for form in tiny empty; do
		vkx_measure log --json "$d/$form" 2>/dev/null | python3 -c 'import json, sys; assert json.load(sys.stdin)["pcrs"] == {}'
		if vkx_measure log "$d/$form" 2>/dev/null | grep -F "(null)"; then return 1; fi
		if vkx_measure log --yaml "$d/$form" 2>/dev/null | grep -F "(null)"; then return 1; fi
	done

	echo "a hop record that nobody measured"
	vkx_measure predict --json --log "$d/log" "$d/r1.efi" >"$d/predicted"
	python3 - "$d/log" "$d/lie" <<-'PY'
	import sys
	data = bytearray(open(sys.argv[1], 'rb').read())
	data[-320 + 32] ^= 1  # the image's digest in the last record
	open(sys.argv[2], 'wb').write(data)
	PY
	[ "$(vkx_measure log "$d/log" | grep -c "NOT MEASURED")" = 0 ]
	[ "$(vkx_measure log "$d/lie" | grep -c "NOT MEASURED")" = 1 ]
	[ "$(vkx_measure log --json "$d/lie" | grep -c '"measured":false')" = 1 ]

	echo "a pipe among the evidence"
	mkdir "$d/ev"
	"$O/prog/make_evidence" ecc 1 1 "$d/log" $nonce "$d/ev"
	mkfifo "$d/b.tar"
	rc=0
	timeout 60 "$O/bin/vkexec-measure" audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce \
		--ak "$d/ev/aks" --json "$d/ev/one.tar" "$d/b.tar" "$d/ev/one.tar" >"$d/out" 2>/dev/null || rc=$?
	[ $rc = 3 ] && [ "$(grep -c '"verdict":"affirming","links"' "$d/out")" = 2 ] && [ "$(grep -c evidence-read "$d/out")" = 1 ]
	# One that somebody writes to.
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/ev/aks/one.pub" <(sleep 0.2; cat "$d/ev/one.tar")

	echo "a bus that repeats itself"
	vkx_swtpm_start "$d"
	vkx_extend "$d/predicted"
	vkx_measure provision -o "$d/ak" >/dev/null
	python3 tests/fake/tpm_stuck.py "$VKX_SWTPM_PORT" "$d/port" &
	proxy=$!
	until [ -s "$d/port" ]; do kill -0 $proxy || return 1; sleep 0.05; done
	rc=0
	TPM2TOOLS_TCTI=swtpm:host=127.0.0.1,port=$(cat "$d/port") timeout 60 "$O/bin/vkexec-measure" quote --nonce $nonce \
		--log "$d/log" -o "$d/none" 2>"$d/out" || rc=$?
	kill $proxy
	wait $proxy 2>/dev/null || true
	cat "$d/out"
	[ $rc = 1 ] && [ ! -e "$d/none" ] && [ "$(wc -l <"$d/out")" = 1 ]

	echo "an EK certificate that only the owner may read, and one that everybody may"
	tpm2_nvdefine -Q 0x01c0000a -C o -s 64 -a "ownerread|ownerwrite|authread"
	head -c 64 /dev/zero | tpm2_nvwrite -Q 0x01c0000a -C o -i -
	tpm2_nvdefine -Q 0x01c00002 -C o -s 64 -a "ownerread|ownerwrite"
	head -c 64 /dev/zero | tpm2_nvwrite -Q 0x01c00002 -C o -i -
	vkx_measure provision --key rsa --handle 0x81010021 -o "$d/ak-rsa" >/dev/null
	tpm2_changeauth -c o secret
	vkx_measure quote --nonce $nonce --log "$d/log" -o "$d/q"
	[ -s "$d/q/ek.crt" ]
	vkx_measure quote --nonce $nonce --log "$d/log" --handle 0x81010021 -o "$d/q-rsa"
	[ ! -e "$d/q-rsa/ek.crt" ]
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/ak-rsa" "$d/q-rsa"
	tpm2_changeauth -c o -p secret

	echo "an AK of SHA-384"
	tpm2_createprimary -Q -C e -G ecc384:ecdsa-sha384:null -g sha256 -c "$d/p.ctx" \
		-a "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign|noda"
	tpm2_evictcontrol -Q -C o -c "$d/p.ctx" 0x81010060
	tpm2_flushcontext -t
	vkx_measure quote --nonce $nonce --log "$d/log" --handle 0x81010060 -o "$d/q384"
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/q384/ak.pub" "$d/q384"

	echo "nothing lost where a key cannot be replaced"
	tpm2_changeauth -c e secret
	if vkx_measure provision --replace -o "$d/none" 2>"$d/out"; then return 1; fi
	tpm2_changeauth -c e -p secret
	vkx_measure quote --nonce $nonce --log "$d/log" -o "$d/still"
	vkx_audit_is affirming fine --nonce $nonce --ak "$d/ak" "$d/still"
}

vkx_check measure-stream all "lines, folders and a page by four threads, under ThreadSanitizer: the answers of one thread, in order"
check_measure_stream() {
	local t=$O/tsan d nonce=000102030405060708090a0b0c0d0e0f10111213 threads rc
	make -s -j"$jobs" all "$O/prog/make_evidence"
	make -s -j"$jobs" O="$t" CFLAGS=-fsanitize=thread LDFLAGS=-fsanitize=thread "$t/bin/vkexec-measure"
	d=$(mktemp -d)
	VKX_DIR=$d
	trap 'rm -rf "$VKX_DIR"' EXIT
	vkx_measure_fixture "$d"
	vkx_measure predict --log "$d/log" "$d/r1.efi" "$d/r2.efi" >/dev/null
	mkdir "$d/ev" "$d/other"
	"$O/prog/make_evidence" ecc 500 40 "$d/log" $nonce "$d/ev"
	# Lines that are none, one that is too long for any evidence, and more.
	{
		head -200 "$d/ev/evidence.ndjson"
		printf '\n  \n{"name":"broken"\n{"name":"empty"}\n'
		head -c 7000000 /dev/zero | tr '\0' 'x'
		printf '\n'
		tail -300 "$d/ev/evidence.ndjson"
		printf '{"name":"unended"}'
	} >"$d/lines"
	cp -r "$d/ev/one" "$d/other/two"
	for threads in 1 4; do
		rc=0
		"$t/bin/vkexec-measure" audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce \
			--ak "$d/ev/aks" --threads $threads --json --html "$d/page$threads" --state "$d/state$threads" \
			--ndjson "$d/lines" "$d/ev/one" "$d/other/two" "$d/nothing" >"$d/out$threads" 2>"$d/err$threads" || rc=$?
		[ $rc = 3 ] || { cat "$d/err$threads"; return 1; }
		tail -1 "$d/err$threads"
		if grep -q ThreadSanitizer "$d/err$threads"; then cat "$d/err$threads"; return 1; fi
	done
	# Each of 40 machines once; what comes again is a nonce that was spent.
	python3 - "$d/out1" "$d/out4" <<-'PY'
	import collections, json, sys
	one, four = ([json.loads(line) for line in open(name)] for name in sys.argv[1:])
	assert [v['name'] for v in one] == [v['name'] for v in four]
	assert len(one) == 3 + 500 + 4, len(one)
	for out in one, four:
	    good = collections.Counter(v['name'].rsplit('/')[-1] for v in out if v['verdict'] == 'affirming')
	    assert len(good) == 40 and set(good.values()) == {1}, good
	    why = collections.Counter(f['reason'] for v in out for f in v['findings'])
	    assert why == {'nonce-reused': 461, 'evidence-read': 5, 'ak-other-machine': 1}, why
	PY
	# Without a memory the answers are the same to the byte.
	for threads in 1 4; do
		rc=0
		"$t/bin/vkexec-measure" audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce $nonce \
			--ak "$d/ev/aks" --threads $threads --json --html "$d/page$threads" \
			--ndjson - "$d/ev/one" "$d/other/two" <"$d/lines" >"$d/out$threads" 2>"$d/err$threads" || rc=$?
		[ $rc = 3 ] && ! grep -q ThreadSanitizer "$d/err$threads"
	done
	cmp "$d/out1" "$d/out4"
	cmp "$d/page1" "$d/page4"
	grep -q "501 affirming" "$d/err4"
}

vkx_check measure-usage all "every command of vkexec-measure: what is called wrongly is said in the words of all tools"
check_measure_usage() {
	local d c rc key
	vkx_measure_begin
	d=$VKX_DIR
	# usage WORDS COMMAND...: exit 2, one line that says it.
	usage() {
		local words=$1
		shift
		rc=0
		vkx_measure "$@" >"$d/out" 2>"$d/err" || rc=$?
		[ $rc = 2 ] && [ ! -s "$d/out" ] && grep -qF -- "$words" "$d/err" || { echo "$*: exit $rc"; cat "$d/err"; return 1; }
	}
	for c in log provision challenge activate quote manifest audit predict; do
		vkx_measure $c -h | cmp - <(vkx_measure $c --help)
		usage "there is no option '--nothing'" $c --nothing
	done
	usage "--handle is given twice" provision --handle 0x81010020 --handle 0x81010021 -o "$d/x"
	usage "--handle" provision --handle 5 -o "$d/x"
	usage "--key" activate --key dsa x -o "$d/x"
	usage "--bank" quote --nonce 00 --bank sha256 --bank sha256 -o "$d/x"
	usage "--json or --yaml" log --json --yaml "$d/dtb"
	usage "both given" predict --uapi --no-uapi "$d/r1.efi"
	usage "--boot-pcrs" manifest --boot-pcrs 4,8 --product p --release 1 --key k --cert c -o "$d/x" "$d/r1.efi"
	usage "--boot-pcrs goes with --boot-log" manifest --boot-pcrs 4 --product p --release 1 --key k --cert c -o "$d/x" \
		"$d/r1.efi"
	usage "--ek-ca goes with --ek" challenge --ek-pub x --ek-ca y --ak z -o "$d/x"
	usage "goes with one machine" audit --manifest "$d/manifest.json" --trust "$d/release.crt" --nonce 00 \
		--previous x --ndjson y z
	# exits STATUS WORDS COMMAND...: it says so and leaves nothing.
	exits() {
		local want=$1 words=$2
		shift 2
		rc=0
		vkx_measure "$@" >"$d/out" 2>"$d/err" || rc=$?
		[ $rc = "$want" ] && [ ! -s "$d/out" ] && grep -qF -- "$words" "$d/err" && ! ls "$d"/x* 2>/dev/null ||
			{ echo "$*: exit $rc"; cat "$d/err"; return 1; }
	}
	head -c 3000 "$d/r1.efi" >"$d/cut.efi"
	"$O/bin/vkexec-sign" build --linux "$d/image1" --cmdline x -o "$d/unsigned.efi" 2>/dev/null
	key=(--product p --release 1 --key "$d/release.key" --cert "$d/release.crt" -o "$d/x")
	for c in predict "manifest ${key[*]}"; do
		# shellcheck disable=SC2086
		exits 3 "not a UKI that a kernel would take" $c "$d/cut.efi"
		# shellcheck disable=SC2086
		exits 3 "is not signed" $c "$d/unsigned.efi"
		# shellcheck disable=SC2086
		exits 1 "cannot read" $c "$d/nothing"
	done
	exits 1 "cannot read the nonce" quote --nonce "@$d/nothing" -o "$d/x"
	exits 1 "cannot read the nonce" audit --manifest m --trust t --nonce "@$d/nothing" "$d"
	exits 2 "not hex" quote --nonce 0g -o "$d/x"
	# An EK by one maker, and another one asked for.
	make -s "$O/prog/make_evidence"
	vkx_measure predict --log "$d/log" "$d/r1.efi" >/dev/null
	mkdir "$d/ev"
	"$O/prog/make_evidence" ecc 1 1 "$d/log" 000102030405060708090a0b0c0d0e0f "$d/ev"
	for c in maker ek; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$c -keyout "$d/$c.key" -out "$d/$c.crt" 2>/dev/null
	done
	exits 3 "is not issued by" challenge --ek "$d/ek.crt" --ek-ca "$d/maker.crt" --ak "$d/ev/aks/one.pub" -o "$d/x"
	exits 1 "cannot read" challenge --ek "$d/ek.crt" --ek-ca "$d/nothing" --ak "$d/ev/aks/one.pub" -o "$d/x"
	exits 3 "AK public area is malformed" challenge --ek "$d/ek.crt" --ak "$d/cmdline1" -o "$d/x"
	# What is not there is no refusal.
	rc=0
	vkx_measure audit --manifest "$d/manifest.json" --trust "$d/nothing" --nonce 00 "$d" 2>"$d/err" || rc=$?
	[ $rc = 1 ] && grep -q "nothing: cannot read" "$d/err"
	# A certificate that nobody would take is one.
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=web -keyout "$d/tls.key" -out "$d/tls.crt" \
		-addext extendedKeyUsage=serverAuth -addext keyUsage=digitalSignature -addext basicConstraints=CA:FALSE 2>/dev/null
	rc=0
	vkx_measure manifest --product p --release 1 --key "$d/tls.key" --cert "$d/tls.crt" -o "$d/m" "$d/r1.efi" 2>"$d/err" || rc=$?
	[ $rc = 3 ] && grep -q "not for code signing" "$d/err" && [ ! -e "$d/m" ]
}
