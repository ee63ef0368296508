/* SPDX-License-Identifier: MIT */
/*
 * earlier: see earlier.h.
 *
 * 1. A FILE without an undo file costs one look at a name, not a look through its folder: runs are over thousands of
 *    FILEs. So those are missed whose number 1 a user has removed. No assert: it is the order of two conditions.
 */
#include "kit/undo/earlier.h"

#include "kit/os/file.h"
#include "kit/undo/names.h"
#include "kit/undo/recipe.h"
#include "kit/undo/store.h"

/* One that is not complete takes nothing back, whatever this run does. */
static bool has_kept(const char *path, mmv_range range)
{
    struct store store;
    struct recipe recipe = {.spans = NULL};
    bool meets = store_glance(&store, path) == 0 && store.is_complete && !store.is_taken_back &&
                 recipe_read(&recipe, store.recipe, (size_t)store.header.recipe, store.header.size);
    if (meets)
        meets = mmv_range_clip(recipe_hull(&recipe), range).length != MMV_EMPTY;
    recipe_drop(&recipe);
    store_close(&store);
    return meets;
}

bool earlier_find(const char *file, mmv_range range, char path_ret[PATH_MAX])
{
    struct file_facts facts;
    uint64_t number = UINT64_MAX;
    /* 1. */
    if (!undo_name(file, 1, path_ret) || file_look_at(path_ret, true, &facts) != 0)
        return false;
    while (undo_before(file, number, &number) == 0 && number > 0)
        if (undo_name(file, number, path_ret) && has_kept(path_ret, range))
            return true;
    return false;
}
