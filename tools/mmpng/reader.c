/* SPDX-License-Identifier: MIT */
/*
 * reader: see reader.h.
 *
 * 1. libpng jumps back into the function that called it, so nothing that must be freed is in its frame. No assert is
 *    possible.
 * 2. What libpng makes room for was checked by the caller before: rows have reader_row_bytes(). A file can break that,
 *    so it is an error, not an assert.
 */
#include "mmpng/reader.h"

#include <errno.h>
#include <string.h>

/* Of chunks that are not pixels: text, profiles. */
#define CHUNK_MAX (8 * 1024 * 1024)
#define CHUNKS_MAX 128

static void on_error(png_structp png, png_const_charp message)
{
    struct reader *reader = png_get_error_ptr(png);
    snprintf(reader->complaint, sizeof reader->complaint, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep bytes, size_t length)
{
    struct reader *reader = png_get_io_ptr(png);
    if (fread(bytes, 1, length, reader->stream) == length)
        return;
    bool ended = feof(reader->stream);
    reader->file_error = ended ? 0 : errno;
    png_error(png, ended ? "the file ends too early" : "read");
}

/* ---- the head ---------------------------------------------------------------------------------------------------- */

/* 8 or 16 bits per sample, and colours instead of their numbers. */
static void set_transformations(struct reader *reader)
{
    png_structp png = reader->png;
    int type = png_get_color_type(png, reader->head);
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, reader->head) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, reader->head, PNG_INFO_tRNS))
        png_set_tRNS_to_alpha(png);
}

static void find_mapping(struct reader *reader, unsigned depth)
{
    png_textp texts = NULL;
    int count = 0;
    png_get_text(reader->png, reader->head, &texts, &count);
    mmi_type_parse(depth == 8 ? "u8" : "u16", &reader->mapping.type);
    reader->mapping.depth = depth;
    for (int i = 0; i < count; i++)
        if (texts[i].key && texts[i].text && strcmp(texts[i].key, MAPPING_KEY) == 0 &&
            strlen(texts[i].text) < MAPPING_TEXT)
            mapping_read(texts[i].text, depth, &reader->mapping);
}

bool reader_look(struct reader *reader)
{
    if (setjmp(png_jmpbuf(reader->png)))
        return false;
    png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(reader->png, CHUNK_MAX);
    png_set_chunk_cache_max(reader->png, CHUNKS_MAX);
    png_set_read_fn(reader->png, reader, read_bytes);
    png_read_info(reader->png, reader->head);
    reader->width = png_get_image_width(reader->png, reader->head);
    reader->height = png_get_image_height(reader->png, reader->head);
    reader->interlaced = png_get_interlace_type(reader->png, reader->head) != PNG_INTERLACE_NONE;
    set_transformations(reader);
    /* Before libpng makes room for rows: how long they are is the file's word so far. */
    int type = png_get_color_type(reader->png, reader->head);
    bool alpha = (type & PNG_COLOR_MASK_ALPHA) || png_get_valid(reader->png, reader->head, PNG_INFO_tRNS);
    reader->samples = (type & PNG_COLOR_MASK_COLOR ? 3u : 1u) + alpha;
    find_mapping(reader, png_get_bit_depth(reader->png, reader->head) == 16 ? 16 : 8);
    return true;
}

/* ---- the rows ---------------------------------------------------------------------------------------------------- */

size_t reader_row_bytes(const struct reader *reader)
{
    return (size_t)reader->width * reader->samples * (reader->mapping.depth / 8);
}

/* Both return whether all rows were taken. */
static bool read_plain(struct reader *reader, unsigned char *room, reader_row_fn *fn, void *user)
{
    struct reader_row row = {.step = 1, .count = reader->width, .pixels = room};
    for (; row.y < reader->height; row.y++) {
        png_read_row(reader->png, room, NULL);
        if (!fn(user, &row))
            return false;
    }
    return true;
}

static bool read_interlaced(struct reader *reader, unsigned char *room, reader_row_fn *fn, void *user)
{
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        uint64_t columns = PNG_PASS_COLS(reader->width, pass), rows = PNG_PASS_ROWS(reader->height, pass);
        struct reader_row row = {.x = PNG_PASS_START_COL(pass),
                                 .step = (uint64_t)1 << PNG_PASS_COL_SHIFT(pass),
                                 .count = columns,
                                 .pixels = room};
        for (uint64_t y = 0; y < rows && columns > 0; y++) {
            png_read_row(reader->png, room, NULL);
            row.y = PNG_ROW_FROM_PASS_ROW(y, pass);
            if (!fn(user, &row))
                return false;
        }
    }
    return true;
}

bool reader_rows(struct reader *reader, unsigned char *room, reader_row_fn *fn, void *user)
{
    if (setjmp(png_jmpbuf(reader->png)))
        return false;
    /* What libpng makes of the rows must be what the limits were checked for. */
    png_read_update_info(reader->png, reader->head);
    if (png_get_rowbytes(reader->png, reader->head) != reader_row_bytes(reader))
        png_error(reader->png, "rows of another length than the head says");
    if (reader->interlaced ? read_interlaced(reader, room, fn, user) : read_plain(reader, room, fn, user))
        png_read_end(reader->png, NULL);
    return true;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static int open_stream(struct reader *reader, const struct console *console, const char *path)
{
    int descriptor;
    int error = file_open(path, FILE_READ, true, &descriptor);
    if (error)
        return console_error(console, path, "%s", strerror(error));
    bool is_file = file_look(descriptor, &reader->info) == 0 && reader->info.kind == FILE_REGULAR;
    if (file_stream(descriptor, "rb", &reader->stream) != 0)
        reader->stream = NULL;
    file_close(descriptor);
    if (!reader->stream)
        return console_error(console, path, "not enough memory");
    return is_file ? TOOL_DONE : console_error(console, path, "is not a regular file");
}

int reader_open(struct reader *reader, const struct console *console, const char *path)
{
    int status = open_stream(reader, console, path);
    if (status != TOOL_DONE)
        return status;
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
    reader->head = reader->png ? png_create_info_struct(reader->png) : NULL;
    return reader->head ? TOOL_DONE : console_error(console, path, "not enough memory");
}

const char *reader_complaint(const struct reader *reader)
{
    return reader->file_error ? strerror(reader->file_error) : reader->complaint;
}

void reader_close(struct reader *reader)
{
    if (reader->png)
        png_destroy_read_struct(&reader->png, &reader->head, NULL);
    if (reader->stream)
        fclose(reader->stream);
}
