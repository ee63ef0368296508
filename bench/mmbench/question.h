/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_QUESTION_H
#define MMBENCH_QUESTION_H

/*
 * question: what advise measures and what it concludes. No system call, no output but texts.
 *
 *     question   what the user wants to do, and where the file is: "change in place, file in memory"
 *     way        --io, --window, -j: what a tool can be told, with its times
 *     ruling     one word over all questions about a file in memory: mapping, reading, or either
 */

#include <stdint.h>

#include "mmbench/costs.h"
#include "mmbench/trial.h"

#define WAYS_MAX 8

struct way {
    const char *io;  /* as the option's argument */
    uint64_t window; /* 0 = default */
    unsigned threads;
    unsigned first; /* round in which its turn comes first: later ones only when mapping is not hopeless */
    struct samples seconds;
    struct outcome outcome; /* of the latest run */
    bool failed;
};

struct question {
    const char *text;
    enum work work;
    enum state state;
    enum written written;
    struct way ways[WAYS_MAX]; /* the first is the defaults */
    size_t count;
};

/* question_ask() - with the ways that are worth a try; the work, state and history of the file are its case. */
struct question question_ask(const char *text, enum work work, enum state state, enum written written,
                             unsigned threads);

/* question_find() - the way with these options and the default window; NULL = it is none of them. */
const struct way *question_find(const struct question *question, const char *io, unsigned threads);

/* question_best() - the fastest of those that beat the defaults beyond doubt, or these. It may have failed. */
const struct way *question_best(const struct question *question);

/* question_is_hopeless() - whether another way is so much faster that no further run of this one would tell more. */
bool question_is_hopeless(const struct question *question, const struct way *way);

/* question_is_open() - whether this way is among several that are so close to the fastest that more runs may tell. */
bool question_is_open(const struct question *question, const struct way *way);

/* way_rate() - median GB/s; 0 = it was not measured. way_text() - its options as typed. */
double way_rate(const struct way *way);
#define WAY_TEXT 80
const char *way_text(const struct way *way, char text[WAY_TEXT]);

enum ruling_word { RULING_NONE, RULING_EITHER, RULING_MAPPING, RULING_READING };

struct ruling {
    enum ruling_word word; /* RULING_NONE: no question about a file in memory was measured in full */
    const char *io;        /* what to tell the tools; "auto" with all threads are the defaults */
    unsigned threads;      /* 0 = leave -j alone */
    double times;          /* how many times faster than the other of mapping and reading; geometric mean, >= 1 */
    double over_defaults;  /* and than the defaults */
    unsigned questions;    /* that it rests on */
    bool defaults_do;      /* the defaults are as fast within a twentieth */
    bool settled;          /* at least three runs of each way that it rests on */
};

struct ruling question_rule(const struct question *questions, size_t count);

/* ruling_name() - "mapping", "reading", "either", "unknown". */
const char *ruling_name(enum ruling_word word);

/*
 * ruling_text() - the one line: "reading: --io=buffered -j1; 10 times faster than mapping here: a page costs 4.9 us
 * mapped, 310 ns read". Of the prices of a page those that agree with the ruling are named, or none.
 */
void ruling_text(const struct ruling *ruling, const struct costs *costs, char *text, size_t size);

#endif
