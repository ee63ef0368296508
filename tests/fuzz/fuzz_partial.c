/* SPDX-License-Identifier: MIT */
/*
 * fuzz_partial.c - any bytes as a file of mmrec --partial, or as damage to a right one: refused, or the nodes of its
 * part, which are joined with those of the other part.
 *
 *     what the rest is (1 byte: bits below) | the file, or: perhaps how long it is (2 bytes), patches (damage.h)
 */

#include "fuzz.h"

#include "damage.h"
#include "mmrec/partial.h"
#include "place.h"

enum { LARGEST = 1 << 20, PARTS = 2, BLOCKS = 11, MOST_GROUPS = 20 };

/* Bits of the first byte. */
enum { BY = 1, RAW = 2, CUT = 4, SECOND = 8, SEAL = 16 };

static struct console console = {.tool = "mmrec", .mute = true};
static struct command commands[2]; /* without and with --by */
static unsigned char right[2][PARTS][LARGEST], made[LARGEST];
static size_t right_size[2][PARTS];

/* ---- parts that are right ---------------------------------------------------------------------------------------- */

static struct figure_state state_of(uint64_t seed)
{
    return (struct figure_state){seed + 1, FIGURE_UNSIGNED, seed * 7, 0, 0, (double)seed, 0};
}

/* Groups of a node: some that others have, too. */
static void fill(struct group_rows *rows, uint64_t first, size_t figures, bool by)
{
    rows->kind = GROUP_UNSIGNED;
    for (size_t i = 0; i < rows->count; i++) {
        rows->keys[i] = by ? first + 3 * i : 0;
        for (size_t k = 0; k < figures; k++)
            rows->states[i * figures + k] = state_of(first + k);
    }
}

static void write_part(bool by, uint64_t index)
{
    const struct command *command = &commands[by];
    struct group_store store;
    struct partial partial = {.range = {100, 11 * 4096, 1024, BLOCKS, 11 * 1024}, .index = index, .count = PARTS};
    partial_cut(&partial);
    groups_store_begin(&store, &command->figures, MOST_GROUPS);
    for (size_t i = 0; i < partial.node_count; i++) {
        partial.nodes[i].rows = groups_new_rows(&store, by ? 3 : 1);
        MUST(partial.nodes[i].rows);
        fill(partial.nodes[i].rows, 2 * i + index, command->figures.count, by);
    }
    struct partial_bytes packed;
    MUST(partial_pack(&partial, command, &packed) && packed.length < LARGEST);
    memcpy(right[by][index], packed.at, packed.length);
    right_size[by][index] = packed.length;
    free(packed.at);
    groups_store_end(&store);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    place_open();
    for (int by = 0; by < 2; by++) {
        struct command *command = &commands[by];
        command->console = &console;
        command->where = "x > 1";
        command->asks.reduce = "count(), sum(x), min(x), mean(x), sd(x)";
        command->asks.by = by ? "x & 7" : NULL;
        MUST(fields_parse(&command->fields, &console, &(struct fields_wish){"record", "u32 x", false}));
        MUST(figures_parse(&command->figures, &console, command->asks.reduce));
        for (uint64_t i = 0; i < PARTS; i++)
            write_part(by, i);
    }
    return 0;
}

/* ---- what must hold ---------------------------------------------------------------------------------------------- */

static void check_rows(const struct command *command, const struct group_rows *rows)
{
    char text[FIGURE_TEXT], key[GROUP_TEXT];
    size_t figures = command->figures.count;
    MUST(rows->count <= MOST_GROUPS && rows->kind <= GROUP_BOOL && (command->asks.by || rows->count == 1));
    for (size_t i = 0; i < rows->count; i++) {
        MUST(i == 0 || rows->keys[i - 1] < rows->keys[i]);
        MUST(strlen(group_key_text(rows, i, key)) < GROUP_TEXT);
        for (size_t k = 0; k < figures; k++)
            MUST(strlen(figure_text(&command->figures.list[k], &rows->states[i * figures + k], text)) < FIGURE_TEXT);
    }
}

/* Its nodes are its blocks, one behind the other. */
static void check_part(const struct command *command, const struct partial *partial)
{
    uint64_t at = partial_first(partial->range.blocks, partial->index, partial->count);
    MUST(partial->index < partial->count && partial->node_count <= PARTIAL_NODES);
    for (size_t i = 0; i < partial->node_count; i++) {
        const struct partial_node *node = &partial->nodes[i];
        MUST(node->index << node->level == at);
        at += UINT64_C(1) << node->level;
        check_rows(command, node->rows);
    }
    MUST(at == partial_first(partial->range.blocks, partial->index + 1, partial->count));
}

/* As --join has it: the nodes of the first part come first. */
static void join(const struct command *command, struct group_store *store, const struct partial *first,
                 const struct partial *second)
{
    struct partial_node nodes[2 * PARTIAL_NODES];
    memcpy(nodes, first->nodes, first->node_count * sizeof *nodes);
    memcpy(nodes + first->node_count, second->nodes, second->node_count * sizeof *nodes);
    struct group_rows *rows = partial_join(store, nodes, first->node_count + second->node_count, first->range.blocks);
    if (rows)
        check_rows(command, rows);
}

static void try_file(const struct command *command, bool by, uint64_t which)
{
    struct group_store store;
    struct partial damaged, other;
    groups_store_begin(&store, &command->figures, MOST_GROUPS);
    int result = partial_read(&damaged, command, &store, place_path("part"));
    MUST(result == TOOL_DONE || result == TOOL_FAILED);
    if (result == TOOL_DONE) {
        check_part(command, &damaged);
        place_put("other", right[by][1 - which], right_size[by][1 - which]);
        MUST(partial_read(&other, command, &store, place_path("other")) == TOOL_DONE);
        if (which == 0)
            join(command, &store, &damaged, &other);
        else
            join(command, &store, &other, &damaged);
    }
    groups_store_end(&store);
}

/* The last bytes are a checksum of all others: FNV-1a. */
static void seal(unsigned char *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    if (size < sizeof sum)
        return;
    for (size_t i = 0; i + sizeof sum < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    memcpy(bytes + size - sizeof sum, &sum, sizeof sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return -1;
    unsigned how = *data++;
    bool by = how & BY;
    uint64_t which = how & SECOND ? 1 : 0;
    size_t length = --size;
    if (how & RAW) {
        place_put("part", data, size);
    } else {
        length = right_size[by][which];
        memcpy(made, right[by][which], length);
        if (how & CUT)
            length = damage_cut(length, &data, &size);
        damage_patch(made, right_size[by][which], data, size);
        if (how & SEAL)
            seal(made, length);
        place_put("part", made, length);
    }
    try_file(&commands[by], by, which);
    return 0;
}
