/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_PLACES_H
#define MMDIFF_PLACES_H

/* places: the first differences in the order of the image, in whichever order they are found. */

#include "mmdiff/column.h"

#define PLACES_MAX 1000000

struct place {
    uint64_t pixel;  /* of the image, or number of the record */
    uint32_t column; /* channel or field */
    uint32_t element;
    char a[COLUMN_TEXT], b[COLUMN_TEXT]; /* both samples */
};

/* The first of all that were added, 'most' of them at most. */
struct places {
    struct place *list; /* a heap: the last of them is on top. Of places_drop() */
    size_t count, most;
};

/* places_make() - for so many. False: no memory. */
bool places_make(struct places *places, size_t most);

/* places_want() - whether one there would be among the first. */
bool places_want(const struct places *places, const struct place *place);

/* places_add() - one more, whose texts are set; one that is not among the first is left out. */
void places_add(struct places *places, const struct place *place);

/* places_sort() - list[0..count) in the order of the image. It is no heap then. */
void places_sort(struct places *places);

void places_drop(struct places *places);

#endif
