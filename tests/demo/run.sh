#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `make demo`: the main job on real input. Signs releases, boots a locked-down
# arm64 machine with a TPM in QEMU, takes it by kexec from release to release
# up to Debian's own kernel, tries attacks on the way, quotes and audits.
# Everything it leaves is in demo/, or the folder that DEMO_OUT names; the page
# to look at is demo/report.html.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
export O=${O:-build}
. tests/vm/vm.sh
out=${DEMO_OUT:-$top/demo}
work=$(mktemp -d)
rows=()
began=$SECONDS
step_n=0
step_text="starting"

finish() {
	local rc=$?
	vm_clean
	rm -rf "$work"
	[ $rc = 0 ] || printf '\ndemo: failed in step %d, %s\n' "$step_n" "$step_text" >&2
	exit $rc
}
trap finish EXIT

step() { # TEXT
	step_n=$((step_n + 1))
	step_text=$1
	printf '\n[%d/%d] %s\n' "$step_n" 9 "$1"
}

show() { # WHAT RESULT
	rows+=("$1|$2")
	printf '    %-34s %s\n' "$1" "$2"
}

quietly() { # COMMAND...
	"$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
}

line() { echo "console=ttyAMA0 lockdown=integrity release=$1"; }

make_release() { # NAME IMAGE KEY GENERATION [CMDLINE]
	[ -s "$work/$1.cpio" ] || vm_initrd "$1" "$work/$1.cpio"
	uki_sbat "$4" "$work/sbat"
	uki_make "$out/$1.efi" - --key "$work/$3.key" --cert "$work/$3.crt" --linux "$2" --initrd "$work/$1.cpio" \
		--cmdline "${5:-$(line "$1")}" --dtb "$work/machine.dtb" --sbat "$work/sbat" \
		--os-release "$work/osrel"
}

# The kernel's own words about the last thing it refused.
reason() { vm_sh 'sed -n "s/^last-refusal: *//p" /sys/kernel/security/vkexec/status'; }

attack() { # WHAT WANT FILE [INITRD [CMDLINE]]
	local what=$1 want=$2 got
	shift 2
	got=$(vm_load "$@")
	[ "$got" = "$want" ] || vm_die "attack '$what': expected $want, got $got"
	show "attack: $what" "refused, $got: $(reason)"
}

hop() { # NAME
	local got
	got=$(vm_sh "/vkx/bin/vkexec-load /vkx/$1.efi" 2>&1) || vm_die "vkexec-load $1: $got"
	vm_exec
	[ "$VM_MARKER" = "$1" ] || vm_die "initrd of $VM_MARKER came up, not of $1"
	got=$(vm_sh 'cat /proc/cmdline')
	[ "$got" = "$(line "$1")" ] || vm_die "$1 runs with the command line: $got"
	show "hop to $1" "Linux $VM_RELEASE, command line and initrd as signed"
}

rm -rf "$out"
mkdir -p "$out"

# The root CA is the vendor's, and in the kernels that are cached; the release
# key is new in every run, and no kernel has heard of it.
make_release_key() {
	quietly "$uki_bin/vkexec-keys" generate --type p256 --no-passphrase \
		--subject "CN=vkexec demo release" -o "$work/self"
	mv "$work/self.key" "$work/release.key"
	quietly "$uki_bin/vkexec-keys" csr --key "$work/release.key" \
		--subject "CN=vkexec demo release" -o "$work/release.csr"
	quietly "$uki_bin/vkexec-keys" issue --ca-key "$uki_keys/root.key" \
		--ca-cert "$uki_keys/root.pem" --days 400 -o "$work/release.crt" "$work/release.csr"
	cp "$work/release.crt" "$out"
	cp "$uki_keys/root.pem" "$out/root.crt"
}

step "tools and keys"
tests/deps.sh
quietly make -s -j"$(nproc)" all
. tests/vm/uki.sh
make_release_key
show "release key" "$("$uki_bin/vkexec-keys" show "$out/release.crt" |
	sed -n 's/^ *key *//p; s/^ *SHA-256 *//p' | paste -sd' ' | cut -c1-48)..., issued by the root CA"

step "Debian's own arm64 kernel"
debian=$(tests/fetch-debian-kernel.sh)
show "Debian kernel" "$(basename "$debian"), $(($(stat -Lc %s "$debian") >> 20)) MB"

step "a 6.12 kernel with vkexec, and the tools for arm64 (first time: some minutes)"
ours=$(vm_kernel vkexec)/Image
bin=$(tests/vm/arm64-tools.sh)
show "our kernel" "$(basename "$(dirname "$ours")"), $(($(stat -c %s "$ours") >> 20)) MB"

step "signing the releases"
printf 'ID=vkexec-demo\nVERSION_ID=1\n' >"$work/osrel"
uki_machine_dtb "$work/machine.dtb"
make_release release-1 "$ours" release 2
make_release release-2 "$ours" release 2
make_release debian "$debian" release 2
make_release older "$ours" release 1
make_release revoked "$ours" release 2 "$(line revoked)"
uki_flip "$out/release-2.efi" .initrd "$out/flipped.efi"
uki_revoke "$out/revoked.efi" "$work/revocation"
vm_initrd evil "$work/evil.cpio"
quietly "$uki_bin/vkexec-verify" check --trust "$out/root.crt" \
	"$out/release-1.efi" "$out/release-2.efi" "$out/debian.efi"
for r in release-1 release-2 debian; do
	show "signed $r" "$(($(stat -c %s "$out/$r.efi") >> 20)) MB, vkexec-verify accepts"
done
quietly "$uki_bin/vkexec-measure" manifest "$out/release-1.efi" "$out/release-2.efi" \
	"$out/debian.efi" --product vkx.test --release 2 --minimum 2 --first unmeasured --key "$work/release.key" \
	--cert "$work/release.crt" -o "$out/manifest.json"

step "a locked-down machine with a TPM"
vm_new
cp "$out"/*.efi "$work"/*.cpio "$work"/revocation* "$VM_DIR/share"
mkdir "$VM_DIR/share/bin"
cp "$bin"/vkexec-* "$VM_DIR/share/bin"
vm_initrd factory "$work/factory.cpio"
vm_start "$ours" "$work/factory.cpio" "lockdown=integrity"
show "booted" "Linux $VM_RELEASE, lockdown=integrity, initrd of $VM_MARKER"

step "kexec from release to release"
hop release-1
hop release-2

step "attacks"
[ "$(vm_revoke "$(cat "$work/revocation.name")" /vkx/revocation.p7)" = ok ] ||
	vm_die "the kernel does not take the revocation"
attack "foreign initrd" EINVAL /vkx/release-2.efi /vkx/evil.cpio
attack "lockdown=none" EINVAL /vkx/release-2.efi - "lockdown=none"
attack "flipped bit" EKEYREJECTED /vkx/flipped.efi
attack "older release" EPERM /vkx/older.efi
attack "revoked release" EPERM /vkx/revoked.efi

step "a quote with a fresh nonce, and its audit"
nonce=$(od -An -tx1 -N20 /dev/urandom | tr -d ' \n')
vm_sh "cd /vkx && bin/vkexec-measure provision -o ak && bin/vkexec-measure quote --nonce $nonce -o evidence" \
	>"$work/log" || { cat "$work/log" >&2; exit 1; }
cp -r "$VM_DIR/share/evidence" "$out/evidence"
rc=0
"$uki_bin/vkexec-measure" audit --manifest "$out/manifest.json" --trust "$out/root.crt" \
	--ak "$VM_DIR/share/ak/ak.pub" --expect-hops 2 --nonce "$nonce" --html "$out/report.html" "$out/evidence" >"$out/audit.txt" || rc=$?
[ -s "$out/report.html" ] || { cat "$out/audit.txt" >&2; exit 1; }
[ $rc = 0 ] || { cat "$out/audit.txt" >&2; exit 1; }
show "audit of the quote" "$(head -1 "$out/audit.txt")"

step "on into Debian's own kernel"
hop debian
vm_stop
show "all of it" "$((SECONDS - began)) s on $(nproc) processors"

printf '\nWhat was shown\n'
for r in "${rows[@]}"; do printf '  %-34s %s\n' "${r%%|*}" "${r#*|}"; done
printf '\nThe page to look at: %s\n' "$out/report.html"
