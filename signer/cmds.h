/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of vkexec-sign, one cmd_<verb>.c each; struct vkx_cmd.run. */
#ifndef VKX_SIGNER_CMDS_H
#define VKX_SIGNER_CMDS_H

int cmd_build(int argc, char **argv);
int cmd_sign(int argc, char **argv);

#endif
