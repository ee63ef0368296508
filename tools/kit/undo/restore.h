/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_RESTORE_H
#define TOOLS_UNDO_RESTORE_H

/* restore: taking the latest run in place back, by what it has kept. */

#include <mmview/journal.h>

#include "kit/job/settings.h"

/* What a command line says of it. */
struct restore_order {
    const struct console *console;
    const char *file;         /* that was changed */
    const char *named;        /* the undo file; NULL = that of the latest run, beside FILE */
    mmv_journal_mode journal; /* not MMV_JOURNAL_OFF */
    const char *journal_file; /* NULL = beside FILE */
    bool sync, dry_run;
    const struct how_settings *how; /* its threads are at least 1 */
    const struct report_settings *report;
};

/*
 * restore_run() - after signals_install() and mmv_guard_enable(). Returns an exit status; what failed was said. When a
 * signal has ended it, that ends the process.
 */
int restore_run(const struct restore_order *order);

/*
 * restore_files() - the same of the latest run over files that a header lists, or of all parts of the job that was the
 * latest run: all that it has changed, or none. The order's file is the header, or the file.
 */
struct restore_list {
    const char *const *files;
    uint32_t count;
};
int restore_files(const struct restore_order *order, const struct restore_list *list);

#endif
