/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "der.h"

#include "text.h"

/* Nesting that any structure we read needs, with room. */
#define MAX_DEPTH 16u

void vkx_der_init(struct vkx_der *der, const uint8_t *p, uint32_t len,
		  uint32_t pos)
{
	der->p = p;
	der->left = len;
	der->pos = pos;
	der->bad = false;
}

struct vkx_der vkx_der_into(const struct vkx_tlv *tlv)
{
	struct vkx_der der;

	vkx_der_init(&der, tlv->p, tlv->size, tlv->pos);
	der.bad = !tlv->tag;
	return der;
}

/* X.690 10.1: the shortest form; 10.2: strings are primitive. */
static bool read_header(const struct vkx_der *der, struct vkx_tlv *tlv)
{
	const uint8_t *p = der->p;
	uint32_t size, nbytes, i;
	uint8_t number;

	if (der->left < 2)
		return false;
	number = p[0] & 0x1f;
	if (number == 0x1f || p[0] == 0)
		return false;
	if (!(p[0] & 0xc0) &&
	    !(p[0] & 0x20) != (number != 0x10 && number != 0x11))
		return false;
	size = p[1];
	nbytes = 0;
	if (size & 0x80) {
		nbytes = size & 0x7f;
		if (!nbytes || nbytes > 3 || der->left - 2 < nbytes)
			return false;
		for (size = 0, i = 0; i < nbytes; i++)
			size = size << 8 | p[2 + i];
		if (!p[2] || size < 0x80)
			return false;
	}
	if (der->left - 2 - nbytes < size)
		return false;
	tlv->tag = p[0];
	tlv->start = der->pos;
	tlv->pos = der->pos + 2 + nbytes;
	tlv->p = p + 2 + nbytes;
	tlv->size = size;
	return true;
}

static bool is_minimal_integer(const uint8_t *p, uint32_t size)
{
	if (size < 2)
		return size == 1;
	return !(p[0] == 0 && !(p[1] & 0x80)) &&
	       !(p[0] == 0xff && (p[1] & 0x80));
}

static bool is_oid(const uint8_t *p, uint32_t size)
{
	bool first = true;
	uint32_t i;

	for (i = 0; i < size; i++) {
		if (first && p[i] == 0x80)
			return false;
		first = !(p[i] & 0x80);
	}
	return size && first;
}

static bool is_bit_string(const uint8_t *p, uint32_t size)
{
	if (!size || p[0] > 7 || (size == 1 && p[0]))
		return false;
	return size == 1 || !(p[size - 1] & ((1u << p[0]) - 1));
}

static bool is_canonical(const struct vkx_tlv *t)
{
	switch (t->tag) {
	case VKX_DER_BOOLEAN:
		return t->size == 1 && (t->p[0] == 0 || t->p[0] == 0xff);
	case VKX_DER_INTEGER:
	case VKX_DER_ENUMERATED:
		return is_minimal_integer(t->p, t->size);
	case VKX_DER_BIT_STRING:
		return is_bit_string(t->p, t->size);
	case VKX_DER_NULL:
		return t->size == 0;
	case VKX_DER_OID:
		return is_oid(t->p, t->size);
	case VKX_DER_UTF8_STRING:
		return vkx_text_is_utf8(t->p, t->size);
	case VKX_DER_UNIVERSAL_STRING:
		return t->size % 4 == 0;
	case VKX_DER_BMP_STRING:
		return t->size % 2 == 0;
	default:
		return true;
	}
}

struct vkx_tlv vkx_der_next(struct vkx_der *der)
{
	struct vkx_tlv tlv = { 0 };

	if (der->bad)
		return tlv;
	if (!read_header(der, &tlv) || !is_canonical(&tlv)) {
		memset(&tlv, 0, sizeof(tlv));
		der->bad = true;
		return tlv;
	}
	der->left -= tlv.pos - tlv.start + tlv.size;
	der->pos = tlv.pos + tlv.size;
	der->p = tlv.p + tlv.size;
	return tlv;
}

struct vkx_tlv vkx_der_option(struct vkx_der *der, uint8_t tag)
{
	struct vkx_tlv none = { 0 };

	if (der->bad || !der->left || der->p[0] != tag)
		return none;
	return vkx_der_next(der);
}

struct vkx_tlv vkx_der_take(struct vkx_der *der, uint8_t tag)
{
	struct vkx_tlv tlv = vkx_der_option(der, tag);

	if (!tlv.tag)
		der->bad = true;
	return tlv;
}

bool vkx_der_more(const struct vkx_der *der)
{
	return !der->bad && der->left;
}

int vkx_der_end(const struct vkx_der *der, struct vkx_fault *fault_ret)
{
	if (der->bad || der->left)
		return vkx_fault(fault_ret, VKX_RULE_SIG_DER, der->pos);
	return 0;
}

/*
 * Values inside a constructed one come next in the bytes, so one reader goes
 * through all of them; only the places where the open ones end are kept.
 */
bool vkx_der_is_deep(const struct vkx_tlv *tlv)
{
	uint32_t ends[MAX_DEPTH];
	unsigned int depth = 0;
	struct vkx_der der = vkx_der_into(tlv);
	struct vkx_tlv t;

	if (!(tlv->tag & 0x20))
		return tlv->tag != 0;
	while (vkx_der_more(&der)) {
		t = vkx_der_next(&der);
		if (!t.tag || (depth && der.pos > ends[depth - 1]))
			return false;
		if ((t.tag & 0x20) && t.size) {
			if (depth == MAX_DEPTH)
				return false;
			ends[depth++] = der.pos;
			der.left += t.size;
			der.pos = t.pos;
			der.p = t.p;
		}
		while (depth && der.pos == ends[depth - 1])
			depth--;
	}
	return !der.bad && !depth;
}

uint32_t vkx_der_count(const struct vkx_tlv *list, const struct vkx_tlv *oid)
{
	struct vkx_der all = vkx_der_into(list), der;
	struct vkx_tlv seq, first;
	uint32_t n = 0;

	while (vkx_der_more(&all)) {
		seq = vkx_der_take(&all, VKX_DER_SEQUENCE);
		der = vkx_der_into(&seq);
		first = vkx_der_take(&der, VKX_DER_OID);
		n += vkx_tlv_equal(&first, oid);
	}
	return n;
}

bool vkx_tlv_is(const struct vkx_tlv *tlv, const void *bytes, size_t len)
{
	return tlv->tag && tlv->size == len && !memcmp(tlv->p, bytes, len);
}

bool vkx_tlv_equal(const struct vkx_tlv *a, const struct vkx_tlv *b)
{
	return a->tag == b->tag && vkx_tlv_is(a, b->p, b->size);
}

struct vkx_slice vkx_tlv_body(const struct vkx_tlv *tlv)
{
	return (struct vkx_slice){ tlv->pos, tlv->size };
}

struct vkx_slice vkx_tlv_whole(const struct vkx_tlv *tlv)
{
	return (struct vkx_slice){ tlv->start,
				   tlv->pos - tlv->start + tlv->size };
}

bool vkx_der_magnitude(const struct vkx_tlv *integer, const uint8_t **p_ret,
		       uint32_t *size_ret)
{
	uint32_t sign;

	if (integer->tag != VKX_DER_INTEGER || (integer->p[0] & 0x80))
		return false;
	/* Minimal: a leading zero octet is there only to keep the sign. */
	sign = integer->p[0] == 0 && integer->size > 1 ? 1 : 0;
	*p_ret = integer->p + sign;
	*size_ret = integer->size - sign;
	return true;
}

/* Two digits not above max, or false. */
static bool two_digits(const uint8_t *p, unsigned int min, unsigned int max,
		       uint64_t *number)
{
	unsigned int v;

	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	v = (unsigned int)(p[0] - '0') * 10 + (unsigned int)(p[1] - '0');
	*number = *number * 100 + v;
	return v >= min && v <= max;
}

static unsigned int days_in(uint64_t year, uint64_t month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30,
					  31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool vkx_der_time(const struct vkx_tlv *time, uint64_t *time_ret)
{
	const uint8_t *p = time->p;
	uint64_t v = 0, year, month = 0;

	if (time->tag == VKX_DER_UTC_TIME && time->size == 13) {
		if (!two_digits(p, 0, 99, &v))
			return false;
		v += v < 50 ? 2000 : 1900;
		p += 2;
	} else if (time->tag == VKX_DER_GENERALIZED_TIME && time->size == 15) {
		if (!two_digits(p, 0, 99, &v) || !two_digits(p + 2, 0, 99, &v))
			return false;
		if (v >= 1950 && v < 2050)
			return false;
		p += 4;
	} else {
		return false;
	}
	year = v;
	if (!two_digits(p, 1, 12, &v))
		return false;
	month = v % 100;
	if (!two_digits(p + 2, 1, days_in(year, month), &v) ||
	    !two_digits(p + 4, 0, 23, &v) || !two_digits(p + 6, 0, 59, &v) ||
	    !two_digits(p + 8, 0, 59, &v) || p[10] != 'Z')
		return false;
	*time_ret = v;
	return true;
}

static bool is_positive(const struct vkx_tlv *integer, uint32_t max)
{
	const uint8_t *p;
	uint32_t size;

	return vkx_der_magnitude(integer, &p, &size) && p[0] &&
	       (!max || size <= max);
}

bool vkx_der_is_ecdsa(const uint8_t *p, uint32_t len, uint32_t max)
{
	struct vkx_der outer, der;
	struct vkx_tlv seq, r, s;

	vkx_der_init(&outer, p, len, 0);
	seq = vkx_der_take(&outer, VKX_DER_SEQUENCE);
	der = vkx_der_into(&seq);
	r = vkx_der_take(&der, VKX_DER_INTEGER);
	s = vkx_der_take(&der, VKX_DER_INTEGER);
	return !vkx_der_end(&outer, NULL) && !vkx_der_end(&der, NULL) &&
	       is_positive(&r, max) && is_positive(&s, max);
}
