/* SPDX-License-Identifier: MIT */
#ifndef MMREC_REDUCED_H
#define MMREC_REDUCED_H

/* reduced: how the figures of --reduce look, as a table, CSV, JSON and the object of --json. */

#include "mmrec/groups.h"
#include "mmrec/subject.h"

struct reduced {
    const struct figure_state *states; /* one for each figure; with --by not used */
    const struct group_rows *rows;     /* with --by; NULL = no record at all */
};

/* reduced_print() - on stdout. Returns an exit status. */
int reduced_print(struct subject *subject, const struct reduced *reduced);

#endif
