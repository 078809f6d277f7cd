// SPDX-License-Identifier: GPL-2.0-only
#include "gic.h"

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/sizes.h>

struct tables {
	struct vkx_extent *list;
	u32 count;
	int err;
};

static void failed(struct tables *tables, int err)
{
	if (!tables->err)
		tables->err = err;
}

/* What all frames share is listed once. */
static void add(struct tables *tables, u64 start, u64 size)
{
	u32 i;

	for (i = 0; i < tables->count; i++)
		if (tables->list[i].start == start &&
		    tables->list[i].size == size)
			return;
	if (tables->count == VKX_GIC_MAX_TABLES) {
		failed(tables, -E2BIG);
		return;
	}
	tables->list[tables->count++] = (struct vkx_extent){ start, size };
}

/* --- redistributors ---------------------------------------------------------- */

/* A byte per interrupt in the property table, which all frames mostly share,
 * a bit in the pending table; both in units of 64 KiB. */
static void frame(struct tables *tables, void __iomem *rd)
{
	u64 prop, pend, ids;

	if (!(readl_relaxed(rd + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS))
		return;
	prop = readq_relaxed(rd + GICR_PROPBASER);
	pend = readq_relaxed(rd + GICR_PENDBASER);
	ids = 2ULL << (prop & GICR_PROPBASER_IDBITS_MASK);
	add(tables, prop & GENMASK_ULL(51, 12), ALIGN(ids, SZ_64K));
	add(tables, pend & GENMASK_ULL(51, 16), ALIGN(ids / 8, SZ_64K));
}

static void region(struct tables *tables, struct device_node *gic, int index,
		   u64 stride)
{
	void __iomem *base;
	struct resource res;
	u64 at, typer, step;

	if (of_address_to_resource(gic, index, &res)) {
		failed(tables, -EINVAL);
		return;
	}
	base = ioremap(res.start, resource_size(&res));
	if (!base) {
		failed(tables, -ENOMEM);
		return;
	}
	for (at = 0; at + SZ_128K <= resource_size(&res); at += step) {
		frame(tables, base + at);
		typer = readq_relaxed(base + at + GICR_TYPER);
		step = typer & GICR_TYPER_VLPIS ? SZ_256K : SZ_128K;
		step = stride ? stride : step;
		if (typer & GICR_TYPER_LAST)
			break;
	}
	iounmap(base);
}

static void redistributors(struct tables *tables, struct device_node *gic)
{
	u32 regions = 1;
	u64 stride = 0;
	u32 i;

	of_property_read_u32(gic, "#redistributor-regions", &regions);
	of_property_read_u64(gic, "redistributor-stride", &stride);
	for (i = 0; i < regions; i++)
		region(tables, gic, 1 + i, stride);
}

/* --- interrupt translation ---------------------------------------------------- */

static u64 table_page_size(u64 baser)
{
	switch (baser >> 8 & 3) {
	case 0:
		return SZ_4K;
	case 1:
		return SZ_16K;
	default:
		return SZ_64K;
	}
}

/* With 64 KiB pages bits 15-12 are the address's bits 51-48. */
static u64 table_address(u64 baser)
{
	if (table_page_size(baser) < SZ_64K)
		return baser & GENMASK_ULL(47, 12);
	return (baser & GENMASK_ULL(47, 16)) | (baser >> 12 & 0xf) << 48;
}

static void translator(struct tables *tables, struct device_node *its)
{
	void __iomem *base = of_iomap(its, 0);
	u64 reg;
	int i;

	if (!base) {
		failed(tables, -ENOMEM);
		return;
	}
	reg = readq_relaxed(base + GITS_CBASER);
	if (reg & GITS_CBASER_VALID)
		add(tables, reg & GENMASK_ULL(51, 12),
		    ((reg & 0xff) + 1) * SZ_4K);
	for (i = 0; i < GITS_BASER_NR_REGS; i++) {
		reg = readq_relaxed(base + GITS_BASER + 8 * i);
		if (reg & GITS_BASER_VALID)
			add(tables, table_address(reg),
			    GITS_BASER_NR_PAGES(reg) * table_page_size(reg));
	}
	iounmap(base);
}

int vkx_gic_tables(struct vkx_extent *list_ret, u32 *lasting_ret)
{
	struct tables tables = { .list = list_ret };
	struct device_node *node;

	for_each_compatible_node (node, NULL, "arm,gic-v3")
		redistributors(&tables, node);
	if (lasting_ret)
		*lasting_ret = tables.count;
	for_each_compatible_node (node, NULL, "arm,gic-v3-its")
		translator(&tables, node);
	return tables.err ? tables.err : (int)tables.count;
}
