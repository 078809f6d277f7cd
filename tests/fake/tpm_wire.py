# SPDX-License-Identifier: BSD-2-Clause
"""TPM commands and answers on a socket, for what stands between a tool and swtpm."""
import socket
import struct


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
