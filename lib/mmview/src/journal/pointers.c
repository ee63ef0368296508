/* SPDX-License-Identifier: MIT */
/*
 * pointers.c - the small files beside a file that can have no marks: each holds the path of the file's journal.
 */

#include "journal/journal.h"

#include "base/file_names.h"

#include "os/file.h"
#include "os/name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pointing {
    mmv__pointer pointer;
    const char *journal;
};

static int fill_pointer(int descriptor, void *user)
{
    struct pointing *pointing = user;
    int error = mmv__os_write(descriptor, &pointing->pointer, sizeof pointing->pointer, 0);
    if (error == 0)
        error =
            mmv__os_write(descriptor, pointing->journal, (size_t)pointing->pointer.length, sizeof pointing->pointer);
    return error;
}

int mmv__pointer_set(const char *real, const mmv__identity *file, const mmv__marking *marking)
{
    char *name = mmv__journal_name_of(real, marking->range, "");
    char *job = mmv__journal_name_of(real, marking->range, MMV__JOB_SUFFIX);
    int error = name && job ? 0 : ENOMEM;
    struct pointing pointing = {
        .pointer = {.run = marking->run,
                    .inode = file->facts.inode,
                    .birth = file->birth,
                    .length = strlen(marking->journal)},
        .journal = marking->journal,
    };
    mmv__pointer_seal(&pointing.pointer, marking->journal);
    if (error == 0 && strcmp(name, marking->journal) != 0 && strcmp(job, marking->journal) != 0) {
        mmv__pointer old;
        int descriptor;
        error = mmv__own_create(name, file, fill_pointer, &pointing, &descriptor);
        if (error == 0)
            mmv__os_close(descriptor);
        char *there = error == EEXIST ? mmv__pointer_read(name, &old) : NULL;
        if (there && old.run == marking->run)
            error = 0;
        free(there);
    }
    free(name);
    free(job);
    return error;
}

char *mmv__pointer_read(const char *path, mmv__pointer *pointer_ret)
{
    mmv__pointer pointer;
    mmv__os_facts facts;
    int descriptor;
    bool created;
    size_t done = 0;
    *pointer_ret = (mmv__pointer){0};
    if (mmv__os_open(path, MMV_READ, &(mmv__os_creation){.no_follow = true}, &descriptor, &created) != 0)
        return NULL;
    bool fine = mmv__os_get_facts(descriptor, &facts) == 0 && facts.kind == MMV__FILE &&
                mmv__os_read(descriptor, &pointer, sizeof pointer, 0, &done) == 0 && done == sizeof pointer &&
                mmv__pointer_fits(&pointer, facts.size);
    char *text = fine ? calloc(1, (size_t)pointer.length + 1) : NULL;
    if (text && (mmv__os_read(descriptor, text, (size_t)pointer.length, sizeof pointer, &done) != 0 ||
                 done < pointer.length || mmv__pointer_check(&pointer, text) != pointer.check)) {
        free(text);
        text = NULL;
    }
    mmv__os_close(descriptor);
    if (text)
        *pointer_ret = pointer;
    return text;
}

/* A mark may lead to where the journal was before its folder was renamed; a copy of a journal has marks of its own. */
bool mmv__leads_to(const char *path, const mmv__os_facts *journal)
{
    mmv__os_facts there;
    int descriptor;
    bool created;
    if (!journal || !mmv__os_is_absolute(path))
        return true;
    int error = mmv__os_open(path, MMV_READ, &(mmv__os_creation){.no_follow = true}, &descriptor, &created);
    if (error)
        return error == ENOENT || error == ENOTDIR;
    bool same =
        mmv__os_get_facts(descriptor, &there) == 0 && there.device == journal->device && there.inode == journal->inode;
    mmv__os_close(descriptor);
    return same;
}

struct beside {
    const char *real;
    uint64_t run;
    const mmv__os_facts *journal;
};

static bool drop_pointer(const char *name, void *user)
{
    const struct beside *beside = user;
    size_t front = mmv__front_of(beside->real), size = front + strlen(name) + 1;
    mmv__pointer pointer;
    mmv_range range;
    bool job;
    if (!mmv__journal_name_is(name, beside->real + front, &range, &job))
        return true;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%.*s%s", (int)front, beside->real, name);
    char *there = path ? mmv__pointer_read(path, &pointer) : NULL;
    if (there && pointer.run == beside->run && mmv__leads_to(there, beside->journal))
        mmv__os_remove(path);
    free(there);
    free(path);
    return true;
}

void mmv__pointers_drop(const char *real, uint64_t run, const mmv__os_facts *journal)
{
    struct beside beside = {real, run, journal};
    size_t front = mmv__front_of(real);
    char *folder = malloc(front + 1);
    if (!folder)
        return;
    memcpy(folder, real, front);
    folder[front] = '\0';
    mmv__os_list(folder, drop_pointer, &beside);
    free(folder);
}
