/* SPDX-License-Identifier: MIT */
/*
 * mmshard: how a file is divided between the tasks of a job, as ranges or as the job's files.
 *
 *     plan       text, JSON     the parts' ranges
 *                job files      for Slurm, Kubernetes and GNU parallel: mmbright on each part
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/shard.h>

#include "common/header_file.h"
#include "common/image_file.h"
#include "common/json.h"

enum { COUNT_OF, OUTPUT };
enum form { TEXT, JSON, SLURM, KUBERNETES, PARALLEL, OUTPUTS };
static const char *const output_names[OUTPUTS] = {"text", "json", "slurm", "kubernetes", "parallel"};

struct shard_plan {
    struct console *console;
    uint64_t count;
    enum form form;
    struct range_settings range;
    struct pixel_settings pixels;
    struct image_file file;
    mmv_range bytes;
    char *const *arguments; /* of mmbright; ended by NULL */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry entries[] = {
    {0, "count", "N", COUNT_OF, "how many parts (default 16)", NULL},
    {0, "output", "FORM", OUTPUT, "text, json, slurm, kubernetes or parallel",
     "text has a line for each part: its number, offset and length, in bytes of the image; json an object. The others are job files that run "
     "mmbright -i on each part, with the ARGUMENTs."},
};

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct shard_plan *plan = user;
    if (id == COUNT_OF)
        return sizes_take_count(console, "count", argument, 1, 1000000, &plan->count);
    for (plan->form = TEXT; plan->form < OUTPUTS; plan->form++)
        if (strcmp(argument, output_names[plan->form]) == 0)
            return true;
    console_usage(console, "--output=%s: must be text, json, slurm, kubernetes or parallel", argument);
    return false;
}

static const struct option_values values[] = {{"output", "text json slurm kubernetes parallel"}, {NULL, NULL}};
static const struct option_group group = {"What", entries, COUNT(entries), handle, values};

static int parse(struct shard_plan *plan, int argc, char **argv)
{
    int operand;
    const struct option_section sections[] = {
        {&group, plan}, {&range_group, &plan->range}, {&pixels_group, &plan->pixels}, {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "plan [OPTION]... FILE [-- ARGUMENT...]",
        .purpose = "Say how a file is divided between the tasks of a job.",
        .examples = {"mmshard plan --count=8 Large.data",
                     "mmshard plan --count=64 --output=slurm scan.npy -- --add=200 >job.sh"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, plan->console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    if (plan->range.shard.text || plan->range.shard.index_text || plan->range.shard.count_text)
        return console_usage(plan->console, "a plan is of all parts: --shard is for the tasks, --count says how many there are");
    if (operand >= argc || strcmp(argv[operand], "plan") != 0)
        return console_usage(plan->console, "say plan");
    if (operand + 1 >= argc)
        return console_usage(plan->console, "no FILE given");
    plan->file.name = argv[operand + 1];
    plan->arguments = argv + operand + 2;
    if (*plan->arguments && (plan->form == TEXT || plan->form == JSON))
        return console_usage(plan->console, "%s: ARGUMENTs are for job files, --output=slurm, kubernetes or parallel", *plan->arguments);
    return OPTIONS_GO;
}

/* The same borders as mmbright's: every record is in the part of its first byte. */
static mmv_range part_of(const struct shard_plan *plan, uint64_t index)
{
    mmv_range part = {0, 0};
    uint64_t record = plan->file.pixels.layout == MMI_BIP ? plan->file.units.pixel : mmi_type_size(plan->file.pixels.type);
    mmv_shard(plan->bytes, record, 0, index, plan->count, &part);
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
    uint64_t *offsets = calloc((size_t)plan->count, sizeof *offsets), *lengths = calloc((size_t)plan->count, sizeof *lengths);
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

static void put_command(const struct shard_plan *plan, const char *shard)
{
    struct words words = words_of(plan);
    printf("mmbright -i %s", shard);
    for (size_t i = 0; i < words.count; i++)
        put_word(words.text[i]);
    for (char *const *argument = plan->arguments; *argument; argument++)
        put_word(*argument);
    printf(" --");
    put_word(plan->file.name);
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
    printf("\nstatus=$?\n[ $status -ne 75 ] || scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\nexit $status\n");
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
    printf("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: mmbright\nspec:\n  completionMode: Indexed\n  completions: %" PRIu64
           "\n  parallelism: %" PRIu64 "\n  backoffLimitPerIndex: 3\n  podFailurePolicy:\n    rules:\n"
           "    - action: Ignore\n      onExitCodes: {operator: In, values: [75]}\n"
           "    - action: FailIndex\n      onExitCodes: {operator: In, values: [2]}\n"
           "  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: mmbright\n        image: mmview\n"
           "        command: [\"mmbright\", \"-i\", \"--shard=auto\", \"--shard-count=%" PRIu64 "\"",
           plan->count, mmv_min(plan->count, 8), plan->count);
    struct words words = words_of(plan);
    for (size_t i = 0; i < words.count; i++)
        put_yaml(words.text[i]);
    for (char *const *argument = plan->arguments; *argument; argument++)
        put_yaml(*argument);
    put_yaml("--");
    put_yaml(plan->file.name);
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

int main(int argc, char **argv)
{
    static void (*const prints[OUTPUTS])(const struct shard_plan *) = {print_text, print_json, print_slurm, print_kubernetes,
                                                                        print_parallel};
    static struct shard_plan plan;
    struct console console = {.tool = "mmshard"};
    console_secure();
    plan = (struct shard_plan){.console = &console, .count = 16, .pixels = settings_pixels()};
    int status = parse(&plan, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    status = image_file_open(&plan.file, &console, plan.file.name, &plan.pixels, MMV_READ);
    if (status == TOOL_DONE)
        status = image_file_take_range(&plan.file, &console, &plan.range, 1, &plan.bytes);
    if (status == TOOL_DONE) {
        prints[plan.form](&plan);
        if (fflush(stdout) != 0)
            status = console_error(&console, NULL, "cannot write to stdout: %s", strerror(errno));
    }
    image_file_close(&plan.file);
    return status;
}
