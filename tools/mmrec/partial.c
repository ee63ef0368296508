/* SPDX-License-Identifier: MIT */
/*
 * partial: see partial.h. The file, in the machine's order of bytes:
 *
 *     head | what was asked, as text | node: level, index, kind, groups | keys | states | node ... | checksum
 *
 * 1. A node lies in its part, and the nodes of a part are all of it: partial_cut() asserts that.
 */
#include "mmrec/partial.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/builder.h"
#include "mmrec/language.h"
#include "mmrec/operation.h"

#define MAGIC "MMRECP2"
#define BLOCKS_MOST ((uint64_t)1 << 56) /* more than any file has */
#define ORDER UINT64_C(0x0102030405060708)

struct head {
    char magic[8];
    uint64_t order, text, offset, length, block, blocks, records, index, count, nodes;
};
struct node_head {
    uint64_t level, index, kind, groups;
};

uint64_t partial_first(uint64_t blocks, uint64_t index, uint64_t count)
{
    return blocks / count * index + mmv_min(index, blocks % count);
}

void partial_cut(struct partial *partial)
{
    uint64_t at = partial_first(partial->range.blocks, partial->index, partial->count);
    uint64_t end = partial_first(partial->range.blocks, partial->index + 1, partial->count);
    partial->node_count = 0;
    while (at < end) {
        unsigned level = 0;
        while (level < 62 && (at >> level & 1) == 0 && (UINT64_C(2) << level) <= end - at)
            level++;
        assert(partial->node_count < PARTIAL_NODES); /* 1 */
        partial->nodes[partial->node_count++] = (struct partial_node){level, at >> level, NULL};
        at += UINT64_C(1) << level;
    }
    assert(at == end || partial->node_count == 0); /* 1 */
}

/* FNV-1a, by Fowler, Noll and Vo: of more bytes behind others. */
#define CHECKSUM_OF_NOTHING UINT64_C(0xcbf29ce484222325)

static uint64_t checksum(uint64_t sum, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* What is asked of which records; not of which file. Without --record it is not known what a record is. */
static char *asked_text(const struct command *command)
{
    struct builder out = {0};
    builder_add(&out, "mmrec %d", LANGUAGE_VERSION);
    operation_add_text(&out, "reduce", command->asks.reduce);
    operation_add_text(&out, "by", command->asks.by);
    operation_add_text(&out, "where", command->where);
    if (command->fields.size > 0)
        operation_add_fields(&out, "record", &command->fields);
    return builder_take(&out);
}

/* Bytes that are put one behind the other; with 'at' NULL they are only counted. */
static void put(struct partial_bytes *bytes, const void *from, size_t size)
{
    if (bytes->at && size > 0)
        memcpy((char *)bytes->at + bytes->length, from, size);
    bytes->length += size;
}

static void put_node(struct partial_bytes *bytes, const struct partial_node *node, size_t figures)
{
    const struct group_rows *rows = node->rows;
    const struct node_head head = {node->level, node->index, (uint64_t)rows->kind, rows->count};
    put(bytes, &head, sizeof head);
    put(bytes, rows->keys, rows->count * sizeof *rows->keys);
    put(bytes, rows->states, rows->count * figures * sizeof *rows->states);
}

static void put_all(struct partial_bytes *bytes, const struct partial *partial, const char *text, size_t figures)
{
    const struct partial_range *range = &partial->range;
    const struct head head = {MAGIC,          ORDER,          strlen(text),       range->offset,
                              range->length,  range->block,   range->blocks,      range->records,
                              partial->index, partial->count, partial->node_count};
    put(bytes, &head, sizeof head);
    put(bytes, text, strlen(text));
    for (size_t i = 0; i < partial->node_count; i++)
        put_node(bytes, &partial->nodes[i], figures);
    const uint64_t sum = bytes->at ? checksum(CHECKSUM_OF_NOTHING, bytes->at, bytes->length) : 0;
    put(bytes, &sum, sizeof sum);
}

bool partial_pack(const struct partial *partial, const struct command *command, struct partial_bytes *bytes_ret)
{
    char *text = asked_text(command);
    *bytes_ret = (struct partial_bytes){NULL, 0};
    if (text)
        put_all(bytes_ret, partial, text, command->figures.count);
    bytes_ret->at = text ? malloc(bytes_ret->length) : NULL;
    bytes_ret->length = 0;
    if (bytes_ret->at)
        put_all(bytes_ret, partial, text, command->figures.count);
    free(text);
    return bytes_ret->at != NULL;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The bytes of a file, from the front on. */
struct bytes {
    const unsigned char *at;
    size_t left;
};

static bool take(struct bytes *bytes, void *to, size_t size)
{
    if (bytes->left < size)
        return false;
    memcpy(to, bytes->at, size);
    bytes->at += size;
    bytes->left -= size;
    return true;
}

/* Whether the last bytes are the checksum of all before. They are taken off. */
static bool is_whole(struct bytes *bytes)
{
    uint64_t sum;
    if (bytes->left < sizeof sum)
        return false;
    bytes->left -= sizeof sum;
    memcpy(&sum, bytes->at + bytes->left, sizeof sum);
    return checksum(CHECKSUM_OF_NOTHING, bytes->at, bytes->left) == sum;
}

static const char damaged[] = "is damaged, or cut off";

static const char *take_node(struct bytes *bytes, struct partial_node *node, struct group_store *store)
{
    size_t figures = store->figures->count, size = (figures * sizeof(struct figure_state)) + sizeof(uint64_t);
    struct node_head head;
    if (!take(bytes, &head, sizeof head) || head.level != node->level || head.index != node->index ||
        head.kind > GROUP_BOOL || head.groups > bytes->left / size)
        return damaged;
    if (head.groups > store->most)
        return "has more values of --by than --max-groups";
    node->rows = groups_new_rows(store, (size_t)head.groups);
    if (!node->rows)
        return "is too large for this memory";
    node->rows->kind = (enum group_key)head.kind;
    take(bytes, node->rows->keys, (size_t)head.groups * sizeof(uint64_t));
    take(bytes, node->rows->states, (size_t)head.groups * figures * sizeof(struct figure_state));
    for (uint64_t i = 1; i < head.groups; i++)
        if (node->rows->keys[i - 1] >= node->rows->keys[i])
            return damaged;
    return NULL;
}

/* Without --by there is one, whose key means nothing. */
static bool is_one_row(const struct group_rows *rows)
{
    return rows->count == 1 && rows->keys[0] == 0;
}

/* *sum_ret is of all of the text, also of what the command does not know. */
static bool is_asked(struct bytes *bytes, uint64_t length, const struct command *command, uint64_t *sum_ret)
{
    static const char fields[] = " record=";
    char *text = asked_text(command);
    size_t known = text ? strlen(text) : 0;
    bool is = text && length >= known && bytes->left >= length && memcmp(bytes->at, text, known) == 0;
    if (is && command->fields.size == 0)
        is = length > known + strlen(fields) && memcmp(bytes->at + known, fields, strlen(fields)) == 0;
    else
        is = is && length == known;
    free(text);
    if (!is)
        return false;
    *sum_ret = checksum(CHECKSUM_OF_NOTHING, bytes->at, (size_t)length);
    bytes->at += length;
    bytes->left -= (size_t)length;
    return true;
}

const char *partial_unpack(struct partial *partial, const struct command *command, struct group_store *store,
                           const struct partial_bytes *packed)
{
    struct bytes bytes = {packed->at, packed->length};
    struct head head;
    uint64_t asked;
    if (bytes.left < sizeof head || memcmp(bytes.at, MAGIC, sizeof head.magic) != 0)
        return "is nothing that --partial of this version has written";
    memcpy(&head, bytes.at, sizeof head);
    if (head.order != ORDER)
        return "is of a machine with another order of bytes";
    if (!is_whole(&bytes) || !take(&bytes, &head, sizeof head))
        return damaged;
    if (!is_asked(&bytes, head.text, command, &asked))
        return "is of another --reduce, --by, --where or --record, or of another version";
    *partial = (struct partial){
        {head.offset, head.length, head.block, head.blocks, head.records}, head.index, head.count, asked, {{0}}, 0};
    if (head.count == 0 || head.index >= head.count || head.blocks > BLOCKS_MOST)
        return damaged;
    partial_cut(partial);
    const char *wrong = partial->node_count == head.nodes ? NULL : damaged;
    for (size_t i = 0; i < partial->node_count && !wrong; i++) {
        wrong = take_node(&bytes, &partial->nodes[i], store);
        if (!wrong && !command->asks.by && !is_one_row(partial->nodes[i].rows))
            wrong = damaged;
    }
    return wrong || bytes.left == 0 ? wrong : "is damaged: it is too long";
}

static int load(const struct console *console, const char *path, struct partial_bytes *bytes_ret)
{
    struct file_facts facts;
    int descriptor;
    size_t done = 0;
    int error = file_open(path, FILE_READ, true, &descriptor);
    if (error != 0)
        return console_error(console, path, "cannot open it: %s", strerror(error));
    error = file_look(descriptor, &facts);
    bool fits = error == 0 && facts.kind == FILE_REGULAR && facts.size < SIZE_MAX / 2;
    bytes_ret->at = fits ? malloc((size_t)facts.size + 1) : NULL;
    if (bytes_ret->at)
        error = file_read(descriptor, bytes_ret->at, (size_t)facts.size, &done);
    bytes_ret->length = done;
    file_close(descriptor);
    if (error == 0 && bytes_ret->at)
        return TOOL_DONE;
    return console_error(console, path, "cannot read it: %s",
                         error  ? strerror(error)
                         : fits ? "not enough memory"
                                : "it is no regular file");
}

int partial_read(struct partial *partial, const struct command *command, struct group_store *store, const char *path)
{
    struct partial_bytes bytes = {NULL, 0};
    int result = load(command->console, path, &bytes);
    const char *wrong = result == TOOL_DONE ? partial_unpack(partial, command, store, &bytes) : NULL;
    free(bytes.at);
    return wrong ? console_error(command->console, path, "%s", wrong) : result;
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

struct nodes {
    struct group_store *store;
    const struct partial_node *list;
    size_t left;
};

/* A node of the tree, from those that are there: the next of these is its first. */
static struct group_rows *value_of(struct nodes *nodes, unsigned level, uint64_t index)
{
    const struct partial_node *node = nodes->list;
    if (nodes->left == 0 || node->level > level || node->index << node->level != index << level)
        return NULL;
    if (node->level == level) {
        nodes->list++;
        nodes->left--;
        return node->rows;
    }
    struct group_rows *rows = value_of(nodes, level - 1, 2 * index);
    struct group_rows *others = rows ? value_of(nodes, level - 1, 2 * index + 1) : NULL;
    return others ? groups_merge(nodes->store, rows, others) : NULL;
}

struct group_rows *partial_join(struct group_store *store, const struct partial_node *nodes, size_t count,
                                uint64_t blocks)
{
    struct nodes rest = {store, nodes, count};
    struct partial whole = {.range.blocks = blocks, .count = 1};
    partial_cut(&whole);
    for (size_t i = 0; i < whole.node_count; i++) {
        struct partial_node *node = &whole.nodes[i];
        node->rows = value_of(&rest, node->level, node->index);
        if (!node->rows)
            return NULL;
        assert((node->index + 1) << node->level <= blocks); /* 1 */
    }
    if (rest.left > 0 || whole.node_count == 0)
        return NULL;
    /* From the right to the left, as mmv_partials_result() does. */
    struct group_rows *rows = whole.nodes[whole.node_count - 1].rows;
    for (size_t i = whole.node_count - 1; i-- > 0 && rows;)
        rows = groups_merge(store, whole.nodes[i].rows, rows);
    return rows;
}
