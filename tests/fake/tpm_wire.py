# SPDX-License-Identifier: BSD-2-Clause
"""TPM commands and answers on a socket, for what stands between a tool and swtpm."""
import os
import socket
import struct
import threading


def listen():
    """Two free ports in a row: tpm2-tss takes the second for control."""
    while True:
        data = socket.create_server(("127.0.0.1", 0))
        try:
            return data, socket.create_server(("127.0.0.1", data.getsockname()[1] + 1))
        except OSError:
            data.close()


def take(sock, n):
    data = b""
    while len(data) < n:
        part = sock.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def message(sock):
    """One command or answer: its header says how long it is."""
    head = take(sock, 6)
    return head + take(sock, struct.unpack(">I", head[2:])[0] - 6)


def control(tool, tpm):
    """swtpm's control channel, passed through."""
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


def stand_between(swtpm_port, port_file, commands):
    """Serves tools by commands(tool, tpm) for ever; its port is in port_file
    once it listens."""
    data_server, control_server = listen()
    threading.Thread(target=serve, args=(control_server, swtpm_port + 1, control), daemon=True).start()
    with open(port_file + ".new", "w") as f:
        f.write(f"{data_server.getsockname()[1]}\n")
    os.rename(port_file + ".new", port_file)
    serve(data_server, swtpm_port, commands)
