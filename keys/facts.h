/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Named facts, written as they are told: one line of JSON, or indented text
 * for people. Nothing is built in memory, so nothing can get lost there, and
 * what came from a file is escaped on its way out.
 */
#ifndef VKX_FACTS_H
#define VKX_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VKX_FACTS_DEPTH 16u

struct vkx_facts {
	FILE *out;
	bool json, pretty;
	unsigned int depth;
	/* Of each open level: does it have members, is it a list. */
	bool some[VKX_FACTS_DEPTH], list[VKX_FACTS_DEPTH];
	bool inlined; /* text: the next member follows a list's "- " */
};

/* Begins with an open, nameless object. out is used without stdio's locks. */
void vkx_facts_begin(struct vkx_facts *f, FILE *out, bool json);
/* The same with a list. */
void vkx_facts_begin_list(struct vkx_facts *f, FILE *out, bool json);
/* JSON in lines of its own, indented: for what people keep and read. */
void vkx_facts_pretty(struct vkx_facts *f);
/* Ends it, and with it the line. */
void vkx_facts_end(struct vkx_facts *f);

/* key is NULL for the items of a list. Keys and text of vkx_facts_word() are
 * our own; others' text goes through vkx_facts_text(). */
void vkx_facts_object(struct vkx_facts *f, const char *key);
void vkx_facts_list(struct vkx_facts *f, const char *key);
void vkx_facts_close(struct vkx_facts *f);
void vkx_facts_word(struct vkx_facts *f, const char *key, const char *word);
/* Bytes of any kind, as vkx_cli_escaped() writes them. */
void vkx_facts_text(struct vkx_facts *f, const char *key, const void *p,
		    size_t len);
/* The same for a string. */
void vkx_facts_name(struct vkx_facts *f, const char *key, const char *name);
/*
 * A string that a script must get back as it was: JSON's own escapes, all of
 * them ASCII. A byte that is no UTF-8 becomes U+FFFD.
 */
void vkx_facts_string(struct vkx_facts *f, const char *key, const char *string);
/* The same, and in text as it is: what vkx_dn_text() made may be printed. */
void vkx_facts_shown(struct vkx_facts *f, const char *key, const char *string);
void vkx_facts_hex(struct vkx_facts *f, const char *key, const void *p,
		   size_t len);
void vkx_facts_number(struct vkx_facts *f, const char *key, uint64_t v);
void vkx_facts_bool(struct vkx_facts *f, const char *key, bool v);
/* A member that is known to have no value: null. */
void vkx_facts_none(struct vkx_facts *f, const char *key);

#endif
