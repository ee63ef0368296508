/* SPDX-License-Identifier: MIT */
/*
 * groups: see groups.h.
 *
 * 1. The keys of rows ascend, and no two are equal.
 * 2. No table has more groups than the store allows. Those of some blocks are groups of the whole, too: whether there
 *    are too many does not depend on who merges what first.
 */
#include "mmrec/groups.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 64 /* of a new table; twice as many slots */

void groups_store_begin(struct group_store *store, const struct figures *figures, size_t most)
{
    *store = (struct group_store){.figures = figures, .most = most};
    atomic_init(&store->is_full, false);
    thread_lock_init(&store->lock);
}

static void free_rows(struct group_rows *rows)
{
    free(rows->keys);
    free(rows->states);
    free(rows);
}

void groups_store_end(struct group_store *store)
{
    while (store->rows) {
        struct group_rows *rows = store->rows;
        store->rows = rows->after;
        free_rows(rows);
    }
    thread_lock_drop(&store->lock);
}

/* ---- one block --------------------------------------------------------------------------------------------------- */

/* language.c has the same. The upper half counts before it is multiplied: a product has nothing of it in its lower. */
static uint64_t hash(uint64_t key)
{
    key = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return key ^ key >> 32;
}

static void take_slot(struct groups *groups, size_t group)
{
    uint64_t at = hash(groups->keys[group]);
    while (groups->slots[at & groups->mask])
        at++;
    groups->slots[at & groups->mask] = (uint32_t)group + 1;
}

/* What does not fit into the old places has new ones. */
static bool grow(struct groups *groups, size_t room)
{
    size_t figures = groups->store->figures->count;
    if (room > SIZE_MAX / (2 * figures * sizeof *groups->states))
        return false;
    uint64_t *keys = realloc(groups->keys, room * sizeof *keys);
    groups->keys = keys ? keys : groups->keys;
    struct figure_state *states = realloc(groups->states, room * figures * sizeof *states);
    groups->states = states ? states : groups->states;
    uint32_t *slots = calloc(2 * room, sizeof *slots);
    if (!keys || !states || !slots) {
        free(slots);
        return false;
    }
    free(groups->slots);
    groups->slots = slots;
    groups->room = room;
    groups->mask = 2 * room - 1;
    for (size_t i = 0; i < groups->count; i++)
        take_slot(groups, i);
    return true;
}

static struct figure_state *add(struct groups *groups, uint64_t key)
{
    size_t figures = groups->store->figures->count;
    if (groups->count == groups->store->most) {
        atomic_store(&groups->store->is_full, true);
        return NULL;
    }
    if (groups->count == groups->room && !grow(groups, 2 * groups->room))
        return NULL;
    struct figure_state *states = groups->states + groups->count * figures;
    memset(states, 0, figures * sizeof *states);
    groups->keys[groups->count] = key;
    take_slot(groups, groups->count++);
    return states;
}

bool groups_begin(struct groups *groups, struct group_store *store)
{
    *groups = (struct groups){.add = add, .store = store};
    return grow(groups, ROOM);
}

void groups_end(struct groups *groups)
{
    free(groups->keys);
    free(groups->states);
    free(groups->slots);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

struct group_rows *groups_new_rows(struct group_store *store, size_t count)
{
    size_t figures = store->figures->count;
    struct group_rows *rows = calloc(1, sizeof *rows);
    if (!rows)
        return NULL;
    rows->keys = malloc((count + 1) * sizeof *rows->keys);
    rows->states = malloc((count + 1) * figures * sizeof *rows->states);
    if (!rows->keys || !rows->states) {
        free_rows(rows);
        return NULL;
    }
    rows->count = count;
    thread_lock_take(&store->lock);
    rows->after = store->rows;
    if (store->rows)
        store->rows->before = rows;
    store->rows = rows;
    thread_lock_leave(&store->lock);
    return rows;
}

static void drop_rows(struct group_store *store, struct group_rows *rows)
{
    thread_lock_take(&store->lock);
    if (rows->after)
        rows->after->before = rows->before;
    if (rows->before)
        rows->before->after = rows->after;
    else
        store->rows = rows->after;
    thread_lock_leave(&store->lock);
    free_rows(rows);
}

/* Of negative numbers the first bit is set: then it is not, and so they are less than others. */
static uint64_t in_order(enum group_key kind, uint64_t key)
{
    return kind == GROUP_SIGNED ? key ^ UINT64_C(1) << 63 : key;
}

struct place {
    uint64_t key;
    size_t group;
};

static int compare(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    return (left->key > right->key) - (left->key < right->key);
}

struct group_rows *groups_rows(const struct groups *groups)
{
    size_t figures = groups->store->figures->count;
    struct group_rows *rows = groups_new_rows(groups->store, groups->count);
    struct place *places = malloc((groups->count + 1) * sizeof *places);
    if (!rows || !places) {
        free(places);
        return NULL;
    }
    rows->kind = (enum group_key)groups->kind;
    for (size_t i = 0; i < groups->count; i++)
        places[i] = (struct place){in_order(rows->kind, groups->keys[i]), i};
    qsort(places, groups->count, sizeof *places, compare);
    for (size_t i = 0; i < groups->count; i++) {
        assert(i == 0 || places[i - 1].key < places[i].key); /* 1 */
        rows->keys[i] = places[i].key;
        memcpy(rows->states + i * figures, groups->states + places[i].group * figures, figures * sizeof *rows->states);
    }
    free(places);
    return rows;
}

/* How many groups both have together. */
static size_t count_both(const struct group_rows *left, const struct group_rows *right)
{
    size_t count = 0;
    for (size_t i = 0, j = 0; i < left->count || j < right->count; count++) {
        bool from_left = i < left->count && (j == right->count || left->keys[i] <= right->keys[j]);
        bool from_right = j < right->count && (i == left->count || right->keys[j] <= left->keys[i]);
        i += from_left;
        j += from_right;
    }
    return count;
}

/* Into 'to', which may be 'left' when that has all groups. */
static void join(const struct figures *figures, struct group_rows *to, const struct group_rows *left,
                 const struct group_rows *right)
{
    size_t size = figures->count * sizeof *to->states;
    for (size_t i = 0, j = 0, row = 0; row < to->count; row++) {
        bool from_left = i < left->count && (j == right->count || left->keys[i] <= right->keys[j]);
        bool from_right = j < right->count && (i == left->count || right->keys[j] <= left->keys[i]);
        const struct figure_state *others = right->states + j * figures->count;
        struct figure_state *states = to->states + row * figures->count;
        to->keys[row] = from_left ? left->keys[i] : right->keys[j];
        if (!from_left)
            memcpy(states, others, size);
        else if (to != left)
            memcpy(states, left->states + i * figures->count, size);
        if (from_left && from_right)
            figures_merge(figures, states, others);
        i += from_left;
        j += from_right;
        assert(row == 0 || to->keys[row - 1] < to->keys[row]); /* 1 */
    }
}

struct group_rows *groups_merge(struct group_store *store, struct group_rows *left, struct group_rows *right)
{
    size_t count = count_both(left, right);
    struct group_rows *to = left;
    if (count > store->most) {
        atomic_store(&store->is_full, true);
        return NULL;
    }
    if (count > left->count)
        to = groups_new_rows(store, count);
    if (!to)
        return NULL;
    to->kind = left->count ? left->kind : right->kind;
    join(store->figures, to, left, right);
    if (to != left)
        drop_rows(store, left);
    drop_rows(store, right);
    assert(to->count <= store->most); /* 2 */
    return to;
}

const char *group_key_text(const struct group_rows *rows, size_t row, char text[GROUP_TEXT])
{
    uint64_t key = in_order(rows->kind, rows->keys[row]);
    if (rows->kind == GROUP_SIGNED)
        snprintf(text, GROUP_TEXT, "%" PRId64, (int64_t)key);
    else if (rows->kind == GROUP_UNSIGNED)
        snprintf(text, GROUP_TEXT, "%" PRIu64, key);
    else
        snprintf(text, GROUP_TEXT, "%s", key ? "true" : "false");
    return text;
}
