/* SPDX-License-Identifier: MIT */
#ifndef MMREC_CACHE_H
#define MMREC_CACHE_H

/*
 * cache: what compilers made, kept in the user's folder for caches.
 *
 * It is code that will run: only what this user alone can have written is taken. A file is found by a digest of its
 * key, and has all of the key, which is compared.
 */

#include "kit/os/folder.h"
#include "mmrec/compiler.h"

struct cache {
    int folder; /* -1 = there is none: nothing is kept */
    char name[40];
    const char *key; /* the caller's: all that the bytes depend on */
    const char *why; /* there is none; "" = there is */
};

/* cache_open() - the folder, which is made when it is not there. Never fails: without one nothing is kept. */
void cache_open(struct cache *cache, const char *key);
void cache_close(struct cache *cache);

/* cache_get() - what is kept under the key; false when there is nothing that can be used. */
bool cache_get(const struct cache *cache, struct object *object_ret);

/* cache_put() - keep it, if possible. Whoever looks sees all of it or nothing. */
void cache_put(const struct cache *cache, const struct object *object);

#endif
