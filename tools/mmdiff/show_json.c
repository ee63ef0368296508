/* SPDX-License-Identifier: MIT */
/* show_json: see show.h. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmdiff/show.h"

static void put_side(struct json *json, const struct pair *pair, const struct side *side)
{
    const mmi_image *image = &side->image;
    json_item(json);
    json_text(json, "file", side->file.name);
    json_text(json, "format", mmi_format_name(side->file.container.format));
    json_count(json, "offset", side->range.offset - side->file.offset);
    if (side->is_endless)
        json_null(json, "records");
    else
        json_count(json, "records", side->pixels);
    if (!pair->settings->record) {
        json_text(json, "type", mmi_type_name(image->type));
        json_text(json, "layout", mmi_layout_name(image->layout));
        json_count(json, "samples", image->samples);
        json_count(json, "width", image->width);
        json_reals(json, "no_data_values", side->no_data.values, side->no_data.count);
    }
    json_item_end(json);
}

static void put_largest(struct json *json, const struct tally *tally)
{
    char text[GAP_TEXT];
    const char *largest = gap_text(&tally->largest, text);
    json_number(json, "largest", largest[0] ? largest : "0");
}

/* With all digits. */
static void put_exact(struct json *json, const char *key, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    if (isfinite(value))
        json_number(json, key, text);
    else
        json_null(json, key);
}

static void put_bins(struct json *json, const struct tally *tally)
{
    double from[TALLY_BINS];
    uint64_t counts[TALLY_BINS];
    size_t count = 0;
    for (int bin = 0; bin < TALLY_BINS; bin++)
        if (tally->bins[bin]) {
            from[count] = bin ? ldexp(1, TALLY_LOWEST + bin - 1) : 0;
            counts[count++] = tally->bins[bin];
        }
    json_reals(json, "histogram_from", from, count);
    json_counts(json, "histogram", counts, count);
}

static void put_column(struct json *json, const struct pair *pair, struct tally *tally, size_t number)
{
    json_item(json);
    if (pair->settings->record)
        json_text(json, "field", pair->columns.list[number].name);
    else
        json_count(json, "channel", number);
    json_count(json, "compared", tally->compared);
    json_count(json, "differing", tally->differing);
    json_count(json, "within_tolerance", tally->within);
    json_count(json, "b_larger", tally->up);
    json_count(json, "b_smaller", tally->down);
    json_count(json, "no_number", tally->unknown);
    json_count(json, "no_data", tally->no_data);
    put_largest(json, tally);
    put_exact(json, "mean", tally_mean(tally));
    put_bins(json, tally);
    json_item_end(json);
}

static void put_place(struct json *json, const struct pair *pair, const struct place *place)
{
    uint64_t width = pair->a.image.width;
    const struct column *column = &pair->columns.list[place->column];
    json_item(json);
    if (pair->settings->record) {
        json_count(json, "record", place->pixel);
        json_text(json, "field", column->name);
        if (column->is_array)
            json_count(json, "element", place->element);
    } else {
        json_count(json, "channel", place->column);
        json_count(json, "pixel", place->pixel);
    }
    if (width) {
        json_count(json, "x", place->pixel % width);
        json_count(json, "y", place->pixel / width);
    }
    /* As text: numbers of 64 bits would be rounded by most readers, and NaN is none. */
    json_text(json, "a", place->a);
    json_text(json, "b", place->b);
    json_item_end(json);
}

/* Those of both files, each behind the name of its file. */
static void put_notes(struct json *json, const struct pair *pair)
{
    const struct notes *a = &pair->a.file.notes, *b = &pair->b.file.notes;
    size_t count = a->count + b->count, made = 0;
    char **texts = calloc(count + 1, sizeof *texts);
    for (size_t i = 0; i < count && texts; i++) {
        const struct notes *notes = i < a->count ? a : b;
        const char *name = i < a->count ? pair->a.file.name : pair->b.file.name;
        const char *text = notes->list[i < a->count ? i : i - a->count].text;
        size_t size = strlen(name) + strlen(text) + 3;
        texts[made] = malloc(size);
        if (texts[made])
            snprintf(texts[made++], size, "%s: %s", name, text);
    }
    json_texts(json, "notes", (const char *const *)texts, made);
    for (size_t i = 0; i < made; i++)
        free(texts[i]);
    free(texts);
}

static void put_reasons(struct json *json, const struct pair *pair)
{
    const char *reasons[PAIR_REASONS];
    for (size_t i = 0; i < pair->reason_count; i++)
        reasons[i] = pair->reasons[i];
    json_texts(json, "reasons", reasons, pair->reason_count);
}

int show_json(const struct pair *pair, struct diff_result *result)
{
    const struct side *a = &pair->a;
    const struct report_subject subject = {a->file.path, a->range.offset - a->file.offset, a->range.length,
                                           pair->pixels, NULL};
    struct totals totals = show_total(pair, result);
    struct json json;
    report_json_begin(&json, pair->console, &subject, &result->report);
    json_list(&json, "files");
    put_side(&json, pair, a);
    put_side(&json, pair, &pair->b);
    json_list_end(&json);
    json_bool(&json, "changed_meanwhile", result->changed_meanwhile);
    put_notes(&json, pair);
    json_bool(&json, "equal", !result->is_different);
    json_bool(&json, "same_file", pair->is_same);
    put_reasons(&json, pair);
    json_bool(&json, "complete", result->is_complete);
    put_exact(&json, "tolerance", pair->settings->tolerance.real);
    json_count(&json, "compared", totals.compared);
    json_count(&json, "differing", totals.differing);
    json_list(&json, pair->settings->record ? "fields" : "channels");
    for (size_t i = 0; i < pair->columns.count; i++)
        if (pair->shown[i])
            put_column(&json, pair, &result->total.tallies[i], i);
    json_list_end(&json);
    json_list(&json, "first");
    for (size_t i = 0; i < result->total.places.count; i++)
        put_place(&json, pair, &result->total.places.list[i]);
    json_list_end(&json);
    return report_json_end(&json, pair->console);
}
