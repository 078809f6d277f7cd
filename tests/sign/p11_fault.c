/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PKCS#11 module that is SoftHSM until the n-th call of a given function,
 * which then fails; n and the function come from VKX_P11_FAIL ("C_Sign 1").
 * Every later call of a session function fails too where the name ends with
 * "!": the token has been pulled out.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <p11-kit-1/p11-kit/pkcs11.h>

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;
static char fail_name[64];
static int fail_at, seen, gone;

static int fails(const char *name)
{
	const char *from = getenv("VKX_P11_COUNT");

	if (from) {
		FILE *f = fopen(from, "a");

		if (f) {
			fprintf(f, "%s\n", name);
			fclose(f);
		}
	}
	if (gone)
		return 1;
	if (!strcmp(name, fail_name) && ++seen == fail_at) {
		gone = getenv("VKX_P11_GONE") != NULL;
		return 1;
	}
	return 0;
}

#define WRAP(name, params, args)                                            \
	static CK_RV w_##name params                                        \
	{                                                                   \
		return fails(#name) ? CKR_DEVICE_REMOVED : real->name args; \
	}

WRAP(C_GetInfo, (CK_INFO * a), (a))
WRAP(C_GetSlotList, (unsigned char a, CK_SLOT_ID *b, CK_ULONG *c), (a, b, c))
WRAP(C_GetTokenInfo, (CK_SLOT_ID a, CK_TOKEN_INFO *b), (a, b))
WRAP(C_OpenSession,
     (CK_SLOT_ID a, CK_FLAGS b, void *c, CK_NOTIFY d, CK_SESSION_HANDLE *e),
     (a, b, c, d, e))
WRAP(C_CloseSession, (CK_SESSION_HANDLE a), (a))
WRAP(C_Login,
     (CK_SESSION_HANDLE a, CK_USER_TYPE b, unsigned char *c, CK_ULONG d),
     (a, b, c, d))
WRAP(C_FindObjectsInit, (CK_SESSION_HANDLE a, CK_ATTRIBUTE *b, CK_ULONG c),
     (a, b, c))
WRAP(C_FindObjects,
     (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE *b, CK_ULONG c, CK_ULONG *d),
     (a, b, c, d))
WRAP(C_FindObjectsFinal, (CK_SESSION_HANDLE a), (a))
WRAP(C_GetAttributeValue,
     (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ATTRIBUTE *c, CK_ULONG d),
     (a, b, c, d))
WRAP(C_SignInit, (CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_OBJECT_HANDLE c),
     (a, b, c))

/* Besides failing, this one can lie: one bit of the signature is wrong. */
static CK_RV w_C_Sign(CK_SESSION_HANDLE a, unsigned char *b, CK_ULONG c,
		      unsigned char *d, CK_ULONG *e)
{
	CK_RV rv;

	if (fails("C_Sign"))
		return CKR_DEVICE_REMOVED;
	rv = real->C_Sign(a, b, c, d, e);
	if (rv == CKR_OK && d && getenv("VKX_P11_LIE"))
		d[*e / 2] ^= 1;
	return rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	CK_C_GetFunctionList get;
	const char *fail = getenv("VKX_P11_FAIL");
	void *lib = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW);
	void *p = lib ? dlsym(lib, "C_GetFunctionList") : NULL;
	CK_RV rv;

	if (!p)
		return CKR_GENERAL_ERROR;
	memcpy(&get, &p, sizeof(get));
	rv = get(&real);
	if (rv != CKR_OK)
		return rv;
	if (fail)
		(void)sscanf(fail, "%63s %d", fail_name, &fail_at);
	ours = *real;
	ours.C_GetInfo = w_C_GetInfo;
	ours.C_GetSlotList = w_C_GetSlotList;
	ours.C_GetTokenInfo = w_C_GetTokenInfo;
	ours.C_OpenSession = w_C_OpenSession;
	ours.C_CloseSession = w_C_CloseSession;
	ours.C_Login = w_C_Login;
	ours.C_FindObjectsInit = w_C_FindObjectsInit;
	ours.C_FindObjects = w_C_FindObjects;
	ours.C_FindObjectsFinal = w_C_FindObjectsFinal;
	ours.C_GetAttributeValue = w_C_GetAttributeValue;
	ours.C_SignInit = w_C_SignInit;
	ours.C_Sign = w_C_Sign;
	*list = &ours;
	return CKR_OK;
}
