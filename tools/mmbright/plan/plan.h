/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_PLAN_H
#define MMBRIGHT_PLAN_H

/* plan: what a run will do to which bytes. Making one opens FILE and touches nothing. */

#include <mmimage/adjust.h>
#include <mmview/map.h>

#include "kit/image/header_file.h"
#include "kit/image/image_file.h"
#include "kit/file/output.h"
#include "kit/job/parts.h"
#include "mmbright/plan/preview.h"
#include "mmbright/command/settings.h"

struct ranks;

/* One walk of a run in place, in bytes of the file. */
struct bright_pass {
    uint64_t offset;
    uint64_t record; /* what the walk takes as one record: it stops between two of them */
    uint64_t stride; /* == record: no gaps */
    uint64_t count;  /* records */
};

struct bright_plan {
    const struct bright_settings *settings; /* 'own' */
    struct bright_settings own;             /* the command line's, for the pixels of this file */
    const struct console *console;
    const char *file; /* with the samples */
    struct image_file input;
    mmv_map *map;  /* the input's */
    uint64_t size; /* of that file */
    mmi_image image;
    mmi_region region;       /* all zero = the whole image */
    mmv_range range;         /* the image's bytes in FILE; nothing outside of them changes */
    mmv_range part;          /* what of it this process changes: a shard's, else all */
    bool has_head, has_tail; /* of a copy it also writes what is in front of the image, and behind it */
    uint64_t pixels;         /* how many the change reaches: the part's, and those of all parts */
    uint64_t all_pixels;
    mmi_adjust *adjust;
    double *amounts;            /* of stored samples, where a header scales them; NULL = the command line's */
    struct bright_pass *passes; /* in the order of the work */
    size_t pass_count;
    struct output output;
    struct parts parts;       /* of OUT, when it is written by shards */
    char *operation;          /* which is the same for all of these */
    struct header_file apart; /* of OUT; unused when its header is in it */
    struct preview preview;
    struct ranks *ranks;       /* NULL = this process works alone */
    mmv_journals **neighbours; /* the caller's */
    mmv_journal *journal;      /* of the whole run, which owns it; NULL = none */
    bool changed;              /* in place: all walks are done, whatever came after */
};

/*
 * plan_make() - look at everything. Returns an exit status; the fault has been said. plan_drop() in any case.
 * 'neighbours' remembers journals from one FILE to the next: the caller's, for mmv_journals_free().
 */
int plan_make(struct bright_plan *plan, const struct bright_settings *settings, const char *file,
              const struct console *console, mmv_journals **neighbours);

/*
 * plan_in_parts() - whether the copy of this FILE can be written by several processes. Returns an exit status; what is
 * wrong was said.
 */
int plan_in_parts(const struct bright_plan *plan);

void plan_drop(struct bright_plan *plan);

/* plan_work() - bytes that the whole run handles. */
uint64_t plan_work(const struct bright_plan *plan);

#endif
