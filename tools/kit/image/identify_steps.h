/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_IDENTIFY_STEPS_H
#define TOOLS_IDENTIFY_STEPS_H

/* identify_steps: what identify.c and identify_beside.c share. */

#include "kit/image/identify.h"

/* What is said of a header beside FILE that is of no use. */
#define IDENTIFY_WITHOUT                                                                                               \
    "where the header does not count, --format=raw with --type, --samples and --offset does without it"

/* identify_read() - take the header of an open file apart, in a sandbox. IDENTIFY_ENDLESS: behind its end are zeros. */
mmv_status identify_read(int descriptor, uint64_t size, const mmi_wish *wish, mmi_container *container);

/* identify_look() - the mark of an open file. */
mmv_status identify_look(int descriptor, uint64_t size, mmi_clue *clue);

/* identify_problem() - why a header could not be read: "pnm header: height: is missing". */
void identify_problem(const mmi_container *container, mmv_status status, char *text, size_t size);

/* identify_answer() - what FILE is, which path that is about, and why. */
PRINTF_FORMAT(4, 5)
void identify_answer(struct identified *identified, enum identified_as is, const char *about, const char *why, ...);

/*
 * identify_beside() - whether a header beside FILE was found, and describes it; else identified->is says that one is of
 * no use, or IDENTITY_RAW that there is none.
 */
bool identify_beside(const struct identify_request *request, struct identified *identified);

#endif
