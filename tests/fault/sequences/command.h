/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_COMMAND_H
#define SEQUENCES_COMMAND_H

/* command: one command of a sequence: as words, as a line for a shell, and run. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "page.h"
#include "world.h"

#define FILES_MOST 3
#define MESSAGE_MOST 8192
#define SIGNALLED 256 /* added to the signal that ended a command */

enum task {
    TASK_IN_PLACE,
    TASK_OUTPUT, /* names[0] is FILE, names[1] OUT */
    TASK_STATUS,
    TASK_DISCARD,
    TASK_ADVICE, /* what the last refusal said, word for word; names as of the command that was refused */
    TASK_COPY,   /* names[0] to names[1], as those below */
    TASK_COPY_ALL,
    TASK_COPY_REFLINK,
    TASK_MOVE,
    TASK_LINK,
    TASK_SYMLINK,
    TASK_REMOVE,
    TASK_TRUNCATE,
    TASK_TOUCH,
    TASKS
};

enum journal_kind { JOURNAL_DEFAULT, JOURNAL_KILL, JOURNAL_POWER, JOURNAL_OFF };
enum io_kind { IO_AUTO, IO_MMAP, IO_BUFFERED, IO_DIRECT };
enum stdout_kind { STDOUT_QUIET, STDOUT_JSON, STDOUT_FULL, STDOUT_GONE };
enum report_kind { REPORT_NONE, REPORT_FILE, REPORT_NOWHERE };

/* size: one field for each thing that a command line may say */
struct command {
    enum task task;
    enum world_name names[FILES_MOST];
    int count;
    int add;
    uint64_t offset, length; /* length 0: to the end */
    unsigned shard, shards;  /* the shard-th of so many; 0: all */
    enum journal_kind journal;
    bool journal_file, adopt;
    enum io_kind io;
    unsigned threads;
    bool window, verify, fix_stats, preview, force;
    enum stdout_kind output;
    enum report_kind report;
    uint64_t size; /* of TASK_TRUNCATE */
    enum plan_kind plan;
    uint32_t number;
};

/* Owner: whoever calls runner_begin(), until runner_end(). */
struct runner {
    const char *tool, *shim;
    struct page *page;
    int page_descriptor, message_descriptor;
    char message[MESSAGE_MOST]; /* of the last command */
    char advice[MESSAGE_MOST];  /* what it said to do when it was refused; "" when it was not */
    struct command refused;     /* the last command, which said so */
    bool can_adopt;
};

void runner_begin(struct runner *runner, const char *tool, const char *shim);
void runner_end(struct runner *runner);

/* command_run() - returns the exit status, or SIGNALLED + the signal. */
int command_run(const struct command *command, struct runner *runner);

/* command_start(), command_wait() - the same in two steps. */
pid_t command_start(const struct command *command, const struct runner *runner);
int command_wait(pid_t process);

/* command_is_hurt() - it was given a reason not to end well: a signal, a stdout that is full or gone, a report that
 * cannot be. */
bool command_is_hurt(const struct command *command);

/* command_is_tool() - it runs mmbright. */
bool command_is_tool(const struct command *command);

/* command_print() - as a shell understands it; $MMBRIGHT and $SHIM are the programs. */
void command_print(const struct command *command, FILE *to);

#endif
