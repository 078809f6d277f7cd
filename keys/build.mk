# SPDX-License-Identifier: BSD-2-Clause
tools += vkexec-keys
tool_vkexec-keys_dir := keys
