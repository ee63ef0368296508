/* SPDX-License-Identifier: MIT */
/*
 * fuzz_options.c - any command line of mmbright, an argument per line: said to be wrong, or settings that agree with
 * each other.
 */

#include "fuzz.h"

#include "mmbright/command/settings.h"

#include <getopt.h>
#include <math.h>
#include <string.h>

#include <mmview/range.h>

enum { ARGUMENTS_MAX = 40 };

static void check_list(const struct value_list *list, uint32_t samples)
{
    MUST(list->count <= 1 || list->count == samples);
    for (size_t i = 0; i < list->count; i++)
        MUST(isfinite(list->values[i]));
}

static void check_settings(const struct bright_settings *settings)
{
    uint64_t end;
    const struct pixel_settings *pixels = &settings->pixels;
    bool some = false;
    MUST(settings->in_place != (settings->output != NULL));
    MUST(settings->file_count > 0);
    MUST(pixels->samples >= 1 && pixels->samples <= MMI_SAMPLES_MAX);
    MUST(settings->units.pixel == pixels->samples * mmi_type_size(pixels->type));
    MUST(mmv_product(settings->units.pixel, pixels->width, &end) && end == settings->units.row);
    MUST(mmv_sum(settings->offset, settings->length, &end));
    MUST(pixels->width > 0 || (pixels->layout == MMI_BIP && !settings->has_region));
    MUST(settings->how.threads >= 1);
    for (uint32_t c = 0; c < pixels->samples; c++)
        some = some || settings->channels[c];
    MUST(some);
    for (uint32_t c = pixels->samples; c < MMI_SAMPLES_MAX; c++)
        MUST(!settings->channels[c]);
    check_list(&settings->add, pixels->samples);
    check_list(&settings->gain, pixels->samples);
    if (settings->clamp)
        MUST(settings->low <= settings->high);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bright_settings settings;
    static struct console console;
    char *argv[ARGUMENTS_MAX + 2] = {(char *)"mmbright"};
    int argc = 1;
    if (size > 2000)
        return -1;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *rest = text, *line; argc <= ARGUMENTS_MAX && (line = strsep(&rest, "\n"));)
        argv[argc++] = line;
    argv[argc] = NULL;
    console = (struct console){.tool = "mmbright"};
    /* 0 and not 1: getopt_long(3) forgets what it has reordered. */
    optind = 0;
    int result = settings_parse(&settings, &console, argc, argv);
    MUST(result == OPTIONS_GO || result == TOOL_DONE || result == TOOL_USAGE ||
         (result == TOOL_FAILED && settings.files_from));
    /* As for a raw file, of which the options say everything. */
    const struct pixel_settings *pixels = &settings.pixels;
    settings.units.pixel = pixels->samples * mmi_type_size(pixels->type);
    if (result == OPTIONS_GO && mmv_product(settings.units.pixel, pixels->width, &settings.units.row)) {
        bool command = settings.status || settings.discard;
        result = settings_resolve(&settings, &console);
        MUST(result == TOOL_DONE || result == TOOL_USAGE);
        if (result == TOOL_DONE && !command)
            check_settings(&settings);
    }
    file_list_free(&settings.list);
    settings_drop(&settings);
    free(text);
    return 0;
}
