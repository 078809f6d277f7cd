/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/tpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>

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

int vkx_tpm_failed(struct vkx_tpm *tpm, const char *what, TSS2_RC rc)
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
		return vkx_tpm_failed(tpm, conf, rc);
	rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (rc) {
		Tss2_TctiLdr_Finalize(&tpm->tcti);
		return vkx_tpm_failed(tpm, "ESAPI", rc);
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

static int property(struct vkx_tpm *tpm, TPM2_PT which, uint32_t *ret)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES, which, 1,
				&more, &cap);
	if (rc)
		return vkx_tpm_failed(tpm, "TPM2_GetCapability", rc);
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
