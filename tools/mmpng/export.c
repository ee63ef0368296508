/* SPDX-License-Identifier: MIT */
/*
 * export: an image as PNG, by several threads.
 *
 *     thread    rows through a window -> samples of the picture -> filtered and compressed: a band
 *     in turn   the bands as IDAT chunks, by whoever brings the one that is next
 *
 * 1. Whatever takes bytes apart or compresses them runs in the sandbox, with all files open.
 * 2. Bands that are early wait in places, PLACES for each thread, and a thread without a place waits itself: so many
 *    are in memory, whatever the picture's size. Bands differ in what they cost, and with fewer places threads wait
 *    for each other.
 * 3. libpng's jump buffer belongs to the thread that has the lock.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <png.h>
#include <zlib.h>

#include <mmimage/stats.h>
#include <mmview/range.h>
#include <mmview/window.h>

#include "kit/image/image_file.h"
#include "kit/picture/mapping.h"
#include "kit/file/output.h"
#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/picture/rows.h"
#include "kit/os/sandbox.h"
#include "kit/os/signals.h"
#include "mmpng/band.h"
#include "mmpng/picture.h"

#define BAND_BYTES MMV_MIB
#define PLACES 3
/* A picture's row in memory, several times. */
#define ROW_MAX (64 * MMV_MIB)

struct export
{
    const struct png_settings *settings;
    const struct console *console;
    struct image_file file;
    mmi_image image;
    mmi_region region;
    struct rows rows; /* of the picture */
    struct mapping mapping;
    size_t row, pixel; /* bytes of the picture's */
    uint64_t band_rows, bands;
    struct output output;
    FILE *stream;
    mmv_pool *pool;
    struct progress progress;
    png_structp png;
    png_infop info;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t turned;
    uint64_t turn;        /* the band that is to be written next */
    struct band *waiting; /* band n, if it is ready, in place n % places */
    bool *is_ready;
    size_t places;
    uint32_t adler;
    uint64_t written; /* rows */
    bool failed;
    int file_error;  /* errno of the stream */
    mmv_error error; /* of the input, when failed */
    bool has_error;
    char complaint[160]; /* libpng's */
    atomic_uint_least64_t next;
};

/* ---- what to draw ------------------------------------------------------------------------------------------------ */

static int fit(struct export *job)
{
    const struct png_settings *settings = job->settings;
    const struct console *console = job->console;
    const struct pixel_settings *pixels = &job->file.pixels;
    const char *path = job->file.path;
    if (pixels->width == 0)
        return console_usage(console, "--width is needed: nothing says how long a row of %s is", path);
    uint64_t rows = job->file.length / job->file.units.row;
    uint64_t height = pixels->height ? pixels->height : rows;
    if (height > rows)
        return console_usage(console, "%s: %" PRIu64 " x %" PRIu64 " pixels do not fit its %" PRIu64 " bytes", path,
                             pixels->width, height, job->file.length);
    job->image = (mmi_image){pixels->type, pixels->samples, pixels->width, height, pixels->layout};
    job->region = settings->has_region ? settings->region : (mmi_region){0, 0, pixels->width, height};
    if (height == 0 || !mmv_range_fits(job->region.x, job->region.width, pixels->width) ||
        !mmv_range_fits(job->region.y, job->region.height, height))
        return console_usage(console,
                             height ? "--roi reaches outside of the image of %" PRIu64 " x %" PRIu64 " pixels"
                                    : "the image of %" PRIu64 " x %" PRIu64 " pixels is empty",
                             pixels->width, height);
    if (pixels->samples > 4)
        return console_usage(console, "%s: pictures have 1 to 4 samples per pixel, not %" PRIu32, path,
                             pixels->samples);
    job->rows = rows_of(&job->image, job->file.offset, &job->region, settings->shrink);
    if (job->rows.width > PNG_UINT_31_MAX || job->rows.height > PNG_UINT_31_MAX)
        return console_usage(console,
                             "a PNG has at most %" PRIu32 " pixels each way; --shrink or --roi makes less of %" PRIu64
                             " x %" PRIu64,
                             (uint32_t)PNG_UINT_31_MAX, job->rows.width, job->rows.height);
    return TOOL_DONE;
}

/* What the search for the range is told. */
struct search {
    mmi_stats *stats;
    size_t pixels; /* of a row of the region */
};

/* Rows as blocks: the extremes do not depend on where they are cut. */
static mmv_status add_row(const mmv_chunk *chunk, void *user)
{
    const struct search *part = user;
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < chunk->count && status == MMV_OK; i++) {
        const char *row = (const char *)chunk->source + i * chunk->stride;
        const mmi_block block = {MMI_ALL_CHANNELS, chunk->index + i, row, part->pixels};
        status = mmi_stats_add(part->stats, chunk->thread, &block);
    }
    return status;
}

/* The smallest and the largest sample of the region, of all channels but a last one that is alpha. */
static int find_range(struct export *job)
{
    const mmi_image *image = &job->image;
    const mmi_region *region = &job->region;
    mmi_channel_stats channels[4];
    uint64_t row = job->file.units.row;
    mmv_walk_options options = settings_walk(&job->settings->how);
    struct search part = {NULL, (size_t)region->width};
    if (image->layout != MMI_BIP)
        return console_usage(job->console, "--range=auto needs the samples of a pixel together, not %s",
                             mmi_layout_name(image->layout));
    if (region->width * job->file.units.pixel > ROW_MAX)
        return console_usage(job->console, "--range=auto takes rows of at most %d MiB; --range=LO,HI any",
                             (int)(ROW_MAX / MMV_MIB));
    options.tick = progress_tick;
    options.tick_user = &job->progress;
    options.record_size = (size_t)(region->width * job->file.units.pixel);
    options.stride = row == options.record_size ? 0 : row;
    options.offset = job->file.offset + region->y * row + region->x * job->file.units.pixel;
    options.length = (region->height - 1) * row + options.record_size;
    mmv_status status = mmi_stats_create(image->type, image->samples, options.threads, &part.stats);
    progress_start(&job->progress, job->console, job->settings->report.progress, job->file.path, job->file.length);
    if (status == MMV_OK)
        status = mmv_walk(job->file.map, &options, add_row, &part);
    progress_end(&job->progress);
    if (status != MMV_OK) {
        mmi_stats_destroy(&part.stats);
        return status == MMV_ESTOPPED ? TOOL_FAILED : console_failure(job->console, job->file.path);
    }
    mmi_stats_get(part.stats, channels);
    mmi_stats_destroy(&part.stats);
    uint32_t colours = image->samples == 2 || image->samples == 4 ? image->samples - 1 : image->samples;
    bool found = false;
    for (uint32_t c = 0; c < colours; c++) {
        if (channels[c].count == 0)
            continue;
        job->mapping.low = found && job->mapping.low < channels[c].min ? job->mapping.low : channels[c].min;
        job->mapping.high = found && job->mapping.high > channels[c].max ? job->mapping.high : channels[c].max;
        found = true;
    }
    if (!found || !(job->mapping.low < job->mapping.high))
        job->mapping.high = (found ? job->mapping.low : (job->mapping.low = 0)) + 1;
    console_note(job->console, job->file.path, "range %.10g to %.10g", job->mapping.low, job->mapping.high);
    return TOOL_DONE;
}

static int choose_mapping(struct export *job)
{
    const struct png_settings *settings = job->settings;
    size_t size = mmi_type_size(job->image.type);
    job->mapping = (struct mapping){.type = job->image.type,
                                    .depth = settings->depth ? settings->depth
                                             : size == 1     ? 8
                                                             : 16,
                                    .scaled = settings->has_range,
                                    .low = settings->low,
                                    .high = settings->high};
    if (size > 2 && !settings->has_range)
        return console_usage(job->console,
                             "%s: samples of type %s do not fit a picture; --range=LO,HI or --range=auto scales them",
                             job->file.path, mmi_type_name(job->image.type));
    int result = settings->auto_range ? find_range(job) : TOOL_DONE;
    job->pixel = job->image.samples * job->mapping.depth / 8;
    uint64_t row = 0;
    if (result == TOOL_DONE && (!mmv_product(job->rows.width, job->pixel, &row) || row > ROW_MAX))
        return console_usage(job->console,
                             "a row of the picture would have more than %d MiB; --shrink or --roi makes it shorter",
                             (int)(ROW_MAX / MMV_MIB));
    job->row = (size_t)row;
    job->band_rows = mmv_max(1, BAND_BYTES / job->row);
    job->bands = (job->rows.height - 1) / job->band_rows + 1;
    return result;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* A row of the picture. */
static mmv_status take_row(struct export *job, mmv_cursor *cursor, uint64_t row, unsigned char *samples,
                           unsigned char *picture)
{
    mmv_status status = rows_take(&job->rows, cursor, row, samples);
    mapping_to_picture(&job->mapping, samples, picture, (size_t)job->rows.width * job->image.samples);
    return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void on_error(png_structp png, png_const_charp message)
{
    struct export *job = png_get_error_ptr(png);
    snprintf(job->complaint, sizeof job->complaint, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t length)
{
    struct export *job = png_get_io_ptr(png);
    if (fwrite(bytes, 1, length, job->stream) == length)
        return;
    job->file_error = errno ? errno : EIO;
    png_error(png, "write");
}

static void flush_bytes(png_structp png)
{
    (void)png;
}

static void put_head(struct export *job)
{
    static const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_RGB_ALPHA};
    char text[MAPPING_TEXT];
    png_text chunk = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = (char *)(uintptr_t)MAPPING_KEY, .text = text};
    png_set_user_limits(job->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(job->png, job->info, (png_uint_32)job->rows.width, (png_uint_32)job->rows.height,
                 (int)job->mapping.depth, types[job->image.samples - 1], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    mapping_write(&job->mapping, text);
    chunk.text_length = strlen(text);
    if (text[0])
        png_set_text(job->png, job->info, &chunk, 1);
    png_write_info(job->png, job->info);
}

/* The zlib header (RFC 1950): deflate, 32 KiB, and the level as a hint; the sum is a multiple of 31. */
static void put_band(struct export *job, const struct band *band, bool is_first, bool is_last)
{
    int level = job->settings->level;
    unsigned hint = level < 2 ? 0 : level < 6 ? 1 : level == 6 ? 2 : 3;
    unsigned char head[2] = {0x78, (unsigned char)(hint << 6)}, tail[4];
    head[1] = (unsigned char)(head[1] + 31 - (head[0] * 256 + head[1]) % 31);
    job->adler = is_first ? band->adler : (uint32_t)adler32_combine(job->adler, band->adler, (z_off_t)band->plain);
    for (int i = 0; i < 4; i++)
        tail[i] = (unsigned char)(job->adler >> (24 - 8 * i));
    png_write_chunk_start(job->png, (png_const_bytep) "IDAT",
                          (png_uint_32)(band->length + (is_first ? 2 : 0) + (is_last ? 4 : 0)));
    if (is_first)
        png_write_chunk_data(job->png, head, sizeof head);
    png_write_chunk_data(job->png, band->out, band->length);
    if (is_last)
        png_write_chunk_data(job->png, tail, sizeof tail);
    png_write_chunk_end(job->png);
    if (is_last)
        png_write_chunk(job->png, (png_const_bytep) "IEND", NULL, 0);
}

/* Under the lock. */
static bool write_band(struct export *job, const struct band *band, uint64_t number)
{
    if (setjmp(png_jmpbuf(job->png)))
        return false;
    if (number == 0)
        put_head(job);
    put_band(job, band, number == 0, number + 1 == job->bands);
    return true;
}

static void fail(struct export *job, mmv_status status)
{
    pthread_mutex_lock(&job->lock);
    if (!job->failed && status) {
        job->error = *mmv_last_error();
        job->has_error = true;
    }
    job->failed = true;
    pthread_cond_broadcast(&job->turned);
    pthread_mutex_unlock(&job->lock);
}

/* Under the lock: those that are next, as far as they are ready. */
static void write_ready(struct export *job)
{
    while (!job->failed && job->turn < job->bands && job->is_ready[job->turn % job->places]) {
        job->failed = !write_band(job, &job->waiting[job->turn % job->places], job->turn);
        job->is_ready[job->turn % job->places] = false;
        job->turn++;
    }
}

/* The band is the export's then, and *band another one's room. */
static void deliver(struct export *job, struct band *band, uint64_t number)
{
    pthread_mutex_lock(&job->lock);
    while (number - job->turn >= job->places && !job->failed)
        pthread_cond_wait(&job->turned, &job->lock);
    if (!job->failed) {
        struct band *place = &job->waiting[number % job->places], room = *place;
        *place = *band;
        *band = room;
        /* Filtered rows are not needed any more: their room stays with the thread. */
        band->filtered = place->filtered;
        band->filtered_room = place->filtered_room;
        place->filtered = NULL;
        place->filtered_room = 0;
        job->is_ready[number % job->places] = true;
        write_ready(job);
    }
    job->written = mmv_min(job->rows.height, job->turn * job->band_rows);
    if (!progress_tick(job->written * job->row, &job->progress))
        job->failed = true;
    pthread_cond_broadcast(&job->turned);
    pthread_mutex_unlock(&job->lock);
}

/* A thread's room. */
struct worker {
    struct export *job;
    pthread_t thread;
    bool started;
};

static bool has_failed(struct export *job)
{
    pthread_mutex_lock(&job->lock);
    bool failed = job->failed;
    pthread_mutex_unlock(&job->lock);
    return failed;
}

static void *work(void *user)
{
    struct export *job = ((struct worker *)user)->job;
    struct band band = {0};
    mmv_cursor cursor = {0};
    size_t rows = (size_t)job->band_rows;
    unsigned char *picture = malloc((rows + 1) * job->row);
    unsigned char *samples = malloc((size_t)job->rows.width * mmi_image_pixel(&job->image));
    mmv_status status = picture && samples ? mmv_cursor_open(job->pool, job->file.map, &cursor)
                                           : mmv_error_set(MMV_ENOMEM, ENOMEM, "export");
    uint64_t number = 0;
    while (status == MMV_OK && !has_failed(job) && (number = atomic_fetch_add(&job->next, 1)) < job->bands) {
        uint64_t first = number * job->band_rows, end = mmv_min(job->rows.height, first + job->band_rows);
        uint64_t from = first ? first - 1 : 0; /* with the row above */
        for (uint64_t y = from; y < end && status == MMV_OK; y++)
            status = take_row(job, &cursor, y, samples, picture + (size_t)(y - from) * job->row);
        /* With the guard on, a file that became shorter gave zeros: the release tells. */
        if (status == MMV_OK)
            status = mmv_release(&cursor);
        if (status == MMV_OK &&
            !band_compress(&band, picture + (size_t)(first - from) * job->row, (size_t)(end - first), job->row,
                           job->pixel, first ? picture : NULL, job->settings->level, number + 1 == job->bands))
            status = mmv_error_set(MMV_ENOMEM, ENOMEM, "compress");
        if (status == MMV_OK)
            deliver(job, &band, number);
    }
    if (status != MMV_OK)
        fail(job, status);
    mmv_cursor_close(&cursor);
    band_drop(&band);
    free(picture);
    free(samples);
    return NULL;
}

/* In the sandbox, which the threads share. */
static int draw(void *user)
{
    struct export *job = user;
    unsigned threads = (unsigned)mmv_min(job->settings->how.threads, job->bands);
    struct worker *workers = calloc(threads, sizeof *workers);
    job->places = (size_t)PLACES * threads;
    job->waiting = calloc(job->places, sizeof *job->waiting);
    job->is_ready = calloc(job->places, sizeof *job->is_ready);
    if (!workers || !job->waiting || !job->is_ready) {
        free(workers);
        mmv_error_set(MMV_ENOMEM, ENOMEM, "export");
        fail(job, MMV_ENOMEM);
        return 0;
    }
    for (unsigned i = 1; i < threads; i++) {
        workers[i].job = job;
        workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
    }
    workers[0].job = job;
    work(&workers[0]);
    for (unsigned i = 1; i < threads; i++)
        if (workers[i].started)
            pthread_join(workers[i].thread, NULL);
    free(workers);
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int explain(struct export *job)
{
    char line[512];
    if (!job->failed)
        return TOOL_DONE;
    if (signals_stop())
        return TOOL_FAILED;
    if (job->has_error) {
        mmv_error_format(&job->error, line, sizeof line);
        return console_error(job->console, NULL, "%s", line);
    }
    return console_error(job->console, job->output.path, "cannot write it: %s",
                         job->file_error ? strerror(job->file_error) : job->complaint);
}

static int make_picture(struct export *job)
{
    const mmv_pool_options pool = {.max_mapped = job->settings->how.max_mapped};
    int descriptor = dup(job->output.descriptor);
    job->stream = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    job->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, job, on_error, on_warning);
    job->info = job->png ? png_create_info_struct(job->png) : NULL;
    if (!job->stream || !job->info)
        return console_error(job->console, job->output.path, "not enough memory");
    if (mmv_pool_create(&pool, &job->pool) != MMV_OK)
        return console_failure(job->console, job->file.path);
    png_set_write_fn(job->png, job, write_bytes, flush_bytes);
    sandbox_call(draw, job, NULL);
    if (!job->failed && fflush(job->stream) != 0) {
        job->file_error = errno;
        job->failed = true;
    }
    return explain(job);
}

static int report(const struct export *job, uint64_t size, double seconds)
{
    char from[SIZES_TEXT], to[SIZES_TEXT];
    uint64_t bytes = job->rows.height * job->row;
    console_summary(job->console, job->output.path, "%" PRIu64 " x %" PRIu64 " pixels, %s as %s in %.3g s",
                    job->rows.width, job->rows.height, sizes_text(bytes, from), sizes_text(size, to), seconds);
    if (!job->settings->report.json)
        return TOOL_DONE;
    const struct report_subject subject = {job->file.path, 0, job->file.length, job->rows.width * job->rows.height,
                                           NULL};
    struct report sum = {0};
    struct json json;
    sum.sum.bytes = bytes;
    sum.sum.seconds = seconds;
    sum.sum.threads = job->settings->how.threads;
    report_json_begin(&json, job->console, &subject, &sum);
    json_text(&json, "output", job->output.path);
    json_count(&json, "width", job->rows.width);
    json_count(&json, "height", job->rows.height);
    json_count(&json, "depth", job->mapping.depth);
    json_count(&json, "output_bytes", size);
    return report_json_end(&json, job->console);
}

int export_picture(const struct png_settings *settings, const struct console *console)
{
    struct export job = {.settings = settings, .console = console, .output = OUTPUT_NONE};
    const struct output_wish wish = {settings->out, NULL, &job.file.info, settings->force};
    struct timespec begin, end;
    struct file_facts info;
    pthread_mutex_init(&job.lock, NULL);
    pthread_cond_init(&job.turned, NULL);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int status = image_file_open(&job.file, console, settings->in, &settings->pixels, MMV_READ);
    if (status == TOOL_DONE)
        status = fit(&job);
    if (status == TOOL_DONE)
        status = output_plan(&job.output, console, &wish);
    if (status == TOOL_DONE)
        status = choose_mapping(&job);
    if (status == TOOL_DONE)
        status = output_create(&job.output, console);
    if (status == TOOL_DONE) {
        progress_start(&job.progress, console, settings->report.progress, job.file.path, job.rows.height * job.row);
        status = make_picture(&job);
        progress_end(&job.progress);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    uint64_t size = status == TOOL_DONE && file_look(job.output.descriptor, &info) == 0 ? info.size : 0;
    if (status == TOOL_DONE)
        status = output_publish(&job.output, console, 0666, settings->sync);
    if (status == TOOL_DONE)
        status = report(&job, size, (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    if (job.png)
        png_destroy_write_struct(&job.png, &job.info);
    if (job.stream)
        fclose(job.stream);
    for (size_t i = 0; job.waiting && i < job.places; i++)
        band_drop(&job.waiting[i]);
    free(job.waiting);
    free(job.is_ready);
    mmv_pool_destroy(&job.pool);
    image_file_close(&job.file);
    output_discard(&job.output);
    pthread_cond_destroy(&job.turned);
    pthread_mutex_destroy(&job.lock);
    return status;
}
