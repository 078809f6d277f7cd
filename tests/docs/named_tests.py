#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds what documents say of tests against the tests.

tests/attacks.md: every row V1 to V122 stands once and in order; the files it
names are there and have the functions or checks that are named after them; at
least one of the files cites the row, in a comment or in the words it prints, as V12.
Only rows that say so have no test.

docs/format.md: a file test_x.c is there and has what is named after it; every
limit of kernel/core/limit.h has a row with its value, a reason and a test.

A name is one word between commas or semicolons; whatever has more words is an
explanation.
"""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
ROWS = 122
FILE = re.compile(r"^((?:tests|kernel)/[\w./-]+\.(?:c|sh|S|h|py|tsv|md))(?:\s+|$)(.*)$")
problems = []


def problem(text):
    problems.append(text)


def comments(path):
    """What people read: comments and a test's own words in C, comments and
    check texts in shell."""
    text = path.read_text(errors="replace")
    if path.suffix in (".c", ".h", ".S"):
        return "\n".join(re.findall(r'/\*.*?\*/|//[^\n]*|"[^"\n]*"', text, re.S))
    lines = [ln for ln in text.splitlines()
             if ln.lstrip().startswith(("#", "vkx_check"))]
    if path.suffix == ".py":
        lines += re.findall(r'"""(.*?)"""', text, re.S)
    return "\n".join(lines) if path.suffix in (".sh", ".py") else text


def has(path, name):
    text = path.read_text(errors="replace")
    if path.suffix == ".sh" and "/checks/" in str(path):
        return re.search(rf"^vkx_check {re.escape(name)} ", text, re.M)
    return re.search(rf"\b{re.escape(name)}\b", text)


def references(cell):
    """(file, [names]) in the order of a table cell."""
    found = []
    for part in re.split(r"[;,]", cell):
        part = part.strip().strip("`")
        match = FILE.match(part)
        if match:
            found.append((match[1], []))
            part = match[2].strip()
        if found and re.fullmatch(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", part):
            found[-1][1].append(part)
    return found


def check_references(where, refs):
    for file, names in refs:
        path = TOP / file
        if not path.exists():
            problem(f"{where} names {file}, which is not there")
            continue
        for name in names:
            if not has(path, name):
                problem(f"{where}: {file} has no {name}")


def attacks():
    number = 0
    for line in (TOP / "tests/attacks.md").read_text().splitlines():
        match = re.match(r"\| (V(\d+)) \|", line)
        if not match:
            continue
        number += 1
        if int(match[2]) != number:
            problem(f"tests/attacks.md: V{number} is missing before {match[1]}")
            number = int(match[2])
        cell = line.strip("| ").split(" | ")[-1]
        refs = references(cell)
        check_references(f"tests/attacks.md {match[1]}", refs)
        if not refs:
            if cell != "-":
                problem(f"{match[1]}: no test, and no '-' that says so")
            continue
        cited = rf"\b{match[1]}\b"
        files = [TOP / f for f, _ in refs if (TOP / f).exists()]
        if not any(re.search(cited, spelled_out(comments(p))) for p in files):
            problem(f"{match[1]}: none of its tests cites it")
    if number != ROWS:
        problem(f"tests/attacks.md ends with V{number}, not V{ROWS}")


def spelled_out(text):
    """V64-V66 cites V65 too."""
    def all_of(match):
        first, last = int(match[1]), int(match[2])
        return " ".join(f"V{n}" for n in range(first, last + 1))
    return re.sub(r"\bV(\d+)(?:-| to )V(\d+)\b", all_of, text)


def format_tests():
    text = (TOP / "docs/format.md").read_text().split("<!-- rules -->")[0]
    text = " ".join(text.split())
    for file, names in re.findall(r"`(test_\w+\.c)`((?:,? [a-z0-9_]+)*)", text):
        check_references("docs/format.md",
                         [(f"tests/unit/{file}", names.replace(",", "").split())])


def limits():
    text = (TOP / "docs/format.md").read_text()
    header = (TOP / "kernel/core/limit.h").read_text()
    for name, value in re.findall(r"#define (VKX_MAX_\w+) (\w+)", header):
        number = int(re.sub(r"[uUlL]+$", "", value), 0)
        row = re.search(rf"^\| `{name}` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", text, re.M)
        if not row:
            problem(f"docs/format.md has no row for {name}")
            continue
        said = re.match(r"(0x[0-9a-f]+|[0-9,]+)", row[1])
        if not said or int(said[1].replace(",", ""), 0) != number:
            problem(f"docs/format.md: {name} is {number}, not {row[1]}")
        if not row[2].strip() or not re.search(r"`(test_\w+\.c|[a-z]+-[a-z-]+)`", row[3]):
            problem(f"docs/format.md: {name} needs a reason and a test")


if sys.argv[1:] == ["attacks"]:
    attacks()
elif sys.argv[1:] == ["format"]:
    format_tests()
    limits()
else:
    sys.exit("named_tests.py attacks|format")
for text in problems:
    print(text)
sys.exit(bool(problems))
