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

struct recipe {
    bool is_bytes; /* of the spans' records nothing is known: a word is a record's old bytes XOR its new ones. No image,
                      no options */
    mmi_image image;
    mmi_adjust_options options; /* what they point to is the recipe's */
    uint64_t offset;            /* the image's first byte in the file */
    mmi_span *spans;            /* bytes of the file, a walk each; none has a byte of another */
    size_t span_count;
    void *memory; /* of the lists */
};

/* recipe_pack() - as bytes. NULL = no memory; else for free(3). */
unsigned char *recipe_pack(const struct recipe *recipe, size_t *length_ret);

/*
 * recipe_read() - from bytes that anybody may have written, for a file of 'size' bytes. recipe_drop() in any case.
 * Shape:   when it returns true each span lies in the file and is whole samples of the image. The adjustment has its
 *          own checks.
 */
bool recipe_read(struct recipe *recipe, const unsigned char *bytes, size_t length, uint64_t size);
void recipe_drop(struct recipe *recipe);

/*
 * recipe_bytes() - that it changes. recipe_hull() - from the first of them to the last. recipe_span_end() - the byte
 * behind a span's last record.
 */
uint64_t recipe_bytes(const struct recipe *recipe);
mmv_range recipe_hull(const struct recipe *recipe);
uint64_t recipe_span_end(const mmi_span *span);

/* recipe_word() - bytes of a word of a span's. recipe_count() - pixels that it changes, or records. */
size_t recipe_word(const struct recipe *recipe, const mmi_span *span);
uint64_t recipe_count(const struct recipe *recipe);

#endif
