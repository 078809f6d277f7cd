/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of vkexec-measure; each is cmd_<name>.c. */
#ifndef VKX_MEASURE_CMDS_H
#define VKX_MEASURE_CMDS_H

int cmd_log(int argc, char **argv);
int cmd_provision(int argc, char **argv);
int cmd_quote(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_manifest(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_challenge(int argc, char **argv);
int cmd_activate(int argc, char **argv);

#endif
