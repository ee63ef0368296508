/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_FILES_H
#define MMIMAGE_FORMATS_FILES_H

/* files: the samples of one image in several files, each of which has equally much of it. */

#include "formats/lines.h"

/* A pattern for names: "img%03d.raw", and what the number in it counts. */
typedef struct mmi__pattern {
    const char *name;
    int64_t first, last, step; /* the step is not 0 */
} mmi__pattern;

/* mmi__is_pattern() - whether the first % of a name that is not doubled is %d, with digits perhaps between the two. */
bool mmi__is_pattern(const char *name);

/* mmi__files_begin() - room for so many names. NULL when there is no memory. mmi__files_drop() ends it. */
mmi_files *mmi__files_begin(uint64_t count);
void mmi__files_drop(mmi_files **files);

/* mmi__files_add() - the next one. Errors:  MMV_EINVAL: the name is empty or too long, and was refused; MMV_ENOMEM. */
mmv_status mmi__files_add(mmi__header *header, mmi_files *files, const char *field, const char *name);

/* mmi__files_count() - how many names a pattern makes; 0 when the step leads away from the last. */
uint64_t mmi__pattern_count(const mmi__pattern *pattern);

/* mmi__files_add_pattern() - the names of a pattern, as printf(3) makes them. */
mmv_status mmi__files_add_pattern(mmi__header *header, mmi_files *files, const char *field,
                                  const mmi__pattern *pattern);

/*
 * mmi__describe_files() - the image that mmi__describe() has put into the container lies in these files, which the
 * field names, in each from byte container->offset on.
 * Owner:   the container, also of 'files'; after an error they are dropped.
 * Errors:  MMV_EINVAL: a file would have no whole rows; MMV_ENOTSUP: too many pieces; MMV_ENOMEM.
 */
mmv_status mmi__describe_files(mmi__header *header, mmi_files *files, const mmi__field *field);

/* mmi__check_files() - whether there may be so many, of which each has some of the samples: says why when not. */
mmv_status mmi__check_files(mmi__header *header, const char *field, uint64_t count, uint64_t wanted);

#endif
