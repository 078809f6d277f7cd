#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Changes a loaded kernel from outside the machine, through QEMU.

The guest runs a kernel without any injector. This reads the guest's memory,
finds the relocation stub's page in it, and takes three snapshots: image
loaded; stub entered, nothing copied; all copied, nothing hashed. Each try
goes back to a snapshot, flips one bit of guest memory through the debugger's
port and lets the machine run on. What counts is what QEMU says came of it: a
reset with the reason word naming the region, or a next kernel that runs (it
turns the machine off).

    outside.py QMP GDB CHANNEL RAM-MIB REASON DECIDE sample|every

REASON is the reason word's address, DECIDE the offset in the stub of the first
instruction after the copy.
"""
import json
import os
import re
import socket
import struct
import sys
import time

RAM = 0x40000000
PAGE = 4096
BLOCK, TABLE, SEALED = 0xBC0, 0xC40, 0xFC0
MAGIC = b"VKXSTUB1"
DESTINATION, INDIRECTION, DONE, SOURCE = 1, 2, 4, 8
REASON_MAGIC, REASON_SELF, REASON_REGION = 0x52584B56 << 32, 1, 3
PATIENCE = int(os.environ.get("STUB_HANG", "60"))


class Monitor:
    """QEMU's machine protocol: commands, and events kept in order."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.buf = b""
        self.events = []
        self.read(10)
        self.call("qmp_capabilities")

    def read(self, patience):
        self.sock.settimeout(patience)
        while b"\n" not in self.buf:
            got = self.sock.recv(65536)
            if not got:
                raise EOFError("QEMU has gone")
            self.buf += got
        line, self.buf = self.buf.split(b"\n", 1)
        return json.loads(line)

    def call(self, command, **args):
        request = {"execute": command, "arguments": args}
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self.read(120)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def human(self, line):
        said = self.call("human-monitor-command", **{"command-line": line})
        if said.strip():
            raise RuntimeError(f"{line}: {said.strip()}")

    def wait(self, names, patience):
        """The first event of these names, or None when time is up."""
        end = time.monotonic() + patience
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] in names:
                    return event
            left = end - time.monotonic()
            if left <= 0:
                return None
            try:
                event = self.read(left)
            except TimeoutError:
                return None
            self.events.append(event)


class Debugger:
    """The part of gdb's protocol that reads and writes physical memory."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.buf = b""
        self.expect("Qqemu.PhyMemMode:1")

    def packet(self):
        while True:
            m = re.search(rb"\$([^#]*)#..", self.buf, re.S)
            if m:
                self.buf = self.buf[m.end():]
                self.sock.sendall(b"+")
                return m.group(1).decode("latin-1")
            self.sock.settimeout(60)
            got = self.sock.recv(65536)
            if not got:
                raise EOFError("the debugger's port is closed")
            self.buf += got

    def ask(self, text):
        body = text.encode()
        self.sock.sendall(b"$%s#%02x" % (body, sum(body) & 0xFF))
        while True:
            answer = self.packet()
            # "stopped because": said when it happens, not asked for.
            if not re.match(r"[TSWX][0-9a-f]{2}", answer):
                return answer

    def expect(self, text):
        answer = self.ask(text)
        if answer != "OK":
            raise RuntimeError(f"debugger: {text}: {answer or 'unknown'}")

    def peek(self, where, size):
        return bytes.fromhex(self.ask(f"m{where:x},{size:x}"))

    def poke(self, where, data):
        self.expect(f"M{where:x},{len(data):x}:{data.hex()}")

    def flip(self, where, bit):
        was = self.peek(where, 1)[0]
        self.poke(where, bytes([was ^ (1 << bit)]))
        if self.peek(where, 1)[0] == was:
            raise RuntimeError(f"no bit changed at {where:#x}")


class Stub:
    """What the stub's page in a dump of memory says."""

    def __init__(self, memory):
        self.memory = memory
        pages = [
            at
            for at in range(0, len(memory), PAGE)
            if memory[at + BLOCK:at + BLOCK + 8] == MAGIC
        ]
        if len(pages) != 1:
            raise RuntimeError(f"{len(pages)} pages look like the stub's")
        self.at = RAM + pages[0]
        page = memory[pages[0]:pages[0] + PAGE]
        count, head = struct.unpack_from("<IQ", page, BLOCK + 0x0C)
        self.regions = [
            struct.unpack_from("<QQQ", page, TABLE + 56 * i)
            for i in range(count)
        ]
        self.sources = dict(self.walk(head))

    def word(self, where):
        return struct.unpack_from("<Q", self.memory, where - RAM)[0]

    def walk(self, entry):
        """Pairs of destination and source page, from kexec's page list."""
        at = to = 0
        while not entry & DONE:
            page = entry & ~(PAGE - 1)
            if entry & INDIRECTION:
                at = page
            elif entry & DESTINATION:
                to = page
            elif entry & SOURCE:
                yield to, page
                to += PAGE
            entry = self.word(at)
            at += 8

    def page_bytes(self, page):
        at = self.sources[page] - RAM
        return self.memory[at:at + PAGE]

    def pages(self, region):
        dest, size, tail = self.regions[region]
        return list(range(dest, dest + size + tail, PAGE))


class Machine:
    def __init__(self, qmp, gdb, channel, ram, reason):
        self.monitor, self.debugger = Monitor(qmp), Debugger(gdb)
        self.channel, self.ram, self.reason = channel, ram, reason
        self.dump = os.path.join(os.path.dirname(qmp), "ram")

    def memory(self):
        self.monitor.call("stop")
        self.monitor.call("pmemsave", val=RAM, size=self.ram, filename=self.dump)
        with open(self.dump, "rb") as f:
            data = f.read()
        os.unlink(self.dump)
        return data

    def launch(self):
        with open(self.channel, "w") as f:
            f.write("exec\n")

    def run_to(self, where):
        """Lets the machine run until it is about to execute this."""
        self.debugger.expect(f"Z1,{where:x},4")
        self.monitor.events.clear()
        self.monitor.call("cont")
        if not self.monitor.wait(["STOP"], 300):
            raise RuntimeError(f"the machine never came to {where:#x}")
        self.debugger.expect(f"z1,{where:x},4")

    def back_to(self, snapshot):
        if self.monitor.call("query-status")["status"] == "shutdown":
            # A machine that has shut down runs again only after a reset.
            self.monitor.call("set-action", reboot="reset")
            self.monitor.call("system_reset")
            if not self.monitor.wait(["RESET"], 60):
                raise RuntimeError("the machine does not reset")
            self.monitor.call("set-action", reboot="shutdown")
        self.monitor.human(f"loadvm {snapshot}")
        self.monitor.events.clear()

    def outcome(self):
        self.monitor.call("cont")
        event = self.monitor.wait(["SHUTDOWN"], PATIENCE)
        if event is None:
            self.monitor.call("stop")
            return "hung", 0
        # The machine stands still, its memory as the stub left it.
        self.monitor.wait(["STOP"], 10)
        word = struct.unpack("<Q", self.debugger.peek(self.reason, 8))[0]
        why = event["data"]["reason"]
        return {"guest-reset": "reset", "guest-shutdown": "entered"}[why], word


class Campaign:
    def __init__(self, machine, stub):
        self.machine, self.stub = machine, stub
        self.figures, self.wrong = {}, 0

    def control(self, snapshot):
        """Without a change the next kernel runs; else nothing is shown."""
        self.machine.back_to(snapshot)
        if snapshot == "loaded":
            self.machine.launch()
        got, _ = self.machine.outcome()
        print(f"   {'ok ' if got == 'entered' else 'BAD'} {snapshot}: no bit changed: {got}")
        self.wrong += got != "entered"

    def flip(self, kind, snapshot, where, bit, want):
        self.machine.back_to(snapshot)
        self.machine.debugger.flip(where, bit)
        if snapshot == "loaded":
            self.machine.launch()
        got, word = self.machine.outcome()
        count = self.figures.setdefault(kind, {"tries": 0, "reset": 0, "entered": 0, "hung": 0})
        count["tries"] += 1
        count[got] += 1
        if got != "reset" or word != want:
            self.wrong += 1
            print(f"   BAD {kind}: bit {bit} of {where:#x}: {got}, reason {word:#x}, wanted {want:#x}")

    def regions(self, kind, snapshot, choose, where):
        for i in range(len(self.stub.regions)):
            want = REASON_MAGIC | REASON_REGION << 24 | 1 << i
            for n, page in choose(self.stub.pages(i)):
                offset = (n * 677 + i * 97 + 13) % PAGE
                self.flip(kind, snapshot, where(page) + offset, (n + i) % 8, want)

    def before_reboot(self, loaded):
        """A page of each region at load; the old kernel then shuts down."""
        for i in range(len(loaded.regions)):
            page = loaded.pages(i)[0]
            # Written again at launch, with what was measured: the log.
            if loaded.page_bytes(page) != self.stub.page_bytes(page):
                continue
            want = REASON_MAGIC | REASON_REGION << 24 | 1 << i
            where = loaded.sources[page] + i * 577 % PAGE
            self.flip("source, before the reboot", "loaded", where, i % 8, want)

    def page(self, step):
        """The stub's block, table and seals; its code is bare-metal's job."""
        want = REASON_MAGIC | REASON_SELF << 24
        for offset in range(BLOCK, SEALED + 32, step):
            # A block that lost these has nowhere to write a reason to, or
            # nobody to ask for a reset: seen on bare metal.
            if BLOCK + 0x08 <= offset < BLOCK + 0x0C or BLOCK + 0x38 <= offset < BLOCK + 0x60:
                continue
            self.flip("stub's page", "entry", self.stub.at + offset, offset % 8, want)

    def report(self):
        for kind, c in self.figures.items():
            print(
                f"RESULT from outside, {kind}: {c['tries']} tries, {c['reset']} resets,"
                f" {c['entered']} entered the next kernel, {c['hung']} hung"
            )
        return 1 if self.wrong or not self.figures else 0


def some(pages):
    last = len(pages) - 1
    return [(n, pages[n]) for n in sorted({0, last // 2, last})]


def main():
    qmp, gdb, channel = sys.argv[1:4]
    ram, reason, decide = int(sys.argv[4]) << 20, int(sys.argv[5], 0), int(sys.argv[6], 0)
    every = sys.argv[7] == "every"
    machine = Machine(qmp, gdb, channel, ram, reason)
    machine.monitor.call("stop")
    machine.monitor.human("savevm loaded")
    machine.launch()
    loaded = Stub(machine.memory())
    machine.run_to(loaded.at)
    machine.monitor.human("savevm entry")
    stub = Stub(machine.memory())
    machine.run_to(stub.at + decide)
    machine.monitor.human("savevm copied")

    campaign = Campaign(machine, stub)
    pages = [len(stub.pages(i)) for i in range(len(stub.regions))]
    print(f"   {len(pages)} regions of {pages} pages, {len(stub.sources)} pages to copy")
    choose = (lambda p: list(enumerate(p))) if every else some
    for snapshot in ("loaded", "entry", "copied"):
        campaign.control(snapshot)
    campaign.before_reboot(loaded)
    campaign.regions("source, stub entered", "entry", choose, stub.sources.__getitem__)
    campaign.regions("destination, all copied", "copied", choose, lambda page: page)
    campaign.page(7 if every else 163)
    campaign.control("copied")
    return campaign.report()


if __name__ == "__main__":
    sys.exit(main())
