/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_CHOOSE_H
#define TOOLS_UNDO_CHOOSE_H

/* choose: which run is taken back: the latest that has kept something of FILE, or the one that was named if it is that.
 */

#include "kit/os/file.h"
#include "kit/undo/restore.h"
#include "kit/undo/store.h"

struct chosen {
    const char *file; /* that of the order */
    mmv_map *map;     /* of it, to change it */
    bool is_lent;     /* the map is not closed here, and has its lock */
    struct file_facts facts;
    struct store store;
    struct recipe recipe;
    mmv_range reach; /* of FILE, that the journal and the lock are of: from the first byte that changes to the last */
    char *journal_path; /* where the journal of taking it back is, or would be */
    bool is_unfinished; /* FILE belongs to an unfinished run: */
    bool is_begun;      /* taking it back, which was interrupted */
    bool is_spoiled;    /* or nobody can go on with it */
};

/* chosen_operation() - what taking it back is called in its journal. */
#define CHOSEN_OPERATION 32
const char *chosen_operation(const struct chosen *chosen, char text[CHOSEN_OPERATION]);

/*
 * choose_alone() - of one file, not asking whether others were changed with it. *found_ret: it has an undo file. What
 * the run has not finished, or others have begun since, is refused by choose_refuse().
 */
int choose_alone(struct chosen *chosen, const struct restore_order *order, bool *found_ret);
int choose_refuse(const struct chosen *chosen, const struct restore_order *order);

/*
 * choose_store() - the undo file at 'path', whatever others there are.
 */
struct choose_among {
    const mmv_range *reach; /* of all that is taken back together; NULL = its own */
    mmv_map *map;           /* of FILE, which has the lock on that; NULL = FILE is opened */
};
int choose_store(struct chosen *chosen, const struct restore_order *order, const char *path,
                 const struct choose_among *among);

/* choose() - returns an exit status; what is wrong was said. chosen_drop() in any case. */
int choose(struct chosen *chosen, const struct restore_order *order);
void chosen_drop(struct chosen *chosen);

#endif
