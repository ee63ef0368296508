/* SPDX-License-Identifier: MIT */
/*
 * shelf.c - see shelf.h.
 *
 *     row 0    8 KiB   [a][b][c] ...           leases at random places: one page, or what was asked for
 *     row 1   68 KiB   [   d   ] ...           larger ones
 *     row 2  260 KiB   [        e        ] ... and what is read ahead
 *
 * A row has two lists. A copy of bytes that are wanted for the first time, as far as the shelf remembers, is recent: it
 * serves the cursor that it was read for, and no other. That cursor's next miss takes it again, so leases at random
 * places touch the same little memory each time. Bytes that are wanted again get a copy that is proven: all find it by
 * the hash chains, and among the proven the least recently used one goes.
 *
 * Invariants, whenever the lock is free:
 * 1. A copy is on one of its row's lists, and has row->room bytes of memory. One that is proven and has bytes of a file
 *    is in the hash chain of (row, start >> tile); no other is.
 * 2. A copy whose bytes are being read is pinned and not ready: nobody else finds it.
 * 3. Its map is open: the pool forgets a map's copies with its last cursor.
 *    No assert: only the pool knows the cursors.
 */
#include "lease/shelf.h"

#include "lease/table.h"
#include "base/debug.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"

#include <stdlib.h>

#define SHARE 8   /* a row has at most 1 / 8 of the budget */
#define TICK 16   /* reads from one look at the clock to the next */
#define RECENT 16 /* a judgement: enough to see that the first steps of a search come again and again */

/* Bytes of a row: what is proven stays in the second-level cache of today's processors, about. */
static const struct {
    size_t room, bytes;
    unsigned tile;
} sizes[MMV__SIZES] = {
    {8 * MMV_KIB, 1 * MMV_MIB, 13},
    {68 * MMV_KIB, 1 * MMV_MIB, 17},
    {260 * MMV_KIB, 3 * MMV_MIB, 19},
};

struct mmv__copy {
    struct mmv_window window; /* the first, so that one can be told from the other */
    mmv__shelf_row *row;
    mmv__shelf_list *list; /* of the row's two */
    mmv__stamp stamp;      /* of the file, before it was read */
    uint64_t read;         /* when, by mmv__os_ticks() */
    atomic_bool ready;
};

/* The structs lie together: after a system call each page that is touched costs time, much where a machine is virtual.
 */
#define SLAB (4 * MMV_KIB)
#define SLAB_COPIES ((SLAB - sizeof(void *)) / sizeof(struct mmv__copy))

struct mmv__slab {
    struct mmv__slab *next;
    struct mmv__copy copies[SLAB_COPIES];
};

static struct mmv__copy *copy_of(const struct mmv_window *window)
{
    assert(window->is_copy);
    return (struct mmv__copy *)window;
}

/* ---- table ------------------------------------------------------------------------------------------------------ */

/* Where a key belongs. */
struct spot {
    mmv__bucket *bucket;
    uint64_t bit; /* of its 'seen' */
};

static struct spot spot_of(mmv__shelf *shelf, const mmv__shelf_row *row, const mmv_map *map, uint64_t tile)
{
    uint64_t key = (tile * MMV__SIZES + (uint64_t)(row - shelf->rows)) * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t bit = UINT64_C(1) << (key >> 58);
    key ^= (uintptr_t)map / sizeof(void *);
    return (struct spot){&shelf->buckets[(key ^ key >> 32) & (MMV__BUCKETS - 1)], bit};
}

static struct spot spot_of_copy(mmv__shelf *shelf, const struct mmv_window *window)
{
    const mmv__shelf_row *row = copy_of(window)->row;
    return spot_of(shelf, row, window->map, window->start >> row->tile);
}

static void chain_in(mmv__shelf *shelf, struct mmv_window *window)
{
    struct spot spot = spot_of_copy(shelf, window);
    window->chain = spot.bucket->first;
    spot.bucket->first = window;
    spot.bucket->seen |= spot.bit;
}

static void chain_out(mmv__shelf *shelf, struct mmv_window *window)
{
    mmv__bucket *bucket = spot_of_copy(shelf, window).bucket;
    struct mmv_window **at = &bucket->first;
    while (*at != window)
        at = &(*at)->chain;
    *at = window->chain;
    if (!bucket->first)
        bucket->seen = 0;
}

static void list_in(mmv__shelf_list *list, struct mmv_window *window)
{
    copy_of(window)->list = list;
    window->newer = NULL;
    window->older = list->newest;
    *(list->newest ? &list->newest->newer : &list->oldest) = window;
    list->newest = window;
    list->count++;
}

/* As the oldest: it is taken next. */
static void list_in_last(mmv__shelf_list *list, struct mmv_window *window)
{
    copy_of(window)->list = list;
    window->older = NULL;
    window->newer = list->oldest;
    *(list->oldest ? &list->oldest->older : &list->newest) = window;
    list->oldest = window;
    list->count++;
}

static void list_out(struct mmv_window *window)
{
    mmv__shelf_list *list = copy_of(window)->list;
    *(window->newer ? &window->newer->older : &list->newest) = window->older;
    *(window->older ? &window->older->newer : &list->oldest) = window->newer;
    list->count--;
}

static unsigned count_of(const mmv__shelf_row *row)
{
    return row->recent.count + row->proven.count;
}

/* Call 'each' for all copies of a row; it may move them to the end of a list, or take them away. */
static void for_each(mmv__shelf *shelf, mmv__shelf_row *row,
                     void (*each)(mmv__shelf *shelf, struct mmv_window *, void *), void *user)
{
    for (unsigned i = 0; i < 2; i++)
        for (struct mmv_window *window = i ? row->recent.oldest : row->proven.oldest, *newer; window; window = newer) {
            newer = window->newer;
            each(shelf, window, user);
        }
}

/* Invariants 1 and 2. */
static void assert_copy(mmv__shelf *shelf, struct mmv_window *window, void *row)
{
    const struct mmv__copy *copy = copy_of(window);
    /* In this order: who has it becomes ready before it is unpinned. */
    bool pinned = atomic_load(&window->state) & MMV__PINS;
    bool ready = atomic_load(&copy->ready);
    assert(copy->row == row && (copy->list == &copy->row->recent || copy->list == &copy->row->proven));
    assert(!ready || window->size <= copy->row->room);
    assert(ready || !window->map || pinned);
    struct spot spot = window->map ? spot_of_copy(shelf, window) : (struct spot){0};
    assert(!window->map || copy->list != &copy->row->proven || spot.bucket->seen & spot.bit);
    (void)ready;
    (void)pinned;
    (void)spot;
    (void)row;
}

static void assert_consistent(mmv__shelf *shelf)
{
    for (mmv__shelf_row *row = shelf->rows; MMV__ASSERTS && row < shelf->rows + MMV__SIZES; row++)
        for_each(shelf, row, assert_copy, row);
}

bool mmv__shelf_is_fresh(const struct mmv_window *window)
{
    const struct mmv__copy *copy = copy_of(window);
    return copy->stamp == mmv__written(window->map) && mmv__os_ticks() - copy->read <= MMV__FRESH;
}

static bool holds(const struct mmv_window *window, const mmv__wish *wish)
{
    return window->map == wish->map && atomic_load(&copy_of(window)->ready) && wish->offset >= window->start &&
           mmv_range_fits(wish->offset - window->start, wish->need, window->size);
}

/* In passing the shelf learns how late it is: after a pause it takes a copy for older than it is, but only once. */
static bool is_fresh(mmv__shelf *shelf, const struct mmv_window *window)
{
    shelf->ticks = mmv__os_ticks();
    return mmv__shelf_is_fresh(window);
}

/* A window that holds an offset begins in the offset's tile or in the one before. */
static struct mmv_window *find_in(mmv__shelf *shelf, mmv__shelf_row *row, const mmv__wish *wish)
{
    uint64_t tile = wish->offset >> row->tile;
    for (unsigned before = 0; before < 2 && before <= tile; before++) {
        struct spot spot = spot_of(shelf, row, wish->map, tile - before);
        struct mmv_window *at = spot.bucket->seen & spot.bit ? spot.bucket->first : NULL;
        for (; at; at = at->chain)
            if (holds(at, wish) && is_fresh(shelf, at))
                return at;
    }
    return NULL;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* The row for so many bytes; NULL when there is none. */
static mmv__shelf_row *row_for(mmv__shelf *shelf, uint64_t size)
{
    for (unsigned i = 0; i < MMV__SIZES; i++)
        if (size <= shelf->rows[i].room)
            return shelf->rows[i].most ? &shelf->rows[i] : NULL;
    return NULL;
}

/* Empty a copy unless it is leased. As in pool.c, the ticket rises while pins are 0. */
static bool empty(mmv__shelf *shelf, struct mmv_window *window)
{
    uint64_t idle = atomic_load(&window->state) & ~MMV__PINS;
    if (!atomic_compare_exchange_strong(&window->state, &idle, idle + MMV__TICKET))
        return false;
    if (window->map && copy_of(window)->list == &copy_of(window)->row->proven)
        chain_out(shelf, window);
    window->map = NULL;
    list_out(window);
    list_in_last(&copy_of(window)->row->recent, window);
    return true;
}

static struct mmv_window *oldest_idle(mmv__shelf *shelf, const mmv__shelf_list *list)
{
    struct mmv_window *window = list->oldest;
    while (window && !empty(shelf, window))
        window = window->newer;
    return window;
}

/* The struct stays: a cursor may have kept it, and look at its ticket. */
static void discard(struct mmv_window *window)
{
    mmv__shelf_row *row = copy_of(window)->row;
    list_out(window);
    mmv__os_memory_free(window->data, row->room);
    window->newer = row->spare;
    row->spare = window;
}

static bool add_slab(mmv__shelf *shelf, mmv__shelf_row *row)
{
    void *memory;
    if (mmv__os_memory(sizeof(struct mmv__slab), &memory) != 0)
        return false;
    struct mmv__slab *slab = memory;
    slab->next = shelf->slabs;
    shelf->slabs = slab;
    for (size_t i = SLAB_COPIES; i-- > 0;) {
        struct mmv__copy *copy = &slab->copies[i];
        copy->window.is_copy = true;
        copy->row = row;
        copy->window.newer = row->spare;
        row->spare = &copy->window;
    }
    return true;
}

static struct mmv_window *spare_copy(mmv__shelf *shelf, mmv__shelf_row *row)
{
    if (!row->spare && !add_slab(shelf, row))
        return NULL;
    struct mmv_window *window = row->spare;
    row->spare = window->newer;
    return window;
}

bool mmv__shelf_grow(mmv__shelf *shelf, size_t room)
{
    void *memory;
    mmv__shelf_row *row = row_for(shelf, room);
    if (mmv__os_memory(room, &memory) != 0)
        return false;
    mmv__lock(&shelf->lock);
    struct mmv_window *window = spare_copy(shelf, row);
    if (window) {
        window->data = memory;
        list_in_last(&row->recent, window);
    }
    mmv__unlock(&shelf->lock);
    if (!window)
        mmv__os_memory_free(memory, room);
    return window != NULL;
}

/* ---- leases ----------------------------------------------------------------------------------------------------- */

/* Whether these bytes were missed lately. */
static bool remember(mmv__shelf *shelf, const mmv__wish *wish)
{
    uint64_t key = (wish->offset / (4 * MMV_KIB) ^ (uintptr_t)wish->map) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t *slot = &shelf->missed[(key >> 56) % MMV__MISSED];
    bool known = *slot == (uint32_t)(key >> 24);
    *slot = (uint32_t)(key >> 24);
    return known;
}

/* The copy that the cursor had last, pinned, when nobody else has taken it meanwhile, and none is to find it. */
static bool retake(const mmv__shelf_row *row, const mmv__wish *wish)
{
    if (wish->is_known || !wish->kept || copy_of(wish->kept)->row != row)
        return false;
    uint64_t idle = wish->ticket;
    return copy_of(wish->kept)->list == &row->recent &&
           atomic_compare_exchange_strong(&wish->kept->state, &idle, wish->ticket + 1);
}

/* One to be used again: one that holds nothing; else the oldest, but not where the row may grow. */
static struct mmv_window *take(mmv__shelf *shelf, mmv__shelf_row *row, bool is_known, bool may_grow)
{
    struct mmv_window *oldest = row->recent.oldest;
    unsigned recent = (unsigned)mmv_min(RECENT, row->most / 2 + 1);
    mmv__shelf_list *list = is_known ? &row->proven : &row->recent;
    if (oldest && !oldest->map && empty(shelf, oldest))
        return oldest;
    if (may_grow && list->count < (is_known ? row->most - recent : recent))
        return NULL;
    struct mmv_window *window = oldest_idle(shelf, list);
    return window ? window : oldest_idle(shelf, is_known ? &row->recent : &row->proven);
}

/* Pinned, on its list, and without bytes. */
static struct mmv_window *place_any(mmv__shelf *shelf, mmv__shelf_row *row, const mmv__wish *wish, bool may_grow)
{
    if (retake(row, wish))
        return wish->kept;
    struct mmv_window *window = take(shelf, row, wish->is_known, may_grow);
    if (!window)
        return NULL;
    list_out(window);
    list_in(wish->is_known ? &row->proven : &row->recent, window);
    atomic_fetch_add(&window->state, 1);
    return window;
}

static struct mmv_window *place(mmv__shelf *shelf, mmv__shelf_row *row, const mmv__wish *wish, bool may_grow)
{
    struct mmv_window *window = place_any(shelf, row, wish, may_grow);
    if (!window)
        return NULL;
    struct mmv__copy *copy = copy_of(window);
    atomic_store_explicit(&copy->ready, false, memory_order_relaxed);
    window->map = wish->map;
    window->start = wish->piece.offset;
    window->size = window->shown = 0;
    copy->stamp = mmv__written(wish->map);
    /* The clock is dear beside a small read. An older time is as right: the copy is given up the sooner. */
    if (shelf->reads % TICK == 0 || row != shelf->rows)
        shelf->ticks = mmv__os_ticks();
    copy->read = shelf->ticks;
    if (wish->is_known)
        chain_in(shelf, window);
    shelf->reads++;
    shelf->read_bytes += wish->piece.length;
    return window;
}

static struct mmv_window *find_any(mmv__shelf *shelf, const mmv__wish *wish)
{
    struct mmv_window *window = NULL;
    for (mmv__shelf_row *row = shelf->rows; !window && row < shelf->rows + MMV__SIZES; row++)
        if (row->proven.count)
            window = find_in(shelf, row, wish);
    if (!window)
        return NULL;
    atomic_fetch_add(&window->state, 1);
    list_out(window);
    list_in(&copy_of(window)->row->proven, window);
    shelf->hits++;
    return window;
}

struct mmv_window *mmv__shelf_find(mmv__shelf *shelf, mmv__wish *wish, mmv__miss *miss_ret, bool *ready_ret)
{
    *miss_ret = (mmv__miss){.way = MMV__BY_READING};
    mmv__lock(&shelf->lock);
    struct mmv_window *window = find_any(shelf, wish);
    *ready_ret = window != NULL;
    wish->is_known = !window && remember(shelf, wish);
    if (!window && shelf->windows == MMV_WINDOWS_AUTO)
        *miss_ret = mmv__lease_policy_next(&row_for(shelf, wish->need)->policy);
    if (!window && miss_ret->way == MMV__BY_READING && miss_ret->number == 0)
        window = place(shelf, row_for(shelf, wish->piece.length), wish, true);
    assert_consistent(shelf);
    mmv__unlock(&shelf->lock);
    return window;
}

struct mmv_window *mmv__shelf_place(mmv__shelf *shelf, const mmv__wish *wish, size_t *grow_ret)
{
    mmv__shelf_row *row = row_for(shelf, wish->piece.length);
    mmv__lock(&shelf->lock);
    struct mmv_window *window = place(shelf, row, wish, grow_ret != NULL);
    if (grow_ret)
        *grow_ret = window || count_of(row) >= row->limit ? 0 : row->room;
    assert_consistent(shelf);
    mmv__unlock(&shelf->lock);
    return window;
}

/* Nobody else has it: it is not ready. */
static void give_up(mmv__shelf *shelf, struct mmv_window *window)
{
    mmv__lock(&shelf->lock);
    atomic_fetch_sub(&window->state, 1);
    empty(shelf, window);
    mmv__unlock(&shelf->lock);
}

bool mmv__shelf_fill(mmv__shelf *shelf, const mmv__wish *wish, struct mmv_window *window, mmv__reading *reading_ret)
{
    size_t least = (size_t)(wish->offset - wish->piece.offset) + wish->need;
    size_t done;
    int error =
        mmv__os_read(wish->map->descriptor, window->data, (size_t)wish->piece.length, wish->piece.offset, &done);
    *reading_ret = (mmv__reading){error, wish->piece.offset + done};
    if (done < least) {
        give_up(shelf, window);
        return false;
    }
    window->size = window->shown = done;
    atomic_store(&copy_of(window)->ready, true);
    return true;
}

void mmv__shelf_learn(mmv__shelf *shelf, size_t need, mmv__miss miss, double seconds)
{
    mmv__lock(&shelf->lock);
    mmv__lease_policy_learn(&row_for(shelf, need)->policy, miss, seconds);
    mmv__unlock(&shelf->lock);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void for_all(mmv__shelf *shelf, void (*each)(mmv__shelf *, struct mmv_window *, void *), void *user)
{
    mmv__lock(&shelf->lock);
    for (mmv__shelf_row *row = shelf->rows; row < shelf->rows + MMV__SIZES; row++)
        for_each(shelf, row, each, user);
    assert_consistent(shelf);
    mmv__unlock(&shelf->lock);
}

static void forget(mmv__shelf *shelf, struct mmv_window *window, void *map)
{
    if (window->map == map)
        empty(shelf, window);
}

void mmv__shelf_forget(mmv__shelf *shelf, mmv_map *map)
{
    for_all(shelf, forget, map);
}

static void trim(mmv__shelf *shelf, struct mmv_window *window, void *bytes)
{
    if (!empty(shelf, window))
        return;
    *(uint64_t *)bytes += copy_of(window)->row->room;
    discard(window);
}

uint64_t mmv__shelf_trim(mmv__shelf *shelf)
{
    uint64_t bytes = 0;
    for_all(shelf, trim, &bytes);
    return bytes;
}

static void look_for_pins(mmv__shelf *shelf, struct mmv_window *window, void *found)
{
    (void)shelf;
    *(bool *)found |= (atomic_load(&window->state) & MMV__PINS) != 0;
}

bool mmv__shelf_is_leased(mmv__shelf *shelf)
{
    bool found = false;
    for_all(shelf, look_for_pins, &found);
    return found;
}

int mmv__shelf_init(mmv__shelf *shelf, mmv_windows windows, uint64_t budget)
{
    shelf->windows = windows;
    for (unsigned i = 0; i < MMV__SIZES; i++) {
        mmv__shelf_row *row = &shelf->rows[i];
        row->room = sizes[i].room;
        row->tile = sizes[i].tile;
        row->limit = windows == MMV_WINDOWS_MAPPED ? 0 : (unsigned)mmv_min(budget / SHARE / row->room, UINT16_MAX);
        row->most = (unsigned)mmv_min(row->limit, sizes[i].bytes / row->room);
        if (row->most)
            shelf->most = row->room;
        mmv__lease_policy_begin(&row->policy);
    }
    return mmv__mutex_init(&shelf->lock);
}

void mmv__shelf_destroy(mmv__shelf *shelf)
{
    /* It was never made. */
    if (!shelf->rows[0].room)
        return;
    mmv__shelf_trim(shelf);
    while (shelf->slabs) {
        struct mmv__slab *slab = shelf->slabs;
        shelf->slabs = slab->next;
        mmv__os_memory_free(slab, sizeof *slab);
    }
    mmv__mutex_destroy(&shelf->lock);
}

void mmv__shelf_count(mmv__shelf *shelf, mmv_pool_stats *stats)
{
    mmv__lock(&shelf->lock);
    stats->hits += shelf->hits;
    stats->reads = shelf->reads;
    stats->read_bytes = shelf->read_bytes;
    mmv__unlock(&shelf->lock);
}
