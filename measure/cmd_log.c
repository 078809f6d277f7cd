/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "measure/blob.h"
#include "measure/event.h"
#include "measure/hash.h"

enum form { FORM_TEXT, FORM_JSON, FORM_YAML };

static const char help[] =
	"Usage: vkexec-measure log [--json | --yaml] [--padded] [FILE]\n"
	"Shows a TCG event log: every event decoded, hop records in words, and the\n"
	"PCR values that the log replays to in each bank. FILE is '-' for standard\n"
	"input; without one, the log of the running kernel is read.\n"
	"\n"
	"  --json     one object: events, and pcrs by bank and index\n"
	"  --yaml     like tpm2_eventlog, with the same pcrs\n"
	"  --padded   zeros may follow the last event (a log handed on in memory)\n"
	"\n"
	"Examples:\n"
	"  vkexec-measure log\n"
	"  vkexec-measure log --json evidence/log.bin | jq .pcrs.sha256\n"
	"  vkexec-measure log --yaml /sys/kernel/security/tpm0/"
	"binary_bios_measurements\n";

static const char *const default_logs[] = {
	"/sys/kernel/security/vkexec/event_log",
	"/sys/kernel/security/tpm0/binary_bios_measurements",
};

static void print_type(uint32_t type)
{
	const char *name = vkx_event_type_name(type);

	if (name)
		fputs(name, stdout);
	else
		printf("0x%08x", type);
}

static void print_what(const struct vkx_tcglog *log,
		       const struct vkx_tcglog_event *ev)
{
	struct vkx_fault fault;
	struct vkx_hop hop;
	int err = -VKX_ERR_NOTFOUND;

	fault.rule = VKX_RULE_NONE;
	if (ev->pcr == VKX_HOP_PCR && ev->type == VKX_EV_EVENT_TAG)
		err = vkx_hop_decode(ev->data, ev->data_size, &hop, &fault);
	if (err == 0) {
		vkx_hop_print(stdout, &hop);
		if (!vkx_event_measured(log, ev))
			fputs(" (NOT MEASURED: its digest is another's)",
			      stdout);
	} else if (err == -VKX_ERR_FORMAT) {
		printf("broken hop record: %s", vkx_rule_text(fault.rule));
	} else if (!vkx_event_print_text(stdout, ev->data, ev->data_size)) {
		printf("%u bytes", ev->data_size);
	}
}

/* The strongest bank comes last in every log; its digest is shown, of a bank
 * that nobody knows as much as there is. */
static void text_event(const struct vkx_tcglog *log,
		       const struct vkx_tcglog_event *ev)
{
	size_t bank = log->nr_banks - 1, size = log->banks[bank].size;

	printf("%4u  PCR %-2u  ", ev->index + 1, ev->pcr);
	print_type(ev->type);
	fputs("  ", stdout);
	if (ev->digest[bank])
		vkx_cli_hex(stdout, ev->digest[bank], size < 8 ? size : 8);
	fputs("..  ", stdout);
	print_what(log, ev);
	putchar('\n');
}

static void yaml_digests(const struct vkx_tcglog *log,
			 const struct vkx_tcglog_event *ev)
{
	const char *name;
	size_t i;

	puts("  Digests:");
	for (i = 0; i < log->nr_banks; i++) {
		if (!ev->digest[i])
			continue;
		name = vkx_tpm_alg_name(log->banks[i].alg);
		if (name)
			printf("  - AlgorithmId: %s\n", name);
		else
			printf("  - AlgorithmId: 0x%04x\n", log->banks[i].alg);
		fputs("    Digest: \"", stdout);
		vkx_cli_hex(stdout, ev->digest[i], log->banks[i].size);
		puts("\"");
	}
}

/* Text in YAML's double quotes, where a backslash begins an escape and our
 * own \xNN is one; only the quote itself needs more. */
static void yaml_text(const struct vkx_tcglog_event *ev)
{
	char *text = NULL, *p;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	if (vkx_event_print_text(f, ev->data, ev->data_size)) {
		fclose(f);
		fputs("  Text: \"", stdout);
		for (p = text; *p; p++)
			printf(*p == '"' ? "\\%c" : "%c", *p);
		puts("\"");
	} else {
		fclose(f);
	}
	free(text);
}

static void yaml_event(const struct vkx_tcglog *log,
		       const struct vkx_tcglog_event *ev)
{
	printf("- EventNum: %u\n  PCRIndex: %u\n  EventType: ", ev->index + 1,
	       ev->pcr);
	print_type(ev->type);
	putchar('\n');
	yaml_digests(log, ev);
	printf("  EventSize: %u\n  Event: \"", ev->data_size);
	vkx_cli_hex(stdout, ev->data, ev->data_size);
	puts("\"");
	yaml_text(ev);
}

/* tpm2_eventlog's own layout of this block. */
static void print_pcrs(const struct vkx_tcglog *log)
{
	struct vkx_pcrs pcrs;
	unsigned int pcr;
	size_t i;

	puts("pcrs:");
	for (i = 0; i < log->nr_banks; i++) {
		if (!vkx_tpm_alg_size(log->banks[i].alg) ||
		    vkx_tcglog_replay(log, log->banks[i].alg, &vkx_hash_host,
				      &pcrs))
			continue;
		printf("  %s:\n", vkx_tpm_alg_name(log->banks[i].alg));
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(pcrs.extended >> pcr & 1))
				continue;
			printf("    %-2u : 0x", pcr);
			vkx_cli_hex(stdout, pcrs.value[pcr], pcrs.bank.size);
			putchar('\n');
		}
	}
}

static void show_json(const struct vkx_tcglog *log)
{
	struct vkx_tcglog_event ev;
	size_t offset = log->first;
	uint32_t index = 0;
	struct vkx_facts f;

	vkx_facts_begin(&f, stdout, true);
	vkx_facts_pretty(&f);
	vkx_facts_word(&f, "form", log->legacy ? "sha1" : "crypto-agile");
	vkx_facts_number(&f, "bytes", log->size);
	vkx_facts_number(&f, "locality", log->locality);
	vkx_facts_list(&f, "events");
	while (vkx_tcglog_next(log, &offset, &index, &ev))
		vkx_event_tell(&f, log, &ev);
	vkx_facts_close(&f);
	vkx_pcrs_tell(&f, log);
	vkx_facts_end(&f);
}

static void show_lines(const struct vkx_tcglog *log, enum form form)
{
	struct vkx_tcglog_event ev;
	size_t offset = log->first;
	uint32_t index = 0;

	if (form == FORM_YAML)
		puts("---\nversion: 2\nevents:");
	while (vkx_tcglog_next(log, &offset, &index, &ev)) {
		if (form == FORM_YAML)
			yaml_event(log, &ev);
		else
			text_event(log, &ev);
	}
	print_pcrs(log);
}

static void warn_banks(const char *name, const struct vkx_tcglog *log)
{
	size_t i;

	for (i = 0; i < log->nr_banks; i++) {
		if (log->incomplete >> i & 1)
			vkx_cli_warn(name,
				     "bank 0x%04x is missing from some "
				     "event: not replayed",
				     log->banks[i].alg);
		else if (!vkx_tpm_alg_size(log->banks[i].alg))
			vkx_cli_warn(name,
				     "bank 0x%04x is of an unknown "
				     "algorithm: not replayed",
				     log->banks[i].alg);
	}
}

static int show(const char *name, const struct vkx_blob *blob,
		enum vkx_tcglog_tail tail, enum form form)
{
	struct vkx_tcglog log;
	struct vkx_fault fault;

	if (vkx_tcglog_open(blob->data, blob->size, tail, &log, &fault)) {
		vkx_cli_error(name, "not a TCG event log: %s (%s at byte %llu)",
			      vkx_rule_text(fault.rule),
			      vkx_rule_id(fault.rule),
			      (unsigned long long)fault.offset);
		return VKX_EXIT_REFUSED;
	}
	warn_banks(name, &log);
	if (form == FORM_JSON)
		show_json(&log);
	else
		show_lines(&log, form);
	return VKX_EXIT_DONE;
}

/* The first of the running kernel's logs that is there. */
static const char *default_log(void)
{
	size_t i;

	for (i = 0; i + 1 < sizeof(default_logs) / sizeof(default_logs[0]); i++)
		if (!access(default_logs[i], R_OK))
			return default_logs[i];
	return default_logs[i];
}

/* Prints the log; an exit status. */
static int run(const char *name, enum vkx_tcglog_tail tail, enum form form)
{
	struct vkx_blob blob;
	int err = vkx_blob_read(AT_FDCWD, name, VKX_MAX_LOG, &blob);

	if (err) {
		vkx_cli_error(name, "cannot read: %s", vkx_blob_why(err));
		return VKX_EXIT_FAILED;
	}
	err = show(name, &blob, tail, form);
	vkx_blob_free(&blob);
	return err;
}

int cmd_log(int argc, char **argv)
{
	bool json = false, yaml = false, padded = false;
	const struct vkx_option options[] = {
		{ .name = "json", .flag = &json },
		{ .name = "yaml", .flag = &yaml },
		{ .name = "padded", .flag = &padded },
		{ 0 },
	};
	const struct vkx_command command = { .name = "log",
					     .help = help,
					     .options = options,
					     .operand = "log",
					     .max = 1 };
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	if (json && yaml)
		return vkx_cli_usage("log: --json or --yaml, not both");
	return run(optind < argc ? argv[optind] : default_log(),
		   padded ? VKX_TCGLOG_PADDED : VKX_TCGLOG_EXACT,
		   json ? FORM_JSON :
		   yaml ? FORM_YAML :
			  FORM_TEXT);
}
