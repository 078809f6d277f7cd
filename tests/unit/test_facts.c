/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts as text and as JSON, and names: nothing of a file's text gets through
 * to a terminal or a parser as anything but text (V113). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <json-c/json.h>

#include "tests/unit/sig_fixture.h"
#include "verify/dn.h"
#include "keys/facts.h"

static void tell(struct vkx_facts *f)
{
	static const char hostile[] = "\x1b[2J\"\\\n\xff\0</script>";

	vkx_facts_word(f, "word", "plain");
	vkx_facts_text(f, "text", hostile, sizeof(hostile) - 1);
	vkx_facts_text(f, "none", "", 0);
	vkx_facts_number(f, "number", UINT64_MAX);
	vkx_facts_bool(f, "yes", true);
	vkx_facts_list(f, "empty");
	vkx_facts_close(f);
	vkx_facts_list(f, "lines");
	vkx_facts_text(f, NULL, "a", 1);
	vkx_facts_text(f, NULL, "b", 1);
	vkx_facts_close(f);
	vkx_facts_list(f, "things");
	vkx_facts_object(f, NULL);
	vkx_facts_hex(f, "hex", "\x01\xab", 2);
	vkx_facts_object(f, "inner");
	vkx_facts_bool(f, "no", false);
	vkx_facts_close(f);
	vkx_facts_close(f);
	vkx_facts_object(f, NULL);
	vkx_facts_number(f, "two", 2);
	vkx_facts_close(f);
	vkx_facts_close(f);
}

static char *told(bool json)
{
	struct vkx_facts f;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	vkx_facts_begin(&f, out, json);
	tell(&f);
	vkx_facts_end(&f);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), len);
	return text;
}

static void as_text(void **state)
{
	char *text = told(false);

	(void)state;
	assert_string_equal(text,
			    "word: plain\n"
			    "text: \\x1b[2J\"\\\\\\x0a\\xff\\x00</script>\n"
			    "none: \n"
			    "number: 18446744073709551615\n"
			    "yes: true\n"
			    "empty: \n"
			    "lines: \n"
			    "  - a\n"
			    "  - b\n"
			    "things: \n"
			    "  - hex: 01ab\n"
			    "    inner: \n"
			    "      no: false\n"
			    "  - two: 2\n");
	free(text);
}

static void as_json(void **state)
{
	struct json_object *obj, *value;
	char *text = told(true);

	(void)state;
	/* One line, and one that another library reads. */
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	obj = json_tokener_parse(text);
	assert_non_null(obj);
	assert_true(json_object_object_get_ex(obj, "text", &value));
	assert_string_equal(json_object_get_string(value),
			    "\\x1b[2J\"\\\\\\x0a\\xff\\x00</script>");
	assert_true(json_object_object_get_ex(obj, "empty", &value));
	assert_int_equal(json_object_array_length(value), 0);
	assert_true(json_object_object_get_ex(obj, "things", &value));
	assert_int_equal(json_object_array_length(value), 2);
	value = json_object_array_get_idx(value, 0);
	assert_true(json_object_object_get_ex(value, "inner", &value));
	assert_true(json_object_object_get_ex(value, "no", &value));
	assert_false(json_object_get_boolean(value));
	json_object_put(obj);
	free(text);
}

static void shown(const char *common_name, size_t size, const char *want)
{
	struct cert_spec spec = cert_leaf(KEY_P256);
	struct vkx_x509 cert;
	char text[VKX_DN_TEXT];
	struct derb der;

	spec.subject = common_name;
	cert_make(&spec, &der);
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	memset(text, 'X', sizeof(text));
	vkx_dn_text(der.p + cert.subject.offset, cert.subject.size, text, size);
	assert_string_equal(text, want);
	assert_int_equal(text[size], 'X');
	derb_free(&der);
}

static void names(void **state)
{
	(void)state;
	shown("a\x1b[31mb\nc", 64, "CN=a\\1B[31mb\\0Ac");
	/* Nothing in a value looks like what follows a value. */
	shown("x, O=Debian", 64, "CN=x\\, O\\=Debian");
	shown("x+O=Debian", 64, "CN=x\\+O\\=Debian");
	shown("\\, \"<>;", 64, "CN=\\\\\\, \\\"\\<\\>\\;");
	shown(" # a ", 64, "CN=\\ # a\\ ");
	shown("#a", 64, "CN=\\#a");
	/* Letters of the world, and what is none: turned around, of no width,
	 * a blank of another kind, a tag. */
	shown("J\xc3\xb6rgen \xe6\x9d\xb1", 64,
	      "CN=J\xc3\xb6rgen \xe6\x9d\xb1");
	shown("a\xe2\x80\xae"
	      "b\xe2\x80\x8b",
	      64, "CN=a\\E2\\80\\AEb\\E2\\80\\8B");
	shown("a\xc2\xa0\xc2\x9b\xf3\xa0\x80\xa0", 64,
	      "CN=a\\C2\\A0\\C2\\9B\\F3\\A0\\80\\A0");
	/* Cut between characters, and not where all of it has room. */
	shown("longer than its place", 16, "CN=longer th...");
	shown("exactly that", 16, "CN=exactly that");
	shown("exactly that1", 16, "CN=exactly t...");
	shown("exactly \xc3\xb6\xc3\xb6\xc3\xb6", 16, "CN=exactly ...");
	shown("exactly,,,,", 16, "CN=exactly\\,...");
	keys_free();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
