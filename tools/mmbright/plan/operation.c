/* SPDX-License-Identifier: MIT */
/* operation: see operation.h. What it says is compared, and stays as it is: journals and parts of older runs have it.
 */
#include "mmbright/plan/operation.h"

#include <inttypes.h>

#include "kit/cli/builder.h"

static void add_list(struct builder *text, const char *name, const struct value_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        builder_add(text, "%s%.17g", i ? "," : name, list->values[i]);
}

static void add_channels(struct builder *text, const struct bright_plan *plan)
{
    const char *before = " channels=";
    for (uint32_t c = 0; c < plan->input.pixels.samples; c++) {
        if (!plan->meaning.channels[c])
            continue;
        builder_add(text, "%s%u", before, c);
        before = ",";
    }
}

char *operation_text(const struct bright_plan *plan, bool with_shards)
{
    struct builder text = {0};
    const struct change_settings *change = &plan->command->change;
    const struct where_settings *where = &plan->command->where;
    const struct pixel_settings *pixels = &plan->input.pixels;
    const mmi_region *region = &where->region;
    builder_add(&text, "brighten");
    add_list(&text, " gain=", &change->gain);
    add_list(&text, " add=", &change->add);
    if (change->clamp)
        builder_add(&text, " clamp=%.17g,%.17g", change->low, change->high);
    add_channels(&text, plan);
    for (size_t i = 0; i < plan->no_data.count; i++)
        builder_add(&text, "%s%.17g", i ? "," : " nodata=", plan->no_data.values[i]);
    if (where->has_region)
        builder_add(&text, " roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64, region->x, region->y, region->width,
                    region->height);
    builder_add(&text, " type=%s samples=%u layout=%s", mmi_type_name(pixels->type), pixels->samples,
                mmi_layout_name(pixels->layout));
    builder_add(&text, " width=%" PRIu64 " height=%" PRIu64 " offset=%" PRIu64 " length=%" PRIu64, pixels->width,
                pixels->height, plan->meaning.range.offset, plan->meaning.range.length);
    if (pixels->part)
        builder_add(&text, " part=%s", pixels->part);
    if (pixels->row_bytes)
        builder_add(&text, " row-bytes=%" PRIu64, pixels->row_bytes);
    if (plan->command->undo.keep)
        builder_add(&text, " keep-undo");
    /* The parts of a job are of one division. */
    if (with_shards && where->range.shard.count)
        builder_add(&text, " parts=%" PRIu64, where->range.shard.count);
    return builder_take(&text);
}
