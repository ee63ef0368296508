/* SPDX-License-Identifier: MIT */
/*
 * plain_png: what a program does that writes a PNG with libpng and nothing else: one row after the other, on one
 * thread. mmpng export is measured against it.
 *
 *     plain_png LEVEL WIDTH IN OUT      IN: pixels of four little-endian 16-bit samples; filter: Paeth
 */
#include <stdio.h>
#include <stdlib.h>

#include <png.h>

enum { SAMPLES = 4 };

static int put(png_structp png, png_infop info, FILE *in, png_uint_32 width, png_uint_32 height, int level,
               png_bytep row)
{
    if (setjmp(png_jmpbuf(png)))
        return 1;
    png_set_IHDR(png, info, width, height, 16, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    png_set_compression_level(png, level);
    png_write_info(png, info);
    png_set_swap(png);
    for (png_uint_32 y = 0; y < height; y++) {
        if (fread(row, 2 * SAMPLES, width, in) != width)
            return 1;
        png_write_row(png, row);
    }
    png_write_end(png, info);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    png_uint_32 width = (png_uint_32)strtoul(argv[2], NULL, 10);
    FILE *in = fopen(argv[3], "rb"), *out = fopen(argv[4], "wb");
    if (width == 0 || !in || !out || fseek(in, 0, SEEK_END) != 0)
        return 1;
    png_uint_32 height = (png_uint_32)(ftell(in) / (2 * SAMPLES) / width);
    rewind(in);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_bytep row = malloc((size_t)width * 2 * SAMPLES);
    if (!info || !row)
        return 1;
    png_init_io(png, out);
    int result = put(png, info, in, width, height, atoi(argv[1]), row);
    png_destroy_write_struct(&png, &info);
    free(row);
    return fclose(out) != 0 || result;
}
