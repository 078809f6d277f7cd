/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The attribute certificate table: WIN_CERTIFICATE entries, one after another. */
#include "cursor.h"
#include "pe.h"

/*
 * Bytes of the DER SEQUENCE at p, its header included; 0 if it is none, has a
 * length that is not minimal, or does not fit into len. Three length octets
 * are enough for VKX_MAX_CERT_TABLE.
 */
static uint32_t der_size(const uint8_t *p, uint32_t len)
{
	uint32_t octets, size = 0, i;

	if (len < 2 || p[0] != 0x30)
		return 0;
	if (p[1] < 0x80)
		return p[1] <= len - 2 ? p[1] + 2u : 0;
	octets = p[1] & 0x7fu;
	if (!octets || octets > 3 || octets > len - 2)
		return 0;
	for (i = 0; i < octets; i++)
		size = size << 8 | p[2 + i];
	if (size < 0x80 || size >> (8 * (octets - 1)) == 0 ||
	    size > len - 2 - octets)
		return 0;
	return size + 2 + octets;
}

/* One entry in the left bytes at p, left a multiple of 8; 0 if it is bad. */
static uint32_t cert_entry_size(const uint8_t *p, uint32_t left,
				uint32_t *der_ret)
{
	uint32_t length, der, whole;

	if (left < VKX_PE_CERT_HEADER)
		return 0;
	length = vkx_get_le32(p);
	if (length < VKX_PE_CERT_HEADER || length > left ||
	    vkx_get_le16(p + 4) != VKX_PE_CERT_REVISION_2 ||
	    vkx_get_le16(p + 6) != VKX_PE_CERT_PKCS)
		return 0;
	der = der_size(p + VKX_PE_CERT_HEADER, length - VKX_PE_CERT_HEADER);
	if (!der)
		return 0;
	/* The DER alone decides where the next entry starts: dwLength may or
	 * may not count the padding, and there is no room for a stowaway. */
	whole = (VKX_PE_CERT_HEADER + der + VKX_PE_CERT_ALIGN - 1) &
		~(VKX_PE_CERT_ALIGN - 1);
	if (length > whole || whole > left)
		return 0;
	if (vkx_nonzero_at(p + VKX_PE_CERT_HEADER + der,
			   whole - VKX_PE_CERT_HEADER - der) !=
	    whole - VKX_PE_CERT_HEADER - der)
		return 0;
	*der_ret = der;
	return whole;
}

int vkx_pe_certs(const struct vkx_pe *pe, const uint8_t *table,
		 struct vkx_pe_cert certs_ret[VKX_MAX_SIGNATURES],
		 size_t *count_ret, struct vkx_fault *fault_ret)
{
	uint32_t pos, whole, der = 0;
	size_t count = 0;

	for (pos = 0; pos < pe->cert_size; pos += whole) {
		whole = cert_entry_size(table + pos, pe->cert_size - pos, &der);
		if (!whole || count == VKX_MAX_SIGNATURES)
			return vkx_fault(fault_ret, VKX_RULE_PE_CERT_ENTRY,
					 (uint64_t)pe->cert_off + pos);
		certs_ret[count].offset =
			(uint64_t)pe->cert_off + pos + VKX_PE_CERT_HEADER;
		certs_ret[count].size = der;
		count++;
	}
	*count_ret = count;
	return 0;
}
