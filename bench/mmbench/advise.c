/* SPDX-License-Identifier: MIT */
/*
 * advise: a few works, each done in the few ways that a tool's options offer, on a scratch file beside the user's.
 *
 *     question   what the user wants to do, and where the file is: "change in place, file in memory"
 *     way        --io, --window, -j: one column of figures
 *
 * 1. The user's own file is looked at, never read through, changed or dropped from memory.
 * 2. A way is only preferred to the defaults when it is faster beyond doubt (samples.h); otherwise the defaults stay.
 *
 * The first is a matter of which calls are there, the second of one condition: there is nothing else to assert.
 */
#include "mmbench/advise.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mmview/range.h>

#include "kit/os/signals.h"
#include "kit/cli/sizes.h"
#include "mmbench/cache.h"
#include "mmbench/samples.h"
#include "mmbench/trial.h"

#define ROUNDS 5
#define SMALL_FILE (16 * MMV_MIB) /* below it opening and starting threads is most of the time */
#define WAYS_MAX 10

struct way {
    const char *io; /* as the option's argument */
    const char *engine;
    uint64_t window; /* 0 = default */
    unsigned threads;
    struct samples seconds;
    struct outcome outcome; /* of the latest run */
    bool failed;
};

struct question {
    const char *text;
    enum work work;
    enum state state;
    enum written written;
    struct way ways[WAYS_MAX];
    size_t count;
};

struct advice {
    const struct console *console;
    struct fixtures fixtures;
    uint64_t size; /* of the scratch file */
    unsigned threads;
    unsigned wrong;
};

/* ---- what there is ---------------------------------------------------------------------------------------------- */

/* How the page cache holds the user's file decides which fixture stands for it. */
struct subject {
    const char *path;
    char folder[PATH_MAX];
    bool is_file;
    uint64_t size;
    double resident; /* share of the file in memory */
    double folio;    /* bytes; 0 = not known */
    struct place_facts facts;
};

static int look_at(struct subject *subject, const char *path, const struct console *console)
{
    struct stat facts;
    struct cache_state cache;
    char copy[PATH_MAX];
    *subject = (struct subject){.path = path};
    if (strlen(path) >= sizeof copy || stat(path, &facts) != 0 || !place_facts(path, &subject->facts))
        return console_error(console, path, "cannot look at it: %s", strerror(errno));
    if (!S_ISDIR(facts.st_mode) && !S_ISREG(facts.st_mode))
        return console_error(console, path, "is neither a regular file nor a folder");
    subject->is_file = S_ISREG(facts.st_mode);
    snprintf(copy, sizeof copy, "%s", path);
    snprintf(subject->folder, sizeof subject->folder, "%s", subject->is_file ? dirname(copy) : path);
    if (!subject->is_file)
        return 0;
    subject->size = (uint64_t)facts.st_size;
    if (cache_look(path, &cache) == 0 && cache.pages > 0)
        subject->resident = (double)cache.resident / (double)cache.pages;
    if (subject->resident == 1)
        subject->folio = cache_folio_bytes(path);
    return 0;
}

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
    if (subject->is_file && subject->size < SMALL_FILE)
        printf("The file is so small that opening it and starting threads is most of the time: leave the defaults.\n");
}

/* Of folios this large on average: the fixture whose pages lie like that. */
static enum written alike(double folio)
{
    if (folio == 0)
        return WRITTEN_READ_BACK;
    return folio < 32 * MMV_KIB ? WRITTEN_4K : folio < 256 * MMV_KIB ? WRITTEN_64K : WRITTEN_1M;
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

static void add_way(struct question *question, const char *io, uint64_t window, unsigned threads)
{
    static const char *const engines_of[][2] = {
        {"auto", "walk-auto"}, {"mmap", "walk-mmap"}, {"buffered", "walk-buffered"}, {"direct", "walk-direct"}};
    struct way *way = &question->ways[question->count++];
    *way = (struct way){.io = io, .window = window, .threads = threads};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(io, engines_of[i][0]) == 0)
            way->engine = engines_of[i][1];
}

/* The defaults come first: everything else has to be faster than they are. */
static struct question ask(const char *text, enum work work, enum state state, enum written written, unsigned threads)
{
    struct question question = {.text = text, .work = work, .state = state, .written = written};
    add_way(&question, "auto", 0, threads);
    add_way(&question, "mmap", 0, threads);
    add_way(&question, "buffered", 0, threads);
    if (state == STATE_COLD)
        add_way(&question, "direct", 0, threads);
    if (state == STATE_WARM && work != WORK_INTO) {
        add_way(&question, "mmap", 2 * MMV_MIB, threads);
        add_way(&question, "mmap", 8 * MMV_MIB, threads);
    }
    if (threads > 1)
        add_way(&question, "auto", 0, 1);
    return question;
}

static void measure(struct advice *advice, struct question *question, struct way *way)
{
    const struct trial trial = {
        .engine = engine_find(way->engine),
        .work = question->work,
        .state = question->state,
        .fixture = fixtures_get(&advice->fixtures, advice->size, question->written, false),
        .window = way->window,
        .threads = way->threads,
    };
    if (way->failed || !trial.fixture)
        return;
    enum verdict verdict = trial_run(&advice->fixtures, &trial, &way->outcome);
    advice->wrong += verdict == TRIAL_WRONG;
    way->failed = verdict != TRIAL_TIMED;
    if (!way->failed)
        samples_add(&way->seconds, way->outcome.meter.seconds);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static void way_text(const struct way *way, char *text, size_t size)
{
    char window[SIZES_TEXT] = "";
    if (way->window)
        snprintf(window, sizeof window, " --window=%uM", (unsigned)(way->window / MMV_MIB));
    snprintf(text, size, "--io=%s%s -j %u", way->io, window, way->threads);
}

static double rate(const struct way *way)
{
    double seconds = samples_median(&way->seconds);
    return seconds > 0 ? (double)way->outcome.bytes / seconds / 1e9 : 0;
}

static const struct way *best_of(const struct question *question)
{
    const struct way *best = &question->ways[0];
    for (size_t i = 1; i < question->count; i++) {
        const struct way *way = &question->ways[i];
        if (way->failed || way->seconds.count == 0)
            continue;
        if (best->failed || samples_faster(&way->seconds, &best->seconds))
            best = way;
    }
    return best;
}

static const struct way *default_of(const struct question *question, const char *io)
{
    for (size_t i = 0; i < question->count; i++)
        if (strcmp(question->ways[i].io, io) == 0 && question->ways[i].window == 0)
            return &question->ways[i];
    return NULL;
}

/* The figures behind it: what mapping cost, and what the other way did. */
static void print_why(const struct question *question)
{
    const struct way *mapped = default_of(question, "mmap");
    const struct way *buffered = default_of(question, "buffered");
    if (mapped->failed || buffered->failed || mapped->outcome.bytes == 0)
        return;
    double faults = (double)mapped->outcome.meter.minor * (double)MMV_GIB / (double)mapped->outcome.bytes;
    printf("      mapped %.2f, buffered %.2f GB/s: ", rate(mapped), rate(buffered));
    if (question->work == WORK_INTO)
        printf("both write with pwrite(2), only the input is mapped\n");
    else if (question->state == STATE_COLD)
        printf("the device sets the pace, %.0f faults per GiB mapped\n", faults);
    else if (samples_faster(&mapped->seconds, &buffered->seconds))
        printf("a mapped fault brings %.0f KiB, and nothing is copied\n", (double)MMV_GIB / 1024 / faults);
    else if (samples_faster(&buffered->seconds, &mapped->seconds))
        printf("a mapped fault brings only %.0f KiB; copying costs less than that\n", (double)MMV_GIB / 1024 / faults);
    else
        printf("no difference beyond the noise, %.0f faults per GiB mapped\n", faults);
}

static void print_figures(const struct question *question)
{
    char text[80];
    for (size_t i = 0; i < question->count; i++) {
        const struct way *way = &question->ways[i];
        way_text(way, text, sizeof text);
        if (way->failed)
            printf("      %-32s not measured: %s\n", text, way->outcome.why);
        else
            printf("      %-32s %6.2f GB/s, spread %3.0f %%\n", text, rate(way), samples_spread(&way->seconds) * 100);
    }
}

static void answer(const struct advice *advice, const struct question *question)
{
    char text[80];
    const struct way *best = best_of(question);
    if (best->failed) {
        printf("  %-36s not measured: %s\n", question->text, best->outcome.why);
        return;
    }
    way_text(best, text, sizeof text);
    printf("  %-36s %s: %.2f GB/s%s\n", question->text, text, rate(best),
           best == &question->ways[0] ? " (the defaults; nothing was clearly faster)" : "");
    if (best != &question->ways[0])
        printf("      the defaults, --io=auto: %.2f GB/s\n", rate(&question->ways[0]));
    print_why(question);
    if (samples_spread(&best->seconds) > 0.3)
        printf("      the machine was busy: this figure varied by %.0f %%, measure again when it is quiet\n",
               samples_spread(&best->seconds) * 100);
    if (advice->console->verbose)
        print_figures(question);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static bool choose_size(struct advice *advice, const struct subject *subject, uint64_t most)
{
    uint64_t size = most;
    if (subject->is_file && subject->size < most)
        size = mmv_max(SMALL_FILE, mmv_round_down(subject->size, MMV_MIB));
    /* Two of them, and a new file beside. */
    while (size > SMALL_FILE && size > subject->facts.free_bytes / 4)
        size = mmv_round_down(size / 2, MMV_MIB);
    advice->size = size;
    return place_has_room(&advice->fixtures.place, 3 * size);
}

static bool measure_all(struct advice *advice, struct question *questions, size_t count)
{
    for (size_t q = 0; q < count; q++) {
        struct question *question = &questions[q];
        /* In turn, A B C A B C, so that whatever disturbs the machine disturbs all alike. */
        for (unsigned round = 0; round < ROUNDS; round++)
            for (size_t i = 0; i < question->count && !signals_stop(); i++)
                measure(advice, question, &question->ways[i]);
        if (signals_stop())
            return false;
        answer(advice, question);
        fflush(stdout);
    }
    return true;
}

static int run(struct advice *advice, const struct subject *subject)
{
    char size[SIZES_TEXT];
    enum written warm = alike(subject->folio);
    unsigned threads = advice->threads;
    struct question questions[] = {
        ask("scan, file in memory:", WORK_SCAN, STATE_WARM, warm, threads),
        ask("scan, file on the device:", WORK_SCAN, STATE_COLD, WRITTEN_READ_BACK, threads),
        ask("change in place, file in memory:", WORK_IN_PLACE, STATE_WARM, warm, threads),
        ask("change in place, file on the device:", WORK_IN_PLACE, STATE_COLD, WRITTEN_READ_BACK, threads),
        ask("into a new file, file in memory:", WORK_INTO, STATE_WARM, warm, threads),
        ask("change in place, written in 4 KiB:", WORK_IN_PLACE, STATE_WARM, WRITTEN_4K, threads),
        ask("change in place, written in 1 MiB:", WORK_IN_PLACE, STATE_WARM, WRITTEN_1M, threads),
    };
    /* The last two are about files just written; of a file whose pages are known nothing is left to ask. */
    size_t count = sizeof questions / sizeof *questions - (subject->folio > 0 ? 2 : 0);
    printf("Measured with scratch files of %s (%s) there, up to %u threads, medians of %d:\n",
           sizes_text(advice->size, size), written_name(warm), threads, ROUNDS);
    fflush(stdout);
    if (!measure_all(advice, questions, count))
        return TOOL_FAILED;
    printf("What is not named: leave --window and -j at their defaults. -v shows every figure; docs/benchmarks.md "
           "explains them.\n");
    if (advice->wrong > 0)
        return console_error(advice->console, NULL, "%u runs gave wrong bytes", advice->wrong);
    return TOOL_DONE;
}

int advise(const struct console *console, const char *path, uint64_t most_size, unsigned threads)
{
    struct subject subject;
    int status = look_at(&subject, path, console);
    if (status)
        return status;
    describe(&subject);
    struct advice advice = {.console = console, .threads = threads};
    advice.fixtures = (struct fixtures){.place = PLACE_IN(subject.folder), .content = content_create()};
    if (!advice.fixtures.content)
        status = console_error(console, NULL, "no memory");
    else if (access(subject.folder, W_OK | X_OK) != 0)
        status = console_error(console, subject.folder, "cannot make scratch files here: %s", strerror(errno));
    else if (!choose_size(&advice, &subject, most_size))
        status = console_error(console, NULL, "%s", advice.fixtures.place.why);
    else
        status = run(&advice, &subject);
    content_destroy(advice.fixtures.content);
    fixtures_end(&advice.fixtures);
    return signals_stop() ? signals_raise(signals_stop()) : status;
}
