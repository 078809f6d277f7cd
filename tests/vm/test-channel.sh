#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An answer of the guest that comes in parts, as from a machine that is slower
# than the host's patience, is read whole; what is no answer is passed over.
set -eu
. "$(dirname "$0")/vm.sh"
vm_new
exec {vm_out}<>"$VM_DIR/ch.out"
{
	printf 'Booting\r\nvkx ok fir'
	sleep 3
	printf 'st\r\nno answer\r\nvkx'
	sleep 3
	printf ' ok second\r\n'
	sleep 60
} >"$VM_DIR/ch.out" &
vm_qemu=$!
vm_pids+=($vm_qemu)
VM_TICK=1 VM_TIMEOUT=60
answer() { vm_answer && echo "$VM_REPLY"; }
vm_expect "ok first" answer
vm_expect "ok second" answer
vm_stop
vm_done
