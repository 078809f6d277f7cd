# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Driving a virtual arm64 machine from a test; to be sourced. A test is a few
# lines that say what to load and what must happen:
#
#     vm_start "$(vm_kernel vkexec)/Image" "$initrd" "lockdown=integrity"
#     vm_expect ok           vm_load /vkx/release.efi
#     vm_expect EKEYREJECTED vm_load /vkx/flipped.efi
#     vm_exec
#     vm_stop
#
# The guest answers on a serial port of its own (tests/vm/init/channel.h). No
# answer means failed: a kernel that died, hung or lied on its console cannot
# pass. What to set before vm_start:
#
#   VM_CPU=cortex-a72  VM_MACHINE=   more for -M virt   VM_SMP=2   VM_MEM=1024
#   VM_TPM=1           0: no TPM     VM_ARGS=()  more for QEMU
#   VM_BANKS=          PCR banks of a new TPM, e.g. sha1,sha256
#   VM_PROXY=          program to stand before the TPM, from vm_proxy_build
#   VM_PROXY_BANK=     two algorithms: the bank of one is shown as the other's
#   VM_TIMEOUT=300     seconds that one answer may take before the test fails
#
# Each machine has a folder $VM_DIR of its own, with share/ as /vkx in the
# guest, console.log, and the TPM's state, which outlives vm_reset.
vm_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VM_TIMEOUT=${VM_TIMEOUT:-300}
# No LPIs: Linux cannot give their tables in memory back, so that a kernel
# booted without EFI hands the next one an interrupt controller that reads and
# writes where the next one may lie.
VM_GIC=${VM_GIC:-gic-version=3,its=off}
# Little room for translated code. QEMU flushes it only when it is full, and until
# then a page of the old kernel's text that the next one uses for data is slow to
# write to: after a hop a boot took 1 s or 20 s, as its pages fell.
VM_ACCEL=${VM_ACCEL:-tcg,thread=multi,tb-size=16}
VM_DIR=
vm_failed=0
vm_pids=()

vm_kernel() { "$vm_top/tests/vm/build-kernel.sh" "$1"; }

# An initrd by its marker, made once per test run.
vm_initrd() { # MARKER OUT [DIR]
	"$vm_top/tests/vm/build-initrd.sh" "$@"
}

# Where the processors of a machine that gives no answer are.
vm_where() {
	local line
	[ -n "${vm_mon:-}" ] && kill -0 "$vm_qemu" 2>/dev/null || return 0
	vm_monitor info registers -a
	echo "vm: the guest's processors:" >&2
	while IFS= read -r -t 2 -u "$vm_mon_out" line; do
		case $line in *CPU#* | *PC=* | *PSTATE=*) echo "    ${line%$'\r'}" >&2 ;; esac
	done
}

vm_die() {
	echo "vm: $*" >&2
	if [ -n "$VM_DIR" ] && [ -s "$VM_DIR/console.log" ]; then
		echo "vm: the end of the guest's console:" >&2
		tail -n 25 "$VM_DIR/console.log" | tr -d '\r' | sed 's/^/    /' >&2
	fi
	vm_where
	[ -z "$VM_DIR" ] || touch "$VM_DIR/dead"
	exit 1
}

vm_new() {
	VM_DIR=$(mktemp -d "${TMPDIR:-/tmp}/vkx-vm.XXXXXX")
	mkdir -p "$VM_DIR/share" "$VM_DIR/tpm"
	mkfifo "$VM_DIR/ch.in" "$VM_DIR/ch.out" "$VM_DIR/mon.in" "$VM_DIR/mon.out"
}

# A new TPM has every bank that swtpm knows, unless VM_BANKS names some.
vm_tpm_start() {
	if [ -n "${VM_BANKS:-}" ] && [ ! -s "$VM_DIR/tpm/tpm2-00.permall" ]; then
		swtpm_setup --tpm2 --tpmstate "$VM_DIR/tpm" --pcr-banks "$VM_BANKS" \
			--create-ek-cert >"$VM_DIR/swtpm.log" 2>&1 ||
			vm_die "swtpm_setup: $(cat "$VM_DIR/swtpm.log")"
	fi
	swtpm socket --tpm2 --tpmstate dir="$VM_DIR/tpm" --flags startup-clear \
		--ctrl type=unixio,path="$VM_DIR/tpm.sock" --terminate \
		>"$VM_DIR/swtpm.log" 2>&1 &
	vm_swtpm=$!
	vm_pids+=($vm_swtpm)
	vm_tpm_sock=$VM_DIR/tpm.sock
	vm_await "$vm_tpm_sock" || vm_die "swtpm does not start: $(cat "$VM_DIR/swtpm.log")"
	[ -z "${VM_PROXY:-}" ] || vm_proxy_start
}

vm_await() { # SOCKET
	local i
	for i in $(seq 100); do
		[ ! -S "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

vm_proxy_build() { # OUT
	gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o "$1" \
		-iquote "$vm_top/kernel/core" -iquote "$vm_top/kernel/core/env/host" \
		"$vm_top/tests/vm/tpm_proxy.c" "$vm_top/${O:-build}/libvkxcore.a"
}

# What goes to the TPM and back is in tpm.log; vm_tpm_order breaks some of it.
vm_proxy_start() {
	[ -p "$VM_DIR/tpm.orders" ] || mkfifo "$VM_DIR/tpm.orders"
	"$VM_PROXY" "$VM_DIR/proxy.sock" "$vm_tpm_sock" "$VM_DIR/tpm.orders" \
		"$VM_DIR/tpm.log" $vm_swtpm ${VM_PROXY_BANK:-} 2>"$VM_DIR/proxy.log" &
	vm_pids+=($!)
	vm_tpm_sock=$VM_DIR/proxy.sock
	vm_await "$vm_tpm_sock" || vm_die "tpm_proxy does not start: $(cat "$VM_DIR/proxy.log")"
}
# A proxy that has died reads no orders: opening its pipe would wait for ever.
vm_tpm_order() {
	timeout 30 sh -c 'printf "%s\n" "$1" >"$2"' - "$*" "$VM_DIR/tpm.orders" ||
		vm_die "tpm_proxy takes no orders: $(tail -n 3 "$VM_DIR/proxy.log")"
}

# Starts QEMU with what is given and leaves it running; says nothing about
# what the guest does.
vm_launch() { # QEMU-ARGUMENTS...
	local args=()
	if [ "${VM_TPM:-1}" = 1 ]; then
		vm_tpm_start
		args+=(-chardev "socket,id=tpm,path=$vm_tpm_sock"
			-tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis-device,tpmdev=tpm0)
	fi
	exec {vm_in}<>"$VM_DIR/ch.in" {vm_out}<>"$VM_DIR/ch.out"
	exec {vm_mon}<>"$VM_DIR/mon.in" {vm_mon_out}<>"$VM_DIR/mon.out"
	qemu-system-aarch64 -accel "$VM_ACCEL" -M "virt,$VM_GIC${VM_MACHINE:+,$VM_MACHINE}" \
		-cpu "${VM_CPU:-cortex-a72}" -smp "${VM_SMP:-2}" -m "${VM_MEM:-1024}" \
		-display none -no-reboot -nodefaults \
		-chardev "file,id=con,path=$VM_DIR/console.log,append=on" -serial chardev:con \
		-chardev "pipe,id=ch,path=$VM_DIR/ch" -device pci-serial,chardev=ch \
		-chardev "pipe,id=mon,path=$VM_DIR/mon" -mon chardev=mon,mode=readline \
		-fsdev "local,id=vkx,path=$VM_DIR/share,security_model=none" \
		-device virtio-9p-pci,fsdev=vkx,mount_tag=vkx \
		-fsdev "local,id=arm64,path=$("$vm_top/tests/vm/arm64-root.sh"),security_model=none,readonly=on" \
		-device virtio-9p-pci,fsdev=arm64,mount_tag=arm64 \
		-device virtio-rng-pci "${args[@]}" ${VM_ARGS[@]+"${VM_ARGS[@]}"} "$@" \
		>"$VM_DIR/qemu.log" 2>&1 &
	vm_qemu=$!
	vm_pids+=($vm_qemu)
}

# Boots a kernel as a boot loader would and waits for its user space.
vm_start() { # IMAGE INITRD [CMDLINE]
	[ -n "$VM_DIR" ] || vm_new
	vm_launch -kernel "$1" -initrd "$2" -append "console=ttyAMA0 ${3:-}"
	vm_hello
}

# Boots by UEFI with Secure Boot on; firmware trusts the snakeoil key that
# Debian ships with it, and nothing else. Each file is on a disk of its own, and
# firmware goes on to the next where it starts none: the Nth is in PCI slot 15 + N.
# VM_MACHINE=acpi=off: the kernel takes the device tree, and no ACPI tables.
vm_launch_uefi() { # FILE.efi...
	local aavmf=/usr/share/AAVMF file n=0 disks=()
	[ -n "$VM_DIR" ] || vm_new
	for file; do
		n=$((n + 1))
		mkdir -p "$VM_DIR/esp$n/EFI/BOOT"
		cp "$file" "$VM_DIR/esp$n/EFI/BOOT/BOOTAA64.EFI"
		disks+=(-drive "if=none,id=esp$n,format=raw,file=fat:rw:$VM_DIR/esp$n"
			-device "virtio-blk-pci,drive=esp$n,bootindex=$n,addr=$(printf %x $((15 + n)))")
	done
	[ -s "$VM_DIR/vars.fd" ] || cp "$aavmf/AAVMF_VARS.snakeoil.fd" "$VM_DIR/vars.fd"
	vm_launch -drive "if=pflash,format=raw,readonly=on,file=$aavmf/AAVMF_CODE.fd" \
		-drive "if=pflash,format=raw,file=$VM_DIR/vars.fd" "${disks[@]}"
}

# One line of the channel. Reads on past anything that is not an answer.
vm_answer() {
	local line= part waited=0
	VM_REPLY=
	# Once given up on, also where a subshell did it: no second wait.
	[ ! -e "$VM_DIR/dead" ] || return 1
	while :; do
		if IFS= read -r -t "${VM_TICK:-5}" -u "$vm_out" part; then
			line=$line${part%$'\r'}
			case $line in "vkx "*) VM_REPLY=${line#vkx }; return 0 ;; esac
			line=
			continue
		fi
		# A long answer of a slow guest comes in parts.
		line+=$part
		kill -0 "$vm_qemu" 2>/dev/null || return 1
		waited=$((waited + 5))
		[ $waited -lt "$VM_TIMEOUT" ] || return 1
	done
}

# Waits for a kernel's user space; VM_RELEASE and VM_MARKER say which.
vm_hello() {
	local word
	vm_answer || vm_die "no sign of life from the guest's user space"
	read -r word VM_RELEASE VM_MARKER <<<"$VM_REPLY"
	[ "$word" = hello ] || vm_die "expected a hello, got: $VM_REPLY"
	VM_MARKER=$(vm_unescape "$VM_MARKER")
}

vm_escape() {
	local LC_ALL=C s=$1 out= i c
	for ((i = 0; i < ${#s}; i++)); do
		c=${s:i:1}
		case $c in
		[a-zA-Z0-9/._=:,+-]) out+=$c ;;
		*) printf -v c '%%%02x' "'$c"; out+=$c ;;
		esac
	done
	printf '%s' "$out"
}

vm_unescape() { printf '%b' "$(sed 's/\\/\\\\/g; s/%/\\x/g' <<<"$1")"; }

# Sends one command, escaped; VM_REPLY is the answer.
vm_do() { # VERB ARG...
	local line=$1 a
	shift
	for a in "$@"; do line+=" $(vm_escape "$a")"; done
	printf '%s\n' "$line" >&"$vm_in"
	vm_answer || vm_die "the guest died or hung on: ${line:0:200}"
}

# Prints "ok", or the name of the errno.
vm_result() {
	vm_do "$@"
	local word name
	read -r word name _ <<<"$VM_REPLY"
	case $word in
	ok) echo ok ;;
	no) echo "$name" ;;
	*) vm_die "unexpected answer to $1: $VM_REPLY" ;;
	esac
}

# The syscall: file, initrd or -, command line or -, flags (1 unload, 2 crash,
# 4 no initrd, which is added when there is none).
vm_load() { vm_result load "$1" "${2:--}" "${3:--}" "${4:-0}"; }
# How long the last vm_load of this shell took in the guest, in microseconds.
vm_load_us() { vm_load "$@" >/dev/null && awk '$1 == "ok" { print $2 }' <<<"$VM_REPLY"; }
vm_legacy() { vm_result legacy "${1:-0}"; }
vm_unload() { vm_result load - - - $((1 | ${1:-0})); }

# Tells the running kernel of a revocation that it can check itself.
vm_revoke() { # NAME SIGNATURE
	local ring
	ring=$(vm_sh "awk '/ keyring +\\.blacklist/ { print \$1 }' /proc/keys")
	vm_result addkey blacklist "$1" "$2" "0x$ring"
}

# Runs a shell script in the guest; prints what it printed, returns its status.
vm_sh() { # SCRIPT
	vm_do sh "$1"
	local word text status
	read -r word text <<<"$VM_REPLY"
	[ "$word" = ok ] || vm_die "sh: $VM_REPLY"
	text=$(vm_unescape "$text")
	status=${text%%$'\n'*}
	text=${text#"$status"}
	text=${text#$'\n'}
	[ -z "$text" ] || printf '%s\n' "$text"
	return $((10#$status))
}

vm_debugfs() {
	vm_sh 'grep -q " /sys/kernel/debug " /proc/mounts || mount -t debugfs d /sys/kernel/debug'
}

# What kmemleak has found after three scans, then "end". For a kernel that has it
# and is not locked down.
vm_leaks() {
	vm_debugfs
	vm_sh 'k=/sys/kernel/debug/kmemleak
		echo scan >$k; sleep 6; echo scan >$k; sleep 6; echo scan >$k
		grep -A14 unreferenced $k | head -60; echo end'
}

# Into what is loaded; waits for the next kernel's user space.
vm_exec() {
	printf 'exec\n' >&"$vm_in"
	vm_hello
}

vm_panic() {
	printf 'panic\n' >&"$vm_in"
	vm_hello
}

# Waits for the machine to stop or reset by itself.
vm_wait_exit() {
	local waited=0
	while kill -0 "$vm_qemu" 2>/dev/null; do
		sleep 1
		waited=$((waited + 1))
		[ $waited -lt "$VM_TIMEOUT" ] || return 1
	done
}

# A command for QEMU's own monitor: for faults that come from outside.
vm_monitor() { printf '%s\n' "$*" >&"$vm_mon"; }

# QEMU may wait for a TPM that is gone, deaf to what asks it to end.
vm_end() { # PID
	local _
	kill "$1" 2>/dev/null || true
	for _ in $(seq 250); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

vm_kill() {
	local p
	for p in ${vm_pids[@]+"${vm_pids[@]}"}; do vm_end "$p"; done
	vm_pids=()
	[ -z "${vm_in:-}" ] || exec {vm_in}>&- {vm_out}>&- {vm_mon}>&- {vm_mon_out}>&-
	vm_in=
}

# Powers off; the TPM's state stays for the next vm_start.
vm_reset() {
	printf 'off\n' >&"$vm_in"
	vm_wait_exit || vm_die "the guest does not power off"
	vm_kill
	rm -f "$VM_DIR/tpm.sock" "$VM_DIR/proxy.sock"
}

vm_stop() {
	vm_kill
	rm -rf "$VM_DIR"
	VM_DIR=
}

vm_clean() {
	vm_kill
	[ -n "$VM_DIR" ] && [ "${VM_KEEP:-0}" = 0 ] && rm -rf "$VM_DIR"
	return 0
}

# A test with more to tidy up sets a trap of its own, which calls vm_clean:
# nothing here touches it again.
trap vm_clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# vm_expect WANT COMMAND...: the command must print WANT. Counts, so that one
# run shows every difference; vm_done gives the verdict.
vm_checked=0
vm_expect() {
	local want=$1 got
	shift
	got=$("$@") || true
	vm_checked=$((vm_checked + 1))
	if [ "$got" = "$want" ]; then
		[ "${VM_QUIET:-0}" = 1 ] || printf '   ok  %-14s %s\n' "$want" "${VM_SAY:-$*}"
	else
		vm_failed=$((vm_failed + 1))
		printf '   BAD %s: want %s, got %s\n' "${VM_SAY:-$*}" "$want" "$got"
	fi
}

vm_done() {
	echo "   $vm_checked checked, $vm_failed wrong"
	[ $vm_failed = 0 ] && [ $vm_checked -gt 0 ]
}
