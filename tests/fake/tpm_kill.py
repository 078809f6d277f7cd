# SPDX-License-Identifier: BSD-2-Clause
"""A TPM that dies at its n-th command.

    tpm_kill.py SWTPM_PORT SWTPM_PID N PORT_FILE

Stands between a tool and swtpm's data and control ports and counts the tool's
commands; when number N (from 0) arrives, swtpm is killed instead of asked, and
every connection ends. Writes its own port to PORT_FILE when it listens. (V86)
"""
import os
import signal
import socket
import sys
import threading

from tpm_wire import listen, message

swtpm_port, swtpm_pid, last = (int(a) for a in sys.argv[1:4])
seen = 0


def commands(tool, tpm):
    global seen
    while True:
        command = message(tool)
        seen += 1
        if seen > last:
            os.kill(swtpm_pid, signal.SIGKILL)
            os._exit(0)
        tpm.sendall(command)
        tool.sendall(message(tpm))


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
with open(sys.argv[4] + ".new", "w") as f:
    f.write(f"{data_server.getsockname()[1]}\n")
os.rename(sys.argv[4] + ".new", sys.argv[4])
serve(data_server, swtpm_port, commands)
