/* SPDX-License-Identifier: MIT */
/*
 * discard.c - the steps of --discard-journal.
 *
 *     OPEN_FILE LOCK_FILE DISCARD_LOOK    then one of
 *     DISCARD_LOCK STILL WORD MARK... UNLINK SAY_0              this file's run, with all of its files
 *     DISCARD_ONE SAY_0                                         this file's mark: a copy's, or one whose run is gone,
 *                                                               or in another folder
 *     DISCARD_JOB_LOCK STILL WORD MARK PART... UNLINK SAY_0     this file's job
 */
#include "parts.h"

/* The user gives this file up, as it is. */
static void forgive(struct state *s, uint8_t image)
{
    for (int i = 0; i < GRANULES; i++) {
        s->now.image[image].now[i] &= (uint8_t)~HALF;
        s->owed[image][i] = s->now.image[image].now[i];
    }
}

static bool names_image(const struct journal *j, uint8_t image)
{
    for (int i = 0; i < records_of(j); i++)
        if (record_image(j->record[i]) == image)
            return true;
    return false;
}

/* The run is given up: all its files are, if the one that the user named is among them. */
static void forgive_all(struct state *s, const struct process *p)
{
    const struct journal *j = &s->now.journal[p->journal - 1];
    if (names_image(j, p->image[0]))
        for (int i = 0; i < records_of(j); i++)
            forgive(s, record_image(j->record[i]));
    forgive(s, p->image[0]);
}

static void open_run(struct state *s, struct process *p, uint8_t path)
{
    p->path = path;
    p->journal = s->now.path[path];
    go(p, DISCARD_LOCK);
}

/* A mark of a later file of a run does not lead to the journal from another folder. */
static bool is_away(const struct state *s, uint8_t image)
{
    uint8_t mark = s->now.image[image].mark[RUN_MARK];
    uint8_t journal = mark ? s->now.path[mark_path(mark)] : NONE;
    const struct journal *j = journal ? &s->now.journal[journal - 1] : NULL;
    return config->away && j && j->run == mark_run(mark) && records_of(j) > 0 && record_image(j->record[0]) != image;
}

static void look_at_mark(struct state *s, struct process *p, uint8_t mark)
{
    bool own = mark_image(mark) == p->image[0] || broken[FOREIGN] || broken[DISCARD_ALL];
    uint8_t journal = s->now.path[mark_path(mark)];
    const struct journal *j = journal ? &s->now.journal[journal - 1] : NULL;
    bool there = j && j->run == mark_run(mark) && !is_away(s, p->image[0]);
    /* Killed between mark and record: the mark alone says whose the journal is. */
    bool ours = there && (names_image(j, p->image[0]) || records_of(j) == 0);
    if (own && there && (ours || broken[FOREIGN] || broken[DISCARD_ALL]))
        open_run(s, p, mark_path(mark));
    else {
        p->file = is_away(s, p->image[0]);
        go(p, DISCARD_ONE);
    }
}

static void look_at_job(struct state *s, struct process *p, uint8_t path)
{
    uint8_t mark = s->now.image[p->image[0]].mark[JOB_MARK_SLOT];
    uint8_t job = path < JOBS ? s->now.job_path[path] : NONE;
    if (job && (!mark || s->now.job[job - 1].run == mark_run(mark))) {
        p->job = job;
        p->job_path = path;
        go(p, DISCARD_JOB_LOCK);
    } else {
        go(p, mark ? DISCARD_ONE : SAY_0);
    }
}

static void discard_look(struct state *s, struct process *p)
{
    const struct image *image = &s->now.image[p->image[0]];
    uint8_t job = image->mark[JOB_MARK_SLOT];
    if (image->mark[RUN_MARK])
        look_at_mark(s, p, image->mark[RUN_MARK]);
    else if (job && mark_image(job) != p->image[0])
        go(p, DISCARD_ONE);
    else if (job)
        look_at_job(s, p, mark_path(job));
    else if (s->now.path[p->name])
        open_run(s, p, p->name);
    else
        look_at_job(s, p, p->name);
}

static void discard_lock(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (is_locked(s, me, p->journal)) {
        fail(p);
        return;
    }
    p->journal_locked = 1;
    go(p, broken[NO_STILL] || broken[LINK_FIRST] ? DISCARD_WORD : DISCARD_STILL);
}

static void discard_still(struct state *s, struct process *p)
{
    if (s->now.path[p->path] == p->journal)
        go(p, DISCARD_WORD);
    else
        fail(p);
}

static void discard_word(struct state *s, struct process *p)
{
    struct journal *j = &s->now.journal[p->journal - 1];
    if (!broken[DISCARD_QUIET]) {
        j->end = GIVEN_UP;
        s->disk.journal[p->journal - 1] = config->power ? *j : s->disk.journal[p->journal - 1];
        forgive_all(s, p);
    }
    p->file = 0;
    go(p, DISCARD_MARK);
}

static void take_off(struct state *s, const struct process *p, uint8_t image)
{
    uint8_t *mark = &s->now.image[image].mark[RUN_MARK];
    if (*mark && mark_run(*mark) == s->now.journal[p->journal - 1].run)
        *mark = 0;
    s->disk.image[image] = config->power ? s->now.image[image] : s->disk.image[image];
}

/* Of all files that records name and that are still there, then of the one that was named. */
static void discard_mark(struct state *s, struct process *p)
{
    const struct journal *j = &s->now.journal[p->journal - 1];
    bool ours = names_image(j, p->image[0]) || broken[DISCARD_BESIDE];
    if (p->file >= records_of(j) || !ours) {
        take_off(s, p, p->image[0]);
        go(p, DISCARD_UNLINK);
        return;
    }
    uint8_t record = j->record[p->file++];
    if (s->now.name[record_path(record)] == record_image(record) + 1)
        take_off(s, p, record_image(record));
}

static void discard_unlink(struct state *s, struct process *p)
{
    if (broken[DISCARD_QUIET])
        forgive_all(s, p);
    s->now.path[p->path] = NONE;
    if (config->power)
        memcpy(s->disk.path, s->now.path, sizeof s->now.path);
    go(p, SAY_0);
}

static void discard_one(struct state *s, struct process *p)
{
    struct image *image = &s->now.image[p->image[0]];
    /* The run is not given up: it may still say 0 for this file. */
    if (!p->file)
        forgive(s, p->image[0]);
    image->mark[image->mark[RUN_MARK] ? RUN_MARK : JOB_MARK_SLOT] = 0;
    s->disk.image[p->image[0]] = config->power ? *image : s->disk.image[p->image[0]];
    go(p, SAY_0);
}

/* ---- a job ------------------------------------------------------------------------------------------------------- */

/* Whether a part is at work, or about to be. */
static bool job_is_present(const struct state *s, uint8_t job)
{
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].present && s->process[i].job == job)
            return true;
    return false;
}

static void discard_job_lock(struct state *s, int me)
{
    struct process *p = &s->process[me];
    if (job_is_locked(s, me, p->job) || (!broken[NOT_PRESENT] && job_is_present(s, p->job))) {
        fail(p);
        return;
    }
    p->job_locked = 1;
    go(p, DISCARD_JOB_STILL);
}

static void discard_job_still(struct state *s, struct process *p)
{
    if (s->now.job_path[p->job_path] == p->job)
        go(p, DISCARD_JOB_WORD);
    else
        fail(p);
}

/* All its files are given up, if the one that the user named is among them. */
static void forgive_job(struct state *s, struct process *p)
{
    const struct job *job = job_of(s, p);
    forgive(s, p->image[0]);
    if (job->second && (p->image[0] == job->image || p->image[0] == job->second - 1)) {
        forgive(s, job->image);
        forgive(s, job->second - 1);
    }
}

static void discard_job_word(struct state *s, struct process *p)
{
    if (!broken[DISCARD_QUIET]) {
        job_of(s, p)->end = GIVEN_UP;
        s->disk.job[p->job - 1] = config->power ? *job_of(s, p) : s->disk.job[p->job - 1];
        forgive_job(s, p);
    }
    p->file = config->listed;
    go(p, DISCARD_JOB_MARK);
}

/* Of a job over two files the second first. */
static void discard_job_mark(struct state *s, struct process *p)
{
    const struct job *job = job_of(s, p);
    uint8_t number = !config->listed ? p->image[0] : p->file ? job->second - 1 : job->image;
    struct image *image = &s->now.image[number];
    if (mark_run(image->mark[JOB_MARK_SLOT]) == job->run)
        image->mark[JOB_MARK_SLOT] = 0;
    s->disk.image[number] = config->power ? *image : s->disk.image[number];
    if (p->file)
        p->file--;
    else
        go(p, DISCARD_PART);
}

static void discard_part(struct state *s, struct process *p)
{
    s->now.path[NAMES + p->job_path * PARTS + p->file] = NONE;
    if (++p->file == PARTS)
        go(p, DISCARD_JOB_UNLINK);
}

static void discard_job_unlink(struct state *s, struct process *p)
{
    if (broken[DISCARD_QUIET])
        forgive_job(s, p);
    s->now.job_path[p->job_path] = NONE;
    if (config->power) {
        memcpy(s->disk.path, s->now.path, sizeof s->now.path);
        memcpy(s->disk.job_path, s->now.job_path, sizeof s->now.job_path);
    }
    go(p, SAY_0);
}

void discard_step(struct state *s, int me)
{
    struct process *p = &s->process[me];
    switch (p->step) {
    case DISCARD_LOOK:
        discard_look(s, p);
        break;
    case DISCARD_LOCK:
        discard_lock(s, me);
        break;
    case DISCARD_STILL:
        discard_still(s, p);
        break;
    case DISCARD_WORD:
        discard_word(s, p);
        break;
    case DISCARD_MARK:
        discard_mark(s, p);
        break;
    case DISCARD_UNLINK:
        discard_unlink(s, p);
        break;
    case DISCARD_ONE:
        discard_one(s, p);
        break;
    case DISCARD_JOB_LOCK:
        discard_job_lock(s, me);
        break;
    case DISCARD_JOB_STILL:
        discard_job_still(s, p);
        break;
    case DISCARD_JOB_WORD:
        discard_job_word(s, p);
        break;
    case DISCARD_JOB_MARK:
        discard_job_mark(s, p);
        break;
    case DISCARD_PART:
        discard_part(s, p);
        break;
    case DISCARD_JOB_UNLINK:
        discard_job_unlink(s, p);
        break;
    default:
        assert(false);
    }
}
