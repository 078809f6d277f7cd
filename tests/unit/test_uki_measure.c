/* SPDX-License-Identifier: BSD-2-Clause */
/* Which sections are measured, in which order, under which names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "uki_measure.h"

static struct vkx_uki uki;

/* Every part, each with offsets of its own, and three .dtbauto. */
static void fill(void)
{
	unsigned int i;

	memset(&uki, 0, sizeof(uki));
	for (i = 0; i < VKX_PART_NR; i++) {
		uki.part[i].present = true;
		uki.part[i].offset = 0x1000 * (i + 1);
		uki.part[i].size = 16 + i;
		uki.part[i].rawsize = 512;
	}
	uki.nr_dtbauto = 3;
	for (i = 0; i < 3; i++) {
		uki.dtbauto[i] = uki.part[VKX_PART_DTBAUTO];
		uki.dtbauto[i].offset += 0x100 * i;
	}
}

static void order_of_systemd(void **state)
{
	static const char *const names[] = {
		".linux",   ".osrel",	".cmdline", ".initrd", ".ucode",
		".splash",  ".dtb",	".uname",   ".sbat",   ".pcrpkey",
		".profile", ".dtbauto", ".hwids",   ".efifw",
	};
	struct vkx_uki_measured m[VKX_PART_NR];
	size_t n, i;

	(void)state;
	fill();
	assert_int_equal(vkx_uki_measure(&uki, 2, m, &n), 0);
	assert_int_equal(n, sizeof(names) / sizeof(names[0]));
	for (i = 0; i < n; i++) {
		assert_string_equal(m[i].name, names[i]);
		assert_int_equal(m[i].name_size, strlen(names[i]) + 1);
		if (m[i].part == VKX_PART_DTBAUTO)
			assert_int_equal(m[i].offset,
					 0x1000 * (VKX_PART_DTBAUTO + 1) +
						 0x200);
		else
			assert_int_equal(m[i].offset, 0x1000 * (m[i].part + 1));
		assert_int_equal(m[i].size, 16 + m[i].part);
	}
}

static void the_first_of_several_trees(void **state)
{
	struct vkx_uki_measured m[VKX_PART_NR];
	size_t n, i, seen = 0;

	(void)state;
	fill();
	assert_int_equal(vkx_uki_measure(&uki, 0, m, &n), 0);
	for (i = 0; i < n; i++)
		if (m[i].part == VKX_PART_DTBAUTO) {
			assert_int_equal(m[i].offset,
					 0x1000 * (VKX_PART_DTBAUTO + 1));
			seen++;
		}
	assert_int_equal(seen, 1);
	assert_int_equal(vkx_uki_measure(&uki, 3, m, &n), -VKX_ERR_ARG);
	assert_int_equal(vkx_uki_measure(&uki, -2, m, &n), -VKX_ERR_ARG);
}

static void only_what_is_there(void **state)
{
	struct vkx_uki_measured m[VKX_PART_NR];
	size_t n;

	(void)state;
	fill();
	assert_int_equal(vkx_uki_measure(&uki, VKX_DTBAUTO_NONE, m, &n), 0);
	assert_int_equal(n, VKX_PART_NR - 2);
	memset(uki.part, 0, sizeof(uki.part));
	uki.nr_dtbauto = 0;
	uki.part[VKX_PART_CMDLINE].present = true; /* and empty */
	assert_int_equal(vkx_uki_measure(&uki, VKX_DTBAUTO_NONE, m, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(m[0].name, ".cmdline");
	assert_int_equal(m[0].size, 0);
	assert_int_equal(vkx_uki_measure(&uki, 0, m, &n), -VKX_ERR_ARG);
	assert_int_equal(vkx_uki_measure(&uki, -2, m, &n), -VKX_ERR_ARG);
}

static void event_data_is_utf16(void **state)
{
	uint8_t data[VKX_UKI_EVENT_DATA_MAX];

	(void)state;
	assert_int_equal(vkx_uki_event_data(VKX_PART_LINUX, data), 14);
	assert_memory_equal(data, ".\0l\0i\0n\0u\0x\0\0", 14);
	assert_int_equal(vkx_uki_event_data(VKX_PART_DTBAUTO, data), 18);
	assert_int_equal(vkx_uki_event_data(VKX_PART_PCRPKEY, data), 18);
	assert_int_equal(vkx_uki_event_data(VKX_PART_NR, data), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_systemd),
		cmocka_unit_test(the_first_of_several_trees),
		cmocka_unit_test(only_what_is_there),
		cmocka_unit_test(event_data_is_utf16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
