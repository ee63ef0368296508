/* SPDX-License-Identifier: MIT */
/*
 * pair: see pair.h. The record is pair_record, undoing and settling are pair_settle.c.
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
 * Of OUT.parts (parts.h) the new files have hidden names in that folder. Nobody could make them again: undoing puts the
 * samples back there, and removes neither.
 *
 * Whoever wants to know how far it came asks whether the new header still has its hidden name: then the old pair
 * counts, and is put back. Programs that know no records never find a header with samples that are not its own: between
 * the two there is no header, but for one that is the same before and after. A switch that other programs see as one
 * would need a header in between that names the samples as they are hidden; but most formats find their samples by the
 * header's own name, and OUT is to be called as its user said.
 *
 * 1. A record has its name only when it is complete, and is locked by who made it, for as long as he lives.
 * 2. Who undoes has locked the record of the samples, and has seen that it is still there. It is removed last.
 * 3. No name of a record leads out of its folder, but hidden ones into a folder below: pair_record_parse() refuses
 *    others.
 * 4. In a folder where users cannot touch each other's files a record is believed when it is this user's or root's, or
 *    when all that it names belongs to its owner, and nothing lies in a folder below, which he could exchange.
 *    Elsewhere who can write a record could do the same without one.
 *
 * 1, 2 and 4 are about files, which others change: no assert can know.
 */
#include "kit/file/pair_record.h"

#include <mmview/publish.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#define TRIES 3

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

static int move_old(const struct pair *pair, const struct pair_half *half)
{
    struct file_facts facts;
    if (!half->old[0] || pair_has(pair, half->old, &facts))
        return 0;
    return folder_replace(pair->folder, half->name, half->old);
}

static int give_name(const struct pair *pair, const struct pair_half *half, bool force)
{
    if (force)
        return folder_replace(pair->folder, half->hidden, half->name);
    return pair_error_of(mmv_publish_hidden(pair->folder, half->hidden, half->name));
}

static int make_records(struct pair *pair, bool sync)
{
    int error = pair_record_make(pair, &pair->samples, sync, &pair->lock[0]);
    if (error != 0)
        return error;
    error = pair_record_make(pair, &pair->header, sync, &pair->lock[1]);
    if (error == 0 && sync)
        error = folder_sync(pair->folder);
    if (error != 0)
        pair_remove(pair, pair->samples.record);
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

static void set_half(struct pair_half *half, const struct output *output)
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
    if (pair_has(pair, pair->samples.name, &facts))
        hidden_random(pair->samples.name, pair->samples.old);
    if (pair_has(pair, pair->header.name, &facts) && !says_the_same(pair, header->descriptor))
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
    pair_set_records(pair);
    return 0;
}

/* Another run's record is waited for, or undone. */
static int make_or_settle(struct pair *pair, const struct output *samples, const struct output *header,
                          const struct console *console, bool sync)
{
    find_old(pair, header);
    int error = make_records(pair, sync);
    for (int i = 0; i < TRIES && error == EEXIST; i++) {
        pair_let_go(pair);
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
    error = pair_undo(pair);
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
    pair_let_go(&pair);
    return result;
}
