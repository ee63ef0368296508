/* SPDX-License-Identifier: MIT */
/* squeeze: see squeeze.h. */
#include "kit/undo/squeeze.h"

#if !defined(MMV_ZSTD_SONAME) && !defined(MMV_ZSTD_LINKED)

bool squeeze_can(void)
{
    return false;
}

size_t squeeze_room(size_t length)
{
    return length;
}

size_t squeeze(void **state, void *to, size_t room, const void *from, size_t length)
{
    (void)state, (void)to, (void)room, (void)from, (void)length;
    return 0;
}

void squeeze_drop(void **state)
{
    *state = NULL;
}

bool squeeze_undo(void *to, size_t length, const void *from, size_t packed)
{
    (void)to, (void)length, (void)from, (void)packed;
    return false;
}

#else

#include <assert.h>

#include <zstd.h>

#include "kit/os/library.h"

/* More takes longer than it saves: what is kept is little. */
#define LEVEL 1

/* Every function of zstd that is used here. */
/* clang-format off */
#define FUNCTIONS(X) \
    X(ZSTD_compressBound) \
    X(ZSTD_createCCtx) \
    X(ZSTD_freeCCtx) \
    X(ZSTD_compressCCtx) \
    X(ZSTD_decompress) \
    X(ZSTD_isError)
/* clang-format on */

#define POINTER(name) __typeof__(&name) name##_;
static struct {
    bool asked, loaded;
    FUNCTIONS(POINTER)
} lib;

bool squeeze_can(void)
{
    if (lib.asked)
        return lib.loaded;
    lib.asked = true;
#ifdef MMV_ZSTD_LINKED
    lib.loaded = true;
#define FIND(name) lib.name##_ = name;
#else
    void *library = library_open(MMV_ZSTD_SONAME, false);
    lib.loaded = library != NULL;
#define FIND(name) lib.loaded = lib.loaded && library_find(library, #name, &lib.name##_);
#endif
    FUNCTIONS(FIND)
    return lib.loaded;
}

size_t squeeze_room(size_t length)
{
    assert(lib.loaded);
    return lib.ZSTD_compressBound_(length);
}

size_t squeeze(void **state, void *to, size_t room, const void *from, size_t length)
{
    if (!*state)
        *state = lib.ZSTD_createCCtx_();
    if (!*state)
        return 0;
    size_t packed = lib.ZSTD_compressCCtx_(*state, to, room, from, length, LEVEL);
    return lib.ZSTD_isError_(packed) ? 0 : packed;
}

void squeeze_drop(void **state)
{
    if (*state)
        lib.ZSTD_freeCCtx_(*state);
    *state = NULL;
}

bool squeeze_undo(void *to, size_t length, const void *from, size_t packed)
{
    return lib.loaded && lib.ZSTD_decompress_(to, length, from, packed) == length;
}

#endif
