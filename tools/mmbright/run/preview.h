/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_PREVIEW_H
#define MMBRIGHT_PREVIEW_H

/*
 * preview: a contact sheet, before on the left and after on the right, of so few pixels that reading them costs
 * nothing.
 *
 *     |  before  | |  after  |     every shrink-th pixel, at most 512 x 512 each; one range of values for both
 *     black 0, white 4095          words above and below, where the pictures are wide enough for them
 */

#include <mmview/map.h>

#include "kit/file/output.h"
#include "kit/picture/rows.h"
#include "mmbright/plan/plan.h"

struct preview {
    struct rows rows;
    unsigned char *before, *after; /* pixels as they are stored; NULL = no preview is wanted */
    struct output output;
};

#define PREVIEW_NONE ((struct preview){.output = OUTPUT_NONE})

/* Each returns an exit status; what failed was said. Without --preview all do nothing. */

/* preview_plan() - whether one can be drawn; nothing is written. 'plan' was made. */
int preview_plan(struct preview *preview, const struct bright_plan *plan);

/*
 * preview_take() - the pixels before anything changes, and those that they would become. With a journal they are kept
 * there: a run that goes on with an interrupted one has only that to know them by.
 */
int preview_take(struct preview *preview, const struct bright_plan *plan, mmv_journal *journal);

/* preview_retake() - read from 'map', which has the result now, what the pixels became. */
int preview_retake(struct preview *preview, const struct bright_plan *plan, mmv_map *map);

/* preview_write() - the sheet. */
int preview_write(struct preview *preview, const struct bright_plan *plan);

void preview_drop(struct preview *preview);

#endif
