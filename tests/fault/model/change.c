/* SPDX-License-Identifier: MIT */
/*
 * change.c - the steps that change FILE.
 *
 *     kill     TAKE (SAVE ARM CHANGE_HALF CHANGE_REST COMMIT)... STRETCH_DONE STASH_FREE, for each stretch
 *     power    SAVE SAVE_SYNC ARM CHANGE_HALF CHANGE_REST CHANGE_SYNC STRETCH_DONE, two stashes by turns
 *
 * A repetition begins with RESTORE_OLD, and changes at once what it restored, under the same word: between restore and
 * change nothing else would say that a copy of FILE may have these bytes changed already.
 */
#include "parts.h"

static void restore_old(struct state *s, struct process *p)
{
    struct journal *j = journal_of(s, p);
    if (stash_kind(j->stash[0]) != ARMED || j->done[stash_stretch(j->stash[0])]) {
        go(p, NEXT);
        return;
    }
    p->at = (uint8_t)stash_at(j->stash[0]);
    *granule(s, p, p->at) = j->saved[0];
    go(p, broken[DISARMED] ? DISARM : CHANGE_HALF);
}

static void disarm(struct state *s, struct process *p)
{
    uint8_t *word = &journal_of(s, p)->stash[0];
    *word = stash_word(WORKING, stash_stretch(*word), stash_count(*word));
    go(p, NEXT);
}

static void file_is_done(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (command_of(me)->kind == PART) {
        go(p, broken[TOLD_EARLY] ? PART_EARLY : OUTPUT);
        return;
    }
    if (broken[TURN])
        image_of(s, p)->mark[RUN_MARK] = 0;
    if (p->file + 1 < command_of(me)->files) {
        p->file++;
        go(p, OPEN_FILE);
        return;
    }
    go(p, broken[REMOVE_EARLY] ? FINISH : OUTPUT);
}

static enum step first_of_granule(void)
{
    return broken[ARM_FIRST] ? ARM : SAVE;
}

static void next(struct state *s, int me)
{
    struct process *p = &s->process[me];
    const struct command *command = command_of(me);
    struct journal *j = journal_of(s, p);
    uint8_t word = j->stash[0];
    int stretch = stash_stretch(word);
    if (!config->power && stash_kind(word) != FREE && file_of(stretch * config->stretch) == p->file) {
        p->at = (uint8_t)stash_at(word);
        bool full = stash_count(word) == config->stretch;
        go(p, j->done[stretch]     ? STASH_FREE
              : !full              ? first_of_granule()
              : broken[FREE_EARLY] ? STASH_FREE
                                   : STRETCH_DONE);
        return;
    }
    for (int at = command->first; at < command->first + command->count; at++) {
        if (file_of(at) != p->file || j->done[stretch_of(at)])
            continue;
        p->at = (uint8_t)at;
        go(p, config->power ? SAVE : TAKE);
        return;
    }
    file_is_done(s, me);
}

static void take(struct state *s, struct process *p)
{
    journal_of(s, p)->stash[0] = stash_word(WORKING, stretch_of(p->at), 0);
    go(p, first_of_granule());
}

/* A store that fails lands in a page of the process: the file keeps what it had, and a look shows it. */
static bool store_failed(struct process *p, int choice)
{
    if (choice && !broken[NO_LOOK])
        fail(p);
    return choice;
}

static void save(struct state *s, struct process *p, int choice)
{
    if (store_failed(p, choice) && p->step == IDLE)
        return;
    if (!choice)
        journal_of(s, p)->saved[0] = *granule(s, p, p->at);
    go(p, broken[ARM_FIRST] ? CHANGE_HALF : broken[DONE_EARLY] ? COMMIT : ARM);
}

static void arm(struct state *s, struct process *p, int choice)
{
    struct journal *j = journal_of(s, p);
    if (store_failed(p, choice) && p->step == IDLE)
        return;
    if (!choice)
        j->stash[0] = stash_word(ARMED, stretch_of(p->at), p->at % config->stretch);
    go(p, broken[ARM_FIRST] ? SAVE : CHANGE_HALF);
}

static void change_rest(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t *now = granule(s, p, p->at);
    *now = (uint8_t)((*now & ~HALF) + command_of(me)->op);
    check_change(s, me, p->image[file_of(p->at)], (uint8_t)granule_in_file(p->at));
    struct journal *j = journal_of(s, p);
    if (broken[MARK_LATE] && command_of(me)->kind == CHANGE)
        set_mark(s, p);
    if (broken[RECORD_LATE] && command_of(me)->kind == CHANGE) {
        j->record[p->file] = record_of(p->image[p->file], p->name + p->file);
        j->records = p->file + 1;
    }
    if (config->power)
        go(p, broken[DONE_UNSYNCED] ? STRETCH_DONE : CHANGE_SYNC);
    else
        go(p, broken[DONE_EARLY] ? NEXT : COMMIT);
}

static void commit(struct state *s, int me)
{
    struct process *p = &s->process[me];
    struct journal *j = journal_of(s, p);
    bool early = broken[DONE_EARLY];
    j->sum[p->at] = (uint8_t)(*granule(s, p, p->at) + (early ? command_of(me)->op : 0));
    j->stash[0] = stash_word(WORKING, stretch_of(p->at), p->at % config->stretch + 1);
    go(p, early ? CHANGE_HALF : NEXT);
}

static void stretch_done(struct state *s, struct process *p)
{
    struct journal *j = journal_of(s, p);
    int stretch = broken[FREE_EARLY] ? stretch_of(p->at - 1) : stash_stretch(j->stash[0]);
    j->done[stretch] = IS_DONE;
    go(p, broken[FREE_EARLY] ? NEXT : STASH_FREE);
}

static void stash_free(struct state *s, struct process *p)
{
    struct journal *j = journal_of(s, p);
    bool was_done = j->done[stash_stretch(j->stash[0])];
    j->stash[0] = 0;
    go(p, broken[FREE_EARLY] && !was_done ? STRETCH_DONE : NEXT);
}

/* ---- mode power -------------------------------------------------------------------------------------------------- */

static void power_restore(struct state *s, struct process *p)
{
    struct journal *j = journal_of(s, p);
    for (; p->turn < STASHES; p->turn++) {
        int stretch = restorable(j, p->turn);
        if (stretch < 0)
            continue;
        *granule(s, p, stretch) = j->saved[p->turn];
        p->turn++;
        return;
    }
    p->turn = 0;
    go(p, RESTORE_SYNC);
}

static void power_save(struct state *s, struct process *p)
{
    struct journal *j = journal_of(s, p);
    for (uint8_t i = 0; i < STASHES; i++)
        if (restorable(j, i) == p->at && !broken[ONE_STASH])
            p->turn = i;
    j->saved[p->turn] = *granule(s, p, p->at);
    j->where[p->turn] = p->at;
    j->check[p->turn] = check_of(j->saved[p->turn], p->at);
    go(p, broken[SAVE_UNSYNCED] ? ARM : SAVE_SYNC);
}

static void power_done(struct state *s, struct process *p)
{
    struct journal *j = journal_of(s, p);
    j->done[p->at] = IS_DONE | *granule(s, p, p->at);
    p->turn = broken[ONE_STASH] ? 0 : !p->turn;
    go(p, NEXT);
}

/* What a killed process wrote is in the page cache, and perhaps nowhere else. */
static void takeup_sync(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (!broken[TAKEUP_UNSYNCED]) {
        sync_journal(s, p);
        memcpy(s->disk.path, s->now.path, sizeof s->now.path);
    }
    if (command_of(me)->kind == PART)
        go(p, records_of(journal_of(s, p)) ? RESTORE_OLD : RECORD);
    else
        after_look(s, p);
}

/* Where mode power does something else than mode kill. A group is one stretch of one granule. */
static void power_step(struct state *s, int me)
{
    struct process *p = &s->process[me];
    switch (p->step) {
    case RESTORE_OLD:
        power_restore(s, p);
        break;
    case RESTORE_SYNC:
        sync_image(s, p->image[p->file]);
        go(p, NEXT);
        break;
    case TAKEUP_SYNC:
        takeup_sync(s, me);
        break;
    case SAVE:
        power_save(s, p);
        break;
    case SAVE_SYNC:
        sync_journal(s, p);
        go(p, ARM);
        break;
    case ARM:
        journal_of(s, p)->stash[p->turn] = stash_word(ARMED, p->at, 0);
        go(p, CHANGE_HALF);
        break;
    case CHANGE_SYNC:
        sync_image(s, p->image[p->file]);
        go(p, STRETCH_DONE);
        break;
    case STRETCH_DONE:
        power_done(s, p);
        break;
    default:
        assert(false);
    }
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void kill_step(struct state *s, int me, int choice)
{
    struct process *p = &s->process[me];
    switch (p->step) {
    case RESTORE_OLD:
        restore_old(s, p);
        break;
    case DISARM:
        disarm(s, p);
        break;
    case NEXT:
        next(s, me);
        break;
    case TAKE:
        take(s, p);
        break;
    case SAVE:
        save(s, p, choice);
        break;
    case ARM:
        arm(s, p, choice);
        break;
    case CHANGE_HALF:
        *granule(s, p, p->at) |= HALF;
        go(p, CHANGE_REST);
        break;
    case CHANGE_REST:
        change_rest(s, me);
        break;
    case COMMIT:
        commit(s, me);
        break;
    case STRETCH_DONE:
        stretch_done(s, p);
        break;
    case STASH_FREE:
        stash_free(s, p);
        break;
    default:
        assert(false);
    }
}

void change_step(struct state *s, int me, int choice)
{
    enum step step = s->process[me].step;
    bool both = step == CHANGE_HALF || step == CHANGE_REST || step == NEXT;
    if (config->power && !both)
        power_step(s, me);
    else
        kill_step(s, me, choice);
}
