/* SPDX-License-Identifier: MIT */
#ifndef MMREC_SUBJECT_H
#define MMREC_SUBJECT_H

/* subject: FILE, the records of it that are meant, and what all walks over them have in common. */

#include <stdatomic.h>
#include <stdio.h>

#include <mmview/range.h>

#include "kit/cli/report.h"
#include "kit/image/notes.h"
#include "mmrec/command.h"
#include "mmrec/program.h"

/* Whom walks tell how far they are. */
struct ticks {
    mmv_tick_fn *fn;
    void *user;
};

struct subject {
    const struct command *command;
    const char *file; /* its name, as it was given */
    const struct console *console;
    const struct program *program;
    mmv_map *map;
    mmv_range payload; /* all records and what is left behind them: without --record what the header says */
    mmv_range whole;   /* records of all shards; its length is 0 when there is none */
    mmv_range range;   /* those of this process */
    uint64_t first;    /* number of the first of these */
    struct notes notes;
    struct progress progress;
    FILE *lines;        /* those of --report go there; NULL = none, or another process writes them */
    struct ticks ticks; /* of walks between subject_begin() and subject_end() */
    struct report report;
    struct verify *verify; /* of the walk that is on, with --verify; NULL = none. Of subject_close() */
    struct {
        uint64_t bytes, records;
        struct notes notes;      /* with the names */
        bool changed;            /* one of them was, while it was read */
    } before;                    /* of the FILEs before this one: see subject_next() */
    atomic_uint_least64_t fault; /* the first record in which an integer was divided by zero; SUBJECT_FINE = none */
};

#define SUBJECT_FINE UINT64_MAX

/*
 * subject_take_fields() - without --record: the fields that the first FILE's header names, and the code over them.
 * Returns as command_parse() does, or an exit status.
 */
int subject_take_fields(struct command *command);

/*
 * subject_open() - open the FILE of this number and find its records. What is left at its end is a note, which the
 * caller says. Returns an exit status. subject_close() in any case.
 */
int subject_open(struct subject *subject, const struct command *command, const struct program *program, size_t file);
void subject_close(struct subject *subject);

/* subject_open_for_all() - the same by all processes of a job: the same file, or all have the worst exit status. */
int subject_open_for_all(struct subject *subject, const struct command *command, const struct program *program,
                         size_t file);

/*
 * subject_begin() - before walks over so many bytes by this process. What they tick is the progress of all processes.
 * subject_end() - after them, with an exit status: waits for the others, stops them when it is a failure. Returns the
 * worst of all. subject_again() - the same, but more walks follow, unless one has failed.
 */
void subject_begin(struct subject *subject, uint64_t bytes);
int subject_again(struct subject *subject, int status);
int subject_end(struct subject *subject, int status);

/*
 * subject_next() - close FILE, and open the one of this number, of whose walks the report is that of all FILEs. For
 * what reads FILEs as one sequence of records. Returns an exit status, the same for all processes.
 */
int subject_next(struct subject *subject, size_t file);

/* subject_json_notes() - the key "notes", of all FILEs so far. */
void subject_json_notes(struct subject *subject, struct json *json);

/* subject_options() - of a walk over this process' records: 'stats' is filled in. Their numbers begin at 'first'. */
mmv_walk_options subject_options(struct subject *subject, mmv_walk_stats *stats);

/* subject_fail() - for a walk's function: record 'number' divides by zero. Returns the walk's status. */
mmv_status subject_fail(struct subject *subject, uint64_t number);

/* subject_explain() - why a walk ended, on stderr. Returns an exit status; a stop is TOOL_FAILED, and nothing is said.
 */
int subject_explain(struct subject *subject, mmv_status status);

/* subject_hold() - look whether it is one state while it is read, as reading_hold(). Returns an exit status. */
int subject_hold(struct subject *subject, struct reading *reading);

#endif
