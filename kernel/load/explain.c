/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/load/explain.h"

#include <errno.h>

static const struct vkx_explanation table[] = {
	{ EBADMSG, "EBADMSG", "the file is malformed",
	  "check it with 'vkexec-verify inspect' and build it anew",
	  VKX_EXIT_REFUSED },
	{ EKEYREJECTED, "EKEYREJECTED", "the signature is missing or wrong",
	  "sign it with vkexec-sign; a file changed after signing stays refused",
	  VKX_EXIT_REFUSED },
	{ ENOKEY, "ENOKEY", "the kernel does not know the signer",
	  "sign with a key the kernel trusts; --status names its keyring",
	  VKX_EXIT_REFUSED },
	{ EPERM, "EPERM",
	  "not permitted: revoked, rolled back, made for another machine, or "
	  "no CAP_SYS_BOOT",
	  "run as root; see --status, the kernel's log and "
	  "/proc/sys/kernel/kexec_load_disabled",
	  VKX_EXIT_REFUSED },
	{ EACCES, "EACCES", "a security module forbids it",
	  "see the kernel's log", VKX_EXIT_REFUSED },
	{ EINVAL, "EINVAL", "what came beside the file is wrong",
	  "load the file alone; for --panic boot with crashkernel=",
	  VKX_EXIT_REFUSED },
	{ ENODEV, "ENODEV",
	  "there is no TPM, and one is required or was there before",
	  "see whether /dev/tpm0 is there", VKX_EXIT_REFUSED },
	{ ENOEXEC, "ENOEXEC", "this kernel does not take UKIs",
	  "boot a kernel with CONFIG_VKEXEC", VKX_EXIT_FAILED },
	{ ENOSYS, "ENOSYS", "this kernel has no kexec_file_load",
	  "boot a kernel with CONFIG_KEXEC_FILE and CONFIG_VKEXEC",
	  VKX_EXIT_FAILED },
	{ EBUSY, "EBUSY", "another kexec operation is going on", "try again",
	  VKX_EXIT_FAILED },
	{ ETXTBSY, "ETXTBSY", "the file is open for writing",
	  "wait until whoever writes it is done", VKX_EXIT_FAILED },
	{ ENOMEM, "ENOMEM", "not enough memory",
	  "free memory; the file is held in it three times while it is loaded",
	  VKX_EXIT_FAILED },
	{ EADDRNOTAVAIL, "EADDRNOTAVAIL",
	  "no room where the next kernel could go",
	  "for --panic reserve more with crashkernel=", VKX_EXIT_FAILED },
	{ EFBIG, "EFBIG", "the file is larger than the kernel reads", NULL,
	  VKX_EXIT_FAILED },
	{ E2BIG, "E2BIG", "something in the file is beyond a limit",
	  "see the kernel's log", VKX_EXIT_FAILED },
	{ EIO, "EIO", "reading the file, the TPM or a cipher failed",
	  "see the kernel's log", VKX_EXIT_FAILED },
	{ EFAULT, "EFAULT", "an internal error of the kernel",
	  "see the kernel's log, and report it", VKX_EXIT_FAILED },
	{ 0, "unknown", "an error that has no explanation here",
	  "see the kernel's log", VKX_EXIT_FAILED },
};

#define ENTRIES (sizeof(table) / sizeof(*table))

const struct vkx_explanation *vkx_explain_at(size_t index)
{
	return index < ENTRIES ? &table[index] : NULL;
}

const struct vkx_explanation *vkx_explain(int error)
{
	size_t i;

	for (i = 0; i < ENTRIES - 1; i++)
		if (table[i].error == error)
			break;
	return &table[i];
}
