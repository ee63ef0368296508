/* SPDX-License-Identifier: MIT */
#ifndef MMREC_COMMAND_H
#define MMREC_COMMAND_H

/* command: the command line of mmrec as values, checked as far as that goes without a look at FILE. */

#include <mmview/journal.h>
#include <mmview/range.h>

#include "kit/job/settings.h"
#include "mmrec/code.h"

/* What a run in place survives. */
struct safety {
    mmv_journal_mode journal;
    bool journal_given;
    const char *journal_file; /* NULL = beside FILE */
    bool sync;                /* the result is on the device before the end */
};

/* What is asked of records that stay as they are. NULL = not given. */
struct questions {
    const char *map, *reduce, *print;
    char *find; /* of command_drop(): where the == was is a zero */
    bool sorted;
    const char *by;
    uint64_t most_groups; /* of 'by' */
};

struct command {
    struct console *console;
    const char *file;
    const char *record; /* the texts as typed; NULL = not given */
    const char *where;
    const char *change;
    struct questions asks;
    bool aligned;
    bool in_place;
    const char *output; /* NULL: in place, or reduced */
    bool force;
    bool dry_run;
    mmv_range asked; /* bytes of FILE; a length of 0 = to the end */
    struct safety safety;
    struct how_settings how;
    struct report_settings report;
    struct fields fields; /* of command_drop() */
    struct fields made;   /* with asks.map */
    struct figures figures;
    struct columns columns;
    struct code code;
};

/* command_parse() - all of it. Returns OPTIONS_GO, or see options_parse(). command_drop() in any case. */
int command_parse(struct command *command, struct console *console, int argc, char **argv);
void command_drop(struct command *command);

#endif
