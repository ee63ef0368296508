/* SPDX-License-Identifier: MIT */
/* describe: see describe.h. */
#include "mmbright/plan/describe.h"

#include <assert.h>
#include <inttypes.h>

#include "kit/cli/sizes.h"
#include "kit/cli/text.h"
#include "kit/image/values.h"
#include "mmbright/plan/destination.h"
#include "mmbright/plan/turns.h"

static void print_list(const char *name, const struct value_list *list)
{
    printf(" %s", name);
    for (size_t i = 0; i < list->count; i++)
        printf("%s%.9g", i ? "," : " ", list->values[i]);
}

static bool all_channels(const struct bright_plan *plan)
{
    for (uint32_t c = 0; c < plan->image.samples; c++) {
        if (!plan->meaning.channels[c])
            return false;
    }
    return true;
}

void describe_channels(FILE *file, const struct bright_plan *plan, uint32_t first, uint32_t end)
{
    const char *comma = "";
    assert(end <= plan->image.samples);
    for (uint32_t c = first; c < end; c++) {
        if (!plan->meaning.channels[c])
            continue;
        fprintf(file, "%s%u", comma, c);
        comma = ",";
    }
}

static void print_type_ends(mmi_type type, const char *comma)
{
    char low[VALUES_TEXT], high[VALUES_TEXT];
    unsigned char stored[2][8];
    mmi_sample_set(type, stored[0], mmi_type_minimum(type));
    mmi_sample_set(type, stored[1], mmi_type_maximum(type));
    printf("%s limit to %s..%s", comma, values_text(type, stored[0], low), values_text(type, stored[1], high));
}

static void print_change(const struct bright_plan *plan)
{
    const struct change_settings *change = &plan->command->change;
    mmi_type type = plan->image.type;
    const char *comma = "";
    printf("change:   ");
    if (change->gain.count) {
        print_list("multiply by", &change->gain);
        comma = ",";
    }
    if (change->add.count) {
        printf("%s", comma);
        print_list("add", &change->add);
        comma = ",";
    }
    if (change->clamp)
        printf("%s limit to %.9g..%.9g", comma, change->low, change->high);
    else if (!mmi_type_is_float(type))
        print_type_ends(type, comma);
    if (!all_channels(plan)) {
        printf(", channels ");
        describe_channels(stdout, plan, 0, plan->image.samples);
    }
    if (no_data_is_any(&plan->no_data)) {
        char text[NO_DATA_TEXT];
        printf(", but not samples of %s (no data)", no_data_text(&plan->no_data, text));
    }
    printf("\n");
}

static void print_pixels(const struct bright_plan *plan)
{
    const mmi_image *image = &plan->image;
    printf("pixels:    %" PRIu64 " of %u x %s, %s", plan->share.pixels, image->samples, mmi_type_name(image->type),
           mmi_layout_name(image->layout));
    if (plan->command->where.has_region)
        printf("; rectangle %" PRIu64 "x%" PRIu64 " at %" PRIu64 ",%" PRIu64 " of %" PRIu64 "x%" PRIu64,
               plan->region.width, plan->region.height, plan->region.x, plan->region.y, image->width, image->height);
    printf("\n");
}

static void print_target(const struct bright_plan *plan)
{
    const struct destination *to = plan->to;
    mmv_journal_mode journal = plan->command->safety.journal;
    switch (plan->command->target.kind) {
    case TARGET_IN_PLACE:
        if (journal == MMV_JOURNAL_OFF)
            printf("result:    in place, no journal: a rerun applies the change again\n");
        else
            printf("result:    in place, journal %s\n", mmv_journal_mode_name(journal));
        return;
    case TARGET_STDOUT:
        printf("result:    to stdout, %" PRIu64 " bytes\n", plan->input.size);
        return;
    case TARGET_PART:
        text_line(stdout, "result:    part of new file %s, in %s", to->output.path, to->parts.path);
        return;
    default:
        text_line(stdout, "result:    new file %s, %" PRIu64 " bytes%s", to->output.path,
                  files_copy_bytes(&plan->input), plan->command->target.force ? ", replacing one of that name" : "");
    }
}

static void print_means(const struct command *command)
{
    const struct how_settings *how = &command->how;
    char window[SIZES_TEXT], budget[SIZES_TEXT];
    printf("how:       io %s, window %s, %u threads, at most %s mapped%s%s\n", mmv_io_name(how->io),
           how->window ? sizes_text(how->window, window) : "chosen by size", how->threads,
           sizes_text(how->max_mapped ? how->max_mapped : mmv_default_max_mapped(), budget),
           command->safety.verify ? ", verified" : "", command->safety.sync ? ", synced" : "");
}

void describe_plan(const struct bright_plan *plan)
{
    char length[SIZES_TEXT];
    text_line(stdout, "file:      %s, %" PRIu64 " bytes", plan->input.path, plan->input.size);
    printf("range:     offset %" PRIu64 ", length %" PRIu64 " (%s)\n", plan->share.range.offset - plan->input.offset,
           plan->share.range.length, sizes_text(plan->share.range.length, length));
    if (!image_file_is_raw(&plan->input))
        text_line(stdout, "format:    %s, samples from byte %" PRIu64 "%s%s",
                  mmi_format_name(plan->input.container.format), plan->input.offset,
                  plan->input.header[0] ? ", header " : "", plan->input.header);
    if (turns_are(plan))
        printf("files:     %" PRIu32 ", of which %zu change; range and walks are those of the first\n",
               plan->input.files.count, turns_changing(plan));
    if (plan->pieces)
        printf("pieces:    %" PRIu64 ", in %zu walks\n", mmi_pieces_count(plan->pieces), plan->spans.count);
    print_pixels(plan);
    print_change(plan);
    print_target(plan);
    print_means(plan->command);
}
