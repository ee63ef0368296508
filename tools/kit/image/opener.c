/* SPDX-License-Identifier: MIT */
/*
 * opener: see opener.h.
 *
 *     who asks      FREE -> ASKED                  DONE -> FREE, with the map
 *     the thread             ASKED -> open -> DONE
 *
 * One file is asked for at a time: who finds another state waits. All under the lock but the opening itself.
 */
#include "kit/image/opener.h"

#include <assert.h>

static void serve(void *user)
{
    struct opener *opener = user;
    thread_lock_take(&opener->lock);
    while (!opener->is_over) {
        if (opener->state != OPENER_ASKED) {
            thread_condition_wait(&opener->changed, &opener->lock);
            continue;
        }
        thread_lock_leave(&opener->lock);
        opener->status = files_open(opener->files, opener->number, MMV_READ, &opener->map);
        if (opener->status != MMV_OK)
            opener->error = *mmv_last_error();
        thread_lock_take(&opener->lock);
        opener->state = OPENER_DONE;
        thread_condition_wake(&opener->changed);
    }
    thread_lock_leave(&opener->lock);
}

bool opener_begin(struct opener *opener, const struct listed_files *files)
{
    *opener = (struct opener){.files = files};
    thread_lock_init(&opener->lock);
    thread_condition_init(&opener->changed);
    opener->is_started = thread_start(&opener->thread, serve, opener);
    return opener->is_started;
}

void opener_end(struct opener *opener)
{
    if (!opener->files)
        return;
    thread_lock_take(&opener->lock);
    opener->is_over = true;
    thread_condition_wake(&opener->changed);
    thread_lock_leave(&opener->lock);
    if (opener->is_started)
        thread_join(&opener->thread);
    thread_condition_drop(&opener->changed);
    thread_lock_drop(&opener->lock);
    *opener = (struct opener){.files = NULL};
}

mmv_status opener_open(struct opener *opener, uint32_t number, mmv_map **map_ret)
{
    thread_lock_take(&opener->lock);
    while (opener->state != OPENER_FREE)
        thread_condition_wait(&opener->changed, &opener->lock);
    opener->state = OPENER_ASKED;
    opener->number = number;
    opener->map = NULL;
    thread_condition_wake(&opener->changed);
    while (opener->state != OPENER_DONE)
        thread_condition_wait(&opener->changed, &opener->lock);
    mmv_status status = opener->status;
    mmv_error error = opener->error;
    *map_ret = opener->map;
    opener->state = OPENER_FREE;
    thread_condition_wake(&opener->changed);
    thread_lock_leave(&opener->lock);
    /* The error was the other thread's. */
    return status == MMV_OK ? MMV_OK : mmv_error_set(status, error.os_error, error.operation);
}
