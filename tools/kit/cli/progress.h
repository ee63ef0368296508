/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

/* progress: how far the work is, on stderr, while it runs. */

#include <stdbool.h>
#include <stdint.h>

#include "kit/cli/console.h"

enum progress_mode { PROGRESS_AUTO = 0, PROGRESS_ALWAYS, PROGRESS_NEVER, PROGRESS_JSON };

struct progress {
    const struct console *console;
    enum progress_mode mode;
    const char *file;
    uint64_t total;   /* bytes */
    uint64_t before;  /* bytes of the walks that are finished */
    uint64_t done;    /* bytes of all walks */
    double started;   /* seconds of the monotonic clock */
    double shown;     /* when the last line was shown */
    bool terminal;    /* stderr is one */
    bool line_is_bar; /* the cursor is behind a bar */
};

/* progress_mode_parse() - the argument of --progress; false when it is none. */
bool progress_mode_parse(const char *text, enum progress_mode *mode_ret);

/* The bytes of work of which nobody knows how many there are. */
#define PROGRESS_UNKNOWN UINT64_MAX

/*
 * progress_start() - begin; -q turns everything but SIGUSR1's line off. The file's name must live as long. 'total' is
 * in bytes, or PROGRESS_UNKNOWN.
 */
void progress_start(struct progress *progress, const struct console *console, enum progress_mode mode, const char *file,
                    uint64_t total);

/*
 * progress_tick() - an mmv_tick_fn: 'done' bytes of the present walk are done.
 * Returns false when a signal asked for the end.
 */
bool progress_tick(uint64_t done, void *progress);

/* progress_at() - the same, but 'done' counts from the start of the work. */
bool progress_at(struct progress *progress, uint64_t done);

/* progress_next() - the present walk is finished with 'bytes'; the next one counts on from there. */
void progress_next(struct progress *progress, uint64_t bytes);

/* progress_end() - the last line, if lines were shown. The cursor is at the start of a line then. */
void progress_end(struct progress *progress);

#endif
