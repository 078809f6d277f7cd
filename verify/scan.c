/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/scan.h"

#include <stdlib.h>
#include <string.h>

#include "verify/scan_pass.h"

static int read_headers(struct vkx_scan *scan, struct vkx_fault *fault_ret)
{
	uint64_t size = scan->in->size;
	int err;

	scan->hdr_len = size < VKX_MAX_HEADERS ? (size_t)size : VKX_MAX_HEADERS;
	scan->hdr = malloc(scan->hdr_len + 1);
	if (!scan->hdr)
		return -VKX_ERR_NOMEM;
	err = vkx_infile_read(scan->in, 0, scan->hdr, scan->hdr_len);
	if (err)
		return err;
	if (scan->profile == VKX_PE_STRICT)
		return vkx_uki_parse(scan->hdr, scan->hdr_len, size, &scan->uki,
				     fault_ret);
	return vkx_pe_parse(scan->hdr, scan->hdr_len, size, scan->profile,
			    &scan->uki.pe, fault_ret);
}

/* What the headers' read has brought is not read again. */
static int read_rest(const struct vkx_scan *scan, uint64_t offset, uint8_t *buf,
		     size_t len)
{
	size_t have = 0;

	if (offset < scan->hdr_len) {
		have = scan->hdr_len - (size_t)offset;
		if (have > len)
			have = len;
		memcpy(buf, scan->hdr + offset, have);
	}
	return vkx_infile_read(scan->in, offset + have, buf + have, len - have);
}

int vkx_scan_open(struct vkx_scan *scan, const struct vkx_infile *in,
		  enum vkx_pe_profile profile, struct vkx_fault *fault_ret)
{
	const struct vkx_pe *pe = &scan->uki.pe;
	int err;

	memset(scan, 0, sizeof(*scan));
	scan->in = in;
	scan->profile = profile;
	err = read_headers(scan, fault_ret);
	if (err || !pe->cert_size)
		return err;
	if (pe->cert_size > VKX_MAX_CERT_TABLE)
		return vkx_fault(fault_ret, VKX_RULE_PE_CERT_TABLE,
				 pe->certdir_off);
	scan->table = malloc(pe->cert_size);
	if (!scan->table)
		return -VKX_ERR_NOMEM;
	err = read_rest(scan, pe->cert_off, scan->table, pe->cert_size);
	if (err)
		return err;
	return vkx_pe_certs(pe, scan->table, scan->certs, &scan->nr_certs,
			    fault_ret);
}

const uint8_t *vkx_scan_signature(const struct vkx_scan *scan, size_t i)
{
	return scan->table + (scan->certs[i].offset - scan->uki.pe.cert_off);
}

void vkx_scan_close(struct vkx_scan *scan)
{
	unsigned int i;

	vkx_pass_free(scan);
	for (i = 0; i < VKX_PART_NR; i++)
		free(scan->part[i].data);
	for (i = 0; i < VKX_MAX_DTBAUTO; i++)
		free(scan->dtbauto[i].data);
	free(scan->table);
	free(scan->hdr);
	memset(scan, 0, sizeof(*scan));
}
