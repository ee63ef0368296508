/* SPDX-License-Identifier: MIT */
/*
 * spacing.c - see spacing.h. Invariant: 'apart' is 0 or a power of two from APART_LEAST to APART_MOST.
 */

#include "walk/spacing.h"

#include <mmview/range.h>

#define APART_LEAST                                                                                                    \
    (64 * MMV_KIB)         /* a sixth faster there, on tmpfs and on files written in such pieces (Zen 5, 2026-11) */
#define APART_MOST MMV_MIB /* a step of 2 MiB then still has two; larger folios gain nothing more */
#define STEP_LEAST MMV_MIB /* of less the mean says little */
#define FAULTS_OF_WORK 8   /* a judgement: a function may touch some memory of its own */
#define WAIT_MOST 10       /* doublings */

void mmv__spacing_learn(mmv__spacing *spacing, uint64_t bytes, uint64_t populating, uint64_t working)
{
    if (working > FAULTS_OF_WORK && spacing->apart) {
        spacing->apart = 0;
        spacing->wait = 1u << spacing->failures;
        spacing->failures += spacing->failures < WAIT_MOST;
        return;
    }
    if (spacing->apart || working > FAULTS_OF_WORK)
        return;
    if (spacing->wait > 0) {
        spacing->wait--;
        return;
    }
    if (bytes < STEP_LEAST || populating == 0 || bytes / populating < APART_LEAST)
        return;
    spacing->apart = APART_LEAST;
    while (spacing->apart < APART_MOST && 2 * spacing->apart <= bytes / populating)
        spacing->apart *= 2;
}
