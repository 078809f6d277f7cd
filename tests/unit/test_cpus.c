/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs that we may use, not those that are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>

#include "verify/cpus.h"

static void those_we_may_use(void **state)
{
	cpu_set_t all, one;
	size_t i, count = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		count++;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
		assert_int_equal(vkx_cpus_usable(), 1);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(vkx_cpus_usable(), count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_we_may_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
