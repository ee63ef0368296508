/* SPDX-License-Identifier: MIT */
#ifndef MMREC_COUNT_H
#define MMREC_COUNT_H

/* count: what a change would make of records, found on copies: for a dry run. */

#include "mmrec/subject.h"

struct counted {
    uint64_t records;    /* that would change */
    uint64_t undo_bytes; /* of their undo file, about */
};

/*
 * count_changes() - run the code over copies of all records of the subject. Returns an exit status; what is wrong was
 * said. Between subject_begin() and subject_end().
 */
int count_changes(struct subject *subject, struct counted *counted_ret);

#endif
