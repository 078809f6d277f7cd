// SPDX-License-Identifier: BSD-2-Clause
#include "campaign.h"
#include "console.h"
#include "vkx_env.h"

static const struct {
	const char *name;
	uint64_t (*run)(bool thorough);
} campaigns[] = {
	{ "cases", campaign_cases }, { "flips", campaign_flips },
	{ "page", campaign_page },   { "skips", campaign_skips },
	{ "list", campaign_list },
};

uint64_t campaign_random(void)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* Is the word among those on the command line? */
static bool asked(const char *line, const char *word)
{
	size_t n = 0, i;

	while (word[n])
		n++;
	for (i = 0; line[i]; i++)
		if ((!i || line[i - 1] == ' ') && !memcmp(line + i, word, n) &&
		    (!line[i + n] || line[i + n] == ' '))
			return true;
	return false;
}

int main(void)
{
	const char *line = command_line();
	uint64_t failed = 0, wrong;
	size_t i;

	cpu_watchdog_init();
	for (i = 0; i < sizeof(campaigns) / sizeof(campaigns[0]); i++) {
		if (!asked(line, campaigns[i].name))
			continue;
		wrong = campaigns[i].run(asked(line, "long"));
		print("%s %s\n", wrong ? "FAIL" : "ok", campaigns[i].name);
		failed += wrong;
	}
	print("END %u wrong\n", failed);
	finish(failed ? 1 : 0);
}
