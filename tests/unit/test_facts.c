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

static void names(void **state)
{
	struct cert_spec spec = cert_leaf(KEY_P256);
	struct vkx_x509 cert;
	struct derb der;
	char text[16], wide[VKX_DN_TEXT];

	(void)state;
	spec.subject = "a\x1b[31mb\nCN=c";
	cert_make(&spec, &der);
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	vkx_dn_text(der.p + cert.subject.offset, cert.subject.size, wide,
		    sizeof(wide));
	assert_string_equal(wide, "CN=a?[31mb?CN=c");
	derb_free(&der);
	spec.subject = "longer than its place";
	cert_make(&spec, &der);
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	vkx_dn_text(der.p + cert.subject.offset, cert.subject.size, text,
		    sizeof(text));
	assert_string_equal(text, "CN=longer th...");
	derb_free(&der);
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
