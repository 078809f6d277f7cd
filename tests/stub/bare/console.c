// SPDX-License-Identifier: BSD-2-Clause
#include <stdarg.h>
#include <stddef.h>

#include "console.h"

#define PL011_DATA ((volatile uint32_t *)0x09000000)
#define SEMIHOSTING_CMDLINE 0x15
#define SEMIHOSTING_EXIT 0x18
#define SEMIHOSTING_APPLICATION_EXIT 0x20026

static void put(char c)
{
	*PL011_DATA = (uint32_t)c;
}

static void put_number(uint64_t v, uint64_t base)
{
	char text[20];
	size_t n = 0;

	do {
		text[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (n)
		put(text[--n]);
}

void print(const char *format, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, format);
	for (; *format; format++) {
		if (*format != '%') {
			put(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			for (s = va_arg(ap, const char *); *s; s++)
				put(*s);
			break;
		case 'u':
			put_number(va_arg(ap, uint64_t), 10);
			break;
		default:
			put_number(va_arg(ap, uint64_t), 16);
		}
	}
	va_end(ap);
}

static uint64_t semihosting(uint64_t call, void *block)
{
	register uint64_t x0 __asm__("x0") = call;
	register void *x1 __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
	return x0;
}

const char *command_line(void)
{
	static char text[256];
	uint64_t block[2] = { (uint64_t)text, sizeof(text) };

	return semihosting(SEMIHOSTING_CMDLINE, block) ? "" : text;
}

_Noreturn void finish(uint32_t status)
{
	uint64_t block[2] = { SEMIHOSTING_APPLICATION_EXIT, status };

	for (;;)
		semihosting(SEMIHOSTING_EXIT, block);
}
