/* SPDX-License-Identifier: BSD-2-Clause */
/* Text out over PL011, and the end of the run over semihosting. */
#ifndef BARE_CONSOLE_H
#define BARE_CONSOLE_H

#include <stdint.h>

/* %s text, %u decimal and %x hexadecimal of a uint64_t. Nothing else. */
void print(const char *format, ...);
/* The arguments QEMU was given for us, as one line. */
const char *command_line(void);
_Noreturn void finish(uint32_t status);

#endif
