# SPDX-License-Identifier: BSD-2-Clause
tools += vkexec-verify
tool_vkexec-verify_dir := verify
