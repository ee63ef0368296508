/* SPDX-License-Identifier: MIT */
#ifndef MMREC_CODE_PUT_H
#define MMREC_CODE_PUT_H

/* code_put: pieces of the C file, for code.c and what makes parts of it. */

#include "kit/cli/builder.h"
#include "mmrec/code.h"

/* code_put_list() - texts behind each other; NULL ends the list. */
void code_put_list(struct builder *out, const char *const *texts);

/* code_put_words() - the user's text; the compiler's messages tell where in it. */
void code_put_words(struct builder *out, const struct words *words);

/* code_put_value() - 'name' becomes the value of the words that follow, which ");" ends. */
void code_put_value(struct builder *out, const struct code *code, const char *name);

/* code_put_loads() - each field that the words mention as a variable; a constant one cannot be assigned to. */
void code_put_loads(struct builder *out, const struct code *code, const struct words *words, bool constant);

/* code_put_loop() - a function: a loop over all records; with a guard where code may divide. */
struct code_loop {
    const char *head;        /* of the function */
    const char *before;      /* the loop; NULL = nothing */
    const char *body, *then; /* what it does, and what is done behind it; NULL = nothing */
    bool divides;
};
void code_put_loop(struct builder *out, const struct code_loop *loop);

/* code_put_fold() - where there are figures: CODE_FOLD, or CODE_GROUP with --by. */
void code_put_fold(struct builder *out, const struct code *code);

/* code_figure_words() - the expression of a figure; its text is NULL for count(). */
struct words code_figure_words(const struct code *code, size_t figure);

#endif
