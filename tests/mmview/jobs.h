/* SPDX-License-Identifier: MIT */
#ifndef TESTS_JOBS_H
#define TESTS_JOBS_H

/* jobs: runs over one file that are parts of one job. */

#include "runs.h"

#define JOB_SIZE ((size_t)65536) /* of the file */
#define JOB_PARTS 3

extern const mmv_range job_ranges[JOB_PARTS]; /* of the parts */
extern char job_text[512];                    /* what the latest process that failed has said */

struct run job_part(unsigned number);
void job_prepare(const char *file);

/* The part in a process of its own: its status, or RUN_KILLED. The second fails the test unless it ends well. */
int job_repeat(unsigned number, const char *file, const char *path);
void job_run(unsigned number, const char *file, const char *path);

/* How much of the library's own lies in the folder. */
unsigned job_left_behind(void);

/* Fail unless exactly these parts are changed; unless all are, once, and nothing is left. */
void job_changed(const char *file, unsigned mask);
void job_over(const char *file);

#endif
