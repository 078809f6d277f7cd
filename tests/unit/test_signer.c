/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cursor.h"
#include "keys/name.h"
#include "keys/outfile.h"
#include "keys/siglist.h"
#include "signer/pe_writer.h"
#include "signer/precheck.h"
#include "signer/sbat_text.h"
#include "signer/sign.h"
#include "signer/uki_build.h"
#include "uki_fixture.h"

static char dir[64];
static struct vkx_key key;
static struct vkx_cert cert;
static struct vkx_signer signer = { .key = &key,
				    .certs = &cert,
				    .nr_certs = 1,
				    .hash = VKX_HASH_SHA256 };

static char *in_dir(const char *name)
{
	static char paths[4][128];
	static unsigned int n;
	char *path = paths[n++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static int setup(void **state)
{
	struct vkx_cert_spec spec = { .not_before = 20260101000000,
				      .not_after = 20360101000000 };
	struct vkx_bytes der = { 0 };
	const char *where;

	(void)state;
	/* Where fsync() is cheap. */
	strcpy(dir, access("/dev/shm", W_OK) ? "/tmp/vkx-signer-XXXXXX" :
					       "/dev/shm/vkx-signer-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	vkx_key_init(&key);
	vkx_cert_init(&cert);
	if (vkx_key_generate(&key, "p256") ||
	    vkx_name_parse("CN=t", &spec.subject, &where))
		return -1;
	spec.issuer = spec.subject;
	spec.spki = key.spki;
	if (vkx_cert_write(&spec, &key, &der) || vkx_cert_parse(&cert, &der))
		return -1;
	vkx_bytes_free(&der);
	vkx_bytes_free(&spec.subject);
	return 0;
}

static int teardown(void **state)
{
	char cmd[96];

	(void)state;
	vkx_key_free(&key);
	vkx_cert_free(&cert);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static uint8_t *build(size_t *len)
{
	struct uki_fixture fixture;

	uki_fixture_default(&fixture);
	/* Its bytes are no device tree. */
	uki_fixture_remove(&fixture, ".dtb");
	return uki_fixture_build(&fixture, len);
}

static void put(const char *name, const void *data, size_t len)
{
	assert_int_equal(
		vkx_outfile_put(in_dir(name), VKX_OUTFILE_PUBLIC, data, len),
		0);
}

static struct vkx_bytes get(const char *name)
{
	struct vkx_bytes b = { 0 };

	assert_int_equal(vkx_bytes_read(in_dir(name), 1 << 24, &b), 0);
	return b;
}

static int sign(const char *in, const char *out, enum vkx_sign_mode mode,
		struct vkx_sign_report *report, struct vkx_problem *problem)
{
	struct vkx_sign_params params = { .signer = &signer, .mode = mode };

	return vkx_sign_file(in_dir(in), in_dir(out), &params, report, problem);
}

/* Section contents, in order of address, of a file that parses strictly. */
static void assert_same_sections(const struct vkx_bytes *a,
				 const struct vkx_bytes *b)
{
	struct vkx_pe pa, pb;
	size_t i;

	assert_int_equal(
		vkx_pe_parse(a->data, a->len, a->len, VKX_PE_ANY, &pa, NULL),
		0);
	assert_int_equal(
		vkx_pe_parse(b->data, b->len, b->len, VKX_PE_STRICT, &pb, NULL),
		0);
	assert_int_equal(pa.nr_sections, pb.nr_sections);
	for (i = 0; i < pa.nr_sections; i++) {
		const struct vkx_pe_section *x = &pa.sections[i];
		const struct vkx_pe_section *y = &pb.sections[i];

		assert_memory_equal(x->name, y->name, 8);
		assert_int_equal(x->vaddr, y->vaddr);
		assert_int_equal(x->vsize, y->vsize);
		assert_memory_equal(a->data + x->rawoff, b->data + y->rawoff,
				    x->vsize < x->rawsize ? x->vsize :
							    x->rawsize);
	}
}

static void canonical_stays_byte_for_byte(void **state)
{
	struct vkx_sign_report report;
	struct vkx_problem problem;
	struct vkx_bytes out;
	size_t len, i;
	uint8_t *file = build(&len);

	(void)state;
	put("a", file, len);
	assert_int_equal(sign("a", "b", VKX_SIGN_FIRST, &report, &problem), 0);
	assert_true(report.uki && !report.relaid && !report.gap);
	assert_int_equal(report.signatures, 1);
	out = get("b");
	assert_int_equal(report.size, out.len);
	/* V15: only checksum and certificate directory differ. */
	for (i = 0; i < len; i++)
		if (file[i] != out.data[i])
			assert_true((i >= UKI_AT_CHECKSUM &&
				     i < UKI_AT_CHECKSUM + 4) ||
				    (i >= UKI_AT_CERTDIR &&
				     i < UKI_AT_CERTDIR + 8));
	vkx_bytes_free(&out);
	free(file);
}

/* V12: a gap between headers and sections, as objcopy and ukify leave it. */
static void gap_is_closed(void **state)
{
	struct vkx_bytes in = { 0 }, out;
	struct vkx_sign_report report;
	struct vkx_problem problem;
	uint8_t *file, *hole;
	size_t len, head, i;
	struct vkx_pe pe;

	(void)state;
	file = build(&len);
	assert_int_equal(vkx_pe_parse(file, len, len, VKX_PE_STRICT, &pe, NULL),
			 0);
	head = pe.headers_size;
	hole = calloc(1, len + 4096);
	memcpy(hole, file, head);
	memset(hole + head, 0xaa, 4096);
	memcpy(hole + head + 4096, file + head, len - head);
	for (i = 0; i < pe.nr_sections; i++)
		if (pe.sections[i].rawsize)
			vkx_put_le32(hole + pe.sections[i].hdr_off +
					     UKI_SECTION_RAWOFF,
				     pe.sections[i].rawoff + 4096);
	put("a", hole, len + 4096);
	assert_int_equal(sign("a", "b", VKX_SIGN_FIRST, &report, &problem), 0);
	assert_true(report.uki && report.relaid && !report.gap);
	assert_int_equal(vkx_bytes_copy(hole, len + 4096, &in), 0);
	out = get("b");
	assert_same_sections(&in, &out);
	assert_null(memmem(out.data, out.len, "\xaa\xaa\xaa\xaa", 4));
	vkx_bytes_free(&in);
	vkx_bytes_free(&out);
	free(file);
	free(hole);
}

static void signatures_add_up(void **state)
{
	struct vkx_sign_report report;
	struct vkx_problem problem;
	size_t len;
	uint8_t *file = build(&len);
	uint8_t first[64];
	int i;

	(void)state;
	put("a", file, len);
	assert_int_equal(sign("a", "a", VKX_SIGN_FIRST, &report, &problem), 0);
	memcpy(first, report.digest, 32);
	assert_int_equal(sign("a", "a", VKX_SIGN_FIRST, &report, &problem),
			 -VKX_ERR_ARG);
	for (i = 2; i <= (int)VKX_MAX_SIGNATURES; i++) {
		assert_int_equal(
			sign("a", "a", VKX_SIGN_ADD, &report, &problem), 0);
		assert_int_equal(report.signatures, i);
		assert_memory_equal(report.digest, first, 32);
	}
	assert_int_equal(sign("a", "a", VKX_SIGN_ADD, &report, &problem),
			 -VKX_ERR_LIMIT);
	assert_int_equal(sign("a", "a", VKX_SIGN_REPLACE, &report, &problem),
			 0);
	assert_int_equal(report.signatures, 1);
	free(file);
}

/* V116: every byte of a UKI set to something else: what is signed after that
 * keeps every rule, what is not leaves no output. */
static void nothing_malformed_is_signed(void **state)
{
	struct vkx_sign_report report;
	struct vkx_problem problem;
	size_t len, i, taken = 0, refused = 0;
	uint8_t *file = build(&len);

	(void)state;
	for (i = 0; i < len; i += i < 1024 ? 1 : 61) {
		struct vkx_bytes out = { 0 };
		int err;

		file[i] ^= 0x41;
		put("a", file, len);
		file[i] ^= 0x41;
		(void)unlink(in_dir("b"));
		err = sign("a", "b", VKX_SIGN_FIRST, &report, &problem);
		if (err) {
			refused++;
			assert_int_equal(access(in_dir("b"), F_OK), -1);
			continue;
		}
		taken++;
		out = get("b");
		if (report.uki) {
			struct vkx_uki uki;

			assert_int_equal(vkx_uki_parse(out.data, out.len,
						       out.len, &uki, NULL),
					 0);
		}
		vkx_bytes_free(&out);
	}
	print_message("%zu signed, %zu refused\n", taken, refused);
	assert_true(taken && refused);
	free(file);
}

static void cut_anywhere(void **state)
{
	struct vkx_sign_report report;
	struct vkx_problem problem;
	size_t len, i;
	uint8_t *file = build(&len);

	(void)state;
	for (i = 0; i < len; i += i < 1100 ? 1 : 37) {
		put("a", file, i);
		(void)unlink(in_dir("b"));
		assert_int_not_equal(
			sign("a", "b", VKX_SIGN_FIRST, &report, &problem), 0);
		assert_int_equal(access(in_dir("b"), F_OK), -1);
	}
	free(file);
}

static void build_needs_an_image(void **state)
{
	static const char *const initrds[] = { "/nonexistent/initrd" };
	struct vkx_uki_spec spec = { 0 };
	struct vkx_build_report report;
	struct vkx_problem problem;
	uint8_t image[4096] = { 0 };

	(void)state;
	uki_fixture_image(image, sizeof(image) * 2);
	put("Image", image, sizeof(image));
	put("short", image, 63);
	memset(image, 0, 64);
	put("noise", image, sizeof(image));
	spec.linux_image = in_dir("short");
	assert_int_equal(
		vkx_uki_build(&spec, in_dir("u"), NULL, &report, &problem),
		-VKX_ERR_FORMAT);
	spec.linux_image = in_dir("noise");
	assert_int_equal(
		vkx_uki_build(&spec, in_dir("u"), NULL, &report, &problem),
		-VKX_ERR_FORMAT);
	assert_int_equal(problem.fault.rule, VKX_RULE_IMAGE_HEADER);
	spec.linux_image = in_dir("Image");
	spec.initrds = initrds;
	spec.nr_initrds = 1;
	assert_int_equal(
		vkx_uki_build(&spec, in_dir("u"), NULL, &report, &problem),
		-VKX_ERR_IO);
	assert_string_equal(problem.subject, initrds[0]);
	assert_int_equal(access(in_dir("u"), F_OK), -1);
	spec.nr_initrds = 0;
	assert_int_equal(
		vkx_uki_build(&spec, in_dir("u"), NULL, &report, &problem), 0);
	assert_int_equal(report.sections, 3);
}

static void as_bytes(const char *text, size_t len, struct vkx_bytes *b)
{
	memset(b, 0, sizeof(*b));
	assert_int_equal(vkx_bytes_copy(text, len, b), 0);
}

#define HEAD                          \
	"sbat,1,SBAT Version,sbat,1," \
	"https://github.com/rhboot/shim/blob/main/SBAT.md\n"
/* With the NULs that stand in it, but for the last. */
#define TEXT(s) s, sizeof(s) - 1

static void sbat_is_merged(void **state)
{
	static const struct {
		const char *own;
		size_t own_len;
		const char *stub;
		size_t stub_len;
		const char *want; /* NULL: refused */
	} rows[] = {
		{ TEXT("a,1,a,a,1,a\n"), TEXT(""), HEAD "a,1,a,a,1,a\n" },
		{ TEXT("a,1,a,a,1,a"), TEXT("b,2,b,b,2,b"),
		  HEAD "a,1,a,a,1,a\nb,2,b,b,2,b\n" },
		{ TEXT(HEAD "a,1,a,a,1,a\n"), TEXT(HEAD "b,2,b,b,2,b\n"),
		  HEAD "a,1,a,a,1,a\nb,2,b,b,2,b\n" },
		{ TEXT("a,1,a,a,1,a\r\n"), TEXT("a,1,a,a,1,a\n"),
		  HEAD "a,1,a,a,1,a\n" },
		{ TEXT("a,1,a,a,1,a\n"), TEXT("a,2,a,a,2,a\n"), NULL },
		{ TEXT("a,0,a,a,1,a\n"), TEXT(""), NULL },
		{ TEXT("a\n"), TEXT(""), NULL },
		/* Padding of the stub's section, and nothing else. */
		{ TEXT("a,1,a,a,1,a\n"), TEXT("b,2,b,b,2,b\n\0\0\0"),
		  HEAD "a,1,a,a,1,a\nb,2,b,b,2,b\n" },
		{ TEXT("a,1,a,a,1,a\n"), TEXT("\0\0"), HEAD "a,1,a,a,1,a\n" },
		{ TEXT("a,1,a,a,1,a\n"), TEXT("b,2,b,b,2,b\0\nc,3,c,c,3,c"),
		  NULL },
		{ TEXT("a,1,a,a,1,a\n\0b,2,b,b,2,b\n"), TEXT(""), NULL },
		{ TEXT(HEAD "a,1,a,a,1,a\n\0"), TEXT(""), NULL },
		{ TEXT("sbat,1\0a,1,a,a,1,a\n"), TEXT(""), NULL },
		{ TEXT("\0"), TEXT(""), NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vkx_bytes own, stub, text = { 0 };
		struct vkx_fault fault = { 0 };
		int err;

		as_bytes(rows[i].own, rows[i].own_len, &own);
		as_bytes(rows[i].stub, rows[i].stub_len, &stub);
		err = vkx_sbat_text(&own, &stub, &text, &fault);
		assert_int_equal(err, rows[i].want ? 0 : -VKX_ERR_FORMAT);
		if (!err)
			assert_string_equal((char *)text.data, rows[i].want);
		vkx_bytes_free(&own);
		vkx_bytes_free(&stub);
		vkx_bytes_free(&text);
	}
}

static void lists_read_back(void **state)
{
	uint8_t owner[16] = { 1 }, digest[32] = { 2 }, der[100] = { 3 };
	struct vkx_bytes lists = { 0 };
	struct vkx_fault fault;
	size_t count;

	(void)state;
	assert_int_equal(
		vkx_siglist_add(&lists, VKX_ESL_SHA256, owner, digest, 32), 0);
	assert_int_equal(
		vkx_siglist_add(&lists, VKX_ESL_X509_SHA256, owner, digest, 32),
		0);
	assert_int_equal(vkx_siglist_add(&lists, VKX_ESL_X509, owner, der, 100),
			 0);
	assert_int_equal(vkx_siglist_add(&lists, VKX_ESL_OTHER, owner, der, 9),
			 -VKX_ERR_ARG);
	assert_int_equal(vkx_esl_check(lists.data, lists.len, &count, &fault),
			 0);
	assert_int_equal(count, 3);
	assert_true(vkx_siglist_has(&lists, VKX_ESL_SHA256, digest, 32));
	assert_true(vkx_siglist_has(&lists, VKX_ESL_X509_SHA256, digest, 32));
	assert_true(vkx_siglist_has(&lists, VKX_ESL_X509, der, 100));
	digest[31] = 1;
	assert_false(vkx_siglist_has(&lists, VKX_ESL_SHA256, digest, 32));
	vkx_bytes_free(&lists);
}

/* PE Format, "CheckSum", as Windows' ImageHlp computes it: 16-bit words, each
 * carry added at once, then the length. */
static uint32_t plain_checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		sum += i & 1 ? (uint32_t)p[i] << 8 : p[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum + (uint32_t)len;
}

/* However the bytes come in pieces, odd ones too, their checksum is one. */
static void checksum_of_any_pieces(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 7, 31, 32, 33, 64, 97, 4096 };
	enum { FRONT = 64, LEN = 10000, SUM_AT = 16, DIR_AT = 24 };
	static uint8_t bytes[LEN];
	struct vkx_pe_writer w;
	struct vkx_outfile out;
	uint8_t digest[64];
	size_t i, at, n;

	(void)state;
	for (i = 0; i < LEN; i++)
		bytes[i] = (uint8_t)(i * i >> 3 | 0xe0);
	memset(bytes + SUM_AT, 0, 16);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(vkx_outfile_open(&out, in_dir("sum"),
						  VKX_OUTFILE_PUBLIC),
				 0);
		assert_int_equal(vkx_pe_writer_init(&w, &out, "sum",
						    VKX_HASH_SHA256, SUM_AT,
						    DIR_AT),
				 0);
		assert_int_equal((uintptr_t)w.chunk % VKX_PE_ALIGN, 0);
		assert_int_equal(vkx_pe_writer_head(&w, bytes, FRONT), 0);
		for (at = FRONT; at < LEN; at += n) {
			n = LEN - at < steps[i] ? LEN - at : steps[i];
			assert_int_equal(vkx_pe_writer_put(&w, bytes + at, n),
					 0);
		}
		assert_int_equal(vkx_pe_writer_digest(&w, digest), 0);
		assert_int_equal(vkx_pe_writer_finish(&w), 0);
		assert_int_equal(vkx_read_at(out.fd, digest, 4, SUM_AT), 0);
		assert_int_equal(vkx_get_le32(digest),
				 plain_checksum(bytes, LEN));
		vkx_pe_writer_free(&w);
		vkx_outfile_abort(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_of_any_pieces),
		cmocka_unit_test(canonical_stays_byte_for_byte),
		cmocka_unit_test(gap_is_closed),
		cmocka_unit_test(signatures_add_up),
		cmocka_unit_test(nothing_malformed_is_signed),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(build_needs_an_image),
		cmocka_unit_test(sbat_is_merged),
		cmocka_unit_test(lists_read_back),
	};

	return cmocka_run_group_tests_name("signer", tests, setup, teardown);
}
