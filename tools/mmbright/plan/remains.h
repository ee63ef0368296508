/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_REMAINS_H
#define MMBRIGHT_REMAINS_H

/*
 * remains: which bytes a run has changed that is not finished, and what is left when it is given up.
 *
 *     remains_show()   /data/scan.raw: 8192 bytes from offset 4096: half changed
 *     remains_tell()   mmbright: JOURNAL: given up: ...
 */

#include <mmview/journal.h>

#include "kit/cli/console.h"

/* Of one journal, or of the record of a job. Zero bytes are nothing. */
struct remains {
    const char *path;       /* of the journal */
    const char *file;       /* the name by which the user gave the run's only file; NULL = by another way */
    char *latest;           /* path of the file that was shown last; of remains_drop() */
    uint64_t files;         /* that were shown */
    uint64_t changed, half; /* bytes */
    uint64_t apart;         /* bytes of parts that nobody has begun */
    bool is_done, has_more_files, keeps_undo;
};

/* remains_are_done() - whether a run, or all parts of a job, have changed everything. */
bool remains_are_done(const mmv_journal_info *info);

/* remains_show() - on stdout each extent, and what is in no extent. MMV_OK, or why the journal cannot be read. */
mmv_status remains_show(struct remains *remains, const mmv_journal_info *info);

/* remains_tell() - what is left of a run that was given up just now, and what may not be done any more. */
void remains_tell(const struct remains *remains, const struct console *console);
void remains_drop(struct remains *remains);

#endif
