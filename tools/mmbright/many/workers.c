/* SPDX-License-Identifier: MIT */
/* workers: see workers.h. */
#include "mmbright/many/workers.h"

#include <stdlib.h>

#include <mmview/range.h>

bool workers_make(struct workers *workers, struct files *files)
{
    const struct command *command = files->run->command;
    size_t wanted = mmv_min(mmv_min(command->how.threads, WORKERS_MOST), command->files.count);
    *workers = (struct workers){.list = calloc(wanted, sizeof *workers->list)};
    for (size_t i = 0; workers->list && i < wanted; i++) {
        struct worker *worker = &workers->list[i];
        *worker = (struct worker){.files = files, .outcome = calloc(1, sizeof *worker->outcome)};
        if (!worker->outcome)
            break;
        workers->own[i] = worker;
        workers->count++;
    }
    return workers->count > 0;
}

void workers_drop(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        mmv_journal_cache_free(&workers->list[i].neighbours);
        free(workers->list[i].outcome);
    }
    free(workers->list);
    *workers = (struct workers){.list = NULL};
}
