# SPDX-License-Identifier: BSD-2-Clause
tools += vkexec-measure
tool_vkexec-measure_dir := measure
tool_vkexec-measure_libs := -ltss2-esys -ltss2-mu -ltss2-tctildr -ltss2-rc -lcrypto
