/* SPDX-License-Identifier: MIT */
/*
 * fuzz_options.c - any command line of mmbright, an argument per line: said to be wrong, or a command whose
 * values agree with each other.
 */

#include "fuzz.h"

#include "mmbright/command/meaning.h"

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

static void check_command(const struct command *command, const struct image_file *file, const struct meaning *meaning)
{
    uint64_t end;
    const struct pixel_settings *pixels = &file->pixels;
    const struct change_settings *change = &command->change;
    bool some = false;
    MUST((command->target.kind == TARGET_IN_PLACE) == (command->target.output == NULL));
    MUST(command->safety.journal == MMV_JOURNAL_OFF || command->target.kind == TARGET_IN_PLACE);
    MUST(command->files.count > 0);
    MUST(pixels->samples >= 1 && pixels->samples <= MMI_SAMPLES_MAX);
    MUST(mmv_sum(meaning->range.offset, meaning->range.length, &end));
    MUST(pixels->width > 0 || (pixels->layout == MMI_BIP && !command->where.has_region));
    MUST(command->how.threads >= 1);
    for (uint32_t c = 0; c < pixels->samples; c++)
        some = some || meaning->channels[c];
    MUST(some);
    for (uint32_t c = pixels->samples; c < MMI_SAMPLES_MAX; c++)
        MUST(!meaning->channels[c]);
    check_list(&change->add, pixels->samples);
    check_list(&change->gain, pixels->samples);
    if (change->clamp)
        MUST(change->low <= change->high);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct command command;
    static struct console console;
    static struct image_file file;
    struct meaning meaning;
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
    int result = command_parse(&command, &console, argc, argv);
    MUST(result == OPTIONS_GO || result == TOOL_DONE || result == TOOL_USAGE ||
         (result == TOOL_FAILED && (command.files.from || command.retry)));
    /* As for a raw file, of which the options say everything. */
    const struct pixel_settings *pixels = &command.pixels;
    file.pixels = *pixels;
    file.container.slope = 1;
    file.units.pixel = pixels->samples * mmi_type_size(pixels->type);
    if (result == OPTIONS_GO && mmv_product(file.units.pixel, pixels->width, &file.units.row)) {
        result = meaning_find(&meaning, &command, &console, &file);
        MUST(result == TOOL_DONE || result == TOOL_USAGE);
        if (result == TOOL_DONE && command.task == TASK_CHANGE)
            check_command(&command, &file, &meaning);
    }
    command_drop(&command);
    free(text);
    return 0;
}
