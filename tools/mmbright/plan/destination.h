/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_DESTINATION_H
#define MMBRIGHT_DESTINATION_H

/* destination: where the result of one FILE goes. A plan prepares it, the work fills it in. */

#include "kit/file/output.h"
#include "kit/image/apart.h"
#include "mmbright/plan/plan.h"

struct destination {
    struct output output;     /* path "" = in place, or stdout */
    struct header_file apart; /* of OUT; without bytes when its header is in it */
    struct parts parts;       /* of OUT, when shards write it */
    struct parts_apart both;  /* of 'apart', what these know of it */
    char *operation;          /* which is the same for all of these; NULL without them */
};

#define DESTINATION_NONE ((struct destination){.output = OUTPUT_NONE, .apart = HEADER_FILE_NONE, .parts = PARTS_NONE})

/* destination_wish() - what OUT is to be, as the command says. */
struct output_wish destination_wish(const struct bright_plan *plan);

/* destination_plan() - whether the result may go there, and what it will be called. Returns an exit status. */
int destination_plan(struct bright_plan *plan);

/* destination_apart() - what is asked of a copy whose header lies apart: the header of the plan's input does. */
struct apart_request destination_apart(const struct bright_plan *plan, bool force);

/* destination_out() - the OUT beside which the parts lie; its path is the plan's. */
const char *destination_out(const struct bright_plan *plan);

/* destination_part() - what this process does with the parts: the target is TARGET_PART, and was planned. */
struct parts_work destination_part(const struct bright_plan *plan);

void destination_drop(struct destination *to);

#endif
