/* SPDX-License-Identifier: MIT */
/*
 * job.c - the steps of a job's parts.
 *
 *     OPEN_FILE LOCK_FILE JOB_LOOK (JOB_CREATE JOB_SYNC JOB_LOOK) JOB_LOCK JOB_STILL JOB_COMPARE
 *         (JOB_MARK, of a job over two files JOB_MARK JOB_MARK JOB_MARKED) JOB_ENTRY
 *         ABSENT, BEGUN   JOB_RELEASE PART_JOURNAL PART_COMPARE, then the walk and OUTPUT of run.c,
 *                         PART_DONE PART_UNLINK ASK_LOCK ASK
 *         DONE            PART_UNLINK ASK_LOCK ASK
 *         TOLD            SAY_0
 *     ASK                 last: JOB_MARK_OFF JOB_UNLINK SAY_0       else: PART_TOLD SAY_0
 */
#include "parts.h"

static void sync_job(struct state *s, const struct process *p)
{
    if (config->power)
        s->disk.job[p->job - 1] = s->now.job[p->job - 1];
}

static void sync_names(struct state *s)
{
    if (!config->power)
        return;
    memcpy(s->disk.path, s->now.path, sizeof s->now.path);
    memcpy(s->disk.job_path, s->now.job_path, sizeof s->now.job_path);
}

/* ---- finding the job --------------------------------------------------------------------------------------------- */

/* Whoever changes which file, the first leads to the record. */
static uint8_t name_of_job(const struct process *p)
{
    return config->listed ? 0 : p->name;
}

/* A run over other bytes of FILE is in the way only where it has the same bytes. */
static bool run_is_in_the_way(const struct state *s, int me)
{
    const struct process *p = &s->process[me];
    const struct command *mine = command_of(me);
    uint8_t mark = s->now.image[p->image[0]].mark[RUN_MARK];
    uint8_t journal = mark ? s->now.path[mark_path(mark)] : NONE;
    if (!mark)
        return s->now.path[p->name] != NONE;
    if (!journal || s->now.journal[journal - 1].run != mark_run(mark))
        return true;
    const struct command *other = command_of(s->now.journal[journal - 1].command - 1);
    return other->first < mine->first + mine->count && mine->first < other->first + other->count;
}

static void open_job(struct state *s, struct process *p, uint8_t path)
{
    p->job = s->now.job_path[path];
    p->job_path = path;
    go(p, JOB_LOCK);
}

static void job_look(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t name = name_of_job(p), first = config->listed ? s->now.name[0] - 1 : p->image[0];
    uint8_t mark = s->now.image[first].mark[JOB_MARK_SLOT];
    if (run_is_in_the_way(s, me) || name >= JOBS || (mark && mark_image(mark) != first)) {
        fail(p);
        return;
    }
    uint8_t path = mark ? mark_path(mark) : name;
    uint8_t job = s->now.job_path[path];
    if (mark && (!job || s->now.job[job - 1].run != mark_run(mark)))
        fail(p);
    else if (job)
        open_job(s, p, path);
    else
        go(p, JOB_CREATE);
}

static bool job_is_used(const struct state *s, int job)
{
    for (int i = 0; i < JOBS; i++)
        if (s->now.job_path[i] == job + 1 || s->disk.job_path[i] == job + 1)
            return true;
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step != IDLE && s->process[i].job == job + 1)
            return true;
    for (int i = 0; i < IMAGES; i++) {
        uint8_t now = s->now.image[i].mark[JOB_MARK_SLOT], disk = s->disk.image[i].mark[JOB_MARK_SLOT];
        if ((now && mark_run(now) == JOURNALS + 1 + job) || (disk && mark_run(disk) == JOURNALS + 1 + job))
            return true;
    }
    return false;
}

static void job_create(struct state *s, int me)
{
    struct process *p = &s->process[me];
    int job = 0;
    while (job < JOBS && job_is_used(s, job))
        job++;
    uint8_t name = name_of_job(p);
    if (s->now.job_path[name]) {
        go(p, JOB_LOOK);
        return;
    }
    if (job == JOBS) {
        fail(p);
        return;
    }
    s->now.job[job] = (struct job){.run = (uint8_t)(JOURNALS + 1 + job),
                                   .command = command_of(me)->op,
                                   .instance = s->instance,
                                   .image = config->listed ? s->now.name[0] - 1 : p->image[0],
                                   .second = config->listed ? s->now.name[1] : NONE};
    s->now.job_path[name] = (uint8_t)(job + 1);
    if (config->power)
        s->disk.job[job] = s->now.job[job];
    go(p, JOB_LOOK);
}

/* Waits: nobody has the job's lock for long, and it ends with its holder. */
static bool job_lock(struct state *s, int me, enum step next)
{
    struct process *p = &s->process[me];
    if (!broken[JOB_UNLOCKED]) {
        if (job_is_locked(s, me, p->job))
            return false;
        p->job_locked = 1;
    }
    go(p, next);
    return true;
}

static void job_still(struct state *s, struct process *p)
{
    if (s->now.job_path[p->job_path] == p->job) {
        go(p, JOB_COMPARE);
        return;
    }
    p->job = p->job_locked = p->present = 0;
    go(p, JOB_LOOK);
}

static void job_compare(struct state *s, int me)
{
    struct process *p = &s->process[me];
    const struct job *job = job_of(s, p);
    bool same_mount = config->power || broken[ANY_MOUNT] || job->instance == s->instance;
    uint8_t file = config->listed && p->name == 1 ? job->second - 1 : job->image;
    if (!job->run || job->command != command_of(me)->op || file != p->image[0] || job->end || !same_mount)
        fail(p);
    else
        go(p, JOB_SYNC);
    p->present = p->step == JOB_SYNC;
}

static void job_sync(struct state *s, struct process *p)
{
    sync_names(s);
    go(p, JOB_MARK);
}

static bool marks_all(struct state *s, const struct process *p)
{
    return config->listed && !job_of(s, p)->marked;
}

/* Which file is marked, or loses its mark: 'at' says which of two. */
static uint8_t image_at(struct state *s, const struct process *p)
{
    return p->at ? job_of(s, p)->second - 1 : job_of(s, p)->image;
}

/* Another run has a file in hand that the job is about to mark. */
static bool is_taken(const struct state *s, const struct process *p, uint8_t image)
{
    return s->now.image[image].mark[RUN_MARK] || s->now.path[p->at] != NONE;
}

/* One call sets it where there is none; FILE that was renamed meanwhile may have got another job's. */
static void job_mark(struct state *s, struct process *p)
{
    uint8_t image = marks_all(s, p) ? image_at(s, p) : p->image[0];
    uint8_t *mark = &s->now.image[image].mark[JOB_MARK_SLOT];
    if (marks_all(s, p) && is_taken(s, p, image)) {
        fail(p);
        return;
    }
    if (*mark && mark_run(*mark) != job_of(s, p)->run && !broken[ANY_MARK]) {
        p->job = p->job_locked = p->present = 0;
        go(p, JOB_LOOK);
        return;
    }
    if (!*mark)
        *mark = mark_of(job_of(s, p)->run, image, p->job_path);
    go(p, JOB_MARK_SYNC);
}

static void job_mark_sync(struct state *s, struct process *p)
{
    uint8_t image = marks_all(s, p) ? image_at(s, p) : p->image[0];
    if (config->power && !broken[MARK_UNSYNCED])
        s->disk.image[image] = s->now.image[image];
    if (!marks_all(s, p))
        go(p, JOB_ENTRY);
    else if (p->at == 0)
        go(p, JOB_MARK);
    else
        go(p, JOB_MARKED);
    p->at = marks_all(s, p) && p->at == 0;
}

/* ---- a part ------------------------------------------------------------------------------------------------------ */

/* One for each content of the part's granules. */
static uint8_t sum_of_part(const struct state *s, int me)
{
    const struct command *command = command_of(me);
    const uint8_t *now = s->now.image[s->process[me].image[0]].now;
    uint8_t sum = 1;
    for (int i = 0; i < command->count; i++)
        sum = (uint8_t)((sum * 3 + now[command->first + i]) % 61);
    return sum;
}

static int entry_state(uint8_t entry)
{
    return entry & 3;
}
static uint8_t entry_of(const struct state *s, int me, int to)
{
    return (uint8_t)(to | sum_of_part(s, me) << 2);
}

static void job_entry(struct state *s, int me)
{
    struct process *p = &s->process[me];
    struct job *job = job_of(s, p);
    uint8_t *entry = &job->entry[command_of(me)->part];
    int is = entry_state(*entry);
    if (is == ABSENT)
        *entry = BEGUN;
    if (is == ABSENT || is == BEGUN)
        go(p, JOB_ENTRY_SYNC);
    else if (!broken[PART_BLIND] && *entry != entry_of(s, me, is))
        fail(p);
    else if (is == DONE)
        go(p, PART_DONE_SYNC);
    else
        go(p, PART_TOLD_SYNC);
}

static void part_journal(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t base = broken[PART_NAME] ? p->name : p->job_path;
    p->path = (uint8_t)(NAMES + base * PARTS + command_of(me)->part);
    p->journal = s->now.path[p->path];
    if (!p->journal) {
        go(p, CREATE);
        return;
    }
    if (is_locked(s, me, p->journal)) {
        fail(p);
        return;
    }
    p->journal_locked = 1;
    go(p, PART_COMPARE);
}

static void part_compare(struct state *s, int me)
{
    struct process *p = &s->process[me];
    const struct journal *j = &s->now.journal[p->journal - 1];
    bool same_mount = config->power || broken[ANY_MOUNT] || j->instance == s->instance;
    bool recorded = j->run && records_of(j) > 0;
    bool same = j->run && same_mount && (!recorded || record_image(j->record[0]) == p->image[0]);
    if (!same || (!broken[NO_COMPARE] && !evidence_fits(s, p, me)))
        fail(p);
    else
        go(p, config->power ? TAKEUP_SYNC : recorded ? RESTORE_OLD : RECORD);
}

static void part_done(struct state *s, int me)
{
    struct process *p = &s->process[me];
    uint8_t part = command_of(me)->part;
    struct job *job = job_of(s, p);
    job->entry[part] = entry_of(s, me, entry_state(job->entry[part]) == TOLD ? TOLD : DONE);
    go(p, PART_DONE_SYNC);
}

static void part_done_sync(struct state *s, struct process *p)
{
    if (!broken[PART_UNSYNCED])
        sync_job(s, p);
    go(p, broken[PART_UNDONE] ? ASK_LOCK : PART_UNLINK);
}

static void part_unlink(struct state *s, int me)
{
    struct process *p = &s->process[me];
    s->now.path[NAMES + p->job_path * PARTS + command_of(me)->part] = NONE;
    go(p, broken[PART_UNDONE] ? PART_DONE : ASK_LOCK);
}

static void part_early(struct state *s, int me)
{
    struct process *p = &s->process[me];
    job_of(s, p)->entry[command_of(me)->part] = entry_of(s, me, TOLD);
    go(p, OUTPUT);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static bool is_last(const struct state *s, int me)
{
    const struct job *job = &s->now.job[s->process[me].job - 1];
    for (int i = 0; i < config->parts; i++) {
        int is = entry_state(job->entry[i]);
        bool waits = is != TOLD && !(broken[UNTOLD] && is == DONE);
        if (i != command_of(me)->part && waits)
            return false;
    }
    return true;
}

static void ask(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (s->now.job_path[p->job_path] != p->job)
        fail(p);
    else
        go(p, !is_last(s, me) ? PART_TOLD : broken[RECORD_FIRST] ? JOB_UNLINK : JOB_MARK_OFF);
    /* The first file's last. */
    p->at = config->listed;
}

static void job_mark_off(struct state *s, struct process *p)
{
    uint8_t number = config->listed ? image_at(s, p) : p->image[0];
    struct image *image = &s->now.image[number];
    if (mark_run(image->mark[JOB_MARK_SLOT]) == job_of(s, p)->run)
        image->mark[JOB_MARK_SLOT] = 0;
    if (config->power)
        s->disk.image[number] = *image;
    if (p->at)
        p->at--;
    else
        go(p, broken[RECORD_FIRST] ? SAY_0 : JOB_UNLINK);
}

static void job_unlink(struct state *s, struct process *p)
{
    s->now.job_path[p->job_path] = NONE;
    go(p, JOB_UNLINK_SYNC);
}

static void end_step(struct state *s, int me)
{
    struct process *p = &s->process[me];
    switch (p->step) {
    case PART_DONE:
        part_done(s, me);
        break;
    case PART_DONE_SYNC:
        part_done_sync(s, p);
        break;
    case PART_UNLINK:
        part_unlink(s, me);
        break;
    case PART_EARLY:
        part_early(s, me);
        break;
    case ASK:
        ask(s, me);
        break;
    case PART_TOLD:
        job_of(s, p)->entry[command_of(me)->part] = entry_of(s, me, TOLD);
        go(p, PART_TOLD_SYNC);
        break;
    case PART_TOLD_SYNC:
        if (!broken[TOLD_UNSYNCED])
            sync_job(s, p);
        go(p, SAY_0);
        break;
    case JOB_MARK_OFF:
        job_mark_off(s, p);
        break;
    case JOB_UNLINK:
        job_unlink(s, p);
        break;
    case JOB_UNLINK_SYNC:
        if (!broken[END_UNSYNCED])
            sync_names(s);
        go(p, broken[RECORD_FIRST] ? JOB_MARK_OFF : SAY_0);
        break;
    default:
        assert(false);
    }
}

static void mark_step(struct state *s, struct process *p)
{
    switch (p->step) {
    case JOB_MARK:
        job_mark(s, p);
        break;
    case JOB_MARK_SYNC:
        job_mark_sync(s, p);
        break;
    case JOB_MARKED:
        job_of(s, p)->marked = 1;
        go(p, JOB_MARKED_SYNC);
        break;
    default:
        sync_job(s, p);
        go(p, JOB_ENTRY);
    }
}

bool job_step(struct state *s, int me)
{
    struct process *p = &s->process[me];
    switch (p->step) {
    case JOB_LOOK:
        job_look(s, me);
        break;
    case JOB_CREATE:
        job_create(s, me);
        break;
    case JOB_SYNC:
        job_sync(s, p);
        break;
    case JOB_LOCK:
        return job_lock(s, me, JOB_STILL);
    case JOB_STILL:
        job_still(s, p);
        break;
    case JOB_COMPARE:
        job_compare(s, me);
        break;
    case JOB_MARK:
    case JOB_MARK_SYNC:
    case JOB_MARKED:
    case JOB_MARKED_SYNC:
        mark_step(s, p);
        break;
    case JOB_ENTRY:
        job_entry(s, me);
        break;
    case JOB_ENTRY_SYNC:
        sync_job(s, p);
        go(p, JOB_RELEASE);
        break;
    case JOB_RELEASE:
        p->job_locked = 0;
        go(p, PART_JOURNAL);
        break;
    case PART_JOURNAL:
        part_journal(s, me);
        break;
    case PART_COMPARE:
        part_compare(s, me);
        break;
    case ASK_LOCK:
        return job_lock(s, me, ASK);
    default:
        end_step(s, me);
    }
    return true;
}
