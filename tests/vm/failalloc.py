#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes a running guest's allocators fail on demand, without a special kernel.

    failalloc.py GDB-SOCKET SYSTEM.MAP
    failalloc.py GDB-SOCKET SYSTEM.MAP FUNCTION

The second waits until FUNCTION is called and prints how much of the number is
left then: for what does not come back.

Each allocator of the kernel gets a branch to a piece of code that counts a
number down and returns NULL when it reaches zero; the number is set by the
system call sched_rr_get_interval(N), which returns what was left of the last
one. All of it is written over QEMU's gdb stub, into the text of a zstd
function that nobody calls once the initramfs is unpacked. Unlike failslab it
counts the allocations of every thread, the kernel's helpers too. The guest
needs nokaslr, so that the map is true.
"""
import os
import socket
import subprocess
import sys
import tempfile
import time

# Name, and the register that holds the flags.
ALLOCATORS = {
    "__kmalloc_noprof": 1, "__kmalloc_cache_noprof": 1, "__kmalloc_node_noprof": 1,
    "__kmalloc_cache_node_noprof": 1, "__kmalloc_node_track_caller_noprof": 1,
    "__kmalloc_large_noprof": 1, "kmem_cache_alloc_noprof": 1,
    "kmem_cache_alloc_lru_noprof": 2, "kmem_cache_alloc_node_noprof": 1,
    "__kvmalloc_node_noprof": 1, "__alloc_pages_noprof": 0,
}
SYSCALL = "__arm64_sys_sched_rr_get_interval"
ROOM = "HUF_decompress4X2_usingDTable_internal_default"
NUMBER = "preset_lpj"  # a boot parameter: not looked at again
NOFAIL_BIT = 15  # ___GFP_NOFAIL of 6.12: such a caller does not look

HEAD = """
set:	ldr	x1, [x0]
	ldr	x2, =left
	ldr	w0, [x2]
	str	w1, [x2]
	ret
"""
HOOK = """
to_{n}:	tbnz	w{flags}, #{bit}, 2f
	ldr	x16, =left
1:	ldxr	w17, [x16]
	cbz	w17, 2f
	sub	w17, w17, #1
	stxr	w15, w17, [x16]
	cbnz	w15, 1b
	cbnz	w17, 2f
	mov	x0, #0
	ret
2:	.inst	{first:#x}
	b	at_{n} + 4
"""


class Gdb:
    """As much of gdb's protocol as reading and writing memory takes."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")
        # While the machine still runs, a byte stops it and is lost.
        self.sock.sendall(b"+")
        time.sleep(0.5)

    def packet(self):
        while (c := self.file.read(1)) != b"$":
            if not c:
                sys.exit("failalloc: QEMU hung up")
        reply = b""
        while (c := self.file.read(1)) not in (b"#", b""):
            reply += c
        self.file.read(2)
        self.sock.sendall(b"+")
        return reply.decode()

    def send(self, text):
        self.sock.sendall(b"$%s#%02x" % (text.encode(), sum(text.encode()) & 255))

    def ask(self, text):
        self.send(text)
        # That the machine stopped, for us, is told at any time.
        while (reply := self.packet()).startswith("T"):
            pass
        return reply

    def read_word(self, at):
        reply = self.ask(f"m{at:x},4")
        if len(reply) != 8:
            sys.exit(f"failalloc: cannot read {at:#x}: {reply}")
        return int.from_bytes(bytes.fromhex(reply), "little")

    def program_counter(self):
        """Of the CPU that stopped: x0 to x30 and sp come before it."""
        return int.from_bytes(bytes.fromhex(self.ask("g")[32 * 16:33 * 16]), "little")

    def write(self, at, data):
        for i in range(0, len(data), 256):
            part = data[i:i + 256]
            if self.ask(f"M{at + i:x},{len(part):x}:{part.hex()}") != "OK":
                sys.exit(f"failalloc: cannot write {at + i:#x}")


def moves_freely(word):
    """Whether the instruction means the same elsewhere."""
    adr = word & 0x1f000000 == 0x10000000
    branch = word & 0x1c000000 == 0x14000000
    literal = word & 0x3b000000 == 0x18000000
    return not (adr or branch or literal)


def assemble(source, origin, symbols):
    with tempfile.TemporaryDirectory() as d:
        def run(*args):
            return subprocess.run(args, check=True, capture_output=True, cwd=d).stdout
        with open(os.path.join(d, "a.s"), "w", encoding="ascii") as f:
            f.write(source)
        run("aarch64-linux-gnu-as", "-o", "a.o", "a.s")
        run("aarch64-linux-gnu-ld", "-e", "0", f"-Ttext={origin:#x}", "-o", "a.elf",
            *[f"--defsym={n}={v:#x}" for n, v in symbols.items()], "a.o")
        run("aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", "a.elf", "a.bin")
        names = {}
        for line in run("aarch64-linux-gnu-nm", "a.elf").decode().splitlines():
            names[line.split()[-1]] = int(line.split()[0], 16)
        with open(os.path.join(d, "a.bin"), "rb") as f:
            return f.read(), names


def branch(source, target):
    return (0x14000000 | ((target - source) >> 2 & 0x3ffffff)).to_bytes(4, "little")


def wait_for(gdb, where, function):
    at = where[function]
    if gdb.ask(f"Z0,{at:x},4") != "OK":
        sys.exit(f"failalloc: no breakpoint at {function}")
    gdb.send("c")
    # The first stop may be the one that the connection made.
    while True:
        gdb.packet()
        if gdb.program_counter() == at:
            break
        gdb.send("c")
    print(gdb.read_word(where[NUMBER]))
    gdb.ask(f"z0,{at:x},4")
    gdb.ask("D")


def install(gdb, where):
    source, symbols = HEAD, {"left": where[NUMBER]}
    for name, flags in ALLOCATORS.items():
        first = gdb.read_word(where[name])
        if not moves_freely(first):
            sys.exit(f"failalloc: {name} starts with {first:#x}")
        symbols[f"at_{name}"] = where[name]
        source += HOOK.format(n=name, flags=flags, bit=NOFAIL_BIT, first=first)
    code, names = assemble(source + "	.ltorg\n", where[ROOM], symbols)
    gdb.write(where[ROOM], code)
    for name in ALLOCATORS:
        gdb.write(where[name], branch(where[name], names[f"to_{name}"]))
    gdb.write(where[SYSCALL], branch(where[SYSCALL], names["set"]))
    gdb.ask("D")
    print(f"{len(ALLOCATORS)} allocators")


def main():
    gdb = Gdb(sys.argv[1])
    with open(sys.argv[2], encoding="ascii") as f:
        where = {line.split()[2]: int(line.split()[0], 16) for line in f}
    if len(sys.argv) > 3:
        wait_for(gdb, where, sys.argv[3])
    else:
        install(gdb, where)


main()
