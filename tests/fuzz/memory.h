/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

/* memory: an input as the file that a reader of headers asks for bytes. A reader that asks for others ends the target.
 */

#include <string.h>

#include <mmimage/container.h>
#include <mmview/range.h>

#include "fuzz.h"

struct memory {
    const uint8_t *bytes;
    size_t size;
};

static inline mmv_status memory_read(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct memory *memory = user;
    MUST(mmv_range_fits(offset, length, memory->size));
    if (length > 0)
        memcpy(bytes, memory->bytes + offset, length);
    return MMV_OK;
}

static inline mmi_source memory_source(struct memory *memory)
{
    return (mmi_source){memory_read, memory, memory->size};
}

#endif
