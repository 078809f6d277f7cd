# SPDX-License-Identifier: BSD-2-Clause
"""A bus that repeats the first answer to TPM2_PCR_Read.

    tpm_stuck.py SWTPM_PORT PORT_FILE

Stands between a tool and swtpm's data and control ports. Who reads PCRs until
none is left, and takes what was not asked for as well, never ends. (V85)
"""
import os
import socket
import struct
import sys
import threading

from tpm_wire import listen, message

PCR_READ = 0x17E
swtpm_port = int(sys.argv[1])
first = None


def commands(tool, tpm):
    global first
    while True:
        command = message(tool)
        tpm.sendall(command)
        answer = message(tpm)
        if struct.unpack(">I", command[6:10])[0] == PCR_READ:
            first = first or answer
            answer = first
        tool.sendall(answer)


def control(tool, tpm):
    while data := tool.recv(4096):
        tpm.sendall(data)
        tool.sendall(tpm.recv(4096))


def serve(server, port, talk):
    while True:
        tool, _ = server.accept()
        try:
            with tool, socket.create_connection(("127.0.0.1", port)) as tpm:
                talk(tool, tpm)
        except (EOFError, OSError):
            pass


data_server, control_server = listen()
threading.Thread(target=serve, args=(control_server, swtpm_port + 1, control), daemon=True).start()
with open(sys.argv[2] + ".new", "w") as f:
    f.write(f"{data_server.getsockname()[1]}\n")
os.rename(sys.argv[2] + ".new", sys.argv[2])
serve(data_server, swtpm_port, commands)
