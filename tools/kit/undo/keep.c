/* SPDX-License-Identifier: MIT */
/*
 * keep: see keep.h.
 *
 *     journal   | note: which store |  save granule | arm |                       | commit |
 *     store     | header            |               |     | words of the granule  |        |  ...  | sums | END |
 *     FILE      |                   |               |     |                  | change |    |
 *
 * 1. Records change only when their words are in the store: keep_chunk() comes first, and a run whose store fails
 *    changes nothing more. No assert: what is in a file cannot be asked.
 * 2. A granule that a killed run has armed is made anew from what the journal has of it, and so are its words: the same
 *    ones, once more. Of records of which nothing is known they may be other ones, when another compiler has made the
 *    code: then the later ones count. So such a run stores words also where nothing has changed, and its sums are made
 *    of FILE in the end. No assert, for the same reason.
 * 3. The frame END comes when all records have changed, and before the journal goes. What records became, and got lost
 *    with a killed process, is read from FILE then: see fill.h. No assert: is_done says so.
 * 4. In mode power words are on the device before the journal says that their records are done: keep_settle(). No
 *    assert: what is on a device cannot be asked.
 * 5. The journal has how long the store was each time that records counted as changed: keep_reached(). So one that is
 * an older copy, or was cut, is refused when the run goes on: the words that it lacks are of records that nobody keeps
 *    once more. No assert: what is in a file cannot be asked.
 */
#include "kit/undo/keep.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <mmimage/inverse.h>
#include <mmview/range.h>

#include "kit/os/file.h"
#include "kit/os/folder.h"
#include "kit/os/machine.h"
#include "kit/os/path.h"
#include "kit/undo/bytes.h"
#include "kit/undo/fill.h"
#include "kit/undo/names.h"
#include "kit/undo/room.h"
#include "kit/undo/squeeze.h"
#include "kit/undo/sums.h"
#include "kit/undo/words.h"

/* Sums wait in memory until there are so many: 48 KiB. */
#define SUMS_AT_ONCE 2048

/* Another part looks for a name, and through the frames of each store that is there. */
#define WAIT_MS 12000

struct seat {
    unsigned char *words, *copy;
    size_t room, copy_room;
    struct words_packer packer;
    struct sum_list sums;
};

struct keep {
    struct keep_run run; /* without its recipe */
    struct store store;
    struct recipe recipe; /* what the store has */
    mmi_inverse *inverse;
    struct seat *seats;
    unsigned threads;
    bool is_ready;            /* it could begin */
    bool was_there;           /* an interrupted run has made the store */
    atomic_bool is_synced;    /* its bytes and its name have to be on the device */
    bool is_lost;             /* perhaps they are not: under 'lock' */
    atomic_int error;         /* of the store: an errno value */
    _Atomic uint64_t settled; /* bytes of the store that the device has, if it has to */
    thread_lock lock;         /* around syncing, so that no thread takes another's loss for its own success */
};

/* What the journal notes of it when the run begins. */
struct keep_note {
    uint64_t run;
    char path[PATH_MAX];
};

/* All that it has noted. */
struct noted {
    struct keep_note begin;
    uint64_t length; /* in the end; 0 = the end was not reached */
};

/* ---- begin ------------------------------------------------------------------------------------------------------- */

static int complain(const struct console *console, const char *path, const char *what, int error)
{
    return console_error(console, path, "%s: %s", what, strerror(error));
}

/* Whether no unfinished run but this one may need a store for FILE. */
static bool is_unneeded(const struct store *store, const struct keep_run *run)
{
    struct recipe recipe = {.spans = NULL};
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    bool fine = store->header.inode == run->inode &&
                recipe_read(&recipe, store->recipe, (size_t)store->header.recipe, run->size);
    if (fine) {
        mmv_range hull = recipe_hull(&recipe);
        fine = mmv_journal_find(run->map, hull.offset, hull.length, &found) == MMV_OK;
        /* Of a job it may be that of a part which goes on later. */
        bool is_own = run->total == 0 && found.path && strcmp(found.path, run->journal_path) == 0;
        fine = fine && (found.kind == MMV_JOURNAL_NONE || is_own);
    }
    recipe_drop(&recipe);
    free(found.path);
    return fine;
}

/*
 * One that a run has left before it changed anything goes: nobody works with it, and it has nothing. Under a name that
 * a user gave zeros may be samples of his: there only a file without a byte goes.
 */
static bool was_void(const char *path, const struct keep_run *run)
{
    struct store store;
    int error = store_open(&store, path, true);
    bool is_left = run->named ? store.is_empty : store.is_blank;
    bool is_void = error == EILSEQ ? is_left : error == 0 && store.frames == 0 && is_unneeded(&store, run);
    if (is_void)
        store_remove(&store);
    store_close(&store);
    return is_void;
}

static int choose_name(const struct keep_run *run, char path[PATH_MAX])
{
    const char *named = run->named, *file = run->file;
    uint64_t latest;
    if (named) {
        was_void(named, run);
        strncpy(path, named, PATH_MAX - 1);
        path[PATH_MAX - 1] = '\0';
        return strlen(named) < PATH_MAX ? TOOL_DONE : complain(run->console, named, "undo file", ENAMETOOLONG);
    }
    int error = undo_latest(file, &latest);
    if (error)
        return complain(run->console, file, "cannot look for undo files beside it", error);
    if (latest > 0 && undo_name(file, latest, path) && was_void(path, run))
        latest--;
    if (undo_name(file, latest + 1, path))
        return TOOL_DONE;
    return console_error(run->console, file,
                         "its name is too long for an undo file beside it; --keep-undo=PATH puts "
                         "it elsewhere");
}

/* In mode power its name, too. */
static int sync_new(const struct keep *keep)
{
    char path[PATH_MAX];
    int folder, error = file_sync(keep->store.descriptor);
    path_folder(keep->store.path, path);
    if (error == 0)
        error = folder_open(path, true, &folder);
    if (error)
        return error;
    error = folder_sync(folder);
    file_close(folder);
    return error;
}

static int create(struct keep *keep, const struct keep_run *run)
{
    char path[PATH_MAX];
    size_t length;
    unsigned char *recipe = recipe_pack(run->recipe, &length);
    if (!recipe)
        return complain(run->console, run->file, "undo file", ENOMEM);
    struct store_begin begin = {NULL,          mmv_map_descriptor(run->map), recipe, length, run->inode, run->size,
                                machine_time()};
    int result = TOOL_DONE, error = EBUSY;
    /* Runs over other bytes of FILE look for a name at the same time. */
    while (result == TOOL_DONE && (error == EBUSY || (error == EEXIST && !run->named))) {
        result = choose_name(run, path);
        store_close(&keep->store);
        begin.path = path;
        error = result == TOOL_DONE ? store_create(&keep->store, &begin) : 0;
    }
    free(recipe);
    if (result != TOOL_DONE)
        return result;
    if (error == 0 && keep->is_synced) {
        error = sync_new(keep);
        if (error)
            store_remove(&keep->store);
    }
    if (error == EEXIST)
        return console_error(run->console, path, "is there already: an undo file replaces nothing");
    if (error)
        return console_error(run->console, path, "cannot make the undo file, nothing is changed: %s%s", strerror(error),
                             run->named || run->total ? "" : "; --keep-undo=PATH keeps that of one FILE elsewhere");
    struct keep_note note = {.run = keep->store.header.run};
    bool fits = path_real(path, note.path);
    mmv_status status = fits ? mmv_journal_note(run->journal, run->map, KEEP_NOTE, &note,
                                                offsetof(struct keep_note, path) + strlen(note.path))
                             : MMV_OK;
    if (!fits)
        return complain(run->console, path, "undo file", ENAMETOOLONG);
    return status == MMV_OK ? TOOL_DONE : console_failure(run->console, run->file);
}

static mmv_status take_note(uint32_t tag, const void *bytes, size_t length, void *user)
{
    struct noted *noted = user;
    struct keep_note *note = &noted->begin;
    if (tag == KEEP_NOTE_LENGTH && length == sizeof noted->length)
        memcpy(&noted->length, bytes, sizeof noted->length);
    if (tag != KEEP_NOTE || length <= offsetof(struct keep_note, path) || length >= sizeof *note)
        return MMV_OK;
    *note = (struct keep_note){0};
    memcpy(note, bytes, length);
    return MMV_OK;
}

/* 5. The words that are missing are of records that nobody keeps once more. NULL = nothing is. */
static const char *what_is_missing(const struct keep *keep, const struct keep_run *run, uint64_t reached)
{
    const struct store *store = &keep->store;
    if (store->is_complete && store->end >= reached)
        return NULL;
    /* A loss of power stores in any order what was not synced. */
    if (run->mode == MMV_JOURNAL_KILL && store_is_damaged(store))
        return "is damaged";
    return store->end < reached ? "is shorter than the interrupted run has left it" : NULL;
}

static int go_on(struct keep *keep, const struct keep_run *run, const struct noted *noted)
{
    const struct keep_note *note = &noted->begin;
    uint64_t reached;
    if (mmv_journal_kept(run->journal, run->map, &reached) != MMV_OK)
        return console_failure(run->console, run->file);
    int error = store_open_patiently(&keep->store, note->path, WAIT_MS);
    keep->was_there = true;
    if (error == EAGAIN)
        return console_error(run->console, note->path, "another process works with this undo file");
    bool is_ours = error == 0 && keep->store.header.run == note->run;
    const char *missing = is_ours ? what_is_missing(keep, run, mmv_max(reached, noted->length)) : NULL;
    if (missing)
        return console_error(run->console, note->path,
                             "%s, and the run cannot go on without what is missing: put it back as it was when the run "
                             "was interrupted. Where nobody has that, mmbright --discard-journal leaves FILE as it is, "
                             "changed in part",
                             missing);
    atomic_store(&keep->settled, keep->store.end);
    if (is_ours)
        return TOOL_DONE;
    return console_error(run->console, note->path,
                         "the undo file of the interrupted run is gone, or another one (%s): put it back. Without it "
                         "the run cannot go on, and mmbright --discard-journal leaves FILE as it is, changed in part",
                         error ? strerror(error) : "another run's");
}

static int make_ready(struct keep *keep, const struct keep_run *run)
{
    keep->seats = calloc(keep->threads, sizeof *keep->seats);
    bool fine = keep->seats && (!run->adjust || mmi_inverse_create(run->adjust, &keep->inverse) == MMV_OK);
    if (!fine)
        return console_error(run->console, run->file, "not enough memory for --keep-undo");
    keep->is_ready = recipe_read(&keep->recipe, keep->store.recipe, (size_t)keep->store.header.recipe, run->size) &&
                     keep->recipe.is_bytes == !run->adjust;
    return keep->is_ready ? TOOL_DONE : console_error(run->console, keep->store.path, "is an undo file of another run");
}

int keep_begin(const struct keep_run *run, struct keep **keep_ret)
{
    struct noted noted = {.length = 0};
    struct keep *keep = *keep_ret = calloc(1, sizeof *keep);
    if (!keep)
        return console_error(run->console, run->file, "not enough memory");
    assert(run->journal && squeeze_can());
    keep->run = *run;
    keep->run.recipe = NULL;
    keep->store.descriptor = -1;
    keep->threads = run->threads;
    /* On file systems of other machines that is the journal's mode, whatever the command says. */
    keep->is_synced = run->mode == MMV_JOURNAL_POWER || mmv_map_is_remote(run->map);
    thread_lock_init(&keep->lock);
    if (mmv_journal_notes(run->journal, run->map, take_note, &noted) != MMV_OK)
        return console_failure(run->console, run->file);
    int result = noted.begin.run ? go_on(keep, run, &noted) : create(keep, run);
    /* What is synced again and again is written by calls, which say at once what has no room. */
    if (keep->is_synced)
        tail_drop(&keep->store.tail);
    return result == TOOL_DONE ? make_ready(keep, run) : result;
}

void keep_drop(struct keep **keep_ref)
{
    struct keep *keep = *keep_ref;
    if (!keep)
        return;
    for (unsigned i = 0; i < keep->threads && keep->seats; i++) {
        free(keep->seats[i].words);
        free(keep->seats[i].copy);
        free(keep->seats[i].sums.list);
        words_drop(&keep->seats[i].packer);
    }
    free(keep->seats);
    mmi_inverse_destroy(&keep->inverse);
    recipe_drop(&keep->recipe);
    store_close(&keep->store);
    thread_lock_drop(&keep->lock);
    free(keep);
    *keep_ref = NULL;
}

/* ---- chunks ------------------------------------------------------------------------------------------------------ */

static mmv_status fail(struct keep *keep, int error)
{
    atomic_store(&keep->error, error);
    return mmv_error_set(file_is_full(error) ? MMV_ENOSPC : error == ENOMEM ? MMV_ENOMEM : MMV_EIO, error, "keep undo");
}

static struct meant_records records_of(const mmv_chunk *chunk, const void *bytes, size_t record)
{
    return (struct meant_records){bytes, chunk->offset, record, chunk->stride, chunk->file_stride, chunk->count};
}

static mmv_status append_words(struct keep *keep, const mmv_chunk *chunk, uint32_t span,
                               const struct words_packed *packed)
{
    struct store_frame frame = {.kind = STORE_WORDS,
                                .form = (uint16_t)packed->form,
                                .length = packed->length,
                                .plain = packed->plain,
                                .span = span,
                                .first = chunk->index,
                                .count = chunk->count};
    int error = store_append(&keep->store, &frame, packed->bytes);
    return error ? fail(keep, error) : MMV_OK;
}

mmv_status keep_chunk(struct keep *keep, const mmv_chunk *chunk, uint32_t span, size_t record)
{
    struct seat *seat = &keep->seats[chunk->thread];
    size_t bytes = chunk->count * record, size = mmi_type_size(keep->recipe.image.type);
    struct words_packed packed;
    assert(chunk->thread < keep->threads && bytes <= WORDS_MAX && span < keep->recipe.span_count);
    if (!room_take(&seat->words, &seat->room, bytes))
        return fail(keep, ENOMEM);
    const struct meant_records records = records_of(chunk, chunk->source, record);
    size_t kept = meant_keep(&keep->recipe, keep->inverse, &records, seat->words);
    if (kept == 0)
        return MMV_OK;
    if (!words_pack(&seat->packer, &(struct words){seat->words, bytes / size, size}, kept, &packed))
        return fail(keep, ENOMEM);
    return append_words(keep, chunk, span, &packed);
}

static int flush_sums(struct keep *keep, struct sum_list *sums)
{
    int error = sums_store(&keep->store, sums);
    if (error == 0)
        sums->count = 0;
    return error;
}

mmv_status keep_result(struct keep *keep, const mmv_chunk *chunk, uint32_t span, size_t record)
{
    struct sum_list *sums = &keep->seats[chunk->thread].sums;
    const struct meant_records records = records_of(chunk, chunk->data, record);
    const struct store_sum sum = {chunk->index, sums_of(&keep->recipe, &records), span, (uint32_t)chunk->count};
    int error = sums_add(sums, &sum) ? 0 : ENOMEM;
    if (error == 0 && sums->count >= SUMS_AT_ONCE)
        error = flush_sums(keep, sums);
    return error ? fail(keep, error) : MMV_OK;
}

void *keep_copy(struct keep *keep, const mmv_chunk *chunk, size_t record)
{
    struct seat *seat = &keep->seats[chunk->thread];
    size_t bytes = chunk->count * record;
    assert(chunk->thread < keep->threads && bytes <= WORDS_MAX && chunk->stride == record);
    if (!room_take(&seat->copy, &seat->copy_room, bytes)) {
        fail(keep, ENOMEM);
        return NULL;
    }
    return memcpy(seat->copy, chunk->data, bytes);
}

/* Records that have not changed are not stored to: their pages stay clean. */
static void put_changed(const mmv_chunk *chunk, const struct seat *seat, const unsigned char *flags, size_t record)
{
    unsigned char *data = chunk->data;
    for (size_t i = 0, some; i < chunk->count; i += some) {
        for (some = 1; i + some < chunk->count && flags[i + some] == flags[i];)
            some++;
        if (flags[i])
            memcpy(data + i * record, seat->copy + i * record, some * record);
    }
}

/* 1. 2. */
mmv_status keep_change(struct keep *keep, const mmv_chunk *chunk, uint32_t span, size_t record)
{
    struct seat *seat = &keep->seats[chunk->thread];
    size_t bytes = chunk->count * record, changed;
    struct words_packed packed;
    if (!room_take(&seat->words, &seat->room, bytes))
        return fail(keep, ENOMEM);
    bytes_xor(seat->words, chunk->data, seat->copy, bytes);
    const struct words words = {seat->words, chunk->count, record};
    if (!bytes_pack(&seat->packer, &words, &changed, &packed))
        return fail(keep, ENOMEM);
    mmv_status status = changed > 0 || keep->was_there ? append_words(keep, chunk, span, &packed) : MMV_OK;
    if (status != MMV_OK)
        return status;
    put_changed(chunk, seat, bytes_changed(&seat->packer), record);
    return keep_result(keep, chunk, span, record);
}

/* An error is told once: to one thread, while another's words may be those that are lost. */
mmv_status keep_settle(void *user)
{
    struct keep *keep = *(struct keep **)user;
    if (!keep)
        return MMV_OK;
    thread_lock_take(&keep->lock);
    int error = atomic_load(&keep->error);
    uint64_t end = atomic_load(&keep->store.end);
    /* The journal's mode is power, too, where only the journal is on another machine. */
    if (error == 0)
        error = keep->is_synced ? store_sync(&keep->store) : sync_new(keep);
    keep->is_synced = keep->is_synced || error == 0;
    /* What the device has not taken a second sync may seem to have: see keep_is_lost(). */
    keep->is_lost = keep->is_lost || (error && atomic_exchange(&keep->error, error) == 0);
    if (error == 0)
        atomic_store(&keep->settled, end);
    thread_lock_leave(&keep->lock);
    return error ? fail(keep, error) : MMV_OK;
}

/* 5. Of this thread's records all words are in the store. What the device has grows, as only one thread syncs at once.
 */
uint64_t keep_reached(void *user)
{
    struct keep *keep = *(struct keep **)user;
    if (!keep)
        return 0;
    return atomic_load(keep->is_synced ? &keep->settled : &keep->store.end);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* 2. */
static int forget_sums(struct keep *keep)
{
    struct store_frame frame = {.kind = STORE_SUMS, .form = SUMS_ANEW};
    return keep->recipe.is_bytes ? store_append(&keep->store, &frame, NULL) : 0;
}

static int flush_all(struct keep *keep)
{
    int error = 0;
    for (unsigned i = 0; i < keep->threads && error == 0; i++)
        error = flush_sums(keep, &keep->seats[i].sums);
    return error;
}

/* Its record is there as long as any part is not done. */
static int find_job(const struct keep *keep, struct store_job *job)
{
    mmv_journal_info *info = NULL;
    *job = (struct store_job){0, keep->run.units, keep->run.total};
    if (keep->run.total == 0)
        return 0;
    if (mmv_journal_inspect(keep->run.journal_path, &info) == MMV_OK)
        job->run = info->run;
    mmv_journal_info_free(&info);
    return job->run ? 0 : EIO;
}

static int complete(struct keep *keep)
{
    struct store_job job;
    int error = keep->was_there ? forget_sums(keep) : 0;
    if (error == 0 && keep->was_there)
        error = fill_sums(
            &(struct fill_work){&keep->store, &keep->recipe, mmv_map_descriptor(keep->run.map), keep->threads});
    if (error == 0)
        error = find_job(keep, &job);
    if (error == 0) {
        struct store_frame end = store_end_frame(&job);
        error = store_append(&keep->store, &end, NULL);
    }
    if (error == 0)
        error = store_end(&keep->store);
    if (error == 0 && (keep->is_synced || keep->run.sync)) {
        error = keep->is_synced ? store_sync(&keep->store) : sync_new(keep);
        keep->is_lost = error != 0;
    }
    /* 5. Of several files others come next, and what the journal has of this one's way is theirs then. */
    uint64_t length = keep->store.end;
    if (error == 0 && mmv_journal_note(keep->run.journal, keep->run.map, KEEP_NOTE_LENGTH, &length, sizeof length))
        error = EIO;
    return error;
}

int keep_finish(struct keep *keep, bool is_done, uint64_t resumed)
{
    int error = atomic_load(&keep->error);
    /* It could not even begin, and that was said. */
    if (!keep->is_ready)
        return TOOL_DONE;
    /* All was changed, and told, by a run that only could not say so: its store is there. */
    if (error == 0 && !keep->was_there && resumed > 0) {
        store_remove(&keep->store);
        return TOOL_DONE;
    }
    if (error == 0 && !keep->store.is_complete)
        error = flush_all(keep);
    if (error == 0 && is_done && !keep->store.is_complete)
        error = complete(keep);
    else if (!keep->store.is_complete)
        store_end(&keep->store);
    if (error == 0)
        return TOOL_DONE;
    if (error == ECANCELED) {
        store_end(&keep->store);
        console_error(keep->run.console, keep->run.file,
                      "stopped: all of it is changed; the same command again completes what --undo needs");
        return TOOL_RESUMABLE;
    }
    return complain(keep->run.console, keep->store.path, "cannot keep what is to be undone there", error);
}

bool keep_is_lost(const struct keep *keep)
{
    return keep->is_lost;
}

const struct recipe_group *keep_group(const struct keep *keep)
{
    return &keep->recipe.group;
}

const char *keep_path(const struct keep *keep)
{
    return keep->store.path;
}

uint64_t keep_bytes(const struct keep *keep)
{
    return keep->store.end;
}
