/* SPDX-License-Identifier: MIT */
/*
 * object.c - see object.h. An object is complete before it has its name (names.h, 3): it begins in a mapping of its
 * own.
 */

#include "shared/object.h"

#include "base/error.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <errno.h>
#include <string.h>

#define LONGEST_SLEEP 1.0 /* seconds, then the sleeper looks whether the memory is still there */

static int map_memory(int descriptor, size_t size, mmv__header **header_ret)
{
    void *address = NULL;
    int error = mmv__os_map(size, MMV_READ_WRITE, descriptor, 0, &address);
    *header_ret = address;
    return error;
}

static void drop(mmv__begun *begun)
{
    if (!begun || !begun->header)
        return;
    begun->drop(begun->header);
    mmv__os_unmap(begun->header, begun->size);
    begun->header = NULL;
}

static int begin_object(int descriptor, const mmv__wish *wish)
{
    const mmv__object_kind *what = wish->user;
    mmv__header *header;
    /* Of an earlier try: somebody was faster, and has gone again. */
    drop(what->begun);
    int error = map_memory(descriptor, (size_t)wish->size, &header);
    if (error)
        return error;
    *header = mmv__header_of(wish->kind, wish->size);
    header->space = mmv__os_process_space();
    error = what->begin(header, what->user);
    if (error == 0 && what->begun) {
        what->begun->header = header;
        what->begun->size = (size_t)wish->size;
    } else
        mmv__os_unmap(header, (size_t)wish->size);
    return error;
}

/* Where the object is mapped: where it has begun, if it is the one that this call has made. */
static int map_object(mmv__object *object, const mmv__object_kind *what, bool created)
{
    mmv__os_facts facts;
    if (created && what->begun) {
        object->header = what->begun->header;
        object->size = what->begun->size;
        return 0;
    }
    drop(what->begun);
    int error = mmv__os_get_facts(object->name->descriptor, &facts);
    object->size = error == 0 && facts.size <= SIZE_MAX ? (size_t)facts.size : 0;
    if (error)
        return error;
    return object->size >= what->least ? map_memory(object->name->descriptor, object->size, &object->header) : ENOMEM;
}

mmv_status mmv__object_open(const char *name, const mmv__object_kind *what, const mmv_shared_options *options,
                            mmv__object *object_ret)
{
    mmv_shared_options chosen = options ? *options : (mmv_shared_options){0};
    mmv_shared_kind kind = what->kind;
    bool created = false;
    chosen.delay_allocation = false;
    mmv__wish wish = {.operation = "open",
                      .name = name,
                      .kind = kind,
                      .options = &chosen,
                      .writing = true,
                      .size = mmv_round_up(what->size, mmv__os_page_size()),
                      .fill = begin_object,
                      .user = what};
    memset(object_ret, 0, sizeof *object_ret);
    mmv_status status = mmv__name_open(&wish, &object_ret->name, &kind, &created);
    if (status) {
        drop(what->begun);
        return status;
    }
    int error = map_object(object_ret, what, created);
    if (error) {
        status = mmv__fail_path(error, "open", object_ret->name->path);
        mmv__name_leave(object_ret->name);
        return status;
    }
    object_ret->watch = mmv__guard_watch(object_ret->header, object_ret->size);
    if (chosen.created_ret)
        *chosen.created_ret = created;
    return MMV_OK;
}

void mmv__object_close(mmv__object *object)
{
    mmv__guard_unwatch(object->watch);
    mmv__os_unmap(object->header, object->size);
    mmv__name_leave(object->name);
}

mmv_status mmv__object_fail(const mmv__object *object, mmv_status status, int os_error, const char *operation)
{
    if (status == MMV_OK)
        return mmv__fail_path(os_error, operation, object->name->path);
    return mmv__fail_detail(status, operation, object->name->path, mmv_status_text(status));
}

mmv_status mmv__object_check(const mmv__object *object, const char *operation)
{
    size_t at;
    if (!mmv__guard_caught(object->watch, &at))
        return MMV_OK;
    return mmv__fail_path_at(MMV_ETRUNC, 0, operation, object->name->path, at);
}

bool mmv__await(const mmv__object *object, const mmv__awaited *awaited, double seconds)
{
    size_t at;
    double end = mmv__os_clock() + seconds;
    bool done = awaited->ready(awaited->user);
    for (unsigned i = 0; i < MMV__SPINS && !done && seconds != 0; i++) {
        mmv__os_pause();
        done = awaited->ready(awaited->user);
    }
    if (done || seconds == 0)
        return done;
    atomic_fetch_add(awaited->waiters, 1);
    while (!(done = awaited->ready(awaited->user)) && !mmv__guard_caught(object->watch, &at)) {
        double left = seconds < 0 ? LONGEST_SLEEP : end - mmv__os_clock();
        if (left <= 0)
            break;
        /* Only on 0: any other value may have been taken and given back since the look. */
        mmv__os_wait_word(awaited->word, 0, left < LONGEST_SLEEP ? left : LONGEST_SLEEP);
    }
    atomic_fetch_sub(awaited->waiters, 1);
    return done;
}
