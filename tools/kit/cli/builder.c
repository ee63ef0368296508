/* SPDX-License-Identifier: MIT */
/* builder: see builder.h. */
#include "kit/cli/builder.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 512

static void append(struct builder *builder, const char *piece, size_t length)
{
    if (builder->length + length + 1 > builder->room) {
        size_t room = 2 * (builder->room + length + PIECE);
        char *bytes = realloc(builder->bytes, room);
        builder->failed = builder->failed || bytes == NULL;
        if (bytes == NULL)
            return;
        builder->bytes = bytes;
        builder->room = room;
    }
    memcpy(builder->bytes + builder->length, piece, length);
    builder->length += length;
    builder->bytes[builder->length] = '\0';
}

void builder_add(struct builder *builder, const char *format, ...)
{
    char piece[PIECE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof piece);
    append(builder, piece, (size_t)length);
}

void builder_put(struct builder *builder, const char *piece)
{
    append(builder, piece, strlen(piece));
}

char *builder_take(struct builder *builder)
{
    char *bytes = builder->bytes;
    if (builder->failed) {
        free(bytes);
        bytes = NULL;
    }
    *builder = (struct builder){0};
    return bytes;
}
