/* SPDX-License-Identifier: MIT */
/*
 * batch: all FILEs are planned once before the first is touched, so that a usage error in the last is found in time; each
 * is planned again when its turn comes, so that a run over ten thousand has only one of them open.
 */
#include "mmbright/batch.h"

#include <stdlib.h>

#include "common/signals.h"
#include "mmbright/journal.h"

/* Which file a name stands for. */
struct identity {
    dev_t device;
    ino_t inode;
    size_t index;
};

static int by_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Twice in the list would be brightened twice, and a second copy has the name of the first. */
static int check_twice(const struct bright_settings *settings, const struct console *console, struct identity *list)
{
    qsort(list, settings->file_count, sizeof *list, by_identity);
    for (size_t i = 1; i < settings->file_count; i++) {
        if (list[i - 1].device == list[i].device && list[i - 1].inode == list[i].inode)
            return console_usage(console, "%s and %s are the same file", settings->files[list[i - 1].index],
                                 settings->files[list[i].index]);
    }
    return TOOL_DONE;
}

static int plan_all(const struct bright_settings *settings, const struct console *console, struct identity *list)
{
    int worst = TOOL_DONE;
    for (size_t i = 0; i < settings->file_count && worst != TOOL_USAGE; i++) {
        struct bright_plan plan;
        int result = plan_make(&plan, settings, settings->files[i], console);
        list[i] = (struct identity){plan.info.st_dev, plan.info.st_ino, i};
        plan_drop(&plan);
        if (result == TOOL_USAGE || (result != TOOL_DONE && settings->in_place && settings->journal))
            return result;
        worst = result > worst ? result : worst;
    }
    return worst == TOOL_DONE ? check_twice(settings, console, list) : TOOL_DONE;
}

static int check_all(const struct bright_settings *settings, const struct console *console)
{
    if (settings->file_count == 1)
        return TOOL_DONE;
    struct identity *list = calloc(settings->file_count, sizeof *list);
    if (list == NULL)
        return console_error(console, NULL, "not enough memory");
    int result = plan_all(settings, console, list);
    free(list);
    return result;
}

static int run_one(const struct bright_settings *settings, const struct console *console, size_t index,
                   mmv_journal **journal, int (*work)(struct bright_plan *), size_t *changed)
{
    struct bright_plan plan;
    int result = plan_make(&plan, settings, settings->files[index], console);
    if (result == TOOL_DONE && index == 0 && settings->in_place && !settings->dry_run)
        result = journal_begin(&plan, journal);
    plan.journal = *journal;
    if (result == TOOL_DONE)
        result = work(&plan);
    *changed += plan.changed;
    plan_drop(&plan);
    return result;
}

int batch_run(const struct bright_settings *settings, const struct console *console, int (*work)(struct bright_plan *),
              mmv_journal **journal_ret)
{
    bool journalled = settings->in_place && settings->journal != MMV_JOURNAL_OFF;
    size_t changed = 0;
    int worst = check_all(settings, console);
    bool go_on = worst == TOOL_DONE;
    *journal_ret = NULL;
    for (size_t i = 0; i < settings->file_count && go_on; i++) {
        int result = run_one(settings, console, i, journal_ret, work, &changed);
        worst = result > worst ? result : worst;
        go_on = !signals_stop() && (result == TOOL_DONE || !journalled);
    }
    /* When everything is changed the run is over, also when verifying failed: the same command would be a new run. */
    if (!*journal_ret || changed == settings->file_count)
        return worst;
    mmv_journal_close(journal_ret);
    return signals_stop() ? TOOL_RESUMABLE : worst;
}
