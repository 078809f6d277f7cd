/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/tpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>

/* TCG EK Credential Profile 2.5, 2.2.1.4: where certificates live. */
#define EK_CERT_RSA 0x01c00002u
#define EK_CERT_ECC 0x01c0000au

/* What mends it, for the errors that a person can do something about. */
static const char *mend(TSS2_RC rc)
{
	switch (rc & 0xffff) {
	case TPM2_RC_LOCKOUT:
		return "; wait, or 'tpm2_dictionarylockout -c'; an AK made by "
		       "'provision' is not subject to it";
	case TPM2_RC_OBJECT_MEMORY:
	case TPM2_RC_SESSION_MEMORY:
		return "; 'tpm2_flushcontext -t', -l and -s free what others "
		       "left, a resource manager (/dev/tpmrm0) does it by "
		       "itself";
	case TPM2_RC_NV_SPACE:
		return "; remove a persistent key that nobody needs with "
		       "'tpm2_evictcontrol'";
	}
	return "";
}

static int failed(struct vkx_tpm *tpm, const char *what, TSS2_RC rc)
{
	snprintf(tpm->error, sizeof(tpm->error), "%s: %s%s", what,
		 Tss2_RC_Decode(rc), mend(rc));
	return -VKX_ERR_IO;
}

static const char *default_tcti(void)
{
	const char *conf = getenv("TPM2TOOLS_TCTI");

	if (!conf || !*conf)
		conf = getenv("TCTI");
	if (conf && *conf)
		return conf;
	return access("/dev/tpmrm0", F_OK) ? "device:/dev/tpm0" :
					     "device:/dev/tpmrm0";
}

int vkx_tpm_open(struct vkx_tpm *tpm, const char *conf)
{
	TSS2_RC rc;

	memset(tpm, 0, sizeof(*tpm));
	if (!conf)
		conf = default_tcti();
	/* tpm2-tss' own lines on stderr would double ours. */
	setenv("TSS2_LOG", "all+none", 0);
	rc = Tss2_TctiLdr_Initialize(conf, &tpm->tcti);
	if (rc)
		return failed(tpm, conf, rc);
	rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (rc) {
		Tss2_TctiLdr_Finalize(&tpm->tcti);
		return failed(tpm, "ESAPI", rc);
	}
	return 0;
}

void vkx_tpm_close(struct vkx_tpm *tpm)
{
	if (tpm->esys)
		Esys_Finalize(&tpm->esys);
	if (tpm->tcti)
		Tss2_TctiLdr_Finalize(&tpm->tcti);
}

int vkx_tpm_banks(struct vkx_tpm *tpm, uint16_t algs_ret[VKX_MAX_BANKS],
		  size_t *nr_ret)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	const TPML_PCR_SELECTION *s;
	TPMI_YES_NO more;
	size_t n = 0, i, j;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_PCRS, 0, 1, &more, &cap);
	if (rc)
		return failed(tpm, "TPM2_GetCapability", rc);
	s = &cap->data.assignedPCR;
	for (i = 0; i < s->count && i < VKX_MAX_BANKS; i++)
		for (j = 0; j < s->pcrSelections[i].sizeofSelect; j++)
			if (s->pcrSelections[i].pcrSelect[j]) {
				algs_ret[n++] = s->pcrSelections[i].hash;
				break;
			}
	free(cap);
	*nr_ret = n;
	return 0;
}

static void to_tpm(const struct vkx_selection *s, TPML_PCR_SELECTION *to)
{
	size_t i;

	memset(to, 0, sizeof(*to));
	to->count = (UINT32)s->nr;
	for (i = 0; i < s->nr; i++) {
		TPMS_PCR_SELECTION *t = &to->pcrSelections[i];

		t->hash = s->bank[i].alg;
		t->sizeofSelect = VKX_PCR_SELECT_BYTES;
		t->pcrSelect[0] = (BYTE)s->bank[i].mask;
		t->pcrSelect[1] = (BYTE)(s->bank[i].mask >> 8);
		t->pcrSelect[2] = (BYTE)(s->bank[i].mask >> 16);
	}
}

/* Index in values of (alg, pcr), or nr. */
static size_t find_value(const struct vkx_pcr_values *v, uint16_t alg,
			 unsigned int pcr)
{
	size_t i;

	for (i = 0; i < v->nr; i++)
		if (v->v[i].alg == alg && v->v[i].pcr == pcr)
			break;
	return i;
}

static void expand(struct vkx_tpm_pcrs *p, const struct vkx_selection *s)
{
	size_t i;
	uint8_t pcr;

	memset(p, 0, sizeof(*p));
	p->values.selection = *s;
	for (i = 0; i < s->nr; i++)
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(s->bank[i].mask >> pcr & 1))
				continue;
			p->values.v[p->values.nr].alg = s->bank[i].alg;
			p->values.v[p->values.nr].pcr = pcr;
			p->values.nr++;
		}
}

/* V85: only what was asked for and not told yet, or reading never ends. */
static bool is_left(const TPML_PCR_SELECTION *left,
		    const TPML_PCR_SELECTION *got, size_t bank,
		    unsigned int pcr)
{
	return bank < left->count &&
	       left->pcrSelections[bank].hash ==
		       got->pcrSelections[bank].hash &&
	       left->pcrSelections[bank].pcrSelect[pcr / 8] >> pcr % 8 & 1;
}

/* The PCRs that one TPM2_PCR_Read answered, taken off *left. */
static int take_values(struct vkx_tpm *tpm, struct vkx_tpm_pcrs *p,
		       const TPML_PCR_SELECTION *got,
		       const TPML_DIGEST *digests, TPML_PCR_SELECTION *left)
{
	size_t i, at, n = 0;
	unsigned int pcr;

	for (i = 0; i < got->count; i++)
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(got->pcrSelections[i].pcrSelect[pcr / 8] >>
				      (pcr % 8) &
			      1))
				continue;
			at = find_value(&p->values, got->pcrSelections[i].hash,
					pcr);
			if (!is_left(left, got, i, pcr) || at == p->values.nr ||
			    n >= digests->count ||
			    digests->digests[n].size !=
				    vkx_tpm_alg_size(p->values.v[at].alg))
				return failed(tpm, "TPM2_PCR_Read",
					      TSS2_ESYS_RC_MALFORMED_RESPONSE);
			memcpy(p->bytes[at], digests->digests[n].buffer,
			       digests->digests[n].size);
			p->values.v[at].value.p = p->bytes[at];
			p->values.v[at].value.len = digests->digests[n].size;
			left->pcrSelections[i].pcrSelect[pcr / 8] &=
				(BYTE) ~(1u << pcr % 8);
			n++;
		}
	if (n)
		return 0;
	snprintf(tpm->error, sizeof(tpm->error),
		 "TPM has no such PCR bank, or not all of its PCRs");
	return -VKX_ERR_IO;
}

static bool any_left(const TPML_PCR_SELECTION *s)
{
	size_t i, j;

	for (i = 0; i < s->count; i++)
		for (j = 0; j < VKX_PCR_SELECT_BYTES; j++)
			if (s->pcrSelections[i].pcrSelect[j])
				return true;
	return false;
}

int vkx_tpm_read_pcrs(struct vkx_tpm *tpm,
		      const struct vkx_selection *selection,
		      struct vkx_tpm_pcrs *pcrs_ret)
{
	TPML_PCR_SELECTION left, *got;
	TPML_DIGEST *digests;
	UINT32 counter;
	bool first = true;
	TSS2_RC rc;
	int err;

	expand(pcrs_ret, selection);
	to_tpm(selection, &left);
	while (any_left(&left)) {
		got = NULL;
		digests = NULL;
		rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, &left, &counter, &got,
				   &digests);
		if (rc)
			return failed(tpm, "TPM2_PCR_Read", rc);
		err = take_values(tpm, pcrs_ret, got, digests, &left);
		free(got);
		free(digests);
		if (err)
			return err;
		if (!first && counter != pcrs_ret->counter)
			return -VKX_ERR_MISMATCH;
		first = false;
		pcrs_ret->counter = counter;
	}
	return 0;
}

/* --- keys -----------------------------------------------------------------*/

static const TPM2B_PUBLIC ak_ecc = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
			TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
			TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_NODA |
			TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_ECDSA,
				    .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
};

static const TPM2B_PUBLIC ak_rsa = {
	.publicArea = {
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
			TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
			TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_NODA |
			TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_RSASSA,
				    .details.rsassa.hashAlg = TPM2_ALG_SHA256 },
			.keyBits = 2048,
		},
	},
};

/* TCG EK Credential Profile, templates L-1 and L-2; policy of B.3. */
#define EK_POLICY                       \
	{                               \
		.size = 32, .buffer = { \
			0x83,           \
			0x71,           \
			0x97,           \
			0x67,           \
			0x44,           \
			0x84,           \
			0xb3,           \
			0xf8,           \
			0x1a,           \
			0x90,           \
			0xcc,           \
			0x8d,           \
			0x46,           \
			0xa5,           \
			0xd7,           \
			0x24,           \
			0xfd,           \
			0x52,           \
			0xd7,           \
			0x6e,           \
			0x06,           \
			0x52,           \
			0x0b,           \
			0x64,           \
			0xf2,           \
			0xa1,           \
			0xda,           \
			0x1b,           \
			0x33,           \
			0x14,           \
			0x69,           \
			0xaa            \
		}                       \
	}
#define EK_ATTRIBUTES                                                    \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |                \
	 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
	 TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define EK_SYMMETRIC                                           \
	{                                                      \
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, \
		.mode.aes = TPM2_ALG_CFB                       \
	}

static const TPM2B_PUBLIC ek_rsa = {
	.publicArea = {
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = EK_ATTRIBUTES,
		.authPolicy = EK_POLICY,
		.parameters.rsaDetail = {
			.symmetric = EK_SYMMETRIC,
			.scheme.scheme = TPM2_ALG_NULL,
			.keyBits = 2048,
		},
		.unique.rsa.size = 256,
	},
};

static const TPM2B_PUBLIC ek_ecc = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = EK_ATTRIBUTES,
		.authPolicy = EK_POLICY,
		.parameters.eccDetail = {
			.symmetric = EK_SYMMETRIC,
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
};

static int marshal_public(struct vkx_tpm *tpm, const TPM2B_PUBLIC *public,
			  struct vkx_blob *ret)
{
	size_t room = sizeof(*public) + 64, used = 0;
	uint8_t *data = malloc(room);
	TSS2_RC rc;

	if (!data)
		return -VKX_ERR_NOMEM;
	rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, data, room, &used);
	if (rc) {
		free(data);
		return failed(tpm, "public area", rc);
	}
	ret->data = data;
	ret->size = used;
	return 0;
}

/* A primary key in the endorsement hierarchy; the caller flushes it. */
static int make_primary(struct vkx_tpm *tpm, const TPM2B_PUBLIC *template,
			ESYS_TR *handle_ret, TPM2B_PUBLIC **public_ret)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	TSS2_RC rc;

	rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT,
				ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				&sensitive, template, &outside, &pcrs,
				handle_ret, public_ret, NULL, NULL, NULL);
	return rc ? failed(tpm, "TPM2_CreatePrimary", rc) : 0;
}

/* Is there an object at this handle? ESYS_TR_NONE in *ret: no. */
static int find_handle(struct vkx_tpm *tpm, uint32_t handle, ESYS_TR *ret)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	TPMI_YES_NO more;
	bool there;
	TSS2_RC rc;

	*ret = ESYS_TR_NONE;
	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_HANDLES, handle, 1,
				&more, &cap);
	if (rc)
		return failed(tpm, "TPM2_GetCapability", rc);
	there = cap->data.handles.count &&
		cap->data.handles.handle[0] == handle;
	free(cap);
	if (!there)
		return 0;
	rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, ret);
	return rc ? failed(tpm, "TPM2_ReadPublic", rc) : 0;
}

/* find_handle() where the object must be there. */
static int need_handle(struct vkx_tpm *tpm, uint32_t handle, ESYS_TR *ret)
{
	int err = find_handle(tpm, handle, ret);

	if (err || *ret != ESYS_TR_NONE)
		return err;
	snprintf(tpm->error, sizeof(tpm->error),
		 "no key at handle 0x%08x; run 'provision' first", handle);
	return -VKX_ERR_IO;
}

static int evict(struct vkx_tpm *tpm, uint32_t handle, ESYS_TR object)
{
	ESYS_TR gone;
	TSS2_RC rc;

	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, object,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       handle, &gone);
	return rc ? failed(tpm, "TPM2_EvictControl", rc) : 0;
}

/* The new key in the place of the old one, if there is one. */
static int keep_ak(struct vkx_tpm *tpm, ESYS_TR made, ESYS_TR old,
		   uint32_t handle)
{
	ESYS_TR kept = ESYS_TR_NONE;
	int err = old == ESYS_TR_NONE ? 0 : evict(tpm, handle, old);
	TSS2_RC rc;

	if (err)
		return err;
	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, made,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       handle, &kept);
	return rc ? failed(tpm, "TPM2_EvictControl", rc) : 0;
}

int vkx_tpm_make_ak(struct vkx_tpm *tpm, enum vkx_tpm_key key, uint32_t handle,
		    bool replace, vkx_tpm_ready *ready, void *arg)
{
	ESYS_TR made = ESYS_TR_NONE, old = ESYS_TR_NONE;
	TPM2B_PUBLIC *public = NULL;
	struct vkx_blob area;
	int err;

	err = find_handle(tpm, handle, &old);
	if (err)
		return err;
	if (old != ESYS_TR_NONE && !replace) {
		snprintf(tpm->error, sizeof(tpm->error),
			 "handle 0x%08x is taken", handle);
		return -VKX_ERR_MISMATCH;
	}
	err = make_primary(tpm, key == VKX_TPM_KEY_RSA ? &ak_rsa : &ak_ecc,
			   &made, &public);
	if (err)
		return err;
	err = marshal_public(tpm, public, &area);
	free(public);
	if (!err) {
		err = ready(arg, &area);
		vkx_blob_free(&area);
	}
	if (!err)
		err = keep_ak(tpm, made, old, handle);
	(void)Esys_FlushContext(tpm->esys, made);
	return err;
}

int vkx_tpm_read_public(struct vkx_tpm *tpm, uint32_t handle,
			struct vkx_blob *public_ret)
{
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR object;
	TSS2_RC rc;
	int err;

	err = need_handle(tpm, handle, &object);
	if (err)
		return err;
	rc = Esys_ReadPublic(tpm->esys, object, ESYS_TR_NONE, ESYS_TR_NONE,
			     ESYS_TR_NONE, &public, NULL, NULL);
	if (rc)
		return failed(tpm, "TPM2_ReadPublic", rc);
	err = marshal_public(tpm, public, public_ret);
	free(public);
	return err;
}

int vkx_tpm_evict(struct vkx_tpm *tpm, uint32_t handle)
{
	ESYS_TR object;
	int err = need_handle(tpm, handle, &object);

	return err ? err : evict(tpm, handle, object);
}

/* --- the EK ---------------------------------------------------------------*/

/* Part 3, 31.13: whoever may read the index by its own authorization, which a
 * certificate has none of, needs no password of the owner. */
static int nv_read(struct vkx_tpm *tpm, ESYS_TR nv, bool by_itself, size_t size,
		   struct vkx_blob *ret)
{
	struct vkx_blob b = { malloc(size + 1), 0 };
	TPM2B_MAX_NV_BUFFER *part;
	size_t n;
	TSS2_RC rc;

	if (!b.data)
		return -VKX_ERR_NOMEM;
	while (b.size < size) {
		n = size - b.size < 512 ? size - b.size : 512;
		rc = Esys_NV_Read(tpm->esys, by_itself ? nv : ESYS_TR_RH_OWNER,
				  nv, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				  ESYS_TR_NONE, (UINT16)n, (UINT16)b.size,
				  &part);
		if (rc) {
			free(b.data);
			return failed(tpm, "TPM2_NV_Read", rc);
		}
		n = part->size < n ? part->size : n;
		memcpy(b.data + b.size, part->buffer, n);
		free(part);
		b.size += n;
		if (!n)
			break;
	}
	*ret = b;
	return 0;
}

/* NV areas are larger than the certificate: what follows its DER is filler. */
static void trim_der(struct vkx_blob *b)
{
	size_t len;

	if (b->size > 4 && b->data[0] == 0x30 && b->data[1] == 0x82) {
		len = 4 + ((size_t)b->data[2] << 8 | b->data[3]);
		if (len < b->size)
			b->size = len;
	}
}

int vkx_tpm_ek_cert(struct vkx_tpm *tpm, enum vkx_tpm_key key,
		    struct vkx_blob *der_ret)
{
	uint32_t index = key == VKX_TPM_KEY_RSA ? EK_CERT_RSA : EK_CERT_ECC;
	TPM2B_NV_PUBLIC *public = NULL;
	bool by_itself;
	ESYS_TR nv;
	size_t size;
	TSS2_RC rc;
	int err;

	err = find_handle(tpm, index, &nv);
	if (err)
		return err;
	if (nv == ESYS_TR_NONE)
		return -VKX_ERR_NOTFOUND;
	rc = Esys_NV_ReadPublic(tpm->esys, nv, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, &public, NULL);
	if (rc)
		return failed(tpm, "TPM2_NV_ReadPublic", rc);
	size = public->nvPublic.dataSize;
	by_itself = public->nvPublic.attributes & TPMA_NV_AUTHREAD;
	free(public);
	err = nv_read(tpm, nv, by_itself, size, der_ret);
	if (!err)
		trim_der(der_ret);
	return err;
}

int vkx_tpm_ek_public(struct vkx_tpm *tpm, enum vkx_tpm_key key,
		      struct vkx_blob *public_ret)
{
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR ek;
	int err;

	err = make_primary(tpm, key == VKX_TPM_KEY_RSA ? &ek_rsa : &ek_ecc, &ek,
			   &public);
	if (err)
		return err;
	err = marshal_public(tpm, public, public_ret);
	free(public);
	(void)Esys_FlushContext(tpm->esys, ek);
	return err;
}

/* --- quote ----------------------------------------------------------------*/

static int keep(const void *data, size_t size, struct vkx_blob *ret)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return -VKX_ERR_NOMEM;
	memcpy(copy, data, size);
	copy[size] = 0;
	ret->data = copy;
	ret->size = size;
	return 0;
}

static int keep_quote(struct vkx_tpm *tpm, const TPM2B_ATTEST *attest,
		      const TPMT_SIGNATURE *signature,
		      struct vkx_blob *message_ret,
		      struct vkx_blob *signature_ret)
{
	uint8_t bytes[sizeof(*signature)];
	size_t used = 0;
	TSS2_RC rc;
	int err;

	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof(bytes),
					    &used);
	if (rc)
		return failed(tpm, "signature", rc);
	err = keep(attest->attestationData, attest->size, message_ret);
	if (err)
		return err;
	err = keep(bytes, used, signature_ret);
	if (err)
		vkx_blob_free(message_ret);
	return err;
}

int vkx_tpm_quote(struct vkx_tpm *tpm, uint32_t handle,
		  const struct vkx_selection *selection, const uint8_t *nonce,
		  size_t nonce_len, struct vkx_blob *message_ret,
		  struct vkx_blob *signature_ret)
{
	static const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPM2B_DATA data = { .size = (UINT16)nonce_len };
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *attest = NULL;
	TPML_PCR_SELECTION pcrs;
	ESYS_TR key;
	TSS2_RC rc;
	int err;

	if (nonce_len > sizeof(data.buffer))
		return -VKX_ERR_ARG;
	memcpy(data.buffer, nonce, nonce_len);
	to_tpm(selection, &pcrs);
	err = need_handle(tpm, handle, &key);
	if (err)
		return err;
	rc = Esys_Quote(tpm->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			ESYS_TR_NONE, &data, &scheme, &pcrs, &attest,
			&signature);
	if (rc)
		return failed(tpm, "TPM2_Quote", rc);
	err = keep_quote(tpm, attest, signature, message_ret, signature_ret);
	free(attest);
	free(signature);
	return err;
}

/* --- credential activation ------------------------------------------------*/

/* The EK's own policy: PolicySecret of the endorsement hierarchy. */
static int ek_session(struct vkx_tpm *tpm, ESYS_TR *session_ret)
{
	TPMT_SYM_DEF symmetric = { .algorithm = TPM2_ALG_NULL };
	TSS2_RC rc;

	rc = Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   NULL, TPM2_SE_POLICY, &symmetric,
				   TPM2_ALG_SHA256, session_ret);
	if (rc)
		return failed(tpm, "TPM2_StartAuthSession", rc);
	rc = Esys_PolicySecret(tpm->esys, ESYS_TR_RH_ENDORSEMENT, *session_ret,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       NULL, NULL, NULL, 0, NULL, NULL);
	if (!rc)
		return 0;
	(void)Esys_FlushContext(tpm->esys, *session_ret);
	return failed(tpm, "TPM2_PolicySecret", rc);
}

static int activate(struct vkx_tpm *tpm, ESYS_TR ek, ESYS_TR ak,
		    const TPM2B_ID_OBJECT *id,
		    const TPM2B_ENCRYPTED_SECRET *encrypted,
		    struct vkx_blob *secret_ret)
{
	TPM2B_DIGEST *secret = NULL;
	ESYS_TR session;
	TSS2_RC rc;
	int err;

	err = ek_session(tpm, &session);
	if (err)
		return err;
	rc = Esys_ActivateCredential(tpm->esys, ak, ek, ESYS_TR_PASSWORD,
				     session, ESYS_TR_NONE, id, encrypted,
				     &secret);
	(void)Esys_FlushContext(tpm->esys, session);
	if (rc) {
		failed(tpm, "TPM2_ActivateCredential", rc);
		return (rc & 0xff) == (TPM2_RC_INTEGRITY & 0xff) ?
			       -VKX_ERR_MISMATCH :
			       -VKX_ERR_IO;
	}
	err = keep(secret->buffer, secret->size, secret_ret);
	free(secret);
	return err;
}

int vkx_tpm_activate(struct vkx_tpm *tpm, enum vkx_tpm_key ek_key,
		     uint32_t ak_handle, struct vkx_span id_object,
		     struct vkx_span encrypted, struct vkx_blob *secret_ret)
{
	TPM2B_ENCRYPTED_SECRET enc = { 0 };
	TPM2B_ID_OBJECT id = { 0 };
	TPM2B_PUBLIC *public = NULL;
	size_t at = 0, at2 = 0;
	ESYS_TR ek, ak;
	int err;

	if (Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(id_object.p, id_object.len, &at,
					      &id) ||
	    Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(encrypted.p, encrypted.len,
						     &at2, &enc) ||
	    at != id_object.len || at2 != encrypted.len) {
		snprintf(tpm->error, sizeof(tpm->error),
			 "challenge is malformed");
		return -VKX_ERR_IO;
	}
	err = need_handle(tpm, ak_handle, &ak);
	if (err)
		return err;
	err = make_primary(tpm, ek_key == VKX_TPM_KEY_RSA ? &ek_rsa : &ek_ecc,
			   &ek, &public);
	if (err)
		return err;
	free(public);
	err = activate(tpm, ek, ak, &id, &enc, secret_ret);
	(void)Esys_FlushContext(tpm->esys, ek);
	return err;
}

static int property(struct vkx_tpm *tpm, TPM2_PT which, uint32_t *ret)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES, which, 1,
				&more, &cap);
	if (rc)
		return failed(tpm, "TPM2_GetCapability", rc);
	*ret = cap->data.tpmProperties.count ?
		       cap->data.tpmProperties.tpmProperty[0].value :
		       0;
	free(cap);
	return 0;
}

int vkx_tpm_identity(struct vkx_tpm *tpm, char manufacturer_ret[5],
		     uint64_t *firmware_ret)
{
	uint32_t maker, high, low;
	int err, i;

	err = property(tpm, TPM2_PT_MANUFACTURER, &maker);
	if (!err)
		err = property(tpm, TPM2_PT_FIRMWARE_VERSION_1, &high);
	if (!err)
		err = property(tpm, TPM2_PT_FIRMWARE_VERSION_2, &low);
	if (err)
		return err;
	for (i = 0; i < 4; i++)
		manufacturer_ret[i] = (char)(maker >> (24 - 8 * i));
	manufacturer_ret[4] = 0;
	*firmware_ret = (uint64_t)high << 32 | low;
	return 0;
}
