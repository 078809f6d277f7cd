#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes files that nobody may accept, out of good ones.

    forge.py mixed DIR FILE.efi...   of every two files, each set of sections of
                                     one among those of the other, under either
                                     signature; layouts must be the same (V31)
    forge.py grow OUT SIZE FILE.efi  the file with an .initrd of SIZE bytes of
                                     zeros, as a sparse file, and its old
                                     signature (V119)
    forge.py events OUT COUNT        a TCG log of COUNT events (V119)
"""
import itertools
import os
import struct
import sys


class Pe:
    def __init__(self, path):
        self.data = open(path, "rb").read()
        coff = struct.unpack_from("<I", self.data, 0x3c)[0] + 4
        count, = struct.unpack_from("<H", self.data, coff + 2)
        optional = coff + 20
        size, = struct.unpack_from("<H", self.data, coff + 16)
        self.image_size_at = optional + 56
        self.certificates_at = optional + 112 + 4 * 8
        self.table = optional + size
        self.sections = []
        for i in range(count):
            at = self.table + 40 * i
            name = self.data[at:at + 8].rstrip(b"\0").decode()
            vsize, va, raw, ptr = struct.unpack_from("<IIII", self.data, at + 8)
            self.sections.append((name, vsize, va, raw, ptr))
        self.signature = struct.unpack_from("<II", self.data, self.certificates_at)


def mixed(folder, paths):
    files = [Pe(p) for p in paths]
    names = [s[0] for s in files[0].sections]
    for f in files[1:]:
        if (f.sections, f.signature) != (files[0].sections, files[0].signature):
            sys.exit("forge.py: layouts differ: nothing could be mixed unnoticed")
    originals = {f.data for f in files}
    made = 0
    for a, b in itertools.permutations(range(len(files)), 2):
        for n in range(1, len(names) + 1):
            for chosen in itertools.combinations(range(len(names)), n):
                for signer in (a, b):
                    out = bytearray(files[a].data)
                    for i in chosen:
                        _, _, _, raw, ptr = files[b].sections[i]
                        out[ptr:ptr + raw] = files[b].data[ptr:ptr + raw]
                    at, size = files[a].signature
                    out[at:at + size] = files[signer].data[at:at + size]
                    # CheckSum, which no signature covers, tells files apart.
                    checksum = files[a].image_size_at + 8
                    out[checksum:checksum + 4] = files[signer].data[checksum:checksum + 4]
                    if bytes(out) in originals:
                        continue
                    parts = "".join(names[i] for i in chosen)
                    name = f"{a}with{b}{parts}.by{signer}.efi"
                    with open(os.path.join(folder, name), "wb") as f:
                        f.write(out)
                    made += 1
    print(made)


def grow(out, size, path):
    pe = Pe(path)
    header = bytearray(pe.data[:pe.sections[0][4]])
    delta = va_delta = 0
    moves = []
    for i, (name, vsize, va, raw, ptr) in enumerate(pe.sections):
        at = pe.table + 40 * i
        moves.append((ptr, ptr + delta, raw))
        struct.pack_into("<I", header, at + 12, va + va_delta)
        struct.pack_into("<I", header, at + 20, ptr + delta)
        if name == ".initrd":
            delta = size - raw
            va_delta = size - (vsize + 4095) // 4096 * 4096
            struct.pack_into("<I", header, at + 8, size)
            struct.pack_into("<I", header, at + 16, size)
    image_size, = struct.unpack_from("<I", header, pe.image_size_at)
    struct.pack_into("<I", header, pe.image_size_at, image_size + va_delta)
    start, length = pe.signature
    struct.pack_into("<I", header, pe.certificates_at, start + delta)
    moves.append((start, start + delta, length))
    with open(out, "wb") as f:
        f.write(header)
        for old, new, count in moves:
            f.seek(new)
            f.write(pe.data[old:old + count])


def events(out, count):
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, 0xb, 32, 0)
    head = struct.pack("<II20sI", 0, 3, b"", len(spec)) + spec
    event = struct.pack("<IIIH32sI", 8, 13, 1, 0xb, b"\1" * 32, 0)
    with open(out, "wb") as f:
        f.write(head)
        f.write(event * count)


if sys.argv[1] == "mixed":
    mixed(sys.argv[2], sys.argv[3:])
elif sys.argv[1] == "grow":
    grow(sys.argv[2], int(sys.argv[3]), sys.argv[4])
elif sys.argv[1] == "events":
    events(sys.argv[2], int(sys.argv[3]))
