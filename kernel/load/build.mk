# SPDX-License-Identifier: BSD-2-Clause
tools += vkexec-load
tool_vkexec-load_dir := kernel/load
