/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_ADVISE_SAY_H
#define MMBENCH_ADVISE_SAY_H

/* advise_say: what was measured for a file or folder, as text and as JSON, to stdout. */

#include "kit/cli/console.h"
#include "mmbench/costs.h"
#include "mmbench/question.h"

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

struct advice {
    const struct console *console;
    struct subject subject;
    struct fixtures fixtures;
    struct costs costs;
    struct question *questions;
    size_t count;
    uint64_t size; /* of the scratch file */
    unsigned threads, rounds, wrong;
    double seconds; /* that all of it took */
    bool in_time;   /* every way had its turn */
};

/* A file so small that opening it and starting threads is most of the time. */
bool advise_is_small(const struct subject *subject);

/* Both return whether all of it could be written. */
bool advise_say_text(const struct advice *advice);
bool advise_say_json(const struct advice *advice);

#endif
