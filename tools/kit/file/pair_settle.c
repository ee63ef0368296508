/* SPDX-License-Identifier: MIT */
/*
 * pair_settle: what a run that is no more has left of a pair is undone, see pair.h. The numbers stand in pair.c.
 */
#include "kit/file/pair_record.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kit/os/machine.h"
#include "kit/os/path.h"

#define WAIT_SECONDS 10 /* for a run that is publishing: a few calls, and with --sync the device */

/* ---- undoing ---------------------------------------------------------------------------------------------------- */

/* Not every file system has numbers that outlive a restart. */
static bool is_new(const struct pair *pair, const struct file_facts *facts)
{
    bool same_time = facts->modified == pair->modified && facts->modified_ns == pair->modified_ns;
    return facts->size == pair->size && (facts->inode == pair->inode || same_time);
}

/* The new samples, which were made elsewhere, go back to where they were. EEXIST = another file lies there by now. */
static int put_back(const struct pair *pair, const struct file_facts *now)
{
    struct file_facts facts;
    /* Where no rename spares what is there, they have both names for a moment. */
    bool is_there = pair_has(pair, pair->samples.hidden, &facts);
    if (is_there && !file_is_same(&facts, now))
        return EEXIST;
    int error = is_there ? 0 : folder_replace(pair->folder, pair->samples.name, pair->samples.hidden);
    /* ENOENT = their folder was removed: nobody wants them. */
    return is_there || error == ENOENT ? pair_remove(pair, pair->samples.name) : error;
}

/* What lies there by now and is neither old nor new is its user's, and stays. */
static int restore_samples(const struct pair *pair)
{
    struct file_facts now, old;
    bool has_now = pair_has(pair, pair->samples.name, &now);
    bool ours = has_now && is_new(pair, &now);
    if (ours && pair_is_kept(&pair->samples)) {
        int error = put_back(pair, &now);
        if (error != 0)
            return error;
        has_now = ours = false;
    }
    if (pair_has(pair, pair->samples.old, &old))
        return !has_now || ours ? folder_replace(pair->folder, pair->samples.old, pair->samples.name) : 0;
    return ours && !pair->samples.old[0] ? pair_remove(pair, pair->samples.name) : 0;
}

static int restore_header(const struct pair *pair)
{
    struct file_facts now, old;
    if (pair_has(pair, pair->header.name, &now) || !pair_has(pair, pair->header.old, &old))
        return 0;
    return folder_replace(pair->folder, pair->header.old, pair->header.name);
}

/*
 * Both names are the new files', or none. A folder below, where the new header waits, may have been removed by hand:
 * then both names have to be there.
 */
static bool is_decided(const struct pair *pair)
{
    struct file_facts hidden, now;
    bool has_header = pair_has(pair, pair->header.name, &now);
    if (pair_has(pair, pair->header.hidden, &hidden))
        return has_header && file_is_same(&hidden, &now);
    return !pair_is_kept(&pair->header) || (has_header && pair_has(pair, pair->samples.name, &hidden));
}

/* What no one needs any more; the record of the samples goes last. */
static int clear(const struct pair *pair)
{
    const char *header = pair_is_kept(&pair->header) ? "" : pair->header.hidden;
    const char *samples = pair_is_kept(&pair->samples) ? "" : pair->samples.hidden;
    const char *const names[] = {
        header, samples, pair->samples.old, pair->header.old, pair->header.record, pair->samples.record};
    int error = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && error == 0; i++)
        error = pair_remove(pair, names[i]);
    return error;
}

/* Where there are neither links nor renames that replace nothing, an empty file holds the place of one that is new. */
static int remove_placeholder(const struct pair *pair, const struct pair_half *half)
{
    struct file_facts hidden, now;
    bool is_placeholder = !half->old[0] && pair_has(pair, half->hidden, &hidden) && pair_has(pair, half->name, &now) &&
                          now.kind == FILE_REGULAR && now.size == 0;
    return is_placeholder ? pair_remove(pair, half->name) : 0;
}

int pair_undo(const struct pair *pair)
{
    bool decided = is_decided(pair);
    int error = decided ? 0 : remove_placeholder(pair, &pair->header);
    if (error == 0 && !decided)
        error = remove_placeholder(pair, &pair->samples);
    if (error == 0 && !decided)
        error = restore_samples(pair);
    if (error == 0 && !decided)
        error = restore_header(pair);
    return error == 0 ? clear(pair) : error;
}

/* ---- whose record it is ----------------------------------------------------------------------------------------- */

enum belief { BELIEVED, STRANGE, DAMAGED, EMPTY };

static bool all_belong_to(const struct pair *pair, uint32_t owner)
{
    const char *const names[] = {pair->samples.name, pair->samples.hidden, pair->samples.old,
                                 pair->header.name,  pair->header.hidden,  pair->header.old};
    struct file_facts facts;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pair_has(pair, names[i], &facts) && facts.owner != owner)
            return false;
    return true;
}

/* Users cannot touch each other's files there. */
static bool is_shared(int folder)
{
    struct file_facts facts;
    return file_look(folder, &facts) != 0 || facts.sticky;
}

/* 4 */
static bool may_believe(const struct pair *pair, const struct file_facts *record)
{
    if (!is_shared(pair->folder))
        return true;
    bool is_below = pair_is_kept(&pair->samples) || pair_is_kept(&pair->header);
    return (record->permissions & 022) == 0 &&
           (file_is_own(record) || (!is_below && all_belong_to(pair, record->owner)));
}

/* The record beside 'name', and what it says. */
static enum belief read_record(struct pair *pair, const char *name, int descriptor)
{
    char text[PAIR_RECORD_MAX];
    size_t length = 0;
    struct file_facts facts;
    if (file_look(descriptor, &facts) != 0 || facts.kind != FILE_REGULAR)
        return STRANGE;
    bool fine = file_read(descriptor, text, sizeof text, &length) == 0 && pair_record_parse(text, length, pair) &&
                (strcmp(name, pair->samples.name) == 0 || strcmp(name, pair->header.name) == 0);
    if (!fine && file_is_own(&facts))
        return length == 0 ? EMPTY : DAMAGED;
    if (!fine)
        return STRANGE;
    return may_believe(pair, &facts) ? BELIEVED : STRANGE;
}

/* Locks may need a file that can be written. */
static int open_record(const struct pair *pair, const char *record, int *descriptor_ret)
{
    int error = folder_open_file(pair->folder, record, FILE_READ_WRITE, descriptor_ret);
    return error == EACCES || error == EROFS ? folder_open_file(pair->folder, record, FILE_READ, descriptor_ret)
                                             : error;
}

static bool still_has_name(const struct pair *pair, int descriptor, const char *record)
{
    struct file_facts one, other;
    return file_look(descriptor, &one) == 0 && pair_has(pair, record, &other) && file_is_same(&one, &other);
}

/* EAGAIN = who publishes it is at it. 2 */
static int lock_record(struct pair *pair)
{
    int error = open_record(pair, pair->samples.record, &pair->lock[0]);
    if (error == 0)
        error = file_try_lock(pair->lock[0]);
    if (error == ENOTSUP)
        error = 0;
    return error == 0 && !still_has_name(pair, pair->lock[0], pair->samples.record) ? ENOENT : error;
}

/* ---- settling --------------------------------------------------------------------------------------------------- */

static int refuse(const struct console *console, const char *path, const struct pair *pair, int error)
{
    if (error == EEXIST)
        return console_error(
            console, path,
            "a run that was to replace %s and %s together was ended before it had. Its samples came from "
            "%s, which is another file by now: remove the one that is not wanted",
            pair->samples.name, pair->header.name, pair->samples.hidden);
    return console_error(
        console, path,
        "a run that was to replace %s and %s together was ended before it had. A command of a user who "
        "may write in their folder puts the old ones back (%s)",
        pair->samples.name, pair->header.name, strerror(error));
}

static int settle_locked(struct pair *pair, const struct console *console, const char *path)
{
    bool decided = is_decided(pair);
    int error = pair_undo(pair);
    if (error != 0)
        return refuse(console, path, pair, error);
    console_warning(console, path, "a run that was to replace %s and %s together was ended: %s", pair->samples.name,
                    pair->header.name,
                    decided                        ? "what it left beside them was removed"
                    : pair->samples.old[0]         ? "the old ones are there again"
                    : pair_is_kept(&pair->samples) ? "what it had begun was taken back"
                                                   : "what it had begun was removed");
    return TOOL_DONE;
}

static int refuse_record(const struct console *console, const char *path, const char *record)
{
    return console_error(console, path,
                         "%s beside it cannot be read: look whether the file and its header belong together, then "
                         "remove that",
                         record);
}

/* Returns an exit status; *busy_ret: who publishes it is at it, and it is worth another look in a moment. */
static int try_to_settle(struct pair *pair, const struct console *console, const char *name, const char *path,
                         bool *busy_ret)
{
    char record[HIDDEN_NAME];
    *busy_ret = false;
    hidden_fixed(name, PAIR_ENDING, record);
    int error = open_record(pair, record, &pair->lock[1]);
    if (error == EACCES && !is_shared(pair->folder))
        return refuse_record(console, path, record);
    if (error != 0)
        return TOOL_DONE;
    enum belief belief = read_record(pair, name, pair->lock[1]);
    if (belief == DAMAGED)
        return refuse_record(console, path, record);
    /* A place that was held for a record, where there are no hard links: its maker came no further. */
    if (belief == EMPTY)
        pair_remove(pair, record);
    if (belief != BELIEVED)
        return TOOL_DONE;
    error = lock_record(pair);
    *busy_ret = error == EAGAIN;
    /* Somebody has removed the other record. */
    if (error == ENOENT)
        error = still_has_name(pair, pair->lock[1], pair->header.record) ? pair_remove(pair, pair->header.record) : 0;
    else if (error == 0)
        return settle_locked(pair, console, path);
    return error == 0 || error == EAGAIN ? TOOL_DONE : refuse(console, path, pair, error);
}

int pair_settle(const struct console *console, int folder, const char *name, const char *path)
{
    struct pair pair = {.folder = folder, .lock = {-1, -1}};
    double end = machine_clock() + WAIT_SECONDS;
    bool busy;
    for (;;) {
        int result = try_to_settle(&pair, console, name, path, &busy);
        pair_let_go(&pair);
        if (!busy)
            return result;
        if (machine_clock() >= end)
            return console_error(console, path, "another run is replacing it together with %s",
                                 strcmp(name, pair.header.name) == 0 ? pair.samples.name : pair.header.name);
        machine_pause(10);
    }
}

int pair_settle_path(const struct console *console, const char *path)
{
    char folder_path[PATH_MAX], real[PATH_MAX], record[HIDDEN_NAME], beside[PATH_MAX];
    struct file_facts facts;
    int folder;
    /* Also of a file that is not there now. */
    if (file_look_at(path, false, &facts) == 0 && facts.kind == FILE_LINK && path_real(path, real))
        path = real;
    path_folder(path, folder_path);
    hidden_fixed(path_base(path), PAIR_ENDING, record);
    /* Most files have none, and are small: their folder is not opened for it. */
    int length = snprintf(beside, sizeof beside, "%s/%s", folder_path, record);
    if (length > 0 && (size_t)length < sizeof beside && file_look_at(beside, false, &facts) == ENOENT)
        return TOOL_DONE;
    if (folder_open(folder_path, true, &folder) != 0)
        return TOOL_DONE;
    int result = pair_settle(console, folder, path_base(path), path);
    file_close(folder);
    return result;
}
