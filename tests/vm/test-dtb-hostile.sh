#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Hostile device trees in files with a good signature (made by sbsign: our own
# signer does not sign them): the kernel refuses each before the merge, by the
# rule that vkexec-verify names, and takes a good file afterwards. (V28)
set -eu
. "$(dirname "$0")/vm.sh"
. "$vm_top/tests/vm/uki.sh"
work=$(mktemp -d)
trap 'vm_clean; rm -rf "$work"' EXIT

last_rule() { vm_sh "sed -n 's/^last-refusal: \\([a-z-]*\\) .*/\\1/p' /sys/kernel/security/vkexec/status"; }
tool_rule() { # FILE
	"$uki_bin/vkexec-verify" check --trust "$uki_keys/release.pem" --machine "$work/dtb" \
		--json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["rule"])'
}

# The good file with another tree in its .dtb, and a new signature.
put_tree() { # TREE NAME
	python3 - "$work/unsigned.efi" "$1" "$work/patched.efi" <<'PY'
import struct, sys
uki = bytearray(open(sys.argv[1], "rb").read())
tree = open(sys.argv[2], "rb").read()
pe = struct.unpack_from("<I", uki, 60)[0]
count = struct.unpack_from("<H", uki, pe + 6)[0]
table = pe + 24 + struct.unpack_from("<H", uki, pe + 20)[0]
for at in range(table, table + 40 * count, 40):
    if uki[at:at + 8] == b".dtb\0\0\0\0":
        size, raw = struct.unpack_from("<II", uki, at + 16)
        assert len(tree) <= size, "tree does not fit"
        struct.pack_into("<I", uki, at + 8, len(tree))
        uki[raw:raw + size] = tree + bytes(size - len(tree))
        break
else:
    sys.exit("no .dtb")
open(sys.argv[3], "wb").write(uki)
PY
	sbsign --key "$uki_keys/release.key" --cert "$uki_keys/release.pem" \
		--output "$VM_DIR/share/$2.efi" "$work/patched.efi" 2>"$work/sbsign" ||
		vm_die "sbsign: $(cat "$work/sbsign")"
}

hostile() { # TREE NAME RULE
	put_tree "$1" "$2"
	VM_SAY="$2: tool" vm_expect "$3" tool_rule "$VM_DIR/share/$2.efi"
	VM_SAY="$2: kernel" vm_expect EBADMSG vm_load "/vkx/$2.efi"
	VM_SAY="$2: its reason" vm_expect "$3" last_rule
}

# The machine's tree with something added.
with() { # DTS-FRAGMENT OUT
	{ dtc -q -I dtb -O dts "$work/dtb"; printf '%s\n' "$1"; } | dtc -q -f -I dts -O dtb -o "$2" 2>/dev/null
}

uki_sbat 2 "$work/sbat"
uki_small_image "$work/image"
echo small >"$work/small"
uki_machine_dtb "$work/dtb"
vm_initrd first "$work/first.cpio"
# Room for what is put in later.
dtc -q -I dtb -O dtb -p 8192 -o "$work/roomy.dtb" "$work/dtb"
uki_make "$work/unsigned.efi" - --linux "$work/image" --initrd "$work/small" \
	--cmdline "console=ttyAMA0" --dtb "$work/roomy.dtb" --sbat "$work/sbat"

vm_new
vm_start "$(vm_kernel vkexec)/Image" "$work/first.cpio" lockdown=integrity
put_tree "$work/dtb" good
VM_SAY="a good tree" vm_expect ok vm_load /vkx/good.efi

# libfdt would find each of these when asked for /chosen.
with '/ { chosen@1 { bootargs = "init=/bin/sh"; }; };' "$work/t"
hostile "$work/t" second-chosen fdt-name
with '/ { reserved-memory@0 { }; };' "$work/t"
hostile "$work/t" second-reserved-memory fdt-name
# One phandle, two nodes: which is meant depends on who looks.
with '/ { a { phandle = <0x7001>; }; b { phandle = <0x7001>; }; };' "$work/t"
hostile "$work/t" shared-phandle fdt-phandle
# One byte less than it says, and one more.
head -c -1 "$work/dtb" >"$work/t"
hostile "$work/t" cut fdt-header
{ cat "$work/dtb"; printf x; } >"$work/t"
hostile "$work/t" longer fdt-header
: >"$work/t"
printf '\xd0\x0d\xfe\xed' >"$work/t"
hostile "$work/t" magic-alone fdt-header

others=${VKX_TEST_DATA:-../shared/data}/dtb/libfdt-tests
if [ -d "$others" ]; then
	hostile "$others/bad_node_char.dtb" bad_node_char fdt-name
	hostile "$others/bad_node_format.dtb" bad_node_format fdt-name
	hostile "$others/bad_prop_char.dtb" bad_prop_char fdt-name
	hostile "$others/named_root.dtb" named_root fdt-root
	hostile "$others/two_roots.dtb" two_roots fdt-root
	hostile "$others/ovf_size_strings.dtb" ovf_size_strings fdt-header
	hostile "$others/truncated_memrsv.dtb" truncated_memrsv fdt-reserve
	hostile "$others/truncated_property.dtb" truncated_property fdt-structure
	hostile "$others/truncated_string.dtb" truncated_string fdt-name
else
	echo "   --  no $others: trees of others skipped"
fi

VM_SAY="the good tree, again" vm_expect ok vm_load /vkx/good.efi
vm_expect clean vm_sh 'dmesg | grep -qE "Oops|BUG:|WARNING:" && echo dirty || echo clean'
vm_stop
vm_done
