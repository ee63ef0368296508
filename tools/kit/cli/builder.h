/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BUILDER_H
#define TOOLS_BUILDER_H

/* builder: a text of any length, piece by piece. Zero bytes are an empty one. */

#include <stdbool.h>
#include <stddef.h>

#include "kit/os/format.h"

struct builder {
    char *bytes; /* ended by a zero; NULL = nothing was added. The caller's, for free(3) */
    size_t length, room;
    bool failed; /* there was no memory for a piece: the text is not whole */
};

/* builder_add() - a formatted piece of less than 512 bytes. */
PRINTF_FORMAT(2, 3) void builder_add(struct builder *builder, const char *format, ...);

/* builder_put() - a piece of any length, as it is. */
void builder_put(struct builder *builder, const char *piece);

/* builder_take() - the whole text, for free(3); NULL = no memory. The builder is empty then. */
char *builder_take(struct builder *builder);

#endif
