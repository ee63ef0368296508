/* SPDX-License-Identifier: MIT */
/*
 * claims.c - see claims.h.
 *
 * One file may have marks of several runs, each over bytes of its own. So a file is asked about the bytes that the
 * journal has of some file, and about all of its bytes only when none of these has a mark.
 *
 * 1. Nothing is changed before all files are known to be of the run. No assert: claims_look() comes first.
 * 2. A mark goes only when it leads to no journal: a copy of the journal may lie elsewhere, and the mark guards FILE
 *    for it. No assert: unmark_one() looks again after the journal is gone.
 */
#include "mmbright/plan/claims.h"

#include <stdlib.h>

#include <mmview/journal.h>
#include <mmview/range.h>

#include "kit/job/leftover.h"

/* What a file has for the run of the journal. */
enum claim { CLAIM_NONE, CLAIM_OTHER, CLAIM_OWN };

/* A file, and what is known of it after some ranges were asked about. */
struct asked {
    const struct claims *claims;
    const mmv_map *map;
    enum claim claim;
    mmv_journal_found found; /* the latest mark; of CLAIM_OWN, that one */
    bool failed;
};

static bool is_own(const struct claims *claims, const mmv_journal_found *found)
{
    switch (found->kind) {
    case MMV_JOURNAL_RUN:
        return leftover_is_same(found->path, claims->command->safety.journal_file);
    case MMV_JOURNAL_ORPHAN:
        return claims->run != 0 && found->run == claims->run;
    default:
        return false;
    }
}

static void ask(struct asked *asked, mmv_range range)
{
    if (asked->claim == CLAIM_OWN || asked->failed)
        return;
    free(asked->found.path);
    asked->found = (mmv_journal_found){.kind = MMV_JOURNAL_NONE};
    asked->failed = mmv_journal_find(asked->map, range.offset, range.length, &asked->found) != MMV_OK;
    if (!asked->failed && asked->found.kind != MMV_JOURNAL_NONE)
        asked->claim = is_own(asked->claims, &asked->found) ? CLAIM_OWN : CLAIM_OTHER;
}

static void ask_extent(const mmv_journal_extent *extent, void *user)
{
    ask(user, (mmv_range){extent->offset, mmv_max(1, extent->length)});
}

static int refuse(const struct claims *claims, const char *name)
{
    console_error(claims->console, name, "%s: nothing is done",
                  claims->run ? "its mark is not of the run that --journal-file names"
                              : "the journal cannot be read, and so nobody knows whether this file is of its run");
    leftover_advise(claims->console, "to see what the mark is of, use", "--status -- ", name);
    return TOOL_FAILED;
}

/* *where_ret: where the mark is that claims_unmark() is to take off. */
static int ask_all(struct asked *asked, const char *name, mmv_range *where_ret)
{
    const struct claims *claims = asked->claims;
    const mmv_range all = {0, mmv_max(1, mmv_map_capacity(asked->map))};
    /* A journal that cannot be read has no extents to ask about. */
    (void)mmv_journal_extents(claims->command->safety.journal_file, ask_extent, asked);
    if (asked->claim == CLAIM_NONE)
        ask(asked, all);
    *where_ret = asked->claim == CLAIM_OWN ? (mmv_range){asked->found.offset, asked->found.length} : all;
    if (asked->failed)
        return console_failure(claims->console, name);
    if (asked->claim == CLAIM_OTHER)
        return refuse(claims, name);
    if (asked->claim == CLAIM_NONE)
        console_warning(claims->console, name, "no unfinished run has left a mark on it");
    return TOOL_DONE;
}

static int look_at(const struct claims *claims, const char *name, mmv_range *where_ret)
{
    mmv_map *map = NULL;
    if (mmv_map_open(name, MMV_READ, &map) != MMV_OK)
        return console_failure(claims->console, name);
    struct asked asked = {.claims = claims, .map = map};
    int result = ask_all(&asked, name, where_ret);
    free(asked.found.path);
    mmv_map_close(&map);
    return result;
}

int claims_look(struct claims *claims, const struct command *command, const struct console *console)
{
    mmv_journal_info *info = NULL;
    size_t count = command->files.count;
    *claims = (struct claims){command, console, 0, calloc(mmv_max(1, count), sizeof *claims->where)};
    if (!claims->where)
        return console_error(console, NULL, "not enough memory");
    if (mmv_journal_inspect(command->safety.journal_file, &info) == MMV_OK && !info->lost)
        claims->run = info->run;
    mmv_journal_info_free(&info);
    int result = TOOL_DONE;
    for (size_t i = 0; i < count; i++)
        if (look_at(claims, command->files.names[i], &claims->where[i]) != TOOL_DONE)
            result = TOOL_FAILED;
    return result;
}

/* 2 */
static int unmark_one(const struct claims *claims, const char *name, mmv_range where)
{
    mmv_map *map = NULL;
    if (mmv_map_open(name, MMV_READ, &map) != MMV_OK)
        return console_failure(claims->console, name);
    struct asked asked = {.claims = claims, .map = map};
    ask(&asked, where);
    bool is_left = asked.claim == CLAIM_OWN && asked.found.kind == MMV_JOURNAL_ORPHAN;
    int result = TOOL_DONE;
    if (asked.failed || (is_left && mmv_journal_unmark(map, &asked.found) != MMV_OK))
        result = console_failure(claims->console, name);
    free(asked.found.path);
    mmv_map_close(&map);
    return result;
}

int claims_unmark(const struct claims *claims)
{
    int result = TOOL_DONE;
    for (size_t i = 0; i < claims->command->files.count; i++)
        if (unmark_one(claims, claims->command->files.names[i], claims->where[i]) != TOOL_DONE)
            result = TOOL_FAILED;
    return result;
}

void claims_drop(struct claims *claims)
{
    free(claims->where);
    claims->where = NULL;
}
