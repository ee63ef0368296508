/* SPDX-License-Identifier: MIT */
#ifndef MMREC_FIGURES_H
#define MMREC_FIGURES_H

/* figures: what --reduce asks for, "count(), sum(value), min(id)", and what came of it. */

#include <stdint.h>
#include <stdio.h>

#include "mmrec/words.h"

#define FIGURES_MOST 64
#define FIGURE_TEXT 48 /* bytes of a value as text */

enum figure_kind { FIGURE_COUNT = 0, FIGURE_SUM, FIGURE_MIN, FIGURE_MAX, FIGURE_MEAN, FIGURE_SD, FIGURE_KINDS };

/* The numbers of C that an expression may be: the code says which. */
enum figure_values { FIGURE_SIGNED = 0, FIGURE_UNSIGNED, FIGURE_REAL };

struct figure {
    enum figure_kind kind;
    char *label; /* as it was typed: "sum(value)" */
    char *text;  /* the expression; NULL for count() */
};

struct figures {
    struct figure *list; /* of figures_drop() */
    size_t count;
};

/*
 * What is known of some records; language.c has the same. Integers are summed in 128 bits, low and high; extremes of
 * integers are in 'low'.
 */
struct figure_state {
    uint64_t count;  /* values; of reals those that are numbers */
    uint64_t values; /* an enum figure_values, once there was one */
    uint64_t low, high;
    double real;         /* a sum or an extreme of reals */
    double mean, spread; /* and the sum of squares of what differs from it */
};

/* figures_parse() - take LIST apart. Says what is wrong and returns false. figures_drop() in any case. */
bool figures_parse(struct figures *figures, const struct console *console, const char *list);
void figures_drop(struct figures *figures);

/* figures_merge() - take what is known of later records into what is known of those before them. */
void figures_merge(const struct figures *figures, struct figure_state *left, const struct figure_state *right);

/* figure_text() - a value as text: integers whole, "nan" for what no record has. */
const char *figure_text(const struct figure *figure, const struct figure_state *state, char text[FIGURE_TEXT]);

#endif
