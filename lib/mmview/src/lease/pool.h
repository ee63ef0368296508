/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_POOL_INTERNAL_H
#define MMVIEW_POOL_INTERNAL_H

/*
 * The pool as window.c sees it: a table of mapped windows under one lock, and a shelf of windows that were read.
 */

#include "lease/table.h"

#include <mmview/window.h>

/* A mapped window that is there already and holds the bytes, pinned; or NULL. */
struct mmv_window *mmv__pool_find(mmv_cursor *cursor, uint64_t offset, size_t need);

/* The pool's shelf, and memory for it within the budget. */
mmv__shelf *mmv__pool_shelf(mmv_pool *pool);
bool mmv__pool_grow_shelf(mmv_pool *pool, size_t room);

/*
 * Lease a window that holds [offset, offset + need): one that is there, or a new one. On success it is pinned once.
 * Errors:  MMV_ENOMEM when the budget or the system refuses; a buffer may do then.
 */
mmv_status mmv__pool_lease(mmv_cursor *cursor, uint64_t offset, size_t need, struct mmv_window **window_ret);

/* Pin the window again when it is still the one with this ticket. */
bool mmv__pool_repin(struct mmv_window *window, uint64_t ticket);

/* 'dead' = hidden: it serves nobody any more and goes as soon as nobody leases it. */
void mmv__pool_unpin(mmv_pool *pool, struct mmv_window *window, bool dead);

/* No new lease may find this window any more. */
void mmv__pool_hide(mmv_pool *pool, struct mmv_window *window);

/* Whether this process made it: a child made by fork(2) may not use its parent's. */
bool mmv__pool_is_ours(const mmv_pool *pool);

void mmv__pool_count_buffered(mmv_pool *pool);
void mmv__pool_add_cursor(mmv_pool *pool, mmv_cursor *cursor);
void mmv__pool_remove_cursor(mmv_pool *pool, mmv_cursor *cursor);

#endif
