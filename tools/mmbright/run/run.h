/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RUN_H
#define MMBRIGHT_RUN_H

/* run: one execution of the command: what lasts from the first FILE to the last. */

#include <stdatomic.h>
#include <stdio.h>

#include <mmview/journal.h>

#include "kit/file/beside.h"
#include "kit/file/inputs.h"
#include "kit/image/image_file.h"
#include "kit/image/notes.h"
#include "kit/job/ranks.h"
#include "mmbright/command/command.h"

struct keep;

struct bright_run {
    const struct command *command;
    const struct console *console;
    struct ranks *ranks;         /* NULL = this process works alone */
    FILE *report;                /* of --report; NULL = not wanted, or another rank writes it */
    mmv_journal *journal;        /* of all FILEs; NULL = not begun, or none */
    struct keep *keep;           /* of the FILE in hand; NULL = what is lost is not kept */
    struct notes_sum *notes;     /* of several FILEs; NULL = each says its own */
    struct beside_names *beside; /* of several FILEs; NULL = there is one */
    struct image_look *looks;    /* of several FILEs, a place each, of whoever has it in hand; NULL = none is kept */
    char *journal_path;          /* where it is; NULL = not begun, or none */
    struct inputs
        inputs; /* all files that are read; sorted once they are known, which is before several are worked on */
    atomic_bool report_is_input; /* or the result: nothing may be written there */
    bool is_over;                /* whatever the exit status: nothing is left that the same command would go on with */
};

/* run_is_journalled() - whether there is to be a journal: what is only rehearsed has none. */
static inline bool run_is_journalled(const struct bright_run *run)
{
    return run->command->safety.journal != MMV_JOURNAL_OFF && !run->command->dry_run;
}

#endif
