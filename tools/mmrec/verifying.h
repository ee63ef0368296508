/* SPDX-License-Identifier: MIT */
#ifndef MMREC_VERIFYING_H
#define MMREC_VERIFYING_H

/* verifying: --verify: the code runs a second time, on copies of the records, and the result is read back. */

#include "kit/job/verify.h"
#include "mmrec/subject.h"

/* Each returns an exit status; what is wrong was said. Without --verify all do nothing. */

/* verifying_begin() - subject->verify, for one walk; with a journal also what an interrupted run has expected. */
int verifying_begin(struct subject *subject, mmv_journal *journal);

/* verifying_expect() - for the walk's function, before the records change or are kept. Returns the walk's status. */
mmv_status verifying_expect(const struct subject *subject, const mmv_chunk *chunk);

/* verifying_complete() - the walk is over: whoever goes on with the journal knows what was expected. */
int verifying_complete(const struct subject *subject);

/* verifying_compare() - read the result back: 'bytes' of it, as far as that is known. */
struct verifying_result {
    const char *file;
    int descriptor;
    uint64_t bytes; /* 0 = nobody has expected anything before */
};
int verifying_compare(const struct subject *subject, const struct verifying_result *result);

#endif
