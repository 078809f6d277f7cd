#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Changes one thing at a time in a decision and asks whether a test notices.
An error that is taken for a verdict is such a change (V51).

    tests/mutants.py [--refusals] [--line N]... FILE.c TEST...    for example:
    tests/mutants.py kernel/core/pe.c test_pe test_uki

Each refusal is taken out, each comparison shifted by one or turned round, each
"and" made an "or". The changed file is compiled alone, put in front of the
library and the tests are run; what they do not notice is run once more under
AddressSanitizer and UBSan, and what passes then too survives. Changes
that no test can notice, because they mean the same, are in
tests/mutants-same.txt as "FILE<tab>LINE OF CODE<tab>CHANGE". Exit 1 if another
one survives, or if a line there is not needed any more. With --refusals only
refusals are taken out; with --line only that line is changed.
"""
import argparse
import collections
import os
import re
import resource
import subprocess
import sys
import tempfile

OUT = os.environ.get("O", "build")
CFLAGS = ["-std=c11", "-O0", "-Werror=return-type", "-D_GNU_SOURCE", "-I.", "-Ikernel/core", "-Ikernel/core/env/host"]
TSS = subprocess.run(["pkg-config", "--libs", "tss2-esys", "tss2-mu", "tss2-rc", "tss2-tctildr"],
                     capture_output=True, text=True, check=True).stdout.split()
LIBS = ["-lcmocka", "-lmbedx509", "-lmbedcrypto", "-lfdt", "-ljson-c", "-lcrypto", "-ldl", "-lpthread", *TSS]
SAME = "tests/mutants-same.txt"

# What is looked for, and what takes its place.
# Under a condition, a refusal may also be a false or an error passed on; at
# the end of a function it is its value, and cannot be taken out.
REFUSALS = [
    (r"return (\w*fault\(|refuse\w*\(|bad\w*\(|-VKX_ERR_\w+;|VKX_REASON_(?!FINE)\w+;)", "if (0) return \\1", "no refusal"),
    (r"(?<=\t\t)return (false|err|ret);", "if (0) return \\1;", "no refusal"),
    (r"\b(err|ret|reason) = (\w*fault\(|refuse\w*\(|bad\w*\(|-VKX_ERR_\w+;|VKX_REASON_(?!FINE)\w+;)", "if (0) \\1 = \\2", "no refusal"),
]
OPERATORS = REFUSALS + [
    (r" < ", " <= ", "< to <="),
    (r" <= ", " < ", "<= to <"),
    (r" > ", " >= ", "> to >="),
    (r" >= ", " > ", ">= to >"),
    (r" == ", " != ", "== to !="),
    (r" != ", " == ", "!= to =="),
    (r" && ", " || ", "and to or"),
    (r" \|\| ", " && ", "or to and"),
    (r" \|\|$", " &&", "or to and, at the end"),
    (r" &&$", " ||", "and to or, at the end"),
    (r" \+ ", " - ", "+ to -"),
    (r" - ", " + ", "- to +"),
]


def mutants(text, operators):
    """(line number, line, name of the change, whole new text)"""
    lines = text.split("\n")
    comment = False
    for n, line in enumerate(lines):
        code = line.strip()
        skip = comment or code.startswith(("/*", "*", "#", "//"))
        if "/*" in code and "*/" not in code:
            comment = True
        elif "*/" in code:
            comment = False
        # Loop heads are left alone: most changes there only loop for ever.
        if skip or code.startswith("for (") or not code:
            continue
        for pattern, new, name in operators:
            for m in re.finditer(pattern, line):
                changed = line[: m.start()] + m.expand(new) + line[m.end() :]
                where = name if len(re.findall(pattern, line)) == 1 else f"{name} at {m.start()}"
                yield n + 1, code, where, "\n".join(lines[:n] + [changed] + lines[n + 1 :])


def make_kit(tmp):
    """Fixtures as a library, so that a test links no more than it uses."""
    names = sorted(os.listdir("tests/unit"))
    objs = [f"{OUT}/tests/unit/{n[:-2]}.o" for n in names if n.endswith(".c") and not n.startswith("test_")]
    subprocess.run(["ar", "rcs", f"{tmp}/kit.a", *objs], check=True)


def run(exe, seconds):
    """Status of a test that may use so much of the CPU; the clock counts only
    for one that sleeps."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    try:
        return subprocess.run(
            [exe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600, preexec_fn=limit,
            env={**os.environ, "CMOCKA_TEST_ABORT": "1", "ASAN_OPTIONS": "detect_leaks=0"},
        ).returncode
    except subprocess.TimeoutExpired:
        return 1


def cpu_of(exes):
    """CPU seconds of the slowest of these tests, as they were built last."""
    most = 0
    for exe in exes:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(exe, 300)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        most = max(most, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return most


SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def fails(source, test, tmp, seconds, extra):
    """Compiles tmp/mutant.c and runs one test with it in place of source."""
    o, exe = f"{tmp}/mutant.o", f"{tmp}/{test}"
    cc = ["gcc", *CFLAGS, *extra, f"-I{os.path.dirname(source)}", "-c", "-o", o, f"{tmp}/mutant.c"]
    if subprocess.run(cc, capture_output=True).returncode:
        return True
    subprocess.run(
        ["gcc", *extra, "-Wl,--as-needed", "-o", exe, f"{OUT}/tests/unit/{test}.o", o, f"{tmp}/kit.a",
         f"{OUT}/libvkxhost.a", f"{OUT}/libvkxcore.a", *LIBS],
        check=True,
    )
    return run(exe, seconds) != 0


def noticed(source, text, tests, tmp, seconds):
    with open(f"{tmp}/mutant.c", "w") as f:
        f.write(text)
    return any(fails(source, test, tmp, seconds, extra) for extra in ([], SANITIZE) for test in tests)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--refusals", action="store_true")
    p.add_argument("--line", type=int, action="append")
    p.add_argument("source")
    p.add_argument("tests", nargs="+")
    args = p.parse_args()
    operators = REFUSALS if args.refusals else OPERATORS
    source, tests = args.source, args.tests
    with open(SAME) as f:
        same = [tuple(l.rstrip("\n").split("\t")) for l in f if not l.startswith("#") and l.strip()]
    # One line for one place: the same text elsewhere in the file needs another.
    same = collections.Counter(s for s in same if s[0] == source)
    with open(source) as f:
        text = f.read()
    total = bad = 0
    survived = collections.Counter()
    with tempfile.TemporaryDirectory() as tmp:
        make_kit(tmp)
        if noticed(source, text, tests, tmp, 300):
            print(f"{source}: its tests fail without any change")
            return 1
        seconds = 2 + int(3 * cpu_of([f"{tmp}/{test}" for test in tests]))
        for n, code, name, new in mutants(text, operators):
            if args.line and n not in args.line:
                continue
            total += 1
            key = (source, code, name)
            if noticed(source, new, tests, tmp, seconds):
                continue
            survived[key] += 1
            if survived[key] > same[key]:
                print(f"{source}:{n}: {name}: no test notices: {code}", flush=True)
                bad += 1
    # Without the other changes it is not known what else would survive.
    for key in sorted((same - survived).elements()) if operators is OPERATORS and not args.line else []:
        print(f"{source}: {key[2]}: is noticed; take it out of {SAME}: {key[1]}")
        bad += 1
    print(f"{source}: {total} changes, {bad} to look at, {sum(same.values())} known to mean the same")
    return 1 if bad else 0


sys.exit(main())
