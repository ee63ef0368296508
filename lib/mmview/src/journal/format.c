/* SPDX-License-Identifier: MIT */
/*
 * format.c - seals, checks and geometry of journals.
 *
 * Invariants:
 * 1. A change of any one byte of what is read makes a check fail, or makes no difference to what is done. No assert:
 *    test_journal_damage.c changes every byte.
 * 2. No function reads beyond what it was given, whatever the numbers in it say. No assert: tests/fuzz tries it.
 */

#include "journal/format.h"
#include "base/checksum.h"

#include <mmview/journal.h>
#include <mmview/range.h>

#include <stddef.h>
#include <string.h>

static const char magics[][8] = {"", "mmvjrnl", "mmvjobs", "mmvmark"};

_Static_assert(sizeof(mmv__journal_header) <= MMV__JOURNAL_PAGE, "the header is one page");
_Static_assert(sizeof(mmv__journal_stash) <= MMV__JOURNAL_PAGE, "and so is what says what a stash holds");
_Static_assert(sizeof(mmv__job_header) <= MMV__JOURNAL_PAGE, "and the header of a job");
_Static_assert(sizeof(mmv__record) <= MMV__RECORD_GRID, "a fixed part lies in one sector");
_Static_assert(sizeof(mmv__part_entry) == 64, "and so does a part's entry");

/* ---- words ------------------------------------------------------------------------------------------------------ */

/* The finaliser of splitmix64: every bit of the result depends on every bit of x. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t mmv__word(uint64_t key, uint32_t value)
{
    uint64_t check = mix(key ^ mix(value + UINT64_C(0x9e3779b97f4a7c15))) >> 32;
    /* Never 0, which means "not written". */
    return (uint64_t)value << 32 | (check ? check : 1);
}

bool mmv__word_read(uint64_t key, uint64_t word, uint32_t *value_ret)
{
    *value_ret = (uint32_t)(word >> 32);
    return word == mmv__word(key, *value_ret);
}

static uint64_t key_of(const char *what, uint64_t run, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t parts[] = {run, a, b, c};
    return mmv__hash(parts, sizeof parts, (uint64_t)(unsigned char)*what);
}

uint64_t mmv__records_key(uint64_t run)
{
    return key_of("walks", run, 0, 0, 0);
}

uint64_t mmv__finished_key(uint64_t run)
{
    return key_of("finished", run, 0, 0, 0);
}

uint64_t mmv__done_key(uint64_t run, uint64_t walk, uint64_t stretch)
{
    return key_of("done", run, walk, stretch, 0);
}

uint64_t mmv__stash_key(uint64_t run, uint64_t stash, uint64_t walk, uint64_t stretch)
{
    return key_of("slot", run, stash, walk, stretch);
}

uint64_t mmv__armed_key(uint64_t run, uint64_t stash, uint64_t sequence)
{
    return key_of("armed", run, stash, sequence, 0);
}

uint64_t mmv__part_key(uint64_t run, uint64_t part)
{
    return key_of("part", run, part, 0, 0);
}

uint64_t mmv__marked_key(uint64_t run)
{
    return key_of("marked", run, 0, 0, 0);
}

uint64_t mmv__stash_word(uint64_t key, mmv__stash_state state)
{
    return mmv__word(key, (uint32_t)state.kind << 30 | (uint32_t)state.turn << 28 | (uint32_t)state.granule << 14 |
                              (uint32_t)state.count);
}

bool mmv__stash_read(uint64_t key, uint64_t word, mmv__stash_state *state_ret)
{
    uint32_t value;
    bool good = mmv__word_read(key, word, &value);
    *state_ret =
        (mmv__stash_state){value >> 30, value >> 28 & 1, value >> 14 & MMV__GRANULES_MAX, value & MMV__GRANULES_MAX};
    return good && (state_ret->kind == MMV__STASH_WORKING || state_ret->kind == MMV__STASH_ARMED);
}

uint64_t mmv__done_word(uint64_t key, uint64_t checksum)
{
    return mmv__word(key, (uint32_t)mix(checksum));
}

bool mmv__done_agrees(uint64_t key, uint64_t word, uint64_t checksum)
{
    return word == mmv__done_word(key, checksum);
}

/* ---- headers ---------------------------------------------------------------------------------------------------- */

mmv__own_file mmv__own_file_of(const char magic[8])
{
    for (int kind = MMV__A_JOURNAL; kind <= MMV__A_POINTER; kind++)
        if (memcmp(magic, magics[kind], sizeof magics[kind]) == 0)
            return (mmv__own_file)kind;
    return MMV__NOT_OURS;
}

const char mmv__lost_text[] = "it is empty, cut off, or begins with zeros: its bytes were lost with the machine, and "
                              "nothing is known about what was done";

static bool is_zeros(const char *bytes, size_t length)
{
    while (length > 0 && bytes[length - 1] == 0)
        length--;
    return length == 0;
}

/* These appear complete, so one that is shorter than its header was cut off since. */
static bool is_cut_off(const char *start, size_t length)
{
    for (int kind = MMV__A_JOURNAL; kind <= MMV__A_POINTER && length < sizeof magics[kind]; kind++)
        if (memcmp(start, magics[kind], length) == 0)
            return true;
    if (length < sizeof magics[0])
        return false;
    mmv__own_file kind = mmv__own_file_of(start);
    return (kind == MMV__A_JOURNAL && length < sizeof(mmv__journal_header)) ||
           (kind == MMV__A_JOB && length < offsetof(mmv__job_header, list));
}

mmv__own_file mmv__own_file_from(const void *start, size_t length, bool named)
{
    bool lost = named && (is_zeros(start, mmv_min(length, MMV__SECTOR)) || is_cut_off(start, length));
    if (lost)
        return MMV__A_LOST;
    return length < sizeof magics[0] ? MMV__NOT_OURS : mmv__own_file_of(start);
}

static uint64_t header_check(const mmv__journal_header *header)
{
    return mmv__hash(header, offsetof(mmv__journal_header, check), MMV__JOURNAL_VERSION);
}

void mmv__header_seal(mmv__journal_header *header)
{
    memcpy(header->magic, magics[MMV__A_JOURNAL], sizeof header->magic);
    header->order = MMV__JOURNAL_ORDER;
    header->version = MMV__JOURNAL_VERSION;
    header->check = header_check(header);
}

uint64_t mmv__header_stash_at(const mmv__journal_header *header, uint64_t stash)
{
    return MMV__JOURNAL_PAGE + stash * header->stash_size;
}

uint64_t mmv__header_log_at(const mmv__journal_header *header)
{
    return mmv__header_stash_at(header, header->stashes);
}

/* What was forged, or written by a program gone wrong, has right checksums too. */
static bool header_fits(const mmv__journal_header *header)
{
    return (header->mode == MMV_JOURNAL_KILL || header->mode == MMV_JOURNAL_POWER) && header->stashes > 0 &&
           header->room > 0 && header->stash_size % MMV__JOURNAL_PAGE == 0 && header->stash_size > MMV__JOURNAL_PAGE &&
           header->room <= header->stash_size - MMV__JOURNAL_PAGE;
}

static const char *order_fault(uint32_t order, uint32_t version)
{
    if (order != MMV__JOURNAL_ORDER)
        return "it was written on a machine of another byte order";
    return version != MMV__JOURNAL_VERSION ? "it has another format version: the version of mmview that wrote it can "
                                             "finish it"
                                           : NULL;
}

const char *mmv__header_fault(const mmv__journal_header *header, uint64_t size)
{
    uint64_t stashes;
    if (size < MMV__JOURNAL_PAGE)
        return "it is cut off";
    if (mmv__own_file_of(header->magic) != MMV__A_JOURNAL)
        return "it is not a journal, or its beginning is damaged";
    const char *fault = order_fault(header->order, header->version);
    if (fault)
        return fault;
    if (header->check != header_check(header) || !header_fits(header))
        return "its header is damaged";
    if (!mmv_product(header->stashes, header->stash_size, &stashes) ||
        !mmv_range_fits(MMV__JOURNAL_PAGE, stashes, size))
        return "it is cut off";
    return NULL;
}

static uint64_t job_check(const mmv__job_header *header)
{
    return mmv__hash(header, offsetof(mmv__job_header, check), MMV__JOURNAL_VERSION);
}

static uint64_t list_check(const mmv__job_header *header)
{
    return mmv__hash(&header->list, offsetof(mmv__job_list, check), header->run);
}

void mmv__job_seal(mmv__job_header *header, const void *table)
{
    mmv__job_list *list = &header->list;
    memcpy(header->magic, magics[MMV__A_JOB], sizeof header->magic);
    header->order = MMV__JOURNAL_ORDER;
    header->version = list->files ? MMV__JOB_LIST_VERSION : MMV__JOURNAL_VERSION;
    header->check = job_check(header);
    if (list->files == 0)
        return;
    list->table = mmv__hash(table, (size_t)list->bytes, header->run);
    list->check = list_check(header);
}

static bool list_fits(const mmv__job_header *header)
{
    const mmv__job_list *list = &header->list;
    return list->files > 0 && list->bytes > 0 && list->bytes <= MMV__JOB_TABLE_MAX &&
           list->files <= (list->bytes - 1) / sizeof(mmv__job_file) && list->check == list_check(header);
}

const char *mmv__job_fault(const mmv__job_header *header, uint64_t size)
{
    if (size < MMV__JOURNAL_PAGE)
        return "it is cut off";
    if (mmv__own_file_of(header->magic) != MMV__A_JOB)
        return "it is not the record of a job, or its beginning is damaged";
    bool is_list = header->version == MMV__JOB_LIST_VERSION;
    const char *fault = order_fault(header->order, is_list ? MMV__JOURNAL_VERSION : header->version);
    if (fault)
        return fault;
    bool fits = header->mode == MMV_JOURNAL_KILL || header->mode == MMV_JOURNAL_POWER;
    if (header->check != job_check(header) || !fits || (is_list ? !list_fits(header) : header->list.files != 0))
        return "its header is damaged";
    return mmv__job_entries_at(header) > size ? "it is cut off" : NULL;
}

uint64_t mmv__job_entries_at(const mmv__job_header *header)
{
    return MMV__JOURNAL_PAGE + mmv_round_up(header->list.bytes, MMV__JOURNAL_PAGE);
}

bool mmv__job_table_fits(const mmv__job_header *header, const void *table)
{
    const mmv__job_list *list = &header->list;
    const mmv__job_file *lines = table;
    uint64_t paths = list->files * sizeof *lines, end = 0;
    if (list->table != mmv__hash(table, (size_t)list->bytes, header->run) ||
        ((const char *)table)[list->bytes - 1] != '\0')
        return false;
    for (uint64_t i = 0; i < list->files; i++) {
        const mmv__job_file *line = &lines[i];
        if (line->path_at < paths || line->path_at >= list->bytes || line->bytes == 0 || line->at < end ||
            !mmv_sum(line->at, line->bytes, &end) || !mmv_range_fits(line->offset, line->bytes, UINT64_MAX))
            return false;
    }
    return true;
}

uint64_t mmv__part_check(const mmv__part_entry *entry, uint64_t run, uint64_t part)
{
    return mmv__hash(entry, offsetof(mmv__part_entry, check), run ^ mix(part + 1));
}

uint64_t mmv__pointer_check(const mmv__pointer *pointer, const char *path)
{
    uint64_t fixed = mmv__hash(pointer, offsetof(mmv__pointer, check), MMV__JOURNAL_VERSION);
    return mmv__hash(path, (size_t)pointer->length, fixed);
}

void mmv__pointer_seal(mmv__pointer *pointer, const char *path)
{
    memcpy(pointer->magic, magics[MMV__A_POINTER], sizeof pointer->magic);
    pointer->order = MMV__JOURNAL_ORDER;
    pointer->version = MMV__JOURNAL_VERSION;
    pointer->check = mmv__pointer_check(pointer, path);
}

bool mmv__pointer_fits(const mmv__pointer *pointer, uint64_t size)
{
    return mmv__own_file_of(pointer->magic) == MMV__A_POINTER && pointer->order == MMV__JOURNAL_ORDER &&
           pointer->version == MMV__JOURNAL_VERSION && size >= sizeof *pointer &&
           pointer->length == size - sizeof *pointer && pointer->length < 65536;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

size_t mmv__record_fixed(uint32_t kind)
{
    switch (kind) {
    case MMV__RECORD_FILE:
        return sizeof(mmv__file_record);
    case MMV__RECORD_ENTRY:
        return sizeof(mmv__journal_entry);
    case MMV__RECORD_NOTE:
        return sizeof(mmv__note_record);
    default:
        return 0;
    }
}

uint64_t mmv__record_check(const mmv__record *record, const void *bytes, uint64_t run, uint64_t number)
{
    size_t from = offsetof(mmv__record_head, kind);
    uint64_t sized = mmv__hash(&record->head.size, sizeof record->head.size, run ^ mix(number + 1));
    uint64_t fixed = mmv__hash((const char *)record + from, mmv__record_fixed(record->head.kind) - from, sized);
    return mmv__hash(bytes, (size_t)record->head.length, fixed);
}

uint64_t mmv__entry_words_at(const mmv__journal_entry *entry)
{
    return mmv_round_up(sizeof *entry + entry->head.length, 8);
}

void mmv__record_size(mmv__record *record)
{
    uint64_t size = mmv__record_fixed(record->head.kind) + record->head.length;
    if (record->head.kind == MMV__RECORD_ENTRY)
        size = mmv__entry_words_at(&record->entry) + record->entry.stretches * sizeof(uint64_t);
    record->head.size = mmv_round_up(size, MMV__RECORD_GRID);
}

uint64_t mmv__group_check(const mmv__journal_stash *stash, uint64_t run, uint64_t number)
{
    size_t from = offsetof(mmv__journal_stash, walk);
    return mmv__hash((const char *)stash + from, offsetof(mmv__journal_stash, fresh) - from, run ^ mix(number + 1));
}

/* ---- geometry --------------------------------------------------------------------------------------------------- */

static uint64_t lead(const mmv__journal_entry *entry)
{
    return entry->offset % entry->stretch_bytes;
}

uint64_t mmv__entry_records(const mmv__journal_entry *entry)
{
    return (entry->bytes + (entry->stride - entry->record)) / entry->stride;
}

uint64_t mmv__stretch_of(const mmv__journal_entry *entry, uint64_t record)
{
    return (record * entry->stride + lead(entry)) / entry->stretch_bytes;
}

uint64_t mmv__stretch_first(const mmv__journal_entry *entry, uint64_t stretch)
{
    uint64_t at = stretch * entry->stretch_bytes;
    if (at <= lead(entry))
        return 0;
    at -= lead(entry);
    return mmv_min(mmv__entry_records(entry), at / entry->stride + (at % entry->stride != 0));
}

/* Whether the walk is one, and its stretches are those that it has: nothing that is computed from them wraps. */
static bool is_shaped(const mmv__journal_entry *entry)
{
    mmv__journal_entry wanted = *entry;
    if (entry->record == 0 || entry->stride < entry->record || entry->stride > INT64_MAX ||
        entry->bytes < entry->record || !mmv_range_fits(entry->offset, entry->bytes, INT64_MAX))
        return false;
    mmv__entry_shape(&wanted);
    return entry->stretch_bytes == wanted.stretch_bytes && entry->granule == wanted.granule &&
           entry->stretches == wanted.stretches;
}

bool mmv__record_fits(const mmv__record *record, uint64_t room)
{
    mmv__record wanted = *record;
    const mmv__record_head *head = &record->head;
    bool is_entry = head->kind == MMV__RECORD_ENTRY;
    if (mmv__record_fixed(head->kind) == 0 || head->length > room || head->length > UINT32_MAX || head->size > room)
        return false;
    if (is_entry && (!is_shaped(&record->entry) || record->entry.stretches > room / sizeof(uint64_t)))
        return false;
    mmv__record_size(&wanted);
    return head->size == wanted.head.size;
}

void mmv__entry_shape(mmv__journal_entry *entry)
{
    entry->stretch_bytes = MMV__STRETCH;
    entry->granule = mmv_max(1, MMV__JOURNAL_GRANULE / entry->record);
    entry->stretches = mmv__stretch_of(entry, mmv__entry_records(entry) - 1) + 1;
}

uint64_t mmv__stretch_granules(const mmv__journal_entry *entry, uint64_t stretch)
{
    uint64_t records = mmv__stretch_first(entry, stretch + 1) - mmv__stretch_first(entry, stretch);
    return (records + entry->granule - 1) / entry->granule;
}
