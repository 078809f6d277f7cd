/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of vkexec-measure; each is cmd_<name>.c. */
#ifndef VKX_MEASURE_CMDS_H
#define VKX_MEASURE_CMDS_H

int cmd_log(int argc, char **argv);

#endif
