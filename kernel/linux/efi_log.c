// SPDX-License-Identifier: GPL-2.0-only
#include "efi_log.h"

#include <asm/cacheflush.h>
#include <linux/build_bug.h>
#include <linux/efi.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/tpm_eventlog.h>

#include "chosen.h"
#include "cursor.h"

/* More entries than any firmware has. */
#define MAX_TABLES 1024

/* The log follows the last member, not the structure. */
#define HEADER offsetof(struct linux_efi_tpm_eventlog, log)

/*
 * What firmware logged after the EFI stub took the log is in ours already:
 * calling all of it "preboot" keeps the next kernel from adding it again.
 */
void vkx_efi_log_fill(u8 *header_ret, u32 size)
{
	struct linux_efi_tpm_eventlog header = {
		.size = size,
		.final_events_preboot_size = efi_tpm_final_log_size,
		.version = EFI_TCG2_EVENT_LOG_FORMAT_TCG_2,
	};

	memcpy(header_ret, &header, HEADER);
}

/* Firmware's pointers are virtual once SetVirtualAddressMap() was called. */
static u64 physical(u64 addr)
{
	efi_memory_desc_t *md;

	for_each_efi_memory_desc (md) {
		if (!(md->attribute & EFI_MEMORY_RUNTIME) || !md->virt_addr)
			continue;
		if (addr >= md->virt_addr &&
		    addr - md->virt_addr < md->num_pages << EFI_PAGE_SHIFT)
			return md->phys_addr + (addr - md->virt_addr);
	}
	return addr;
}

static int find_tables(u64 *pa_ret, u64 *count_ret)
{
	efi_system_table_t *systab;
	const u8 *value;
	int size;

	value = vkx_chosen_get("linux,uefi-system-table", &size);
	if (!value || size != sizeof(u64))
		return -ENOENT;
	systab = memremap(vkx_get_be64(value), sizeof(*systab), MEMREMAP_WB);
	if (!systab)
		return -ENOENT;
	*pa_ret = physical((unsigned long)systab->tables);
	*count_ret = systab->nr_tables;
	memunmap(systab);
	return *count_ret && *count_ret <= MAX_TABLES ? 0 : -ENOENT;
}

static u64 *find_entry(efi_config_table_64_t *tables, u64 count)
{
	u64 i;

	for (i = 0; i < count; i++)
		if (!efi_guidcmp(tables[i].guid,
				 LINUX_EFI_TPM_EVENT_LOG_GUID) &&
		    tables[i].table == efi.tpm_log)
			return &tables[i].table;
	return NULL;
}

/* The entry, or NULL. *tables_ret is to be unmapped when it is done with. */
static u64 *map_entry(efi_config_table_64_t **tables_ret)
{
	efi_config_table_64_t *tables;
	u64 at, count, *entry;

	if (find_tables(&at, &count))
		return NULL;
	tables = memremap(at, count * sizeof(*tables), MEMREMAP_WB);
	if (!tables)
		return NULL;
	entry = find_entry(tables, count);
	if (entry)
		*tables_ret = tables;
	else
		memunmap(tables);
	return entry;
}

u32 vkx_efi_log_header(void)
{
	efi_config_table_64_t *tables;

	BUILD_BUG_ON(VKX_EFI_LOG_EXTRA !=
		     sizeof(struct linux_efi_tpm_eventlog));

	if (!efi_enabled(EFI_CONFIG_TABLES) || !efi_enabled(EFI_MEMMAP) ||
	    efi.tpm_log == EFI_INVALID_TABLE_ADDR || !map_entry(&tables))
		return 0;
	memunmap(tables);
	return HEADER;
}

/* What is mapped stays: the machine is going down. */
static u64 *found_entry, entry_value;

int vkx_efi_log_find(u64 pa)
{
	efi_config_table_64_t *tables;

	found_entry = map_entry(&tables);
	entry_value = pa;
	return found_entry ? 0 : -ENOENT;
}

void vkx_efi_log_publish(void)
{
	if (!found_entry)
		return;
	*found_entry = entry_value;
	dcache_clean_inval_poc((unsigned long)found_entry,
			       (unsigned long)(found_entry + 1));
}
