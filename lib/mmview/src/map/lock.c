/* SPDX-License-Identifier: MIT */
/*
 * lock.c - waiting for locks, and the mirror of a file's bytes.
 *
 * Locks are polled: the call that waits for one cannot be told when to stop.
 */

#include "map/lock.h"
#include "base/error.h"
#include "os/file.h"
#include "os/machine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#define PAUSE_MS 20 /* a judgement: nobody notices it, and it costs nothing */

/* What is tried until it is no longer EAGAIN, or the time is up. */
typedef int attempt_fn(int descriptor, bool exclusive, mmv_range bytes);

static int poll_lock(attempt_fn *attempt, int descriptor, bool exclusive, mmv_range bytes, unsigned wait_ms)
{
    for (unsigned waited = 0;; waited += PAUSE_MS) {
        int error = attempt(descriptor, exclusive, bytes);
        if (error != EAGAIN || waited >= wait_ms)
            return error;
        mmv__os_sleep_ms(PAUSE_MS);
    }
}

static int take_lock(int descriptor, bool exclusive, mmv_range bytes)
{
    return mmv__os_lock(descriptor, exclusive, bytes.offset, bytes.length);
}

int mmv__lock_within(int descriptor, bool exclusive, mmv_range bytes, unsigned wait_ms)
{
    return poll_lock(take_lock, descriptor, exclusive, bytes, wait_ms);
}

/* In words that follow "it is", and end with who. */
static void describe_holder(const mmv__os_holder *holder, char *text, size_t size)
{
    const char *way = holder->writes ? "writing" : "reading";
    if (holder->process)
        snprintf(text, size, "locked for %s by process %lu (%s)", way, (unsigned long)holder->process, holder->command);
    else
        snprintf(text, size, "locked for %s by another process, which cannot be seen from here", way);
}

static mmv_status fail_locked(int descriptor, bool exclusive, mmv_range locked, const char *path, uint64_t offset)
{
    mmv__os_holder holder;
    char text[200];
    mmv_status status = mmv__fail_path_at(MMV_EBUSY, 0, "lock", path, offset);
    if (!mmv__os_lock_holder(descriptor, exclusive, locked.offset, locked.length, &holder))
        return status;
    describe_holder(&holder, text, sizeof text);
    mmv__error_detail(text);
    return status;
}

mmv_status mmv__fail_locked(int descriptor, bool exclusive, mmv_range bytes, const char *path)
{
    return fail_locked(descriptor, exclusive, bytes, path, bytes.offset);
}

static mmv_range mirror_of(mmv_range bytes)
{
    assert(mmv_range_fits(bytes.offset, bytes.length, MMV__LOCK_BYTES));
    /* The last bytes before MMV__LOCK_BYTES, where no file reaches, share what is left of the mirror. */
    uint64_t start = mmv_min(MMV__LOCK_MIRROR + bytes.offset, INT64_MAX - 1);
    return (mmv_range){start, mmv_min(bytes.length, INT64_MAX - start)};
}

mmv_status mmv__fail_mirror_locked(int descriptor, mmv_range bytes, const char *path)
{
    return fail_locked(descriptor, true, mirror_of(bytes), path, bytes.offset);
}

static int ask_lock(int descriptor, bool exclusive, mmv_range bytes)
{
    (void)exclusive;
    return mmv__os_is_locked(descriptor, bytes.offset, bytes.length) ? EAGAIN : 0;
}

int mmv__lock_mirror_free(int descriptor, mmv_range bytes, unsigned wait_ms)
{
    return poll_lock(ask_lock, descriptor, true, mirror_of(bytes), wait_ms);
}

bool mmv__lock_is_exclusive(int descriptor, mmv_range bytes)
{
    mmv_range mirror = mirror_of(bytes);
    return mmv__os_is_locked_exclusively(descriptor, bytes.offset, bytes.length) ||
           mmv__os_is_locked_exclusively(descriptor, mirror.offset, mirror.length);
}

void mmv__lock_mirror(int descriptor, mmv_range bytes)
{
    mmv_range mirror = mirror_of(bytes);
    mmv__os_lock(descriptor, true, mirror.offset, mirror.length);
}
