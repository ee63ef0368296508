/* SPDX-License-Identifier: MIT */
/* print: see print.h. Records are taken through one window, portion by portion: what prints is slower by far. */
#include "mmrec/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/window.h>

#include "kit/os/signals.h"

/* Records of a portion. */
#define PORTION 1024

struct printing {
    struct subject *subject;
    enum columns_form form;
    struct code_rows rows;
    void *portion; /* a copy: what is printed of it is known to be FILE's by then */
};

static mmv_status print_portion(struct printing *printing, const void *records, size_t count, uint64_t first)
{
    struct subject *subject = printing->subject;
    const struct columns *columns = &subject->command->columns;
    struct code_rows *rows = &printing->rows;
    uint64_t fault;
    rows->count = 0;
    bool fine = subject->program->show(records, count, first, rows, &fault) == 0;
    for (size_t i = 0; i < rows->count && !ferror(stdout); i++)
        columns_print(columns, printing->form, rows->numbers[i], rows->cells + i * columns->count);
    return fine ? MMV_OK : subject_fail(subject, fault);
}

static size_t portion_of(size_t size)
{
    return (size_t)mmv_max(1, mmv_min(PORTION, 65536 / size));
}

static mmv_status print_all(struct printing *printing, mmv_cursor *cursor)
{
    const struct subject *subject = printing->subject;
    size_t size = subject->command->fields.size, most = portion_of(size);
    uint64_t records = subject->range.length / size;
    mmv_status status = MMV_OK;
    for (uint64_t first = 0; first < records && status == MMV_OK && !ferror(stdout); first += most) {
        size_t there, count = (size_t)mmv_min(most, records - first);
        const void *bytes = mmv_acquire(cursor, subject->range.offset + first * size, count * size, &there);
        if (signals_stop())
            return MMV_ESTOPPED;
        if (!bytes)
            return cursor->status;
        memcpy(printing->portion, bytes, count * size);
        /* With the guard on, a file that became shorter gave zeros: the release tells. */
        status = mmv_release(cursor);
        if (status == MMV_OK)
            status = print_portion(printing, printing->portion, count, subject->first + first);
    }
    return status;
}

static mmv_status open_and_print(struct printing *printing)
{
    const struct how_settings *how = &printing->subject->command->how;
    const mmv_pool_options options = {.max_mapped = how->max_mapped, .window = how->window};
    mmv_pool *pool = NULL;
    mmv_cursor cursor = {0};
    mmv_status status = mmv_pool_create(&options, &pool);
    if (status == MMV_OK)
        status = mmv_cursor_open(pool, printing->subject->map, &cursor);
    if (status == MMV_OK)
        status = print_all(printing, &cursor);
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    return status;
}

static int print_rows(struct printing *printing)
{
    struct subject *subject = printing->subject;
    struct reading reading = {
        .console = subject->console, .map = subject->map, .path = subject->file, .range = subject->range};
    reading_begin(&reading);
    mmv_status status = open_and_print(printing);
    int result = console_flush(subject->console);
    if (result == TOOL_DONE)
        result = subject_explain(subject, status);
    if (result != TOOL_DONE)
        return result;
    reading_end(&reading, "what is shown");
    notes_take_reading(&subject->notes, &reading);
    notes_say(&subject->notes, subject->console, subject->file);
    return TOOL_DONE;
}

/* The rows of all FILEs below one head. */
static int print_files(struct printing *printing)
{
    struct subject *subject = printing->subject;
    columns_print_head(&subject->command->columns, printing->form);
    int result = print_rows(printing);
    for (size_t i = 1; i < subject->command->files.count && result == TOOL_DONE; i++) {
        result = subject_next(subject, i);
        if (result == TOOL_DONE)
            result = print_rows(printing);
    }
    return result;
}

int print_do(struct subject *subject)
{
    struct printing printing = {.subject = subject};
    struct code_rows *rows = &printing.rows;
    const struct command *command = subject->command;
    if (command->output)
        columns_form_parse(command->output, &printing.form);
    rows->cells = calloc(PORTION * command->columns.count, sizeof *rows->cells);
    rows->numbers = calloc(PORTION, sizeof *rows->numbers);
    printing.portion = malloc(portion_of(command->fields.size) * command->fields.size);
    int result = rows->cells && rows->numbers && printing.portion
                     ? print_files(&printing)
                     : console_error(subject->console, NULL, "not enough memory");
    free(printing.portion);
    free(rows->cells);
    free(rows->numbers);
    return result;
}
