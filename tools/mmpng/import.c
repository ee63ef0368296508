/* SPDX-License-Identifier: MIT */
/*
 * import: a PNG as a raw image or a container, row by row.
 *
 *     look      the head, in the sandbox; then its limits are checked
 *     make      the new file, of its whole size
 *     draw      rows, in the sandbox, straight to their place in the file
 *
 * An interlaced picture comes as seven smaller ones: their pixels go where they belong, so that none of it is kept in
 * memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <png.h>

#include <mmimage/container.h>
#include <mmview/range.h>
#include <mmview/view.h>
#include <mmview/window.h>

#include "kit/image/header_file.h"
#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/os/sandbox.h"
#include "kit/os/signals.h"
#include "kit/picture/mapping.h"
#include "mmpng/picture.h"

/* Of chunks that are not pixels: text, profiles. */
#define CHUNK_MAX (8 * 1024 * 1024)
#define CHUNKS_MAX 128

struct import {
    const struct png_settings *settings;
    const struct console *console;
    FILE *stream;
    struct file_facts identity; /* of the picture */
    png_structp png;
    png_infop info;
    char complaint[160];
    int file_error;
    bool ended; /* the file did */
    mmi_image image;
    struct mapping mapping;
    bool interlaced;
    size_t row;     /* of the picture, as libpng gives it */
    uint64_t bytes; /* of samples */
    struct header_file header;
    struct output output;
    mmv_map *map;
    mmv_pool *pool;
    mmv_status status; /* of the output */
    mmv_error error;
    struct progress progress;
    bool stopped;
};

static void on_error(png_structp png, png_const_charp message)
{
    struct import *job = png_get_error_ptr(png);
    snprintf(job->complaint, sizeof job->complaint, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep bytes, size_t length)
{
    struct import *job = png_get_io_ptr(png);
    if (fread(bytes, 1, length, job->stream) == length)
        return;
    job->ended = feof(job->stream);
    job->file_error = job->ended ? 0 : errno;
    png_error(png, job->ended ? "the file ends too early" : "read");
}

/* ---- look -------------------------------------------------------------------------------------------------------- */

/* 8 or 16 bits per sample, and colours instead of their numbers. */
static void set_transformations(struct import *job)
{
    png_structp png = job->png;
    int type = png_get_color_type(png, job->info);
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, job->info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, job->info, PNG_INFO_tRNS))
        png_set_tRNS_to_alpha(png);
}

static void find_mapping(struct import *job, unsigned depth)
{
    png_textp texts = NULL;
    int count = 0;
    png_get_text(job->png, job->info, &texts, &count);
    mmi_type_parse(depth == 8 ? "u8" : "u16", &job->mapping.type);
    job->mapping.depth = depth;
    for (int i = 0; i < count; i++)
        if (texts[i].key && texts[i].text && strcmp(texts[i].key, MAPPING_KEY) == 0 &&
            strlen(texts[i].text) < MAPPING_TEXT)
            mapping_read(texts[i].text, depth, &job->mapping);
}

static int look(void *user)
{
    struct import *job = user;
    if (setjmp(png_jmpbuf(job->png)))
        return 1;
    png_set_user_limits(job->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(job->png, CHUNK_MAX);
    png_set_chunk_cache_max(job->png, CHUNKS_MAX);
    png_set_read_fn(job->png, job, read_bytes);
    png_read_info(job->png, job->info);
    job->image.width = png_get_image_width(job->png, job->info);
    job->image.height = png_get_image_height(job->png, job->info);
    job->interlaced = png_get_interlace_type(job->png, job->info) != PNG_INTERLACE_NONE;
    set_transformations(job);
    /* Before libpng makes room for rows: how long they are is the file's word so far. */
    int type = png_get_color_type(job->png, job->info);
    bool alpha = (type & PNG_COLOR_MASK_ALPHA) || png_get_valid(job->png, job->info, PNG_INFO_tRNS);
    job->image.samples = (type & PNG_COLOR_MASK_COLOR ? 3u : 1u) + alpha;
    find_mapping(job, png_get_bit_depth(job->png, job->info) == 16 ? 16 : 8);
    return 0;
}

static int check_limits(struct import *job)
{
    const struct png_settings *settings = job->settings;
    job->image.type = job->mapping.type;
    uint64_t row = job->image.width * job->image.samples * (job->mapping.depth / 8);
    row = mmv_max(row, job->image.width * mmi_image_pixel(&job->image));
    char need[SIZES_TEXT], limit[SIZES_TEXT];
    if (row > settings->max_row || row > SIZE_MAX / 4)
        return console_error(job->console, settings->in, "IHDR: a row has %s, more than --max-row=%s allows",
                             sizes_text(row, need), sizes_text(settings->max_row, limit));
    if (!mmi_image_bytes(&job->image, &job->bytes) || job->bytes > settings->max_size)
        return console_error(job->console, settings->in,
                             "IHDR: %" PRIu64 " x %" PRIu64 " pixels are more than --max-size=%s allows",
                             job->image.width, job->image.height, sizes_text(settings->max_size, limit));
    job->row = (size_t)job->image.width * job->image.samples * (job->mapping.depth / 8);
    return TOOL_DONE;
}

/* ---- make -------------------------------------------------------------------------------------------------------- */

static void settle_type(struct import *job)
{
    mmi_format format = job->settings->pixels.format;
    bool plain = format == MMI_PAM || format == MMI_PNM || format == MMI_FARBFELD;
    /* Netpbm and farbfeld know unsigned samples, high byte first. */
    if (plain && job->mapping.depth == 16 && !job->mapping.scaled)
        job->mapping.type = (mmi_type){MMI_U16, true};
}

static int make_output(struct import *job)
{
    const mmv_pool_options pool = {.max_mapped = job->settings->how.max_mapped};
    mmv_view front = {0};
    int result = output_create(&job->output, job->console);
    if (result != TOOL_DONE)
        return result;
    mmv_status status = mmv_map_from_descriptor(job->output.descriptor, false, MMV_READ_WRITE,
                                                job->header.front_length + job->bytes, &job->map);
    if (status == MMV_OK && job->header.front_length > 0) {
        status = mmv_view_open(job->map, 0, job->header.front_length, &front);
        if (status == MMV_OK)
            memcpy(front.data, job->header.front, job->header.front_length);
        mmv_view_close(&front);
    }
    if (status == MMV_OK)
        status = mmv_pool_create(&pool, &job->pool);
    return status == MMV_OK ? TOOL_DONE : console_failure(job->console, job->output.path);
}

/* ---- draw -------------------------------------------------------------------------------------------------------- */

/* Pixels of one row of the picture, 'step' apart from 'x' on, to their places in the file. */
static mmv_status put_row(struct import *job, mmv_cursor *cursor, uint64_t y, uint64_t x, uint64_t step, uint64_t count,
                          const unsigned char *picture, unsigned char *samples)
{
    size_t pixel = mmi_image_pixel(&job->image);
    uint64_t row = job->image.width * pixel;
    size_t left;
    unsigned char *data = mmv_acquire(cursor, job->header.front_length + y * row, (size_t)row, &left);
    if (!data)
        return cursor->status;
    if (step == 1) {
        mapping_from_picture(&job->mapping, picture, data + x * pixel, (size_t)count * job->image.samples);
        return MMV_OK;
    }
    mapping_from_picture(&job->mapping, picture, samples, (size_t)count * job->image.samples);
    for (uint64_t i = 0; i < count; i++)
        memcpy(data + (x + i * step) * pixel, samples + i * pixel, pixel);
    return MMV_OK;
}

static bool advance(struct import *job, mmv_status status, uint64_t done)
{
    job->status = status;
    if (status != MMV_OK)
        job->error = *mmv_last_error();
    else if (!progress_tick(done, &job->progress))
        job->stopped = true;
    return status == MMV_OK && !job->stopped;
}

static void draw_rows(struct import *job, mmv_cursor *cursor, unsigned char *picture, unsigned char *samples)
{
    uint64_t width = job->image.width, height = job->image.height;
    uint64_t row = job->bytes / height, done = 0;
    if (!job->interlaced) {
        for (uint64_t y = 0; y < height; y++) {
            png_read_row(job->png, picture, NULL);
            if (!advance(job, put_row(job, cursor, y, 0, 1, width, picture, samples), done += row))
                return;
        }
        return;
    }
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        uint64_t columns = PNG_PASS_COLS(width, pass), rows = PNG_PASS_ROWS(height, pass);
        if (columns == 0)
            continue;
        for (uint64_t y = 0; y < rows; y++) {
            png_read_row(job->png, picture, NULL);
            done += columns * row / width;
            if (!advance(job,
                         put_row(job, cursor, PNG_ROW_FROM_PASS_ROW(y, pass), PNG_PASS_START_COL(pass),
                                 (uint64_t)1 << PNG_PASS_COL_SHIFT(pass), columns, picture, samples),
                         mmv_min(done, job->bytes)))
                return;
        }
    }
}

static int read_rows(struct import *job, mmv_cursor *cursor, unsigned char *picture, unsigned char *samples)
{
    if (setjmp(png_jmpbuf(job->png)))
        return 1;
    /* What libpng makes of the rows must be what the limits were checked for. */
    png_read_update_info(job->png, job->info);
    if (png_get_rowbytes(job->png, job->info) != job->row)
        png_error(job->png, "rows of another length than the head says");
    draw_rows(job, cursor, picture, samples);
    if (job->status == MMV_OK && !job->stopped)
        png_read_end(job->png, NULL);
    return 0;
}

static int draw(void *user)
{
    struct import *job = user;
    mmv_cursor cursor = {0};
    unsigned char *picture = malloc(job->row),
                  *samples = malloc((size_t)job->image.width * mmi_image_pixel(&job->image));
    int result = 1;
    if (!picture || !samples)
        advance(job, mmv_error_set(MMV_ENOMEM, ENOMEM, "import"), 0);
    else if (advance(job, mmv_cursor_open(job->pool, job->map, &cursor), 0))
        result = read_rows(job, &cursor, picture, samples);
    if (job->status == MMV_OK)
        advance(job, mmv_release(&cursor), job->bytes);
    mmv_cursor_close(&cursor);
    free(picture);
    free(samples);
    return result;
}

static int explain(struct import *job, int failed)
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
    return console_error(job->console, job->settings->in, "%s",
                         job->file_error ? strerror(job->file_error) : job->complaint);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int open_picture(struct import *job)
{
    struct file_facts info;
    const char *path = job->settings->in;
    /* Without O_NONBLOCK a FIFO would be waited for. */
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return console_error(job->console, path, "%s", strerror(errno));
    job->stream = fdopen(descriptor, "rb");
    if (!job->stream) {
        close(descriptor);
        return console_error(job->console, path, "not enough memory");
    }
    if (file_look(descriptor, &info) != 0 || info.kind != FILE_REGULAR)
        return console_error(job->console, path, "is not a regular file");
    job->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, job, on_error, on_warning);
    job->info = job->png ? png_create_info_struct(job->png) : NULL;
    if (!job->info)
        return console_error(job->console, path, "not enough memory");
    job->identity = info;
    return explain(job, sandbox_call(look, job, NULL));
}

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

static int run(struct import *job)
{
    struct output_wish wish = {job->settings->out, NULL, &job->identity, job->settings->force};
    int status = open_picture(job);
    if (status != TOOL_DONE)
        return status;
    settle_type(job);
    status = check_limits(job);
    if (status == TOOL_DONE)
        status = header_file_make(&job->header, job->console, job->settings->pixels.format, &job->image, &wish);
    wish.path = job->header.samples;
    if (status == TOOL_DONE)
        status = output_plan(&job->output, job->console, &wish);
    if (status == TOOL_DONE)
        status = make_output(job);
    if (status != TOOL_DONE)
        return status;
    progress_start(&job->progress, job->console, job->settings->report.progress, job->settings->in, job->bytes);
    status = explain(job, sandbox_call(draw, job, NULL));
    progress_end(&job->progress);
    mmv_map_close(&job->map);
    if (status == TOOL_DONE)
        status = output_publish(&job->output, job->console, 0666, job->settings->sync);
    if (status == TOOL_DONE && job->header.is_apart)
        status = header_file_write(&job->header, job->console, 0666, job->settings->sync);
    return status;
}

int import_picture(const struct png_settings *settings, const struct console *console)
{
    struct import job = {.settings = settings, .console = console, .output = OUTPUT_NONE, .header = HEADER_FILE_NONE};
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int status = run(&job);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (status == TOOL_DONE)
        status = report(&job, (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    if (job.png)
        png_destroy_read_struct(&job.png, &job.info, NULL);
    if (job.stream)
        fclose(job.stream);
    mmv_map_close(&job.map);
    mmv_pool_destroy(&job.pool);
    output_discard(&job.output);
    header_file_discard(&job.header);
    return status;
}
