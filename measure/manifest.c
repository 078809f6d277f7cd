/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/manifest.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hash.h"
#include "measure/selection.h"

/* PC Client PFP: boot manager code, that is, what firmware starts. */
#define BOOT_PCR 4u

static const char *const first_names[] = { "measured", "stock", "unmeasured" };

const char *vkx_first_name(enum vkx_first first)
{
	return first_names[first];
}

int vkx_first_by_name(const char *name)
{
	int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(name, first_names[i]))
			return i;
	return -1;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool vkx_hex_parse(const char *text, uint8_t *bytes_ret, size_t size)
{
	size_t i;

	if (strlen(text) != 2 * size)
		return false;
	for (i = 0; i < 2 * size; i++)
		if (nibble(text[i]) < 0)
			return false;
	for (i = 0; i < size; i++)
		bytes_ret[i] = (uint8_t)(nibble(text[2 * i]) << 4 |
					 nibble(text[2 * i + 1]));
	return true;
}

/* --- one kind of JSON value each ------------------------------------------*/

static bool get_hex(json_object *o, uint8_t *to, size_t size)
{
	return json_object_is_type(o, json_type_string) &&
	       vkx_hex_parse(json_object_get_string(o), to, size);
}

static bool get_number(json_object *o, uint64_t *to)
{
	if (!json_object_is_type(o, json_type_int) ||
	    json_object_get_int64(o) < 0)
		return false;
	*to = (uint64_t)json_object_get_int64(o);
	return true;
}

static bool get_text(json_object *o, char **to)
{
	if (!json_object_is_type(o, json_type_string) || *to)
		return false;
	*to = strdup(json_object_get_string(o));
	return *to != NULL;
}

/* An array of n-byte hex strings into freshly allocated memory. */
static bool get_hex_array(json_object *o, void **to, size_t size, size_t *nr)
{
	size_t n, i;
	uint8_t *p;

	if (!json_object_is_type(o, json_type_array) || *to)
		return false;
	n = json_object_array_length(o);
	p = calloc(n ? n : 1, size);
	if (!p)
		return false;
	*to = p;
	for (i = 0; i < n; i++)
		if (!get_hex(json_object_array_get_idx(o, i), p + i * size,
			     size))
			return false;
	*nr = n;
	return true;
}

/* --- artifacts ------------------------------------------------------------*/

static int part_by_name(const char *name)
{
	int id;

	for (id = 0; id < VKX_PART_NR; id++)
		if (!strcmp(vkx_uki_part_name((enum vkx_uki_part_id)id), name))
			return id;
	return -1;
}

static bool get_sections(json_object *o, struct vkx_artifact *a)
{
	int id;

	if (!json_object_is_type(o, json_type_object))
		return false;
	json_object_object_foreach(o, name, value)
	{
		id = part_by_name(name);
		if (id < 0)
			return false;
		if (id == VKX_PART_DTBAUTO) {
			if (!get_hex_array(value, (void **)&a->dtbauto, 32,
					   &a->nr_dtbauto))
				return false;
			continue;
		}
		if (!get_hex(value, a->section[id].sha256, 32))
			return false;
		a->section[id].present = true;
	}
	return a->section[VKX_PART_LINUX].present &&
	       a->section[VKX_PART_CMDLINE].present;
}

static bool get_locks_down(json_object *o, enum vkx_locks_down *to)
{
	if (!json_object_is_type(o, json_type_boolean))
		return false;
	*to = json_object_get_boolean(o) ? VKX_LOCKS_DOWN : VKX_LOCKS_NOT;
	return true;
}

/* One signer's hex, or a list of several: one spelling for each. */
static bool get_signers(json_object *o, struct vkx_artifact *a)
{
	size_t n, i;

	if (a->nr_signers)
		return false;
	if (!json_object_is_type(o, json_type_array)) {
		a->nr_signers = 1;
		return get_hex(o, a->signer[0], 32);
	}
	n = json_object_array_length(o);
	if (n < 2 || n > VKX_MAX_SIGNATURES)
		return false;
	for (i = 0; i < n; i++) {
		if (!get_hex(json_object_array_get_idx(o, i), a->signer[i],
			     32) ||
		    vkx_artifact_signed_by(a, a->signer[i]))
			return false;
		a->nr_signers++;
	}
	return true;
}

static const char *get_artifact(json_object *o, struct vkx_artifact *a)
{
	bool ok = true, digest = false, signer = false, release = false,
	     sections = false;

	if (!json_object_is_type(o, json_type_object))
		return "artifacts";
	json_object_object_foreach(o, name, value)
	{
		if (!strcmp(name, "file"))
			ok = get_text(value, &a->file);
		else if (!strcmp(name, "release"))
			ok = release = get_number(value, &a->release);
		else if (!strcmp(name, "authenticode"))
			ok = digest = get_hex(value, a->authenticode, 32);
		else if (!strcmp(name, "signer"))
			ok = signer = get_signers(value, a);
		else if (!strcmp(name, "locks_down"))
			ok = get_locks_down(value, &a->locks_down);
		else if (!strcmp(name, "sections"))
			ok = sections = get_sections(value, a);
		else
			ok = false;
		if (!ok)
			return "artifacts: a member is unknown or malformed";
	}
	return digest && signer && release && sections ?
		       NULL :
		       "artifacts: a member is missing";
}

static int by_digest(const void *a, const void *b)
{
	const struct vkx_artifact *x = a, *y = b;

	return memcmp(x->authenticode, y->authenticode, 32);
}

static const char *get_artifacts(json_object *o, struct vkx_manifest *m)
{
	const char *what;
	size_t n, i;

	if (!json_object_is_type(o, json_type_array) || m->artifacts)
		return "artifacts";
	n = json_object_array_length(o);
	m->artifacts = calloc(n ? n : 1, sizeof(*m->artifacts));
	if (!m->artifacts)
		return "artifacts";
	for (i = 0; i < n; i++) {
		m->nr_artifacts = i + 1;
		what = get_artifact(json_object_array_get_idx(o, i),
				    &m->artifacts[i]);
		if (what)
			return what;
	}
	qsort(m->artifacts, n, sizeof(*m->artifacts), by_digest);
	for (i = 1; i < n; i++)
		if (!by_digest(&m->artifacts[i - 1], &m->artifacts[i]))
			return "artifacts: one is listed twice";
	return NULL;
}

/* --- the rest -------------------------------------------------------------*/

/* One spelling per PCR: "7", not "07" or " 7". */
static int pcr_number(const char *index)
{
	char *end;
	long pcr = strtol(index, &end, 10);

	if (*index < '0' || *index > '9' || *end || pcr >= (long)VKX_NR_PCRS ||
	    (index[0] == '0' && index[1]))
		return -1;
	return (int)pcr;
}

static bool add_pcr(struct vkx_manifest *m, uint16_t alg, const char *index,
		    json_object *value)
{
	struct vkx_pcr_value *grown;
	int pcr = pcr_number(index);

	if (pcr < 0)
		return false;
	grown = realloc(m->pcrs, (m->nr_pcrs + 1) * sizeof(*grown));
	if (!grown)
		return false;
	m->pcrs = grown;
	grown += m->nr_pcrs;
	memset(grown, 0, sizeof(*grown));
	grown->alg = alg;
	grown->pcr = (uint8_t)pcr;
	if (!get_hex(value, grown->value, vkx_tpm_alg_size(alg)))
		return false;
	m->nr_pcrs++;
	return true;
}

/* A PCR that only a weak bank pins could never be seen to be right, and who
 * pins nothing does not say so. */
static bool pins_are_strong(const struct vkx_manifest *m)
{
	uint32_t any = 0, strong = 0;
	size_t i;

	for (i = 0; i < m->nr_pcrs; i++) {
		any |= 1u << m->pcrs[i].pcr;
		if (vkx_tpm_alg_strong(m->pcrs[i].alg))
			strong |= 1u << m->pcrs[i].pcr;
	}
	return any && any == strong;
}

/* value[BOOT_PCR] after one event over these bytes, or none. */
static bool boot_value_is(const struct vkx_pcr_value *pin, const void *data,
			  size_t len)
{
	struct vkx_bank bank = { pin->alg, vkx_tpm_alg_size(pin->alg) };
	struct vkx_span piece = { data, len };
	uint8_t digest[VKX_MAX_DIGEST];
	struct vkx_pcrs pcrs;

	vkx_pcrs_reset(&pcrs, bank, 0);
	if (len && (vkx_hash_host.digest(NULL, bank.alg, &piece, 1, digest) ||
		    vkx_pcrs_extend(&pcrs, &vkx_hash_host, BOOT_PCR, digest)))
		return false;
	return !memcmp(pcrs.value[BOOT_PCR], pin->value, bank.size);
}

/* A value of PCR 4 in which nothing was started: all that can be in it is that
 * firmware had ended (EV_SEPARATOR). */
static bool nothing_started(const struct vkx_pcr_value *pin)
{
	return boot_value_is(pin, "", 0) || boot_value_is(pin, "\0\0\0\0", 4) ||
	       boot_value_is(pin, "\xff\xff\xff\xff", 4);
}

/* One value without a kernel in it is one that any kernel could be behind. */
static bool boot_is_pinned(const struct vkx_manifest *m)
{
	bool pinned = false;
	size_t i;

	for (i = 0; i < m->nr_pcrs; i++) {
		if (m->pcrs[i].pcr != BOOT_PCR ||
		    !vkx_tpm_alg_strong(m->pcrs[i].alg))
			continue;
		if (nothing_started(&m->pcrs[i]))
			return false;
		pinned = true;
	}
	return pinned;
}

/* {"sha256": {"0": ["<hex>", ...]}}; a list without a value would pin
 * nothing, which is said by leaving the PCR out. */
static bool get_pcrs(json_object *o, struct vkx_manifest *m)
{
	uint16_t alg;
	size_t i;

	if (!json_object_is_type(o, json_type_object) || m->pcrs)
		return false;
	json_object_object_foreach(o, bank, pcrs)
	{
		alg = vkx_tpm_alg_by_name(bank);
		if (!alg || !json_object_is_type(pcrs, json_type_object))
			return false;
		json_object_object_foreach(pcrs, index, values)
		{
			if (!json_object_is_type(values, json_type_array) ||
			    !json_object_array_length(values))
				return false;
			for (i = 0; i < json_object_array_length(values); i++)
				if (!add_pcr(m, alg, index,
					     json_object_array_get_idx(values,
								       i)))
					return false;
		}
	}
	m->boot_pinned = boot_is_pinned(m);
	return pins_are_strong(m);
}

static bool get_firmware(json_object *o, struct vkx_manifest *m)
{
	uint8_t(*raw)[8] = NULL;
	size_t i, j;

	if (m->bad_firmware ||
	    !get_hex_array(o, (void **)&raw, 8, &m->nr_bad_firmware)) {
		free(raw);
		return false;
	}
	m->bad_firmware = calloc(m->nr_bad_firmware + 1, sizeof(uint64_t));
	for (i = 0; m->bad_firmware && i < m->nr_bad_firmware; i++)
		for (j = 0; j < 8; j++)
			m->bad_firmware[i] =
				m->bad_firmware[i] << 8 | raw[i][j];
	free(raw);
	return m->bad_firmware != NULL;
}

static bool get_first(json_object *o, enum vkx_first *first)
{
	int i;

	if (!json_object_is_type(o, json_type_string))
		return false;
	i = vkx_first_by_name(json_object_get_string(o));
	if (i < 0)
		return false;
	*first = (enum vkx_first)i;
	return true;
}

static const char *get_member(const char *name, json_object *value,
			      struct vkx_manifest *m)
{
	uint64_t version;
	bool ok;

	if (!strcmp(name, "artifacts"))
		return get_artifacts(value, m);
	if (!strcmp(name, "vkexec_manifest"))
		ok = get_number(value, &version) &&
		     version == VKX_MANIFEST_VERSION;
	else if (!strcmp(name, "product"))
		ok = get_text(value, &m->product);
	else if (!strcmp(name, "release"))
		ok = get_number(value, &m->release);
	else if (!strcmp(name, "minimum_release"))
		ok = get_number(value, &m->minimum_release);
	else if (!strcmp(name, "minimum_sbat"))
		ok = get_number(value, &m->minimum_sbat);
	else if (!strcmp(name, "first"))
		ok = get_first(value, &m->first);
	else if (!strcmp(name, "revoked"))
		ok = get_hex_array(value, (void **)&m->revoked, 32,
				   &m->nr_revoked);
	else if (!strcmp(name, "pcrs"))
		ok = get_pcrs(value, m);
	else if (!strcmp(name, "bad_tpm_firmware"))
		ok = get_firmware(value, m);
	else
		return "a member that this version does not know";
	return ok ? NULL : "a member of the wrong kind";
}

static const char *get_manifest(json_object *o, struct vkx_manifest *m)
{
	static const char *const needed[] = {
		"vkexec_manifest", "product", "release",
		"minimum_release", "first",   "artifacts"
	};
	const char *what;
	size_t i;

	if (!json_object_is_type(o, json_type_object))
		return "not an object";
	json_object_object_foreach(o, name, value)
	{
		what = get_member(name, value, m);
		if (what)
			return what;
	}
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!json_object_object_get_ex(o, needed[i], NULL))
			return needed[i];
	return NULL;
}

int vkx_manifest_parse(const char *text, size_t len,
		       struct vkx_manifest *manifest_ret, const char **what_ret)
{
	struct json_tokener *tok = json_tokener_new();
	struct vkx_manifest m;
	json_object *o;

	*what_ret = "out of memory";
	if (!tok)
		return -VKX_ERR_NOMEM;
	memset(&m, 0, sizeof(m));
	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	*what_ret = "not JSON";
	o = len <= VKX_MAX_MANIFEST ?
		    json_tokener_parse_ex(tok, text, (int)len) :
		    NULL;
	if (o && json_tokener_get_parse_end(tok) == len)
		*what_ret = get_manifest(o, &m);
	json_object_put(o);
	json_tokener_free(tok);
	if (*what_ret) {
		vkx_manifest_free(&m);
		return -VKX_ERR_FORMAT;
	}
	*manifest_ret = m;
	return 0;
}

void vkx_manifest_free(struct vkx_manifest *m)
{
	size_t i;

	for (i = 0; i < m->nr_artifacts; i++) {
		free(m->artifacts[i].file);
		free(m->artifacts[i].dtbauto);
	}
	free(m->artifacts);
	free(m->product);
	free(m->revoked);
	free(m->pcrs);
	free(m->bad_firmware);
	memset(m, 0, sizeof(*m));
}

const struct vkx_artifact *
vkx_manifest_find(const struct vkx_manifest *manifest,
		  const uint8_t authenticode[32])
{
	struct vkx_artifact key = { 0 };

	memcpy(key.authenticode, authenticode, 32);
	return bsearch(&key, manifest->artifacts, manifest->nr_artifacts,
		       sizeof(key), by_digest);
}

bool vkx_artifact_signed_by(const struct vkx_artifact *artifact,
			    const uint8_t signer[32])
{
	size_t i;

	for (i = 0; i < artifact->nr_signers; i++)
		if (!memcmp(artifact->signer[i], signer, 32))
			return true;
	return false;
}

bool vkx_manifest_revoked(const struct vkx_manifest *manifest,
			  const uint8_t authenticode[32])
{
	size_t i;

	for (i = 0; i < manifest->nr_revoked; i++)
		if (!memcmp(manifest->revoked[i], authenticode, 32))
			return true;
	return false;
}
