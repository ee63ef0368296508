/* SPDX-License-Identifier: MIT */
/* show: see show.h. */
#include "mmdiff/show.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kit/cli/text.h"

struct totals show_total(const struct pair *pair, const struct diff_result *result)
{
    struct totals totals = {0};
    for (size_t i = 0; i < pair->columns.count; i++) {
        const struct tally *tally = &result->total.tallies[i];
        totals.compared += tally->compared;
        totals.differing += tally->differing;
        totals.within += tally->within;
    }
    return totals;
}

static void print_side(const struct pair *pair, const char *name, const struct side *side)
{
    const mmi_image *image = &side->image;
    char size[64] = "";
    if (pair->settings->record) {
        text_line(stdout, "%s: %s: %" PRIu64 " records of %zu bytes", name, side->file.name, side->pixels,
                  pair->fields.size);
        return;
    }
    if (image->width && side->pixels % image->width == 0 && !pair->settings->where.has_region)
        snprintf(size, sizeof size, " (%" PRIu64 " x %" PRIu64 ")", image->width, side->pixels / image->width);
    text_line(stdout, "%s: %s: %" PRIu64 " pixels%s of %u x %s, %s, %s", name, side->file.name, side->pixels, size,
              image->samples, mmi_type_name(image->type), mmi_layout_name(image->layout),
              mmi_format_name(side->file.container.format));
}

static void print_verdict(const struct pair *pair, const struct diff_result *result)
{
    struct totals totals = show_total(pair, result);
    for (size_t i = 0; i < pair->reason_count; i++)
        text_line(stdout, "different %s", pair->reasons[i]);
    if (!pair->is_comparable) {
        printf("the samples are not compared\n");
        return;
    }
    if (pair->is_same)
        printf("equal: A and B are the same file\n");
    else if (totals.differing > 0)
        printf("different: %" PRIu64 " of %" PRIu64 " samples\n", totals.differing, totals.compared);
    else
        printf("%s: %" PRIu64 " samples\n", pair->reason_count ? "what both have is equal" : "equal", totals.compared);
    if (totals.within > 0)
        printf("within the tolerance: %" PRIu64 " samples\n", totals.within);
}

static void print_figures(const struct pair *pair, struct diff_result *result)
{
    char text[GAP_TEXT];
    printf("%12s %14s %14s %12s %12s %20s %16s %14s\n", pair->settings->record ? "field" : "channel", "compared",
           "differing", "B larger", "B smaller", "largest", "mean", "no number");
    for (size_t i = 0; i < pair->columns.count; i++) {
        struct tally *tally = &result->total.tallies[i];
        if (!pair->shown[i])
            continue;
        const char *largest = gap_text(&tally->largest, text);
        printf("%12s %14" PRIu64 " %14" PRIu64 " %12" PRIu64 " %12" PRIu64 " %20s %16.10g %14" PRIu64 "\n",
               pair->columns.list[i].name, tally->compared, tally->differing, tally->up, tally->down,
               largest[0] ? largest : "0", tally->compared > tally->unknown ? tally_mean(tally) : 0.0, tally->unknown);
    }
}

static void print_places(const struct pair *pair, const struct diff_result *result)
{
    const struct places *places = &result->total.places;
    uint64_t width = pair->a.image.width;
    if (places->count == 0)
        return;
    printf("%14s %12s %12s %24s %24s\n",
           width                    ? "x"
           : pair->settings->record ? "record"
                                    : "pixel",
           width ? "y" : "", pair->settings->record ? "field" : "channel", "A", "B");
    for (size_t i = 0; i < places->count; i++) {
        const struct place *place = &places->list[i];
        const struct column *column = &pair->columns.list[place->column];
        char row[24] = "", name[COLUMN_NAME + 16];
        snprintf(name, sizeof name, column->is_array ? "%s[%" PRIu32 "]" : "%s", column->name, place->element);
        if (width)
            snprintf(row, sizeof row, "%" PRIu64, place->pixel / width);
        printf("%14" PRIu64 " %12s %12s %24s %24s\n", width ? place->pixel % width : place->pixel, row, name, place->a,
               place->b);
    }
}

static void print_bins(const struct pair *pair, const struct diff_result *result)
{
    for (size_t i = 0; i < pair->columns.count; i++) {
        const struct tally *tally = &result->total.tallies[i];
        if (!pair->shown[i] || tally->largest.kind == GAP_NONE)
            continue;
        printf("%s %s: differences from ... on, up to twice as much\n", pair->settings->record ? "field" : "channel",
               pair->columns.list[i].name);
        for (int bin = 0; bin < TALLY_BINS; bin++)
            if (tally->bins[bin])
                printf("%24.10g %14" PRIu64 "\n", bin ? ldexp(1, TALLY_LOWEST + bin - 1) : 0.0, tally->bins[bin]);
    }
}

int show_table(const struct pair *pair, struct diff_result *result)
{
    print_side(pair, "A", &pair->a);
    print_side(pair, "B", &pair->b);
    print_verdict(pair, result);
    if (pair->is_comparable && !pair->is_same && result->total.tallies) {
        print_figures(pair, result);
        if (pair->settings->histogram)
            print_bins(pair, result);
        print_places(pair, result);
    }
    return console_flush(pair->console);
}
