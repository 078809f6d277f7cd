/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VKX_VM_VERBS_H
#define VKX_VM_VERBS_H
/*
 * What the host can ask of the guest. Every verb answers exactly once through
 * the channel; only those that leave this kernel do not come back.
 */
void verb_run(char **args, int count);

#endif
