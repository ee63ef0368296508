/* SPDX-License-Identifier: MIT */
/*
 * store: see store.h.
 *
 * 1. A frame is written where the last one ended, by one thread at a time: so all frames in front of one that is whole
 *    are whole. No assert: it is what the lock is for.
 * 2. Behind the frame END only TAKEN_BACK counts: what a loss of power has left there is of no run. No assert: scan()
 *    ends there.
 * 3. Who has the lock on a file that has its name may remove that name, and nobody else. So a file that was left behind
 *    goes, and never one that another process has just made under the same name. No assert: lock_name() looks.
 * 4. A frame's magic is written last: a process that was killed before it has left none. No assert: nobody sees it.
 */
#include "kit/undo/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <mmview/range.h>

#include "kit/os/file.h"
#include "kit/os/folder.h"
#include "kit/os/machine.h"
#include "kit/os/path.h"
#include "kit/os/rights.h"

#define FRAME_MAGIC UINT32_C(0x464d5455)
#define STORE_ORDER UINT32_C(0x01020304)
_Static_assert(sizeof(struct store_header) == 64 && sizeof(struct store_frame) == 56 && sizeof(struct store_sum) == 24,
               "mmview_undo(5) says so");

/* No frame and no recipe is longer. */
#define LENGTH_MAX (UINT64_C(1) << 28)

static uint64_t check_header(const struct store_header *header, const unsigned char *recipe)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, header, offsetof(struct store_header, check));
    XXH3_64bits_update(&state, recipe, (size_t)header->recipe);
    return XXH3_64bits_digest(&state);
}

static uint64_t check_frame(const struct store *store, const struct store_frame *frame, const void *bytes)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, &store->header.run, sizeof store->header.run);
    XXH3_64bits_update(&state, frame, offsetof(struct store_frame, check));
    if (frame->length > 0)
        XXH3_64bits_update(&state, bytes, (size_t)frame->length);
    return XXH3_64bits_digest(&state);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int begin(struct store *store, const char *path)
{
    *store = (struct store){.descriptor = -1, .path = strdup(path)};
    thread_lock_init(&store->lock);
    return store->path ? 0 : ENOMEM;
}

void store_close(struct store *store)
{
    tail_drop(&store->tail);
    if (store->descriptor >= 0)
        file_close(store->descriptor);
    if (store->path)
        thread_lock_drop(&store->lock);
    free(store->path);
    free(store->recipe);
    *store = (struct store){.descriptor = -1};
}

/* Its folder: names in it are made, removed and synced by way of that. */
static int open_folder(const struct store *store, int *folder_ret)
{
    char folder[PATH_MAX];
    if (strlen(store->path) >= sizeof folder)
        return ENAMETOOLONG;
    path_folder(store->path, folder);
    return folder_open(folder, true, folder_ret);
}

static int write_header(struct store *store, const struct store_begin *begin)
{
    struct store_header *header = &store->header;
    *header = (struct store_header){.magic = STORE_MAGIC,
                                    .version = STORE_VERSION,
                                    .order = STORE_ORDER,
                                    .run = machine_random(),
                                    .inode = begin->inode,
                                    .size = begin->size,
                                    .begun = begin->begun,
                                    .recipe = begin->recipe_length};
    store->recipe = malloc(begin->recipe_length);
    if (!store->recipe)
        return ENOMEM;
    memcpy(store->recipe, begin->recipe, begin->recipe_length);
    header->check = check_header(header, store->recipe);
    store->end = sizeof *header + header->recipe;
    unsigned char *whole = malloc((size_t)store->end);
    if (!whole)
        return ENOMEM;
    memcpy(whole, header, sizeof *header);
    memcpy(whole + sizeof *header, store->recipe, begin->recipe_length);
    int error = file_write_at(store->descriptor, whole, (size_t)store->end, 0);
    free(whole);
    return error;
}

static bool has_name(const struct store *store)
{
    struct file_facts here, there;
    return file_look(store->descriptor, &here) == 0 && file_look_at(store->path, true, &there) == 0 &&
           file_is_same(&here, &there);
}

/* EBUSY: who looked at it before it was locked has taken it for one that was left behind. */
static int lock_name(const struct store *store)
{
    int locked = file_try_lock(store->descriptor);
    if (locked != 0 && locked != ENOTSUP)
        return locked == EAGAIN ? EBUSY : locked;
    return has_name(store) ? 0 : EBUSY;
}

int store_create(struct store *store, const struct store_begin *how)
{
    int folder, error = begin(store, how->path);
    if (error == 0)
        error = open_folder(store, &folder);
    if (error)
        return error;
    error = folder_create_file(folder, path_base(store->path), 0600, &store->descriptor);
    if (error == 0)
        error = lock_name(store);
    /* 3. From here on its name is nobody else's to remove. */
    bool is_own = error == 0;
    if (error == 0)
        error = rights_narrow(how->model, store->descriptor, 0666);
    if (error == 0)
        error = write_header(store, how);
    if (error && is_own)
        folder_remove_file(folder, path_base(store->path));
    file_close(folder);
    return error;
}

int store_remove(const struct store *store)
{
    int folder, error = open_folder(store, &folder);
    if (error)
        return error;
    error = folder_remove_file(folder, path_base(store->path));
    file_close(folder);
    return error;
}

int store_sync(struct store *store)
{
    return file_sync(store->descriptor);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int read_all(const struct store *store, void *to, size_t length, uint64_t offset)
{
    size_t done;
    int error = file_read_at(store->descriptor, to, length, offset, &done);
    return error ? error : done == length ? 0 : EILSEQ;
}

/* Nobody makes room for more than there is, whatever a header or a frame says. */
static bool has(const struct store *store, uint64_t offset, uint64_t length)
{
    struct file_facts facts;
    return file_look(store->descriptor, &facts) == 0 && mmv_range_fits(offset, length, facts.size);
}

int store_read(const struct store *store, uint64_t offset, struct store_frame *frame_ret, unsigned char **bytes_ret)
{
    *bytes_ret = NULL;
    int error = read_all(store, frame_ret, sizeof *frame_ret, offset);
    if (error)
        return error;
    if (frame_ret->magic != FRAME_MAGIC || frame_ret->length > LENGTH_MAX ||
        !has(store, offset + sizeof *frame_ret, frame_ret->length))
        return EILSEQ;
    unsigned char *bytes = malloc((size_t)frame_ret->length + 1);
    if (!bytes)
        return ENOMEM;
    error = read_all(store, bytes, (size_t)frame_ret->length, offset + sizeof *frame_ret);
    if (error == 0 && check_frame(store, frame_ret, bytes) != frame_ret->check)
        error = EILSEQ;
    if (error)
        free(bytes);
    else
        *bytes_ret = bytes;
    return error;
}

static uint64_t first_frame(const struct store *store)
{
    return sizeof store->header + store->header.recipe;
}

/* Frames one behind the other: a read has many of them. */
#define READ_SIZE ((size_t)256 * 1024)

struct frame_reader {
    const struct store *store;
    unsigned char *room;
    size_t size, length; /* of the room; of it what was read, from 'offset' of the file on */
    uint64_t offset;
};

/* Bytes [offset, offset + length) of the file are in the room then. EILSEQ = the file ends before. */
static int need(struct frame_reader *reader, uint64_t offset, size_t length)
{
    bool is_there = offset >= reader->offset && offset - reader->offset <= reader->length &&
                    reader->length - (size_t)(offset - reader->offset) >= length;
    if (is_there)
        return 0;
    if (reader->size < length || !reader->room) {
        free(reader->room);
        reader->size = length > READ_SIZE ? length : READ_SIZE;
        reader->room = malloc(reader->size);
    }
    reader->offset = offset;
    reader->length = 0;
    if (!reader->room)
        return ENOMEM;
    int error = file_read_at(reader->store->descriptor, reader->room, reader->size, offset, &reader->length);
    return error ? error : reader->length < length ? EILSEQ : 0;
}

/* What is behind the frame stays where it is until the next one is taken. */
static int take_frame(struct frame_reader *reader, uint64_t offset, struct store_frame *frame_ret,
                      const unsigned char **bytes_ret)
{
    int error = need(reader, offset, sizeof *frame_ret);
    if (error)
        return error;
    memcpy(frame_ret, reader->room + (size_t)(offset - reader->offset), sizeof *frame_ret);
    if (frame_ret->magic != FRAME_MAGIC || frame_ret->length > LENGTH_MAX ||
        !has(reader->store, offset + sizeof *frame_ret, frame_ret->length))
        return EILSEQ;
    error = need(reader, offset, sizeof *frame_ret + (size_t)frame_ret->length);
    if (error)
        return error;
    *bytes_ret = reader->room + (size_t)(offset - reader->offset) + sizeof *frame_ret;
    return check_frame(reader->store, frame_ret, *bytes_ret) == frame_ret->check ? 0 : EILSEQ;
}

int store_each(const struct store *store, store_see_fn *see, void *user)
{
    struct frame_reader reader = {.store = store};
    int error = 0;
    for (uint64_t offset = first_frame(store); offset < store->end && error == 0;) {
        struct store_frame frame;
        const unsigned char *bytes;
        error = take_frame(&reader, offset, &frame, &bytes);
        if (error == 0)
            error = see(&frame, offset, bytes, user);
        offset += sizeof frame + frame.length;
    }
    free(reader.room);
    return error;
}

/* 2. A frame that is not whole ends the file: whoever wrote it was killed, or it is damaged. */
static int scan(struct store *store)
{
    struct frame_reader reader = {.store = store};
    int error = 0;
    store->end = first_frame(store);
    while (error == 0 && !store->is_taken_back) {
        struct store_frame frame;
        const unsigned char *bytes;
        error = take_frame(&reader, store->end, &frame, &bytes);
        if (error || (store->is_complete && frame.kind != STORE_TAKEN_BACK))
            break;
        store->is_complete = store->is_complete || frame.kind == STORE_END;
        if (frame.kind == STORE_END)
            store->job = (struct store_job){frame.span, frame.first, frame.count};
        store->is_taken_back = frame.kind == STORE_TAKEN_BACK;
        store->end += sizeof frame + frame.length;
        store->frames++;
    }
    free(reader.room);
    return error == EILSEQ ? 0 : error;
}

/* A whole frame that begins in bytes[0..length), which are those of the file from 'offset' on. */
static bool has_frame(const struct store *store, const unsigned char *bytes, size_t length, uint64_t offset)
{
    static const uint32_t magic = FRAME_MAGIC;
    bool found = false;
    for (size_t at = 0; at + sizeof magic <= length && !found; at++) {
        const unsigned char *first = memchr(bytes + at, *(const unsigned char *)&magic, length - at);
        struct store_frame frame;
        unsigned char *behind;
        if (!first)
            return false;
        at = (size_t)(first - bytes);
        bool is_one = at + sizeof magic <= length && memcmp(first, &magic, sizeof magic) == 0;
        found = is_one && store_read(store, offset + at, &frame, &behind) == 0;
        if (found)
            free(behind);
    }
    return found;
}

bool store_is_damaged(const struct store *store)
{
    size_t size = READ_SIZE, length = size;
    uint32_t magic = 0;
    unsigned char *bytes = malloc(size);
    /* 4 */
    bool found = read_all(store, &magic, sizeof magic, store->end) == 0 && magic == FRAME_MAGIC;
    for (uint64_t at = store->end; bytes && !found && length == size; at += size - sizeof magic)
        found = file_read_at(store->descriptor, bytes, size, at, &length) != 0 || has_frame(store, bytes, length, at);
    free(bytes);
    return found || !bytes;
}

/* The header and the recipe are one write: it has none of it. A device is no file that anybody has left. */
static void look_for_header(struct store *store, bool is_read)
{
    static const char blank[sizeof store->header.magic];
    struct file_facts facts;
    bool is_file = file_look(store->descriptor, &facts) == 0 && facts.kind == FILE_REGULAR;
    store->is_empty = is_file && facts.size == 0;
    store->is_blank = store->is_empty || (is_file && is_read && memcmp(store->header.magic, blank, sizeof blank) == 0);
}

static int read_header(struct store *store)
{
    struct store_header *header = &store->header;
    int error = read_all(store, header, sizeof *header, 0);
    look_for_header(store, error == 0);
    if (error)
        return error;
    if (memcmp(header->magic, STORE_MAGIC, sizeof header->magic) != 0 || header->version != STORE_VERSION ||
        header->order != STORE_ORDER || header->recipe > LENGTH_MAX || !has(store, sizeof *header, header->recipe))
        return EILSEQ;
    store->recipe = malloc((size_t)header->recipe + 1);
    if (!store->recipe)
        return ENOMEM;
    error = read_all(store, store->recipe, (size_t)header->recipe, sizeof *header);
    return error ? error : check_header(header, store->recipe) == header->check ? 0 : EILSEQ;
}

int store_open(struct store *store, const char *path, bool alone)
{
    int error = begin(store, path);
    if (error == 0)
        error = file_open(path, alone ? FILE_READ_WRITE : FILE_READ, true, &store->descriptor);
    if (error == 0 && alone)
        error = lock_name(store);
    /* To who opens it, it is the same. */
    if (error == EBUSY)
        error = EAGAIN;
    if (error == 0)
        error = read_header(store);
    return error ? error : scan(store);
}

/* A frame END is written when the store ends: it is the last one, or only TAKEN_BACK stands behind it. */
static void look_at_end(struct store *store)
{
    struct file_facts facts;
    struct store_frame frame;
    if (file_look(store->descriptor, &facts) != 0 || facts.size < first_frame(store) + sizeof frame ||
        read_all(store, &frame, sizeof frame, facts.size - sizeof frame) != 0 || frame.magic != FRAME_MAGIC ||
        frame.length > 0)
        return;
    store->is_taken_back = frame.kind == STORE_TAKEN_BACK;
    store->is_complete = frame.kind == STORE_END || store->is_taken_back;
}

int store_glance(struct store *store, const char *path)
{
    int error = begin(store, path);
    if (error == 0)
        error = file_open(path, FILE_READ, true, &store->descriptor);
    if (error == 0)
        error = read_header(store);
    if (error == 0)
        look_at_end(store);
    return error;
}

#define TURN_MS 20

int store_open_patiently(struct store *store, const char *path, unsigned wait_ms)
{
    int error = store_open(store, path, true);
    for (unsigned waited_ms = 0; error == EAGAIN && waited_ms < wait_ms; waited_ms += TURN_MS) {
        store_close(store);
        machine_pause(TURN_MS);
        error = store_open(store, path, true);
    }
    return error;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* A file that gets so many frames gets more, and those that are small are worth a mapping. */
#define MANY 64
#define SMALL 1024

/* Behind the last frame; the lock is taken. */
static int put(struct store *store, const struct store_frame *frame, const void *bytes)
{
    const struct tail_part parts[2] = {{frame, sizeof *frame}, {bytes, (size_t)frame->length}};
    size_t length = sizeof *frame + (size_t)frame->length;
    bool is_small = length <= SMALL && store->frames >= MANY;
    int error = is_small ? tail_put(&store->tail, store->descriptor, store->end, parts) : ENOTSUP;
    if (error != ENOTSUP)
        return error;
    unsigned char small[4096], *whole = length <= sizeof small ? small : malloc(length);
    if (!whole)
        return ENOMEM;
    memcpy(whole, frame, sizeof *frame);
    memset(whole, 0, TAIL_LAST);
    if (frame->length > 0)
        memcpy(whole + sizeof *frame, bytes, (size_t)frame->length);
    error = file_write_at(store->descriptor, whole, length, store->end);
    if (error == 0)
        error = file_write_at(store->descriptor, frame, TAIL_LAST, store->end);
    if (whole != small)
        free(whole);
    return error;
}

struct store_frame store_end_frame(const struct store_job *job)
{
    return (struct store_frame){.kind = STORE_END, .span = job->run, .first = job->units, .count = job->total};
}

int store_append(struct store *store, struct store_frame *frame, const void *bytes)
{
    assert(frame->length <= LENGTH_MAX && frame->kind >= STORE_WORDS && frame->kind <= STORE_TAKEN_BACK);
    frame->magic = FRAME_MAGIC;
    frame->check = check_frame(store, frame, bytes);
    thread_lock_take(&store->lock);
    int error = put(store, frame, bytes);
    if (error == 0) {
        store->end += sizeof *frame + frame->length;
        store->frames++;
    }
    thread_lock_leave(&store->lock);
    return error;
}

int store_end(struct store *store)
{
    tail_drop(&store->tail);
    return tail_cut(store->descriptor, store->end);
}
