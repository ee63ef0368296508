/* SPDX-License-Identifier: MIT */
/*
 * job_files.c - the files of a job over several: a table in its record, and the job's mark on each.
 *
 *     record    | header | table: a line per file, paths | entries of the parts |
 *
 *     the first part that comes     marks all files -> the word "marked" in the header
 *     each part                     looks at the line of a file before it walks over it
 *     the last part                 takes all marks off, the first file's last
 *
 * Invariants:
 * 1. The word "marked" is written when each file bears the mark; no part is begun before. No assert: others may take
 *    marks off at any time.
 * 2. A file is walked only when it is the one of its line, and the list has it at this line's place now. So two files
 *    that changed their names are not taken for each other. No assert: mmv__job_find() asks the system.
 * 3. The first file loses its mark last, and the record goes after it. No assert: mmv__job_unmark_all() is this order.
 */

#include "journal/journal.h"

#include "os/machine.h"
#include "os/name.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- as it was said --------------------------------------------------------------------------------------------- */

/* The paths stand behind the list. */
static mmv_journal_job_file *copy_list(const mmv_journal_job_file *files, uint64_t count)
{
    uint64_t size = count * sizeof *files;
    for (uint64_t i = 0; i < count; i++)
        size += strlen(files[i].path) + 1;
    mmv_journal_job_file *copy = size <= SIZE_MAX / 2 ? malloc((size_t)size) : NULL;
    if (!copy)
        return NULL;
    char *path = (char *)(copy + count);
    for (uint64_t i = 0; i < count; i++) {
        copy[i] = files[i];
        copy[i].path = strcpy(path, files[i].path);
        path += strlen(path) + 1;
    }
    return copy;
}

mmv_status mmv_journal_job_files(mmv_journal *journal, const mmv_journal_job_file *files, uint64_t count)
{
    uint64_t end = 0;
    if (!journal->options.job || journal->part.descriptor >= 0 || journal->part.table.count > 0)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "journal");
    bool fine = files && count > 0 && count < MMV__JOB_TABLE_MAX / sizeof(mmv__job_file);
    for (uint64_t i = 0; fine && i < count; i++)
        fine = files[i].path && files[i].length > 0 && files[i].at >= end &&
               mmv_sum(files[i].at, files[i].length, &end) &&
               mmv_range_fits(files[i].offset, files[i].length, UINT64_MAX);
    if (!fine)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "files");
    journal->part.table.asked = copy_list(files, count);
    if (!journal->part.table.asked)
        return mmv__journal_error(journal, ENOMEM, "memory");
    journal->part.table.count = count;
    return MMV_OK;
}

void mmv__job_table_free(mmv__job_table *table)
{
    free(table->asked);
    free(table->lines);
    *table = (mmv__job_table){.count = 0};
}

/* ---- a table ---------------------------------------------------------------------------------------------------- */

const char *mmv__job_path(const mmv__job_file *lines, uint64_t number)
{
    return (const char *)lines + lines[number].path_at;
}

static mmv_status add_line(struct mmv_journal *journal, uint64_t number, const mmv_map *map)
{
    mmv__job_table *table = &journal->part.table;
    const mmv_journal_job_file *asked = &table->asked[number];
    const char *system;
    mmv__identity file;
    char *path;
    int error = mmv__identify(map->descriptor, &file);
    if (error)
        return mmv__fail_path(error, "stat", map->path);
    mmv_status status = mmv__map_path(map, journal->near, &path);
    if (status)
        return status;
    size_t length = strlen(path) + 1;
    mmv__job_file *lines = realloc(table->lines, (size_t)table->bytes + length);
    if (lines) {
        lines[number] =
            (mmv__job_file){mmv__file_record_of(&file, 0), asked->offset, asked->length, asked->at, table->bytes};
        memcpy((char *)lines + table->bytes, path, length);
        table->bytes += length;
        table->lines = lines;
        table->needs_power |= file.instance == 0 || mmv__os_is_remote(map->descriptor, &system);
    }
    free(path);
    return lines ? MMV_OK : mmv__journal_error(journal, ENOMEM, "memory");
}

mmv_status mmv__job_table_make(struct mmv_journal *journal)
{
    mmv__job_table *table = &journal->part.table;
    mmv_status status = MMV_OK;
    free(table->lines);
    table->needs_power = false;
    table->bytes = table->count * sizeof *table->lines;
    table->lines = calloc((size_t)table->count, sizeof *table->lines);
    if (!table->lines)
        return mmv__journal_error(journal, ENOMEM, "memory");
    for (uint64_t i = 0; i < table->count && status == MMV_OK; i++) {
        mmv_map *map = NULL;
        status = mmv_map_open(table->asked[i].path, MMV_READ, &map);
        if (status == MMV_OK)
            status = add_line(journal, i, map);
        mmv_map_close(&map);
    }
    if (status == MMV_OK && table->bytes > MMV__JOB_TABLE_MAX)
        status = mmv__part_fault(journal, "the names of the job's files are too many");
    return status;
}

mmv_status mmv__job_table_read(const mmv__reader *reader, const mmv__job_header *header, mmv__job_file **lines_ret)
{
    size_t done = 0, size = (size_t)header->list.bytes;
    mmv__job_file *lines = malloc(size + 1);
    *lines_ret = NULL;
    if (!lines)
        return mmv__fail_path(ENOMEM, "memory", reader->path);
    int error = mmv__os_read(reader->descriptor, lines, size, MMV__JOURNAL_PAGE, &done);
    if (error == 0 && done == size && mmv__job_table_fits(header, lines)) {
        *lines_ret = lines;
        return MMV_OK;
    }
    free(lines);
    return error ? mmv__fail_path(error, "read", reader->path)
                 : mmv__fail_journal(reader->path, "the table of its files is damaged");
}

/* ---- a file ----------------------------------------------------------------------------------------------------- */

static bool is_line_of(const mmv__job_file *line, const mmv__identity *file)
{
    return line->file.inode == file->facts.inode && line->file.birth == file->birth &&
           line->file.volume == file->volume;
}

static mmv_status refuse(const struct mmv_journal *journal, const mmv_map *map)
{
    char text[256];
    snprintf(text, sizeof text, "%.140s is not the file that the job's parts work on there", map->path);
    return mmv__part_fault(journal, text);
}

bool mmv__job_is_latest(const mmv__job_table *table, const mmv__identity *file)
{
    return table->latest > 0 && table->device == file->facts.device &&
           is_line_of(&table->lines[table->latest - 1], file);
}

/* Invariant 2. */
static bool is_in_place(const mmv__job_table *table, uint64_t number, const mmv_map *map)
{
    mmv_map *there = NULL;
    if (mmv_map_open(table->asked[number].path, MMV_READ, &there) != MMV_OK)
        return false;
    bool same = mmv_map_same_file(there, map);
    mmv_map_close(&there);
    return same;
}

/* Most walks are over the file of the one before, or the one behind it. 'count' = none. */
static uint64_t find_line(const mmv__job_table *table, const mmv_map *map, const mmv__identity *file)
{
    uint64_t from = table->latest > 0 ? table->latest - 1 : 0;
    for (uint64_t i = 0; i < table->count; i++) {
        uint64_t number = (from + i) % table->count;
        if (is_line_of(&table->lines[number], file) && is_in_place(table, number, map))
            return number;
    }
    return table->count;
}

mmv_status mmv__job_find(struct mmv_journal *journal, const mmv_map *map, const mmv__identity *file,
                         const mmv__job_file **line_ret)
{
    mmv__job_table *table = &journal->part.table;
    uint64_t number = find_line(table, map, file);
    if (number == table->count)
        return refuse(journal, map);
    table->latest = number + 1;
    table->device = file->facts.device;
    *line_ret = &table->lines[number];
    return MMV_OK;
}

/* ---- marks ------------------------------------------------------------------------------------------------------ */

mmv_status mmv__job_mark(struct mmv_journal *journal, const mmv_map *map, const mmv__identity *file,
                         const mmv__job_file *line)
{
    const mmv__marking marking = {
        .run = journal->part.header.run, .journal = journal->part.path, .range = {line->offset, line->bytes}};
    mmv_status status = mmv__mark_file(map, file, &marking);
    bool is_power = journal->part.header.mode == MMV_JOURNAL_POWER;
    int error = status == MMV_OK && is_power ? mmv__os_sync(map->descriptor) : 0;
    return error ? mmv__fail_path(error, "sync", map->path) : status;
}

/* What is done with a file of the list. */
typedef mmv_status line_fn(struct mmv_journal *journal, const mmv_map *map, const mmv__identity *file,
                           const mmv__job_file *line);

static mmv_status look_at(struct mmv_journal *journal, const mmv_map *map, const mmv__job_file *line, line_fn *fn)
{
    mmv__identity file;
    int error = mmv__identify(map->descriptor, &file);
    if (error)
        return mmv__fail_path(error, "stat", map->path);
    return is_line_of(line, &file) ? fn(journal, map, &file, line) : refuse(journal, map);
}

/* Each file that has some of these bytes of the job, and is the one of its line. */
static mmv_status each_line(struct mmv_journal *journal, mmv_range bytes, line_fn *fn)
{
    const mmv__job_table *table = &journal->part.table;
    mmv_status status = MMV_OK;
    assert(table->lines && journal->part.descriptor >= 0);
    for (uint64_t i = 0; i < table->count && status == MMV_OK; i++) {
        const mmv__job_file *line = &table->lines[i];
        mmv_map *map = NULL;
        if (!mmv__ranges_meet(bytes, (mmv_range){line->at, line->bytes}))
            continue;
        status = mmv_map_open(table->asked[i].path, MMV_READ, &map);
        if (status == MMV_OK)
            status = look_at(journal, map, line, fn);
        mmv_map_close(&map);
    }
    return status;
}

static mmv_status mark_line(struct mmv_journal *journal, const mmv_map *map, const mmv__identity *file,
                            const mmv__job_file *line)
{
    mmv_status status = mmv__job_mark(journal, map, file, line);
    /* Others that have the same bytes in hand see this mark, or this part sees theirs. */
    return status ? status : mmv__journal_others(journal, map, (mmv_range){line->offset, line->bytes});
}

mmv_status mmv__job_mark_all(struct mmv_journal *journal)
{
    return each_line(journal, (mmv_range){0, UINT64_MAX}, mark_line);
}

static mmv_status compare_line(struct mmv_journal *journal, const mmv_map *map, const mmv__identity *file,
                               const mmv__job_file *line)
{
    return line->file.length == file->facts.size ? MMV_OK : refuse(journal, map);
}

mmv_status mmv__job_look(struct mmv_journal *journal)
{
    return each_line(journal, (mmv_range){journal->options.offset, journal->options.length}, compare_line);
}

static bool is_gone(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

/* By the name that it has in the list; true when that leads to it. */
static bool unmark_asked(const struct mmv_journal *journal, uint64_t number, int *error_ret)
{
    const mmv__job_table *table = &journal->part.table;
    mmv_map *map = NULL;
    mmv__identity file;
    *error_ret = 0;
    if (mmv_map_open(table->asked[number].path, MMV_READ, &map) != MMV_OK)
        return false;
    bool is_it = mmv__identify(map->descriptor, &file) == 0 && is_line_of(&table->lines[number], &file);
    if (is_it)
        *error_ret = mmv__unmark_map(map, journal->part.header.run, false);
    if (is_it && *error_ret == 0 && journal->part.header.mode == MMV_JOURNAL_POWER)
        *error_ret = mmv__os_sync(map->descriptor);
    mmv_map_close(&map);
    return is_it;
}

mmv_status mmv__job_unmark_all(struct mmv_journal *journal)
{
    const mmv__job_table *table = &journal->part.table;
    for (uint64_t i = table->count; i-- > 0;) {
        int error;
        const char *path = mmv__job_path(table->lines, i);
        /* Renamed since the list was read, perhaps to what it was called when the job began. */
        if (!unmark_asked(journal, i, &error))
            error = mmv__marks_drop_at(path, &table->lines[i].file, &(mmv__dropping){.run = journal->part.header.run});
        if (error && !is_gone(error))
            return mmv__fail_path(error, "unmark", path);
    }
    return MMV_OK;
}

/* ---- without a handle ------------------------------------------------------------------------------------------- */

static mmv_status drop_at(const mmv__reader *reader, const mmv__os_facts *facts, uint64_t run,
                          const mmv__file_record *file, const char *path)
{
    const mmv__dropping dropping = {.run = run, .journal = facts};
    size_t front = mmv__front_of(reader->path);
    char *beside = malloc(front + strlen(path) + 1);
    int error = mmv__marks_drop_at(path, file, &dropping);
    if (is_gone(error) && !beside)
        return mmv__fail_path(ENOMEM, "memory", path);
    /* Folder and record were moved together. */
    if (is_gone(error)) {
        memcpy(beside, reader->path, front);
        strcpy(beside + front, path + mmv__front_of(path));
        error = mmv__marks_drop_at(beside, file, &dropping);
    }
    free(beside);
    return error && !is_gone(error) ? mmv__fail_path(error, "unmark", path) : MMV_OK;
}

mmv_status mmv__job_unmark_record(const mmv__reader *reader, mmv__job_header *header)
{
    mmv__os_facts facts;
    mmv__job_file *lines = NULL;
    header->path[sizeof header->path - 1] = '\0';
    int error = mmv__os_get_facts(reader->descriptor, &facts);
    if (error)
        return mmv__fail_path(error, "stat", reader->path);
    if (header->list.files == 0)
        return drop_at(reader, &facts, header->run, &header->file, header->path);
    mmv_status status = mmv__job_table_read(reader, header, &lines);
    for (uint64_t i = header->list.files; i-- > 0 && status == MMV_OK;)
        status = drop_at(reader, &facts, header->run, &lines[i].file, mmv__job_path(lines, i));
    free(lines);
    return status;
}
