/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_VERIFY_H
#define MMBRIGHT_VERIFY_H

/*
 * verify: what the bytes of each chunk should be, computed a second time before they are stored, then compared with the
 * file.
 */

#include <mmimage/adjust.h>
#include <mmview/journal.h>
#include <mmview/walk.h>

#include "kit/cli/console.h"
#include "mmbright/plan/plan.h"

struct verify;

/*
 * verify_create() - for chunks of so many threads; NULL when there is no memory. verify_destroy() - NULL is fine.
 * verify_keep() - keep what is expected in a journal, too, for whoever goes on with the run, and take over what is
 * there: an interrupted run has expected something of 'map' already. As many MiB are written together.
 */
struct verify *verify_create(unsigned threads);
mmv_status verify_keep(struct verify *verify, mmv_journal *journal, mmv_map *map, size_t at_once);
void verify_destroy(struct verify *verify);

/*
 * verify_expect() - remember what the records of a chunk, 'record' bytes each, should become, before they change.
 * Shape:   a NULL plan expects the bytes as they are.
 * Threads: any number at once.
 * Errors:  MMV_ENOMEM.
 */
mmv_status verify_expect(struct verify *verify, const struct bright_plan *plan, const mmv_chunk *chunk, size_t record);

/* verify_complete() - all chunks have come: what is expected is in the journal, if there is one. */
mmv_status verify_complete(struct verify *verify);

/* verify_bytes() - how many bytes something is expected of. */
uint64_t verify_bytes(struct verify *verify);

/*
 * verify_compare() - read everything back through 'descriptor', 'shift' bytes further behind; once. Returns an exit
 * status; a difference was said with its offset. A signal that asks for the end ends it with TOOL_FAILED, too.
 */
int verify_compare(struct verify *verify, int descriptor, uint64_t shift, const char *file,
                   const struct console *console);

#endif
