/* SPDX-License-Identifier: MIT */
/* parts.h - what the steps of runs, jobs and of the world share: how things are packed, found, locked and compared. */
#ifndef PARTS_H
#define PARTS_H

#include "model.h"

#include <assert.h>
#include <string.h>

extern struct command stranger;

static inline const struct command *command_of(int slot)
{
    return slot == STRANGER ? &stranger : &config->command[slot];
}

/* Two users may have typed the same. */
static inline bool same_command(int slot, int other)
{
    const struct command *a = command_of(slot), *b = command_of(other);
    return a->kind == b->kind && a->op == b->op && a->files == b->files && a->first == b->first && a->count == b->count;
}

/* ---- marks and records: run, number and birth of an inode, path -------------------------------------------------- */

static inline uint8_t mark_of(uint8_t run, uint8_t image, uint8_t path)
{
    assert(run < 8 && image < 4 && path < 4);
    return (uint8_t)(0x80 | run << 4 | image << 2 | path);
}

static inline uint8_t mark_run(uint8_t mark)
{
    return mark >> 4 & 7;
}
static inline uint8_t mark_image(uint8_t mark)
{
    return mark >> 2 & 3;
}
static inline uint8_t mark_path(uint8_t mark)
{
    return mark & 3;
}

static inline uint8_t record_of(uint8_t image, uint8_t path)
{
    return (uint8_t)(0x80 | image << 4 | path);
}
static inline uint8_t record_image(uint8_t record)
{
    return record >> 4 & 3;
}
static inline uint8_t record_path(uint8_t record)
{
    return record & 15;
}

enum { RUN_MARK, JOB_MARK_SLOT };

/* Records that count and are whole: what was not synced is not there. */
static inline int records_of(const struct journal *j)
{
    int count = 0;
    while (count < j->records && count < 2 && j->record[count])
        count++;
    return count;
}

/* ---- what a granule holds ---------------------------------------------------------------------------------------- */

static inline int times(uint8_t content, uint8_t op)
{
    return op == ONE_A ? content & 3 : op == ONE_B ? content >> 2 & 3 : content >> 5 & 3;
}

/* One granule of a run's second file lies behind those of the first. */
static inline int files_of(int slot)
{
    return command_of(slot)->files;
}
static inline int granule_in_file(int at)
{
    return at % config->granules;
}
static inline int file_of(int at)
{
    return at / config->granules;
}

static inline uint8_t *granule(struct state *s, const struct process *p, int at)
{
    return &s->now.image[p->image[file_of(at)]].now[granule_in_file(at)];
}

/* ---- who holds what ---------------------------------------------------------------------------------------------- */

static inline struct journal *journal_of(struct state *s, const struct process *p)
{
    return &s->now.journal[p->journal - 1];
}

static inline struct job *job_of(struct state *s, const struct process *p)
{
    return &s->now.job[p->job - 1];
}

static inline bool is_locked(const struct state *s, int me, uint8_t journal)
{
    for (int i = 0; i < SLOTS; i++)
        if (i != me && s->process[i].step != IDLE && s->process[i].journal_locked && s->process[i].journal == journal)
            return true;
    return false;
}

static inline bool job_is_locked(const struct state *s, int me, uint8_t job)
{
    for (int i = 0; i < SLOTS; i++)
        if (i != me && s->process[i].step != IDLE && s->process[i].job_locked && s->process[i].job == job)
            return true;
    return false;
}

/* ---- a stash's word ---------------------------------------------------------------------------------------------- */

static inline uint8_t stash_word(int kind, int stretch, int count)
{
    return (uint8_t)(kind << 6 | stretch << 3 | count);
}
static inline int stash_kind(uint8_t word)
{
    return word >> 6;
}
static inline int stash_stretch(uint8_t word)
{
    return word >> 3 & 7;
}
static inline int stash_count(uint8_t word)
{
    return word & 7;
}
static inline int stretch_of(int at)
{
    return at / config->stretch;
}
static inline int stash_at(uint8_t word)
{
    return stash_stretch(word) * config->stretch + stash_count(word);
}

/* ---- what steps do to FILE and to what is on disk ---------------------------------------------------------------- */

static inline struct image *image_of(struct state *s, const struct process *p)
{
    return &s->now.image[p->image[p->file]];
}

static inline void set_mark(struct state *s, struct process *p)
{
    image_of(s, p)->mark[RUN_MARK] = mark_of(journal_of(s, p)->run, p->image[p->file], p->path);
}

static inline void sync_image(struct state *s, uint8_t image)
{
    if (config->power)
        s->disk.image[image] = s->now.image[image];
}

static inline void sync_journal(struct state *s, const struct process *p)
{
    if (config->power)
        s->disk.journal[p->journal - 1] = s->now.journal[p->journal - 1];
}

/* evidence.c: what a journal knows of the bytes of FILEs against those bytes; what it can restore, -1: nothing. */
bool evidence_fits(const struct state *s, const struct process *p, int me);
int restorable(const struct journal *j, int stash);
uint8_t check_of(uint8_t saved, uint8_t where);

/* For a repetition: the journal was compared, and it goes on with the file at hand. */
void after_look(struct state *s, struct process *p);
void change_step(struct state *s, int me, int choice);

static inline void go(struct process *p, enum step step)
{
    p->step = (uint8_t)step;
}
static inline void fail(struct process *p)
{
    process_end(p);
}

#endif
