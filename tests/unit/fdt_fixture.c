/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>

#include "cursor.h"
#include "fdt_fixture.h"

static void must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "fdt_fixture: %s: %s\n", what, fdt_strerror(err));
	abort();
}

int fdt_test_data_missing(void)
{
	printf("# VKX_TEST_DATA has no device trees: skipped\n");
	return 1;
}

void *fdt_test_file(const char *name, size_t *len_ret)
{
	const char *dir = getenv("VKX_TEST_DATA");
	char path[4096];
	void *buf = NULL;
	FILE *f;
	long len;

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "../shared/data",
		 name);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (len = ftell(f)) > 0 &&
	    !fseek(f, 0, SEEK_SET) && (buf = malloc((size_t)len)) &&
	    fread(buf, 1, (size_t)len, f) == (size_t)len)
		*len_ret = (size_t)len;
	fclose(f);
	return buf;
}

void *fdt_new(void)
{
	void *fdt = malloc(FDT_ROOM);

	must(fdt_create_empty_tree(fdt, FDT_ROOM), "create");
	fdt_hex(fdt, "/", "#size-cells", "2");
	fdt_hex(fdt, "/", "#address-cells", "2");
	return fdt;
}

void *fdt_grow(const void *fdt)
{
	void *copy = malloc(FDT_ROOM + fdt_totalsize(fdt));

	must(fdt_open_into(fdt, copy, (int)(FDT_ROOM + fdt_totalsize(fdt))),
	     "open");
	return copy;
}

int fdt_at(void *fdt, const char *path)
{
	int node = 0, child;
	const char *end;

	while (path[1]) {
		path++;
		end = strchrnul(path, '/');
		child = fdt_subnode_offset_namelen(fdt, node, path,
						   (int)(end - path));
		if (child < 0)
			child = fdt_add_subnode_namelen(fdt, node, path,
							(int)(end - path));
		must(child, path);
		node = child;
		path = end;
		if (!*path)
			break;
	}
	return node;
}

void fdt_raw(void *fdt, const char *path, const char *name, const void *value,
	     size_t len)
{
	must(fdt_setprop(fdt, fdt_at(fdt, path), name, value, (int)len), name);
}

void fdt_str(void *fdt, const char *path, const char *name, const char *value)
{
	fdt_raw(fdt, path, name, value, strlen(value) + 1);
}

void fdt_hex(void *fdt, const char *path, const char *name, const char *cells)
{
	uint8_t value[256];
	size_t len = 0;
	char *end;

	while (*cells) {
		vkx_put_be32(value + len, (uint32_t)strtoul(cells, &end, 16));
		len += 4;
		cells = end + strspn(end, " ");
	}
	fdt_raw(fdt, path, name, value, len);
}

size_t fdt_done(void *fdt)
{
	must(fdt_pack(fdt), "pack");
	return fdt_totalsize(fdt);
}

/* What both have. */
static void *board(void)
{
	void *fdt = fdt_new();

	fdt_raw(fdt, "/", "compatible", "acme,board\0acme,soc", 20);
	fdt_str(fdt, "/psci", "compatible", "arm,psci-1.0");
	fdt_str(fdt, "/psci", "method", "smc");
	fdt_hex(fdt, "/cpus", "#address-cells", "1");
	fdt_hex(fdt, "/cpus", "#size-cells", "0");
	fdt_str(fdt, "/cpus/cpu@0", "device_type", "cpu");
	fdt_str(fdt, "/cpus/cpu@0", "enable-method", "psci");
	fdt_hex(fdt, "/cpus/cpu@0", "reg", "0");
	fdt_str(fdt, "/cpus/cpu@1", "device_type", "cpu");
	fdt_str(fdt, "/cpus/cpu@1", "enable-method", "psci");
	fdt_hex(fdt, "/cpus/cpu@1", "reg", "1");
	fdt_str(fdt, "/soc/tpm@0", "compatible", "tcg,tpm-tis-mmio");
	fdt_str(fdt, "/aliases", "ethernet0", "/soc/ethernet@1");
	fdt_str(fdt, "/soc/ethernet@1", "compatible", "acme,mac");
	fdt_hex(fdt, "/soc/gic@2", "phandle", "1");
	return fdt;
}

void *fdt_signed_board(void)
{
	void *fdt = board();

	fdt_str(fdt, "/chosen", "stdout-path", "serial0");
	fdt_str(fdt, "/memory@0", "device_type", "memory");
	fdt_hex(fdt, "/memory@0", "reg", "0 0 0 1000");
	fdt_hex(fdt, "/soc/gic@2", "release", "2");
	return fdt;
}

void *fdt_running_board(void)
{
	void *fdt = board();

	fdt_str(fdt, "/chosen", "bootargs", "of=the-old-kernel");
	fdt_str(fdt, "/memory@80000000", "device_type", "memory");
	fdt_hex(fdt, "/memory@80000000", "reg", "0 80000000 0 80000000");
	return fdt;
}

static int node_at(const void *fdt, const char *path)
{
	return fdt_path_offset(fdt, path);
}

int fdt_has(const void *fdt, const char *path, const char *name)
{
	int node = node_at(fdt, path);

	return node >= 0 && (!name || fdt_getprop(fdt, node, name, NULL));
}

const char *fdt_text_at(const void *fdt, const char *path, const char *name)
{
	int node = node_at(fdt, path);

	return node < 0 ? NULL : fdt_getprop(fdt, node, name, NULL);
}

const char *fdt_cells_at(const void *fdt, const char *path, const char *name)
{
	static char text[1024];
	int node = node_at(fdt, path), len, i;
	const uint8_t *p = node < 0 ? NULL : fdt_getprop(fdt, node, name, &len);
	size_t n = 0;

	if (!p)
		return NULL;
	text[0] = 0;
	for (i = 0; i + 4 <= len; i += 4)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%" PRIx32,
				      i ? " " : "", vkx_get_be32(p + i));
	return text;
}

int fdt_reserves(const void *fdt, uint64_t start, uint64_t size)
{
	uint64_t a, s;
	int i, n = fdt_num_mem_rsv(fdt), found = 0;

	for (i = 0; i < n; i++)
		if (!fdt_get_mem_rsv(fdt, i, &a, &s) && a == start && s == size)
			found++;
	return found;
}
