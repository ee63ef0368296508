/* SPDX-License-Identifier: MIT */
/* question: see question.h. */
#include "mmbench/question.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <mmview/base.h>

#define CLEAR 1.05   /* as samples.c: less is within what two runs of the same thing differ by */
#define HOPELESS 1.5 /* slower than the best's median, in its best run: noise does not make that up */
#define HOPELESS_RUNS 2
#define SETTLED_RUNS 3 /* less than three have no middle */
#define CLOSE 1.2      /* within this of the fastest median, a few more runs may turn the order */

/* ---- ways ------------------------------------------------------------------------------------------------------- */

static void add_way(struct question *question, const char *io, uint64_t window, unsigned threads, unsigned first)
{
    question->ways[question->count++] = (struct way){.io = io, .window = window, .threads = threads, .first = first};
}

struct question question_ask(const char *text, enum work work, enum state state, enum written written, unsigned threads)
{
    struct question question = {.text = text, .work = work, .state = state, .written = written};
    add_way(&question, "auto", 0, threads, 0);
    add_way(&question, "mmap", 0, threads, 0);
    add_way(&question, "buffered", 0, threads, 0);
    if (state == STATE_COLD)
        add_way(&question, "direct", 0, threads, 0);
    /* A device may like one reader better than several: the kernel reads ahead of each. */
    if (threads > 1) {
        add_way(&question, "buffered", 0, 1, 0);
        add_way(&question, "mmap", 0, 1, 1);
    }
    if (state == STATE_WARM && work != WORK_INTO)
        add_way(&question, "mmap", 8 * MMV_MIB, threads, 1);
    return question;
}

const struct way *question_find(const struct question *question, const char *io, unsigned threads)
{
    for (size_t i = 0; i < question->count; i++) {
        const struct way *way = &question->ways[i];
        if (strcmp(way->io, io) == 0 && way->window == 0 && way->threads == threads)
            return way;
    }
    return NULL;
}

static bool is_timed(const struct way *way)
{
    return way && !way->failed && way->seconds.count > 0;
}

/* One run each says nothing about how much they vary. */
static bool is_clearly_faster(const struct way *a, const struct way *b)
{
    return a->seconds.count > 1 && b->seconds.count > 1 && samples_faster(&a->seconds, &b->seconds);
}

/* Each is compared with the defaults alone: "clearly faster" than one another would depend on the order of the ways. */
const struct way *question_best(const struct question *question)
{
    const struct way *defaults = &question->ways[0], *best = defaults;
    for (size_t i = 1; i < question->count; i++) {
        const struct way *way = &question->ways[i];
        if (!is_timed(way) || (is_timed(defaults) && !is_clearly_faster(way, defaults)))
            continue;
        if (!is_timed(best) || best == defaults || samples_median(&way->seconds) < samples_median(&best->seconds))
            best = way;
    }
    return best;
}

/* A window or a thread less does not make good what mapping loses by half. */
static const struct way *base_of(const struct question *question, const struct way *way)
{
    return way->first > 0 && way->seconds.count == 0 ? &question->ways[1] : way;
}

bool question_is_hopeless(const struct question *question, const struct way *way)
{
    const struct way *base = base_of(question, way);
    if (!is_timed(base) || (base == way && base->seconds.count < HOPELESS_RUNS))
        return false;
    for (size_t i = 0; i < question->count; i++) {
        const struct way *other = &question->ways[i];
        if (is_timed(other) && base->seconds.values[0] > HOPELESS * samples_median(&other->seconds))
            return true;
    }
    return false;
}

static bool is_close(const struct way *way, double least)
{
    return is_timed(way) && samples_median(&way->seconds) <= CLOSE * least;
}

bool question_is_open(const struct question *question, const struct way *way)
{
    double least = INFINITY;
    size_t close = 0;
    for (size_t i = 0; i < question->count; i++)
        if (is_timed(&question->ways[i]))
            least = fmin(least, samples_median(&question->ways[i].seconds));
    for (size_t i = 0; i < question->count; i++)
        close += is_close(&question->ways[i], least);
    return close > 1 && way->seconds.count < SAMPLES_MAX && is_close(way, least);
}

double way_rate(const struct way *way)
{
    double seconds = samples_median(&way->seconds);
    return seconds > 0 ? (double)way->outcome.bytes / seconds / 1e9 : 0;
}

const char *way_text(const struct way *way, char text[WAY_TEXT])
{
    char window[24] = "";
    if (way->window)
        snprintf(window, sizeof window, " --window=%uM", (unsigned)(way->window / MMV_MIB));
    snprintf(text, WAY_TEXT, "--io=%s%s -j %u", way->io, window, way->threads);
    return text;
}

/* ---- the ruling ------------------------------------------------------------------------------------------------- */

/* What a tool can be told for all files alike. */
struct setting {
    const char *io;
    unsigned threads;
};

/* Seconds of a setting in a question; 0 = not measured. */
static double seconds_of(const struct question *question, struct setting setting)
{
    const struct way *way = question_find(question, setting.io, setting.threads);
    return is_timed(way) ? samples_median(&way->seconds) : 0;
}

static unsigned all_threads(const struct question *question)
{
    return question->ways[0].threads;
}

/* In memory, and measured in the three ways that there always are. */
static bool counts(const struct question *question)
{
    unsigned threads = all_threads(question);
    return question->state == STATE_WARM && seconds_of(question, (struct setting){"auto", threads}) > 0 &&
           seconds_of(question, (struct setting){"mmap", threads}) > 0 &&
           seconds_of(question, (struct setting){"buffered", threads}) > 0;
}

/* How many times longer 'a' takes than 'b': the geometric mean over the questions that count. 0 = one was not run. */
static double ratio(const struct question *questions, size_t count, struct setting a, struct setting b)
{
    double sum = 0;
    unsigned terms = 0;
    for (size_t i = 0; i < count; i++) {
        if (!counts(&questions[i]))
            continue;
        double over = seconds_of(&questions[i], a), under = seconds_of(&questions[i], b);
        if (over <= 0 || under <= 0)
            return 0;
        sum += log(over / under);
        terms++;
    }
    return terms ? exp(sum / terms) : 0;
}

/* A thread less is only advised when all of them are clearly slower. */
static struct setting fewer_threads(const struct question *questions, size_t count, struct setting all)
{
    struct setting one = {all.io, 1};
    return all.threads > 1 && ratio(questions, count, all, one) > CLEAR ? one : all;
}

static unsigned least_runs(const struct question *questions, size_t count, struct setting setting)
{
    unsigned least = SAMPLES_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct way *way = question_find(&questions[i], setting.io, setting.threads);
        if (counts(&questions[i]) && way && way->seconds.count < least)
            least = (unsigned)way->seconds.count;
    }
    return least;
}

/* What is hopeless is not run a third time, and needs not be. */
static bool is_settled(const struct question *questions, size_t count, struct setting a, struct setting b, double times)
{
    unsigned wanted = times > HOPELESS ? HOPELESS_RUNS : SETTLED_RUNS;
    return least_runs(questions, count, a) >= wanted && least_runs(questions, count, b) >= wanted;
}

struct ruling question_rule(const struct question *questions, size_t count)
{
    struct ruling ruling = {.word = RULING_NONE, .io = "auto"};
    for (size_t i = 0; i < count; i++)
        ruling.questions += counts(&questions[i]);
    if (ruling.questions == 0)
        return ruling;
    unsigned threads = all_threads(&questions[0]);
    struct setting defaults = {"auto", threads};
    struct setting mapped = fewer_threads(questions, count, (struct setting){"mmap", threads});
    struct setting read = fewer_threads(questions, count, (struct setting){"buffered", threads});
    double slower = ratio(questions, count, mapped, read);
    struct setting best = slower >= 1 ? read : mapped;
    ruling.times = slower >= 1 ? slower : 1 / slower;
    ruling.over_defaults = ratio(questions, count, defaults, best);
    ruling.defaults_do = ruling.over_defaults <= CLEAR;
    ruling.settled = is_settled(questions, count, mapped, read, ruling.times);
    ruling.word = ruling.times <= CLEAR ? RULING_EITHER : slower >= 1 ? RULING_READING : RULING_MAPPING;
    if (ruling.word == RULING_EITHER && ruling.defaults_do)
        best = defaults;
    ruling.io = best.io;
    ruling.threads = best.threads;
    return ruling;
}

const char *ruling_name(enum ruling_word word)
{
    static const char *const names[] = {"unknown", "either", "mapping", "reading"};
    return names[word];
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

/* The dearest of what mapping a page can cost, when reading won; the cheapest, when mapping did. */
static double price_of_mapping(const struct ruling *ruling, const struct costs *costs)
{
    double first = costs_ns(costs, COST_TOUCH), change = costs_ns(costs, COST_CHANGE);
    if (ruling->word == RULING_READING)
        return first > change ? first : change;
    return first;
}

static void price_text(const struct ruling *ruling, const struct costs *costs, char *text, size_t size)
{
    char mapped[COSTS_TEXT], read[COSTS_TEXT];
    double price = price_of_mapping(ruling, costs), other = costs_ns(costs, COST_READ);
    text[0] = '\0';
    if (price <= 0 || other <= 0 || (ruling->word == RULING_READING) != (price > other))
        return;
    snprintf(text, size, ": a page costs %s mapped, %s read", costs_text(price, mapped), costs_text(other, read));
}

void ruling_text(const struct ruling *ruling, const struct costs *costs, char *text, size_t size)
{
    char price[96], options[48];
    const char *name = ruling_name(ruling->word);
    const char *unsure = ruling->settled ? "" : " (not settled: too few runs)";
    price_text(ruling, costs, price, sizeof price);
    snprintf(options, sizeof options, "--io=%s -j%u", ruling->io, ruling->threads);
    if (ruling->word == RULING_NONE)
        snprintf(text, size, "unknown: leave the defaults; nothing about a file in memory could be measured");
    else if (ruling->word == RULING_EITHER)
        snprintf(text, size, "either: %s; mapping and reading differ by less than 5 %% here%s", options, unsure);
    else
        snprintf(text, size, "%s: %s%s; %.*f times faster than %s here%s%s", name, options,
                 ruling->defaults_do ? " (the defaults are as fast)" : "", ruling->times < 9.95 ? 1 : 0, ruling->times,
                 ruling_name(ruling->word == RULING_READING ? RULING_MAPPING : RULING_READING), price, unsure);
}
