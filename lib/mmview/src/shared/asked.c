/* SPDX-License-Identifier: MIT */
/* asked.c - what is asked for under a name: whether it can be, whatever is there, and what it is called. */

#include "shared/names.h"

#include "base/error.h"
#include "os/sync.h"

#include <stdio.h>
#include <string.h>

static const char magic[8] = {'\x89', 'm', 'm', 'v', 'i', 'e', 'w', '\n'};

mmv__header mmv__header_of(mmv_shared_kind kind, uint64_t size)
{
    mmv__header header = {.version = MMV__OBJECT_VERSION, .kind = (uint32_t)kind, .size = size};
    memcpy(header.magic, magic, sizeof magic);
    /* A file's name means the same to everybody; a lock of the C library does not. */
    header.word = kind == MMV_SHARED_FILE ? 0 : (uint32_t)sizeof(void *) * 8;
    return header;
}

bool mmv__header_begins(const void *bytes)
{
    return memcmp(bytes, magic, sizeof magic) == 0;
}

const char *mmv_shared_kind_name(mmv_shared_kind kind)
{
    static const char *const names[] = {"map", "file", "mutex", "event", "semaphore", "channel", "unknown"};
    return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

/* An object that its owner cannot read could never be looked at again. */
bool mmv__is_object_mode(unsigned permissions)
{
    return permissions <= 0777 && (permissions & 0400u);
}

mmv_status mmv__wish_check_new(const mmv__wish *wish)
{
    if (!mmv__is_object_mode(wish->options->permissions ? wish->options->permissions : 0600))
        return mmv_error_set_parameter(MMV_EINVAL, wish->operation, "permissions");
    if (wish->size == 0 || wish->size > MMV__LIFE)
        return mmv_error_set_parameter(MMV_ERANGE, wish->operation, "capacity");
    return MMV_OK;
}

bool mmv__wish_limits(const mmv__wish *wish)
{
    return wish->kind == MMV_SHARED_MAP && wish->options->limits && !wish->writing;
}

mmv_status mmv__wish_check(const mmv__wish *wish)
{
    unsigned mode = (unsigned)wish->options->mode;
    if (mode > MMV_CREATE_NEW || mode == MMV_CREATE)
        return mmv_error_set_parameter(MMV_EINVAL, wish->operation, "mode");
    if (MMV__CHECK_RESERVED(wish->options, wish->operation) != MMV_OK)
        return MMV_EINVAL;
    if (wish->options->limits > 1)
        return mmv_error_set_parameter(MMV_EINVAL, wish->operation, "limits");
    if (!mmv__is_object_name(wish->name))
        return mmv_error_set_parameter(MMV_EINVAL, wish->operation, "name");
    /* Before anything is looked for: a wish that could never be made is wrong whatever is there. */
    return mode == MMV_OPEN_EXISTING ? MMV_OK : mmv__wish_check_new(wish);
}

mmv_status mmv__fail_kind(const mmv__wish *wish, const char *path, mmv_shared_kind kind)
{
    char words[80];
    snprintf(words, sizeof words, "is of the kind %s, not %s", mmv_shared_kind_name(kind),
             mmv_shared_kind_name(wish->kind));
    return mmv__fail_detail(MMV_EKIND, wish->operation, path, words);
}

mmv_status mmv__header_check(const mmv__header *header, const mmv__wish *wish, const char *path, uint64_t size,
                             mmv_shared_kind *kind_ret)
{
    char words[80];
    *kind_ret = header->kind < MMV_SHARED_UNKNOWN ? (mmv_shared_kind)header->kind : MMV_SHARED_UNKNOWN;
    if (header->version != (*kind_ret == MMV_SHARED_MAP ? 0 : MMV__OBJECT_VERSION))
        return mmv__fail_detail(MMV_EVERSION, wish->operation, path, "made by another version of the library");
    bool fits = *kind_ret == wish->kind || (wish->kind == MMV_SHARED_MAP && *kind_ret == MMV_SHARED_FILE);
    if (!fits)
        return mmv__fail_kind(wish, path, *kind_ret);
    snprintf(words, sizeof words, "belongs to processes of %u bits", (unsigned)header->word);
    if (header->word && header->word != sizeof(void *) * 8)
        return mmv__fail_detail(MMV_EVERSION, wish->operation, path, words);
    if (header->space && header->space != mmv__os_process_space())
        return mmv__fail_detail(MMV_EVERSION, wish->operation, path, "belongs to processes of another container");
    if (*kind_ret != MMV_SHARED_MAP && header->size != size)
        return mmv__fail_path_at(MMV_ETRUNC, 0, wish->operation, path, size);
    return MMV_OK;
}

mmv_status mmv__as_taken(mmv_status status, const mmv__wish *wish, const char *path)
{
    bool refused = status == MMV_EACCES || status == MMV_EKIND || status == MMV_EVERSION || status == MMV_ETRUNC;
    if (wish->options->mode != MMV_CREATE_NEW || !refused)
        return status;
    mmv_error error = *mmv_last_error();
    return mmv__fail_detail(MMV_EEXIST, wish->operation, path, error.detail[0] ? error.detail : "exists already");
}
