/* SPDX-License-Identifier: MIT */
/*
 * cache: see cache.h.
 *
 *     $XDG_CACHE_HOME or ~/.cache     made when it is not there, and else as it is
 *       mmrec/                        0700, and the effective user's: else it is not used
 *         0123456789abcdef.code       0600, the same owner, one name, no link; looked at through its descriptor:
 *                                         "mmrec code 1\n" key length, object length, object's digest; key; object
 *
 * The bytes are read once, through the descriptor that was looked at, and run from memory (kit/os/library.h). Nobody
 * can exchange them between the look and the use, and the folder may lie where nothing can be executed.
 *
 * 1. Under sudo nothing is read or kept: the folder would be another user's. No assert: it is one line of cache_open().
 */
#include "mmrec/cache.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/machine.h"
#include "kit/os/process.h"

#define HEAD 80            /* bytes of a file before the key */
#define LARGEST (64 << 20) /* of a file that is believed */

/* FNV-1a. It finds files, and finds out bytes that a crash has lost; the key itself decides. */
static uint64_t digest(const char *bytes, size_t length)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return sum;
}

/* ---- the folder -------------------------------------------------------------------------------------------------- */

static bool is_mine(const struct file_facts *facts, enum file_kind kind)
{
    return facts->kind == kind && facts->owner == process_user() && (facts->permissions & 077) == 0;
}

/* The folder around it must be this user's: nothing is made in another's. */
static bool find_place(char path[PATH_MAX])
{
    struct file_facts around;
    if (!process_cache(path))
        return false;
    size_t length = strlen(path);
    if (length >= PATH_MAX - 8)
        return false;
    folder_make(path, 0700);
    if (file_look_at(path, true, &around) != 0 || around.owner != process_user())
        return false;
    snprintf(path + length, 8, "/mmrec");
    folder_make(path, 0700);
    return true;
}

static const char *open_folder(int *folder_ret)
{
    char path[PATH_MAX];
    struct file_facts facts;
    if (getenv("SUDO_UID"))
        return "this is another user, by sudo";
    if (!find_place(path) || folder_open(path, false, folder_ret) != 0)
        return "this user has no folder for caches";
    if (file_look(*folder_ret, &facts) == 0 && is_mine(&facts, FILE_FOLDER))
        return "";
    file_close(*folder_ret);
    *folder_ret = -1;
    return "its folder is not this user's alone";
}

void cache_open(struct cache *cache, const char *key)
{
    *cache = (struct cache){.folder = -1, .key = key};
    cache->why = open_folder(&cache->folder);
    snprintf(cache->name, sizeof cache->name, "%016" PRIx64 ".code", digest(key, strlen(key)));
}

void cache_close(struct cache *cache)
{
    if (cache->folder >= 0)
        file_close(cache->folder);
    cache->folder = -1;
}

/* ---- a file ------------------------------------------------------------------------------------------------------ */

static void make_head(char head[HEAD], const char *key, const struct object *object)
{
    memset(head, ' ', HEAD);
    int length = snprintf(head, HEAD, "mmrec code 1\n%zu %zu %016" PRIx64, strlen(key), object->length,
                          digest(object->bytes, object->length));
    head[length] = ' ';
    head[HEAD - 1] = '\n';
}

/* All of the file, whose descriptor was looked at. */
static char *read_file(int descriptor, size_t size)
{
    size_t done = 0;
    char *bytes = malloc(size);
    if (bytes && file_read(descriptor, bytes, size, &done) == 0 && done == size)
        return bytes;
    free(bytes);
    return NULL;
}

/* Of a whole file: the object behind its key. */
static bool take_object(char *bytes, size_t size, const char *key, struct object *object)
{
    size_t key_length = strlen(key);
    char head[HEAD];
    if (size <= HEAD + key_length)
        return false;
    char *begin = bytes + HEAD + key_length;
    const struct object there = {begin, size - HEAD - key_length};
    make_head(head, key, &there);
    if (memcmp(head, bytes, HEAD) != 0 || memcmp(bytes + HEAD, key, key_length) != 0)
        return false;
    memmove(bytes, begin, there.length);
    *object = (struct object){bytes, there.length};
    return true;
}

bool cache_get(const struct cache *cache, struct object *object_ret)
{
    int descriptor;
    struct file_facts facts;
    char *bytes = NULL;
    *object_ret = (struct object){0};
    if (cache->folder < 0 || folder_open_file(cache->folder, cache->name, FILE_READ, &descriptor) != 0)
        return false;
    if (file_look(descriptor, &facts) == 0 && is_mine(&facts, FILE_REGULAR) && facts.links == 1 &&
        facts.size <= LARGEST)
        bytes = read_file(descriptor, (size_t)facts.size);
    file_close(descriptor);
    if (bytes && take_object(bytes, (size_t)facts.size, cache->key, object_ret))
        return true;
    free(bytes);
    return false;
}

static int write_file(int descriptor, const struct cache *cache, const struct object *object)
{
    char head[HEAD];
    make_head(head, cache->key, object);
    int error = file_write(descriptor, head, sizeof head);
    if (error == 0)
        error = file_write(descriptor, cache->key, strlen(cache->key));
    return error == 0 ? file_write(descriptor, object->bytes, object->length) : error;
}

void cache_put(const struct cache *cache, const struct object *object)
{
    char temporary[40];
    int descriptor;
    if (cache->folder < 0)
        return;
    snprintf(temporary, sizeof temporary, ".%016" PRIx64, machine_random());
    if (folder_create_file(cache->folder, temporary, 0600, &descriptor) != 0)
        return;
    int error = write_file(descriptor, cache, object);
    file_close(descriptor);
    if (error != 0 || folder_replace(cache->folder, temporary, cache->name) != 0)
        folder_remove_file(cache->folder, temporary);
}
