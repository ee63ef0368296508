/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_PARTS_H
#define SEQUENCES_PARTS_H

/*
 * parts: the parts of one job, started together, killed at once, and repeated until each said 0.
 *
 * Then the file is changed once, and nothing of the library's is left beside it. What cannot be promised is counted
 * apart: a part that is killed behind its last act cannot say 0 any more; when the others end the job, its command is a
 * new one. Seen from outside: all of its bytes were changed, and it was killed behind a call that changed something,
 * with none but syncs in between, or when the last of these calls had removed a file, or in _Exit().
 */

#include <stdbool.h>
#include <stdint.h>

#define PARTS_MOST 5

struct parts_counts {
    uint64_t rounds, commands, killed, gaps, lost, stuck;
};

/*
 * parts_round() - one round, in the current folder or on 'other'. False: a fault, which is told on stdout.
 * size: two programs, a folder, the seed, how much is told, and the counts
 */
bool parts_round(const char *tool, const char *shim, const char *other, uint64_t seed, bool verbose,
                 struct parts_counts *counts);

#endif
