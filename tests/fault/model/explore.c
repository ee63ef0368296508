/* SPDX-License-Identifier: MIT */
/*
 * explore.c - all states that can be reached, breadth first, so the way to a bad one is as short as can be.
 *
 * Of a state that was met there is a fingerprint of 64 bits, where it came from, and as which child: two of ten million
 * states are taken for one with a probability of 3 in a million. Whole states are kept for the present depth and the
 * next one only. The way to a bad state is walked again from the first.
 */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>

struct node {
    uint64_t print;
    uint32_t parent;
    uint32_t child; /* which one of its parent */
};

struct level {
    struct state *states;
    uint32_t *nodes;
    size_t count, room;
};

static struct {
    struct node *nodes;
    uint32_t *table;
    size_t count, room, size;
    struct level now, next;
    uint32_t parent, child, bad;
    unsigned long transitions;
} all;

static uint64_t fingerprint(const struct state *s)
{
    uint64_t hash = 0x9e3779b97f4a7c15u;
    const char *data = (const char *)s;
    for (size_t i = 0; i < sizeof *s; i += 8) {
        uint64_t word = 0;
        memcpy(&word, data + i, sizeof *s - i < 8 ? sizeof *s - i : 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    hash *= 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 29;
}

static void *grown(void *old, size_t count, size_t size)
{
    void *fresh = realloc(old, count * size);
    if (!fresh) {
        fprintf(stderr, "explore: no memory for %zu states\n", count);
        exit(2);
    }
    return fresh;
}

static void fill_table(void)
{
    all.size = all.size ? all.size * 2 : 1 << 16;
    free(all.table);
    all.table = grown(NULL, all.size, sizeof *all.table);
    memset(all.table, 0, all.size * sizeof *all.table);
    for (size_t i = 0; i < all.count; i++) {
        size_t at = all.nodes[i].print & (all.size - 1);
        while (all.table[at])
            at = (at + 1) & (all.size - 1);
        all.table[at] = (uint32_t)(i + 1);
    }
}

/* Of a state that was not met before: true. */
static bool add_node(uint64_t print)
{
    if (all.count * 2 >= all.size)
        fill_table();
    size_t at = print & (all.size - 1);
    for (; all.table[at]; at = (at + 1) & (all.size - 1))
        if (all.nodes[all.table[at] - 1].print == print)
            return false;
    if (all.count == all.room) {
        all.room = all.room ? all.room * 2 : 1 << 16;
        all.nodes = grown(all.nodes, all.room, sizeof *all.nodes);
    }
    all.nodes[all.count++] = (struct node){print, all.parent, all.child};
    all.table[at] = (uint32_t)all.count;
    return true;
}

static void add_state(const struct state *s)
{
    struct level *level = &all.next;
    if (level->count == level->room) {
        level->room = level->room ? level->room * 2 : 1024;
        level->states = grown(level->states, level->room, sizeof *level->states);
        level->nodes = grown(level->nodes, level->room, sizeof *level->nodes);
    }
    level->states[level->count] = *s;
    level->nodes[level->count++] = (uint32_t)(all.count - 1);
}

static void meet(const struct state *child, int actor, const char *what)
{
    (void)actor;
    (void)what;
    all.transitions++;
    all.child++;
    if (all.bad || !add_node(fingerprint(child)))
        return;
    struct state checked = *child;
    if (!checked.bad)
        check_quiet(&checked);
    if (checked.bad)
        all.bad = (uint32_t)all.count;
    else
        add_state(child);
}

static void expand_level(void)
{
    for (size_t i = 0; i < all.now.count && !all.bad; i++) {
        all.parent = all.now.nodes[i];
        all.child = 0;
        expand(&all.now.states[i], meet);
    }
}

/* ---- the way to a bad state -------------------------------------------------------------------------------------- */

static struct {
    uint32_t wanted, met;
    struct state state;
    int step;
} way;

static void tell_actor(int actor, const char *what)
{
    static const char *const names[] = {"f", "g", "h"};
    static const char *const kinds[] = {[CHANGE] = "change", [READ] = "-o", [DISCARD] = "discard", [PART] = "part"};
    bool of_file = strncmp(what, "is ", 3) == 0 || strncmp(what, "and ", 4) == 0;
    if (actor == SLOTS)
        printf("%4d  %s\n", way.step, what);
    else if (of_file && strcmp(what, "is killed") != 0)
        printf("%4d  %s %s\n", way.step, names[actor], what);
    else
        printf("%4d  command %d (%s %c) %s\n", way.step, actor + 1, kinds[command_of(actor)->kind],
               command_of(actor)->op == ONE_B ? 'b' : 'a', what);
}

static void follow(const struct state *child, int actor, const char *what)
{
    if (++way.met != way.wanted)
        return;
    way.state = *child;
    way.step++;
    tell_actor(actor, what);
}

static void tell_state(const struct state *s)
{
    for (int i = 0; i < IMAGES; i++) {
        printf("      inode %d: ", i);
        for (int k = 0; k < config->granules; k++)
            printf(" %da%db%s", times(s->now.image[i].now[k], ONE_A), times(s->now.image[i].now[k], ONE_B),
                   s->now.image[i].now[k] & HALF ? "+half" : "");
        printf("  owed");
        for (int k = 0; k < config->granules; k++)
            printf(" %da%db", times(s->owed[i][k], ONE_A), times(s->owed[i][k], ONE_B));
        printf("  marks %02x %02x\n", s->now.image[i].mark[0], s->now.image[i].mark[1]);
    }
}

static void tell_way(void)
{
    uint32_t path[4096];
    int count = 0;
    for (uint32_t node = all.bad - 1; node; node = all.nodes[node].parent)
        path[count++] = node;
    way.state = first_state();
    way.step = 0;
    while (count-- > 0) {
        struct state from = way.state;
        way.wanted = all.nodes[path[count]].child;
        way.met = 0;
        expand(&from, follow);
    }
    struct state checked = way.state;
    check_quiet(&checked);
    tell_state(&way.state);
    printf("      %s%s\n", bad_name(checked.bad), way.state.bad ? "" : ", when the next command runs alone");
}

static void forget(void)
{
    free(all.nodes);
    free(all.table);
    free(all.now.states);
    free(all.now.nodes);
    free(all.next.states);
    free(all.next.nodes);
    memset(&all, 0, sizeof all);
}

struct figures explore(unsigned long most, bool trace)
{
    struct figures figures = {0};
    struct state first = first_state();
    add_node(fingerprint(&first));
    add_state(&first);
    for (; all.next.count && !all.bad && all.count < most; figures.depth++) {
        struct level done = all.now;
        all.now = all.next;
        all.next = (struct level){done.states, done.nodes, 0, done.room};
        expand_level();
    }
    figures.states = all.count;
    figures.transitions = all.transitions;
    figures.violated = all.bad;
    figures.complete = !all.next.count;
    if (all.bad && trace)
        tell_way();
    forget();
    return figures;
}
