/* SPDX-License-Identifier: MIT */
/*
 * mmdiff: two images, or two files of records, sample by sample.
 *
 *     settings    settings.c    the command line; second.c: the options of B alone
 *     pair        pair.c        both files; pair_fit.c: what of them is compared, and what is different already
 *     column      column.c      what has figures of its own: a channel, or a field
 *     scan        scan.c        the walk over A, by all threads; once.c: over a pipe, as it comes
 *       follow    follow.c      the same samples of B, or of the one that is no pipe
 *       compare   compare.c     both; gap.c: two values, tally.c: figures, sum.c: exact sums, places.c: the first ones
 *     picture     picture.c     where they differ
 *     show        show.c        a table, or JSON (show_json.c)
 *
 * The exit status is that of cmp(1): 0 equal, 1 different, 2 trouble.
 */
#include <mmview/guard.h>

#include "kit/os/signals.h"
#include "mmdiff/show.h"

enum { EQUAL = 0, DIFFERENT = 1, TROUBLE = 2 };

static void say_notes(struct pair *pair)
{
    notes_say(&pair->a.file.notes, pair->console, pair->a.file.name);
    if (!pair->is_same)
        notes_say(&pair->b.file.notes, pair->console, pair->b.file.name);
}

static int show(struct pair *pair, struct diff_result *result)
{
    const struct diff_settings *settings = pair->settings;
    report_explain(pair->console, pair->a.file.path, &result->report, settings->how.max_mapped);
    if (settings->report.json)
        return show_json(pair, result);
    return pair->console->quiet ? TOOL_DONE : show_table(pair, result);
}

/* How many samples of a pixel are compared. */
static uint32_t count_shown(const struct pair *pair)
{
    uint32_t count = 0;
    for (size_t i = 0; i < pair->columns.count; i++)
        count += pair->shown[i];
    return count;
}

static int draw(struct pair *pair, struct diff_result *result, struct output *output, const struct picture_wish *wish)
{
    if (result->total.picture.counts)
        return picture_write(&result->total.picture, output, pair->console, wish);
    console_warning(pair->console, wish->path, "not drawn: nothing was compared");
    return TOOL_DONE;
}

static int compare(struct pair *pair, struct diff_result *result)
{
    const struct diff_settings *settings = pair->settings;
    const struct picture_wish wish = {settings->picture, settings->force, count_shown(pair), &pair->a.file,
                                      &pair->b.file};
    struct output output = OUTPUT_NONE;
    int status = TOOL_DONE;
    if (settings->picture && pair->a.image.width == 0)
        return console_usage(pair->console, "--picture needs --width");
    if (settings->picture)
        status = picture_plan(&output, pair->console, &wish);
    say_notes(pair);
    if (status == TOOL_DONE)
        status = scan_pair(pair, result);
    if (status == TOOL_DONE && settings->picture)
        status = draw(pair, result, &output, &wish);
    output_discard(&output);
    say_notes(pair);
    return status == TOOL_DONE ? show(pair, result) : status;
}

int main(int argc, char **argv)
{
    static struct diff_settings settings;
    static struct pair pair;
    struct diff_result result = {0};
    struct console console = {.tool = "mmdiff"};
    console_secure();
    int status = settings_parse(&settings, &console, argc, argv);
    if (status != OPTIONS_GO)
        return status == TOOL_DONE ? EQUAL : TROUBLE;
    signals_install(false);
    mmv_guard_enable();
    status = pair_open(&pair, &settings, &console);
    if (status == TOOL_DONE)
        status = compare(&pair, &result);
    bool is_different = result.is_different;
    scan_drop(&result);
    pair_close(&pair);
    if (status != TOOL_DONE && signals_stop())
        return signals_raise(signals_stop());
    return status != TOOL_DONE ? TROUBLE : is_different ? DIFFERENT : EQUAL;
}
