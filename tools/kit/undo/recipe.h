/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_RECIPE_H
#define TOOLS_UNDO_RECIPE_H

/*
 * recipe: a change as plain numbers: which bytes of a file, what samples they are, and what becomes of them. All that
 * taking it back needs is in it, so that neither the header of the image nor the command is asked again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mmimage/adjust.h>
#include <mmview/range.h>

/* Spans that a recipe has at most. Where rows are too long to be records each is a span of its own. */
#define RECIPE_SPANS_MAX ((size_t)1 << 20)

/*
 * Pieces that a recipe has at most: 160 MiB, in the undo file and in memory. Tiles that lie equally far apart are one,
 * so a million of them are one piece, or some; where each has a distance of its own they take 40 MiB.
 */
#define RECIPE_PIECES_MAX ((size_t)1 << 22)

/*
 * Samples of an image that lies in pieces, in one of the spans: rows of tiles, or whole ones. Those of pixels begin
 * with the first channel. In planes each record is of one channel: the first one's, then always 'step' further, modulo
 * all.
 */
struct recipe_piece {
    mmi_span bytes;
    uint32_t channel, step;
};

/* One of several files that a run has changed together. Files have the numbers that the image's header gives them. */
struct recipe_group {
    uint64_t id;                /* a random number, of all; 0 = there is no other */
    uint32_t index, count;      /* which one, of how many */
    uint32_t file, first, next; /* its number, that of index 0, and that of the one behind it, or again of index 0 */
    uint32_t name_length;       /* of the name below */
};

struct recipe {
    struct recipe_group group;
    char *name;    /* the header that lists the files, for people; NULL = no group */
    bool is_bytes; /* of the spans' records nothing is known: a word is a record's old bytes XOR its new ones. No image,
                      no options */
    mmi_image image;
    mmi_adjust_options options; /* what they point to is the recipe's */
    uint64_t offset;            /* the image's first byte in the file; has no meaning with pieces */
    mmi_span *spans;            /* bytes of the file, a walk each; none has a byte of another */
    size_t span_count;
    struct recipe_piece *pieces; /* what of the spans are samples, in the order of the file */
    size_t piece_count;          /* 0 = all of it */
    void *memory;                /* of the lists of numbers */
};

/* recipe_pack() - as bytes. NULL = no memory; else for free(3). */
unsigned char *recipe_pack(const struct recipe *recipe, size_t *length_ret);

/*
 * recipe_read() - from bytes that anybody may have written, for a file of 'size' bytes. recipe_drop() in any case.
 * Shape:   when it returns true each span lies in the file, each piece in a span, and both are whole samples of the
 *          image. The adjustment has its own checks.
 */
bool recipe_read(struct recipe *recipe, const unsigned char *bytes, size_t length, uint64_t size);
void recipe_drop(struct recipe *recipe);

/*
 * recipe_bytes() - of samples that it changes. recipe_walked() - of its spans. recipe_hull() - from the first of them
 * to the last. recipe_span_end() - the byte behind a span's last record. recipe_plane() - bytes of a channel (bsq).
 */
uint64_t recipe_bytes(const struct recipe *recipe);
uint64_t recipe_walked(const struct recipe *recipe);
mmv_range recipe_hull(const struct recipe *recipe);
uint64_t recipe_span_end(const mmi_span *span);
uint64_t recipe_plane(const mmi_image *image);

/* recipe_word() - bytes of a word of a span's. recipe_count() - pixels that it changes, or records. */
size_t recipe_word(const struct recipe *recipe, const mmi_span *span);
uint64_t recipe_count(const struct recipe *recipe);

#endif
