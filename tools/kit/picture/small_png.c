/* SPDX-License-Identifier: MIT */
/* small_png: see small_png.h. */
#include "kit/picture/small_png.h"

#if !defined(MMV_PNG_SONAME) && !defined(MMV_PNG_LINKED)

#include <errno.h>

bool small_png_can(void)
{
    return false;
}

bool small_png_write(const struct small_png *picture, int descriptor)
{
    (void)picture;
    (void)descriptor;
    errno = ENOSYS;
    return false;
}

#else

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "kit/os/file.h"
#include "kit/os/library.h"

/* Every function of libpng that is used here. */
/* clang-format off */
#define FUNCTIONS(X) \
    X(png_create_write_struct) \
    X(png_create_info_struct) \
    X(png_destroy_write_struct) \
    X(png_set_longjmp_fn) \
    X(png_init_io) \
    X(png_set_IHDR) \
    X(png_set_text) \
    X(png_write_info) \
    X(png_write_row) \
    X(png_write_end)
/* clang-format on */

#define POINTER(name) __typeof__(&name) name##_;
static struct {
    bool asked, loaded;
    FUNCTIONS(POINTER)
} lib;

/* Before any thread is started. */
bool small_png_can(void)
{
    if (lib.asked)
        return lib.loaded;
    lib.asked = true;
#ifdef MMV_PNG_LINKED
    lib.loaded = true;
#define FIND(name) lib.name##_ = name;
#else
    void *library = library_open(MMV_PNG_SONAME, false);
    lib.loaded = library != NULL;
#define FIND(name) lib.loaded = lib.loaded && library_find(library, #name, &lib.name##_);
#endif
    FUNCTIONS(FIND)
    return lib.loaded;
}

static void on_error(png_structp png, png_const_charp message)
{
    (void)message;
    errno = errno ? errno : EIO;
    /* libpng's own way back: png_error() must not return, and with no jump set it ends the process. */
    longjmp(*lib.png_set_longjmp_fn_(png, longjmp, sizeof(jmp_buf)), 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void put_texts(const struct small_png *picture, png_structp png, png_infop info)
{
    const struct {
        const char *key, *text;
    } texts[] = {{"Title", picture->title}, {"Comment", picture->comment}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        png_text chunk = {.compression = PNG_TEXT_COMPRESSION_NONE,
                          .key = (char *)(uintptr_t)texts[i].key,
                          .text = (char *)(uintptr_t)texts[i].text,
                          .text_length = strlen(texts[i].text)};
        lib.png_set_text_(png, info, &chunk, 1);
    }
}

static bool put_picture(const struct small_png *picture, png_structp png, png_infop info, FILE *file)
{
    size_t row = (size_t)picture->width * picture->samples;
    if (setjmp(*lib.png_set_longjmp_fn_(png, longjmp, sizeof(jmp_buf))))
        return false;
    lib.png_init_io_(png, file);
    lib.png_set_IHDR_(png, info, picture->width, picture->height, 8,
                      picture->samples == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    put_texts(picture, png, info);
    lib.png_write_info_(png, info);
    for (uint32_t y = 0; y < picture->height; y++)
        lib.png_write_row_(png, picture->pixels + y * row);
    lib.png_write_end_(png, info);
    return true;
}

bool small_png_write(const struct small_png *picture, int descriptor)
{
    FILE *file = NULL;
    int error = file_stream(descriptor, "wb", &file);
    png_structp png = NULL;
    png_infop info = NULL;
    errno = error;
    if (file && small_png_can())
        png = lib.png_create_write_struct_(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
    if (png)
        info = lib.png_create_info_struct_(png);
    bool fine = info && put_picture(picture, png, info, file);
    if (png)
        lib.png_destroy_write_struct_(&png, &info);
    if (file)
        fine = fclose(file) == 0 && fine;
    return fine;
}

#endif
