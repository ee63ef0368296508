/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_REST_H
#define MMBRIGHT_REST_H

/* rest: what is left of a run in place that was stopped and has no journal. */

#include "mmbright/plan/plan.h"

/* Where it stopped: the spans before 'span' are done, and of that one 'done' bytes of records from its start. */
struct stop {
    size_t span;
    uint64_t done;
    bool exact; /* nothing behind that changed; false: some may have */
};

/* rest_describe() - that on stderr, and the options that would do the rest. 'why' is what ended the run. */
void rest_describe(const struct bright_plan *plan, const struct stop *stop, const char *why);

#endif
