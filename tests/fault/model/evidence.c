/* SPDX-License-Identifier: MIT */
/*
 * evidence.c - whether FILE is what a journal says: sums of what is done, and the old bytes in stashes.
 */
#include "parts.h"

uint8_t check_of(uint8_t saved, uint8_t where)
{
    return (uint8_t)(saved + where * 32) | IS_DONE;
}

/* Mode power: what was saved whole of a stretch that is not done; -1 when the stash has nothing of that kind. */
int restorable(const struct journal *j, int stash)
{
    int stretch = j->where[stash];
    bool whole = j->check[stash] == check_of(j->saved[stash], j->where[stash]);
    bool armed = !broken[ARMED_ONLY] || j->stash[stash] == stash_word(ARMED, stretch, 0);
    return whole && armed && !j->done[stretch] ? stretch : -1;
}

static bool old_or_changed(uint8_t now, uint8_t saved, uint8_t op)
{
    return now == saved || now == (saved | HALF) || now == saved + op;
}

static bool sum_fits(const struct journal *j, int at, uint8_t now, int last)
{
    return (broken[LAST_ONLY] && at != last) || j->sum[at] == now;
}

static bool stash_fits(const struct journal *j, int at, uint8_t now, uint8_t op)
{
    uint8_t word = j->stash[0];
    if (stash_kind(word) == FREE || stash_stretch(word) != stretch_of(at))
        return true;
    if (at < stash_at(word))
        return sum_fits(j, at, now, stash_at(word) - 1);
    return stash_kind(word) != ARMED || at > stash_at(word) || old_or_changed(now, j->saved[0], op);
}

static bool granule_fits(const struct journal *j, int at, uint8_t now, uint8_t op)
{
    int stretch = stretch_of(at);
    if (j->done[stretch] && config->power)
        return j->done[stretch] == (IS_DONE | now);
    if (j->done[stretch])
        return sum_fits(j, at, now, (stretch + 1) * config->stretch - 1);
    if (!config->power)
        return stash_fits(j, at, now, op);
    for (int i = 0; i < STASHES; i++)
        if (restorable(j, i) == stretch && !old_or_changed(now, j->saved[i], op))
            return false;
    return true;
}

/* What the journal knows of the bytes of FILEs, against those bytes. */
bool evidence_fits(const struct state *s, const struct process *p, int me)
{
    const struct command *command = command_of(me);
    const struct journal *j = &s->now.journal[p->journal - 1];
    for (int at = command->first; at < command->first + command->count; at++) {
        if (file_of(at) >= records_of(j))
            break;
        uint8_t now = s->now.image[p->image[file_of(at)]].now[granule_in_file(at)];
        if (!granule_fits(j, at, now, command->op))
            return false;
    }
    return true;
}
