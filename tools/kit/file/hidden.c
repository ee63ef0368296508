/* SPDX-License-Identifier: MIT */
/* hidden: see hidden.h. */
#include "kit/file/hidden.h"

#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kit/cli/fnv.h"
#include "kit/os/machine.h"

/* How much of a name is kept of 'most' bytes. */
static int front_of(const char *name, size_t most)
{
    size_t length = strlen(name);
    if (length <= most)
        return (int)length;
    /* Bytes 10xxxxxx go on with a character: some file systems refuse half of one. */
    while (most > 0 && ((unsigned char)name[most] & 0xc0) == 0x80)
        most--;
    return (int)most;
}

void hidden_random(const char *name, char hidden[HIDDEN_NAME])
{
    snprintf(hidden, HIDDEN_NAME, ".%.*s.%016" PRIx64, front_of(name, NAME_MAX - 18), name, machine_random());
}

void hidden_fixed(const char *name, const char *ending, char hidden[HIDDEN_NAME])
{
    size_t rest = strlen(ending) + 2, most = NAME_MAX - rest;
    char sum[24] = "";
    assert(rest + 17 < NAME_MAX);
    if (strlen(name) > most)
        snprintf(sum, sizeof sum, ".%016" PRIx64, fnv_add(FNV_BEGIN, name, strlen(name)));
    int length = snprintf(hidden, HIDDEN_NAME, ".%.*s%s.%s", front_of(name, most - strlen(sum)), name, sum, ending);
    assert(length > 0 && length <= NAME_MAX);
    (void)length;
}
