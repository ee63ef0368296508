/* SPDX-License-Identifier: MIT */
/*
 * lifeline.c - see lifeline.h.
 *
 * Invariants:
 * 1. The locked open file has no descriptor: a child that closes all of them has the page still, and with it what it
 *    has mapped of the names. No assert: mmv__lifeline_begin() closes it.
 * 2. A line that has a page has a descriptor to look. Asserted in mmv__lifeline_is_free().
 */

#include "shared/lifeline.h"

#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <assert.h>

/* Of a file that has a lock for reading: a second open file, and the page that keeps the first one. An errno. */
static int hold(int file, mmv__lifeline *line)
{
    mmv__os_facts facts;
    int error = mmv__os_lock(file, false, 0, 1);
    if (error == 0)
        error = mmv__os_get_facts(file, &facts);
    if (error == 0)
        error = mmv__os_reopen(file, MMV_READ_WRITE, &line->look);
    if (error)
        return error;
    line->inode = facts.inode;
    error = mmv__os_map(mmv__os_page_size(), MMV_READ, file, 0, &line->page);
    if (error) {
        mmv__os_close(line->look);
        line->page = NULL;
    }
    return error;
}

void mmv__lifeline_begin(mmv__lifeline *line)
{
    int file;
    if (mmv__os_create_memory(&file) != 0)
        return;
    if (hold(file, line) == 0)
        line->forks = mmv__os_forks();
    mmv__os_close(file);
}

bool mmv__lifeline_is_free(mmv__lifeline *line)
{
    mmv__os_facts facts;
    if (!line->page)
        return false;
    /* Invariant 2. */
    assert(line->look >= 0);
    mmv__os_unmap(line->page, mmv__os_page_size());
    line->page = NULL;
    if (mmv__os_get_facts(line->look, &facts) != 0 || facts.inode != line->inode)
        return false;
    bool is_free = !mmv__os_is_locked(line->look, 0, 1);
    mmv__os_close(line->look);
    return is_free;
}
