# SPDX-License-Identifier: BSD-2-Clause
"""Keylime measured-boot policy for machines that hop from kernel to kernel.

Keylime's verifier replays the log and hands its parsed events to a policy.
This one reads vkexec's hop records (docs/format-hop.md) in them and holds every
kernel that was launched or is loaded against a manifest of
`vkexec-measure manifest`. Keylime knows yes and no only: whatever
`vkexec-measure audit` finds in the log and calls a warning is a no here, but for
a known kernel that is loaded and not launched yet.

Install: put this file where the verifier imports from, then in its
configuration
    measured_boot_policy_name = vkexec
    measured_boot_imports = ["vkexec_policy"]
    measured_boot_evaluate = always
The reference state of a machine (keylime_tenant --mb-policy) is
    {"vkexec": <contents of the manifest>}
Check the manifest's signature before it goes in: the tenant does not.
"""
import hashlib
import struct
import typing

from keylime.mba.elchecking import policies, tests

TAG = 0x2DF0780D
MAGIC = b"VKEXECHR"
LOAD, LAUNCH, UNLOAD = 1, 2, 3
CRASH, STRICT, ENFORCED, INITRD, UAPI = 1, 2, 4, 8, 16
DTB_RUNNING, DTB_SIGNED, DTB_AUTO = 0, 1, 2
HOP_PCR, UKI_PCR, BOOT_PCR = 12, 11, 4
FIELDS = ("authenticode", ".linux", ".initrd", ".cmdline", "dtb", "facts", "policy", "signer")
# Order of measurement: systemd's uki.h. .pcrsig is not measured.
SECTIONS = (".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname",
            ".sbat", ".pcrpkey", ".profile", ".dtbauto", ".hwids", ".efifw")
KNOWN = {"vkexec_manifest", "product", "release", "minimum_release", "minimum_sbat", "first",
         "artifacts", "revoked", "pcrs", "bad_tpm_firmware"}
KNOWN_OF_ARTIFACT = {"file", "release", "authenticode", "signer", "locks_down", "sections"}


class Refused(Exception):
    """Why the log is not accepted."""


def zero(digest: bytes) -> bool:
    return not any(digest)


class Hop:
    """One hop record, read as strictly as kernel/core reads it."""

    def __init__(self, data: bytes):
        if len(data) != 328 or struct.unpack_from("<I", data, 4)[0] != 320:
            raise Refused("hop record has a wrong size")
        record = data[8:]
        (magic, version, self.kind, self.dtb_source, self.lockdown, self.dtbauto, reserved, self.flags,
         self.number, self.sbat_date) = struct.unpack_from("<8sHBBBBHIIQ", record)
        if (magic, version) != (MAGIC, 1):
            raise Refused("hop record has a wrong magic or an unknown version")
        for i, name in enumerate(FIELDS):
            setattr(self, name.lstrip("."), record[32 + 32 * i:64 + 32 * i])
        bad = (
            self.kind not in (LOAD, LAUNCH, UNLOAD) or self.dtb_source > DTB_AUTO or self.lockdown > 2
            or reserved or not zero(record[288:]) or self.flags & ~31 or not self.number
            or (self.dtbauto >= 64 if self.dtb_source == DTB_AUTO else self.dtbauto != 0)
            or (self.flags & CRASH and (self.flags & UAPI or self.kind == LAUNCH))
            or zero(self.authenticode) or zero(self.linux) or zero(self.cmdline) or zero(self.signer)
            or zero(self.initrd) == bool(self.flags & INITRD)
            or zero(self.dtb) != (self.dtb_source == DTB_RUNNING)
            or zero(self.policy) != (self.sbat_date == 0)
        )
        if bad:
            raise Refused("hop record has an undefined, reserved or contradictory field")

    def target(self) -> typing.Tuple[typing.Any, ...]:
        """All but kind and what the writer says of itself."""
        return (self.dtb_source, self.dtbauto, self.flags & ~(STRICT | ENFORCED | UAPI), self.number,
                self.sbat_date) + tuple(getattr(self, f.lstrip(".")) for f in FIELDS)


def digests(event: typing.Mapping[str, typing.Any]) -> typing.Dict[str, str]:
    return {d["AlgorithmId"]: d["Digest"].lower() for d in event.get("Digests", [])}


def hop_of(event: typing.Mapping[str, typing.Any]) -> Hop:
    data = event.get("Event")
    try:
        raw = bytes.fromhex(data)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Refused("an event in PCR 12 that no kernel of this project makes") from None
    if len(raw) < 4 or struct.unpack_from("<I", raw)[0] != TAG:
        raise Refused("an event in PCR 12 that no kernel of this project makes")
    known = {a: d for a, d in digests(event).items() if a in hashlib.algorithms_available}
    if "sha256" not in known:
        raise Refused("a hop record without a SHA-256 digest")
    if any(hashlib.new(alg, raw).hexdigest() != digest for alg, digest in known.items()):
        raise Refused("a hop record's digest is not that of its data")
    return Hop(raw)


class ChainTest(tests.Test):
    """Every kernel of the chain is on the manifest, enforcing and locked down."""

    def __init__(self, manifest: typing.Mapping[str, typing.Any]):
        super().__init__()
        if manifest.get("vkexec_manifest") != 1 or set(manifest) - KNOWN:
            raise Exception("refstate['vkexec'] is no manifest that this policy understands")
        if manifest.get("first") not in ("measured", "stock", "unmeasured"):
            raise Exception("refstate['vkexec'] has a 'first' that this policy does not understand")
        for artifact in manifest["artifacts"]:
            self.check_form(artifact)
        self.manifest = manifest
        self.artifacts = {a["authenticode"]: a for a in manifest["artifacts"]}
        self.revoked = set(manifest.get("revoked", []))
        self.pins = self.read_pins(manifest.get("pcrs"))
        # Values of PCR 4 in which firmware started nothing pin nothing.
        ended = {bytes(32).hex()} | {hashlib.sha256(bytes(32) + hashlib.sha256(word).digest()).hexdigest()
                                     for word in (bytes(4), b"\xff" * 4)}
        boots = self.pins.get(BOOT_PCR, set())
        self.boot_pinned = bool(boots) and not boots & ended
        if manifest.get("bad_tpm_firmware"):
            raise Exception("Keylime shows no policy the TPM's firmware version, which refstate['vkexec'] restricts")

    @staticmethod
    def check_form(artifact: typing.Mapping[str, typing.Any]) -> None:
        """What this version does not know may be a restriction, of an artifact as of the whole."""
        if (set(artifact) - KNOWN_OF_ARTIFACT or not isinstance(artifact.get("locks_down", True), bool)
                or set(artifact["sections"]) - set(SECTIONS) - {".pcrsig"}):
            raise Exception("refstate['vkexec'] has an artifact that this policy does not understand")

    @staticmethod
    def read_pins(pcrs: typing.Any) -> typing.Dict[int, typing.Set[str]]:
        """Values by PCR; of the bank that Keylime quotes, since no other of the log is vouched for."""
        if pcrs is None:
            return {}
        pins = {int(pcr): set(values) for pcr, values in pcrs.get("sha256", {}).items()}
        if not pins or not all(pins.values()) or {int(p) for bank in pcrs.values() for p in bank} - set(pins):
            raise Exception("refstate['vkexec'] pins a PCR in no SHA-256 bank, the one that Keylime quotes")
        return pins

    def check_pins(self, events: typing.List[typing.Mapping[str, typing.Any]]) -> None:
        values = {pcr: bytes(32) for pcr in self.pins}
        for event in events:
            pcr = event["PCRIndex"]
            if event["EventType"] == "EV_NO_ACTION":
                data = event.get("Event")
                if pcr == 0 in values and isinstance(data, str) and len(data) == 34:
                    raw = bytes.fromhex(data)
                    if raw[:16] == b"StartupLocality\0":
                        values[0] = bytes(31) + raw[16:]
                elif pcr == 0 in values and isinstance(data, dict) and "StartupLocality" in data:
                    values[0] = bytes(31) + bytes([data["StartupLocality"]])
                continue
            if pcr in values:
                digest = digests(event).get("sha256")
                if digest is None:
                    raise Refused("an event without a SHA-256 digest")
                values[pcr] = hashlib.sha256(values[pcr] + bytes.fromhex(digest)).digest()
        for pcr, value in values.items():
            if value.hex() not in self.pins[pcr]:
                raise Refused(f"PCR {pcr} has a value that the manifest does not list")

    def check_wanted(self, artifact: typing.Mapping[str, typing.Any]) -> None:
        if artifact["authenticode"] in self.revoked:
            raise Refused(f"{artifact['file']} is revoked")
        if artifact["release"] < self.manifest["minimum_release"]:
            raise Refused(f"{artifact['file']} is below the minimum release")

    def check_image(self, hop: Hop) -> None:
        name = hop.authenticode.hex()
        artifact = self.artifacts.get(name)
        if artifact is None:
            raise Refused(f"image {name} is not in the manifest")
        self.check_wanted(artifact)
        sections = artifact["sections"]
        for section in (".linux", ".initrd", ".cmdline"):
            got = getattr(hop, section[1:])
            if sections.get(section, "00" * 32) != got.hex():
                raise Refused(f"{artifact['file']}: {section} is not the manifest's")
        signed = {DTB_SIGNED: sections.get(".dtb"), DTB_RUNNING: None,
                  DTB_AUTO: dict(enumerate(sections.get(".dtbauto", []))).get(hop.dtbauto)}
        if signed[hop.dtb_source] != hop.dtb.hex():
            raise Refused(f"{artifact['file']}: device tree is not the manifest's")
        signers = artifact["signer"]
        if hop.signer.hex() not in (signers if isinstance(signers, list) else [signers]):
            raise Refused(f"{artifact['file']} was accepted for another signer")
        if hop.sbat_date < self.manifest.get("minimum_sbat", 0):
            raise Refused("SBAT level applied is below the minimum")

    @staticmethod
    def check_writer(hop: Hop) -> None:
        if not hop.flags & ENFORCED or not hop.lockdown:
            raise Refused("kernel that loaded or launched it was not enforcing and locked down")

    def expected(self, hop: Hop) -> typing.List[str]:
        """Digests that the launch leaves in PCR 11."""
        if not hop.flags & UAPI:
            return []
        sections = dict(self.artifacts[hop.authenticode.hex()]["sections"])
        auto = sections.pop(".dtbauto", [])
        if hop.dtb_source == DTB_AUTO:
            sections[".dtbauto"] = auto[hop.dtbauto]
        out = []
        for name in SECTIONS:
            if name in sections:
                out += [hashlib.sha256(name.encode() + b"\0").hexdigest(), sections[name]]
        return out

    def walk(self, events: typing.List[typing.Mapping[str, typing.Any]]) -> None:
        live: typing.List[Hop] = []
        last: typing.Optional[Hop] = None
        launched = 0
        want: typing.List[str] = []
        sections = [digests(e).get("sha256") for e in events
                    if e["PCRIndex"] == UKI_PCR and e["EventType"] != "EV_NO_ACTION"]
        for event in events:
            if event["PCRIndex"] != HOP_PCR or event["EventType"] == "EV_NO_ACTION":
                continue
            if event["EventType"] != "EV_EVENT_TAG":
                raise Refused("an event in PCR 12 that no kernel of this project makes")
            hop = hop_of(event)
            if hop.number != launched + 1:
                raise Refused("hop records do not follow each other")
            same = next((h for h in reversed(live) if h.target() == hop.target()), None)
            self.check_writer(hop)
            if hop.kind != UNLOAD:
                self.check_image(hop)
            if hop.kind == LOAD:
                live.append(hop)
            elif same is None:
                raise Refused("launch or unload of what was not loaded")
            elif hop.kind == UNLOAD:
                live.remove(same)
            else:
                live, last, launched = [], hop, hop.number
                want += self.expected(hop)
        if want and sections[-len(want):] != want:
            raise Refused("measured sections are not those of the launched images")
        first = self.artifact_of(sections[:len(sections) - len(want)])
        if first:
            self.check_wanted(first)
        self.check_first(first, launched)
        self.check_last(first if last is None else self.artifacts[last.authenticode.hex()])
        self.check_pins(events)
        if self.manifest["first"] != "unmeasured" and not any(
                e["PCRIndex"] < 8 and e["EventType"] != "EV_NO_ACTION" for e in events):
            raise Refused("firmware measured nothing")

    def check_first(self, first: typing.Any, launched: int) -> None:
        what = self.manifest["first"]
        if what == "measured" and first is None:
            raise Refused("first kernel is not in the manifest")
        if not launched and (first is None or what == "unmeasured"):
            raise Refused("no kernel of the manifest was launched on this machine")
        if what != "unmeasured" and not self.boot_pinned:
            raise Refused("manifest pins no PCR 4, so that whoever has the TPM may say what was booted")

    @staticmethod
    def check_last(artifact: typing.Any) -> None:
        """The kernel that runs now: what it wrote of itself was checked, but it need not have written."""
        if artifact is not None and artifact.get("locks_down") is False:
            raise Refused("kernel that runs now is not locked down by its own command line")

    def artifact_of(self, sections: typing.List[typing.Optional[str]]) -> typing.Any:
        """The one whose sections these are in PCR 11; None: another kernel, or none that a stub measured."""
        for _, artifact in sorted(self.artifacts.items()):
            names = dict(artifact["sections"])
            for auto in [None] + names.pop(".dtbauto", []):
                out = []
                for name in SECTIONS:
                    digest = auto if name == ".dtbauto" else names.get(name)
                    if digest:
                        out += [hashlib.sha256(name.encode() + b"\0").hexdigest(), digest]
                if out == sections:
                    return artifact
        return None

    def why_not(self, globs: tests.Globals, subject: tests.Data) -> str:
        if not isinstance(subject, dict) or not isinstance(subject.get("events"), list):
            return "has no events"
        try:
            self.walk(subject["events"])
        except Refused as why:
            return str(why)
        except (KeyError, TypeError, AttributeError, IndexError) as why:
            return f"is malformed: {why!r}"
        return ""


class VkexecPolicy(policies.Policy):
    """PCRs 0 to 9, 11, 12 and 14 must be those that the log replays to."""

    relevant_pcr_indices = frozenset(list(range(10)) + [11, 12, 14])

    def get_relevant_pcrs(self) -> typing.FrozenSet[int]:
        return self.relevant_pcr_indices

    def refstate_to_test(self, refstate: policies.RefState) -> tests.Test:
        manifest = refstate.get("vkexec") if isinstance(refstate, dict) else None
        if not isinstance(manifest, dict):
            raise Exception("refstate['vkexec'] must be a manifest")
        return ChainTest(manifest)


policies.register("vkexec", VkexecPolicy())
