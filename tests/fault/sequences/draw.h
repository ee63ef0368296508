/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_DRAW_H
#define SEQUENCES_DRAW_H

/* draw: the next command of a sequence, at random, but such that it meets the runs that are unfinished. */

#include "oracle.h"

struct command draw_command(struct dice *dice, const struct world *world, const struct oracle *oracle, bool has_advice);

/* draw_again() - the command of a run once more, unhurt, with the names that its files have now; false without such
 * names. */
bool draw_again(const struct run *run, const struct world *world, struct command *command_ret);

#endif
