/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_ONE_FILE_H
#define MMBRIGHT_ONE_FILE_H

/* one_file: one FILE under way: its plan, where its result goes, and the work on it. */

#include "mmbright/plan/destination.h"
#include "mmbright/run/work.h"

struct one_file {
    struct bright_plan plan;
    struct destination to;
    struct bright_work work;
};

/*
 * one_file_plan() - plan FILE and begin the work on it, which touches nothing. Returns an exit status; one_file_drop()
 * in any case.
 * Shape:   the struct must stay where it is: its parts point to each other. 'console' may be mute, unlike the run's.
 */
int one_file_plan(struct one_file *file, struct bright_run *run, const struct console *console, size_t index,
                  mmv_journal_cache **neighbours);

void one_file_drop(struct one_file *file);

#endif
