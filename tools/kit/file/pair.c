/* SPDX-License-Identifier: MIT */
/*
 * pair: see pair.h.
 *
 *     .OUT.raw.random, .OUT.nhdr.random    the new files, complete
 *     .OUT.raw.other                       the old samples, by a second name
 *     .OUT.nhdr.other                      the old header, when it says something else than the new one
 *     .OUT.raw.mmpair, .OUT.nhdr.mmpair    the record, the same beside both: all of these names
 *
 *     write       records -> hidden names, the header's first -> old header aside -> samples -> header -> all else away
 *     undo        old samples back, or the new ones away where none were -> old header back -> new header away ->
 * records
 *
 * Whoever wants to know how far it came asks whether the new header still has its hidden name: then the old pair
 * counts, and is put back. Programs that know no records never find a header with samples that are not its own: between
 * the two there is no header, but for one that is the same before and after. A switch that other programs see as one
 * would need a header in between that names the samples as they are hidden; but most formats find their samples by the
 * header's own name, and OUT is to be called as its user said.
 *
 * 1. A record has its name only when it is complete, and is locked by who made it, for as long as he lives.
 * 2. Who undoes has locked the record of the samples, and has seen that it is still there. It is removed last.
 * 3. No name of a record leads out of its folder: record_parse() refuses others.
 * 4. In a folder where users cannot touch each other's files a record is believed when it is this user's or root's, or
 *    when all that it names belongs to its owner. Elsewhere who can write a record could do the same without one.
 *
 * 1, 2 and 4 are about files, which others change: no assert can know.
 */
#include "kit/file/pair.h"

#include <mmview/publish.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/machine.h"
#include "kit/os/path.h"
#include "kit/os/rights.h"

#define MAGIC "mmvpair" /* with its zero 8 bytes, by which all files of the tools' own are known: own.h */
#define ENDING "mmpair"
#define RECORD_MAX 4096 /* bytes: six names of 255 */
#define WAIT_SECONDS 10 /* for a run that is publishing: a few calls, and with --sync the device */
#define TRIES 3

/* A file of the pair. */
struct half {
    char name[HIDDEN_NAME];   /* which it is to have */
    char hidden[HIDDEN_NAME]; /* which it has until then */
    char old[HIDDEN_NAME]; /* which the file has got that was there; "" = none was, or it stays until it is replaced */
    char record[HIDDEN_NAME];
};

struct pair {
    int folder; /* the caller's */
    struct half samples, header;
    uint64_t inode, size; /* of the new samples */
    int64_t modified;     /* the same */
    uint32_t modified_ns; /* the same */
    int lock[2];          /* the records of samples and header, open and locked; -1 = not. While one is looked at that
                             is the second */
};

/* ---- the record -------------------------------------------------------------------------------------------------- */

enum {
    FIELD_MAGIC,
    FIELD_FACTS,
    FIELD_SAMPLES,
    FIELD_HIDDEN_SAMPLES,
    FIELD_HEADER,
    FIELD_HIDDEN_HEADER,
    FIELD_OLD_SAMPLES,
    FIELD_OLD_HEADER,
    FIELDS
};

#define FACTS_FORM "1 %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32

static void set_records(struct pair *pair)
{
    hidden_fixed(pair->samples.name, ENDING, pair->samples.record);
    hidden_fixed(pair->header.name, ENDING, pair->header.record);
}

/* Its fields, each ended by a zero. Returns the length. */
static size_t record_text(const struct pair *pair, char text[RECORD_MAX])
{
    char facts[96];
    snprintf(facts, sizeof facts, FACTS_FORM, pair->inode, pair->size, pair->modified, pair->modified_ns);
    const char *const fields[FIELDS] = {MAGIC,
                                        facts,
                                        pair->samples.name,
                                        pair->samples.hidden,
                                        pair->header.name,
                                        pair->header.hidden,
                                        pair->samples.old,
                                        pair->header.old};
    size_t length = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        size_t size = strlen(fields[i]) + 1;
        assert(length + size <= RECORD_MAX);
        memcpy(text + length, fields[i], size);
        length += size;
    }
    return length;
}

static bool take_name(const char *field, char name[HIDDEN_NAME])
{
    if (strlen(field) >= HIDDEN_NAME || strchr(field, '/') || strcmp(field, ".") == 0 || strcmp(field, "..") == 0)
        return false; /* 3 */
    strcpy(name, field);
    return true;
}

/* The folder stays as it is. */
static bool record_parse(const char *text, size_t length, struct pair *pair)
{
    const char *fields[FIELDS];
    size_t at = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        const char *end = at < length ? memchr(text + at, '\0', length - at) : NULL;
        if (!end)
            return false;
        fields[i] = text + at;
        at = (size_t)(end - text) + 1;
    }
    if (at != length || strcmp(fields[FIELD_MAGIC], MAGIC) != 0 ||
        sscanf(fields[FIELD_FACTS], FACTS_FORM, &pair->inode, &pair->size, &pair->modified, &pair->modified_ns) != 4)
        return false;
    bool fine = take_name(fields[FIELD_SAMPLES], pair->samples.name) &&
                take_name(fields[FIELD_HIDDEN_SAMPLES], pair->samples.hidden) &&
                take_name(fields[FIELD_HEADER], pair->header.name) &&
                take_name(fields[FIELD_HIDDEN_HEADER], pair->header.hidden) &&
                take_name(fields[FIELD_OLD_SAMPLES], pair->samples.old) &&
                take_name(fields[FIELD_OLD_HEADER], pair->header.old);
    set_records(pair);
    return fine && pair->samples.name[0] && pair->header.name[0] && pair->samples.hidden[0] && pair->header.hidden[0];
}

static int error_of(mmv_status status)
{
    return status == MMV_OK ? 0 : mmv_last_error()->os_error;
}

static int record_write(const struct pair *pair, int descriptor, bool sync)
{
    char text[RECORD_MAX];
    int error = file_try_lock(descriptor); /* 1 */
    if (error == 0 || error == ENOTSUP)
        error = file_write(descriptor, text, record_text(pair, text));
    return error == 0 && sync ? file_sync(descriptor) : error;
}

/* EEXIST = there is one. */
static int record_make(const struct pair *pair, const struct half *half, bool sync, int *lock_ret)
{
    char hidden[HIDDEN_NAME] = "";
    int error = folder_create_nameless(pair->folder, lock_ret);
    if (error != 0) {
        hidden_random(half->name, hidden);
        error = folder_create_file(pair->folder, hidden, 0600, lock_ret);
    }
    if (error != 0)
        return error;
    rights_add(*lock_ret, 0644);
    error = record_write(pair, *lock_ret, sync);
    if (error == 0 && hidden[0])
        error = error_of(mmv_publish_hidden(pair->folder, hidden, half->record));
    else if (error == 0)
        error = error_of(mmv_publish_nameless(pair->folder, *lock_ret, half->record));
    if (error != 0 && hidden[0])
        folder_remove_file(pair->folder, hidden);
    return error;
}

static void let_go(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        if (pair->lock[i] >= 0)
            file_close(pair->lock[i]);
        pair->lock[i] = -1;
    }
}

/* ---- undoing ----------------------------------------------------------------------------------------------------- */

static bool is_there(const struct pair *pair, const char *name, struct file_facts *facts_ret)
{
    return name[0] && folder_look(pair->folder, name, false, facts_ret) == 0;
}

/* Not every file system has numbers that outlive a restart. */
static bool is_new(const struct pair *pair, const struct file_facts *facts)
{
    bool same_time = facts->modified == pair->modified && facts->modified_ns == pair->modified_ns;
    return facts->size == pair->size && (facts->inode == pair->inode || same_time);
}

/* ENOENT is as good as done: who undid this before was ended, too. */
static int remove_name(const struct pair *pair, const char *name)
{
    int error = name[0] ? folder_remove_file(pair->folder, name) : 0;
    return error == ENOENT ? 0 : error;
}

/* What lies there by now and is neither old nor new is its user's, and stays. */
static int restore_samples(const struct pair *pair)
{
    struct file_facts now, old;
    bool has_now = is_there(pair, pair->samples.name, &now);
    bool ours = has_now && is_new(pair, &now);
    if (is_there(pair, pair->samples.old, &old))
        return !has_now || ours ? folder_replace(pair->folder, pair->samples.old, pair->samples.name) : 0;
    return ours && !pair->samples.old[0] ? remove_name(pair, pair->samples.name) : 0;
}

static int restore_header(const struct pair *pair)
{
    struct file_facts now, old;
    if (is_there(pair, pair->header.name, &now) || !is_there(pair, pair->header.old, &old))
        return 0;
    return folder_replace(pair->folder, pair->header.old, pair->header.name);
}

/* Both names are the new files', or none. */
static bool is_decided(const struct pair *pair)
{
    struct file_facts hidden, now;
    if (!is_there(pair, pair->header.hidden, &hidden))
        return true;
    return is_there(pair, pair->header.name, &now) && file_is_same(&hidden, &now);
}

/* What no one needs any more; the record of the samples goes last. */
static int clear(const struct pair *pair)
{
    const char *const names[] = {pair->header.hidden, pair->samples.hidden, pair->samples.old,
                                 pair->header.old,    pair->header.record,  pair->samples.record};
    int error = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && error == 0; i++)
        error = remove_name(pair, names[i]);
    return error;
}

/* Where there are neither links nor renames that replace nothing, an empty file holds the place of one that is new. */
static int remove_placeholder(const struct pair *pair, const struct half *half)
{
    struct file_facts hidden, now;
    bool is_placeholder = !half->old[0] && is_there(pair, half->hidden, &hidden) && is_there(pair, half->name, &now) &&
                          now.kind == FILE_REGULAR && now.size == 0;
    return is_placeholder ? remove_name(pair, half->name) : 0;
}

static int undo(const struct pair *pair)
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

/* ---- publishing -------------------------------------------------------------------------------------------------- */

/* Where there are no hard links the old samples are moved when it comes to that. */
static int hide_all(const struct pair *pair, struct output *samples, struct output *header)
{
    int error = output_hide(header, pair->header.hidden);
    if (error == 0)
        error = output_hide(samples, pair->samples.hidden);
    if (error == 0 && pair->samples.old[0])
        folder_link(pair->folder, pair->samples.name, pair->samples.old);
    return error;
}

static int move_old(const struct pair *pair, const struct half *half)
{
    struct file_facts facts;
    if (!half->old[0] || is_there(pair, half->old, &facts))
        return 0;
    return folder_replace(pair->folder, half->name, half->old);
}

static int give_name(const struct pair *pair, const struct half *half, bool force)
{
    if (force)
        return folder_replace(pair->folder, half->hidden, half->name);
    return error_of(mmv_publish_hidden(pair->folder, half->hidden, half->name));
}

static int make_records(struct pair *pair, bool sync)
{
    int error = record_make(pair, &pair->samples, sync, &pair->lock[0]);
    if (error != 0)
        return error;
    error = record_make(pair, &pair->header, sync, &pair->lock[1]);
    if (error == 0 && sync)
        error = folder_sync(pair->folder);
    if (error != 0)
        remove_name(pair, pair->samples.record);
    return error;
}

static int tell(const struct output *output, const struct console *console, int error)
{
    if (error == EEXIST)
        return console_error(console, output->path, "appeared meanwhile and is left alone");
    return console_error(console, output->path, "cannot give it its name: %s", strerror(error));
}

/* The records are there. */
static int give_names(struct pair *pair, struct output *samples, struct output *header, const struct console *console)
{
    int error = hide_all(pair, samples, header);
    if (error == 0 && header->force)
        error = move_old(pair, &pair->header);
    if (error == 0 && samples->force)
        error = move_old(pair, &pair->samples);
    if (error == 0)
        error = give_name(pair, &pair->samples, samples->force);
    if (error != 0)
        return tell(samples, console, error);
    error = give_name(pair, &pair->header, header->force);
    return error == 0 ? TOOL_DONE : tell(header, console, error);
}

static void set_half(struct half *half, const struct output *output)
{
    strcpy(half->name, output->name);
    if (output->temporary[0])
        strcpy(half->hidden, output->temporary);
    else
        hidden_random(half->name, half->hidden);
}

/* Whether the header that is there has the bytes of the new one. */
static bool says_the_same(const struct pair *pair, int header)
{
    char a[4096], b[sizeof a];
    size_t got_a = sizeof a, got_b = sizeof b;
    int there;
    if (folder_open_file(pair->folder, pair->header.name, FILE_READ, &there) != 0)
        return false;
    bool same = true;
    for (uint64_t at = 0; same && got_a == sizeof a; at += sizeof a)
        same = file_read_at(there, a, sizeof a, at, &got_a) == 0 &&
               file_read_at(header, b, sizeof b, at, &got_b) == 0 && got_a == got_b && memcmp(a, b, got_a) == 0;
    file_close(there);
    return same;
}

/* What is there, which another run may have changed since OUT was planned. */
static void find_old(struct pair *pair, const struct output *header)
{
    struct file_facts facts;
    pair->samples.old[0] = pair->header.old[0] = '\0';
    if (is_there(pair, pair->samples.name, &facts))
        hidden_random(pair->samples.name, pair->samples.old);
    if (is_there(pair, pair->header.name, &facts) && !says_the_same(pair, header->descriptor))
        hidden_random(pair->header.name, pair->header.old);
}

static int begin(struct pair *pair, const struct output *samples, const struct output *header)
{
    struct file_facts facts;
    int error = file_look(samples->descriptor, &facts);
    if (error != 0)
        return error;
    pair->folder = samples->folder;
    pair->inode = facts.inode;
    pair->size = facts.size;
    pair->modified = facts.modified;
    pair->modified_ns = facts.modified_ns;
    set_half(&pair->samples, samples);
    set_half(&pair->header, header);
    set_records(pair);
    return 0;
}

/* Another run's record is waited for, or undone. */
static int make_or_settle(struct pair *pair, const struct output *samples, const struct output *header,
                          const struct console *console, bool sync)
{
    find_old(pair, header);
    int error = make_records(pair, sync);
    for (int i = 0; i < TRIES && error == EEXIST; i++) {
        let_go(pair);
        if (pair_settle(console, pair->folder, samples->name, samples->path) != TOOL_DONE ||
            pair_settle(console, pair->folder, header->name, header->path) != TOOL_DONE)
            return TOOL_FAILED;
        find_old(pair, header);
        error = make_records(pair, sync);
    }
    return error == 0 ? TOOL_DONE
                      : console_error(console, samples->path, "cannot note that it and %s belong together: %s",
                                      header->path, strerror(error));
}

static int publish(struct pair *pair, struct output *samples, struct output *header, const struct console *console,
                   bool sync)
{
    int result = make_or_settle(pair, samples, header, console, sync);
    if (result != TOOL_DONE)
        return result;
    result = give_names(pair, samples, header, console);
    int error = result == TOOL_DONE && sync ? folder_sync(pair->folder) : 0;
    if (error != 0)
        result = console_error(console, samples->path, "cannot write its name to the device: %s", strerror(error));
    /* From here on the record has these names. */
    samples->temporary[0] = header->temporary[0] = '\0';
    error = undo(pair);
    if (error == 0)
        return result;
    return console_error(console, samples->path,
                         "cannot put away what was noted beside it: %s; the next command on it tries again",
                         strerror(error));
}

int pair_publish(struct output *samples, struct output *header, const struct console *console, bool sync)
{
    struct pair pair = {.lock = {-1, -1}};
    struct file_facts one, other;
    assert(samples->descriptor >= 0 && header->descriptor >= 0);
    if (file_look(samples->folder, &one) != 0 || file_look(header->folder, &other) != 0 || !file_is_same(&one, &other))
        return console_error(console, samples->path, "its folder was replaced meanwhile");
    int error = begin(&pair, samples, header);
    if (error != 0)
        return console_error(console, samples->path, "cannot prepare its name: %s", strerror(error));
    int result = publish(&pair, samples, header, console, sync);
    let_go(&pair);
    return result;
}

/* ---- settling ---------------------------------------------------------------------------------------------------- */

enum belief { BELIEVED, STRANGE, DAMAGED, EMPTY };

static bool all_belong_to(const struct pair *pair, uint32_t owner)
{
    const char *const names[] = {pair->samples.name, pair->samples.hidden, pair->samples.old,
                                 pair->header.name,  pair->header.hidden,  pair->header.old};
    struct file_facts facts;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_there(pair, names[i], &facts) && facts.owner != owner)
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
    return (record->permissions & 022) == 0 && (file_is_own(record) || all_belong_to(pair, record->owner));
}

/* The record beside 'name', and what it says. */
static enum belief read_record(struct pair *pair, const char *name, int descriptor)
{
    char text[RECORD_MAX];
    size_t length = 0;
    struct file_facts facts;
    if (file_look(descriptor, &facts) != 0 || facts.kind != FILE_REGULAR)
        return STRANGE;
    bool fine = file_read(descriptor, text, sizeof text, &length) == 0 && record_parse(text, length, pair) &&
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
    return file_look(descriptor, &one) == 0 && is_there(pair, record, &other) && file_is_same(&one, &other);
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

static int refuse(const struct console *console, const char *path, const struct pair *pair, int error)
{
    return console_error(console, path,
                         "a run that was to replace %s and %s together was ended before it had: a command of who may "
                         "write in their folder puts the old ones back (%s)",
                         pair->samples.name, pair->header.name, strerror(error));
}

static int settle_locked(struct pair *pair, const struct console *console, const char *path)
{
    bool decided = is_decided(pair);
    int error = undo(pair);
    if (error != 0)
        return refuse(console, path, pair, error);
    console_warning(console, path, "a run that was to replace %s and %s together was ended: %s", pair->samples.name,
                    pair->header.name,
                    decided                ? "what it left beside them was removed"
                    : pair->samples.old[0] ? "the old ones are there again"
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
    hidden_fixed(name, ENDING, record);
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
        remove_name(pair, record);
    if (belief != BELIEVED)
        return TOOL_DONE;
    error = lock_record(pair);
    *busy_ret = error == EAGAIN;
    /* Somebody has removed the other record. */
    if (error == ENOENT)
        error = still_has_name(pair, pair->lock[1], pair->header.record) ? remove_name(pair, pair->header.record) : 0;
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
        let_go(&pair);
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
    hidden_fixed(path_base(path), ENDING, record);
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
