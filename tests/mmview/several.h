/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SEVERAL_H
#define TESTS_SEVERAL_H

/* several: runs over three files with one journal, in processes of their own, and what their marks say afterwards. */

#include "runs.h"

#include <sys/xattr.h>

#define SIZE ((size_t)65536)
#define FILES 3
#define STEPS 128 /* of one file: two for each record */
#define NAME "user.mmview.journal"

struct several {
    const char *files[FILES];
    const char *path; /* of the journal */
    mmv_journal_mode mode;
    long steps;
    bool adopt;
};

/* What is done to each file; what went wrong last. */
extern const struct run usual;
extern char text[512];

/* Whether prepare() names a journal that whoever lists its folder knows by its name; else another name. */
extern bool several_beside;
struct several prepare(mmv_journal_mode mode);

/* The same files again, killed at a step; 0 = to the end. The status, or RUN_KILLED. */
int several_child(struct several *several, long steps);
void finish(struct several *several); /* to the end, and everything is as it should be */

/* For run_in_child(): a journal and a walk for each range of the first file. 'user': the ranges, ended by length 0. */
mmv_status several_walk_pieces(void *user);

/* What a file's mark leads to; found.path is for free(3). */
mmv_journal_found found_at(const char *file, uint64_t offset, uint64_t length);
mmv_journal_kind kind_of(const char *file);
void unmark(const char *file);

/* How a journal of the file is called, for free(3). */
char *place_of(const char *file);

/* Skip the test where files have no marks. */
void need_marks(void);

/* What cp -a does. */
void copy_with_marks(const char *from, const char *to);

/* A run of its own over this file is refused for these words, and changes nothing. */
void refused_elsewhere(const char *file, const char *words);

#endif
