/* SPDX-License-Identifier: MIT */
/*
 * run.c - the steps of a run over one or two files in place, of its repetition, of --adopt, and of -o.
 *
 *     OPEN_FILE LOCK_FILE LOOK        then either  CREATE MARK RECORD COUNT
 *                                     or           LOCK_JOURNAL STILL COMPARE (ADOPT..) (RESTORE_OLD ..)
 *     NEXT TAKE (SAVE ARM CHANGE_HALF CHANGE_REST COMMIT)... STRETCH_DONE STASH_FREE NEXT ...
 *     OUTPUT FINISH MARK_OFF... UNLINK SAY_0
 *
 * A broken rule takes another way at the place where the rule stands; nothing else of the step changes.
 */
#include "parts.h"

/* ---- finding a journal ------------------------------------------------------------------------------------------- */

static bool ranges_overlap(int a, int b)
{
    const struct command *x = command_of(a), *y = command_of(b);
    return x->first < y->first + y->count && y->first < x->first + x->count;
}

static bool bytes_locked(const struct state *s, int me)
{
    const struct process *p = &s->process[me];
    for (int i = 0; i < SLOTS; i++) {
        const struct process *q = &s->process[i];
        bool shared = command_of(i)->kind == READ && command_of(me)->kind == READ;
        if (i == me || q->step == IDLE || shared || !ranges_overlap(i, me))
            continue;
        for (int k = 0; k < q->locked; k++)
            if (q->image[k] == p->image[p->file])
                return true;
    }
    return false;
}

static void open_file(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t image = p->name + p->file < NAMES ? s->now.name[p->name + p->file] : NONE;
    if (image == NONE) {
        fail(p);
        return;
    }
    p->image[p->file] = image - 1;
    go(p, LOCK_FILE);
}

static void lock_file(struct state *s, int me)
{
    static const enum step next[] = {[CHANGE] = LOOK, [READ] = LOOK, [DISCARD] = DISCARD_LOOK, [PART] = JOB_LOOK};
    struct process *p = &s->process[me];
    bool discards = command_of(me)->kind == DISCARD;
    bool locks = discards ? !broken[LINK_FIRST] && !broken[NO_STILL] : !broken[UNLOCKED];
    if (locks && bytes_locked(s, me)) {
        fail(p);
        return;
    }
    p->locked = locks ? p->file + 1 : p->locked;
    s->given_up |= (uint8_t)(discards << p->image[0]);
    go(p, next[command_of(me)->kind]);
}

static bool job_is_there(const struct state *s, const struct process *p)
{
    uint8_t name = p->name + p->file;
    return s->now.image[p->image[p->file]].mark[JOB_MARK_SLOT] || (name < JOBS && s->now.job_path[name]);
}

static void open_journal(struct state *s, struct process *p, uint8_t path, uint8_t run)
{
    uint8_t journal = s->now.path[path];
    if (journal == NONE || (run && s->now.journal[journal - 1].run != run)) {
        fail(p);
        return;
    }
    p->journal = journal;
    p->path = path;
    go(p, LOCK_JOURNAL);
}

/* A copy's mark leads to the original's journal; a copied folder has a copy of that beside the copy. */
static void open_adopted(struct state *s, struct process *p, uint8_t mark)
{
    uint8_t beside = s->now.path[p->name];
    if (beside && s->now.journal[beside - 1].run == mark_run(mark))
        open_journal(s, p, p->name, mark_run(mark));
    else
        open_journal(s, p, mark_path(mark), mark_run(mark));
}

static void look_first(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t mark = image_of(s, p)->mark[RUN_MARK];
    uint8_t path = p->name + command_of(me)->path;
    bool foreign = mark && mark_image(mark) != p->image[p->file] && !broken[FOREIGN];
    if (foreign && p->adopt)
        open_adopted(s, p, mark);
    else if (foreign)
        fail(p);
    else if (mark)
        open_journal(s, p, mark_path(mark), mark_run(mark));
    else if (s->now.path[path])
        open_journal(s, p, path, 0);
    else if (job_is_there(s, p))
        fail(p);
    else
        go(p, CREATE);
}

void after_look(struct state *s, struct process *p)
{
    bool recorded = p->file < records_of(journal_of(s, p));
    bool marked = image_of(s, p)->mark[RUN_MARK];
    if (!marked && !broken[MARK_LATE])
        go(p, MARK);
    else if (config->power)
        go(p, MARK_SYNC);
    else
        go(p, recorded ? RESTORE_OLD : RECORD);
}

/* A file that is not the run's first: another run's mark or journal is in the way. */
static void look_later(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t mark = image_of(s, p)->mark[RUN_MARK];
    bool mine = mark && mark_run(mark) == journal_of(s, p)->run && mark_image(mark) == p->image[p->file];
    uint8_t beside = s->now.path[p->name + p->file];
    if ((mark && !mine) || (beside && beside != p->journal) || job_is_there(s, p))
        fail(p);
    else
        after_look(s, p);
}

static void look_reading(struct state *s, int me)
{
    struct process *p = &s->process[me];
    bool free = !image_of(s, p)->mark[RUN_MARK] && !s->now.path[p->name] && !job_is_there(s, p);
    if (free)
        go(p, READ_FIRST);
    else
        fail(p);
}

static void look(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (command_of(me)->kind == READ)
        look_reading(s, me);
    else if (p->journal)
        look_later(s, me);
    else
        look_first(s, me);
}

static void lock_journal(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (!broken[UNLOCKED] && is_locked(s, me, p->journal)) {
        fail(p);
        return;
    }
    p->journal_locked = !broken[UNLOCKED];
    go(p, broken[NO_STILL] || broken[LINK_FIRST] ? COMPARE : STILL);
}

static void still(struct state *s, struct process *p)
{
    if (s->now.path[p->path] == p->journal)
        go(p, COMPARE);
    else
        fail(p);
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

/* FILEs of this command against the records. 'adopts' says that a record has to be rewritten. */
static bool files_fit(struct state *s, struct process *p, bool *adopts)
{
    const struct journal *j = journal_of(s, p);
    uint8_t first = s->now.image[p->image[0]].mark[RUN_MARK];
    /* Also where nothing is recorded yet: from now on the mark is this file's. */
    *adopts = p->adopt && first && mark_image(first) != p->image[0];
    for (int k = 0; k < records_of(j); k++) {
        uint8_t image = p->name + k < NAMES ? s->now.name[p->name + k] : NONE;
        uint8_t record = j->record[k];
        /* The first is open. */
        image = k == 0 ? p->image[0] + 1 : image;
        if (image == NONE)
            return false;
        p->image[k] = image - 1;
        if (record_image(record) == image - 1 || broken[IDENTITY] || broken[FOREIGN])
            continue;
        bool there = record_path(record) < NAMES && s->now.name[record_path(record)] == record_image(record) + 1;
        uint8_t mark = s->now.image[image - 1].mark[RUN_MARK];
        if (!p->adopt || there || !mark || mark_run(mark) != j->run)
            return false;
        *adopts = true;
    }
    return true;
}

static bool header_fits(const struct state *s, const struct process *p, int me)
{
    const struct journal *j = &s->now.journal[p->journal - 1];
    bool same_mount = config->power || broken[ANY_MOUNT] || j->instance == s->instance;
    return j->run && j->end != GIVEN_UP && same_mount && same_command(j->command - 1, me);
}

static void take_up(struct state *s, int me, bool adopts)
{
    struct process *p = &s->process[me];
    struct journal *j = journal_of(s, p);
    bool recorded = records_of(j) > 0;
    if (adopts) {
        go(p, ADOPT_MARK);
    } else if (job_is_there(s, p) && (!recorded || broken[MUTUAL])) {
        if (!recorded && !broken[MUTUAL]) {
            image_of(s, p)->mark[RUN_MARK] = 0;
            s->now.path[p->path] = NONE;
        }
        fail(p);
    } else if (config->power) {
        go(p, TAKEUP_SYNC);
    } else {
        after_look(s, p);
    }
}

/* Rest of a run that said nothing, done by somebody who wants something else. */
static bool ends_for_others(struct state *s, int me)
{
    struct process *p = &s->process[me];
    struct journal *j = journal_of(s, p);
    if (!broken[FINISHED_VOID] || j->end != FINISHED || same_command(j->command - 1, me))
        return false;
    image_of(s, p)->mark[RUN_MARK] = 0;
    s->now.path[p->path] = NONE;
    p->journal = p->journal_locked = 0;
    go(p, LOOK);
    return true;
}

static void compare(struct state *s, int me)
{
    struct process *p = &s->process[me];
    struct journal *j = journal_of(s, p);
    bool adopts = false;
    if (ends_for_others(s, me))
        return;
    if (!header_fits(s, p, me) || !files_fit(s, p, &adopts)) {
        fail(p);
        return;
    }
    bool blind = broken[NO_COMPARE] || (j->end == FINISHED && broken[FINISHED_BLIND]);
    if (!blind && !evidence_fits(s, p, me)) {
        fail(p);
    } else if (j->end == FINISHED) {
        p->file = command_of(me)->files - 1;
        go(p, MARK_OFF);
    } else {
        take_up(s, me, adopts);
    }
}

static void adopt_mark(struct state *s, struct process *p, int me)
{
    const struct journal *j = journal_of(s, p);
    image_of(s, p)->mark[RUN_MARK] = mark_of(j->run, p->image[0], p->path);
    if (records_of(j))
        go(p, ADOPT_RECORD);
    else
        take_up(s, me, false);
}

static void adopt_record(struct state *s, int me)
{
    struct process *p = &s->process[me];
    journal_of(s, p)->record[0] = record_of(p->image[0], p->name);
    take_up(s, me, false);
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

static bool run_is_used(const struct world *w, uint8_t run)
{
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k < 2; k++)
            if (w->image[i].mark[k] && mark_run(w->image[i].mark[k]) == run)
                return true;
    for (int i = 0; i < JOURNALS; i++)
        if (w->journal[i].run == run)
            return true;
    return false;
}

static bool journal_is_used(const struct state *s, int journal)
{
    for (int i = 0; i < PATHS; i++)
        if (s->now.path[i] == journal + 1 || s->disk.path[i] == journal + 1)
            return true;
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step != IDLE && s->process[i].journal == journal + 1)
            return true;
    return run_is_used(&s->now, (uint8_t)(journal + 1)) || run_is_used(&s->disk, (uint8_t)(journal + 1));
}

/* An inode and a number that nothing remembers; plus one. */
static uint8_t new_journal(const struct state *s)
{
    for (int i = 0; i < JOURNALS; i++)
        if (!journal_is_used(s, i))
            return (uint8_t)(i + 1);
    return NONE;
}

static void create(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t path = command_of(me)->kind == PART ? p->path : p->name + command_of(me)->path;
    uint8_t journal = new_journal(s);
    if (s->now.path[path] || journal == NONE) {
        fail(p);
        return;
    }
    p->journal = journal;
    p->path = path;
    *journal_of(s, p) = (struct journal){.run = journal, .command = (uint8_t)(me + 1), .instance = s->instance};
    s->now.path[path] = journal;
    s->disk.journal[journal - 1] = config->power ? *journal_of(s, p) : s->disk.journal[journal - 1];
    p->journal_locked = !broken[LINK_FIRST] && !broken[UNLOCKED];
    go(p, broken[LINK_FIRST] ? CREATE_LOCK : CREATE_SYNC);
}

static void create_lock(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (is_locked(s, me, p->journal)) {
        fail(p);
        return;
    }
    p->journal_locked = 1;
    go(p, CREATE_SYNC);
}

static void create_sync(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (config->power)
        memcpy(s->disk.path, s->now.path, sizeof s->now.path);
    go(p, command_of(me)->kind == PART || broken[MARK_LATE] ? RECORD : MARK);
}

static void mark_sync(struct state *s, struct process *p)
{
    if (!broken[MARK_UNSYNCED])
        sync_image(s, p->image[p->file]);
    bool recorded = p->file < records_of(journal_of(s, p));
    go(p, recorded ? RESTORE_OLD : broken[RECORD_LATE] ? NEXT : RECORD);
}

static void write_record(struct state *s, struct process *p)
{
    journal_of(s, p)->record[p->file] = record_of(p->image[p->file], p->name + p->file);
    go(p, COUNT);
}

static void count_record(struct state *s, struct process *p)
{
    journal_of(s, p)->records = p->file + 1;
    go(p, NEXT);
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void output(struct process *p, int me, int choice)
{
    if (choice)
        fail(p);
    else if (command_of(me)->kind == PART)
        go(p, broken[TOLD_EARLY] || broken[PART_UNDONE] ? PART_UNLINK : PART_DONE);
    else
        go(p, broken[REMOVE_EARLY] ? SAY_0 : broken[NO_FINISHED] ? MARK_OFF : FINISH);
}

static void finish(struct state *s, int me)
{
    struct process *p = &s->process[me];
    journal_of(s, p)->end = FINISHED;
    sync_journal(s, p);
    p->file = command_of(me)->files - 1;
    go(p, broken[NO_FINISHED] ? UNLINK : MARK_OFF);
}

static void take_mark_off(struct state *s, struct process *p)
{
    const struct journal *j = journal_of(s, p);
    uint8_t *mark = &image_of(s, p)->mark[RUN_MARK];
    if (*mark && mark_run(*mark) == j->run && s->now.name[p->name + p->file] == p->image[p->file] + 1)
        *mark = 0;
    sync_image(s, p->image[p->file]);
    if (p->file > 0)
        p->file--;
    else
        go(p, broken[NO_FINISHED] ? FINISH : UNLINK);
}

static void remove_journal(struct state *s, struct process *p)
{
    s->now.path[p->path] = NONE;
    go(p, UNLINK_SYNC);
}

static void unlink_sync(struct state *s, struct process *p)
{
    if (config->power && !broken[END_UNSYNCED])
        memcpy(s->disk.path, s->now.path, sizeof s->now.path);
    go(p, broken[REMOVE_EARLY] ? OUTPUT : SAY_0);
}

static void say_0(struct state *s, int me)
{
    struct process *p = &s->process[me];
    check_told(s, me);
    p->told = 1;
    process_end(p);
}

static void read_file(struct state *s, int me)
{
    struct process *p = &s->process[me];
    check_read(s, p->image[0]);
    go(p, p->step == READ_FIRST ? READ_REST : SAY_0);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void begin_step(struct state *s, int me)
{
    struct process *p = &s->process[me];
    switch (p->step) {
    case OPEN_FILE:
        open_file(s, me);
        break;
    case LOCK_FILE:
        lock_file(s, me);
        break;
    case LOOK:
        look(s, me);
        break;
    case LOCK_JOURNAL:
        lock_journal(s, me);
        break;
    case STILL:
        still(s, p);
        break;
    case COMPARE:
        compare(s, me);
        break;
    case CREATE:
        create(s, me);
        break;
    case CREATE_LOCK:
        create_lock(s, me);
        break;
    case CREATE_SYNC:
        create_sync(s, me);
        break;
    case MARK:
        set_mark(s, p);
        go(p, MARK_SYNC);
        break;
    case MARK_SYNC:
        mark_sync(s, p);
        break;
    case RECORD:
        write_record(s, p);
        break;
    case COUNT:
        count_record(s, p);
        break;
    case ADOPT_MARK:
        adopt_mark(s, p, me);
        break;
    case ADOPT_RECORD:
        adopt_record(s, me);
        break;
    default:
        assert(false);
    }
}

static void end_step(struct state *s, int me, int choice)
{
    struct process *p = &s->process[me];
    switch (p->step) {
    case OUTPUT:
        output(p, me, choice);
        break;
    case FINISH:
        finish(s, me);
        break;
    case MARK_OFF:
        take_mark_off(s, p);
        break;
    case UNLINK:
        remove_journal(s, p);
        break;
    case UNLINK_SYNC:
        unlink_sync(s, p);
        break;
    case SAY_0:
        say_0(s, me);
        break;
    case READ_FIRST:
    case READ_REST:
        read_file(s, me);
        break;
    default:
        assert(false);
    }
}

void run_step(struct state *s, int me, int choice)
{
    enum step step = s->process[me].step;
    if (step <= ADOPT_RECORD)
        begin_step(s, me);
    else if (step >= OUTPUT)
        end_step(s, me, choice);
    else
        change_step(s, me, choice);
}
