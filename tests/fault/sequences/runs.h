/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_RUNS_H
#define SEQUENCES_RUNS_H

/* runs: unfinished runs as the oracle knows them, which command is about which, and which forbids which. */

#include "oracle.h"

#define SAMPLE 2

/* How samples are, compared with what they were. */
struct fit {
    bool old, new, mixed; /* all as before; all changed once; each the one or the other */
    uint64_t wrong;       /* the first byte that is neither */
};

int16_t changed(int16_t sample, int add);
struct fit compare(const uint8_t *before, const uint8_t *now, uint64_t length, int add);
uint8_t *copy_of(const uint8_t *bytes, uint64_t length);
void drop_run(struct run *run);
void drop_carry(struct carry *carry);
void set_before(struct target *target, const uint8_t *bytes);
/* "Before" may be this, too. */
void add_before(struct target *target, const uint8_t *bytes);
bool fits_in(const struct target *target, size_t size);
bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length);
/* What is there before the command shows that the run has changed something of this file. */
bool is_visible(const struct run *run, const struct target *target, const struct world *world);
bool same_job(const struct run *run, const struct run *other);
struct run *find_run(struct oracle *oracle, const struct run *wanted);
/* Nothing else is about that could be a reason to refuse the run. */
bool is_alone(const struct oracle *oracle, const struct run *run);
/* A free place; of those that are taken, one that nothing has been seen of. */
struct run *free_run(struct oracle *oracle, const struct world *world);
/* It may be over, or have been given up: then the same command begins with what is there. */
void make_vague(struct run *run, const struct world *world);
/*
 * What the command is about, before it ran; false when it cannot be about anything. Of several files those are left out
 * that are not there; it does the others, and cannot say 0.
 */
bool resolve(const struct oracle *oracle, const struct world *world, const struct command *command,
             struct run *run_ret);
/* Parts that have a byte. */
unsigned full_parts(const struct oracle *oracle, const struct world *world, const struct run *run);
/* All that is missing is the exit status. */
bool is_complete(const struct oracle *oracle, const struct run *run, const struct world *world);
/* Another run that is unfinished forbids any change here. */
const struct run *find_blocking(const struct oracle *oracle, const struct world *world, const struct run *self,
                                const struct target *target);
struct carry *find_carry(struct oracle *oracle, const struct target *target);

#endif
