#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes what is in a process's writable memory:  memory_of.py PID"""
import sys

with open(f"/proc/{sys.argv[1]}/maps") as maps, \
     open(f"/proc/{sys.argv[1]}/mem", "rb", buffering=0) as mem:
    for line in maps:
        where, flags = line.split()[:2]
        if not flags.startswith("rw"):
            continue
        start, end = (int(x, 16) for x in where.split("-"))
        mem.seek(start)
        left = end - start
        while left:
            block = mem.read(min(left, 1 << 20))
            if not block:
                break
            sys.stdout.buffer.write(block)
            left -= len(block)
