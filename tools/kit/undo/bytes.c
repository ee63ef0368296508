/* SPDX-License-Identifier: MIT */
/*
 * bytes: see bytes.h.
 *
 * 1. What is taken is stored to words[0..count) alone, whatever the bytes are: turns end where records and bytes do,
 *    which take_turns() asserts, and what follows them has the length that they say.
 */
#include "kit/undo/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kit/undo/number.h"

/* Rows and columns are both tried each time of so many; between them what was shorter is taken. */
#define TRY_EACH 16

/* What has changed: a flag for each record, and one for each byte of one. */
struct changes {
    unsigned char *records, *columns;
    size_t record_count, column_count; /* that are set */
};

void bytes_xor(unsigned char *words, const unsigned char *one, const unsigned char *other, size_t count)
{
    uint64_t a, b;
    size_t i = 0;
    for (; i + sizeof a <= count; i += sizeof a) {
        memcpy(&a, one + i, sizeof a);
        memcpy(&b, other + i, sizeof b);
        a ^= b;
        memcpy(words + i, &a, sizeof a);
    }
    for (; i < count; i++)
        words[i] = one[i] ^ other[i];
}

static bool is_zero(const unsigned char *bytes, size_t length)
{
    uint64_t any = 0, some;
    for (; length >= sizeof some; bytes += sizeof some, length -= sizeof some) {
        memcpy(&some, bytes, sizeof some);
        any |= some;
    }
    for (; length > 0; length--)
        any |= *bytes++;
    return any == 0;
}

static void or_bytes(unsigned char *to, const unsigned char *bytes, size_t length)
{
    uint64_t all, some;
    size_t i = 0;
    for (; i + sizeof some <= length; i += sizeof some) {
        memcpy(&all, to + i, sizeof all);
        memcpy(&some, bytes + i, sizeof some);
        all |= some;
        memcpy(to + i, &all, sizeof all);
    }
    for (; i < length; i++)
        to[i] |= bytes[i];
}

static size_t count_flags(const unsigned char *flags, size_t count)
{
    size_t set = 0;
    for (size_t i = 0; i < count; i++)
        set += flags[i];
    return set;
}

static struct changes find_changes(unsigned char *flags, const struct words *words)
{
    struct changes changes = {flags, flags + words->count, 0, 0};
    size_t size = words->size;
    memset(changes.columns, 0, size);
    for (size_t i = 0; i < words->count; i++) {
        const unsigned char *record = words->bytes + i * size;
        changes.records[i] = !is_zero(record, size);
        if (!changes.records[i])
            continue;
        or_bytes(changes.columns, record, size);
    }
    for (size_t k = 0; k < size; k++)
        changes.columns[k] = changes.columns[k] != 0;
    changes.record_count = count_flags(changes.records, words->count);
    changes.column_count = count_flags(changes.columns, size);
    return changes;
}

/* How many flags from the first one on are as that. */
static size_t length_of_turn(const unsigned char *flags, size_t count, int is_set)
{
    const unsigned char *end = memchr(flags, is_set ? 0 : 1, count);
    return end ? (size_t)(end - flags) : count;
}

/* Takes at most count + 1 bytes: but for the first turn none takes more bytes than it has flags. */
static size_t put_turns(unsigned char *to, const unsigned char *flags, size_t count)
{
    size_t length = 0;
    int is_set = 0;
    for (size_t at = 0, turn; at < count; at += turn, is_set = !is_set) {
        turn = length_of_turn(flags + at, count - at, is_set);
        length += number_put(to + length, turn);
    }
    return length;
}

/* Turn by turn: in most records those of a field have changed. */
static void put_rows(unsigned char *to, const struct words *words, const struct changes *changes)
{
    size_t size = words->size;
    for (size_t at = 0; changes->record_count > 0 && at < size;) {
        size_t turn = length_of_turn(changes->columns + at, size - at, changes->columns[at]);
        unsigned char *row = to;
        for (size_t i = 0; i < words->count && changes->columns[at]; i++) {
            if (!changes->records[i])
                continue;
            memcpy(row, words->bytes + i * size + at, turn);
            row += changes->column_count;
        }
        to += changes->columns[at] ? turn : 0;
        at += turn;
    }
}

static void turn_over(unsigned char *columns, const unsigned char *rows, const struct changes *changes)
{
    for (size_t k = 0; k < changes->column_count; k++)
        for (size_t i = 0; i < changes->record_count; i++)
            *columns++ = rows[i * changes->column_count + k];
}

/* What is packed by columns, by rows; whichever is shorter is taken, and remembered. */
static bool try_rows(struct words_packer *packer, const struct words_packed *rows, struct words_packed *packed)
{
    struct words_packed other = *rows;
    if (!words_squeeze(packer, &packer->other, &other))
        return false;
    packer->likes_rows = other.length < packed->length;
    if (packer->likes_rows)
        *packed = other;
    return true;
}

/* By rows, with what they are in front; returns its length. */
static size_t put_all(unsigned char *to, const struct words *words, const struct changes *changes)
{
    size_t head = put_turns(to, changes->records, words->count);
    head += put_turns(to + head, changes->columns, words->size);
    put_rows(to + head, words, changes);
    return head;
}

static bool take_rooms(struct words_packer *packer, size_t length)
{
    return words_room(&packer->plain, length) && words_room(&packer->turned, length);
}

bool bytes_pack(struct words_packer *packer, const struct words *words, size_t *changed_ret,
                struct words_packed *packed_ret)
{
    size_t flags = words->count + words->size;
    assert(words->count > 0 && words->size > 0 && words->count * words->size <= WORDS_MAX);
    if (!words_room(&packer->flags, flags))
        return false;
    const struct changes changes = find_changes(packer->flags.bytes, words);
    size_t bytes = changes.record_count * changes.column_count;
    *changed_ret = changes.record_count;
    if (!take_rooms(packer, flags + 2 + bytes))
        return false;
    size_t head = put_all(packer->plain.bytes, words, &changes), length = head + bytes;
    const struct words_packed rows = {WORDS_ROWS, packer->plain.bytes, length, length};
    bool is_same = changes.record_count <= 1 || changes.column_count <= 1 || length < WORDS_SQUEEZE_FROM;
    bool is_trial = !is_same && packer->turn++ % TRY_EACH == 0;
    *packed_ret = rows;
    if (is_same || (packer->likes_rows && !is_trial))
        return words_squeeze(packer, &packer->packed, packed_ret);
    memcpy(packer->turned.bytes, packer->plain.bytes, head);
    turn_over(packer->turned.bytes + head, packer->plain.bytes + head, &changes);
    *packed_ret = (struct words_packed){WORDS_COLUMNS, packer->turned.bytes, length, length};
    return words_squeeze(packer, &packer->packed, packed_ret) && (!is_trial || try_rows(packer, &rows, packed_ret));
}

/* 1. */
static bool take_turns(const unsigned char **from, const unsigned char *end, unsigned char *flags, size_t count)
{
    size_t at = 0;
    for (unsigned char is_set = 0; at < count; is_set = !is_set) {
        uint64_t turn;
        if (!number_take(from, end, &turn) || turn > count - at || (turn == 0 && at > 0))
            return false;
        memset(flags + at, is_set, (size_t)turn);
        at += (size_t)turn;
    }
    assert(at == count);
    return true;
}

static void set_bytes(const struct words *words, const struct changes *changes, const struct words_packed *from)
{
    size_t row = from->form == WORDS_ROWS ? changes->column_count : 1;
    size_t column = from->form == WORDS_ROWS ? 1 : changes->record_count;
    for (size_t i = 0, at = 0; i < words->count; i++) {
        if (!changes->records[i])
            continue;
        const unsigned char *byte = from->bytes + at++ * row;
        for (size_t k = 0; k < words->size; k++)
            if (changes->columns[k]) {
                words->bytes[i * words->size + k] = *byte;
                byte += column;
            }
    }
}

bool bytes_take(const struct words_packed *plain, const struct words *words)
{
    const unsigned char *from = plain->bytes, *end = from + plain->length;
    unsigned char *flags = malloc(words->count + words->size);
    if (!flags)
        return false;
    struct changes changes = {flags, flags + words->count, 0, 0};
    bool fine =
        take_turns(&from, end, changes.records, words->count) && take_turns(&from, end, changes.columns, words->size);
    if (fine) {
        changes.record_count = count_flags(changes.records, words->count);
        changes.column_count = count_flags(changes.columns, words->size);
        fine = (size_t)(end - from) == changes.record_count * changes.column_count;
    }
    if (fine) {
        memset(words->bytes, 0, words->count * words->size);
        set_bytes(words, &changes, &(struct words_packed){plain->form, from, (size_t)(end - from), 0});
    }
    free(flags);
    return fine;
}
