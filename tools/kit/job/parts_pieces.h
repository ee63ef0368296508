/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PARTS_PIECES_H
#define TOOLS_PARTS_PIECES_H

/*
 * parts_pieces: parts whose length nobody knows before they are written. Each is a file of its own, and finishing joins
 * them.
 *
 *     parts_prepare()        OUT.parts/data           empty
 *     parts_piece_create()   OUT.parts/.K-of-N.*      nobody looks at it
 *     parts_piece_name()     OUT.parts/K-of-N.*.data  all of the part, whoever has written it by this operation
 *     parts_finish()         OUT.parts/data           all of them behind each other, then OUT
 */

#include "kit/job/parts_folder.h"

#define PARTS_PIECE_NAME (PARTS_MARK_NAME + 32)

struct parts_piece {
    int descriptor;              /* -1 = there is none */
    char name[PARTS_PIECE_NAME]; /* "" = it has its own already, or there is none */
};

#define PARTS_PIECE_NONE ((struct parts_piece){.descriptor = -1})

/* parts_piece_create() - a new file in parts that are open. Returns an exit status; parts_piece_drop() in any case. */
int parts_piece_create(const struct parts *parts, const struct console *console, const struct parts_work *work,
                       struct parts_piece *piece);

/* parts_piece_name() - it is whole: it takes the place of one that is there. parts_done() comes next. */
int parts_piece_name(const struct parts *parts, const struct console *console, const struct parts_work *work,
                     struct parts_piece *piece);

/* parts_piece_drop() - close it, and remove what is not whole. */
void parts_piece_drop(const struct parts *parts, struct parts_piece *piece);

/*
 * parts_join() - for parts_finish(): the data is all pieces of the operation in their order, or what it was. Returns an
 * exit status.
 */
int parts_join(const struct parts *parts, const struct console *console, uint64_t count, const char *operation);

#endif
