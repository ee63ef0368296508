/* SPDX-License-Identifier: MIT */
/* members: see members.h. */
#include "mmbright/many/members.h"

#include <stdlib.h>

#include <mmview/range.h>

bool members_make(struct members *members, struct files *files)
{
    const struct command *command = files->run->command;
    size_t wanted = mmv_min(mmv_min(command->how.threads, CROWD_MOST), command->files.count);
    *members = (struct members){.list = calloc(wanted, sizeof *members->list)};
    for (size_t i = 0; members->list && i < wanted; i++) {
        struct member *member = &members->list[i];
        *member = (struct member){.files = files, .outcome = calloc(1, sizeof *member->outcome)};
        if (!member->outcome)
            break;
        members->own[i] = member;
        members->count++;
    }
    return members->count > 0;
}

void members_drop(struct members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        mmv_journal_cache_free(&members->list[i].neighbours);
        free(members->list[i].outcome);
    }
    free(members->list);
    *members = (struct members){.list = NULL};
}
