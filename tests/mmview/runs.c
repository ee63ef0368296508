/* SPDX-License-Identifier: MIT */
/* runs.c - see runs.h. */

#include "runs.h"

#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/xattr.h>
#include <unistd.h>

unsigned char run_before[RUN_LARGEST], run_after[RUN_LARGEST];
static unsigned char now[RUN_LARGEST];

static unsigned char changed(unsigned char byte, uint64_t place)
{
    return (unsigned char)(byte + 1 + place % 251);
}

/* ---- in the child ----------------------------------------------------------------------------------------------- */

static atomic_long steps_left; /* the step that ends the process; below 0 = none */

static void step(void)
{
    if (atomic_fetch_sub(&steps_left, 1) == 1)
        kill(getpid(), SIGKILL);
}

/* Two steps in each record: before it, and with half of its bytes changed. */
mmv_status run_change(const mmv_chunk *chunk, void *user)
{
    const struct run *run = user;
    mmv_status paused = run->pause ? run->pause() : MMV_OK;
    /* Callers have a place for each thread, and no more; also while an interrupted walk is finished. */
    if (chunk->thread >= run->threads)
        return MMV_EKIND;
    if (paused)
        return paused;
    for (size_t i = 0; i < chunk->count; i++) {
        unsigned char *record = (unsigned char *)chunk->data + i * chunk->stride;
        uint64_t at = chunk->offset + i * chunk->file_stride;
        bool counts = run->record > 64 || (chunk->index + i) % 509 == 0;
        if (counts)
            step();
        for (size_t k = 0; k < run->record; k++) {
            record[k] = changed(record[k], at + k);
            if (counts && k == run->record / 2)
                step();
        }
    }
    return MMV_OK;
}

void run_set_steps(long steps)
{
    atomic_store(&steps_left, steps ? steps : -1);
}

mmv_status run_here(const struct run *run, const char *file, const char *path, long steps)
{
    run_set_steps(steps);
    mmv_map *map;
    mmv_journal *journal;
    mmv_walk_options how = {.record_size = run->record,
                            .stride = run->stride,
                            .offset = run->offset,
                            .length = run->length,
                            .io = run->io,
                            .threads = run->threads,
                            .window = run->window};
    mmv_journal_options options = {.mode = run->mode,
                                   .bytes = run->size,
                                   .operation = run->operation ? run->operation : "change",
                                   .wait_ms = run->wait_ms ? run->wait_ms : 10000,
                                   .offset = run->job ? run->offset : 0,
                                   .length = run->job ? run->length : 0,
                                   .job = run->job,
                                   .adopt = run->adopt,
                                   .varies = run->varies};
    mmv_status status = mmv_map_open(file, MMV_READ_WRITE, &map);
    if (status)
        return status;
    status = mmv_journal_open(path, &options, &how.journal);
    journal = how.journal;
    if (status == MMV_OK)
        status = mmv_walk(map, &how, run_change, (void *)run);
    if (status && journal && run->tries_twice)
        status = mmv_walk(map, &how, run_change, (void *)run);
    if (status == MMV_OK)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    mmv_map_close(&map);
    return status;
}

struct work {
    mmv_status (*call)(void *user);
    int said; /* a pipe's end, for what went wrong; -1 = nobody asks */
    _Alignas(max_align_t) char user[RUN_GIVEN];
};

static int do_work(void *with)
{
    struct work *work = with;
    char said[512] = "";
    mmv_status status = work->call(work->user);
    mmv_error_format(mmv_last_error(), said, sizeof said);
    if (status && work->said >= 0 && write(work->said, said, strlen(said)) < 0)
        return 99;
    return (int)status;
}

static pid_t start_work(mmv_status (*call)(void *user), const struct run_given *user, int said)
{
    struct work work = {.call = call, .said = said};
    assert_true(user->size <= sizeof work.user);
    memcpy(work.user, user->data, user->size);
    return child_start(do_work, &work, sizeof work);
}

int run_wait(pid_t child)
{
    int status = child_wait(child);
    if (status == CHILD_KILLED)
        return RUN_KILLED;
    assert_in_range(status, 0, 127);
    return status;
}

int run_in_child(mmv_status (*work)(void *user), const struct run_given *user, char *text, size_t size)
{
    int ends[2];
    char said[512] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = start_work(work, user, ends[1]);
    close(ends[1]);
    ssize_t got = read(ends[0], said, sizeof said - 1);
    said[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    if (text)
        snprintf(text, size, "%s", said);
    return run_wait(child);
}

struct errand {
    struct run run;
    mmv_journal_job job;
    char file[600], path[600];
    long steps;
};

static mmv_status do_errand(void *user)
{
    struct errand *errand = user;
    if (errand->run.job)
        errand->run.job = &errand->job;
    return run_here(&errand->run, errand->file, errand->path, errand->steps);
}

static struct errand errand_of(const struct run *run, const char *file, const char *path, long steps)
{
    struct errand errand = {.run = *run, .steps = steps};
    assert_true(strlen(file) < sizeof errand.file && strlen(path) < sizeof errand.path);
    strcpy(errand.file, file);
    strcpy(errand.path, path);
    if (run->job)
        errand.job = *run->job;
    return errand;
}

int run_child(const struct run *run, const char *file, const char *path, long steps, char *text, size_t size)
{
    struct errand errand = errand_of(run, file, path, steps);
    return run_in_child(do_errand, RUN_GIVE(errand), text, size);
}

pid_t run_start(const struct run *run, const char *file, const char *path, long steps)
{
    struct errand errand = errand_of(run, file, path, steps);
    return start_work(do_errand, RUN_GIVE(errand), -1);
}

/* ---- in the parent ---------------------------------------------------------------------------------------------- */

static uint64_t length_of(const struct run *run)
{
    return run->length ? run->length : run->size - run->offset;
}

bool run_has_locks(void)
{
    file_put(scratch("locks"), "", 0);
    int descriptor = open(scratch("locks"), O_RDWR | O_CLOEXEC);
    int error = mmv__os_lock(descriptor, false, 0, 1);
    close(descriptor);
    unlink(scratch("locks"));
    return error == 0;
}

static mmv_own_kind kind_of(const char *path)
{
    mmv_map *map;
    if (mmv_map_open(path, MMV_READ, &map) != MMV_OK)
        return MMV_OWN_NOT;
    mmv_own_kind kind = mmv_map_own_kind(map);
    mmv_map_close(&map);
    return kind;
}

bool run_is_pointer(const char *path)
{
    return kind_of(path) == MMV_OWN_MARK;
}

/* Journals, records of jobs and pointers beside a file: where files have no marks these say what marks would. */
static unsigned names_beside(const char *file, void (*see)(const char *path))
{
    const char *last = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    char folder[600], begin[300], path[1200];
    unsigned count = 0;
    snprintf(folder, sizeof folder, "%.*s.", (int)(last - file), file);
    snprintf(begin, sizeof begin, "%s.mmj.", last);
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        snprintf(path, sizeof path, "%.*s%s", (int)(last - file), file, entry->d_name);
        if (strncmp(entry->d_name, begin, strlen(begin)) != 0 || kind_of(path) == MMV_OWN_NOT)
            continue;
        count++;
        if (see)
            see(path);
    }
    closedir(stream);
    return count;
}

static void drop_pointer(const char *path)
{
    if (run_is_pointer(path))
        unlink(path);
}

void run_drop_pointers(const char *file)
{
    names_beside(file, drop_pointer);
}

bool run_is_claimed(const char *file)
{
    return run_is_marked(file) || names_beside(file, NULL) > 0;
}

void run_prepare(const struct run *run, const char *file)
{
    uint64_t stride = run->stride ? run->stride : run->record;
    fill(run_before, run->size, 7);
    memcpy(run_after, run_before, run->size);
    for (uint64_t at = run->offset; at < run->offset + length_of(run); at += stride)
        for (uint64_t k = at; k < at + run->record; k++)
            run_after[k] = changed(run_before[k], k);
    /* A new file: the old one may bear the mark of a run that a test gave up. */
    unlink(file);
    run_drop_pointers(file);
    file_put(file, run_before, run->size);
}

bool run_is_marked(const char *file)
{
    static char names[65536];
    ssize_t length = listxattr(file, names, sizeof names);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1)
        if (strstr(names + at, "mmview"))
            return true;
    return false;
}

void run_check(const struct run *run, const char *file, const char *path)
{
    file_get(file, now, run->size, 0);
    for (size_t i = 0; i < run->size; i++)
        if (now[i] != run_after[i])
            fail_msg("io %s, %u threads, record %zu, mode %d: byte %zu is %u, was %u, should be %u",
                     mmv_io_name(run->io), run->threads, run->record, (int)run->mode, i, now[i], run_before[i],
                     run_after[i]);
    assert_int_equal(file_length(file), run->size);
    assert_false(file_exists(path));
    assert_false(run_is_marked(file));
}

bool run_is(const char *file, const unsigned char *bytes, size_t size)
{
    file_get(file, now, size, 0);
    return memcmp(now, bytes, size) == 0;
}

bool is_campaign(void)
{
    return getenv("MMV_CAMPAIGN") != NULL;
}
