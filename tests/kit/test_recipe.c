/* SPDX-License-Identifier: MIT */
/* Recipes that others may have made: nothing outside of FILE is ever asked for, whatever they say. */

#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <mmimage/adjust.h>

#include "some_recipes.h"

/* Whatever is believed of a recipe lies in FILE, and is whole samples. */
static void check_recipe(const struct recipe *recipe)
{
    size_t size = mmi_type_size(recipe->image.type);
    for (size_t i = 0; i < recipe->span_count; i++) {
        const mmi_span *span = &recipe->spans[i];
        uint64_t end = span->offset + (span->count - 1) * span->stride + span->record;
        assert_true(span->count >= 1 && span->count <= SIZE && span->offset >= recipe->offset && end <= SIZE);
        assert_true((span->offset - recipe->offset) % size == 0 && span->record % size == 0);
    }
}

static void forge_recipes(const unsigned char *bytes, size_t length)
{
    size_t taken = 0;
    unsigned char *forged = malloc(length);
    assert_non_null(forged);
    for (size_t round = 0; round < 30000; round++) {
        static const uint64_t numbers[] = {0, 1, 2, 3, 255, SIZE, SIZE + 1, UINT32_MAX, UINT64_MAX, UINT64_MAX / 2};
        struct recipe recipe;
        memcpy(forged, bytes, length);
        for (uint64_t i = 0; i < 1 + roll(3); i++) {
            uint64_t number = numbers[roll(10)];
            size_t at = (size_t)roll(length / 4) * 4;
            memcpy(forged + at, &number, length - at < 8 || roll(2) ? 4 : 8);
        }
        size_t some = roll(8) ? length : (size_t)roll(length);
        if (recipe_read(&recipe, forged, some, SIZE)) {
            mmi_adjust *adjust = NULL;
            check_recipe(&recipe);
            mmi_adjust_create(&recipe.image, &recipe.options, &adjust);
            mmi_adjust_destroy(&adjust);
            taken++;
        }
        recipe_drop(&recipe);
    }
    free(forged);
    assert_in_range(taken, 1000, 29000);
}

static void test_recipes_of_others(void **unused)
{
    (void)unused;
    size_t length;
    unsigned char *bytes = write_recipe(&length);
    forge_recipes(bytes, length);
    unsigned char *plain = write_bytes_recipe(&length);
    forge_recipes(plain, length);
    free(bytes);
    free(plain);
}

/* Rows that are too long to be records are a span each. */
static void test_recipe_of_many_rows(void **unused)
{
    (void)unused;
    enum { ROWS = 6000 };
    size_t length;
    mmi_span span, *spans = calloc(ROWS, sizeof *spans);
    struct recipe recipe = recipe_of(&span);
    assert_non_null(spans);
    for (uint64_t i = 0; i < ROWS; i++)
        spans[i] = (mmi_span){16 + 8 * i, 2, 2, 3};
    recipe.spans = spans;
    recipe.span_count = ROWS;
    unsigned char *bytes = recipe_pack(&recipe, &length);
    assert_non_null(bytes);
    assert_true(recipe_read(&recipe, bytes, length, 16 + 8 * ROWS));
    assert_int_equal(recipe.span_count, ROWS);
    assert_memory_equal(recipe.spans, spans, ROWS * sizeof *spans);
    assert_int_equal(recipe_bytes(&recipe), 6 * ROWS);
    recipe_drop(&recipe);
    free(bytes);
    free(spans);
}

/* Which of several files a recipe is of: as it was written, or refused. */
static void test_groups_of_others(void **unused)
{
    (void)unused;
    static char name[5000];
    const struct {
        struct recipe_group group;
        size_t name;
        bool is_fine;
    } rows[] = {
        {{.id = 0}, 0, true},
        {{.id = 7, .index = 2, .count = 3, .file = 9, .first = 1, .next = 1}, 10, true},
        {{.id = UINT64_MAX, .count = UINT32_MAX}, 4096, true},
        {{.id = 7, .index = 3, .count = 3}, 10, false}, /* behind the last one */
        {{.id = 7, .count = 1}, 10, false},             /* of one alone */
        {{.id = 0, .count = 3}, 0, false},              /* of no group */
        {{.id = 0}, 10, false},                         /* a name for nothing */
        {{.id = 7, .count = 3}, 4097, false},           /* longer than any */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mmi_span span;
        struct recipe recipe = recipe_of(&span), back;
        size_t length;
        memset(name, 'n', sizeof name);
        name[rows[i].name] = '\0';
        recipe.group = rows[i].group;
        recipe.name = name;
        unsigned char *bytes = recipe_pack(&recipe, &length);
        assert_non_null(bytes);
        assert_int_equal(recipe_read(&back, bytes, length, SIZE), rows[i].is_fine);
        if (rows[i].is_fine) {
            assert_string_equal(back.name, name);
            assert_int_equal(back.group.id, rows[i].group.id);
            assert_memory_equal(&back.group.index, &rows[i].group.index, 5 * sizeof(uint32_t));
        }
        recipe_drop(&back);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipes_of_others),
        cmocka_unit_test(test_recipe_of_many_rows),
        cmocka_unit_test(test_groups_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
