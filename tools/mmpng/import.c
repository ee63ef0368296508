/* SPDX-License-Identifier: MIT */
/*
 * import: a PNG as a raw image or a container, row by row.
 *
 *     look      the head, in the sandbox; then its limits are checked        reader.c
 *     create    the new file, of its whole size
 *     draw      rows, in the sandbox, straight to their place in the file
 *
 * An interlaced picture comes as seven smaller ones: their pixels go where they belong, so that none of it is kept in
 * memory. Where the new file's file system does not map, each row is read, filled in and written.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mmimage/container.h>
#include <mmview/range.h>
#include <mmview/window.h>

#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/file/own.h"
#include "kit/image/header_file.h"
#include "kit/os/file.h"
#include "kit/os/machine.h"
#include "kit/os/sandbox.h"
#include "kit/os/signals.h"
#include "mmpng/picture.h"
#include "mmpng/reader.h"

struct import {
    const struct png_settings *settings;
    const struct console *console;
    struct reader reader;
    mmi_image image;
    uint64_t bytes; /* of samples */
    struct header_file header;
    struct output output;
    mmv_map *map; /* of the output */
    mmv_pool *pool;
    mmv_cursor cursor;
    unsigned char *samples; /* room for a row */
    unsigned char *row;     /* the row at hand, where the file cannot be mapped; else NULL */
    uint64_t done;          /* bytes */
    struct progress progress;
    mmv_status status; /* of the output */
    mmv_error error;   /* when status is not MMV_OK */
    bool stopped;      /* by a signal */
};

/* ---- look -------------------------------------------------------------------------------------------------------- */

static int look_at_head(void *user)
{
    struct import *job = user;
    return reader_look(&job->reader) ? 0 : 1;
}

static void describe_image(struct import *job)
{
    mmi_format format = job->settings->pixels.format;
    struct mapping *mapping = &job->reader.mapping;
    /* Netpbm and farbfeld know unsigned samples, high byte first. */
    bool plain = format == MMI_PAM || format == MMI_PNM || format == MMI_FARBFELD;
    if (plain && mapping->depth == 16 && !mapping->scaled)
        mapping->type = (mmi_type){MMI_U16, true};
    job->image = (mmi_image){.type = mapping->type,
                             .samples = job->reader.samples,
                             .width = job->reader.width,
                             .height = job->reader.height};
}

static int check_limits(struct import *job)
{
    const struct png_settings *settings = job->settings;
    uint64_t row = job->image.width * job->image.samples * (job->reader.mapping.depth / 8);
    row = mmv_max(row, job->image.width * mmi_image_pixel(&job->image));
    char need[SIZES_TEXT], limit[SIZES_TEXT];
    if (row > settings->max_row || row > SIZE_MAX / 4)
        return console_error(job->console, settings->in, "IHDR: a row has %s, more than --max-row=%s allows",
                             sizes_text(row, need), sizes_text(settings->max_row, limit));
    if (!mmi_image_bytes(&job->image, &job->bytes) || job->bytes > settings->max_size)
        return console_error(job->console, settings->in,
                             "IHDR: %" PRIu64 " x %" PRIu64 " pixels are more than --max-size=%s allows",
                             job->image.width, job->image.height, sizes_text(settings->max_size, limit));
    return TOOL_DONE;
}

/* ---- create ------------------------------------------------------------------------------------------------------ */

static int create_output(struct import *job)
{
    const mmv_pool_options pool = {.max_mapped = job->settings->how.max_mapped};
    int result = output_create(&job->output, job->console);
    if (result != TOOL_DONE)
        return result;
    mmv_status status = header_file_map(&job->header, job->output.descriptor, job->bytes, &job->map);
    if (status == MMV_OK)
        status = mmv_pool_create(&pool, &job->pool);
    return status == MMV_OK ? TOOL_DONE : console_failure(job->console, job->output.path);
}

/* ---- draw -------------------------------------------------------------------------------------------------------- */

/* Where pixels of a row of the image go: the file itself, or a copy that store_row() writes. */
static mmv_status load_row(struct import *job, uint64_t at, size_t bytes, unsigned char **data_ret)
{
    size_t left, done;
    if (!job->row) {
        *data_ret = mmv_acquire(&job->cursor, at, bytes, &left);
        /* A file that has become shorter does not grow again. */
        if (*data_ret || job->cursor.status == MMV_ETRUNC)
            return job->cursor.status;
        job->row = malloc(bytes);
    }
    if (!job->row)
        return mmv_error_set(MMV_ENOMEM, ENOMEM, "import");
    int error = file_read_at(job->output.descriptor, job->row, bytes, at, &done);
    *data_ret = job->row;
    if (error == 0 && done == bytes)
        return MMV_OK;
    return mmv_error_set(error ? MMV_EIO : MMV_ETRUNC, error, "read");
}

static mmv_status store_row(const struct import *job, uint64_t at, size_t bytes)
{
    int error = job->row ? file_write_at(job->output.descriptor, job->row, bytes, at) : 0;
    return error == 0 ? MMV_OK : mmv_error_set(error == ENOSPC ? MMV_ENOSPC : MMV_EIO, error, "write");
}

/* Pixels of one row of the picture to their places in a row of the image. */
static void spread_row(const struct import *job, const struct reader_row *row, unsigned char *data)
{
    const struct mapping *mapping = &job->reader.mapping;
    size_t pixel = mmi_image_pixel(&job->image), count = (size_t)row->count * job->image.samples;
    if (row->step == 1) {
        mapping_from_picture(mapping, row->pixels, data + row->x * pixel, count);
        return;
    }
    mapping_from_picture(mapping, row->pixels, job->samples, count);
    for (uint64_t i = 0; i < row->count; i++)
        memcpy(data + (row->x + i * row->step) * pixel, job->samples + i * pixel, pixel);
}

static mmv_status put_row(struct import *job, const struct reader_row *row)
{
    size_t bytes = (size_t)job->image.width * mmi_image_pixel(&job->image);
    uint64_t at = job->header.front_length + row->y * bytes;
    unsigned char *data;
    mmv_status status = load_row(job, at, bytes, &data);
    if (status != MMV_OK)
        return status;
    spread_row(job, row, data);
    return store_row(job, at, bytes);
}

/* Notes how it went. Returns whether to go on. */
static bool advance(struct import *job, mmv_status status)
{
    job->status = status;
    if (status != MMV_OK)
        job->error = *mmv_last_error();
    else if (!progress_tick(mmv_min(job->done, job->bytes), &job->progress))
        job->stopped = true;
    return status == MMV_OK && !job->stopped;
}

static bool take_row(void *user, const struct reader_row *row)
{
    struct import *job = user;
    job->done += row->count * mmi_image_pixel(&job->image);
    return advance(job, put_row(job, row));
}

static int draw(void *user)
{
    struct import *job = user;
    unsigned char *picture = malloc(reader_row_bytes(&job->reader));
    bool fine = false;
    job->samples = malloc((size_t)job->image.width * mmi_image_pixel(&job->image));
    if (!picture || !job->samples)
        advance(job, mmv_error_set(MMV_ENOMEM, ENOMEM, "import"));
    else if (advance(job, mmv_cursor_open(job->pool, job->map, &job->cursor)))
        fine = reader_rows(&job->reader, picture, take_row, job);
    if (job->status == MMV_OK)
        advance(job, mmv_release(&job->cursor));
    mmv_cursor_close(&job->cursor);
    free(picture);
    free(job->samples);
    free(job->row);
    job->row = NULL;
    return fine ? 0 : 1;
}

static int explain(const struct import *job, bool failed)
{
    char line[512];
    if (job->status != MMV_OK) {
        mmv_error_format(&job->error, line, sizeof line);
        return console_error(job->console, job->output.path, "%s", line);
    }
    if (job->stopped || signals_stop())
        return TOOL_FAILED;
    if (!failed)
        return TOOL_DONE;
    return console_error(job->console, job->settings->in, "%s", reader_complaint(&job->reader));
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int report(const struct import *job, double seconds)
{
    char length[SIZES_TEXT];
    console_summary(job->console, job->output.path,
                    "%" PRIu64 " x %" PRIu64 " pixels of %" PRIu32 " x %s, %s in %.3g s", job->image.width,
                    job->image.height, job->image.samples, mmi_type_name(job->image.type),
                    sizes_text(job->bytes, length), seconds);
    if (!job->settings->report.json)
        return TOOL_DONE;
    const struct report_subject subject = {job->settings->in, 0, job->bytes, job->image.width * job->image.height,
                                           NULL};
    struct report sum = {0};
    struct json json;
    sum.sum.bytes = job->bytes;
    sum.sum.seconds = seconds;
    sum.sum.threads = 1;
    report_json_begin(&json, job->console, &subject, &sum);
    json_text(&json, "output", job->output.path);
    json_text(&json, "type", mmi_type_name(job->image.type));
    json_count(&json, "samples", job->image.samples);
    json_count(&json, "width", job->image.width);
    json_count(&json, "height", job->image.height);
    return report_json_end(&json, job->console);
}

static int open_picture(struct import *job)
{
    const char *in = job->settings->in;
    int status = reader_open(&job->reader, job->console, in);
    enum own own = status == TOOL_DONE ? own_kind_at(in) : OWN_NOT;
    if (own != OWN_NOT)
        return own_refuse(job->console, in, own);
    if (status == TOOL_DONE)
        status = explain(job, sandbox_call(look_at_head, job, NULL) != 0);
    if (status != TOOL_DONE)
        return status;
    describe_image(job);
    return check_limits(job);
}

static int plan_output(struct import *job)
{
    struct output_wish wish = {.path = job->settings->out, .source = &job->reader.info, .force = job->settings->force};
    int status = header_file_make(&job->header, job->console, job->settings->pixels.format, &job->image, &wish);
    wish.path = job->header.samples;
    return status == TOOL_DONE ? output_plan(&job->output, job->console, &wish) : status;
}

static int publish(struct import *job)
{
    bool sync = job->settings->sync;
    const struct output_rights rights = {OUTPUT_DERIVED, fileno(job->reader.stream), 0};
    return header_file_publish(&job->header, job->console, &job->output, &rights, sync);
}

static int run(struct import *job)
{
    int status = open_picture(job);
    if (status == TOOL_DONE)
        status = plan_output(job);
    if (status == TOOL_DONE)
        status = create_output(job);
    if (status != TOOL_DONE)
        return status;
    progress_start(&job->progress, job->console, job->settings->report.progress, job->settings->in, job->bytes);
    status = explain(job, sandbox_call(draw, job, NULL) != 0);
    progress_end(&job->progress);
    mmv_map_close(&job->map);
    return status == TOOL_DONE ? publish(job) : status;
}

int import_picture(const struct png_settings *settings, const struct console *console)
{
    struct import job = {.settings = settings, .console = console, .output = OUTPUT_NONE, .header = HEADER_FILE_NONE};
    double begin = machine_clock();
    int status = run(&job);
    if (status == TOOL_DONE)
        status = report(&job, machine_clock() - begin);
    reader_close(&job.reader);
    mmv_map_close(&job.map);
    mmv_pool_destroy(&job.pool);
    output_discard(&job.output);
    header_file_discard(&job.header);
    return status;
}
