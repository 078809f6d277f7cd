/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>

#include "keys/cli.h"
#include "verify/cmds.h"
#include "verify/inspect.h"
#include "verify/report.h"

static const char help[] =
	"Usage: vkexec-verify inspect [--json] FILE...\n"
	"Shows headers, sections, texts, device trees, signatures and\n"
	"certificates of any EFI binary. Verifies nothing.\n"
	"\n"
	"Examples:\n"
	"  vkexec-verify inspect release.efi\n"
	"  vkexec-verify inspect --json release.efi | jq .sections\n";

static void print_value(struct json_object *value, int depth);

static void indent(int depth)
{
	printf("%*s", 2 * depth, "");
}

/* Values of one kind stand in one line, lists of objects below one another. */
static void print_list(struct json_object *list, int depth)
{
	size_t i, n = json_object_array_length(list);
	struct json_object *item;

	putchar('\n');
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(list, i);
		indent(depth);
		printf("- ");
		print_value(item, depth + 1);
	}
}

static void print_object(struct json_object *obj, int depth, bool inlined)
{
	json_object_object_foreach(obj, key, value)
	{
		if (!inlined)
			indent(depth);
		inlined = false;
		printf("%s: ", key);
		if (json_object_is_type(value, json_type_object)) {
			putchar('\n');
			print_object(value, depth + 1, false);
		} else {
			print_value(value, depth + 1);
		}
	}
}

static void print_value(struct json_object *value, int depth)
{
	switch (json_object_get_type(value)) {
	case json_type_object:
		print_object(value, depth, true);
		break;
	case json_type_array:
		print_list(value, depth);
		break;
	case json_type_null:
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
	case json_type_string:
		/* Strings were escaped when they were put in. */
		printf("%s\n", json_object_get_string(value));
		break;
	}
}

static int inspect_one(const char *file, bool json)
{
	struct json_object *obj = NULL;
	struct vkx_fault fault = { 0 };
	struct vkx_infile in;
	int err = vkx_infile_open(&in, file);

	if (err)
		return vkx_report_error(file, err, errno, NULL);
	err = vkx_inspect(file, &in, &obj, &fault);
	if (err) {
		err = vkx_report_error(file, err, errno, &fault);
	} else if (json) {
		vkx_json_line(obj);
	} else {
		print_object(obj, 0, false);
		json_object_put(obj);
	}
	vkx_infile_close(&in);
	return err;
}

int cmd_inspect(int argc, char **argv)
{
	static const struct option table[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, status = VKX_EXIT_DONE;
	bool json = false;

	while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return VKX_EXIT_DONE;
		default:
			return vkx_cli_usage("inspect: unknown option");
		}
	}
	if (optind == argc)
		return vkx_cli_usage("inspect: no file given");
	for (; optind < argc; optind++)
		status =
			vkx_exit_worse(status, inspect_one(argv[optind], json));
	return status;
}
