/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PARTS_H
#define TOOLS_PARTS_H

/*
 * parts: one new file that several processes write, each a part of it, on one machine or on many.
 *
 *     parts_prepare()    OUT.parts/data      as long as the copy, its blocks allocated
 *                        OUT.parts/header    of an image whose header lies apart: that of the copy
 *                        OUT.parts/plan      which input that is
 *     parts_open()  \
 *     ...            }   OUT.parts/K-of-N    this part is written, and by which operation: once for each part, in any
 *     parts_done()  /                        order, as often as a scheduler likes
 *     parts_finish()     OUT                 when every part is there; OUT.parts is gone then
 *
 * With a header apart OUT is one of two files, which get their names as a pair: pair.h.
 */

#include <limits.h>
#include <stdint.h>

#include "kit/cli/console.h"
#include "kit/file/output.h"

struct parts {
    char path[PATH_MAX]; /* OUT.parts */
    int folder;          /* descriptors; -1 = not open */
    int data;
};

#define PARTS_NONE ((struct parts){.folder = -1, .data = -1})

#define PARTS_ORIGIN 192

/* Of a copy that is two files: samples, and a header that lies apart. */
struct parts_apart {
    /* The header that is copied, and what it lists, in words that are equal for equal ones. */
    char origin[PARTS_ORIGIN];
    const char *samples, *header; /* what both are called, without the folder, which is OUT's */
    const char *bytes;            /* what the new header holds */
    size_t length;
    int model; /* descriptor of the header that is copied: the new one has its rights */
};

/* What is copied. */
struct parts_source {
    const char *name;
    const struct file_facts *info;   /* of several files the first's */
    uint64_t size;                   /* bytes of the copy; 0 where parts are joined */
    struct output_rights rights;     /* of its samples: OUTPUT_COPY or OUTPUT_KNOWN */
    bool is_joined;                  /* parts are of no known length: parts_pieces.h */
    const struct parts_apart *apart; /* NULL = the copy is one file */
};

/*
 * parts_prepare() - make OUT.parts for a copy of 'source'.
 * Shape:   with made_ret one that was prepared for the same file, and not finished, is gone on with; whether it was
 *          made is in *made_ret. Returns an exit status; what is wrong was said, and nothing is left then.
 */
int parts_prepare(const struct console *console, const char *out, const struct parts_source *source, bool *made_ret);

/* parts_abandon() - remove OUT.parts, in which nothing is done. */
void parts_abandon(const char *out);

/* What a process does there. */
struct parts_work {
    const struct file_facts *source; /* must be the file that was prepared for */
    uint64_t index, count;           /* which part (from 0), and of how many */
    const char *operation;           /* what is done, in words that are equal for equal bytes */
    const char *preparation;         /* the command line that prepares it, for people */
    bool is_joined;                  /* as it must have been prepared */
    const struct parts_apart *apart; /* the same; but for what the new header holds */
};

/*
 * parts_open() - open what parts_prepare() made.
 * Shape:   parts that are there may not have another operation, nor be parts of another number. Returns an exit
 *          status; parts_close() in any case.
 */
int parts_open(struct parts *parts, const struct console *console, const char *out, const struct parts_work *work);

/*
 * parts_done() - note that this part is written; what it wrote must be on the device if that matters. Returns an exit
 * status.
 */
int parts_done(const struct parts *parts, const struct console *console, const struct parts_work *work, bool sync);

void parts_close(struct parts *parts);

/*
 * parts_finish() - give the file its name when all parts of one operation are there, and remove OUT.parts. With a
 * header apart both get theirs, or none.
 * Shape:   'force' replaces an OUT that exists; with 'sync' file and name are on the device then. Its mode is the
 *          input's, as it was prepared. Returns an exit status: TOOL_FAILED when parts are missing, which are named;
 *          nothing is changed then.
 */
int parts_finish(const struct console *console, const char *out, bool force, bool sync);

#endif
