/* SPDX-License-Identifier: MIT */
/*
 * mmstat: what is in an image.
 *
 *     settings    settings.c    the command line; exit 2
 *     scan        scan.c        the passes over the samples
 *     show        show.c        table, bars, JSON; plot.c the picture
 */
#include <mmview/guard.h>

#include "common/signals.h"
#include "mmstat/show.h"

static int work(const struct stat_settings *settings, const struct console *console, const char *name)
{
    struct image_file file;
    struct stat_result result = {0};
    int status = image_file_open(&file, console, name, &settings->pixels, MMV_READ);
    if (status == TOOL_DONE)
        status = scan_image(settings, console, &file, &result);
    if (status == TOOL_DONE && settings->plot)
        status = plot_histograms(settings, console, &file, &result);
    if (status == TOOL_DONE)
        report_explain(console, file.path, &result.report, settings->how.max_mapped);
    if (status == TOOL_DONE)
        status = settings->report.json ? show_json(settings, console, &file, &result)
                                       : show_table(settings, console, &file, &result);
    scan_drop(&result);
    image_file_close(&file);
    return status;
}

int main(int argc, char **argv)
{
    static struct stat_settings settings;
    struct console console = {.tool = "mmstat"};
    console_secure();
    int status = settings_parse(&settings, &console, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    signals_install(false);
    mmv_guard_enable();
    status = TOOL_DONE;
    for (size_t i = 0; i < settings.file_count && !signals_stop(); i++) {
        int result = work(&settings, &console, settings.files[i]);
        status = result > status ? result : status;
    }
    return status != TOOL_DONE && signals_stop() ? signals_raise(signals_stop()) : status;
}
