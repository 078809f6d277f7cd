# SPDX-License-Identifier: BSD-2-Clause
"""A bus that repeats the first answer to TPM2_PCR_Read.

    tpm_stuck.py SWTPM_PORT PORT_FILE

Stands between a tool and swtpm's data and control ports. Who reads PCRs until
none is left, and takes what was not asked for as well, never ends. (V85)
"""
import struct
import sys

from tpm_wire import message, stand_between

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


stand_between(swtpm_port, sys.argv[2], commands)
