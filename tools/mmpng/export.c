/* SPDX-License-Identifier: MIT */
/*
 * export: an image as PNG, by several threads.
 *
 *     thread    rows through a window -> samples of the picture -> filtered and compressed: a band      band.c
 *     in turn   the bands as IDAT chunks, by whoever brings the one that is next                        turns.c,
 * writer.c
 *
 * 1. Whatever takes bytes apart or compresses them runs in the sandbox, with all files open. No assert is possible: a
 *    thread cannot ask what it may not do.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/window.h>

#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/file/output.h"
#include "kit/file/reading.h"
#include "kit/image/opener.h"
#include "kit/os/machine.h"
#include "kit/os/sandbox.h"
#include "kit/os/signals.h"
#include "kit/os/terminal.h"
#include "mmpng/drawing.h"
#include "mmpng/picture.h"
#include "mmpng/turns.h"
#include "mmpng/writer.h"

/* For each thread: bands differ in what they cost, and with fewer places threads wait for each other. */
#define PLACES 3

struct export
{
    struct image_file file;
    struct drawing drawing; /* of it */
    struct reading reading;
    bool changed_meanwhile;
    struct output output;
    struct progress progress;
    mmv_pool *pool;
    struct opener opener; /* of an image in many files: for threads in the sandbox */
    struct writer writer;
    struct turns turns;
};

/* ---- a thread ---------------------------------------------------------------------------------------------------- */

/* What a thread reads and compresses with. */
struct room {
    struct files_cursor cursor;
    unsigned char *samples; /* a row as it is stored */
    unsigned char *picture; /* the rows of a band, and the one above */
    struct band band;
};

static mmv_status open_room(struct export *job, struct room *room)
{
    const struct drawing *drawing = &job->drawing;
    room->picture = malloc(((size_t)drawing->band_rows + 1) * drawing->row);
    room->samples = malloc((size_t)drawing->rows.width * drawing->samples * mmi_type_size(drawing->image.type));
    if (!room->picture || !room->samples)
        return mmv_error_set(MMV_ENOMEM, ENOMEM, "export");
    mmv_status status = files_cursor_open(&room->cursor, job->pool, &job->file);
    room->cursor.opener = job->opener.files ? &job->opener : NULL;
    return status;
}

static void close_room(struct room *room)
{
    files_cursor_close(&room->cursor);
    band_drop(&room->band);
    free(room->picture);
    free(room->samples);
}

/* Rows [from, end) of the picture into room->picture. */
static mmv_status read_rows(const struct drawing *drawing, struct room *room, uint64_t from, uint64_t end)
{
    mmv_status status = MMV_OK;
    unsigned char *row = room->picture;
    for (uint64_t y = from; y < end && status == MMV_OK; y++, row += drawing->row) {
        status = rows_take(&drawing->rows, &room->cursor, y, room->samples);
        if (status != MMV_OK)
            break;
        mapping_to_picture(&drawing->mapping, room->samples, row, (size_t)drawing->rows.width * drawing->samples);
        drawing_finish(drawing, room->samples, row, (size_t)drawing->rows.width);
    }
    /* With the guard on, a file that became shorter gave zeros: the release tells. */
    return status == MMV_OK ? files_release(&room->cursor) : status;
}

static mmv_status make_band(const struct drawing *drawing, struct room *room, uint64_t number)
{
    uint64_t first = number * drawing->band_rows, count = drawing_rows(drawing, number);
    bool has_above = first > 0;
    mmv_status status = read_rows(drawing, room, first - has_above, first + count);
    const struct band_rows rows = {.rows = room->picture + (has_above ? drawing->row : 0),
                                   .above = has_above ? room->picture : NULL,
                                   .count = (size_t)count,
                                   .row = drawing->row,
                                   .pixel = drawing->pixel};
    bool is_last = number + 1 == drawing->bands;
    if (status == MMV_OK && !band_compress(&room->band, &rows, drawing->settings->level, is_last))
        status = mmv_error_set(MMV_ENOMEM, ENOMEM, "compress");
    return status;
}

static void make_bands(void *user)
{
    struct export *job = user;
    struct room room = {0};
    uint64_t number;
    mmv_status status = open_room(job, &room);
    while (status == MMV_OK && turns_take(&job->turns, &number)) {
        status = make_band(&job->drawing, &room, number);
        if (status == MMV_OK)
            turns_deliver(&job->turns, &room.band, number);
    }
    if (status != MMV_OK)
        turns_fail(&job->turns);
    close_room(&room);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static bool write_band(void *user, const struct band *band, uint64_t number)
{
    struct export *job = user;
    uint64_t rows = number * job->drawing.band_rows + drawing_rows(&job->drawing, number);
    return writer_put(&job->writer, band, number) && progress_tick(rows * job->drawing.row, &job->progress);
}

/* In the sandbox, which the threads share. */
static int draw(void *user)
{
    struct export *job = user;
    unsigned count = (unsigned)mmv_min(job->drawing.settings->how.threads, job->drawing.bands), started = 1;
    struct thread *threads = calloc(count, sizeof *threads);
    if (turns_open(&job->turns, job->drawing.bands, (size_t)PLACES * count, write_band, job) && threads) {
        while (started < count && thread_start(&threads[started], make_bands, job))
            started++;
        make_bands(job);
        for (unsigned i = 1; i < started; i++)
            thread_join(&threads[i]);
    } else {
        mmv_error_set(MMV_ENOMEM, ENOMEM, "export");
        turns_fail(&job->turns);
    }
    free(threads);
    return 0;
}

/* "-"; a file of that name is ./- */
static bool is_stdout(const struct export *job)
{
    return strcmp(job->drawing.settings->out, "-") == 0;
}

static int explain(const struct export *job, bool failed)
{
    char line[512];
    if (!failed)
        return TOOL_DONE;
    if (signals_stop())
        return TOOL_FAILED;
    if (job->turns.has_error) {
        mmv_error_format(&job->turns.error, line, sizeof line);
        return console_error(job->drawing.console, NULL, "%s", line);
    }
    return console_error(job->drawing.console, job->output.path, "cannot write it: %s", writer_complaint(&job->writer));
}

static int draw_picture(struct export *job)
{
    const struct console *console = job->drawing.console;
    const mmv_pool_options pool = {.max_mapped = job->drawing.settings->how.max_mapped};
    if (!writer_open(&job->writer, &job->drawing, is_stdout(job) ? FILE_STDOUT : job->output.descriptor))
        return console_error(console, job->output.path, "not enough memory");
    if (mmv_pool_create(&pool, &job->pool) != MMV_OK)
        return console_failure(console, job->file.path);
    if (job->file.files.count && !opener_begin(&job->opener, &job->file.files))
        return console_error(console, job->file.path, "not enough memory");
    sandbox_call(draw, job, NULL);
    bool failed = job->turns.failed || !writer_flush(&job->writer);
    int status = explain(job, failed);
    turns_close(&job->turns);
    return status;
}

static int report(const struct export *job, uint64_t size, double seconds)
{
    char from[SIZES_TEXT], to[SIZES_TEXT];
    uint64_t bytes = job->drawing.rows.height * job->drawing.row;
    console_summary(job->drawing.console, job->output.path, "%" PRIu64 " x %" PRIu64 " pixels, %s as %s in %.3g s",
                    job->drawing.rows.width, job->drawing.rows.height, sizes_text(bytes, from), sizes_text(size, to),
                    seconds);
    if (!job->drawing.settings->report.json)
        return TOOL_DONE;
    const struct report_subject subject = {job->file.path, 0, job->file.length,
                                           job->drawing.rows.width * job->drawing.rows.height, NULL};
    struct report sum = {0};
    struct json json;
    sum.sum.bytes = bytes;
    sum.sum.seconds = seconds;
    sum.sum.threads = job->drawing.settings->how.threads;
    report_json_begin(&json, job->drawing.console, &subject, &sum);
    json_text(&json, "output", job->output.path);
    json_count(&json, "width", job->drawing.rows.width);
    json_count(&json, "height", job->drawing.rows.height);
    json_count(&json, "depth", job->drawing.mapping.depth);
    json_count(&json, "output_bytes", size);
    json_bool(&json, "changed_meanwhile", job->changed_meanwhile);
    notes_json(&job->file.notes, &json);
    return report_json_end(&json, job->drawing.console);
}

static int plan_stdout(struct export *job)
{
    const struct console *console = job->drawing.console;
    struct file_facts info;
    int error = file_look(FILE_STDOUT, &info);
    if (error != 0)
        return console_error(console, "stdout", "%s", strerror(error));
    struct inputs inputs = {0};
    bool fine = image_file_add_inputs(&job->file, &inputs), is_input = inputs_have(&inputs, &info);
    inputs_drop(&inputs);
    if (!fine)
        return console_error(console, "stdout", "not enough memory");
    if (is_input)
        return console_usage(console, "stdout is the input itself");
    if (terminal_is(FILE_STDOUT) && !job->drawing.settings->force)
        return console_usage(console, "stdout is a terminal; -f writes to it nevertheless");
    snprintf(job->output.path, sizeof job->output.path, "-");
    return TOOL_DONE;
}

static int plan_output(struct export *job)
{
    const struct png_settings *settings = job->drawing.settings;
    struct inputs inputs = {0};
    if (is_stdout(job))
        return plan_stdout(job);
    const struct output_wish wish = {
        .path = settings->out, .source = &job->file.info, .inputs = &inputs, .force = settings->force};
    int status = image_file_add_inputs(&job->file, &inputs)
                     ? output_plan(&job->output, job->drawing.console, &wish)
                     : console_error(job->drawing.console, settings->out, "not enough memory");
    inputs_drop(&inputs);
    return status;
}

static int hold_image(struct export *job)
{
    const struct image_file *file = &job->file;
    job->reading = (struct reading){.console = job->drawing.console, .map = file->map, .path = file->path};
    const mmi_pieces *pieces = file->container.pieces;
    job->reading.range = pieces ? mmi_pieces_reach(pieces, 0) : (mmv_range){file->offset, file->length};
    /* A lock on each of many files would take as many descriptors. */
    if (file->files.count == 0)
        return reading_hold(&job->reading, READING_WAIT_MS);
    files_reading_begin(&job->reading, file);
    return TOOL_DONE;
}

/* A part of a file, or rows with gaps: both are pieces. */
static int lay_rows(struct export *job)
{
    const struct console *console = job->drawing.console;
    const struct range_settings *range = &job->drawing.settings->where.range;
    const struct pixel_settings *pixels = &job->file.pixels;
    bool laid, has_range = range->offset || range->length;
    /* Extremes are found of pieces, or where the samples of a pixel lie together. */
    bool is_apart = job->drawing.settings->shown.is_auto && pixels->layout != MMI_BIP && pixels->width > 0;
    if (has_range && job->file.container.pieces)
        return image_file_refuse_pieces(&job->file, console, range->offset ? "--offset" : "--length");
    if (has_range && job->file.pixels.width == 0)
        return console_usage(console, "--width is needed: nothing says how long a row of %s is", job->file.path);
    return image_file_lay_rows(&job->file, console, range, has_range || is_apart, &laid);
}

static int draw_file(struct export *job, uint64_t *size_ret)
{
    struct drawing *drawing = &job->drawing;
    const struct png_settings *settings = drawing->settings;
    struct file_facts info;
    int status = lay_rows(job);
    if (status == TOOL_DONE)
        status = drawing_fit(drawing);
    if (status == TOOL_DONE)
        status = plan_output(job);
    if (status == TOOL_DONE)
        status = hold_image(job);
    if (status == TOOL_DONE)
        status = drawing_choose_mapping(drawing);
    if (status == TOOL_DONE && !is_stdout(job))
        status = output_create(&job->output, drawing->console);
    if (status != TOOL_DONE)
        return status;
    progress_start(&job->progress, drawing->console, settings->report.progress, job->file.path,
                   drawing->rows.height * drawing->row);
    status = draw_picture(job);
    progress_end(&job->progress);
    if (status == TOOL_DONE)
        job->changed_meanwhile = files_reading_end(&job->reading, &job->file, "the picture");
    notes_take_reading(&job->file.notes, &job->reading);
    notes_say(&job->file.notes, drawing->console, job->file.name);
    *size_ret = status == TOOL_DONE && !is_stdout(job) && file_look(job->output.descriptor, &info) == 0 ? info.size : 0;
    return status;
}

static int publish(struct export *job)
{
    const struct drawing *drawing = &job->drawing;
    if (is_stdout(job))
        return output_finish_stdout(drawing->console, drawing->settings->sync);
    const struct output_rights rights = files_rights(&job->file, OUTPUT_DERIVED);
    return output_publish(&job->output, drawing->console, &rights, drawing->settings->sync);
}

int export_picture(const struct png_settings *settings, const struct console *console)
{
    struct export job = {.output = OUTPUT_NONE};
    double begin = machine_clock();
    uint64_t size = 0;
    job.drawing = (struct drawing){.settings = settings, .console = console, .file = &job.file};
    int status = image_file_open(&job.file, console,
                                 &(struct image_request){settings->in, &settings->pixels, MMV_READ, NULL, NULL});
    if (status == TOOL_DONE)
        status = draw_file(&job, &size);
    double end = machine_clock();
    if (status == TOOL_DONE)
        status = publish(&job);
    if (status == TOOL_DONE)
        status = report(&job, size, end - begin);
    writer_close(&job.writer);
    mmv_pool_destroy(&job.pool);
    opener_end(&job.opener);
    image_file_close(&job.file);
    output_discard(&job.output);
    return status;
}
