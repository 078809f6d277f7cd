/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/card.h"

#include <string.h>

#include <mbedtls/oid.h>

#include "keys/cli.h"
#include "sha256.h"
#include "verify/dn.h"
#include "verify/report.h"

#define MAX_DN 1024

struct card {
	const char *kind; /* "certificate" or "private key" */
	char key_text[40];
	enum vkx_key_alg alg;
	unsigned int bits;
	const char *weakness; /* NULL: a key we accept */
	uint8_t keyid[20]; /* SHA-1 of the public key */
	uint8_t spki_sha256[32];
	/* Certificates only. */
	char subject[MAX_DN], issuer[MAX_DN];
	uint64_t not_before, not_after;
	const char *role; /* signer, CA, neither */
	const char *role_reason; /* why not a signer; NULL */
	uint8_t sha256[32], tbs_sha256[32];
};

static uint64_t when(const mbedtls_x509_time *t)
{
	return ((((uint64_t)t->year * 100 + (uint64_t)t->mon) * 100 +
		 (uint64_t)t->day) *
			100 +
		(uint64_t)t->hour) *
		       10000 +
	       (uint64_t)t->min * 100 + (uint64_t)t->sec;
}

static void fill_key(struct card *c, const mbedtls_pk_context *pk,
		     const struct vkx_bytes *spki)
{
	const char *text;

	c->weakness = vkx_key_weakness(pk, &c->alg, &c->bits);
	text = vkx_key_text(c->alg, c->bits, c->key_text, sizeof(c->key_text));
	if (text != c->key_text)
		snprintf(c->key_text, sizeof(c->key_text), "%s", text);
	if (vkx_spki_keyid(spki, c->keyid))
		memset(c->keyid, 0, sizeof(c->keyid));
	vkx_sha256(spki->data, spki->len, c->spki_sha256);
}

/* The kernel's own rules say what the certificate is good for. */
static void fill_role(struct card *c, const struct vkx_cert *cert)
{
	struct vkx_fault fault = { 0 }, ca = { 0 };
	struct vkx_x509 x509;

	c->role = "neither signs images nor issues certificates";
	if (vkx_x509_parse(cert->der.data, cert->der.len, 0, &x509, &fault)) {
		c->role_reason = vkx_rule_text(fault.rule);
		return;
	}
	if (!vkx_x509_check_signer(&x509, &fault)) {
		c->role = "signs images";
		return;
	}
	if (!vkx_x509_check_ca(&x509, &ca)) {
		c->role = "CA: issues certificates";
		return;
	}
	c->role_reason = vkx_rule_text(fault.rule);
}

static void fill_cert(struct card *c, const struct vkx_cert *cert)
{
	const mbedtls_x509_crt *crt = &cert->crt;
	struct vkx_bytes spki = { .data = crt->pk_raw.p,
				  .len = crt->pk_raw.len };

	memset(c, 0, sizeof(*c));
	c->kind = "certificate";
	fill_key(c, &crt->pk, &spki);
	vkx_dn_text(crt->subject_raw.p, (uint32_t)crt->subject_raw.len,
		    c->subject, MAX_DN);
	vkx_dn_text(crt->issuer_raw.p, (uint32_t)crt->issuer_raw.len, c->issuer,
		    MAX_DN);
	c->not_before = when(&crt->valid_from);
	c->not_after = when(&crt->valid_to);
	vkx_sha256(crt->raw.p, crt->raw.len, c->sha256);
	vkx_sha256(crt->tbs.p, crt->tbs.len, c->tbs_sha256);
	fill_role(c, cert);
}

/* "codeSigning, ..." in one line; unknown purposes as their numbers. */
static void eku_text(const mbedtls_x509_crt *crt, char *text, size_t size)
{
	const mbedtls_x509_sequence *s;
	size_t used = 0;

	snprintf(text, size, "any purpose");
	if (!(crt->ext_types & MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE))
		return;
	for (s = &crt->ext_key_usage; s && used < size; s = s->next) {
		const char *name = NULL;
		char oid[128] = "?";

		if (mbedtls_oid_get_extended_key_usage(&s->buf, &name)) {
			if (mbedtls_oid_get_numeric_string(oid, sizeof(oid),
							   &s->buf) < 0)
				strcpy(oid, "?");
			name = oid;
		}
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 used ? ", " : "", name);
	}
}

static void row_hex(FILE *out, const char *label, const void *p, size_t len)
{
	fprintf(out, "  %-12s ", label);
	if (len)
		vkx_cli_hex(out, p, len);
	else
		fputs("none", out);
	fputc('\n', out);
}

static void row_text(FILE *out, const char *label, const char *text)
{
	fprintf(out, "  %-12s ", label);
	vkx_cli_escaped(out, text, strlen(text));
	fputc('\n', out);
}

/* What vkx_dn_text() made. */
static void row_shown(FILE *out, const char *label, const char *text)
{
	fprintf(out, "  %-12s %s\n", label, text);
}

static void print_head(FILE *out, const char *file, const struct card *c)
{
	vkx_cli_escaped(out, file, strlen(file));
	fprintf(out, ": %s\n", c->kind);
	row_text(out, "key", c->key_text);
	if (c->weakness)
		fprintf(out, "  %-12s this key %s\n", "not usable",
			c->weakness);
}

void vkx_card_key_text(FILE *out, const char *file, const struct vkx_key *key)
{
	struct card c = { .kind = key->token ? "private key on a token" :
					       "private key" };

	fill_key(&c, &key->pk, &key->spki);
	print_head(out, file, &c);
	row_hex(out, "key id", c.keyid, sizeof(c.keyid));
	row_hex(out, "SPKI SHA-256", c.spki_sha256, sizeof(c.spki_sha256));
}

void vkx_card_cert_text(FILE *out, const char *file,
			const struct vkx_cert *cert)
{
	char from[24], to[24], eku[512];
	const uint8_t *id;
	struct card c;
	size_t len;

	fill_cert(&c, cert);
	print_head(out, file, &c);
	row_shown(out, "subject", c.subject);
	row_shown(out, "issuer", c.issuer);
	row_hex(out, "serial", cert->crt.serial.p, cert->crt.serial.len);
	vkx_time_text(c.not_before, from);
	vkx_time_text(c.not_after, to);
	fprintf(out, "  %-12s %s to %s\n", "valid", from, to);
	eku_text(&cert->crt, eku, sizeof(eku));
	row_text(out, "purposes", eku);
	fprintf(out, "  %-12s %s%s%s\n", "role", c.role,
		c.role_reason ? ": " : "", c.role_reason ? c.role_reason : "");
	id = vkx_cert_skid(cert, &len);
	row_hex(out, "subject key", id, len);
	id = vkx_cert_akid(cert, &len);
	row_hex(out, "issuer key", id, len);
	row_hex(out, "SHA-256", c.sha256, sizeof(c.sha256));
	row_hex(out, "TBS SHA-256", c.tbs_sha256, sizeof(c.tbs_sha256));
	row_hex(out, "SPKI SHA-256", c.spki_sha256, sizeof(c.spki_sha256));
}

static void tell_hex(struct vkx_facts *f, const char *name, const void *p,
		     size_t len)
{
	if (len)
		vkx_facts_hex(f, name, p, len);
	else
		vkx_facts_none(f, name);
}

static void tell_key(struct vkx_facts *f, const char *file,
		     const struct card *c)
{
	vkx_facts_name(f, "file", file);
	vkx_facts_name(f, "kind", c->kind);
	vkx_facts_name(f, "key", c->key_text);
	vkx_facts_number(f, "bits", c->bits);
	vkx_facts_bool(f, "accepted", !c->weakness);
	tell_hex(f, "key_id", c->keyid, sizeof(c->keyid));
	tell_hex(f, "spki_sha256", c->spki_sha256, sizeof(c->spki_sha256));
}

void vkx_card_key_tell(struct vkx_facts *f, const char *file,
		       const struct vkx_key *key)
{
	struct card c = { .kind = "private key" };

	fill_key(&c, &key->pk, &key->spki);
	vkx_facts_object(f, NULL);
	tell_key(f, file, &c);
	vkx_facts_close(f);
}

void vkx_card_cert_tell(struct vkx_facts *f, const char *file,
			const struct vkx_cert *cert)
{
	char text[24], eku[512];
	const uint8_t *id;
	struct card c;
	size_t len;

	fill_cert(&c, cert);
	vkx_facts_object(f, NULL);
	tell_key(f, file, &c);
	vkx_facts_shown(f, "subject", c.subject);
	vkx_facts_shown(f, "issuer", c.issuer);
	tell_hex(f, "serial", cert->crt.serial.p, cert->crt.serial.len);
	vkx_time_text(c.not_before, text);
	vkx_facts_word(f, "not_before", text);
	vkx_time_text(c.not_after, text);
	vkx_facts_word(f, "not_after", text);
	eku_text(&cert->crt, eku, sizeof(eku));
	vkx_facts_name(f, "purposes", eku);
	vkx_facts_name(f, "role", c.role);
	if (c.role_reason)
		vkx_facts_name(f, "role_reason", c.role_reason);
	id = vkx_cert_skid(cert, &len);
	tell_hex(f, "subject_key_id", id, len);
	id = vkx_cert_akid(cert, &len);
	tell_hex(f, "authority_key_id", id, len);
	tell_hex(f, "sha256", c.sha256, sizeof(c.sha256));
	tell_hex(f, "tbs_sha256", c.tbs_sha256, sizeof(c.tbs_sha256));
	vkx_facts_close(f);
}
