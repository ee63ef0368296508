/* SPDX-License-Identifier: MIT */
/*
 * plan: see plan.h.
 *
 *     text, JSON     the parts' ranges
 *     job files      for Slurm, Kubernetes and GNU parallel: mmbright on each part
 */
#include "mmshard/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/shard.h>

#include "kit/cli/json.h"

/* The same borders as mmbright's: every record is in the part of its first byte. */
static mmv_range part_of(const struct shard_plan *plan, uint64_t index)
{
    const struct pixel_settings *pixels = &plan->file.pixels;
    const mmi_image image = {pixels->type, pixels->samples, pixels->width, pixels->height, pixels->layout};
    mmv_range part = {0, 0};
    mmv_shard(plan->bytes, mmi_image_record(&image), 0, index, plan->count, &part);
    part.length = mmv_range_bytes(part);
    part.offset -= plan->file.offset;
    return part;
}

static void print_text(const struct shard_plan *plan)
{
    for (uint64_t i = 0; i < plan->count; i++) {
        mmv_range part = part_of(plan, i);
        printf("%" PRIu64 "/%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", i + 1, plan->count, part.offset, part.length);
    }
}

static void print_json(const struct shard_plan *plan)
{
    struct json json;
    uint64_t *offsets = calloc((size_t)plan->count, sizeof *offsets),
             *lengths = calloc((size_t)plan->count, sizeof *lengths);
    for (uint64_t i = 0; offsets && lengths && i < plan->count; i++) {
        mmv_range part = part_of(plan, i);
        offsets[i] = part.offset;
        lengths[i] = part.length;
    }
    json_begin(&json, stdout);
    json_count(&json, "schema", 1);
    json_text(&json, "tool", plan->console->tool);
    json_text(&json, "version", MMV_VERSION);
    json_text(&json, "file", plan->file.path);
    json_count(&json, "count", plan->count);
    json_counts(&json, "offsets", offsets, (size_t)plan->count);
    json_counts(&json, "lengths", lengths, (size_t)plan->count);
    json_end(&json);
    free(offsets);
    free(lengths);
}

/* A word of a shell: nothing in it means anything. */
static void put_word(const char *word)
{
    fputs(" '", stdout);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\'", stdout);
        putchar(*word);
    }
    putchar('\'');
}

/* The options that say which bytes and pixels are meant, as they were given. */
#define WORDS 10
struct words {
    char text[WORDS][96];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void add_word(struct words *words, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words->text[words->count], sizeof words->text[0], format, arguments);
    va_end(arguments);
    words->count++;
}

static struct words words_of(const struct shard_plan *plan)
{
    const struct pixel_settings *pixels = &plan->pixels;
    struct words words = {.count = 0};
    if (plan->range.offset)
        add_word(&words, "--offset=%s", plan->range.offset);
    if (plan->range.length)
        add_word(&words, "--length=%s", plan->range.length);
    if (pixels->type_given)
        add_word(&words, "--type=%s", mmi_type_name(pixels->type));
    if (pixels->samples_given)
        add_word(&words, "--samples=%" PRIu32, pixels->samples_given);
    if (pixels->width)
        add_word(&words, "--width=%" PRIu64, pixels->width);
    if (pixels->height)
        add_word(&words, "--height=%" PRIu64, pixels->height);
    if (pixels->layout_given)
        add_word(&words, "--layout=%s", mmi_layout_name(pixels->layout));
    if (pixels->format != MMI_AUTO)
        add_word(&words, "--format=%s", mmi_format_name(pixels->format));
    if (pixels->allow_outside)
        add_word(&words, "--allow-outside");
    return words;
}

/* What stands behind mmbright's options for the shard. */
static void put_rest(const struct shard_plan *plan, void (*put)(const char *word))
{
    struct words words = words_of(plan);
    for (size_t i = 0; i < words.count; i++)
        put(words.text[i]);
    for (char *const *argument = plan->arguments; *argument; argument++)
        put(*argument);
    put("--");
    put(plan->file.name);
}

static void put_command(const struct shard_plan *plan, const char *shard)
{
    printf("mmbright %s", plan->output ? "-o" : "-i");
    if (plan->output)
        put_word(plan->output);
    printf(" %s", shard);
    put_rest(plan, put_word);
}

/* Warned two minutes before its end a task stops where it is, and goes on there when it runs again. */
static void print_slurm(const struct shard_plan *plan)
{
    printf("#!/bin/bash\n#SBATCH --job-name=mmbright\n#SBATCH --array=0-%" PRIu64 "\n#SBATCH --cpus-per-task=2\n"
           "#SBATCH --time=01:00:00\n#SBATCH --signal=TERM@120\n#SBATCH --requeue\n#SBATCH --open-mode=append\n"
           "# A part is the array's task number: repeat single tasks with --shard-index, not with another --array.\n"
           "# 75: stopped, and the same task again goes on from there.\nsrun ",
           plan->count - 1);
    put_command(plan, "--shard=auto --progress=always");
    printf("\nstatus=$?\n[ $status -ne 75 ] || scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\nexit "
           "$status\n");
}

/* In YAML's double quotes. */
static void put_yaml(const char *word)
{
    printf(", \"");
    for (; *word; word++) {
        if (*word == '"' || *word == '\\')
            putchar('\\');
        putchar(*word);
    }
    putchar('"');
}

static void print_kubernetes(const struct shard_plan *plan)
{
    printf("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: mmbright\nspec:\n  completionMode: Indexed\n  "
           "completions: %" PRIu64 "\n  parallelism: %" PRIu64
           "\n  backoffLimitPerIndex: 3\n  podFailurePolicy:\n    rules:\n"
           "    - action: Ignore\n      onExitCodes: {operator: In, values: [75]}\n"
           "    - action: FailIndex\n      onExitCodes: {operator: In, values: [2]}\n"
           "  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: mmbright\n        "
           "image: mmview\n"
           "        command: [\"mmbright\"",
           plan->count, mmv_min(plan->count, 8));
    put_yaml(plan->output ? "-o" : "-i");
    if (plan->output)
        put_yaml(plan->output);
    printf(", \"--shard=auto\", \"--shard-count=%" PRIu64 "\"", plan->count);
    put_rest(plan, put_yaml);
    printf("]\n");
}

static void print_parallel(const struct shard_plan *plan)
{
    for (uint64_t i = 0; i < plan->count; i++) {
        char shard[64];
        snprintf(shard, sizeof shard, "--shard=%" PRIu64 "/%" PRIu64, i + 1, plan->count);
        put_command(plan, shard);
        printf("\n");
    }
}

enum form plan_form(const char *name)
{
    static const char *const names[FORMS] = {"text", "json", "slurm", "kubernetes", "parallel"};
    enum form form = FORM_TEXT;
    while (form < FORMS && strcmp(name, names[form]) != 0)
        form++;
    return form;
}

int plan_print(const struct shard_plan *plan)
{
    static void (*const prints[FORMS])(const struct shard_plan *) = {print_text, print_json, print_slurm,
                                                                     print_kubernetes, print_parallel};
    prints[plan->form](plan);
    return fflush(stdout) == 0 ? TOOL_DONE
                               : console_error(plan->console, NULL, "cannot write to stdout: %s", strerror(errno));
}
