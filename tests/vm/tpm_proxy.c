/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands between QEMU and swtpm, as an interposer on a TPM's bus would: passes
 * every command on, writes each into a log, and breaks the one it is told to.
 * Control channel and data channel are those of QEMU's `-tpmdev emulator`: the
 * data channel is a socket that comes over the control channel, and swtpm is
 * given one of ours in its stead.
 *
 *   tpm_proxy LISTEN SWTPM ORDERS LOG PID [FROM TO]
 *
 * LISTEN: socket for QEMU. SWTPM: swtpm's control socket, PID its process.
 * ORDERS: a FIFO that takes lines "WHAT N FAULT [ARG]". WHAT is extend:PCR,
 * read:PCR, a command code in hex, or any; N counts such commands from now,
 * from 1. FAULT:
 *
 *   code RC   answer with RC, the TPM does not see the command
 *   late RC   the TPM does it, the answer is RC
 *   drop      answer that it was done, the TPM does not see it
 *   lie       the same for an extend, and from then on PCR_Read answers what
 *             the PCR would hold (SHA-256 bank)
 *   honest    end all lies; the command itself is passed on
 *   cut K     the answer's first K bytes: with K as its size, or, below the
 *             ten bytes of a header, with the channel closed behind them
 *   before    kill swtpm before the command
 *   after     kill swtpm after the command, before its answer
 *
 * LOG has a line "WHAT RC" for each answer, and "struck FAULT WHAT" before that
 * of the one that was broken. An order is carried out once.
 *
 * FROM TO: the TPM's bank of one hash algorithm is shown as one of another, in
 * its capabilities and PCR_Read; in hex. What extends it names TO, and fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cursor.h"
#include "sha256.h"
#include "tcglog.h"

#define HEADER 10u
#define MESSAGE_MAX 4096u
#define NR_PCRS 24u
#define CC_EXTEND 0x182u
#define CC_READ 0x17eu
#define CC_CAPABILITY 0x17au
#define CAPABILITY_PCRS 5u
#define TAG_SESSIONS 0x8002u
#define CONTROL_SET_DATAFD 16u

struct message {
	size_t size;
	uint8_t bytes[MESSAGE_MAX];
};

struct order {
	char what[16], fault[8];
	unsigned int left; /* 0: nothing ordered */
	uint32_t arg;
};

/* A PCR's SHA-256 bank: as it was last read, and what we say it is. */
struct shadow {
	bool lying;
	uint8_t value[VKX_SHA256_SIZE];
};

static struct {
	int control, tpm_control, data, tpm_data, orders;
	pid_t swtpm;
	FILE *log;
	struct order order;
	struct shadow pcrs[NR_PCRS];
	uint16_t bank_from, bank_to; /* 0: no bank has another's name */
} proxy = { .data = -1, .tpm_data = -1 };

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "tpm_proxy: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- messages ---------------------------------------------------------------*/

static bool take(int fd, uint8_t *p, size_t size)
{
	ssize_t n;

	for (; size; p += n, size -= (size_t)n) {
		n = read(fd, p, size);
		if (n <= 0)
			return false;
	}
	return true;
}

/* QEMU and swtpm go away as they like: that is no error here. */
static void put(int fd, const uint8_t *p, size_t size)
{
	(void)!send(fd, p, size, MSG_NOSIGNAL);
}

static bool take_message(int fd, struct message *m_ret)
{
	uint32_t size;

	if (!take(fd, m_ret->bytes, HEADER))
		return false;
	size = vkx_get_be32(m_ret->bytes + 2);
	if (size < HEADER || size > MESSAGE_MAX)
		return false;
	m_ret->size = size;
	return take(fd, m_ret->bytes + HEADER, size - HEADER);
}

static uint32_t code_of(const struct message *m)
{
	return vkx_get_be32(m->bytes + 6);
}

static void answer_code(uint32_t code, struct message *m_ret)
{
	vkx_put_be16(m_ret->bytes, 0x8001);
	vkx_put_be32(m_ret->bytes + 2, HEADER);
	vkx_put_be32(m_ret->bytes + 6, code);
	m_ret->size = HEADER;
}

/* Done, without parameters: what an extend that worked answers. */
static void answer_done(const struct message *command, struct message *m_ret)
{
	static const uint8_t session[] = { 0, 0, 0, 0, 0, 0, 1, 0, 0 };

	answer_code(0, m_ret);
	if (vkx_get_be16(command->bytes) != TAG_SESSIONS)
		return;
	vkx_put_be16(m_ret->bytes, TAG_SESSIONS);
	memcpy(m_ret->bytes + HEADER, session, sizeof(session));
	m_ret->size += sizeof(session);
	vkx_put_be32(m_ret->bytes + 2, (uint32_t)m_ret->size);
}

/* --- PCRs -------------------------------------------------------------------*/

/* The PCR of an extend, and its SHA-256 digest or NULL. */
static const uint8_t *extend_digest(const struct message *m, uint32_t *pcr_ret)
{
	const uint8_t *digest;
	struct vkx_rd rd;
	uint32_t count;
	uint16_t alg;

	vkx_rd_init(&rd, m->bytes, m->size);
	vkx_rd_take(&rd, HEADER);
	*pcr_ret = vkx_rd_be32(&rd);
	vkx_rd_take(&rd, vkx_rd_be32(&rd));
	for (count = vkx_rd_be32(&rd); count && !rd.err; count--) {
		alg = vkx_rd_be16(&rd);
		digest = vkx_rd_take(&rd, vkx_tpm_alg_size(alg));
		if (alg == VKX_TPM_ALG_SHA256 && *pcr_ret < NR_PCRS)
			return digest;
	}
	return NULL;
}

struct selection {
	uint16_t alg;
	uint32_t pcrs;
};

static struct selection take_selection(struct vkx_rd *rd)
{
	struct selection s = { .alg = vkx_rd_be16(rd) };
	const uint8_t *size = vkx_rd_take(rd, 1), *bits;

	bits = size ? vkx_rd_take(rd, *size) : NULL;
	for (size_t i = 0; bits && i < *size && i < 3; i++)
		s.pcrs |= (uint32_t)bits[i] << 8 * i;
	return s;
}

/* The first PCR that a PCR_Read asks for. */
static uint32_t read_pcr(const struct message *m)
{
	struct selection s = { 0 };
	struct vkx_rd rd;

	vkx_rd_init(&rd, m->bytes, m->size);
	vkx_rd_take(&rd, HEADER + 4);
	s = take_selection(&rd);
	return s.pcrs ? (uint32_t)__builtin_ctz(s.pcrs) : NR_PCRS;
}

static void shadow_read(struct shadow *shadow, uint8_t *digest)
{
	if (shadow->lying)
		memcpy(digest, shadow->value, VKX_SHA256_SIZE);
	else
		memcpy(shadow->value, digest, VKX_SHA256_SIZE);
}

/* Learns from a PCR_Read's answer, or changes it. */
static void see_values(struct message *m)
{
	struct selection s[16];
	struct vkx_rd rd;
	uint32_t count, i, pcr;
	const uint8_t *digest;
	uint16_t size;

	vkx_rd_init(&rd, m->bytes, m->size);
	vkx_rd_take(&rd, HEADER + 4);
	count = vkx_rd_be32(&rd);
	for (i = 0; i < count && i < 16; i++)
		s[i] = take_selection(&rd);
	vkx_rd_take(&rd, 4);
	for (i = 0; i < count && i < 16; i++)
		for (pcr = 0; pcr < NR_PCRS; pcr++) {
			if (!(s[i].pcrs >> pcr & 1))
				continue;
			size = vkx_rd_be16(&rd);
			digest = vkx_rd_take(&rd, size);
			if (digest && s[i].alg == VKX_TPM_ALG_SHA256)
				shadow_read(&proxy.pcrs[pcr],
					    m->bytes + (digest - m->bytes));
		}
}

static void shadow_extend(const struct message *command)
{
	const uint8_t *digest;
	struct vkx_sha256 ctx;
	uint32_t pcr;
	uint8_t *value;

	digest = extend_digest(command, &pcr);
	if (!digest || !proxy.pcrs[pcr].lying)
		return;
	value = proxy.pcrs[pcr].value;
	vkx_sha256_init(&ctx);
	vkx_sha256_update(&ctx, value, VKX_SHA256_SIZE);
	vkx_sha256_update(&ctx, digest, VKX_SHA256_SIZE);
	vkx_sha256_final(&ctx, value);
}

/* --- a bank under another name -----------------------------------------------*/

/* The TPML_PCR_SELECTION at an offset of a message. */
static void rename_in(struct message *m, size_t at, uint16_t from, uint16_t to)
{
	uint32_t count;
	struct vkx_rd rd;

	vkx_rd_init(&rd, m->bytes, m->size);
	vkx_rd_take(&rd, at);
	for (count = vkx_rd_be32(&rd); count && !rd.err; count--) {
		size_t here = rd.pos;

		if (take_selection(&rd).alg == from && !rd.err)
			vkx_put_be16(m->bytes + here, to);
	}
}

static void rename_asked(struct message *command)
{
	if (proxy.bank_from && code_of(command) == CC_READ)
		rename_in(command, HEADER, proxy.bank_to, proxy.bank_from);
}

static void rename_answered(uint32_t code, struct message *answer)
{
	if (!proxy.bank_from || code_of(answer))
		return;
	if (code == CC_READ)
		rename_in(answer, HEADER + 4, proxy.bank_from, proxy.bank_to);
	/* moreData and the capability stand before the list. */
	if (code == CC_CAPABILITY && answer->size > HEADER + 5 &&
	    vkx_get_be32(answer->bytes + HEADER + 1) == CAPABILITY_PCRS)
		rename_in(answer, HEADER + 5, proxy.bank_from, proxy.bank_to);
}

/* --- orders -----------------------------------------------------------------*/

static void name_of(const struct message *command, char what_ret[16])
{
	uint32_t pcr;

	switch (code_of(command)) {
	case CC_EXTEND:
		extend_digest(command, &pcr);
		snprintf(what_ret, 16, "extend:%u", pcr);
		break;
	case CC_READ:
		snprintf(what_ret, 16, "read:%u", read_pcr(command));
		break;
	default:
		snprintf(what_ret, 16, "0x%x", code_of(command));
	}
}

/*
 * The orders that were written before the command came. Who writes them waits
 * for nothing: they lie in the FIFO before the guest is told what to do.
 */
static void take_orders(void)
{
	char text[256], *line = text, *end;
	ssize_t n = read(proxy.orders, text, sizeof(text) - 1);
	struct order o = { 0 };

	if (n <= 0)
		return;
	text[n] = '\0';
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (sscanf(line, "%15s %u %7s %i", o.what, &o.left, o.fault,
			   (int *)&o.arg) < 3)
			o.left = 0;
		proxy.order = o;
		fprintf(proxy.log, "order %s\n", line);
		fflush(proxy.log);
	}
}

static bool strikes(const char *what)
{
	struct order *o = &proxy.order;

	if (!o->left || (strcmp(o->what, "any") && strcmp(o->what, what)) ||
	    --o->left)
		return false;
	fprintf(proxy.log, "struck %s %s\n", o->fault, what);
	return true;
}

static bool fault_is(const char *name)
{
	return !strcmp(proxy.order.fault, name);
}

static void kill_tpm(void)
{
	fflush(proxy.log);
	kill(proxy.swtpm, SIGKILL);
	exit(0);
}

static void cut(struct message *answer)
{
	size_t size = proxy.order.arg;

	if (size >= answer->size)
		return;
	answer->size = size;
	if (size >= HEADER) {
		vkx_put_be32(answer->bytes + 2, (uint32_t)size);
		return;
	}
	/* QEMU would read for ever, or beyond its buffer. */
	put(proxy.data, answer->bytes, size);
	close(proxy.data);
	close(proxy.tpm_data);
	proxy.data = proxy.tpm_data = -1;
}

/* --- the two channels -------------------------------------------------------*/

static void ask_tpm(struct message *command, struct message *answer_ret)
{
	rename_asked(command);
	put(proxy.tpm_data, command->bytes, command->size);
	if (!take_message(proxy.tpm_data, answer_ret))
		exit(0);
	shadow_extend(command);
	if (code_of(command) == CC_READ && !code_of(answer_ret))
		see_values(answer_ret);
	rename_answered(code_of(command), answer_ret);
}

static void lie(const struct message *command, struct message *answer_ret)
{
	uint32_t pcr;

	if (extend_digest(command, &pcr))
		proxy.pcrs[pcr].lying = true;
	shadow_extend(command);
	answer_done(command, answer_ret);
}

static void be_honest(void)
{
	for (size_t i = 0; i < NR_PCRS; i++)
		proxy.pcrs[i].lying = false;
}

static void break_command(struct message *command, struct message *answer_ret)
{
	if (fault_is("before"))
		kill_tpm();
	if (fault_is("honest"))
		be_honest();
	if (fault_is("code")) {
		answer_code(proxy.order.arg, answer_ret);
	} else if (fault_is("drop")) {
		answer_done(command, answer_ret);
	} else if (fault_is("lie")) {
		lie(command, answer_ret);
	} else {
		ask_tpm(command, answer_ret);
		if (fault_is("after"))
			kill_tpm();
		if (fault_is("late"))
			answer_code(proxy.order.arg, answer_ret);
		if (fault_is("cut"))
			cut(answer_ret);
	}
}

static void on_command(void)
{
	static struct message command, answer;
	char what[16];

	if (!take_message(proxy.data, &command))
		exit(0);
	take_orders();
	name_of(&command, what);
	if (strikes(what))
		break_command(&command, &answer);
	else
		ask_tpm(&command, &answer);
	if (proxy.data < 0)
		fprintf(proxy.log, "%s closed\n", what);
	else
		fprintf(proxy.log, "%s 0x%03x\n", what, code_of(&answer));
	/* Whoever has the answer finds it in the log. */
	fflush(proxy.log);
	if (proxy.data >= 0)
		put(proxy.data, answer.bytes, answer.size);
}

/* The socket that came with a message, or -1. */
static int passed_fd(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* A message that carries a socket; for swtpm, ours in place of QEMU's. */
static void on_control(void)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))];
	uint8_t bytes[MESSAGE_MAX];
	struct iovec io = { bytes, sizeof(bytes) };
	struct msghdr h = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	ssize_t n = recvmsg(proxy.control, &h, 0);
	int pair[2], fd;

	if (n <= 0)
		exit(0);
	fd = passed_fd(&h);
	if (fd >= 0 && vkx_get_be32(bytes) == CONTROL_SET_DATAFD) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			die("socketpair");
		proxy.data = fd;
		proxy.tpm_data = pair[0];
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&h)), &pair[1], sizeof(int));
	}
	io.iov_len = (size_t)n;
	if (sendmsg(proxy.tpm_control, &h, MSG_NOSIGNAL) < 0)
		exit(0);
	if (fd >= 0)
		close(pair[1]);
}

static void on_tpm_control(void)
{
	uint8_t bytes[MESSAGE_MAX];
	ssize_t n = read(proxy.tpm_control, bytes, sizeof(bytes));

	if (n <= 0)
		exit(0);
	put(proxy.control, bytes, (size_t)n);
}

static int unix_socket(const char *path, struct sockaddr_un *at_ret)
{
	*at_ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(at_ret->sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(at_ret->sun_path, path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void start(char **argv)
{
	struct sockaddr_un at;
	int listener = unix_socket(argv[1], &at);

	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 1))
		die(argv[1]);
	/* For reading and writing: a FIFO without a writer has no end. */
	proxy.orders = open(argv[3], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (proxy.orders < 0)
		die(argv[3]);
	proxy.log = fopen(argv[4], "a");
	if (!proxy.log)
		die(argv[4]);
	proxy.swtpm = (pid_t)strtol(argv[5], NULL, 10);
	proxy.control = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	proxy.tpm_control = unix_socket(argv[2], &at);
	if (proxy.control < 0 ||
	    connect(proxy.tpm_control, (struct sockaddr *)&at, sizeof(at)))
		die(argv[2]);
}

int main(int argc, char **argv)
{
	if (argc != 6 && argc != 8) {
		fputs("usage: tpm_proxy LISTEN SWTPM ORDERS LOG PID [FROM TO]\n",
		      stderr);
		return 2;
	}
	if (argc == 8) {
		proxy.bank_from = (uint16_t)strtoul(argv[6], NULL, 16);
		proxy.bank_to = (uint16_t)strtoul(argv[7], NULL, 16);
	}
	start(argv);
	for (;;) {
		struct pollfd fds[] = { { proxy.control, POLLIN, 0 },
					{ proxy.tpm_control, POLLIN, 0 },
					{ proxy.data, POLLIN, 0 } };

		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents)
			on_control();
		if (fds[1].revents)
			on_tpm_control();
		if (fds[2].revents)
			on_command();
	}
}
