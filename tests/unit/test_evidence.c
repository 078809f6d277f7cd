/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence as lines of JSON, tars and folders: what is refused, and that what
 * is accepted reads as others read it (V113, V114). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <json-c/json.h>
#include <openssl/evp.h>

#include "measure/base64.h"
#include "measure/evidence.h"
#include "measure/jsonline.h"

/* --- base64 ---------------------------------------------------------------*/

/* All lengths, decoded in place, against libcrypto's encoder. */
static void base64_round(void **state)
{
	uint8_t data[200], text[300];
	size_t len, size, i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 + (i >> 3) * 101);
	for (len = 0; len <= sizeof(data); len++) {
		int n = EVP_EncodeBlock(text, data, (int)len);

		assert_true(vkx_base64_decode((char *)text, (size_t)n, text,
					      &size));
		assert_int_equal(size, len);
		assert_memory_equal(text, data, len);
	}
}

/* Each character of a text replaced by each byte. */
static void base64_each_byte(void **state)
{
	static const char good[] = "AAECAwQFBgcICQ==";
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				       "nopqrstuvwxyz0123456789+/";
	uint8_t out[16];
	char text[17];
	size_t at, size;
	int c;

	(void)state;
	for (at = 0; at < 16; at++)
		for (c = 0; c < 256; c++) {
			bool letter = c && strchr(alphabet, c);
			/* The last byte's lower bits must be zero. */
			bool want = letter;

			if (at == 13)
				want = letter && strchr("AQgw", c);
			else if (at == 14)
				want = c == '=' ||
				       (letter &&
					strchr("AEIMQUYcgkosw048", c));
			else if (at == 15)
				want = c == '=';
			memcpy(text, good, sizeof(text));
			text[at] = (char)c;
			if (at == 15 && letter)
				continue; /* "=" before it is refused below */
			assert_int_equal(
				vkx_base64_decode(text, 16, out, &size), want);
		}
	assert_false(vkx_base64_decode("AA=A", 4, out, &size));
	assert_false(vkx_base64_decode("A===", 4, out, &size));
	assert_false(vkx_base64_decode("====", 4, out, &size));
	assert_false(vkx_base64_decode("AAA", 3, out, &size));
	assert_false(vkx_base64_decode("AA==AAAA", 8, out, &size));
	assert_false(vkx_base64_decode("AAB=", 4, out, &size));
}

/* --- JSON -----------------------------------------------------------------*/

/* Reads a whole line; the text of member "a", or NULL, in *a_ret. */
static int read_line(const char *json, size_t len, char **a_ret)
{
	/* Of exactly this size: a byte too far is ASan's. */
	char *copy = malloc(len ? len : 1), *a = NULL;
	struct vkx_jsonstring v;
	struct vkx_jsonline j;
	const char *name;
	int err;

	memcpy(copy, json, len);
	vkx_jsonline_open(&j, copy, len);
	while (vkx_jsonline_next(&j, &name, &v)) {
		if (v.p && !vkx_jsonstring_text(&v)) {
			j.err = -VKX_ERR_FORMAT;
			break;
		}
		if (v.p && !strcmp(name, "a")) {
			free(a);
			a = strndup(v.p, v.len);
		}
	}
	err = vkx_jsonline_end(&j);
	free(copy);
	if (err || !a_ret)
		free(a);
	else
		*a_ret = a;
	return err;
}

static void json_accepts(void **state)
{
	static const struct {
		const char *json, *a;
	} rows[] = {
		{ "{}", NULL },
		{ " { } \n", NULL },
		{ "{\"a\":\"b\"}", "b" },
		{ "{\"b\":1,\"a\":\"x\\\"y\\\\\"}\r\n", "x\"y\\" },
		{ "{\"\\u0061\":\"\\u0041\\n\\/\"}", "A\n/" },
		{ "{\"a\":\"\\ud83d\\ude00\\u00e9\\u20ac\"}",
		  "\xf0\x9f\x98\x80\xc3\xa9\xe2\x82\xac" },
		{ "{\"x\":[1,-2.5e+3,[],{},{\"y\":null}],\"a\":\"\"}", "" },
		{ "{\"t\":true,\"f\":false,\"n\":null,\"z\":0,\"m\":-0.1}",
		  NULL },
		{ "{\"a\":\"\xc3\xa9\"}", "\xc3\xa9" },
		{ "\t{\"a\" :\t\"b\" , \"c\" : [ 1 , 2 ] }", "b" },
	};
	size_t i;
	char *a;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = NULL;
		assert_int_equal(
			read_line(rows[i].json, strlen(rows[i].json), &a), 0);
		if (rows[i].a)
			assert_string_equal(a, rows[i].a);
		else
			assert_null(a);
		free(a);
	}
}

static void json_refuses(void **state)
{
	static const char *const rows[] = {
		"",
		"[]",
		"\"a\"",
		"{",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":1}{",
		"{\"a\":1} x",
		"{'a':1}",
		"{a:1}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":1e}",
		"{\"a\":+1}",
		"{\"a\":tru}",
		"{\"a\":nul",
		"{\"a\":\"b}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":\"\\u00g0\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\\udc00\"}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\\"}",
		"{\"a\":\"\n\"}",
		"{\"a\":[1,]}",
		"{\"a\":[1 2]}",
		"{\"a\":{1:2}}",
		"{\"a\":{\"b\":1,}}",
		"{\"a\":[}",
		"{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
		"{\"a\":NaN}",
		"// x\n{}",
		"{\"a\":1/**/}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (read_line(rows[i], strlen(rows[i]), NULL) !=
		    -VKX_ERR_FORMAT)
			fail_msg("accepted: %s", rows[i]);
}

/* Whatever we accept another library reads, and reads the same. */
static void json_agrees(void **state)
{
	static const char seed[] =
		"{\"bb\":[1,{\"c\":\"\\u00e9\"},-1.5e2],\"a\":\"x\\\\\\\"y\","
		"\"dd\":null}";
	static const char bytes[] = "{}[]\",:\\u0e19 -.antx\n";
	char text[sizeof(seed)];
	unsigned int accepted = 0;
	size_t at, i;

	(void)state;
	for (at = 0; at + 1 < sizeof(seed); at++)
		for (i = 0; i + 1 < sizeof(bytes); i++) {
			json_object *o, *v = NULL;
			char *a = NULL;

			memcpy(text, seed, sizeof(seed));
			text[at] = bytes[i];
			if (read_line(text, sizeof(seed) - 1, &a))
				continue;
			o = json_tokener_parse(text);
			assert_non_null(o);
			json_object_object_get_ex(o, "a", &v);
			if (a)
				assert_string_equal(json_object_get_string(v),
						    a);
			json_object_put(o);
			free(a);
			accepted++;
		}
	assert_true(accepted > 50);
}

static int from_json(const char *json, struct vkx_evidence *ev,
		     const char **missing, char name[64])
{
	static char line[4096];
	const char *given;
	int err;

	snprintf(line, sizeof(line), "%s", json);
	err = vkx_evidence_from_json(line, strlen(line), ev, &given, missing);
	snprintf(name, 64, "%s", given ? given : "");
	return err;
}

#define FOUR                                                            \
	"\"quote.msg\":\"AQ==\",\"quote.sig\":\"AgM=\",\"quote.pcrs\":" \
	"\"BAUG\",\"ak.pub\":\"\""

static void json_evidence(void **state)
{
	struct vkx_evidence ev;
	const char *missing;
	char name[64];

	(void)state;
	assert_int_equal(from_json("{\"name\":\"m\\u00e9\"," FOUR
				   ",\"other\":[1]}",
				   &ev, &missing, name),
			 0);
	assert_string_equal(name, "m\xc3\xa9");
	assert_int_equal(ev.file[VKX_EVIDENCE_SIGNATURE].len, 2);
	assert_memory_equal(ev.file[VKX_EVIDENCE_SIGNATURE].p, "\2\3", 2);
	assert_memory_equal(ev.file[VKX_EVIDENCE_PCRS].p, "\4\5\6", 3);
	assert_non_null(ev.file[VKX_EVIDENCE_AK].p);
	assert_null(ev.file[VKX_EVIDENCE_LOG].p);
	/* Escaped slashes, as some encoders write them. */
	assert_int_equal(from_json("{" FOUR ",\"log.bin\":\"\\/\\/\\/\\/\"}",
				   &ev, &missing, name),
			 0);
	assert_memory_equal(ev.file[VKX_EVIDENCE_LOG].p, "\xff\xff\xff", 3);
	/* The name is known also where the rest is not. */
	assert_int_equal(from_json("{\"name\":\"x\",\"quote.msg\":\"AQ==\"}",
				   &ev, &missing, name),
			 -VKX_ERR_NOTFOUND);
	assert_string_equal(missing, "quote.sig");
	assert_string_equal(name, "x");
	assert_int_equal(from_json("{" FOUR ",\"quote.msg\":\"AQ==\"}", &ev,
				   &missing, name),
			 -VKX_ERR_FORMAT);
	assert_int_equal(from_json("{\"name\":\"a\",\"name\":\"b\"," FOUR "}",
				   &ev, &missing, name),
			 -VKX_ERR_FORMAT);
	assert_int_equal(
		from_json("{" FOUR ",\"log.bin\":\"A\"}", &ev, &missing, name),
		-VKX_ERR_FORMAT);
	assert_int_equal(
		from_json("{" FOUR ",\"log.bin\":5}", &ev, &missing, name),
		-VKX_ERR_FORMAT);
}

/* --- files ----------------------------------------------------------------*/

static char dir[] = "/tmp/vkx-evidence-XXXXXX";

static void put_file(const char *name, const void *data, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

/* One room for all: a large folder, its tar, then a pipe in the folder. */
static void files(void **state)
{
	static uint8_t log[100000];
	struct vkx_evidence ev, again;
	struct vkx_room room = { 0 };
	struct vkx_blob tar;
	const char *missing;
	char path[128];
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < sizeof(log); i++)
		log[i] = (uint8_t)(i * 7);
	put_file("quote.msg", "1", 1);
	put_file("quote.sig", "22", 2);
	put_file("quote.pcrs", "333", 3);
	assert_int_equal(vkx_evidence_read(dir, &room, &ev, &missing),
			 -VKX_ERR_NOTFOUND);
	assert_string_equal(missing, "ak.pub");
	put_file("ak.pub", "", 0);
	put_file("log.bin", log, sizeof(log));
	assert_int_equal(vkx_evidence_read(dir, &room, &ev, &missing), 0);
	assert_int_equal(ev.file[VKX_EVIDENCE_LOG].len, sizeof(log));
	assert_memory_equal(ev.file[VKX_EVIDENCE_LOG].p, log, sizeof(log));
	assert_memory_equal(ev.file[VKX_EVIDENCE_SIGNATURE].p, "22", 2);
	assert_int_equal(vkx_evidence_tar(&ev, &tar), 0);
	put_file("all.tar", tar.data, tar.size);
	snprintf(path, sizeof(path), "%s/all.tar", dir);
	assert_int_equal(vkx_evidence_read(path, &room, &again, &missing), 0);
	assert_int_equal(again.file[VKX_EVIDENCE_LOG].len, sizeof(log));
	assert_memory_equal(again.file[VKX_EVIDENCE_LOG].p, log, sizeof(log));
	/* Cut at every block: never more than what is whole. */
	for (i = 0; i < tar.size - 1024; i += 512) {
		put_file("cut.tar", tar.data, i);
		snprintf(path, sizeof(path), "%s/cut.tar", dir);
		assert_true(vkx_evidence_read(path, &room, &again, &missing) ||
			    !again.file[VKX_EVIDENCE_LOG].p);
		if (i > 4096)
			i += 65536;
	}
	unlink(path);
	vkx_blob_free(&tar);
	snprintf(path, sizeof(path), "%s/machine.json", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(10); /* a pipe nobody writes to must not hold anybody up */
	assert_int_equal(vkx_evidence_read(dir, &room, &ev, &missing), 0);
	alarm(0);
	vkx_room_free(&room);
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_round),
		cmocka_unit_test(base64_each_byte),
		cmocka_unit_test(json_accepts),
		cmocka_unit_test(json_refuses),
		cmocka_unit_test(json_agrees),
		cmocka_unit_test(json_evidence),
		cmocka_unit_test_teardown(files, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
