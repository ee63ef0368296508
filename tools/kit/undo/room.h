/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_ROOM_H
#define TOOLS_UNDO_ROOM_H

/* room: memory of a thread that is as large as the largest piece so far. */

#include <stdbool.h>
#include <stdlib.h>

/*
 * room_take() - so many bytes at *bytes, which begins as NULL with a room of 0. What was there is lost when there was
 * too little. For free(3). False = no memory.
 */
static inline bool room_take(unsigned char **bytes, size_t *room, size_t wanted)
{
    if (*room >= wanted)
        return true;
    free(*bytes);
    *bytes = malloc(wanted);
    *room = *bytes ? wanted : 0;
    return *bytes != NULL;
}

#endif
