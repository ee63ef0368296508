/* SPDX-License-Identifier: MIT */
/*
 * places: see places.h.
 *
 * 1. Nothing in the heap comes behind what is above it: list[(i - 1) / 2] for list[i]. No assert: a check of all costs
 *    more than the heap.
 */
#include "mmdiff/places.h"

#include <stdlib.h>

bool places_make(struct places *places, size_t most)
{
    *places = (struct places){.list = calloc(most + 1, sizeof *places->list), .most = most};
    return places->list != NULL;
}

static int order(const struct place *a, const struct place *b)
{
    if (a->pixel != b->pixel)
        return a->pixel < b->pixel ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return a->element < b->element ? -1 : a->element > b->element;
}

bool places_want(const struct places *places, const struct place *place)
{
    return places->count < places->most || (places->most > 0 && order(place, &places->list[0]) < 0);
}

/* 1: 'place' goes to a place without a value, or to one above it. */
static void lift(struct places *places, size_t at, const struct place *place)
{
    while (at > 0 && order(&places->list[(at - 1) / 2], place) < 0) {
        places->list[at] = places->list[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    places->list[at] = *place;
}

/* 1: the same from the top down. */
static void sink(struct places *places, const struct place *place)
{
    size_t at = 0;
    for (size_t child = 1; child < places->count; child = 2 * at + 1) {
        if (child + 1 < places->count && order(&places->list[child + 1], &places->list[child]) > 0)
            child++;
        if (order(&places->list[child], place) < 0)
            break;
        places->list[at] = places->list[child];
        at = child;
    }
    places->list[at] = *place;
}

void places_add(struct places *places, const struct place *place)
{
    if (!places_want(places, place))
        return;
    if (places->count < places->most)
        lift(places, places->count++, place);
    else
        sink(places, place);
}

static int compare(const void *a, const void *b)
{
    return order(a, b);
}

void places_sort(struct places *places)
{
    qsort(places->list, places->count, sizeof *places->list, compare);
}

void places_drop(struct places *places)
{
    free(places->list);
    *places = (struct places){0};
}
