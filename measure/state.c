/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/state.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/outfile.h"
#include "measure/blob.h"
#include "measure/manifest.h"

#define VERSION 1
#define MAX_STATE 268435456u
#define NAME_MAX_BYTES (2u + VKX_MAX_DIGEST)

struct entry {
	uint8_t name[NAME_MAX_BYTES];
	uint8_t len; /* 0: free */
	struct vkx_seen seen;
};

struct vkx_state {
	char *path;
	int fd; /* holds the lock */
	pthread_mutex_t lock;
	struct entry *entries; /* open addressing; room is a power of two */
	size_t nr, room;
	json_object *products;
};

/* How often PCRs may have begun anew between the two: a reset zeroes the count
 * of restarts, and a restart (Startup(CLEAR) after Shutdown(STATE)) clears PCRs
 * just as well while it leaves the count of resets alone. */
static uint64_t times_cleared(const struct vkx_seen *then,
			      const struct vkx_seen *now)
{
	if (now->reset_count == then->reset_count)
		return now->restart_count - then->restart_count;
	return (uint64_t)(now->reset_count - then->reset_count) +
	       now->restart_count;
}

enum vkx_reason vkx_seen_after(const struct vkx_seen *then,
			       const struct vkx_seen *now, uint32_t resets)
{
	bool lost;

	if (!memcmp(then->nonce, now->nonce, sizeof(now->nonce)))
		return VKX_REASON_NONCE_REUSED;
	if (now->firmware != then->firmware)
		return VKX_REASON_TPM_CHANGED;
	if (now->reset_count == then->reset_count &&
	    now->restart_count < then->restart_count)
		return VKX_REASON_CLOCK_RESTART;
	if (now->reset_count < then->reset_count ||
	    times_cleared(then, now) > resets)
		return VKX_REASON_CLOCK_RESET;
	/* A power cut takes what was not saved of the clock. */
	lost = now->unsafe && now->reset_count > then->reset_count;
	if (now->clock < then->clock && !lost)
		return VKX_REASON_CLOCK_BACK;
	return VKX_REASON_FINE;
}

/* --- the table ------------------------------------------------------------*/

/* A name's end is that of a digest: as good as any hash of it. */
static size_t place_of(const struct vkx_state *s, const uint8_t *name,
		       size_t len)
{
	uint64_t h;
	size_t i;

	memcpy(&h, name + len - sizeof(h), sizeof(h));
	for (i = (size_t)h & (s->room - 1);
	     s->entries[i].len && (s->entries[i].len != len ||
				   memcmp(s->entries[i].name, name, len) != 0);)
		i = (i + 1) & (s->room - 1);
	return i;
}

static int grow(struct vkx_state *s)
{
	struct vkx_state more = *s;
	size_t i;

	more.room = s->room ? 2 * s->room : 64;
	more.entries = calloc(more.room, sizeof(*more.entries));
	if (!more.entries)
		return -VKX_ERR_NOMEM;
	for (i = 0; i < s->room; i++)
		if (s->entries[i].len)
			more.entries[place_of(&more, s->entries[i].name,
					      s->entries[i].len)] =
				s->entries[i];
	free(s->entries);
	s->entries = more.entries;
	s->room = more.room;
	return 0;
}

/* The entry of this AK, free if there was none; NULL: out of memory. */
static struct entry *entry_of(struct vkx_state *s, const void *name, size_t len)
{
	if (2 * s->nr >= s->room && grow(s))
		return NULL;
	return &s->entries[place_of(s, name, len)];
}

static void put(struct vkx_state *s, struct entry *e, const void *name,
		size_t len, const struct vkx_seen *seen)
{
	if (!e->len)
		s->nr++;
	memcpy(e->name, name, len);
	e->len = (uint8_t)len;
	e->seen = *seen;
}

enum vkx_reason vkx_state_take(struct vkx_state *state, struct vkx_span ak_name,
			       const struct vkx_seen *now, uint32_t resets)
{
	enum vkx_reason why = VKX_REASON_FINE;
	struct entry *e;

	pthread_mutex_lock(&state->lock);
	e = entry_of(state, ak_name.p, ak_name.len);
	if (!e)
		why = VKX_REASON_INTERNAL;
	else if (e->len)
		why = vkx_seen_after(&e->seen, now, resets);
	if (why == VKX_REASON_FINE)
		put(state, e, ak_name.p, ak_name.len, now);
	pthread_mutex_unlock(&state->lock);
	return why;
}

uint64_t vkx_state_release(const struct vkx_state *state, const char *product)
{
	json_object *o;

	return json_object_object_get_ex(state->products, product, &o) ?
		       (uint64_t)json_object_get_int64(o) :
		       0;
}

int vkx_state_raise(struct vkx_state *state, const char *product,
		    uint64_t release)
{
	json_object *o;

	if (release <= vkx_state_release(state, product))
		return 0;
	o = json_object_new_int64((int64_t)release);
	if (!o)
		return -VKX_ERR_NOMEM;
	if (json_object_object_add(state->products, product, o)) {
		json_object_put(o);
		return -VKX_ERR_NOMEM;
	}
	return 0;
}

/* --- the file -------------------------------------------------------------*/

static bool get_number(json_object *o, const char *name, uint64_t max,
		       uint64_t *to)
{
	json_object *v;

	if (!json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, json_type_int) ||
	    json_object_get_int64(v) < 0)
		return false;
	*to = (uint64_t)json_object_get_int64(v);
	return *to <= max;
}

static bool get_hex(json_object *o, const char *name, uint8_t *to, size_t size)
{
	json_object *v;

	return json_object_object_get_ex(o, name, &v) &&
	       json_object_is_type(v, json_type_string) &&
	       vkx_hex_parse(json_object_get_string(v), to, size);
}

static bool get_seen(json_object *o, struct vkx_seen *seen)
{
	uint64_t resets, restarts;
	uint8_t firmware[8];
	size_t i;

	if (!json_object_is_type(o, json_type_object) ||
	    !get_hex(o, "nonce_sha256", seen->nonce, 32) ||
	    !get_hex(o, "firmware", firmware, 8) ||
	    !get_number(o, "clock", INT64_MAX, &seen->clock) ||
	    !get_number(o, "reset_count", UINT32_MAX, &resets) ||
	    !get_number(o, "restart_count", UINT32_MAX, &restarts))
		return false;
	seen->reset_count = (uint32_t)resets;
	seen->restart_count = (uint32_t)restarts;
	seen->firmware = 0;
	for (i = 0; i < 8; i++)
		seen->firmware = seen->firmware << 8 | firmware[i];
	return true;
}

static const char *get_machines(json_object *o, struct vkx_state *s)
{
	uint8_t bytes[NAME_MAX_BYTES];
	struct vkx_seen seen;
	struct entry *e;
	size_t len;

	if (!json_object_is_type(o, json_type_object))
		return "machines";
	json_object_object_foreach(o, name, value)
	{
		len = strlen(name) / 2;
		if (len < 34 || len > sizeof(bytes) ||
		    !vkx_hex_parse(name, bytes, len) || !get_seen(value, &seen))
			return "a machine's entry is malformed";
		e = entry_of(s, bytes, len);
		if (!e)
			return "out of memory";
		put(s, e, bytes, len, &seen);
	}
	return NULL;
}

static const char *get_products(json_object *o, struct vkx_state *s)
{
	if (!json_object_is_type(o, json_type_object))
		return "products";
	json_object_object_foreach(o, name, value)
	{
		(void)name;
		if (!json_object_is_type(value, json_type_int) ||
		    json_object_get_int64(value) < 0)
			return "a product's release is malformed";
	}
	json_object_put(s->products);
	s->products = json_object_get(o);
	return NULL;
}

static const char *get_state(json_object *o, struct vkx_state *s)
{
	json_object *machines, *products;
	const char *what;
	uint64_t version;

	if (!json_object_is_type(o, json_type_object) ||
	    !get_number(o, "vkexec_state", VERSION, &version) ||
	    version != VERSION || json_object_object_length(o) != 3 ||
	    !json_object_object_get_ex(o, "products", &products) ||
	    !json_object_object_get_ex(o, "machines", &machines))
		return "not what 'audit --state' writes";
	what = get_products(products, s);
	return what ? what : get_machines(machines, s);
}

/* NULL, or what is wrong. */
static const char *parse(const struct vkx_blob *text, struct vkx_state *s)
{
	struct json_tokener *tok;
	const char *what;
	json_object *o;
	size_t len = text->size;

	if (!len)
		return "is empty: it has lost what it remembered; put a copy "
		       "in its place, or remove it to begin anew";
	tok = json_tokener_new();
	if (!tok)
		return "out of memory";
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	while (len && text->data[len - 1] == '\n')
		len--;
	o = json_tokener_parse_ex(tok, (const char *)text->data, (int)len);
	what = o && json_tokener_get_parse_end(tok) == len ? get_state(o, s) :
							     "not JSON";
	json_object_put(o);
	json_tokener_free(tok);
	return what;
}

/* A first audit's file has something in it from the moment that it is there:
 * an empty one has lost what it had. Another audit may be first. */
static int make_file(const struct vkx_state *s)
{
	static const char nothing[] =
		"{\"vkexec_state\":1,\n\"products\":{},\n\"machines\":{}}\n";
	struct vkx_outfile file;
	int err, saved;

	if (vkx_outfile_open(&file, s->path, VKX_OUTFILE_PUBLIC))
		return -VKX_ERR_IO;
	err = vkx_outfile_write(&file, nothing, sizeof(nothing) - 1);
	if (!err)
		err = vkx_outfile_commit_new(&file);
	saved = errno;
	vkx_outfile_abort(&file);
	errno = saved;
	return err && errno != EEXIST ? -VKX_ERR_IO : 0;
}

/* Opens the file and waits until it is ours. Who had it before has put another
 * in its place meanwhile: then that is the one. */
static int lock_file(struct vkx_state *s)
{
	struct stat ours, there;

	for (;;) {
		s->fd = open(s->path,
			     O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
		if (s->fd < 0 && errno == ENOENT) {
			if (make_file(s))
				return -VKX_ERR_IO;
			continue;
		}
		if (s->fd < 0 || flock(s->fd, LOCK_EX) || fstat(s->fd, &ours))
			return -VKX_ERR_IO;
		if (!stat(s->path, &there) && there.st_dev == ours.st_dev &&
		    there.st_ino == ours.st_ino)
			return 0;
		close(s->fd);
	}
}

/* The file behind every link, since saving replaces a file and must not leave
 * a copy that others never see again. */
static int find_file(struct vkx_state *s, const char *path,
		     const char **what_ret)
{
	struct stat link;

	s->path = realpath(path, NULL);
	if (s->path)
		return 0;
	if (errno != ENOENT)
		return -VKX_ERR_IO;
	if (!lstat(path, &link)) {
		*what_ret = "is a symbolic link to nothing: make it lead to "
			    "the file that remembers";
		return -VKX_ERR_FORMAT;
	}
	s->path = strdup(path);
	return s->path ? 0 : -VKX_ERR_NOMEM;
}

static int load(struct vkx_state *s, const char *path, const char **what_ret)
{
	struct vkx_blob text;
	int err = find_file(s, path, what_ret);

	if (!err)
		err = lock_file(s);
	if (!err)
		err = vkx_blob_read(AT_FDCWD, s->path, MAX_STATE, &text);
	if (err)
		return err;
	*what_ret = parse(&text, s);
	vkx_blob_free(&text);
	return *what_ret ? -VKX_ERR_FORMAT : 0;
}

int vkx_state_open(const char *path, struct vkx_state **state_ret,
		   const char **what_ret)
{
	struct vkx_state *s = calloc(1, sizeof(*s));
	int err = -VKX_ERR_NOMEM, saved;

	*what_ret = NULL;
	if (!s)
		return -VKX_ERR_NOMEM;
	s->fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	s->products = json_object_new_object();
	if (s->products)
		err = load(s, path, what_ret);
	saved = errno;
	if (err)
		vkx_state_close(s);
	else
		*state_ret = s;
	errno = saved;
	return err;
}

void vkx_state_close(struct vkx_state *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	json_object_put(s->products);
	free(s->entries);
	free(s->path);
	free(s);
}

static void print_hex(FILE *out, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		fprintf(out, "%02x", p[i]);
}

static void print_entry(FILE *out, const struct entry *e)
{
	fputs("\n\"", out);
	print_hex(out, e->name, e->len);
	fputs("\":{\"nonce_sha256\":\"", out);
	print_hex(out, e->seen.nonce, sizeof(e->seen.nonce));
	fprintf(out,
		"\",\"clock\":%llu,\"reset_count\":%u,\"restart_count\":%u,"
		"\"firmware\":\"%016llx\"}",
		(unsigned long long)e->seen.clock, e->seen.reset_count,
		e->seen.restart_count, (unsigned long long)e->seen.firmware);
}

/* One machine a line, so that a person finds and removes one. Names of
 * products are anybody's text, which json-c escapes. */
static bool print_all(FILE *out, const struct vkx_state *s)
{
	const char *products = json_object_to_json_string_ext(
		s->products, JSON_C_TO_STRING_PLAIN);
	bool first = true;
	size_t i;

	if (!products)
		return false;
	fprintf(out, "{\"vkexec_state\":%d,\n\"products\":%s,\n\"machines\":{",
		VERSION, products);
	for (i = 0; i < s->room; i++) {
		if (!s->entries[i].len)
			continue;
		if (!first)
			fputc(',', out);
		first = false;
		print_entry(out, &s->entries[i]);
	}
	fputs("}}\n", out);
	return !ferror(out);
}

int vkx_state_save(struct vkx_state *s)
{
	struct vkx_outfile file;
	bool good = false;
	FILE *out;
	int fd;

	if (vkx_outfile_open(&file, s->path, VKX_OUTFILE_PUBLIC))
		return -VKX_ERR_IO;
	fd = dup(file.fd);
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out) {
		good = print_all(out, s);
		good = !fclose(out) && good && !vkx_outfile_keep(&file);
	} else if (fd >= 0) {
		close(fd);
	}
	if (good && !vkx_outfile_commit(&file))
		return 0;
	vkx_outfile_abort(&file);
	return -VKX_ERR_IO;
}
