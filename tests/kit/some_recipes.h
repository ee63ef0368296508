/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SOME_RECIPES_H
#define TESTS_SOME_RECIPES_H

/* some_recipes: recipes for tests, of a FILE of SIZE bytes; and numbers that are the same each time. */

#include "check.h"

#include <stdlib.h>

#include "kit/undo/recipe.h"

#define SIZE 4096 /* of FILE */

static uint64_t state = 5;

static inline uint64_t roll(uint64_t sides)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % sides;
}

/* A row of u16 from byte 16 on. */
static inline struct recipe recipe_of(mmi_span *span)
{
    static const double add[] = {7};
    *span = (mmi_span){16, 2, 2, 100};
    return (struct recipe){.image = {.type = {MMI_U16, false}, .samples = 1},
                           .options = {.add = add, .add_count = 1},
                           .offset = 16,
                           .spans = span,
                           .span_count = 1};
}

/* The same bytes, of which nothing is known. */
static inline unsigned char *write_bytes_recipe(size_t *length_ret)
{
    mmi_span span = {16, 10, 10, 20};
    const struct recipe recipe = {.is_bytes = true, .spans = &span, .span_count = 1};
    unsigned char *bytes = recipe_pack(&recipe, length_ret);
    assert_non_null(bytes);
    return bytes;
}

static inline unsigned char *write_recipe(size_t *length_ret)
{
    mmi_span span;
    struct recipe recipe = recipe_of(&span);
    unsigned char *bytes = recipe_pack(&recipe, length_ret);
    assert_non_null(bytes);
    return bytes;
}

#endif
