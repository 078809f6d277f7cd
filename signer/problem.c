/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/problem.h"

#include <errno.h>
#include <string.h>

#include "keys/cli.h"

int vkx_problem_set(struct vkx_problem *p, const char *subject, int err,
		    const char *text)
{
	memset(p, 0, sizeof(*p));
	p->subject = subject;
	p->err = err;
	p->text = text;
	return err;
}

int vkx_problem_io(struct vkx_problem *p, const char *subject)
{
	int sys = errno;

	vkx_problem_set(p, subject, -VKX_ERR_IO, NULL);
	p->sys = sys;
	return p->err;
}

int vkx_problem_rule(struct vkx_problem *p, const char *subject, int err,
		     const struct vkx_fault *fault)
{
	vkx_problem_set(p, subject, err, NULL);
	if (err == -VKX_ERR_FORMAT)
		p->fault = *fault;
	return err;
}

static const char *err_text(const struct vkx_problem *p)
{
	if (p->text)
		return p->text;
	switch (p->err) {
	case -VKX_ERR_IO:
		return strerror(p->sys);
	case -VKX_ERR_NOMEM:
		return "out of memory";
	case -VKX_ERR_CRYPTO:
		return "a cryptographic operation failed";
	case -VKX_ERR_LIMIT:
		return "is larger than the format allows";
	case -VKX_ERR_UNSUPPORTED:
		return "is of a kind that is not supported";
	default:
		return "internal error";
	}
}

int vkx_problem_print(const struct vkx_problem *p)
{
	if (p->fault.rule == VKX_RULE_NONE) {
		vkx_cli_error(p->subject, "%s", err_text(p));
		return VKX_EXIT_FAILED;
	}
	vkx_cli_error(p->subject, "%s (%s at byte %llu)%s%s",
		      vkx_rule_text(p->fault.rule), vkx_rule_id(p->fault.rule),
		      (unsigned long long)p->fault.offset, p->text ? "; " : "",
		      p->text ? p->text : "");
	return VKX_EXIT_REFUSED;
}
