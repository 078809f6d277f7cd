/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/predict.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/hash.h"
#include "uki_measure.h"

/*
 * The writer's own state is taken from every record. A crash kernel's is never
 * with UAPI, whatever the writer does at launches, and lists other facts:
 * there what was known before stays, if anything was.
 */
static void learn(struct vkx_predict *p, const struct vkx_hop *hop, bool *known)
{
	struct vkx_hop before = p->last;
	bool crash = hop->flags & VKX_HOP_CRASH;

	p->last = *hop;
	if (!crash) {
		*known = true;
		return;
	}
	p->last.flags &= ~(uint32_t)(VKX_HOP_CRASH | VKX_HOP_UAPI);
	p->last.flags |= before.flags & VKX_HOP_UAPI;
	if (*known)
		memcpy(p->last.facts, before.facts, sizeof(before.facts));
}

/* The last record of the log, if there is one; launches count the hops. */
static int find_last(struct vkx_predict *p, const struct vkx_tcglog *log)
{
	struct vkx_tcglog_event ev;
	size_t offset = log->first;
	uint32_t index = 0, launched = 0;
	struct vkx_hop hop;
	bool known = false;
	int err;

	while (vkx_tcglog_next(log, &offset, &index, &ev)) {
		if (ev.pcr != VKX_HOP_PCR || ev.type != VKX_EV_EVENT_TAG)
			continue;
		err = vkx_hop_decode(ev.data, ev.data_size, &hop, NULL);
		if (err == -VKX_ERR_FORMAT)
			return err;
		if (err)
			continue;
		learn(p, &hop, &known);
		if (hop.kind == VKX_HOP_LAUNCH)
			launched = hop.number;
	}
	p->last.number = launched;
	return 0;
}

static int begin_from(struct vkx_predict *p, const struct vkx_tcglog *from)
{
	size_t i;

	for (i = 0; i < from->nr_banks; i++)
		if (!vkx_tpm_alg_size(from->banks[i].alg))
			return -VKX_ERR_UNSUPPORTED;
	if (from->legacy || from->size > VKX_MAX_LOG)
		return -VKX_ERR_UNSUPPORTED;
	p->nr_banks = from->nr_banks;
	memcpy(p->banks, from->banks, sizeof(p->banks));
	memcpy(p->log, from->data, from->size);
	p->used = from->size;
	return find_last(p, from);
}

int vkx_predict_init(struct vkx_predict *p, const struct vkx_tcglog *from,
		     const struct vkx_bank *banks, size_t nr)
{
	int err;

	memset(p, 0, sizeof(*p));
	p->last.lockdown = VKX_HOP_LOCKDOWN_INTEGRITY;
	p->last.flags = VKX_HOP_ENFORCED | VKX_HOP_UAPI;
	p->log = malloc(VKX_MAX_LOG);
	if (!p->log)
		return -VKX_ERR_NOMEM;
	if (from) {
		err = begin_from(p, from);
	} else {
		err = vkx_tcglog_write_header(p->log, VKX_MAX_LOG, banks, nr,
					      &p->used);
		if (!err) {
			p->nr_banks = nr;
			memcpy(p->banks, banks, nr * sizeof(*banks));
		}
	}
	if (err)
		vkx_predict_free(p);
	return err;
}

void vkx_predict_free(struct vkx_predict *p)
{
	free(p->log);
	p->log = NULL;
}

static int add_event(struct vkx_predict *p, uint32_t pcr, uint32_t type,
		     struct vkx_span digested, const void *data, uint32_t size)
{
	struct vkx_digest digests[VKX_MAX_BANKS];
	int err;

	err = vkx_hash_banks(&vkx_hash_host, p->banks, p->nr_banks, &digested,
			     1, digests);
	if (err)
		return err;
	return vkx_tcglog_append(p->log, VKX_MAX_LOG, &p->used, p->banks,
				 p->nr_banks, pcr, type, digests, p->nr_banks,
				 data, size);
}

/* The file's bytes; sections are hashed where they lie. */
struct mapped {
	const uint8_t *p;
	size_t size;
};

static int map(const char *path, struct mapped *m)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p;

	if (fd < 0)
		return -VKX_ERR_IO;
	if (fstat(fd, &st)) {
		close(fd);
		return -VKX_ERR_IO;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return -VKX_ERR_IO;
	m->p = p;
	m->size = (size_t)st.st_size;
	return 0;
}

static int add_section(struct vkx_predict *p, const struct mapped *m,
		       const struct vkx_uki_measured *part)
{
	struct vkx_span name = { part->name, part->name_size };
	struct vkx_span contents = { m->p + part->offset, part->size };
	uint8_t data[VKX_UKI_EVENT_DATA_MAX];
	uint32_t size = vkx_uki_event_data(part->part, data);
	int err;

	if (part->offset > m->size || part->size > m->size - part->offset)
		return -VKX_ERR_IO;
	err = add_event(p, VKX_UKI_PCR, VKX_EV_IPL, name, data, size);
	return err ? err :
		     add_event(p, VKX_UKI_PCR, VKX_EV_IPL, contents, data,
			       size);
}

static int add_sections(struct vkx_predict *p, const char *path,
			const struct vkx_uki *uki, int dtbauto)
{
	struct vkx_uki_measured parts[VKX_PART_NR];
	struct mapped m;
	size_t n, i;
	int err;

	err = vkx_uki_measure(uki, dtbauto, parts, &n);
	if (!err)
		err = map(path, &m);
	if (err)
		return err;
	for (i = 0; !err && i < n; i++)
		err = add_section(p, &m, &parts[i]);
	munmap((void *)(uintptr_t)m.p, m.size);
	return err;
}

static int add_record(struct vkx_predict *p, uint8_t kind)
{
	uint8_t data[VKX_HOP_EVENT_SIZE];
	struct vkx_span digested = { data, sizeof(data) };
	int err;

	p->last.kind = kind;
	err = vkx_hop_encode(&p->last, data);
	return err ? err :
		     add_event(p, VKX_HOP_PCR, VKX_EV_EVENT_TAG, digested, data,
			       sizeof(data));
}

static void describe(struct vkx_hop *h, const struct vkx_artifact *a,
		     size_t signer, int dtbauto, bool running_dtb)
{
	const struct vkx_section_digest *s = a->section;

	memcpy(h->authenticode, a->authenticode, 32);
	memcpy(h->signer, a->signer[signer], 32);
	memcpy(h->linux_image, s[VKX_PART_LINUX].sha256, 32);
	memcpy(h->initrd, s[VKX_PART_INITRD].sha256, 32);
	memcpy(h->cmdline, s[VKX_PART_CMDLINE].sha256, 32);
	h->flags &= ~(uint32_t)(VKX_HOP_INITRD | VKX_HOP_CRASH);
	if (s[VKX_PART_INITRD].present)
		h->flags |= VKX_HOP_INITRD;
	else
		memset(h->initrd, 0, 32);
	memset(h->dtb, 0, 32);
	h->dtbauto = 0;
	h->dtb_source = VKX_HOP_DTB_RUNNING;
	if (dtbauto >= 0) {
		h->dtb_source = VKX_HOP_DTB_AUTO;
		h->dtbauto = (uint8_t)dtbauto;
		memcpy(h->dtb, a->dtbauto[dtbauto], 32);
	} else if (s[VKX_PART_DTB].present && !running_dtb) {
		h->dtb_source = VKX_HOP_DTB_SIGNED;
		memcpy(h->dtb, s[VKX_PART_DTB].sha256, 32);
	}
}

int vkx_predict_hop(struct vkx_predict *p, const char *path,
		    const struct vkx_measured_uki *uki, size_t signer,
		    int dtbauto, bool running_dtb)
{
	int err;

	if (dtbauto < VKX_DTBAUTO_NONE ||
	    dtbauto >= (int)uki->artifact.nr_dtbauto ||
	    signer >= uki->artifact.nr_signers)
		return -VKX_ERR_ARG;
	describe(&p->last, &uki->artifact, signer, dtbauto, running_dtb);
	p->last.number++;
	err = add_record(p, VKX_HOP_LOAD);
	if (!err && (p->last.flags & VKX_HOP_UAPI))
		err = add_sections(p, path, &uki->uki, dtbauto);
	return err ? err : add_record(p, VKX_HOP_LAUNCH);
}
