/* SPDX-License-Identifier: MIT */
/* test_partial.c - parts of a reduction: cut, written, read again, joined to what one process has, and refused. */

#include "check.h"

#include <math.h>

#include "capture.h"
#include "mmrec/partial.h"
#include "scratch.h"

/* Of two parts of so many blocks there are so many nodes: 16, 2, 1 and 1, 4, 8, 4, 1. */
enum { BLOCKS = 37, NODES = 8, RECORDS = 4, MOST = 64, LARGEST = 1 << 16 };

static struct console console = {.tool = "test"};
static struct command plain, grouped; /* without and with --by */
static struct group_store store;

static int begin(void **state)
{
    (void)state;
    groups_store_begin(&store, &plain.figures, MOST);
    return 0;
}

static int end(void **state)
{
    (void)state;
    groups_store_end(&store);
    return 0;
}

/* ---- cutting ----------------------------------------------------------------------------------------------------- */

/* Nodes are blocks 2^level wide at multiples of that, one behind the other, at most two of a level in a part. */
static void check_cut(uint64_t blocks, uint64_t count)
{
    uint64_t at = 0;
    for (uint64_t index = 0; index < count; index++) {
        struct partial partial = {.range.blocks = blocks, .index = index, .count = count};
        unsigned of_level[64] = {0};
        assert_true(at == partial_first(blocks, index, count));
        partial_cut(&partial);
        for (size_t i = 0; i < partial.node_count; i++) {
            const struct partial_node *node = &partial.nodes[i];
            assert_true(node->index << node->level == at);
            assert_true(++of_level[node->level] <= 2);
            at += UINT64_C(1) << node->level;
        }
    }
    assert_true(at == blocks && at == partial_first(blocks, count, count));
}

static void test_parts_are_all_blocks(void **state)
{
    (void)state;
    for (uint64_t blocks = 0; blocks < 70; blocks++)
        for (uint64_t count = 1; count < 20; count++)
            check_cut(blocks, count);
    check_cut(UINT64_C(1) << 56, 3);
    check_cut((UINT64_C(1) << 56) - 1, 1000);
}

/* ---- what is known of blocks ------------------------------------------------------------------------------------- */

/* Reals that no order but the tree's adds up to the same bits. */
static struct group_rows *rows_of_block(const struct command *command, uint64_t block)
{
    size_t figures = command->figures.count, count = command->asks.by ? 1 + block % 5 : 1;
    struct group_rows *rows = groups_new_rows(&store, count);
    assert_non_null(rows);
    rows->kind = GROUP_UNSIGNED;
    for (size_t i = 0; i < count; i++) {
        rows->keys[i] = command->asks.by ? i * (1 + block % 3) : 0;
        for (size_t k = 0; k < figures; k++) {
            double value = sin((double)(block * 31 + i * 7 + k)) * 1e6;
            rows->states[i * figures + k] =
                (struct figure_state){RECORDS + block % 3, FIGURE_REAL, 0, 0, value, value / RECORDS, fabs(value)};
        }
    }
    return rows;
}

static struct group_rows *rows_of_node(const struct command *command, unsigned level, uint64_t index)
{
    if (level == 0)
        return rows_of_block(command, index);
    struct group_rows *left = rows_of_node(command, level - 1, 2 * index);
    struct group_rows *rows = groups_merge(&store, left, rows_of_node(command, level - 1, 2 * index + 1));
    assert_non_null(rows);
    return rows;
}

static const char *path_of(uint64_t index)
{
    char name[32];
    snprintf(name, sizeof name, "part.%u", (unsigned)index);
    return scratch(name);
}

static void write_part(const struct command *command, uint64_t index, uint64_t count)
{
    const struct partial_range range = {64, BLOCKS * RECORDS * command->fields.size, RECORDS, BLOCKS, BLOCKS * RECORDS};
    struct partial partial = {.range = range, .index = index, .count = count};
    partial_cut(&partial);
    for (size_t i = 0; i < partial.node_count; i++)
        partial.nodes[i].rows = rows_of_node(command, partial.nodes[i].level, partial.nodes[i].index);
    struct partial_bytes packed;
    assert_true(partial_pack(&partial, command, &packed));
    file_put(path_of(index), packed.at, packed.length);
    free(packed.at);
}

static void read_part(struct partial *partial, const struct command *command, uint64_t index)
{
    assert_int_equal(partial_read(partial, command, &store, path_of(index)), TOOL_DONE);
}

static struct group_rows *join_parts(const struct command *command, uint64_t count)
{
    struct partial_node nodes[BLOCKS];
    struct partial partial;
    size_t node_count = 0;
    for (uint64_t i = 0; i < count; i++) {
        write_part(command, i, count);
        read_part(&partial, command, i);
        assert_true(partial.index == i && partial.count == count && partial.range.records == BLOCKS * RECORDS);
        assert_true(partial.range.offset == 64 && partial.range.block == RECORDS && partial.range.blocks == BLOCKS);
        memcpy(nodes + node_count, partial.nodes, partial.node_count * sizeof *nodes);
        node_count += partial.node_count;
    }
    struct group_rows *rows = partial_join(&store, nodes, node_count, BLOCKS);
    assert_non_null(rows);
    return rows;
}

static void check_joined(const struct command *command)
{
    const struct group_rows *whole = join_parts(command, 1);
    uint64_t keys[MOST];
    struct figure_state states[MOST * FIGURES_MOST];
    size_t count = whole->count, size = count * command->figures.count * sizeof *states;
    memcpy(keys, whole->keys, count * sizeof *keys);
    memcpy(states, whole->states, size);
    assert_int_equal(count, command->asks.by ? 9 : 1);
    for (uint64_t parts = 2; parts <= BLOCKS + 2; parts++) {
        const struct group_rows *rows = join_parts(command, parts);
        assert_int_equal(rows->count, count);
        assert_memory_equal(rows->keys, keys, count * sizeof *keys);
        assert_memory_equal(rows->states, states, size);
    }
}

static void test_any_number_of_parts_gives_the_same_bits(void **state)
{
    (void)state;
    check_joined(&plain);
    check_joined(&grouped);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

/* Nodes [first, first + count) of both parts; joining uses their rows up. */
static const struct group_rows *join_some(size_t first, size_t count, uint64_t blocks)
{
    struct partial one, other;
    struct partial_node nodes[2 * PARTIAL_NODES];
    read_part(&one, &plain, 0);
    read_part(&other, &plain, 1);
    assert_int_equal(one.node_count + other.node_count, NODES);
    memcpy(nodes, one.nodes, one.node_count * sizeof *nodes);
    memcpy(nodes + one.node_count, other.nodes, other.node_count * sizeof *nodes);
    return partial_join(&store, nodes + first, count, blocks);
}

static void test_a_block_is_there_once(void **state)
{
    (void)state;
    write_part(&plain, 0, 2);
    write_part(&plain, 1, 2);
    assert_non_null(join_some(0, NODES, BLOCKS));
    for (size_t count = 0; count < NODES; count++) {
        assert_null(join_some(0, count, BLOCKS));
        assert_null(join_some(NODES - count, count, BLOCKS));
    }
    assert_null(join_some(0, NODES, BLOCKS + 1));
    assert_null(join_some(0, NODES, BLOCKS - 1));
    assert_null(join_some(0, 0, 0));
}

static void refuses(const struct command *command, const char *path, const char *why)
{
    struct partial partial;
    capture_begin(stderr);
    int result = partial_read(&partial, command, &store, path);
    const char *said = capture_end();
    if (result != TOOL_FAILED || !strstr(said, why))
        fail_msg("%d, no '%s' in: %s", result, why, said);
}

static void test_what_was_asked_is_compared(void **state)
{
    struct command other = plain;
    (void)state;
    write_part(&plain, 0, 1);
    refuses(&grouped, path_of(0), "is of another --reduce, --by, --where or --record");
    other.where = "x > 2";
    refuses(&other, path_of(0), "is of another");
    /* Who does not know the fields takes any. */
    other = plain;
    other.fields = (struct fields){0};
    struct partial partial;
    read_part(&partial, &other, 0);
    assert_true(partial.asked != 0);
    refuses(&plain, scratch("missing"), "No such file");
    refuses(&plain, scratch(""), "it is no regular file");
}

static unsigned char bytes[LARGEST];

static size_t load(const struct command *command)
{
    write_part(command, 0, 3);
    size_t size = (size_t)file_length(path_of(0));
    assert_true(size < LARGEST);
    file_get(path_of(0), bytes, size, 0);
    return size;
}

static void test_any_byte_may_be_another(void **state)
{
    (void)state;
    size_t size = load(&grouped);
    for (size_t i = 0; i < size; i += i < 200 ? 1 : 17) {
        bytes[i] ^= 4;
        file_put(scratch("bit"), bytes, size);
        refuses(&grouped, scratch("bit"), "is ");
        bytes[i] ^= 4;
    }
}

static void test_a_file_may_be_cut_off(void **state)
{
    (void)state;
    size_t size = load(&grouped);
    for (size_t left = 0; left < size; left += left < 200 ? 1 : 37) {
        file_put(scratch("cut"), bytes, left);
        refuses(&grouped, scratch("cut"), "is ");
    }
    file_put(scratch("cut"), bytes, size);
    file_put_at(scratch("cut"), "x", 1, size);
    refuses(&grouped, scratch("cut"), "is damaged");
}

/* The last bytes are a checksum of all others: FNV-1a. */
static void seal(unsigned char *text, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i + sizeof sum < size; i++)
        sum = (sum ^ text[i]) * UINT64_C(0x100000001b3);
    memcpy(text + size - sizeof sum, &sum, sizeof sum);
}

/* With a checksum that is right. A number in the head or a node, its offset there, and what is said of another one. */
static void test_numbers_may_be_others(void **state)
{
    enum { ORDER = 8, TEXT = 16, BLOCK_COUNT = 48, INDEX = 64, COUNT_AT = 72, NODES_AT = 80, HEAD = 88 };
    static const uint64_t others[] = {0, 1, 2, 5, 64, 65, UINT32_MAX, UINT64_MAX, UINT64_MAX / 8, UINT64_C(1) << 56};
    (void)state;
    size_t size = load(&plain), node = 0;
    uint64_t text;
    memcpy(&text, bytes + TEXT, sizeof text);
    node = HEAD + (size_t)text;
    const size_t places[] = {0,        ORDER, TEXT,     BLOCK_COUNT, INDEX,     COUNT_AT,
                             NODES_AT, node,  node + 8, node + 16,   node + 24, node + 32};
    for (size_t i = 0; i < COUNT(places); i++)
        for (size_t k = 0; k < COUNT(others); k++) {
            uint64_t was;
            memcpy(&was, bytes + places[i], sizeof was);
            /* Another kind of key is none without --by. */
            if (was == others[k] || (places[i] == node + 16 && others[k] < 3))
                continue;
            memcpy(bytes + places[i], &others[k], sizeof others[k]);
            seal(bytes, size);
            file_put(scratch("other"), bytes, size);
            memcpy(bytes + places[i], &was, sizeof was);
            refuses(&plain, scratch("other"), "is ");
        }
}

static void test_groups_are_no_more_than_allowed(void **state)
{
    (void)state;
    write_part(&grouped, 0, 1);
    store.most = 8;
    refuses(&grouped, path_of(0), "has more values of --by than --max-groups");
    store.most = 9;
    struct partial partial;
    read_part(&partial, &grouped, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parts_are_all_blocks),  TEST(test_any_number_of_parts_gives_the_same_bits),
        TEST(test_a_block_is_there_once), TEST(test_what_was_asked_is_compared),
        TEST(test_a_file_may_be_cut_off), TEST(test_any_byte_may_be_another),
        TEST(test_numbers_may_be_others), TEST(test_groups_are_no_more_than_allowed),
    };
    plain.console = grouped.console = &console;
    plain.where = grouped.where = "x > 1";
    plain.asks.reduce = grouped.asks.reduce = "count(), sum(x), mean(x), sd(x)";
    grouped.asks.by = "x & 7";
    const struct fields_wish wish = {"record", "f64 x", false};
    if (!fields_parse(&plain.fields, &console, &wish) || !figures_parse(&plain.figures, &console, plain.asks.reduce))
        return 1;
    grouped.fields = plain.fields;
    grouped.figures = plain.figures;
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    fields_drop(&plain.fields);
    figures_drop(&plain.figures);
    return result;
}
