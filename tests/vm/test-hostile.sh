#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Hostile files in the kernel's loader: mutants of a signed UKI, on which the
# kernel and vkexec-verify must give the same verdict, and the malformed PE
# files of others. No oops, no file taken that should not be, and the good one
# is still taken afterwards. (V1-V8, V12-V17, V22, V32)
#
#   tests/vm/test-hostile.sh [MUTANTS [SEED]]
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
count=${1:-2000} seed=${2:-1}
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
		--machine "$work/dtb" --sbat-level "$work/level" --json *.efi) >"$work/json" || true
	python3 - "$work/json" <<'PY'
import json, sys
errno = {"boot": "ok", "malformed": "EBADMSG", "signature": "EKEYREJECTED",
         "signer": "ENOKEY", "policy": "EPERM", "arguments": "EINVAL"}
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
		cp "$f" "$VM_DIR/share/others/$n.$(basename "$f")"
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

gcc -std=c11 -O2 -o "$work/mutate" "$vm_top/tests/vm/mutate.c"
uki_small_image "$work/image"
uki_machine_dtb "$work/dtb"
uki_sbat 2 "$work/sbat"
printf 'sbat,1,2024010100\nvkx.test,2\n' >"$work/level"
vm_initrd first "$work/first.cpio"
echo small >"$work/initrd"
uki_make "$work/good.efi" release --linux "$work/image" --initrd "$work/initrd" \
	--cmdline "console=ttyAMA0" --dtb "$work/dtb" --sbat "$work/sbat"

vm_new
mkdir "$VM_DIR/share/mutants" "$VM_DIR/share/others"
cp "$work/good.efi" "$VM_DIR/share"
others
vm_start "$(vm_kernel vkexec)/Image" "$work/first.cpio" lockdown=integrity

VM_SAY="the file itself" vm_expect ok vm_load /vkx/good.efi
for ((n = 0; n < count; n += chunk)); do
	dir=$VM_DIR/share/mutants/$n
	mkdir "$dir"
	"$work/mutate" "$work/good.efi" "$dir" $chunk $((seed * 1000003 + n))
	load_all "/vkx/mutants/$n" | sed "s, ,&$n/," >>"$work/kernel.all"
	verify_all "$dir" | sed "s, ,&$n/," >>"$work/tool.all"
done
LC_ALL=C sort -k2 "$work/kernel.all" >"$work/kernel"
LC_ALL=C sort -k2 "$work/tool.all" >"$work/tool"
echo "   verdicts of the kernel on $(wc -l <"$work/kernel") mutants:"
cut -d' ' -f1 "$work/kernel" | sort | uniq -c | sed 's/^/   /'
# While enforcing, the kernel calls a file that is no UKI at all forbidden; the
# tool calls it malformed.
LC_ALL=C join -1 2 -2 2 "$work/kernel" "$work/tool" |
	awk '$2 != $3 && !($2 == "EPERM" && $3 == "EBADMSG")' >"$work/differ"
head -10 "$work/differ"
VM_SAY="mutants judged" vm_expect "$count" awk 'END { print NR }' "$work/kernel"
VM_SAY="tool and kernel differ on" vm_expect 0 awk 'END { print NR }' "$work/differ"
VM_SAY="taken, but not the signed file" vm_expect "" taken_wrongly
if [ -n "$(ls "$VM_DIR/share/others")" ]; then
	load_all /vkx/others >"$work/others"
	echo "   verdicts of the kernel on $(wc -l <"$work/others") files of others:"
	cut -d' ' -f1 "$work/others" | sort | uniq -c | sed 's/^/   /'
	VM_SAY="files of others taken" vm_expect 0 grep -c ^ok "$work/others"
fi
VM_SAY="the file itself, again" vm_expect ok vm_load /vkx/good.efi
vm_expect clean vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'
vm_stop
vm_done
