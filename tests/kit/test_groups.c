/* SPDX-License-Identifier: MIT */
/* test_groups.c - figures kept apart by a key: found, put in order, and joined with those of neighbours. */

#include "check.h"

#include <stdlib.h>

#include "mmrec/groups.h"

static struct figure figure_list[] = {{.kind = FIGURE_COUNT}, {.kind = FIGURE_SUM}};
static const struct figures figures = {figure_list, COUNT(figure_list)};

/* One record: counted, and its value summed. False = there is no place. */
static bool take(struct groups *groups, uint64_t key, uint64_t value)
{
    struct figure_state *states = NULL;
    for (size_t i = 0; i < groups->count && !states; i++)
        states = groups->keys[i] == key ? groups->states + i * figures.count : NULL;
    if (!states)
        states = groups->add(groups, key);
    if (!states)
        return false;
    states[0].count++;
    states[1].count++;
    states[1].values = FIGURE_SIGNED;
    states[1].low += value;
    states[1].high += states[1].low < value;
    return true;
}

/* Keys from 'first' on, each so many apart, a value of 1 for each. */
static struct group_rows *rows_of(struct group_store *store, enum group_key kind, const int64_t *keys, size_t count)
{
    struct groups groups;
    assert_true(groups_begin(&groups, store));
    for (size_t i = 0; i < count; i++)
        assert_true(take(&groups, (uint64_t)keys[i], 1));
    groups.kind = (int32_t)kind;
    struct group_rows *rows = groups_rows(&groups);
    groups_end(&groups);
    assert_non_null(rows);
    return rows;
}

static void check_rows(const struct group_rows *rows, const char *const *keys, const char *const *counts, size_t count)
{
    char text[GROUP_TEXT], figure[FIGURE_TEXT];
    assert_int_equal(rows->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(group_key_text(rows, i, text), keys[i]);
        assert_string_equal(figure_text(&figures.list[0], &rows->states[i * figures.count], figure), counts[i]);
        assert_string_equal(figure_text(&figures.list[1], &rows->states[i * figures.count + 1], figure), counts[i]);
    }
}

static void test_keys_ascend(void **state)
{
    static const int64_t keys[] = {5, -1, INT64_MIN, 0, -1, INT64_MAX};
    static const int64_t flags[] = {1, 0, 1};
    static const char *const is_signed[] = {"-9223372036854775808", "-1", "0", "5", "9223372036854775807"};
    static const char *const is_unsigned[] = {"0", "5", "9223372036854775807", "9223372036854775808",
                                              "18446744073709551615"};
    static const char *const counts[] = {"1", "2", "1", "1", "1"}, *const others[] = {"1", "1", "1", "1", "2"};
    static const char *const bools[] = {"false", "true"};
    struct group_store store;
    (void)state;
    groups_store_begin(&store, &figures, 100);
    check_rows(rows_of(&store, GROUP_SIGNED, keys, COUNT(keys)), is_signed, counts, COUNT(is_signed));
    check_rows(rows_of(&store, GROUP_UNSIGNED, keys, COUNT(keys)), is_unsigned, others, COUNT(is_unsigned));
    check_rows(rows_of(&store, GROUP_BOOL, flags, COUNT(flags)), bools, counts, COUNT(bools));
    groups_store_end(&store);
}

static void test_neighbours_are_joined(void **state)
{
    static const int64_t one[] = {3, 1, 1}, other[] = {2, 3, 9}, same[] = {9, 1};
    static const char *const keys[] = {"1", "2", "3", "9"};
    static const char *const counts[] = {"2", "1", "2", "1"}, *const more[] = {"3", "1", "2", "2"};
    struct group_store store;
    (void)state;
    groups_store_begin(&store, &figures, 4);
    struct group_rows *none = rows_of(&store, GROUP_SIGNED, NULL, 0);
    struct group_rows *rows = groups_merge(&store, none, rows_of(&store, GROUP_SIGNED, one, COUNT(one)));
    rows = groups_merge(&store, rows, rows_of(&store, GROUP_SIGNED, other, COUNT(other)));
    assert_non_null(rows);
    check_rows(rows, keys, counts, COUNT(keys));
    rows = groups_merge(&store, rows, rows_of(&store, GROUP_SIGNED, same, COUNT(same)));
    rows = groups_merge(&store, rows, rows_of(&store, GROUP_SIGNED, NULL, 0));
    check_rows(rows, keys, more, COUNT(keys));
    assert_ptr_equal(store.rows, rows);
    assert_null(rows->after);
    groups_store_end(&store);
}

static void test_too_many(void **state)
{
    static const int64_t four[] = {1, 2, 3, 4}, three[] = {3, 4, 5};
    struct group_store store;
    struct groups groups;
    (void)state;
    groups_store_begin(&store, &figures, 4);
    assert_true(groups_begin(&groups, &store));
    for (size_t i = 0; i < 4; i++)
        assert_true(take(&groups, i, 1));
    assert_true(take(&groups, 2, 1));
    assert_false(store.is_full);
    assert_false(take(&groups, 4, 1));
    assert_true(store.is_full);
    groups_end(&groups);
    atomic_store(&store.is_full, false);
    assert_null(groups_merge(&store, rows_of(&store, GROUP_SIGNED, four, 4), rows_of(&store, GROUP_SIGNED, three, 3)));
    assert_true(store.is_full);
    groups_store_end(&store);
}

/* More than a new table has room for, in an order at random, with keys that have the same low bits. */
static void test_many(void **state)
{
    enum { MANY = 3000 };
    struct group_store store;
    struct groups groups;
    char text[GROUP_TEXT], wanted[GROUP_TEXT];
    (void)state;
    groups_store_begin(&store, &figures, MANY);
    assert_true(groups_begin(&groups, &store));
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(take(&groups, (i * 1789 % MANY) << 40, i * 1789 % MANY));
    groups.kind = GROUP_UNSIGNED;
    const struct group_rows *rows = groups_rows(&groups);
    assert_int_equal(rows->count, MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        snprintf(wanted, sizeof wanted, "%llu", (unsigned long long)(i << 40));
        assert_string_equal(group_key_text(rows, (size_t)i, text), wanted);
        assert_int_equal(rows->states[i * figures.count + 1].low, i);
    }
    groups_end(&groups);
    groups_store_end(&store);
}

/* The longest run of slots that are taken: so many are looked at for a key that is not there. */
static size_t longest_run(const struct groups *groups)
{
    size_t longest = 0, run = 0;
    for (uint64_t i = 0; i <= 2 * groups->mask; i++) {
        run = groups->slots[i & groups->mask] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Keys that differ in any twelve bits alone lie apart, so that none is looked for long. */
static void test_keys_are_scattered(void **state)
{
    struct group_store store;
    (void)state;
    groups_store_begin(&store, &figures, 4096);
    for (unsigned shift = 0; shift <= 52; shift++) {
        struct groups groups;
        assert_true(groups_begin(&groups, &store));
        for (uint64_t i = 0; i < 3000; i++)
            assert_non_null(groups.add(&groups, i << shift));
        assert_in_range(longest_run(&groups), 1, 200);
        groups_end(&groups);
    }
    groups_store_end(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_ascend),        cmocka_unit_test(test_neighbours_are_joined),
        cmocka_unit_test(test_too_many),           cmocka_unit_test(test_many),
        cmocka_unit_test(test_keys_are_scattered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
