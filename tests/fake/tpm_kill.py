# SPDX-License-Identifier: BSD-2-Clause
"""A TPM that dies at its n-th command.

    tpm_kill.py SWTPM_PORT SWTPM_PID N PORT_FILE

Stands between a tool and swtpm's data and control ports and counts the tool's
commands; when number N (from 0) arrives, swtpm is killed instead of asked, and
every connection ends. Writes its own port to PORT_FILE when it listens. (V86)
"""
import os
import signal
import sys

from tpm_wire import message, stand_between

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


stand_between(swtpm_port, sys.argv[4], commands)
