#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Hostile files in the kernel's loader: mutants of a signed UKI, on which the
# kernel and vkexec-verify must give the same verdict; the same for files with
# forged signatures, wrong certificates, DER elements changed and bad SBAT texts
# under a good key; and the malformed PE files of others. No oops, no errno that
# is no verdict, no file taken that should not be, and the good one is still
# taken afterwards. (V1-V8, V12-V17, V22, V30, V32, V35-V46)
#
#   tests/vm/test-hostile.sh [MUTANTS [SEED [VARIANT]]]
#
# VARIANT debug: under KASAN and the others, with a search for leaks.
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
count=${1:-2000} seed=${2:-1} variant=${3:-vkexec}
chunk=200 # as many as one answer of the guest tells of
data=${VKX_TEST_DATA:-$vm_top/../shared/data}/pe
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

# A folder of files in the guest: "ERRNO NAME" lines.
load_all() {
	vm_do loads "$1" 0
	[ "${VM_REPLY%% *}" = ok ] || vm_die "loads: $VM_REPLY"
	vm_unescape "${VM_REPLY#ok }"
}

# What the tool says of the same files, in the kernel's words. A file that is
# no UKI at all is ENOEXEC to a kernel that does not enforce.
verify_all() { # DIR
	local f
	(cd "$1" && "$uki_bin/vkexec-verify" check --trust "$uki_keys/release.pem" \
		--trust "$uki_keys/root.pem" --machine "$work/dtb" --sbat-level "$work/level" --json *.efi) >"$work/json" || true
	python3 - "$work/json" <<'PY'
import json, sys
errno = {"boot": "ok", "malformed": "EBADMSG", "signature": "EKEYREJECTED",
         "unknown signer": "ENOKEY", "policy": "EPERM", "arguments": "EINVAL"}
text = open(sys.argv[1]).read()
try:
    files = json.loads(text)
except json.JSONDecodeError:
    files = [json.loads(l) for l in text.splitlines() if l.strip()]
if isinstance(files, dict):
    files = files.get("files", [files])
for f in sorted(files, key=lambda f: f["file"]):
    print(errno[f["verdict"]], f["file"])
PY
}

others() { # files that are in nobody's tests but to be refused
	local f n=0
	[ -d "$data" ] || { echo "   --  no $data: files of others skipped"; return; }
	find "$data" -type f -size -4096k | LC_ALL=C sort | while read -r f; do
		n=$((n + 1))
		cp "$f" "$VM_DIR/share/others/$n.${f##*/}"
	done
}

# A mutant that was taken may differ from the signed file in nothing but what
# no signature covers: the PE checksum. Prints the others.
taken_wrongly() {
	local pe name
	pe=$(od -An -tu4 -j60 -N4 "$work/good.efi")
	awk '$1 == "ok" { print $2 }' "$work/kernel" | while read -r name; do
		{ cmp -l "$work/good.efi" "$VM_DIR/share/mutants/$name" 2>&1 || true; } |
			awk -v n="$name" -v sum=$((pe + 88)) '
				!/^ *[0-9]/ || $1 <= sum || $1 > sum + 4 { print n; exit }'
	done
}

# Kernel and tool on all files of a folder of folders. While enforcing, the
# kernel calls a file that is no UKI at all forbidden; the tool calls it
# malformed. Linux finds who vouches for a certificate by the key identifier in
# it: where that was changed it finds nobody, before it sees that the
# certificate's own signature broke.
judge() { # FOLDER COUNT
	local dir
	rm -f "$work"/{kernel,tool}{,.all}
	for dir in "$VM_DIR/share/$1"/*; do
		dir=${dir##*/}
		# As one file: many small ones are slow over the share.
		(cd "$VM_DIR/share/$1" && find "$dir" | cpio --quiet -o -H newc >../files.cpio)
		vm_sh 'rm -rf /tmp/files; mkdir /tmp/files; cd /tmp/files; cpio -idm </vkx/files.cpio' >/dev/null ||
			vm_die "cannot unpack files.cpio"
		load_all "/tmp/files/$dir" | sed "s, ,&$dir/," >>"$work/kernel.all"
		verify_all "$VM_DIR/share/$1/$dir" | sed "s, ,&$dir/," >>"$work/tool.all"
	done
	LC_ALL=C sort -k2 "$work/kernel.all" >"$work/kernel"
	LC_ALL=C sort -k2 "$work/tool.all" >"$work/tool"
	echo "   verdicts of the kernel on $(wc -l <"$work/kernel") files, $1:"
	cut -d' ' -f1 "$work/kernel" | sort | uniq -c | sed 's/^/   /'
	LC_ALL=C join -1 2 -2 2 "$work/kernel" "$work/tool" |
		awk '$2 == $3 || $2 == "EPERM" && $3 == "EBADMSG" ||
			$2 == "ENOKEY" && $3 == "EKEYREJECTED" && $1 ~ /\/der-0\.1\.0\.3\.0\.0\.7\.0\.3/ { next } 1' \
			>"$work/differ"
	head -10 "$work/differ"
	VM_SAY="$1 judged by both" vm_expect "$2 $2" echo $(wc -l <"$work/kernel") $(wc -l <"$work/tool")
	VM_SAY="tool and kernel differ on" vm_expect 0 awk 'END { print NR }' "$work/differ"
	no_verdict "$work/kernel"
}

# Whatever a file holds, it is judged: no fault of memory or of the machine.
no_verdict() { # FILE
	VM_SAY="errnos that are no verdict" vm_expect "" awk \
		'$1 !~ /^(ok|EBADMSG|EKEYREJECTED|ENOKEY|EPERM|EINVAL)$/' "$1"
}

complaints() {
	vm_sh 'sleep 1; echo' >/dev/null
	tr -d '\r' <"$VM_DIR/console.log" |
		grep -E "Oops|BUG:|WARNING:|KASAN:|UBSAN:|possible recursive|bad unlock|suspicious RCU" | head -5
	echo end
}

linux_refuses() { sed -n 's,[0-9]*/linux,linux,p' "$work/kernel" | LC_ALL=C sort; }

# In folders of as many as one answer of the guest tells of.
made() {
	local n dir files
	mkdir "$work/made"
	"$vm_top/${O:-build}/prog/make_hostile" "$work/made" "$uki_keys/root.key" \
		"vkexec test root" "$(openssl x509 -in "$uki_keys/root.pem" -noout -ext subjectKeyIdentifier |
			tail -1 | tr -d ' :')" "$work/sbat"
	files=("$work/made"/*)
	made=${#files[@]}
	for ((n = 0; n < made; n += chunk)); do
		dir=$VM_DIR/share/made/$n
		mkdir -p "$dir"
		mv "${files[@]:n:chunk}" "$dir"
	done
}

gcc -std=c11 -O2 -o "$work/mutate" "$vm_top/tests/vm/mutate.c"
uki_small_image "$work/image"
uki_machine_dtb "$work/dtb"
uki_sbat 2 "$work/sbat"
printf 'sbat,1,2024010100\nvkx.test,2\n' >"$work/level"
vm_initrd first "$work/first.cpio"
echo small >"$work/initrd"
uki_make "$work/good.efi" release --linux "$work/image" --initrd "$work/initrd" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"

make -s -C "$vm_top" "${O:-build}/prog/make_hostile"
# A locked-down kernel gives nobody its list of leaks.
args=lockdown=integrity
[ "$variant" != debug ] || VM_MEM=2048 VM_TIMEOUT=3000 args=vkexec.enforce=1
vm_new
mkdir "$VM_DIR/share/mutants" "$VM_DIR/share/others"
made
cp "$work/good.efi" "$VM_DIR/share"
others
vm_start "$(vm_kernel "$variant")/Image" "$work/first.cpio" "$args"

VM_SAY="the file itself" vm_expect ok vm_load /vkx/good.efi
for ((n = 0; n < count; n += chunk)); do
	dir=$VM_DIR/share/mutants/$n
	mkdir "$dir"
	"$work/mutate" "$work/good.efi" "$dir" $chunk $((seed * 1000003 + n))
done
judge made "$made"
VM_SAY="what Linux itself does not read" vm_expect $'EKEYREJECTED linux-rsa-hash-0.efi\nENOKEY linux-no-key-id-0.efi' \
	linux_refuses
VM_SAY="good ones among them, taken" vm_expect 2 grep -c '^ok [0-9]*/good-' "$work/kernel"
judge mutants "$count"
VM_SAY="taken, but not the signed file" vm_expect "" taken_wrongly
if [ -n "$(ls "$VM_DIR/share/others")" ]; then
	load_all /vkx/others >"$work/others"
	echo "   verdicts of the kernel on $(wc -l <"$work/others") files of others:"
	cut -d' ' -f1 "$work/others" | sort | uniq -c | sed 's/^/   /'
	VM_SAY="files of others taken" vm_expect 0 grep -c ^ok "$work/others"
	no_verdict "$work/others"
fi
VM_SAY="the file itself, again" vm_expect ok vm_load /vkx/good.efi
vm_expect end complaints
[ "$variant" != debug ] || VM_SAY=leaks vm_expect end vm_leaks
vm_stop
vm_done
