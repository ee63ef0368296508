/* SPDX-License-Identifier: MIT */
/* writer: see writer.h. */
#include "mmpng/writer.h"

#include <errno.h>
#include <string.h>

#include <zlib.h>

#include "kit/os/file.h"

static void on_error(png_structp png, png_const_charp message)
{
    struct writer *writer = png_get_error_ptr(png);
    snprintf(writer->complaint, sizeof writer->complaint, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t length)
{
    struct writer *writer = png_get_io_ptr(png);
    if (fwrite(bytes, 1, length, writer->stream) == length)
        return;
    writer->file_error = errno ? errno : EIO;
    png_error(png, "write");
}

static void flush_bytes(png_structp png)
{
    (void)png;
}

static void put_head(struct writer *writer)
{
    static const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_RGB_ALPHA};
    char text[MAPPING_TEXT];
    png_text chunk = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = (char *)(uintptr_t)MAPPING_KEY, .text = text};
    png_set_user_limits(writer->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(writer->png, writer->info, (png_uint_32)writer->drawing->rows.width,
                 (png_uint_32)writer->drawing->rows.height, (int)writer->drawing->mapping.depth,
                 types[writer->drawing->samples - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    mapping_write(&writer->drawing->mapping, text);
    chunk.text_length = strlen(text);
    if (text[0])
        png_set_text(writer->png, writer->info, &chunk, 1);
    png_write_info(writer->png, writer->info);
}

/* The zlib header (RFC 1950): deflate, 32 KiB, and the level as a hint; the sum is a multiple of 31. */
static void put_band(struct writer *writer, const struct band *band, bool is_first, bool is_last)
{
    int level = writer->drawing->settings->level;
    unsigned hint = level < 2 ? 0 : level < 6 ? 1 : level == 6 ? 2 : 3;
    unsigned char head[2] = {0x78, (unsigned char)(hint << 6)}, tail[4];
    head[1] = (unsigned char)(head[1] + 31 - (head[0] * 256 + head[1]) % 31);
    writer->adler =
        is_first ? band->adler : (uint32_t)adler32_combine(writer->adler, band->adler, (z_off_t)band->plain);
    for (int i = 0; i < 4; i++)
        tail[i] = (unsigned char)(writer->adler >> (24 - 8 * i));
    png_write_chunk_start(writer->png, (png_const_bytep) "IDAT",
                          (png_uint_32)(band->length + (is_first ? 2 : 0) + (is_last ? 4 : 0)));
    if (is_first)
        png_write_chunk_data(writer->png, head, sizeof head);
    png_write_chunk_data(writer->png, band->out, band->length);
    if (is_last)
        png_write_chunk_data(writer->png, tail, sizeof tail);
    png_write_chunk_end(writer->png);
    if (is_last)
        png_write_chunk(writer->png, (png_const_bytep) "IEND", NULL, 0);
}

bool writer_put(struct writer *writer, const struct band *band, uint64_t number)
{
    if (setjmp(png_jmpbuf(writer->png)))
        return false;
    if (number == 0)
        put_head(writer);
    put_band(writer, band, number == 0, number + 1 == writer->drawing->bands);
    return true;
}

bool writer_open(struct writer *writer, const struct drawing *drawing, int descriptor)
{
    *writer = (struct writer){.drawing = drawing};
    if (file_stream(descriptor, "wb", &writer->stream) != 0)
        return false;
    writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
    writer->info = writer->png ? png_create_info_struct(writer->png) : NULL;
    if (!writer->info)
        return false;
    png_set_write_fn(writer->png, writer, write_bytes, flush_bytes);
    return true;
}

bool writer_flush(struct writer *writer)
{
    if (fflush(writer->stream) == 0)
        return true;
    writer->file_error = errno;
    return false;
}

const char *writer_complaint(const struct writer *writer)
{
    return writer->file_error ? strerror(writer->file_error) : writer->complaint;
}

void writer_close(struct writer *writer)
{
    if (writer->png)
        png_destroy_write_struct(&writer->png, &writer->info);
    if (writer->stream)
        fclose(writer->stream);
    writer->stream = NULL;
}
