/* SPDX-License-Identifier: MIT */
/*
 * near.c - what lies in one directory: the library's own files there, and whose each of them is.
 *
 * Read once per directory, for all its files in turn: a run over thousands of files stays linear.
 */

#include "journal/journal.h"

#include "base/file_names.h"
#include "os/name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int mmv__start_read(const char *path, mmv__start *start, mmv__own_file *kind_ret)
{
    size_t done = 0;
    int descriptor;
    bool created;
    int error = mmv__os_open(path, MMV_READ, &(mmv__os_creation){.no_follow = true}, &descriptor, &created);
    if (error)
        return error;
    memset(start, 0, sizeof *start);
    error = mmv__os_read(descriptor, start, sizeof *start, 0, &done);
    mmv__os_close(descriptor);
    *kind_ret = error ? MMV__NOT_OURS : mmv__kind_of(path, start, done);
    return error;
}

void mmv_journal_cache_free(mmv_journal_cache **known)
{
    mmv_journal_cache *journals = *known;
    *known = NULL;
    if (!journals)
        return;
    for (char **name = journals->names; name && *name; name++)
        free(*name);
    free(journals->names);
    free(journals->subjects);
    free(journals->given);
    free(journals->directory);
    free(journals);
}

struct names {
    char **list;
    size_t count;
    bool full;
};

static bool keep_name(const char *name, void *user)
{
    struct names *names = user;
    if (!strstr(name, MMV__JOURNAL_MARK))
        return true;
    char **list = realloc(names->list, (names->count + 2) * sizeof *list);
    char *copy = malloc(strlen(name) + 1);
    if (list) {
        names->list = list;
        list[names->count] = NULL;
    }
    if (!list || !copy) {
        free(copy);
        names->full = true;
        return false;
    }
    list[names->count++] = strcpy(copy, name);
    list[names->count] = NULL;
    return true;
}

static char *copy_front(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static bool is_front(const char *directory, const char *path, size_t length)
{
    return strncmp(directory, path, length) == 0 && directory[length] == '\0';
}

/*
 * Whose it is. A file that was renamed has lost its journal's name, and at the very end of a run its mark, too. False:
 * no memory.
 */
static bool read_subject(const mmv_journal_cache *journals, size_t index)
{
    mmv__start start;
    size_t size = strlen(journals->directory) + strlen(journals->names[index]) + 1;
    char *path = malloc(size);
    if (!path)
        return false;
    snprintf(path, size, "%s%s", journals->directory, journals->names[index]);
    mmv__own_file kind;
    if (mmv__start_read(path, &start, &kind) == 0) {
        if (kind == MMV__A_JOURNAL && mmv__header_fault(&start.journal, UINT64_MAX) == NULL)
            journals->subjects[index] = (struct mmv__subject){start.journal.file, start.journal.job, start.journal.run};
        else if (kind == MMV__A_JOB && mmv__job_fault(&start.job, UINT64_MAX) == NULL)
            journals->subjects[index] = (struct mmv__subject){start.job.file, 0, start.job.run};
    }
    free(path);
    return true;
}

/* Whether a directory has nothing that its reader may see; any other error hides what is there. */
static bool shows_nothing(int error)
{
    return error == EACCES || error == EPERM || error == ENOENT || error == ENOTDIR;
}

/* Read once per directory: a run over thousands of files stays linear. */
mmv_status mmv__near_look(mmv_journal_cache **known, const char *given, const char *real)
{
    struct names names = {0};
    mmv_journal_cache *journals = *known;
    size_t length = mmv__front_of(real);
    if (journals && is_front(journals->directory, real, length))
        return MMV_OK;
    mmv_journal_cache_free(known);
    journals = calloc(1, sizeof *journals);
    if (!journals)
        return mmv__fail_path(ENOMEM, "journal", real);
    *known = journals;
    journals->given = copy_front(given, mmv__front_of(given));
    journals->directory = copy_front(real, length);
    if (!journals->given || !journals->directory) {
        mmv_journal_cache_free(known);
        return mmv__fail_path(ENOMEM, "journal", real);
    }
    /* A directory that may not be listed hides what is in it; marks remain. */
    int error = mmv__os_list(journals->directory, keep_name, &names);
    journals->names = names.list;
    journals->subjects = calloc(names.count + 1, sizeof *journals->subjects);
    if (names.full || !journals->subjects)
        error = ENOMEM;
    for (size_t i = 0; i < names.count && journals->subjects; i++)
        if (!read_subject(journals, i))
            error = ENOMEM;
    if (error == 0 || shows_nothing(error))
        return MMV_OK;
    /* Half a list would say that nothing else is there. */
    mmv_journal_cache_free(known);
    return mmv__fail_path(error, "journal", real);
}

char *mmv__near_path(const mmv_journal_cache *known, size_t index)
{
    size_t size = strlen(known->directory) + strlen(known->names[index]) + 1;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s", known->directory, known->names[index]);
    return path;
}

/* The path without links. In the directory that was looked at last, only the file's own name can be a link. */
int mmv__near_real(const mmv_journal_cache *known, const char *path, char **real_ret)
{
    size_t front = mmv__front_of(path);
    bool link = true;
    if (!known || !is_front(known->given, path, front))
        return mmv__os_real_path(path, real_ret);
    int error = mmv__os_is_link(path, &link);
    if (error || link)
        return error ? error : mmv__os_real_path(path, real_ret);
    size_t length = strlen(known->directory);
    *real_ret = malloc(length + strlen(path + front) + 1);
    if (!*real_ret)
        return ENOMEM;
    memcpy(*real_ret, known->directory, length);
    strcpy(*real_ret + length, path + front);
    return 0;
}

/* Which of those of a run counts: one that is not finished, else any. NULL = none, or no memory. */
static char *find_run(const mmv_journal_cache *known, uint64_t run)
{
    char *found = NULL;
    for (size_t i = 0; known->names && known->names[i]; i++) {
        char *path = known->subjects[i].run == run ? mmv__near_path(known, i) : NULL;
        bool is_better = path && (!found || mmv__trace_of(path, run) == MMV__TRACE_UNFINISHED);
        free(is_better ? found : path);
        found = is_better ? path : found;
    }
    return found;
}

/* One that was made since the directory was read is looked for once more, and only once per directory. */
char *mmv__near_journal(mmv_journal_cache **known, const char *given, const char *real, uint64_t run)
{
    const mmv_journal_cache *before = *known;
    if (mmv__near_look(known, given, real) != MMV_OK)
        return NULL;
    char *path = find_run(*known, run);
    if (path || *known != before || (*known)->is_second)
        return path;
    mmv_journal_cache_free(known);
    if (mmv__near_look(known, given, real) != MMV_OK)
        return NULL;
    (*known)->is_second = true;
    return find_run(*known, run);
}

bool mmv__near_has_other(mmv_journal_cache **known, const char *real, const mmv__reader *journal)
{
    bool has = false;
    if (mmv__near_look(known, real, real) != MMV_OK)
        return true;
    for (size_t i = 0; (*known)->names && (*known)->names[i] && !has; i++) {
        char *path = (*known)->subjects[i].run == journal->header.run ? mmv__near_path(*known, i) : NULL;
        has = path && !mmv__is_named(journal->descriptor, path);
        free(path);
    }
    return has;
}
