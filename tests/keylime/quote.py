# SPDX-License-Identifier: BSD-2-Clause
"""Reads quotes as Keylime's verifier does: quote.py (FILE NONCE-HEX)...

A quote is "r", then the TPMS_ATTEST, the TPMT_SIGNATURE and the PCR values as
tpm2-tools write them, each base64, with colons between. The values must hash to
the digest that was signed. Written from the TPM 2.0 Library's Part 2, not from
ours; whether the signature holds is for others to say.
"""
import base64
import hashlib
import struct
import sys

HASHES = {0x04: "sha1", 0x0B: "sha256", 0x0C: "sha384", 0x0D: "sha512"}


def sized(data, at):
    n, = struct.unpack_from(">H", data, at)
    assert at + 2 + n <= len(data)
    return data[at + 2:at + 2 + n], at + 2 + n


def attest(data):
    """Nonce, selection (bank and mask each), digest."""
    magic, kind = struct.unpack_from(">IH", data)
    assert (magic, kind) == (0xFF544347, 0x8018), (magic, kind)
    _, at = sized(data, 6)
    nonce, at = sized(data, at)
    at += 8 + 4 + 4 + 1 + 8  # clock, resets, restarts, safe; firmware
    banks, at = struct.unpack_from(">I", data, at)[0], at + 4
    selection = []
    for _ in range(banks):
        alg, n = struct.unpack_from(">HB", data, at)
        selection.append((alg, int.from_bytes(data[at + 3:at + 3 + n], "little")))
        at += 3 + n
    digest, at = sized(data, at)
    assert at == len(data)
    return nonce, selection, digest


def signature(data):
    """Hash of the scheme."""
    scheme, alg = struct.unpack_from(">HH", data)
    _, at = sized(data, 4)
    if scheme == 0x18:
        _, at = sized(data, at)
    assert scheme in (0x14, 0x16, 0x18) and at == len(data), (hex(scheme), at)
    return HASHES[alg]


def values(data):
    """Selection and values of the C structures that tpm2-tools write."""
    count, = struct.unpack_from("<I", data)
    selection = []
    for i in range(count):
        alg, n = struct.unpack_from("<HB", data, 4 + 8 * i)
        selection.append((alg, int.from_bytes(data[4 + 8 * i + 3:4 + 8 * i + 3 + n], "little")))
    lists, = struct.unpack_from("<I", data, 132)
    assert len(data) == 136 + 532 * lists
    out = []
    for i in range(lists):
        nr, = struct.unpack_from("<I", data, 136 + 532 * i)
        for j in range(nr):
            size, = struct.unpack_from("<H", data, 140 + 532 * i + 66 * j)
            out.append(data[142 + 532 * i + 66 * j:142 + 532 * i + 66 * j + size])
    return selection, out


for path, want in zip(sys.argv[1::2], sys.argv[2::2]):
    text = open(path, encoding="ascii").read().strip()
    assert text[0] == "r", text[:1]
    message, sig, pcrs = (base64.b64decode(part, validate=True) for part in text[1:].split(":"))
    nonce, signed, digest = attest(message)
    selection, listed = values(pcrs)
    assert nonce.hex() == want, nonce.hex()
    assert signed == selection, (signed, selection)
    assert sum(bin(mask).count("1") for _, mask in selection) == len(listed)
    assert hashlib.new(signature(sig), b"".join(listed)).digest() == digest, path
    print(f"  {path.rsplit('/', 1)[-1]}: {len(listed)} PCRs, as they were signed")
