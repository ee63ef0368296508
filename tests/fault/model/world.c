/* SPDX-License-Identifier: MIT */
/*
 * world.c - what happens around processes: users start commands, kill, rename, copy, restore and remove; file systems
 * and power end. expand() gives every state that may come next.
 */
#include "parts.h"

#include <stddef.h>

static emit_fn *emit_next;

static void give(struct state *child, int actor, const char *what)
{
    collect(child);
    emit_next(child, actor, what);
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

static const char *const step_names[] = {
#define X(symbol, what) what,
    STEPS(X)
#undef X
};

void process_start(struct state *s, int me, uint8_t name, bool adopt)
{
    s->process[me] = (struct process){.step = OPEN_FILE, .started = 1, .name = name, .adopt = adopt};
}

/* Its locks end with it. */
void process_end(struct process *p)
{
    *p = (struct process){.started = p->started, .told = p->told};
}

/* What nobody else can see is no step of its own: a decision, or a sync in mode kill. */
static bool is_silent(enum step step)
{
    static const bool syncs[STEP_COUNT] = {
        [CREATE_SYNC] = true,    [MARK_SYNC] = true,      [RESTORE_SYNC] = true,    [TAKEUP_SYNC] = true,
        [UNLINK_SYNC] = true,    [JOB_SYNC] = true,       [JOB_MARK_SYNC] = true,   [JOB_ENTRY_SYNC] = true,
        [PART_DONE_SYNC] = true, [PART_TOLD_SYNC] = true, [JOB_UNLINK_SYNC] = true, [JOB_MARKED_SYNC] = true,
    };
    return step == NEXT || (!config->power && syncs[step]);
}

static bool one_step(struct state *s, int me, int choice)
{
    enum step step = s->process[me].step;
    bool may_fail = step == OUTPUT || ((step == SAVE || step == ARM) && (config->events & FULL));
    if (choice && !may_fail)
        return false;
    if (step >= JOB_LOOK)
        return job_step(s, me);
    if (step >= DISCARD_LOOK)
        discard_step(s, me);
    else
        run_step(s, me, choice);
    return true;
}

bool process_step(struct state *s, int me, int choice)
{
    if (!one_step(s, me, choice))
        return false;
    while (is_silent(s->process[me].step))
        one_step(s, me, 0);
    return true;
}

/*
 * What cannot be closed: everything is done and the journal gone, but the exit status is not out. It begins with the
 * mark's removal where the file is renamed before the command is repeated.
 */
static bool is_gap(const struct state *s, int me)
{
    enum step step = s->process[me].step;
    bool renamed = (config->events & RENAME) || config->hidden;
    if (broken[GAP])
        return false;
    if (step == UNLINK || step == JOB_UNLINK)
        return renamed;
    if (step == MARK_OFF && s->process[me].file + 1 < command_of(me)->files)
        return renamed;
    /* The other file has lost its mark: somebody else may begin with it. */
    if (step == JOB_MARK_OFF && config->listed && s->process[me].at == 0)
        return renamed;
    return step == UNLINK_SYNC || step == SAY_0 || step == PART_TOLD_SYNC || step == JOB_UNLINK_SYNC;
}

static bool any_gap(const struct state *s)
{
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step != IDLE && is_gap(s, i))
            return true;
    return false;
}

static int running(const struct state *s)
{
    int count = 0;
    for (int i = 0; i < SLOTS; i++)
        count += s->process[i].step != IDLE;
    return count;
}

static void expand_running(const struct state *s, int me)
{
    const char *what = step_names[s->process[me].step];
    for (int choice = 0; choice < 2; choice++) {
        struct state child = *s;
        if (process_step(&child, me, choice))
            give(&child, me, choice ? "fails where it" : what);
    }
    if (!(config->events & KILL) || is_gap(s, me))
        return;
    struct state child = *s;
    process_end(&child.process[me]);
    give(&child, me, "is killed");
}

static bool may_start(const struct state *s, int me)
{
    if (command_of(me)->kind == NO_COMMAND || s->process[me].told || running(s) >= config->together)
        return false;
    for (int i = 0; i < STRANGER; i++)
        if ((command_of(me)->after >> i & 1) && !s->process[i].told)
            return false;
    return true;
}

/* A user names the file that is meant, wherever it is now. */
static void expand_idle(const struct state *s, int me)
{
    static const char *const names[] = {"starts on f", "starts on g", "starts on h"};
    bool moves = config->events & (RENAME | COPY_ALL | COPY_BYTES | COPY_FOLDER);
    if (!may_start(s, me))
        return;
    for (uint8_t name = 0; name < NAMES; name++) {
        if (!s->now.name[name] || (!moves && name != command_of(me)->name))
            continue;
        /* Nobody changes what cp has not finished. */
        if (s->copying && s->now.name[name] == s->copy_to + 1)
            continue;
        struct state child = *s;
        process_start(&child, me, name, false);
        give(&child, me, names[name]);
        if (!(config->events & ADOPT) || command_of(me)->kind != CHANGE || !s->process[me].started)
            continue;
        child = *s;
        process_start(&child, me, name, true);
        give(&child, me, "starts with --adopt on a name");
    }
}

/* ---- files that users move --------------------------------------------------------------------------------------- */

static bool mark_names(const struct world *w, uint8_t image)
{
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k < 2; k++)
            if (w->image[i].mark[k] && mark_image(w->image[i].mark[k]) == image)
                return true;
    return false;
}

static bool world_names(const struct world *w, uint8_t image)
{
    for (int i = 0; i < NAMES; i++)
        if (w->name[i] == image + 1)
            return true;
    for (int i = 0; i < JOURNALS; i++)
        for (int k = 0; k < 2; k++)
            if (w->journal[i].record[k] && record_image(w->journal[i].record[k]) == image)
                return true;
    for (int i = 0; i < JOBS; i++)
        if (w->job[i].run && w->job[i].image == image)
            return true;
    return mark_names(w, image);
}

/* Whether anything still speaks of this inode. */
static bool image_is_used(const struct state *s, uint8_t image)
{
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step != IDLE && (s->process[i].image[0] == image || s->process[i].image[1] == image))
            return true;
    if (s->copying && (s->copy_from == image || s->copy_to == image))
        return true;
    return world_names(&s->now, image) || world_names(&s->disk, image);
}

static int new_image(const struct state *s)
{
    for (uint8_t i = 0; i < (config->images ? config->images : IMAGES); i++)
        if (!image_is_used(s, i))
            return i;
    return -1;
}

static void copy_granule(struct state *s, uint8_t from, uint8_t to, int at)
{
    s->now.image[to].now[at] = s->now.image[from].now[at];
    s->owed[to][at] = s->owed[from][at];
}

/* Without a mark nothing tells a copy from any other file: it is what it is. */
static void end_copy(struct state *s, uint8_t from, uint8_t to, bool marks)
{
    if (marks)
        memcpy(s->now.image[to].mark, s->now.image[from].mark, sizeof s->now.image[to].mark);
    bool marked = s->now.image[to].mark[0] || s->now.image[to].mark[1];
    for (int i = 0; i < GRANULES && !marked; i++) {
        s->now.image[to].now[i] &= (uint8_t)~HALF;
        s->owed[to][i] = s->now.image[to].now[i];
    }
    s->copying = s->copy_from = s->copy_to = 0;
}

static void copy_journal(struct state *s, uint8_t from, uint8_t to)
{
    uint8_t journal = s->now.path[from];
    if (!journal)
        return;
    for (int i = 0; i < JOURNALS; i++) {
        if (s->now.journal[i].run || s->now.path[to])
            continue;
        s->now.journal[i] = s->now.journal[journal - 1];
        s->now.path[to] = (uint8_t)(i + 1);
    }
}

static bool opening(const struct state *s)
{
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step == OPEN_FILE && (config->events & SLOWLY))
            return true;
    return false;
}

static void expand_copy(const struct state *s, uint8_t from, uint8_t to, enum event how)
{
    int image = new_image(s);
    if (image < 0 || s->copying || opening(s) || (how == COPY_FOLDER && s->now.path[to]))
        return;
    struct state child = *s;
    uint8_t source = s->now.name[from] - 1;
    child.now.image[image] = (struct image){0};
    child.now.name[to] = (uint8_t)(image + 1);
    child.copy_from = source;
    child.copy_to = (uint8_t)image;
    child.copying = 1;
    if (!(config->events & SLOWLY)) {
        for (int i = 0; i < GRANULES; i++)
            copy_granule(&child, source, (uint8_t)image, i);
        end_copy(&child, source, (uint8_t)image, how != COPY_BYTES);
    }
    if (how == COPY_FOLDER)
        copy_journal(&child, from, to);
    give(&child, from,
         how == COPY_ALL     ? "is copied by cp -a"
         : how == COPY_BYTES ? "is copied by cp"
                             : "and its journal are copied");
}

/* cp -a that takes its time: a granule, then the next, the attributes at last. */
static void expand_copying(const struct state *s)
{
    struct state child = *s;
    int at = s->copying - 1;
    if (at < config->granules) {
        copy_granule(&child, s->copy_from, s->copy_to, at);
        child.copying++;
    } else {
        end_copy(&child, s->copy_from, s->copy_to, true);
    }
    give(&child, SLOTS, at < config->granules ? "copies a granule" : "copies attributes");
}

static void expand_restore(const struct state *s, uint8_t name, int granules)
{
    struct state child = *s;
    uint8_t image = s->now.name[name] - 1;
    if (running(s))
        return;
    for (int i = 0; i < granules; i++)
        child.now.image[image].now[i] = child.owed[image][i] = 0;
    if (memcmp(&child, s, sizeof child) != 0)
        give(&child, name, granules < config->granules ? "is restored in part" : "is restored in place");
}

/* The bytes of a copy with marks are copied back over what may be its original. */
static void expand_copy_back(const struct state *s, uint8_t to, uint8_t from)
{
    struct state child = *s;
    uint8_t source = s->now.name[from] - 1, image = s->now.name[to] - 1;
    if (running(s) || !s->now.image[image].mark[RUN_MARK] || !s->now.image[source].mark[RUN_MARK] ||
        mark_image(s->now.image[source].mark[RUN_MARK]) != image)
        return;
    for (int i = 0; i < GRANULES; i++)
        copy_granule(&child, source, image, i);
    if (memcmp(&child, s, sizeof child) != 0)
        give(&child, to, "is overwritten by its copy");
}

static void expand_name(const struct state *s, uint8_t name)
{
    for (uint8_t to = 0; to < (config->names ? config->names : NAMES); to++) {
        if (s->now.name[to] && to != name && (config->events & COPY_BACK))
            expand_copy_back(s, name, to);
        if (s->now.name[to])
            continue;
        if ((config->events & RENAME) && (to > name || !(config->events & ONE_WAY))) {
            struct state child = *s;
            child.now.name[to] = child.disk.name[to] = s->now.name[name];
            child.now.name[name] = child.disk.name[name] = NONE;
            give(&child, name, "is renamed");
        }
        for (unsigned how = COPY_ALL; how <= COPY_FOLDER; how *= 2)
            if (config->events & how)
                expand_copy(s, name, to, (enum event)how);
    }
    if (config->events & REMOVE) {
        struct state child = *s;
        child.now.name[name] = NONE;
        give(&child, name, "is removed");
    }
    if (config->events & RESTORE)
        expand_restore(s, name, config->granules);
    if (config->events & RESTORE_PART)
        expand_restore(s, name, 1);
}

/* ---- the system ends --------------------------------------------------------------------------------------------- */

struct chunk {
    size_t at, size;
    bool content; /* a granule, which may also be torn */
};

struct chunks {
    struct chunk chunk[sizeof(struct world)];
    int count;
};

static void add_chunk(struct chunks *all, const struct state *s, size_t at, size_t size)
{
    const char *now = (const char *)&s->now, *disk = (const char *)&s->disk;
    size_t images = offsetof(struct world, image), within = (at - images) % sizeof(struct image);
    bool content = at >= images && at < images + sizeof s->now.image && within < GRANULES;
    if (memcmp(now + at, disk + at, size) != 0)
        all->chunk[all->count++] = (struct chunk){at, size, content};
}

/* Mode power: each byte may be lost by itself. Mode kill has nothing to say then; its journals go as a whole. */
static void find_chunks(struct chunks *all, const struct state *s)
{
    size_t journals = offsetof(struct world, journal), jobs = offsetof(struct world, job);
    for (size_t at = 0; at < (config->power ? sizeof(struct world) : journals); at++)
        add_chunk(all, s, at, 1);
    for (int i = 0; i < JOURNALS && !config->power; i++)
        add_chunk(all, s, journals + (size_t)i * sizeof(struct journal), sizeof(struct journal));
    for (int i = 0; i < JOBS && !config->power; i++)
        add_chunk(all, s, jobs + (size_t)i * sizeof(struct job), sizeof(struct job));
}

static uint8_t torn(uint8_t now, uint8_t disk)
{
    return (uint8_t)(((now & ~HALF) < (disk & ~HALF) ? now : disk) | HALF);
}

/* 'way': 0 what was written is there, 1 it is lost, 2 half of it is there. */
static void lose_chunk(struct state *child, const struct chunk *chunk, int way)
{
    char *now = (char *)&child->now + chunk->at;
    const char *disk = (const char *)&child->disk + chunk->at;
    if (way == 1)
        memcpy(now, disk, chunk->size);
    if (way == 2)
        *now = (char)torn((uint8_t)*now, (uint8_t)*disk);
}

static void after_cut(struct state *child)
{
    for (int i = 0; i < SLOTS; i++)
        process_end(&child->process[i]);
    child->cuts++;
    child->instance++;
    if (config->power)
        child->disk = child->now;
    /* Mode kill promises nothing for the bytes, only that nobody goes on with them. */
    for (int i = 0; i < IMAGES && !config->power; i++)
        for (int k = 0; k < GRANULES; k++) {
            child->now.image[i].now[k] &= (uint8_t)~HALF;
            child->owed[i][k] = child->now.image[i].now[k];
        }
}

static void lose_rest(const struct chunks *all, int index, struct state *child)
{
    if (index == all->count) {
        struct state done = *child;
        after_cut(&done);
        give(&done, SLOTS, config->power ? "power is cut" : "the file system ends and is mounted again");
        return;
    }
    for (int way = 0; way < (all->chunk[index].content ? 3 : 2); way++) {
        struct state next = *child;
        lose_chunk(&next, &all->chunk[index], way);
        lose_rest(all, index + 1, &next);
    }
}

static void expand_cut(const struct state *s)
{
    struct chunks all = {.count = 0};
    struct state child = *s;
    if (s->cuts >= config->cuts || any_gap(s))
        return;
    find_chunks(&all, s);
    lose_rest(&all, 0, &child);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool path_leads(const struct world *w, int journal)
{
    for (int i = 0; i < PATHS; i++)
        if (w->path[i] == journal + 1)
            return true;
    return false;
}

static bool journal_is_open(const struct state *s, int journal)
{
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step != IDLE && s->process[i].journal == journal + 1)
            return true;
    return false;
}

static bool job_is_open(const struct state *s, int job)
{
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step != IDLE && s->process[i].job == job + 1)
            return true;
    for (int i = 0; i < JOBS; i++)
        if (s->now.job_path[i] == job + 1 || s->disk.job_path[i] == job + 1)
            return true;
    return false;
}

/* What nobody can reach any more is nothing, so that states are equal that behave equally. */
void collect(struct state *s)
{
    for (int i = 0; i < JOURNALS; i++)
        if (!journal_is_open(s, i) && !path_leads(&s->now, i) && !path_leads(&s->disk, i))
            s->now.journal[i] = s->disk.journal[i] = (struct journal){0};
    for (int i = 0; i < JOBS; i++)
        if (!job_is_open(s, i))
            s->now.job[i] = s->disk.job[i] = (struct job){0};
    for (uint8_t i = 0; i < IMAGES; i++) {
        if (image_is_used(s, i))
            continue;
        s->now.image[i] = s->disk.image[i] = (struct image){0};
        memset(s->owed[i], 0, sizeof s->owed[i]);
        s->given_up &= (uint8_t) ~(1u << i);
    }
}

struct state first_state(void)
{
    struct state s;
    memset(&s, 0, sizeof s);
    for (uint8_t i = 0; i < config->files; i++)
        s.now.name[i] = i + 1;
    s.disk = s.now;
    return s;
}

void expand(const struct state *s, emit_fn *emit)
{
    emit_next = emit;
    for (int i = 0; i < STRANGER; i++) {
        if (s->process[i].step != IDLE)
            expand_running(s, i);
        else
            expand_idle(s, i);
    }
    if (s->copying)
        expand_copying(s);
    for (uint8_t i = 0; i < NAMES; i++)
        if (s->now.name[i])
            expand_name(s, i);
    if (config->events & (MOUNT | CUT))
        expand_cut(s);
}
