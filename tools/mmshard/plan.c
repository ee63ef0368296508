/* SPDX-License-Identifier: MIT */
/*
 * plan: see plan.h.
 *
 *     text, JSON     the parts' ranges
 *     job files      for Slurm, Kubernetes and GNU parallel: mmbright or mmrec on each part
 *
 * 1. A word that a form cannot hold is refused before anything is printed: put_shell_old() asserts it, and put_yaml().
 */
#include "mmshard/plan.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/shard.h>

#include "kit/cli/builder.h"
#include "kit/cli/json.h"
#include "kit/cli/text.h"
#include "kit/image/files_share.h"

/* The first byte at 'offset' or behind it that is not inside of a sample. */
static uint64_t border_of_piece(const mmi_pieces *pieces, uint32_t file, uint64_t offset)
{
    const mmi_selection all = {0};
    mmi_scout scout = mmi_scout_begin(pieces, &all);
    scout.file = file;
    mmi_stretch stretch = mmi_scout_look(&scout, offset);
    size_t size = mmi_type_size(mmi_pieces_image(pieces)->type);
    return stretch.is_meant ? offset + mmv_round_up(stretch.place, size) - stretch.place : offset;
}

/* Of samples in pieces the borders are those of the bytes from the first piece to the last. */
static mmv_range part_of_pieces(const struct shard_plan *plan, uint64_t index)
{
    const mmi_pieces *pieces = plan->file.container.pieces;
    mmv_range part = {0, 0};
    mmv_shard(plan->bytes, 1, 0, index, plan->count, &part);
    uint64_t end = part.offset + mmv_range_bytes(part);
    part.offset = border_of_piece(pieces, 0, part.offset);
    part.length = mmv_max(part.offset, border_of_piece(pieces, 0, end)) - part.offset;
    part.offset -= plan->file.offset;
    return part;
}

/* As if what each file has of the image lay one behind the other. */
static uint64_t border_of_files(const mmi_pieces *pieces, uint64_t index, uint64_t count)
{
    /* Ranges are only printed of tasks that change FILE in place. */
    struct files_place place = files_border(&(struct files_division){pieces, count, false}, index);
    if (place.file < mmi_pieces_files(pieces))
        place.offset = border_of_piece(pieces, place.file, place.offset);
    return files_at(pieces, place);
}

static mmv_range part_of_files(const struct shard_plan *plan, uint64_t index)
{
    const mmi_pieces *pieces = plan->file.container.pieces;
    uint64_t from = border_of_files(pieces, index, plan->count);
    return (mmv_range){from, border_of_files(pieces, index + 1, plan->count) - from};
}

static const char *tool_of(const struct shard_plan *plan)
{
    return plan->records.text ? "mmrec" : "mmbright";
}

static uint64_t record_of(const struct shard_plan *plan)
{
    const struct pixel_settings *pixels = &plan->file.pixels;
    const mmi_image image = {pixels->type, pixels->samples, pixels->width, pixels->height, pixels->layout};
    return plan->records.text ? plan->records.size : mmi_image_record(&image);
}

/* The same borders as the tool's: every record is in the part of its first byte. */
static mmv_range part_of(const struct shard_plan *plan, uint64_t index)
{
    if (plan->file.files.count)
        return part_of_files(plan, index);
    if (plan->file.container.pieces)
        return part_of_pieces(plan, index);
    mmv_range part = {0, 0};
    mmv_shard(plan->bytes, record_of(plan), 0, index, plan->count, &part);
    part.length = mmv_range_bytes(part);
    part.offset -= plan->file.offset;
    return part;
}

static bool print_text(const struct shard_plan *plan)
{
    for (uint64_t i = 0; i < plan->count; i++) {
        mmv_range part = part_of(plan, i);
        printf("%" PRIu64 "/%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", i + 1, plan->count, part.offset, part.length);
    }
    return true;
}

static void print_object(const struct shard_plan *plan, const uint64_t *offsets, const uint64_t *lengths)
{
    struct json json;
    json_begin(&json, stdout);
    json_count(&json, "schema", 1);
    json_text(&json, "tool", plan->console->tool);
    json_text(&json, "version", MMV_VERSION);
    json_text(&json, "file", plan->file.path);
    json_count(&json, "count", plan->count);
    json_counts(&json, "offsets", offsets, (size_t)plan->count);
    json_counts(&json, "lengths", lengths, (size_t)plan->count);
    notes_json(&plan->file.notes, &json);
    json_end(&json);
}

static bool print_json(const struct shard_plan *plan)
{
    uint64_t *offsets = calloc((size_t)plan->count, sizeof *offsets),
             *lengths = calloc((size_t)plan->count, sizeof *lengths);
    bool fine = offsets && lengths;
    for (uint64_t i = 0; fine && i < plan->count; i++) {
        mmv_range part = part_of(plan, i);
        offsets[i] = part.offset;
        lengths[i] = part.length;
    }
    if (fine)
        print_object(plan, offsets, lengths);
    free(offsets);
    free(lengths);
    return fine;
}

/* ---- words, as each form reads them ------------------------------------------------------------------------------ */

/* False: no memory. */
typedef bool put_fn(const char *word);

static bool put_quoted(char *quoted)
{
    if (quoted)
        printf(" %s", quoted);
    free(quoted);
    return quoted != NULL;
}

/* A word of bash. */
static bool put_bash(const char *word)
{
    return put_quoted(text_shell(word));
}

/* A word of any shell: GNU parallel takes the user's. */
static bool put_shell_old(const char *word)
{
    assert(!text_has_last_newline(word)); /* 1 */
    return put_quoted(text_shell_old(word));
}

/* The options that say which bytes and pixels are meant, as they were given. */
#define WORDS 11
struct words {
    char text[WORDS][96];
    size_t count;
};

PRINTF_FORMAT(2, 3) static void add_word(struct words *words, const char *format, ...)
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
    if (plan->where.range.offset)
        add_word(&words, "--offset=%s", plan->where.range.offset);
    if (plan->where.range.length)
        add_word(&words, "--length=%s", plan->where.range.length);
    if (plan->records.aligned)
        add_word(&words, "--align=c");
    if (plan->records.text)
        return words;
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
    if (pixels->row_bytes)
        add_word(&words, "--row-bytes=%" PRIu64, pixels->row_bytes);
    if (pixels->part)
        add_word(&words, "--part=%s", pixels->part);
    if (pixels->allow_outside)
        add_word(&words, "--allow-outside");
    return words;
}

/* Of any length, unlike the others. */
static bool put_record(const struct shard_plan *plan, put_fn *put)
{
    struct builder word = {0};
    builder_put(&word, "--record=");
    builder_put(&word, plan->records.text);
    bool fine = !word.failed && put(word.bytes);
    free(word.bytes);
    return fine;
}

/* What stands behind the tool's options for the shard. */
static bool put_rest(const struct shard_plan *plan, put_fn *put)
{
    struct words words = words_of(plan);
    bool fine = !plan->records.text || put_record(plan, put);
    for (size_t i = 0; i < words.count; i++)
        fine = put(words.text[i]) && fine;
    for (char *const *argument = plan->arguments; *argument; argument++)
        fine = put(*argument) && fine;
    return put("--") && put(plan->file.name) && fine;
}

static bool put_command(const struct shard_plan *plan, const char *shard, put_fn *put)
{
    printf("%s %s", tool_of(plan), plan->output ? "-o" : "-i");
    bool fine = !plan->output || put(plan->output);
    printf(" %s", shard);
    return put_rest(plan, put) && fine;
}

/*
 * MaxArraySize, unless an administrator has said otherwise. Source: slurm.conf(5), the largest number of a task is one
 * less, so tasks 0 to 1000 are taken.
 */
#define SLURM_ARRAY_MAX 1001

static void warn_of_array(const struct shard_plan *plan)
{
    if (plan->count > SLURM_ARRAY_MAX)
        console_warning(plan->console, NULL,
                        "note: Slurm refuses an array of %" PRIu64
                        " tasks where MaxArraySize is smaller, and its default is %d ('scontrol show config' tells); "
                        "--count=%d makes fewer and larger parts, which the default takes",
                        plan->count, SLURM_ARRAY_MAX, SLURM_ARRAY_MAX);
}

/* Warned two minutes before its end a task stops where it is, and goes on there when it runs again. */
static bool print_slurm(const struct shard_plan *plan)
{
    warn_of_array(plan);
    printf("#!/bin/bash\n#SBATCH --job-name=%s\n#SBATCH --array=0-%" PRIu64 "\n#SBATCH --cpus-per-task=2\n"
           "#SBATCH --time=01:00:00\n#SBATCH --signal=TERM@120\n#SBATCH --requeue\n#SBATCH --open-mode=append\n"
           "# A part is the array's task number: repeat single tasks with --shard-index, not with another --array.\n"
           "# 75: stopped, and the same task again goes on from there.\nsrun ",
           tool_of(plan), plan->count - 1);
    bool fine = put_command(plan, "--shard=auto --progress=always", put_bash);
    printf("\nstatus=$?\n[ $status -ne 75 ] || scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\nexit "
           "$status\n");
    return fine;
}

/* YAML 1.2, 5.7: characters have numbers there, bytes have none. Kubernetes makes one $ of two, and reads $(NAME). */
static bool put_yaml(const char *word)
{
    printf(", \"");
    while (*word) {
        struct text_piece piece = text_piece_at(word);
        assert(piece.character < TEXT_NO_CHARACTER || piece.length > 1); /* 1 */
        if (*word == '"' || *word == '\\')
            printf("\\%c", *word);
        else if (*word == '$')
            printf("$$");
        else if (!piece.shows)
            printf("\\U%08" PRIx32, piece.character);
        else
            printf("%.*s", (int)piece.length, word);
        word += piece.length;
    }
    putchar('"');
    return true;
}

static bool print_kubernetes(const struct shard_plan *plan)
{
    printf("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: %s\nspec:\n  completionMode: Indexed\n  "
           "completions: %" PRIu64 "\n  parallelism: %" PRIu64
           "\n  backoffLimitPerIndex: 3\n  podFailurePolicy:\n    rules:\n"
           "    - action: Ignore\n      onExitCodes: {operator: In, values: [75]}\n"
           "    - action: FailIndex\n      onExitCodes: {operator: In, values: [2]}\n"
           "  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: %s\n        "
           "image: mmview\n"
           "        command: [\"%s\"",
           tool_of(plan), plan->count, mmv_min(plan->count, 8), tool_of(plan), tool_of(plan));
    put_yaml(plan->output ? "-o" : "-i");
    if (plan->output)
        put_yaml(plan->output);
    printf(", \"--shard=auto\", \"--shard-count=%" PRIu64 "\"", plan->count);
    put_rest(plan, put_yaml);
    printf("]\n");
    return true;
}

static bool print_parallel(const struct shard_plan *plan)
{
    bool fine = true;
    for (uint64_t i = 0; i < plan->count; i++) {
        char shard[64];
        snprintf(shard, sizeof shard, "--shard=%" PRIu64 "/%" PRIu64, i + 1, plan->count);
        fine = put_command(plan, shard, put_shell_old) && fine;
        printf("\n");
    }
    return fine;
}

enum form plan_form(const char *name)
{
    static const char *const names[FORMS] = {"text", "json", "slurm", "kubernetes", "parallel"};
    enum form form = FORM_TEXT;
    while (form < FORMS && strcmp(name, names[form]) != 0)
        form++;
    return form;
}

static bool is_utf8(const char *word)
{
    while (*word) {
        struct text_piece piece = text_piece_at(word);
        if (piece.length == 1 && piece.character >= TEXT_NO_CHARACTER)
            return false;
        word += piece.length;
    }
    return true;
}

/* Invariant 1. */
static int check_word(const struct shard_plan *plan, const char *word)
{
    if (plan->form == FORM_KUBERNETES && !is_utf8(word))
        return console_usage(plan->console, "--output=kubernetes: '%s' is not UTF-8, and YAML holds nothing else",
                             word);
    if (plan->form == FORM_PARALLEL && text_has_last_newline(word))
        return console_usage(plan->console,
                             "--output=parallel: '%s' ends with a newline, which no line holds for every shell", word);
    return TOOL_DONE;
}

/*
 * Whether a word may be one that says how samples change: -a10, -qg2, --add, and what long options may be cut to. The
 * rest is mmbright's to judge, when the job runs.
 */
static bool names_change(const char *word)
{
    static const char *const names[] = {"--ad", "--g", "--cl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(word, names[i], strlen(names[i])) == 0)
            return true;
    size_t letters = word[0] == '-' ? strspn(word + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
    return memchr(word + 1, 'a', letters) || memchr(word + 1, 'g', letters);
}

/* Code is no option. What is written to OUT may also be chosen or made by options. */
static int check_code(const struct shard_plan *plan)
{
    for (char *const *argument = plan->arguments; *argument; argument++)
        if ((*argument)[0] != '-' || plan->output)
            return TOOL_DONE;
    return console_usage(plan->console, plan->output ? "say behind -- what is written: --where, --map or CODE"
                                                     : "say behind -- the CODE that changes records");
}

/* A job that waits for hours before it is refused is found here. */
static int check_change(const struct shard_plan *plan)
{
    if (plan->form == FORM_TEXT || plan->form == FORM_JSON)
        return TOOL_DONE;
    if (plan->records.text)
        return check_code(plan);
    for (char *const *argument = plan->arguments; *argument; argument++)
        if (names_change(*argument))
            return TOOL_DONE;
    return console_usage(plan->console,
                         "say behind -- how the samples change: -- --add=N adds, --gain=F multiplies, --clamp=LO,HI "
                         "limits");
}

static int check_words(const struct shard_plan *plan)
{
    int status = check_word(plan, plan->file.name);
    if (status == TOOL_DONE && plan->records.text)
        status = check_word(plan, plan->records.text);
    if (status == TOOL_DONE && plan->output)
        status = check_word(plan, plan->output);
    for (char *const *argument = plan->arguments; *argument && status == TOOL_DONE; argument++)
        status = check_word(plan, *argument);
    return status;
}

int plan_print(const struct shard_plan *plan)
{
    static bool (*const prints[FORMS])(const struct shard_plan *) = {print_text, print_json, print_slurm,
                                                                     print_kubernetes, print_parallel};
    int status = check_words(plan);
    if (status == TOOL_DONE)
        status = check_change(plan);
    if (status != TOOL_DONE)
        return status;
    if (!prints[plan->form](plan))
        return console_error(plan->console, NULL, "not enough memory");
    return console_flush(plan->console);
}
