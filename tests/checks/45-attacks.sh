# SPDX-License-Identifier: BSD-2-Clause
# Attacks on the tools that want whole files and whole processes.

vkx_check verify-mixed all "four releases, every set of sections of one in another, under either signature: all refused (V31)"
check_verify_mixed() {
	local d=$O/verify-mixed v=$O/bin/vkexec-verify i made
	make -s -j"$jobs" all
	rm -rf "$d"
	mkdir -p "$d/out"
	"$O/bin/vkexec-keys" generate --type rsa2048 --subject CN=mixed --no-passphrase -o "$d/k" >/dev/null
	# All that a release has differs; sizes do not, so that a section fits.
	for i in 0 1 2 3; do
		tiny_image "$d/Image"
		printf '%s' "$i" | dd of="$d/Image" bs=1 seek=100 conv=notrunc status=none
		printf 'initrd of release %s' "$i" >"$d/initrd"
		printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nexample,%s,Example,example,6,https://example.org\n' $((i + 1)) >"$d/sbat"
		"$O/bin/vkexec-sign" build --linux "$d/Image" --initrd "$d/initrd" --cmdline "release=$i" --uname "6.12.$i" \
			--sbat "$d/sbat" --key "$d/k.key" --cert "$d/k.crt" -o "$d/r$i.efi" 2>/dev/null
	done
	expect 0 "$v" check --trust "$d/k.crt" "$d"/r?.efi
	made=$(python3 tests/verify/forge.py mixed "$d/out" "$d"/r?.efi)
	# 12 pairs, 31 sets of 5 sections, 2 signatures, less 12 that are originals.
	[ "$made" = 732 ]
	"$v" check --json --trust "$d/k.crt" "$d"/out/*.efi >"$d/json" || [ $? = 3 ]
	python3 - "$d/json" "$made" <<-'END'
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		assert len(lines) == int(sys.argv[2])
		for l in lines:
		    assert not l["accepted"] and l["rule"] == "sig-digest", l
	END
	echo "$made mixtures refused (sig-digest)"
	rm -r "$d/out"
}

vkx_check verify-order all "a stranger's file with a malformed device tree: the signer is judged first (V32)"
check_verify_order() {
	local d=$O/verify-order v=$O/bin/vkexec-verify at
	verify_files "$d"
	make -s -j"$jobs" all
	outside_signer "$d"
	tiny_image "$d/Image"
	board acme,one "$d/board.dtb"
	"$O/bin/vkexec-sign" build --linux "$d/Image" --cmdline quiet --dtb "$d/board.dtb" -o "$d/good.efi" 2>/dev/null
	# The structure block's first token, which our own signer would not sign.
	at=$(LC_ALL=C grep -obUaP '\xd0\x0d\xfe\xed' "$d/good.efi" | cut -d: -f1)
	[ -n "$at" ]
	cp "$d/good.efi" "$d/bad.efi"
	printf '\377' | dd of="$d/bad.efi" bs=1 seek=$((at + 56)) conv=notrunc status=none
	for f in good bad; do
		sbsign --key "$d/out.key" --cert "$d/out.crt" --output "$d/$f-signed.efi" "$d/$f.efi" >/dev/null 2>&1
	done
	expect 0 "$v" check --machine acme,one --trust "$d/out.crt" "$d/good-signed.efi"
	expect 3 "$v" check --machine acme,one --trust "$d/out.crt" "$d/bad-signed.efi"
	grep -q '(fdt-' "$O/expect.out"
	expect 3 "$v" check --machine acme,one --trust "$d/rsa.crt" "$d/bad-signed.efi"
	grep -qE '\(sig-(signer|chain) ' "$O/expect.out" && ! grep -q 'fdt-' "$O/expect.out" || { cat "$O/expect.out"; return 1; }
	expect 3 "$v" check --machine acme,one --trust "$d/rsa.crt" "$d/bad.efi"
	! grep -q 'fdt-' "$O/expect.out"
}

# limited KIB COMMAND...: with so much address space.
limited() (
	ulimit -v "$1"
	shift
	exec "$@"
)

vkx_check verify-exhaust all "a UKI of 2 GiB, a log of a million events, texts beyond their limit, under a cap on memory (V119)"
check_verify_exhaust() {
	local d=$O/verify-exhaust v=$O/bin/vkexec-verify rc
	make -s -j"$jobs" all
	rm -rf "$d"
	mkdir -p "$d"
	tiny_image "$d/Image"
	echo initrd >"$d/initrd"
	"$O/bin/vkexec-keys" generate --type p256 --subject CN=exhaust --no-passphrase -o "$d/k" >/dev/null
	"$O/bin/vkexec-sign" build --linux "$d/Image" --initrd "$d/initrd" --cmdline quiet \
		--key "$d/k.key" --cert "$d/k.crt" -o "$d/small.efi" 2>/dev/null
	python3 tests/verify/forge.py grow "$d/big.efi" $((2 << 30)) "$d/small.efi"
	[ "$(stat -c %s "$d/big.efi")" -gt $((2 << 30)) ]
	# All of it is hashed, and only then is it known to be another file.
	expect 3 limited 200000 "$v" check --trust "$d/k.crt" "$d/big.efi"
	grep -q '(sig-digest ' "$O/expect.out"
	rm "$d/big.efi"

	python3 tests/verify/forge.py events "$d/million" 1000000
	expect 1 limited 200000 "$O/bin/vkexec-measure" log "$d/million"
	grep -q 'larger than' "$O/expect.out"
	python3 tests/verify/forge.py events "$d/full" 20000
	expect 0 limited 200000 "$O/bin/vkexec-measure" log --json "$d/full"
	python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["events"]) == 20000' "$O/expect.out"

	for n in 65536 65537; do
		head -c "$n" /dev/zero | tr '\0' '#' >"$d/os-release"
		rc=0
		"$O/bin/vkexec-sign" build --linux "$d/Image" --cmdline quiet --os-release "$d/os-release" -o "$d/text.efi" >"$d/log" 2>&1 || rc=$?
		[ $rc = $((n == 65536 ? 0 : 1)) ] || { echo "os-release of $n bytes: exit $rc"; cat "$d/log"; return 1; }
	done
}

vkx_check sign-secrets all "while a file is signed its passphrase is no argument, not in the environment, not in memory any more (V118)"
check_sign_secrets() {
	local d=$O/sign-secrets secret word pid
	make -s -j"$jobs" all
	rm -rf "$d"
	mkdir -p "$d"
	tiny_image "$d/Image"
	secret=$(openssl rand -hex 24)
	echo "$secret" >"$d/pass"
	"$O/bin/vkexec-keys" generate --type p256 --subject CN=secret --passphrase-file "$d/pass" -o "$d/k" >/dev/null
	# Stopped where the signed file is about to get its name.
	strace -f -qq -o "$d/trace" -e trace=renameat -e inject=renameat:signal=SIGSTOP:when=1 \
		"$O/bin/vkexec-sign" build --linux "$d/Image" --cmdline quiet --passphrase-file "$d/pass" \
		--key "$d/k.key" --cert "$d/k.crt" -o "$d/out.efi" 2>"$d/log" &
	for i in $(seq 600); do
		grep -q SIGSTOP "$d/trace" 2>/dev/null && break
		sleep 0.1
	done
	pid=$(sed -n 's/^\([0-9]*\) .*SIGSTOP.*/\1/p' "$d/trace" | head -1)
	[ -n "$pid" ] || { cat "$d/log" "$d/trace"; return 1; }
	# That it would be found: what is an argument is.
	tr '\0' ' ' <"/proc/$pid/cmdline" >"$d/cmdline"
	tr '\0' '\n' <"/proc/$pid/environ" >"$d/environ"
	ulimits=$(grep 'Max core file size' "/proc/$pid/limits")
	tests/sign/memory_of.py "$pid" >"$d/memory"
	kill -CONT "$pid"
	wait
	[ -s "$d/out.efi" ]
	for word in cmdline memory; do grep -qaF "$d/pass" "$d/$word" || { echo "$word: not what it was looked for in"; return 1; }; done
	for word in cmdline environ memory; do
		! grep -qaF "$secret" "$d/$word" || { echo "the passphrase is in the $word of vkexec-sign"; return 1; }
	done
	[ "$(awk '{ print $5 }' <<<"$ulimits")" = 0 ] || { echo "a crash would leave a core: $ulimits"; return 1; }
}
