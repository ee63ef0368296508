/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

/* report: what the walks of a run did together, for people and for programs. */

#include <mmview/walk.h>

#include "kit/cli/console.h"
#include "kit/cli/json.h"

/* Starts as zero bytes. */
struct report {
    mmv_walk_stats sum; /* backend, window and reason are those of the walk that did most */
    uint64_t largest;   /* bytes of that walk */
};

/* What a run worked on. */
struct report_subject {
    const char *file;
    uint64_t offset, length;
    uint64_t records;
    FILE *out; /* where the object goes; NULL = stdout */
};

/* report_add() - add one walk's figures. */
void report_add(struct report *report, const mmv_walk_stats *walk);

/* report_json_begin() - open the object with the keys that all tools share. */
void report_json_begin(struct json *json, const struct console *console, const struct report_subject *subject,
                       const struct report *report);

/* report_json_end() - close it. Returns an exit status. */
int report_json_end(struct json *json, const struct console *console);

/* A FILE that has failed, for a line of --report. */
struct report_failure {
    const char *file;
    const struct console_fault *fault; /* what was said */
    int status;
    const char *changed; /* "none", "part", "all"; "resumable": the same command goes on */
};

/* report_failed() - the line, written at once. */
void report_failed(FILE *out, const struct console *console, const struct report_failure *failure);

/* report_line_end() - end an object that is a line of --report at 'path', of a FILE that was done. Returns a status. */
int report_line_end(struct json *json, const struct console *console, const char *path);

/* report_explain() - backend, windows, budget and threads, with -v only. */
void report_explain(const struct console *console, const char *file, const struct report *report, uint64_t max_mapped);

#endif
