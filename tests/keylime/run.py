# SPDX-License-Identifier: BSD-2-Clause
"""Feeds a log to the Keylime policy: run.py MANIFEST LOG.json [YAML].

LOG.json is `vkexec-measure log --json`; YAML what tpm2_eventlog prints, which
is what Keylime parses. Where Keylime is not installed, the two classes that the
policy uses stand in for it. Then the log is spoilt in many ways, and each must
be refused. run.py --why MANIFEST LOG.json prints what the policy says of that
log, which is nothing if it is a good one.
"""
import abc
import copy
import hashlib
import json
import os
import struct
import sys
import types

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "measure", "keylime"))
try:
    import keylime.mba.elchecking.policies  # noqa: F401
    REAL = True
except ImportError:
    REAL = False
    registry = {}
    tests = types.ModuleType("tests")
    policies = types.ModuleType("policies")

    class Test(metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def why_not(self, globs, subject):
            raise NotImplementedError

    class Policy(metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def get_relevant_pcrs(self):
            raise NotImplementedError

        @abc.abstractmethod
        def refstate_to_test(self, refstate):
            raise NotImplementedError

    tests.Test, tests.Globals, tests.Data = Test, dict, object
    policies.Policy, policies.RefState = Policy, dict
    policies.register = registry.__setitem__
    policies.get_policy = registry.get
    el = types.ModuleType("keylime.mba.elchecking")
    el.policies, el.tests = policies, tests
    for name, module in (("keylime", types.ModuleType("keylime")), ("keylime.mba", types.ModuleType("keylime.mba")),
                         ("keylime.mba.elchecking", el)):
        sys.modules[name] = module

import vkexec_policy  # noqa: E402

ask = sys.argv[1] == "--why"
if ask:
    del sys.argv[1]
manifest = json.load(open(sys.argv[1]))
policy = vkexec_policy.policies.get_policy("vkexec")
assert {11, 12} <= policy.get_relevant_pcrs()


def parsed(path):
    out = []
    for e in json.load(open(path))["events"]:
        out.append({"PCRIndex": e["pcr"], "EventType": e.get("type_name", hex(e["type"])), "Event": e["data"],
                    "Digests": [{"AlgorithmId": a, "Digest": d} for a, d in e["digests"].items()]})
    return {"events": [{"PCRIndex": 0, "EventType": "EV_NO_ACTION"}] + out}


def why(log, state=None):
    return policy.refstate_to_test({"vkexec": state or manifest}).why_not({}, log)


log = parsed(sys.argv[2])
if ask:
    print(why(log))
    sys.exit()
assert why(log) == "", why(log)
checked = 1
if len(sys.argv) > 3:
    try:
        import yaml
        theirs = yaml.safe_load(open(sys.argv[3]))
        assert why(theirs) == "", why(theirs)
        checked += 1
    except ImportError:
        print("no Python yaml: tpm2_eventlog's own output not tried")

refused = 0
for i, event in enumerate(log["events"]):
    if event["PCRIndex"] not in (11, 12):
        continue
    bad = copy.deepcopy(log)
    del bad["events"][i]
    assert why(bad), ("dropped", i)
    bad = copy.deepcopy(log)
    d = bad["events"][i]["Digests"][0]
    d["Digest"] = ("1" if d["Digest"][0] == "0" else "0") + d["Digest"][1:]
    assert why(bad), ("digest", i)
    refused += 2
    if event["PCRIndex"] == 12:
        for at in range(0, len(event["Event"]), 2):
            bad = copy.deepcopy(log)
            data = bytearray.fromhex(event["Event"])
            data[at // 2] ^= 1
            bad["events"][i]["Event"] = data.hex()
            assert why(bad), ("data", i, at)
            refused += 1
for change in ({"minimum_release": 99}, {"artifacts": manifest["artifacts"][:1]}, {"first": "measured"},
               {"first": "stock"}, {"minimum_sbat": 2099010100},
               {"revoked": [manifest["artifacts"][0]["authenticode"]]}):
    assert why(log, {**manifest, **change}), change
    refused += 1
# Files that several have signed: a kernel records the signer whom it trusts.
other = "11" * 32
for signers, good in ((lambda s: [other, s], True), (lambda s: [s, other], True), (lambda s: [other, "22" * 32], False),
                      (lambda s: other, False)):
    state = {**manifest, "artifacts": [{**a, "signer": signers(a["signer"])} for a in manifest["artifacts"]]}
    assert (why(log, state) == "") == good, state
    checked, refused = checked + good, refused + (not good)
# Firmware that says something and measures nothing, and pins.
said = {"PCRIndex": 0, "EventType": "EV_NO_ACTION", "Event": (b"StartupLocality\0\3").hex(), "Digests": []}
quiet = {"events": [log["events"][0], said] + log["events"][1:]}
assert why(quiet) == "", why(quiet)
assert why(quiet, {**manifest, "first": "stock"})
digest = hashlib.sha256(b"firmware").hexdigest()
spoke = {"events": [log["events"][0], said, {
    "PCRIndex": 0, "EventType": "EV_S_CRTM_VERSION", "Event": "00",
    "Digests": [{"AlgorithmId": "sha256", "Digest": digest}]}] + log["events"][1:]}
pcr0 = hashlib.sha256(bytes(31) + b"\3" + bytes.fromhex(digest)).hexdigest()
# What firmware started: an event of PCR 4, without whose pin its word is anybody's.
started = hashlib.sha256(b"loader").digest()
pcr4 = hashlib.sha256(bytes(32) + started).hexdigest()
ended = hashlib.sha256(bytes(32) + hashlib.sha256(bytes(4)).digest()).hexdigest()
boot = spoke["events"][:3] + [{
    "PCRIndex": 4, "EventType": "EV_EFI_BOOT_SERVICES_APPLICATION", "Event": "00",
    "Digests": [{"AlgorithmId": "sha256", "Digest": started.hex()}]}]
booted = {"events": boot + log["events"][1:]}
# The sections of an artifact, as its stub measures them: those of the first launch.
section = [e for e in log["events"] if e["PCRIndex"] == 11]
section = section[:2 * (len(manifest["artifacts"][0]["sections"]))]
stub = {"events": boot + section + log["events"][1:]}
alone = {"events": boot + section}
for value in ({"0": [pcr0]}, {"4": [ended]}, {"4": [pcr4, ended]}, {"4": ["00" * 32]}, None):
    pins = {"pcrs": {"sha256": value}} if value else {}
    for first in "measured", "stock":
        for events in stub, alone:
            assert why(events, {**manifest, **pins, "first": first}), (pins, first)
            refused += 1
pins = {"pcrs": {"sha256": {"4": [pcr4]}}}
for first, events in (("stock", booted), ("stock", stub), ("stock", alone), ("measured", stub), ("measured", alone)):
    assert why(events, {**manifest, **pins, "first": first}) == "", (first, why(events, {**manifest, **pins, "first": first}))
    checked += 1
assert why(stub) == "", why(stub)
assert why(alone), "unmeasured, and no hop"
assert why(booted, {**manifest, **pins, "first": "measured"})
assert why({"events": boot + log["events"][1:2]}, {**manifest, **pins, "first": "stock"})
# Whoever vouches for the first kernel: one that is not wanted is none.
for change in {"revoked": [a["authenticode"] for a in manifest["artifacts"]]}, {"minimum_release": 99}:
    assert why(alone, {**manifest, **pins, "first": "stock", **change}), change
    refused += 1
checked, refused = checked + 1, refused + 3
assert why(spoke, {**manifest, "pcrs": {"sha256": {"0": ["00" * 32, pcr0]}}}) == ""
assert why(spoke, {**manifest, "pcrs": {"sha256": {"0": ["00" * 32]}}})
assert why(quiet, {**manifest, "pcrs": {"sha256": {"0": [pcr0]}}})
checked, refused = checked + 3, refused + 3

# What the kernel that runs now is: by its command line, and by what it wrote and let go again.
def locks(first, last):
    return {"artifacts": [{**a, "locks_down": last if a["authenticode"] == launched[-1] else first}
                          for a in manifest["artifacts"]]}


def hop(event, kind, number, clear=0, lockdown=1):
    """The record of the event, with other words, measured anew."""
    data = bytearray.fromhex(event["Event"])
    data[18], data[20] = kind, lockdown
    struct.pack_into("<I", data, 24, struct.unpack_from("<I", data, 24)[0] & ~clear)
    struct.pack_into("<I", data, 28, number)
    return {**event, "Event": data.hex(), "Digests": [{"AlgorithmId": "sha256", "Digest": hashlib.sha256(data).hexdigest()}]}


records = [e for e in log["events"] if e["PCRIndex"] == 12]
launched = [e["Event"][2 * 40:2 * 72] for e in records if bytes.fromhex(e["Event"])[18] == vkexec_policy.LAUNCH]
assert why(log, {**manifest, **locks(False, True)}) == "", why(log, {**manifest, **locks(False, True)})
assert why(log, {**manifest, **locks(True, False)})
assert why(alone, {**manifest, **pins, "first": "stock", **locks(True, True)}) == ""
assert why(alone, {**manifest, **pins, "first": "stock", **locks(False, False)})
checked, refused = checked + 2, refused + 2
for change, fine in (({}, True), ({"clear": vkexec_policy.ENFORCED}, False), ({"lockdown": 0}, False)):
    n = len(launched) + 1
    for bad in 0, 1:
        let_go = [hop(records[-1], kind, n, **(change if i == bad else {}))
                  for i, kind in enumerate((vkexec_policy.LOAD, vkexec_policy.UNLOAD))]
        said = why({"events": log["events"] + let_go})
        assert (said == "") == fine, (change, said)
        checked, refused = checked + fine, refused + (not fine)

one = manifest["artifacts"][0]
for artifact in ({**one, "only_on": "board"}, {**one, "locks_down": 0}, {**one, "sections": {**one["sections"], ".new": "00" * 32}}):
    try:
        policy.refstate_to_test({"vkexec": {**manifest, "artifacts": [artifact]}})
    except Exception:
        refused += 1
    else:
        raise AssertionError(artifact)
for state in ({}, {"vkexec": {}}, {"vkexec": {**manifest, "first": "trusted"}}, {"vkexec": {**manifest, "bad_tpm_firmware": ["00" * 8]}},
              {"vkexec": {**manifest, "pcrs": {"sha384": {"0": ["00" * 48]}}}},
              {"vkexec": {**manifest, "pcrs": {"sha256": {"0": []}}}}, {"vkexec": {**manifest, "vkexec_manifest": 2}}, {"vkexec": {**manifest, "x": 1}}):
    try:
        policy.refstate_to_test(state)
    except Exception:
        refused += 1
    else:
        raise AssertionError(state)
print(f"{'with Keylime itself' if REAL else 'without Keylime'}: {checked} accepted, {refused} refused")
