/* SPDX-License-Identifier: MIT */
/*
 * advise: a few works, each done in the few ways that a tool's options offer, on a scratch file beside the user's.
 *
 *     look at the file -> what things cost -> rounds over all questions and ways -> more of what is close -> say
 *
 * 1. The user's own file is looked at, never read through, changed or dropped from memory.
 * 2. A way is only preferred to the defaults when it is faster beyond doubt (samples.h); otherwise the defaults stay.
 * 3. No run begins when it would probably end after LAST; so all of it takes 20 seconds.
 *
 * The first is a matter of which calls are there, the second of question.c, the third of one condition.
 */
#include "mmbench/advise.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mmview/range.h>

#include "kit/os/file.h"
#include "kit/os/path.h"
#include "kit/os/signals.h"
#include "kit/os/terminal.h"
#include "kit/cli/sizes.h"
#include "mmbench/advise_say.h"
#include "mmbench/cache.h"

#define ROUNDS 5 /* of everything that is not hopeless; then of what is close, while there is time */
#define SCRATCH_LEAST (16 * MMV_MIB)
#define COSTS_SECONDS 1.5
#define LAST 19.0 /* seconds after the start; cleaning up takes the rest */
#define GUESS 2.0 /* seconds of a run that there was none of before, and of making its file */

struct clock {
    double start;
    double longest; /* run so far, with what it takes to get there */
    bool shows;     /* a progress line, on a terminal */
};

static int look_at(struct subject *subject, const char *path, const struct console *console)
{
    struct file_facts facts;
    struct cache_state cache;
    *subject = (struct subject){.path = path};
    int error = strlen(path) >= PATH_MAX ? ENAMETOOLONG : file_look_at(path, true, &facts);
    if (error == 0 && !place_facts(path, &subject->facts))
        error = errno;
    if (error)
        return console_error(console, path, "cannot look at it: %s", strerror(error));
    if (facts.kind != FILE_FOLDER && facts.kind != FILE_REGULAR)
        return console_error(console, path, "is neither a regular file nor a folder");
    subject->is_file = facts.kind == FILE_REGULAR;
    if (subject->is_file)
        path_folder(path, subject->folder);
    else
        snprintf(subject->folder, sizeof subject->folder, "%s", path);
    if (!subject->is_file)
        return 0;
    subject->size = facts.size;
    if (cache_look(path, &cache) == 0 && cache.pages > 0)
        subject->resident = (double)cache.resident / (double)cache.pages;
    if (subject->resident == 1)
        subject->folio = cache_folio_bytes(path);
    return 0;
}

/* Of folios this large on average: the fixture whose pages lie like that. */
static enum written alike(double folio)
{
    if (folio == 0)
        return WRITTEN_READ_BACK;
    return folio < 32 * MMV_KIB ? WRITTEN_4K : folio < 256 * MMV_KIB ? WRITTEN_64K : WRITTEN_1M;
}

/* ---- measuring -------------------------------------------------------------------------------------------------- */

static void show(const struct clock *clock, const struct question *question, unsigned round)
{
    if (clock->shows)
        fprintf(stderr, "\rmmbench: %2.0f of at most %.0f s, round %u, %-40s", meter_clock() - clock->start, LAST + 1,
                round + 1, question ? question->text : "what things cost");
}

static void hide(const struct clock *clock)
{
    if (clock->shows)
        fprintf(stderr, "\r%*s\r", terminal_columns(STDERR_FILENO) - 1, "");
}

static bool has_time(const struct clock *clock)
{
    return meter_clock() - clock->start + (clock->longest > 0 ? clock->longest : GUESS) < LAST;
}

static const struct engine *engine_of(const char *io)
{
    char name[24];
    snprintf(name, sizeof name, "walk-%s", io);
    return engine_find(name);
}

static void measure(struct advice *advice, struct clock *clock, struct question *question, struct way *way)
{
    double start = meter_clock();
    const struct trial trial = {
        .engine = engine_of(way->io),
        .work = question->work,
        .state = question->state,
        .fixture = fixtures_get(&advice->fixtures, advice->size, question->written, false),
        .window = way->window,
        .threads = way->threads,
    };
    if (!trial.fixture)
        return;
    enum verdict verdict = trial_run(&advice->fixtures, &trial, &way->outcome);
    advice->wrong += verdict == TRIAL_WRONG;
    way->failed = verdict != TRIAL_TIMED;
    if (!way->failed)
        samples_add(&way->seconds, way->outcome.meter.seconds);
    double took = meter_clock() - start;
    clock->longest = took > clock->longest ? took : clock->longest;
}

static bool is_wanted(const struct question *question, const struct way *way, unsigned round)
{
    if (way->failed || way->first > round)
        return false;
    return round < ROUNDS ? !question_is_hopeless(question, way) : question_is_open(question, way);
}

/* False: the time is up, or a signal came. 'any_ret': whether there was something to run. */
static bool measure_round(struct advice *advice, struct clock *clock, unsigned round, bool *any_ret)
{
    *any_ret = false;
    for (size_t q = 0; q < advice->count; q++) {
        struct question *question = &advice->questions[q];
        for (size_t i = 0; i < question->count; i++) {
            struct way *way = &question->ways[i];
            if (!is_wanted(question, way, round))
                continue;
            *any_ret = true;
            if (signals_stop() || !has_time(clock))
                return false;
            show(clock, question, round);
            measure(advice, clock, question, way);
        }
    }
    return !signals_stop();
}

/* In turn over all questions, A B C A B C, so that whatever disturbs the machine disturbs all alike. */
static void measure_all(struct advice *advice, struct clock *clock)
{
    show(clock, NULL, 0);
    if (!costs_measure(&advice->fixtures.place, COSTS_SECONDS, &advice->costs))
        return;
    advice->in_time = true;
    bool any = true;
    for (unsigned round = 0; any && advice->in_time; round++) {
        advice->in_time = measure_round(advice, clock, round, &any);
        advice->rounds += advice->in_time && round < ROUNDS;
    }
    /* Of the second round and later ones nothing depends but how sure it is. */
    advice->in_time = advice->rounds >= 2;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static bool choose_size(struct advice *advice, uint64_t most)
{
    const struct subject *subject = &advice->subject;
    uint64_t size = most;
    if (subject->is_file && subject->size < most)
        size = mmv_max(SCRATCH_LEAST, mmv_round_down(subject->size, MMV_MIB));
    /* Two of them, and a new file beside. */
    while (size > SCRATCH_LEAST && size > subject->facts.free_bytes / 4)
        size = mmv_round_down(size / 2, MMV_MIB);
    advice->size = size;
    return place_has_room(&advice->fixtures.place, 3 * size);
}

static int say(const struct advice *advice, bool as_json)
{
    if (advice->costs.rounds == 0)
        return console_error(advice->console, NULL, "%s", advice->fixtures.place.why);
    if (!(as_json ? advise_say_json(advice) : advise_say_text(advice)))
        return console_error(advice->console, NULL, "cannot write: %s", strerror(errno));
    if (advice->wrong > 0)
        return console_error(advice->console, NULL, "%u runs gave wrong bytes", advice->wrong);
    return TOOL_DONE;
}

static int run(struct advice *advice, struct clock *clock, bool as_json)
{
    enum written warm = alike(advice->subject.folio);
    unsigned threads = advice->threads;
    /* Files in memory first: the ruling rests on these. */
    struct question questions[] = {
        question_ask("scan, file in memory:", WORK_SCAN, STATE_WARM, warm, threads),
        question_ask("change in place, file in memory:", WORK_IN_PLACE, STATE_WARM, warm, threads),
        question_ask("into a new file, file in memory:", WORK_INTO, STATE_WARM, warm, threads),
        question_ask("scan, file on the device:", WORK_SCAN, STATE_COLD, WRITTEN_READ_BACK, threads),
        question_ask("change in place, file on the device:", WORK_IN_PLACE, STATE_COLD, WRITTEN_READ_BACK, threads),
    };
    advice->questions = questions;
    advice->count = sizeof questions / sizeof *questions;
    measure_all(advice, clock);
    hide(clock);
    advice->seconds = meter_clock() - clock->start;
    return signals_stop() ? TOOL_FAILED : say(advice, as_json);
}

int advise(const struct console *console, const struct advise_settings *settings)
{
    struct advice advice = {.console = console, .threads = settings->threads};
    struct clock clock = {.start = meter_clock(), .shows = !console->quiet && terminal_is(STDERR_FILENO)};
    const struct subject *subject = &advice.subject;
    int status = look_at(&advice.subject, settings->path, console);
    if (status)
        return status;
    advice.fixtures = (struct fixtures){.place = PLACE_IN(subject->folder), .content = content_create()};
    if (!advice.fixtures.content)
        status = console_error(console, NULL, "no memory");
    else if (access(subject->folder, W_OK | X_OK) != 0)
        status = console_error(console, subject->folder, "cannot make scratch files here: %s", strerror(errno));
    else if (!choose_size(&advice, settings->most_size))
        status = console_error(console, NULL, "%s", advice.fixtures.place.why);
    else
        status = run(&advice, &clock, settings->json);
    content_destroy(advice.fixtures.content);
    fixtures_end(&advice.fixtures);
    return signals_stop() ? signals_raise(signals_stop()) : status;
}
