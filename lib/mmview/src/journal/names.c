/* SPDX-License-Identifier: MIT */
/*
 * names.c - what journals are called.
 *
 *     FILE.mmj.OFFSET-LENGTH         the journal of a run whose first file is FILE, or a pointer to it
 *     FILE.mmj.OFFSET-LENGTH.job     the record of a job on FILE
 *
 * A FILE whose name leaves no room for that gives its front and a checksum of the whole name.
 */

#include "journal/journal.h"

#include "base/file_names.h"
#include "os/name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LONGEST 255 /* of every file system that matters */
#define ENDING_LONGEST (sizeof MMV__JOURNAL_MARK - 1 + 41 + sizeof MMV__JOB_SUFFIX - 1)
#define STEM_LONGEST (NAME_LONGEST - ENDING_LONGEST)
#define PATH_LONGEST 4095 /* that the system takes */
#define CHECKED 17        /* "~" and 16 digits */

size_t mmv__front_of(const char *path)
{
    return mmv__os_front_of(path);
}

mmv_status mmv__journal_absolute(const char *path, char **absolute_ret)
{
    const char *last = path + mmv__front_of(path);
    size_t length = last > path ? (size_t)(last - path - 1) : 0;
    char *directory = malloc(length + 2);
    char *real = NULL;
    *absolute_ret = NULL;
    int error = directory ? 0 : ENOMEM;
    if (error == 0) {
        memcpy(directory, path, length);
        strcpy(directory + length, length ? "" : last > path ? "/" : ".");
        error = mmv__os_real_path(directory, &real);
    }
    free(directory);
    if (error == 0 && strlen(real) + strlen(last) + 1 > PATH_LONGEST)
        error = ENAMETOOLONG;
    /* A folder whose whole path is too long for the system is reached from here, and stays relative. */
    const char *front = error == ENAMETOOLONG ? path : real;
    size_t front_length = error == ENAMETOOLONG ? (size_t)(last - path) : real ? strlen(real) : 0;
    size_t size = front_length + strlen(last) + 2;
    char *absolute = front ? malloc(size) : NULL;
    if (absolute && error == ENAMETOOLONG)
        strcpy(absolute, path);
    else if (absolute)
        snprintf(absolute, size, "%s/%s", strcmp(real, "/") == 0 ? "" : real, last);
    free(real);
    *absolute_ret = absolute;
    if (absolute)
        return MMV_OK;
    return mmv__fail_path(error ? error : ENOMEM, "journal", path);
}

bool mmv__is_too_long(const char *path)
{
    return strlen(path) > PATH_LONGEST;
}

/* "OFFSET-LENGTH" and what must follow. */
bool mmv__take_range(const char *text, char end, mmv_range *range_ret, const char **rest_ret)
{
    int used = 0;
    if (text[0] < '0' || text[0] > '9' ||
        sscanf(text, "%" SCNu64 "-%" SCNu64 "%n", &range_ret->offset, &range_ret->length, &used) != 2)
        return false;
    *rest_ret = text + used;
    return used > 0 && text[used] == end;
}

bool mmv__ranges_meet(mmv_range a, mmv_range b)
{
    return a.offset < b.offset ? b.offset - a.offset < a.length : a.offset - b.offset < b.length;
}

/* What of a file's name stands in that of its journals: at most STEM_LONGEST bytes. */
static void stem_of(const char *last, char stem[STEM_LONGEST + 1])
{
    size_t length = strlen(last);
    if (length <= STEM_LONGEST)
        memcpy(stem, last, length + 1);
    else
        snprintf(stem, STEM_LONGEST + 1, "%.*s~%016" PRIx64, (int)(STEM_LONGEST - CHECKED), last,
                 mmv__hash(last, length, 0));
}

char *mmv__journal_name_of(const char *real, mmv_range range, const char *suffix)
{
    char stem[STEM_LONGEST + 1];
    size_t front = mmv__front_of(real);
    size_t size = front + NAME_LONGEST + 1;
    char *name = malloc(size);
    stem_of(real + front, stem);
    if (name)
        snprintf(name, size, "%.*s%s" MMV__JOURNAL_MARK "%" PRIu64 "-%" PRIu64 "%s", (int)front, real, stem,
                 range.offset, range.length, suffix);
    return name;
}

/* The record is FILE.mmj.RANGE.job by default; where --journal-file says, something stands for FILE.mmj. in any case.
 */
char *mmv__part_name(const char *job, mmv_range range)
{
    size_t front = mmv__front_of(job);
    const char *mark = strstr(job + front, MMV__JOURNAL_MARK), *next;
    while (mark && (next = strstr(mark + 1, MMV__JOURNAL_MARK)) != NULL)
        mark = next;
    size_t stem = mark ? (size_t)(mark - job) : strlen(job), size = stem + ENDING_LONGEST + 1;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%.*s" MMV__JOURNAL_MARK "%" PRIu64 "-%" PRIu64, (int)stem, job, range.offset,
                 range.length);
    return name;
}

/* "OFFSET-LENGTH", and perhaps more, behind the last mark of a name. */
static bool range_behind(const char *text, mmv_range *range_ret, bool *job_ret)
{
    const char *rest;
    *job_ret = !mmv__take_range(text, '\0', range_ret, &rest);
    return !*job_ret ||
           (mmv__take_range(text, MMV__JOB_SUFFIX[0], range_ret, &rest) && strcmp(rest, MMV__JOB_SUFFIX) == 0);
}

bool mmv__journal_name_range(const char *name, mmv_range *range_ret, bool *job_ret)
{
    const char *mark = NULL;
    for (const char *next = strstr(name, MMV__JOURNAL_MARK); next; next = strstr(next + 1, MMV__JOURNAL_MARK))
        mark = next;
    return mark && range_behind(mark + strlen(MMV__JOURNAL_MARK), range_ret, job_ret);
}

bool mmv__journal_name_is(const char *name, const char *last, mmv_range *range_ret, bool *job_ret)
{
    char stem[STEM_LONGEST + 1];
    size_t mark = strlen(MMV__JOURNAL_MARK);
    stem_of(last, stem);
    size_t length = strlen(stem);
    if (strncmp(name, stem, length) != 0 || strncmp(name + length, MMV__JOURNAL_MARK, mark) != 0)
        return false;
    return range_behind(name + length + mark, range_ret, job_ret);
}

mmv__own_file mmv__kind_of(const char *path, const void *start, size_t length)
{
    mmv_range range;
    bool job;
    return mmv__own_file_from(start, length, mmv__journal_name_range(path + mmv__front_of(path), &range, &job));
}
