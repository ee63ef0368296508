/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tables.c - any bytes as a file whose header names the fields of its records, as each format of mmrec: refused
 * with a reason, or records in the file and fields in a record. With MMV_FUZZ_READER=FORMAT as this one alone.
 */

#include "memory.h"

#include "mmrec/table_reader.h"
#include "table_sound.h"

static const struct {
    const char *name;
    bool (*read)(struct table_reader *reader);
} readers[] = {{"npy", table_read_npy}, {"fits", table_read_fits}, {"las", table_read_las}};

#define READERS (sizeof readers / sizeof *readers)

static size_t first, end = READERS;
static struct field fields[FIELDS_MOST];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *reader = getenv("MMV_FUZZ_READER");
    (void)argc, (void)argv;
    while (reader && first < READERS && strcmp(readers[first].name, reader) != 0)
        first++;
    MUST(first < READERS);
    end = reader ? first + 1 : READERS;
    return 0;
}

static void try_reader(size_t number, struct memory *memory, const char *part)
{
    const mmi_source source = memory_source(memory);
    struct table table = {.format = readers[number].name, .fields.list = fields};
    struct table_reader reader = {.source = &source, .part = part, .table = &table};
    if (!readers[number].read(&reader)) {
        MUST(table.why[0] && memchr(table.why, '\0', sizeof table.why));
    } else if (table.fields.count > 0) {
        const char *unsound = table_unsound(&table, memory->size);
        if (unsound)
            fprintf(stderr, "%s: %s\n", table.format, unsound);
        MUST(!unsound);
        table_end_notes(&reader);
    }
    notes_drop(&table.notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const parts[] = {"1", "2", "3", "EVENTS", "EVENTS,2", "0", "99999999999999999999", ""};
    struct memory memory = {data, size};
    for (size_t i = first; i < end; i++) {
        try_reader(i, &memory, NULL);
        try_reader(i, &memory, parts[size % (sizeof parts / sizeof *parts)]);
    }
    return 0;
}
