/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of vkexec-keys, one cmd_<verb>.c each; struct vkx_cmd.run. */
#ifndef VKX_KEYS_CMDS_H
#define VKX_KEYS_CMDS_H

int cmd_generate(int argc, char **argv);
int cmd_csr(int argc, char **argv);
int cmd_issue(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_revoke(int argc, char **argv);

#endif
