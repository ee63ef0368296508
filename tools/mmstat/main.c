/* SPDX-License-Identifier: MIT */
/*
 * mmstat: what is in an image.
 *
 *     settings    settings.c    the command line; exit 2
 *     scan        scan.c        the passes over the samples; with MPI (kit/job/ranks.c) each process has its shard
 *     show        show.c        table, bars, JSON; plot.c the picture
 */
#include <mmview/guard.h>

#include "kit/file/own.h"
#include "kit/os/signals.h"
#include "mmstat/once.h"
#include "mmstat/show.h"

static int show(const struct stat_settings *settings, const struct console *console, const struct image_file *file,
                const struct stat_result *result)
{
    int status = settings->plot ? plot_histograms(settings, console, file, result) : TOOL_DONE;
    if (status != TOOL_DONE)
        return status;
    report_explain(console, file->path, &result->report, settings->how.max_mapped);
    return settings->report.json ? show_json(settings, console, file, result)
                                 : show_table(settings, console, file, result);
}

static int work(const struct stat_settings *settings, const struct console *console, struct ranks *ranks,
                const char *name)
{
    struct image_file file;
    struct stat_result result = {0};
    const struct once question = {settings, ranks};
    int status = image_file_open_once(
        &file, console, &(struct image_request){name, &settings->pixels, MMV_READ, settings->beside, NULL},
        &(struct image_once){once_is_enough, &question});
    status = ranks_agree_first(ranks, console, status);
    if (status == TOOL_DONE)
        status = ranks_same_file(ranks, console, name, file.size);
    if (status == TOOL_DONE && ranks_first(ranks))
        notes_say(&file.notes, console, file.name);
    if (status == TOOL_DONE)
        status = scan_image(settings, console, &file, ranks, &result);
    if (status == TOOL_DONE && ranks_first(ranks))
        notes_say(&file.notes, console, file.name);
    if (status == TOOL_DONE && ranks_first(ranks))
        status = show(settings, console, &file, &result);
    scan_drop(&result);
    image_file_close(&file);
    return status;
}

static void tell_left_out(const struct stat_settings *settings, const struct console *console)
{
    char **names = settings->files + settings->file_count;
    own_tell(console, names, settings->left_out, settings->file_count + settings->left_out);
    for (size_t i = 0; i < settings->left_out && settings->report.json; i++)
        own_tell_json(stdout, console, names[i], false);
}

int main(int argc, char **argv)
{
    static struct stat_settings settings;
    struct console console = {.tool = "mmstat"};
    console_secure();
    ranks_hush(&console);
    int status = settings_parse(&settings, &console, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    struct ranks *ranks;
    struct shard_settings shard = settings.where.range.shard;
    status = ranks_join(&ranks, &console, &shard, argc, argv);
    signals_install(false);
    mmv_guard_enable();
    mmv_journal_cache *neighbours = NULL;
    struct beside_names beside;
    beside_begin(&beside);
    settings.beside = settings.file_count > 1 ? &beside : NULL;
    settings.neighbours = settings.file_count > 1 ? &neighbours : NULL;
    bool go_on = status == TOOL_DONE;
    if (go_on && ranks_first(ranks))
        tell_left_out(&settings, &console);
    /* A signal reaches one rank before another, and all must leave at the same file. */
    for (size_t i = 0; i < settings.file_count && go_on && !ranks_any(ranks, signals_stop() != 0); i++) {
        int result = work(&settings, &console, ranks, settings.files[i]);
        status = result > status ? result : status;
    }
    mmv_journal_cache_free(&neighbours);
    beside_end(&beside);
    ranks_leave(&ranks);
    return status != TOOL_DONE && signals_stop() ? signals_raise(signals_stop()) : status;
}
