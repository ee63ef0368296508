/* SPDX-License-Identifier: MIT */
/* advise_say: the ruling in one line, then why. */
#include "mmbench/advise_say.h"

#include <stdio.h>

#include <mmview/base.h>

#include "kit/cli/json.h"
#include "kit/cli/sizes.h"
#include "mmbench/machine.h"

#define SMALL_FILE (16 * MMV_MIB)
#define LINE 512
#define BUSY 0.3 /* spread beyond which a figure is not to be relied on */

bool advise_is_small(const struct subject *subject)
{
    return subject->is_file && subject->size < SMALL_FILE;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void describe(const struct subject *subject)
{
    char text[SIZES_TEXT];
    printf("%s: ", subject->path);
    if (subject->is_file)
        printf("%s, %.0f %% of it in memory", sizes_text(subject->size, text), subject->resident * 100);
    else
        printf("a folder");
    if (subject->folio > 0)
        printf(" in pieces of %s", sizes_text((uint64_t)subject->folio, text));
    printf(", on %s", subject->facts.system);
    if (subject->facts.readahead_kib >= 0)
        printf(" (readahead %ld KiB)", subject->facts.readahead_kib);
    printf("\n");
    if (subject->facts.remote)
        printf("This file system belongs to another machine or program: mapping it is not advised, whatever is faster "
               "here;\n--io=auto goes buffered on it.\n");
    if (subject->facts.in_memory)
        printf("This file system has no device: nothing on it can be cold, and --io=direct goes buffered.\n");
    if (advise_is_small(subject))
        printf("The file is so small that opening it and starting threads is most of the time: leave the defaults.\n");
}

static bool has_times(const struct way *way)
{
    return way && !way->failed && way->seconds.count > 0;
}

/* The figures behind it: what mapping cost, and what the other way did. */
static void print_why(const struct question *question, const struct costs *costs)
{
    const struct way *mapped = question_find(question, "mmap", question->ways[0].threads);
    const struct way *buffered = question_find(question, "buffered", question->ways[0].threads);
    char price[COSTS_TEXT];
    if (!has_times(mapped) || !has_times(buffered) || mapped->outcome.bytes == 0)
        return;
    double faults = (double)mapped->outcome.meter.minor * (double)MMV_GIB / (double)mapped->outcome.bytes;
    double piece = (double)MMV_GIB / 1024 / faults;
    printf("      mapped %.2f, buffered %.2f GB/s: ", way_rate(mapped), way_rate(buffered));
    if (question->work == WORK_INTO)
        printf("both write with pwrite(2), only the input is mapped\n");
    else if (question->state == STATE_COLD)
        printf("the device sets the pace, %.0f faults per GiB mapped\n", faults);
    else if (samples_faster(&mapped->seconds, &buffered->seconds))
        printf("a mapped fault brings %.0f KiB, and nothing is copied (a page: %s)\n", piece,
               costs_text(costs_ns(costs, COST_READ), price));
    else if (samples_faster(&buffered->seconds, &mapped->seconds))
        printf("a mapped fault brings %.0f KiB; copying costs less than that (a page: %s)\n", piece,
               costs_text(costs_ns(costs, COST_READ), price));
    else
        printf("no difference beyond the noise, %.0f faults per GiB mapped\n", faults);
}

static void print_figures(const struct question *question)
{
    char text[WAY_TEXT];
    for (size_t i = 0; i < question->count; i++) {
        const struct way *way = &question->ways[i];
        way_text(way, text);
        if (way->failed)
            printf("      %-32s not measured: %s\n", text, way->outcome.why);
        else if (way->seconds.count == 0)
            printf("      %-32s not measured: %s\n", text,
                   question_is_hopeless(question, way) ? "mapping is far slower here anyway" : "no time was left");
        else
            printf("      %-32s %6.2f GB/s, spread %3.0f %% of %zu\n", text, way_rate(way),
                   samples_spread(&way->seconds) * 100, way->seconds.count);
    }
}

static void print_answer(const struct advice *advice, const struct question *question)
{
    char text[WAY_TEXT];
    const struct way *best = question_best(question);
    if (!has_times(best)) {
        printf("  %-36s not measured: %s\n", question->text, best->failed ? best->outcome.why : "no time was left");
        return;
    }
    printf("  %-36s %s: %.2f GB/s%s\n", question->text, way_text(best, text), way_rate(best),
           best == &question->ways[0] ? " (the defaults; nothing was clearly faster)" : "");
    if (best != &question->ways[0])
        printf("      the defaults, --io=auto: %.2f GB/s\n", way_rate(&question->ways[0]));
    print_why(question, &advice->costs);
    if (samples_spread(&best->seconds) > BUSY)
        printf("      the machine was busy: this figure varied by %.0f %%, measure again when it is quiet\n",
               samples_spread(&best->seconds) * 100);
    if (advice->console->verbose)
        print_figures(question);
}

bool advise_say_text(const struct advice *advice)
{
    char size[SIZES_TEXT], line[LINE];
    struct ruling ruling = question_rule(advice->questions, advice->count);
    ruling_text(&ruling, &advice->costs, line, sizeof line);
    printf("%s\n", line);
    describe(&advice->subject);
    printf("What things cost here, medians of %u rounds:\n", advice->costs.rounds);
    machine_table(&advice->costs);
    printf("Measured with scratch files of %s there, up to %u threads, %u full round%s, then what is close again, in "
           "%.0f s%s:\n",
           sizes_text(advice->size, size), advice->threads, advice->rounds, advice->rounds == 1 ? "" : "s",
           advice->seconds, advice->in_time ? "" : ", when the time was up");
    for (size_t i = 0; i < advice->count; i++)
        print_answer(advice, &advice->questions[i]);
    printf("What is not named: leave --window and -j at their defaults. -v shows every figure; docs/benchmarks.md "
           "explains them.\n");
    return fflush(stdout) == 0;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void json_way(struct json *json, const struct way *way)
{
    json_item(json);
    json_text(json, "io", way->io);
    json_count(json, "window_bytes", way->window);
    json_count(json, "threads", way->threads);
    json_reals(json, "seconds", way->seconds.values, way->failed ? 0 : way->seconds.count);
    json_count(json, "bytes", way->outcome.bytes);
    json_count(json, "minor_faults", way->outcome.meter.minor);
    if (way->failed)
        json_text(json, "error", way->outcome.why);
    json_item_end(json);
}

static void json_question(struct json *json, const struct question *question)
{
    const struct way *best = question_best(question);
    json_item(json);
    json_text(json, "work", work_name(question->work));
    json_text(json, "state", state_name(question->state));
    json_text(json, "written", written_name(question->written));
    if (has_times(best)) {
        json_text(json, "io", best->io);
        json_count(json, "window_bytes", best->window);
        json_count(json, "threads", best->threads);
    }
    json_list(json, "ways");
    for (size_t i = 0; i < question->count; i++)
        json_way(json, &question->ways[i]);
    json_list_end(json);
    json_item_end(json);
}

static void json_ruling(struct json *json, const struct advice *advice)
{
    char line[LINE];
    struct ruling ruling = question_rule(advice->questions, advice->count);
    ruling_text(&ruling, &advice->costs, line, sizeof line);
    json_text(json, "advice", line);
    json_text(json, "verdict", ruling_name(ruling.word));
    json_text(json, "io", ruling.io);
    json_count(json, "threads", ruling.threads);
    json_real(json, "times", ruling.times);
    json_real(json, "times_over_defaults", ruling.over_defaults);
    json_count(json, "questions_in_memory", ruling.questions);
    json_bool(json, "settled", ruling.settled);
}

bool advise_say_json(const struct advice *advice)
{
    struct json json;
    char reason[LINE];
    const struct subject *subject = &advice->subject;
    costs_reason(&advice->costs, reason, sizeof reason);
    json_begin(&json, stdout);
    json_ruling(&json, advice);
    json_text(&json, "reason", reason);
    json_text(&json, "path", subject->path);
    json_text(&json, "file_system", subject->facts.system);
    json_bool(&json, "remote", subject->facts.remote);
    json_bool(&json, "has_device", !subject->facts.in_memory);
    json_bool(&json, "small", advise_is_small(subject));
    json_count(&json, "scratch_bytes", advice->size);
    json_count(&json, "rounds", advice->rounds);
    json_bool(&json, "in_time", advice->in_time);
    json_real(&json, "seconds", advice->seconds);
    machine_json(&json, &advice->costs);
    json_list(&json, "questions");
    for (size_t i = 0; i < advice->count; i++)
        json_question(&json, &advice->questions[i]);
    json_list_end(&json);
    return json_end(&json);
}
