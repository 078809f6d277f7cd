/* SPDX-License-Identifier: BSD-2-Clause */
/* Subcommands of vkexec-verify, one cmd_<verb>.c each; struct vkx_cmd.run. */
#ifndef VKX_VERIFY_CMDS_H
#define VKX_VERIFY_CMDS_H

int cmd_check(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_digest(int argc, char **argv);
int cmd_extract(int argc, char **argv);

#endif
