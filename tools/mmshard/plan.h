/* SPDX-License-Identifier: MIT */
#ifndef MMSHARD_PLAN_H
#define MMSHARD_PLAN_H

/* plan: which part of a file each task of a job has, as ranges or as the job's files. */

#include "kit/image/image_file.h"

enum form { FORM_TEXT, FORM_JSON, FORM_SLURM, FORM_KUBERNETES, FORM_PARALLEL, FORMS };

/* Of a plan for mmrec: what a record is. */
struct shard_records {
    const char *text; /* of --record; NULL = pixels, and the plan is mmbright's */
    bool aligned;
    uint64_t size; /* bytes of one */
};

struct shard_plan {
    const struct console *console;
    uint64_t count;
    enum form form;
    struct where_settings where; /* of it the range */
    struct pixel_settings pixels;
    struct shard_records records;
    struct image_file file;
    mmv_range bytes;
    const char *output;     /* the new file that the tasks write together; NULL = they change FILE in place */
    char *const *arguments; /* of mmbright or mmrec; ended by NULL */
};

/* plan_form() - by its name; FORMS when there is none of that name. */
enum form plan_form(const char *name);

/* plan_print() - on stdout. Returns an exit status. */
int plan_print(const struct shard_plan *plan);

#endif
