/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OPENER_H
#define TOOLS_OPENER_H

/*
 * opener: a thread that opens the files of an image for threads in a sandbox, which can open none. What it opens was
 * listed before.
 */

#include "kit/image/files.h"
#include "kit/os/thread.h"

struct opener {
    const struct listed_files *files;
    struct thread thread;
    thread_lock lock;
    thread_condition changed;
    enum { OPENER_FREE, OPENER_ASKED, OPENER_DONE } state;
    uint32_t number; /* what was asked for, and what came of it: */
    mmv_map *map;
    mmv_status status;
    mmv_error error;
    bool is_over, is_started;
};

/* opener_begin() - before there is a sandbox. False = no thread can be had; opener_end() in any case. */
bool opener_begin(struct opener *opener, const struct listed_files *files);
void opener_end(struct opener *opener);

/* opener_open() - as files_open(), to be read. Any thread. */
mmv_status opener_open(struct opener *opener, uint32_t number, mmv_map **map_ret);

#endif
