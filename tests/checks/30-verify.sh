# SPDX-License-Identifier: BSD-2-Clause
# vkexec-verify against other tools, other CPUs, and without memory.

# verify_files: DIR with small signed UKIs and their certificates (make_signed).
verify_files() {
	make -s -j"$jobs" "$O/bin/vkexec-verify" "$O/prog/make_signed"
	rm -rf "$1"
	mkdir -p "$1"
	"$O/prog/make_signed" "$1" ${2:+"$2"}
}

# expect STATUS COMMAND...
expect() {
	local want=$1 rc=0
	shift
	"$@" >"$O/expect.out" 2>&1 || rc=$?
	[ $rc = "$want" ] && return 0
	echo "exit $rc, not $want: $*" >&2
	cat "$O/expect.out" >&2
	return 1
}

# outside_signer DIR: DIR/out.key, DIR/out.crt, and an NSS database for pesign.
outside_signer() {
	cat >"$1/out.cnf" <<-END
		[req]
		distinguished_name = dn
		x509_extensions = ext
		prompt = no
		[dn]
		CN = outside signer
		[ext]
		basicConstraints = critical, CA:FALSE
		keyUsage = critical, digitalSignature
		extendedKeyUsage = codeSigning
		subjectKeyIdentifier = hash
	END
	openssl req -x509 -newkey rsa:"${2:-2048}" -nodes -keyout "$1/out.key" -out "$1/out.crt" \
		-days 3650 -config "$1/out.cnf" 2>/dev/null
	openssl pkcs12 -export -passout pass: -name out -inkey "$1/out.key" -in "$1/out.crt" -out "$1/out.p12"
	rm -rf "$1/nss"
	mkdir "$1/nss"
	certutil -N -d "$1/nss" --empty-password
	pk12util -i "$1/out.p12" -d "$1/nss" -W '' >/dev/null
}

vkx_check verify-outside all "files signed by sbsign and pesign are accepted; Debian's fwupd too, its shim not"
check_verify_outside() {
	local dir=$O/verify-outside bits debian=$VKX_TEST_DATA/pe/debian12-arm64 ours theirs f
	verify_files "$dir"
	for bits in 2048 3072 4096; do
		outside_signer "$dir" $bits
		sbsign --key "$dir/out.key" --cert "$dir/out.crt" --output "$dir/sb.efi" "$dir/plain.efi" >/dev/null 2>&1
		pesign --force -n "$dir/nss" -c out -s -i "$dir/plain.efi" -o "$dir/pe.efi"
		expect 0 "$O/bin/vkexec-verify" check --trust "$dir/out.crt" "$dir/sb.efi" "$dir/pe.efi"
		expect 3 "$O/bin/vkexec-verify" check --trust "$dir/rsa.crt" "$dir/sb.efi"
		# And a second signature beside theirs.
		sbsign --key "$dir/out.key" --cert "$dir/out.crt" --output "$dir/two.efi" "$dir/p256.efi" >/dev/null 2>&1
		expect 0 "$O/bin/vkexec-verify" check --signers 2 --trust "$dir/out.crt" --trust "$dir/p256.crt" "$dir/two.efi"
	done
	for f in plain sb pe two rsa chain; do
		ours=$("$O/bin/vkexec-verify" digest "$dir/$f.efi" | cut -d' ' -f1)
		theirs=$(pesign -h -d sha256 -i "$dir/$f.efi" | sed 's/.*hash: //; s/ .*//')
		[ "$ours" = "$theirs" ] || { echo "$f: $ours, pesign says $theirs"; return 1; }
	done
	# What our forms look like to others: their verdict on a signature of ours.
	openssl x509 -inform der -in "$dir/rsa.crt" -out "$dir/rsa.pem"
	sbverify --cert "$dir/rsa.pem" "$dir/rsa.efi"
	[ -d "$debian" ] || { left_out 3 "verify-outside: Debian's binaries"; return 0; }
	expect 0 "$O/bin/vkexec-verify" check --any-pe --trust "$debian/debian-secure-boot-ca.pem" "$debian/fwupdaa64.efi.signed"
	expect 3 "$O/bin/vkexec-verify" check --any-pe --trust "$debian/debian-secure-boot-ca.pem" "$debian/shimaa64.efi.signed"
	expect 3 "$O/bin/vkexec-verify" check --trust "$debian/debian-secure-boot-ca.pem" "$debian/fwupdaa64.efi.signed"
}

vkx_check verify-tool all "exit statuses, JSON, and output that is whole or absent"
check_verify_tool() {
	local dir=$O/verify-tool v=$O/bin/vkexec-verify n
	verify_files "$dir"
	expect 0 "$v" check --trust "$dir/rsa.crt" --digests "$dir/rsa.efi"
	expect 3 "$v" check --trust "$dir/rsa.crt" "$dir/rsa.efi" "$dir/p256.efi"
	expect 3 "$v" check --trust "$dir/rsa.crt" "$dir/plain.efi"
	expect 1 "$v" check --trust "$dir/rsa.crt" "$dir/rsa.efi" "$dir/absent.efi"
	expect 1 "$v" check --trust "$dir/rsa.crt" "$dir"
	expect 1 "$v" check --trust "$dir/absent.crt" "$dir/rsa.efi"
	expect 1 "$v" check --trust "$dir/rsa.efi" "$dir/rsa.efi"
	expect 2 "$v" check "$dir/rsa.efi"
	expect 2 "$v" check --trust "$dir/rsa.crt"
	expect 2 "$v" nonsense
	# No option is taken that changes nothing, and no number that is none.
	for n in --revoked --sbat-level --machine; do
		expect 2 "$O/bin/vkexec-load" $n "$dir/rsa.crt" "$dir/rsa.efi"
		grep -q "give --trust" "$O/expect.out"
	done
	set -- --trust "$dir/rsa.crt"
	expect 2 "$v" check "$@" --need-dtb "$dir/rsa.efi"
	expect 2 "$v" check "$@" --any-pe --need-dtb "$dir/rsa.efi"
	expect 2 "$v" check "$@" --any-pe --machine a,b "$dir/rsa.efi"
	expect 2 "$v" check "$@" --any-pe --sbat-level "$dir/absent" "$dir/rsa.efi"
	expect 2 "$v" check "$@" --any-pe --digests "$dir/rsa.efi"
	expect 2 "$v" check "$@" --signers 0 "$dir/rsa.efi"
	expect 2 "$v" check "$@" --signers 4294967297 "$dir/rsa.efi"
	expect 2 "$v" check "$@" --machine a,b --machine a,b "$dir/rsa.efi"
	expect 2 "$v" check "$@" -x "$dir/rsa.efi"
	grep -q "check: there is no option '-x'" "$O/expect.out"
	set -- --section .cmdline -o "$dir/none"
	expect 2 "$v" extract --unverified --revoked "$dir/absent" "$@" "$dir/rsa.efi"
	expect 2 "$v" extract --unverified --signers 99 "$@" "$dir/rsa.efi"
	expect 2 "$v" extract --unverified --machine a,b "$@" "$dir/rsa.efi"
	for n in 4294967297 1x -1 +1 '' 0 97; do
		expect 2 "$v" extract --unverified --number "$n" "$@" "$dir/rsa.efi"
	done
	[ ! -e "$dir/none" ]
	expect 2 "$v" digest --hash sha256 --hash sha512 "$dir/rsa.efi"
	expect 2 "$v" inspect --jsn "$dir/rsa.efi"
	expect 0 "$v" check --trust "$dir/chain-ca.crt" "$dir/chain.efi"
	expect 0 "$v" check --machine vendor,board --trust "$dir/rsa.crt" "$dir/rsa.efi"
	expect 3 "$v" check --machine vendor,board --need-dtb --trust "$dir/rsa.crt" "$dir/rsa.efi"
	# A revocation list that is cut short refuses, and does not count as empty;
	# nor does one that lost all it had.
	: >"$dir/lost.esl"
	expect 1 "$v" check --revoked "$dir/lost.esl" --trust "$dir/rsa.crt" "$dir/rsa.efi"
	grep -q "lists nothing" "$O/expect.out"
	head -c 40 /dev/urandom >"$dir/broken.esl"
	expect 1 "$v" check --revoked "$dir/broken.esl" --trust "$dir/rsa.crt" "$dir/rsa.efi"

	"$v" check --json --digests --trust "$dir/rsa.crt" "$dir/rsa.efi" "$dir/p256.efi" >"$dir/lines" || true
	python3 - "$dir/lines" <<-'END'
		import json, sys
		good, bad = [json.loads(line) for line in open(sys.argv[1])]
		assert good["accepted"] and not bad["accepted"]
		# Both certificates have one name: the trusted one did not issue this signer.
		assert bad["rule"] == "sig-chain" and bad["verdict"] == "signature"
		assert "components" not in bad and "authenticode" not in bad and len(good["authenticode"]) == 64
		assert good["cmdline"] == "console=ttyAMA0 ro"
		assert all(len(c["sha256"]) == 64 for c in good["components"])
	END
	"$v" inspect --json "$dir/chain.efi" | python3 -c 'import json, sys; d = json.load(sys.stdin); assert len(d["signatures"][0]["certificates"]) == 2'

	# A line for each file, also for one that cannot be read.
	expect 1 "$v" check --json --trust "$dir/rsa.crt" "$dir/absent.efi" "$dir/rsa.efi" "$dir"
	grep '^{' "$O/expect.out" >"$dir/lines"
	python3 - "$dir/lines" <<-'END'
		import json, sys
		absent, good, folder = [json.loads(line) for line in open(sys.argv[1])]
		assert good["accepted"] and "error" not in good
		for bad, why in (absent, "No such file"), (folder, "Is a directory"):
		    assert bad["accepted"] is False and why in bad["error"] and bad["file"] and "verdict" not in bad
	END
	# What is no file with a size says what to do.
	mkfifo "$dir/fifo"
	for n in "check --trust $dir/rsa.crt" digest inspect; do
		expect 1 "$v" $n "$dir/fifo"
		grep -q 'save it to a file' "$O/expect.out"
	done

	expect 0 "$v" extract --trust "$dir/rsa.crt" --section .cmdline -o "$dir/cmdline" "$dir/rsa.efi"
	[ "$(cat "$dir/cmdline")" = "console=ttyAMA0 ro" ]
	expect 3 "$v" extract --trust "$dir/rsa.crt" --section .cmdline -o "$dir/none" "$dir/p256.efi"
	expect 1 "$v" extract --trust "$dir/rsa.crt" --section .dtb -o "$dir/none" "$dir/rsa.efi"
	expect 0 "$v" extract --unverified --section .cmdline -o "$dir/cmdline2" "$dir/p256.efi"
	cmp "$dir/cmdline" "$dir/cmdline2"
	[ ! -e "$dir/none" ]
	expect 1 sh -c '"$@" >/dev/full' sh "$v" check --trust "$dir/rsa.crt" "$dir/rsa.efi"
}

# board NAME FILE: a device tree for the machine NAME.
board() {
	printf '/dts-v1/; / { compatible = "%s", "acme,any"; model = "Board %s"; };' "$1" "$1" |
		dtc -q -I dts -O dtb -o "$2"
}

vkx_check verify-machine all "which device tree a machine would get, as check and inspect tell it"
check_verify_machine() {
	local dir=$O/verify-machine v=$O/bin/vkexec-verify b
	make -s -j"$jobs" "$v" "$O/bin/vkexec-sign" "$O/bin/vkexec-keys"
	rm -rf "$dir"
	mkdir -p "$dir"
	tiny_image "$dir/Image"
	for b in one two fallback; do board "acme,$b" "$dir/$b.dtb"; done
	head -c 60 "$dir/one.dtb" >"$dir/cut.dtb"
	"$O/bin/vkexec-keys" generate --type p256 --subject CN=machine --no-passphrase -o "$dir/key" >/dev/null
	# efi FILE OPTION...
	efi() {
		local out=$1
		shift
		"$O/bin/vkexec-sign" build --linux "$dir/Image" --cmdline quiet --key "$dir/key.key" --cert "$dir/key.crt" "$@" -o "$out" >/dev/null
	}
	# chosen FILE MACHINE WANTED-TEXT
	chosen() {
		expect 0 "$v" check --trust "$dir/key.crt" --machine "$2" "$dir/$1"
		grep -q "device tree  $3" "$O/expect.out" || { cat "$O/expect.out"; return 1; }
	}
	efi "$dir/all.efi" --dtbauto "$dir/one.dtb" --dtbauto "$dir/two.dtb" --dtb "$dir/fallback.dtb"
	efi "$dir/auto.efi" --dtbauto "$dir/one.dtb" --dtbauto "$dir/two.dtb"
	chosen all.efi acme,one ".dtbauto number 1"
	chosen all.efi acme,two ".dtbauto number 2"
	chosen all.efi "$dir/two.dtb" ".dtbauto number 2"
	# The second compatible string of a board is not its name.
	chosen all.efi acme,any ".dtb"
	chosen all.efi acme,other ".dtb"
	chosen auto.efi acme,other "the running one"
	expect 3 "$v" check --trust "$dir/key.crt" --machine acme,other --need-dtb "$dir/auto.efi"
	grep -q policy-running-dtb "$O/expect.out"
	expect 0 "$v" inspect "$dir/all.efi"
	[ "$(grep -c 'model: Board acme,' "$O/expect.out")" = 3 ]
	expect 0 "$v" extract --trust "$dir/key.crt" --section .dtbauto --number 2 -o "$dir/out.dtb" "$dir/all.efi"
	cmp "$dir/out.dtb" "$dir/two.dtb"
	expect 1 "$v" extract --trust "$dir/key.crt" --section .dtbauto --number 3 -o "$dir/none" "$dir/all.efi"
	expect 1 "$v" check --trust "$dir/key.crt" --machine "$dir/cut.dtb" "$dir/all.efi"
}

# Fails one allocation of a command after the other, STEP apart, until a run
# needs no more of them. Another answer than the good one must not come out; of
# a command that refuses ($WANT is 3), no "done".
# fail_each NAME STEP COMMAND...
fail_each() {
	local name=$1 step=$2 n=0 rc harmless= want=${WANT:-0}
	shift 2
	while :; do
		n=$((n + step))
		rc=0
		: >"$O/failed"
		FAIL_AT=$n FAIL_LOG=9 LD_PRELOAD=$O/failmalloc.so "$@" 9>"$O/failed" >"$O/fail.out" 2>&1 || rc=$?
		if [ ! -s "$O/failed" ]; then
			[ $rc = "$want" ] || { echo "$name: exit $rc without a failure" >&2; return 1; }
			break
		fi
		case $rc in
		1 | 3) ;;
		0)
			# A failure may be harmless: stdio without a buffer.
			if [ "$want" != 0 ] || ! cmp -s "$O/fail.out" "$O/fail.good"; then
				echo "$name: allocation $n failed, and another answer was given" >&2
				cat "$O/fail.out" >&2
				return 1
			fi
			harmless="$harmless $n"
			;;
		*)
			echo "$name: allocation $n failed: exit $rc" >&2
			cat "$O/fail.out" >&2
			return 1
			;;
		esac
	done
	echo "$name: about $n allocations, every ${step}th failed once;${harmless:+ without harm:$harmless}"
}

# malloc_campaign STEP: an RSA check makes some forty allocations; those of an
# ECDSA check are thousands, all alike, inside the arithmetic.
malloc_campaign() {
	local dir=$O/verify-malloc v=$O/bin/vkexec-verify f cert step
	verify_files "$dir"
	make -s -j"$jobs" "$O/bin/vkexec-keys"
	case $O in /*) ;; *) O=$PWD/$O ;; esac
	gcc -O2 -shared -fPIC -Wall -Werror -o "$O/failmalloc.so" tests/fake/failmalloc.c
	for f in rsa p256 chain; do
		cert=$f step=$1
		[ $f != chain ] || cert=chain-ca
		[ $f != rsa ] || step=1
		"$v" check --digests --trust "$dir/$cert.crt" "$dir/$f.efi" >"$O/fail.good" 2>&1
		fail_each "check $f" $step "$v" check --digests --trust "$dir/$cert.crt" "$dir/$f.efi"
		[ $f = rsa ] || continue
		"$v" check --json --digests --trust "$dir/$cert.crt" "$dir/$f.efi" >"$O/fail.good" 2>&1
		fail_each "check --json $f" 1 "$v" check --json --digests --trust "$dir/$cert.crt" "$dir/$f.efi"
		"$v" inspect "$dir/$f.efi" >"$O/fail.good" 2>&1
		fail_each "inspect $f" 1 "$v" inspect "$dir/$f.efi"
		"$v" digest --hash all "$dir/$f.efi" >"$O/fail.good" 2>&1
		fail_each "digest $f" 1 "$v" digest --hash all "$dir/$f.efi"
		"$v" extract --trust "$dir/$cert.crt" --section .linux -o - "$dir/$f.efi" >"$O/fail.good" 2>&1
		fail_each "extract $f" 1 "$v" extract --trust "$dir/$cert.crt" --section .linux -o - "$dir/$f.efi"
	done
	# What must be refused stays refused: a list, a level, a machine, one of
	# several files whose allocation fails must not be passed over.
	local keys=$O/bin/vkexec-keys
	"$keys" revoke --list "$dir/key.esl" --certificate "$dir/rsa.crt" --whole >/dev/null
	"$keys" revoke --list "$dir/tbs.esl" --certificate "$dir/rsa.crt" >/dev/null
	"$keys" revoke --list "$dir/image.esl" --image "$dir/rsa.efi" >/dev/null
	"$keys" revoke --list "$dir/ca.esl" --certificate "$dir/chain-ca.crt" --whole >/dev/null
	printf 'sbat,1,2026010100\nvkexec.test,2\n' >"$dir/level.csv"
	set -- "$1" "$v" check --trust "$dir/rsa.crt"
	for f in key tbs image; do
		WANT=3 fail_each "check --revoked $f.esl" 1 "${@:2}" --revoked "$dir/$f.esl" "$dir/rsa.efi"
	done
	WANT=3 fail_each "check --sbat-level" 1 "${@:2}" --sbat-level "$dir/level.csv" "$dir/rsa.efi"
	WANT=3 fail_each "check --need-dtb" 1 "${@:2}" --machine a,b --need-dtb "$dir/rsa.efi"
	WANT=3 fail_each "check of three, one unsigned" 1 "${@:2}" "$dir/rsa.efi" "$dir/plain.efi" "$dir/rsa.efi"
	WANT=3 fail_each "check of two, revoked" 1 "${@:2}" --json --revoked "$dir/tbs.esl" "$dir/rsa.efi" "$dir/rsa.efi"
	WANT=3 fail_each "check under a revoked CA" "$1" "$v" check --trust "$dir/chain.crt" --revoked "$dir/ca.esl" "$dir/chain.efi"
	WANT=3 fail_each "extract --revoked" 1 "$v" extract --trust "$dir/rsa.crt" --revoked "$dir/key.esl" \
		--section .linux -o - "$dir/rsa.efi"
	# And what may boot is not accepted for another reason.
	set -- "${@:2}" --revoked "$dir/ca.esl" --machine a,b "$dir/rsa.efi" "$dir/rsa.efi"
	"$@" >"$O/fail.good" 2>&1
	fail_each "check of two, others revoked" 1 "$@"
}

vkx_check verify-malloc all "allocations of check fail one by one: never accepted by it, never a crash (V50)"
check_verify_malloc() { malloc_campaign 331; }

vkx_check verify-malloc-each long "every single allocation of check fails once (V50)"
check_verify_malloc_each() { malloc_campaign 1; }

vkx_check verify-one-read all "check reads every byte of a file exactly once (V63)"
check_verify_one_read() {
	local dir=$O/verify-one-read f
	verify_files "$dir" 3
	outside_signer "$dir"
	sbsign --key "$dir/out.key" --cert "$dir/out.crt" --output "$dir/signed.efi" "$dir/large.efi" >/dev/null 2>&1
	for f in signed rsa; do
		strace -f -e trace=openat,pread64,read,mmap -o "$dir/trace" \
			"$O/bin/vkexec-verify" check --digests --trust "$dir/out.crt" --trust "$dir/rsa.crt" "$dir/$f.efi" >/dev/null
		awk -v file="$dir/$f.efi" -v size="$(stat -c %s "$dir/$f.efi")" '
			index($0, "\"" file "\"") { fd = $NF; next }
			fd == "" { next }
			$0 ~ "(read|mmap)\\(.*[(, ]" fd ", 0\\)? = " && !/pread64/ { print "another way to read: " $0; bad = 1 }
			$0 ~ "pread64\\(" fd "," {
				n = $NF
				match($0, /, [0-9]+\) += /)
				at = substr($0, RSTART + 2) + 0
				if (at in from) { print "twice: " $0; bad = 1 }
				from[at] = n
				sum += n
			}
			END {
				print file ": " sum " of " size " bytes read"
				exit bad || sum != size
			}' "$dir/trace"
	done
}

vkx_check verify-threads all "reading ahead and hashing in pairs, under ThreadSanitizer"
check_verify_threads() {
	local dir=$O/verify-threads t=$O/tsan i
	verify_files "$dir" 4
	make -s -j"$jobs" O="$t" CFLAGS=-fsanitize=thread LDFLAGS=-fsanitize=thread "$t/bin/vkexec-verify" "$t/unit/test_stream"
	"$t/unit/test_stream"
	outside_signer "$dir"
	sbsign --key "$dir/out.key" --cert "$dir/out.crt" --output "$dir/many-1.efi" "$dir/large.efi" >/dev/null 2>&1
	for i in 2 3 4 5 6 7; do cp "$dir/many-1.efi" "$dir/many-$i.efi"; done
	expect 0 "$t/bin/vkexec-verify" check --trust "$dir/out.crt" "$dir"/many-*.efi
	expect 0 "$t/bin/vkexec-verify" check --digests --json --trust "$dir/out.crt" "$dir"/many-*.efi
	expect 0 "$t/bin/vkexec-verify" check --trust "$dir/out.crt" "$dir/many-1.efi"
	printf x | dd of="$dir/many-4.efi" bs=1 seek=3000000 conv=notrunc status=none
	expect 3 "$t/bin/vkexec-verify" check --trust "$dir/out.crt" "$dir"/many-*.efi
	[ "$(grep -c accepted "$O/expect.out")" = 6 ]
	grep -q "many-4.efi: refused" "$O/expect.out"
}

vkx_check sha256-arm64 all "the ARMv8-CE and generic SHA-256 of an arm64 build agree with this machine's"
check_sha256_arm64() {
	local dir=$O/arm64-core flags="-std=c11 -O2 -iquote kernel/core -iquote kernel/core/env/host"
	make -s -j"$jobs" "$O/libvkxcore.a"
	make -s -j"$jobs" O="$dir" CROSS=aarch64-linux-gnu- WERROR=1 "$dir/libvkxcore.a"
	gcc $flags -o "$O/sha256_digests" tests/verify/sha256_digests.c "$O/libvkxcore.a"
	aarch64-linux-gnu-gcc $flags -static -o "$dir/sha256_digests" tests/verify/sha256_digests.c "$dir/libvkxcore.a"
	{
		"$O/sha256_digests"
		qemu-aarch64 -cpu max "$dir/sha256_digests"
	} | tee "$dir/sha256.txt"
	grep -q armv8-ce "$dir/sha256.txt"
	[ "$(cut -d' ' -f1 "$dir/sha256.txt" | sort -u | wc -l)" = 1 ]
}
