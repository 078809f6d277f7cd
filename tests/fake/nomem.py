#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# An audit whose n-th allocation fails, alone and with all after it, for every n
# at the start and at the end and some between: each machine has the verdict of
# the undisturbed run, word for word, or "none" or "contraindicated", or there
# is a message and exit status 1. Never a better one, and never a crash but in
# json-c, before anything is said of any machine.
#
#   nomem.py FAILMALLOC.so AUDIT...
import json
import os
import subprocess
import sys

reasons = set()
lib, command = sys.argv[1], sys.argv[2:]


def run(n=None, ever=False):
    """Exit status, lines, messages, and whether an allocation failed."""
    env = dict(os.environ, LD_PRELOAD=lib)
    read, write = os.pipe()
    os.set_inheritable(write, True)
    if n is not None:
        env.update(FAIL_AT=str(n), FAIL_LOG=str(write))
    if ever:
        env["FAIL_ALL"] = "1"
    p = subprocess.run(command, env=env, pass_fds=[write], capture_output=True, check=False)
    os.close(write)
    failed = os.read(read, 65536)
    os.close(read)
    return p.returncode, p.stdout.decode().splitlines(), p.stderr.decode(), failed


def check(n, ever, want, want_rc):
    rc, lines, said, failed = run(n, ever)
    where = f"allocation {n}{' and all after' if ever else ''}"
    if not failed:
        return False, 0, 0
    if rc < 0 and b"j" in failed and not lines:
        return True, 0, 1
    assert rc in (0, 1, 2, 3), f"{where}: status {rc}: {said}"
    assert len(lines) <= len(want), f"{where}: {lines}"
    worse = 0
    for line, good in zip(lines, want):
        if line == good:
            continue
        v = json.loads(line)
        assert v["verdict"] in ("none", "contraindicated"), f"{where}: {line}"
        reasons.update(f["reason"] for f in v["findings"])
        worse += 1
    if worse or len(lines) < len(want):
        assert rc in (1, 2, 3) and (said or worse), f"{where}: status {rc}, {said}"
    else:
        assert rc in (1, want_rc), f"{where}: status {rc}"
    return True, worse, rc == 1


want_rc, want, _, _ = run()
assert want and all(json.loads(w)["verdict"] == "warning" for w in want), want
# How many there are, by halving.
low, high = 1, 1 << 20
while low + 1 < high:
    middle = (low + high) // 2
    low, high = (middle, high) if run(middle)[3] else (low, middle)
assert 500 < low < 1 << 19, low
# Those of the start and of the audit itself all, of the loading between some.
some = [*range(1, 60), *range(60, low - 130, 331), *range(low - 130, low + 1)]
worse, ended = 0, 0
for n in some:
    for ever in False, True:
        _, w, e = check(n, ever, want, want_rc)
        worse, ended = worse + w, ended + e
print(f"  {low} allocations, {2 * len(some)} runs: {ended} ended with a message, {worse} verdicts became worse, the rest stayed")
assert ended and worse and 'internal' in reasons, reasons
