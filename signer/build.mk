# SPDX-License-Identifier: BSD-2-Clause
tools += vkexec-sign
tool_vkexec-sign_dir := signer
