/* SPDX-License-Identifier: MIT */
/*
 * fixture: making files, and getting them into the state that is asked for.
 *
 * 1. 'made' is false, or the file has exactly the bytes of content_fill(added).
 * 2. 'disturbed' is true when the page cache may have lost pages of the file since it was written.
 *
 * An assert would have to read the file: fixture_check() and the looks into the page cache do that.
 */
#include "mmbench/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/range.h>
#include <mmview/walk.h>

#include "kit/os/file.h"
#include "kit/os/signals.h"
#include "mmbench/cache.h"
#include "mmbench/child.h"

static const struct {
    const char *name;
    size_t size; /* of a write */
} kinds[WRITTEN_KINDS] = {
    [WRITTEN_1M] = {"1M-writes", 1 << 20},        [WRITTEN_64K] = {"64K-writes", 64 << 10},
    [WRITTEN_4K] = {"4K-writes", 4 << 10},        [WRITTEN_COPIED] = {"copied", 1 << 20},
    [WRITTEN_READ_BACK] = {"read-back", 1 << 20},
};

const char *written_name(enum written written)
{
    return kinds[written].name;
}

static bool failed(const char *what, int error, char *why, size_t size)
{
    snprintf(why, size, "%s: %s", what, strerror(error));
    return false;
}

struct fixture *fixtures_get(struct fixtures *fixtures, uint64_t size, enum written written, bool for_updates)
{
    for (struct fixture *fixture = fixtures->first; fixture; fixture = fixture->next)
        if (fixture->size == size && fixture->written == written && fixture->for_updates == for_updates)
            return fixture;
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return NULL;
    fixture->size = size;
    fixture->written = written;
    fixture->for_updates = for_updates;
    fixture->next = fixtures->first;
    fixtures->first = fixture;
    return fixture;
}

void fixtures_end(struct fixtures *fixtures)
{
    while (fixtures->first) {
        struct fixture *fixture = fixtures->first;
        fixtures->first = fixture->next;
        free(fixture);
    }
    place_remove(&fixtures->place);
}

void fixture_forget(struct fixture *fixture)
{
    fixture->made = false;
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static int write_all(int file, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t done = write(file, data, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno;
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

static int write_content(struct fixtures *fixtures, int file, uint64_t size, size_t piece)
{
    char *buffer = malloc(piece);
    int error = buffer ? 0 : ENOMEM;
    for (uint64_t done = 0; done < size && error == 0; done += piece) {
        size_t some = size - done < piece ? (size_t)(size - done) : piece;
        content_fill(fixtures->content, 0, done, buffer, some);
        error = write_all(file, buffer, some);
        if (error == 0 && signals_stop())
            error = EINTR;
    }
    free(buffer);
    return error;
}

static int write_file(struct fixtures *fixtures, const char *path, uint64_t size, size_t piece)
{
    unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno;
    int error = write_content(fixtures, file, size, piece);
    if (error == 0 && fsync(file) != 0)
        error = errno;
    if (close(file) != 0 && error == 0)
        error = errno;
    if (error != 0)
        unlink(path);
    return error;
}

static bool copy_file(struct fixture *fixture, char *why, size_t why_size)
{
    char other[PATH_MAX + 8];
    char program[] = "cp";
    char *argv[] = {program, other, fixture->path, NULL};
    snprintf(other, sizeof other, "%s.source", fixture->path);
    if (rename(fixture->path, other) != 0)
        return failed("rename", errno, why, why_size);
    bool good = child_exec(argv, why, why_size);
    unlink(other);
    return good;
}

/* A user's own file is what it is: it is read once, to know what a scan must find. */
static bool make_foreign(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size)
{
    struct file_facts facts;
    char buffer[64 << 10];
    ssize_t got = 0;
    snprintf(fixture->path, sizeof fixture->path, "%s", fixtures->file);
    int file = open(fixture->path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return failed(fixture->path, errno, why, why_size);
    int error = file_look(file, &facts);
    if (error) {
        close(file);
        return failed(fixture->path, error, why, why_size);
    }
    /* Whole pages: the tail would need another way with O_DIRECT. */
    fixture->size = mmv_round_down(facts.size, 4096);
    fixture->sum = 0;
    for (uint64_t at = 0; at < fixture->size; at += (uint64_t)got) {
        uint64_t left = fixture->size - at;
        got = pread(file, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer, (off_t)at);
        if (got <= 0 || got % 8 != 0)
            break;
        fixture->sum += words_sum(buffer, (size_t)got);
    }
    close(file);
    fixture->made = fixture->foreign = got >= 0;
    return got >= 0 || failed(fixture->path, errno, why, why_size);
}

static bool make_own(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size)
{
    struct place *place = &fixtures->place;
    bool copied = fixture->written == WRITTEN_COPIED;
    if (fixture->path[0])
        unlink(fixture->path);
    if (!place_make(place) || !place_has_room(place, copied ? 2 * fixture->size : fixture->size)) {
        snprintf(why, why_size, "%s", place->why);
        return false;
    }
    if (snprintf(fixture->path, sizeof fixture->path, "%s/%s-%" PRIu64 "%s", place->path,
                 written_name(fixture->written), fixture->size,
                 fixture->for_updates ? "-updates" : "") >= (int)sizeof fixture->path)
        return failed(place->path, ENAMETOOLONG, why, why_size);
    int error = write_file(fixtures, fixture->path, fixture->size, kinds[fixture->written].size);
    if (error)
        return failed("cannot write a fixture", error, why, why_size);
    if (copied && !copy_file(fixture, why, why_size))
        return false;
    fixture->added = 0;
    fixture->made = true;
    fixture->disturbed = false;
    return true;
}

bool fixture_make(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size)
{
    if (fixture->made)
        return true;
    return fixtures->file ? make_foreign(fixtures, fixture, why, why_size) : make_own(fixtures, fixture, why, why_size);
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

/* Before a file is made that would be of no use. */
static bool can_be_verified(char *why, size_t why_size)
{
    if (cache_is_known())
        return true;
    snprintf(why, why_size, "this system does not say what its cache holds of a file: warm or cold cannot be verified");
    return false;
}

static bool look_into_cache(const struct fixture *fixture, struct cache_state *state, char *why, size_t why_size)
{
    int error = cache_look(fixture->path, state);
    return error == 0 || failed("cannot look into the page cache", error, why, why_size);
}

/* Pages that were lost come back as readahead makes them, not as they were written. */
static bool bring_back(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size)
{
    if (fixture->written != WRITTEN_READ_BACK && !fixture->foreign) {
        fixture_forget(fixture);
        return fixture_make(fixtures, fixture, why, why_size);
    }
    int error = cache_load(fixture->path);
    return error == 0 || failed("cannot read the fixture", error, why, why_size);
}

static bool warm_up(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size)
{
    struct cache_state state;
    if (!look_into_cache(fixture, &state, why, why_size))
        return false;
    if ((fixture->disturbed && fixture->written != WRITTEN_READ_BACK) || state.resident < state.pages)
        if (!bring_back(fixtures, fixture, why, why_size))
            return false;
    int error = cache_clean(fixture->path);
    if (error)
        return failed("cannot write the fixture back", error, why, why_size);
    if (!look_into_cache(fixture, &state, why, why_size))
        return false;
    if (state.resident == state.pages && state.dirty == 0)
        return true;
    snprintf(why, why_size,
             "cannot be made warm: %" PRIu64 " of %" PRIu64 " pages in memory, %" PRIu64 " not written back",
             state.resident, state.pages, state.dirty);
    return false;
}

bool fixture_warm(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size)
{
    enum { ATTEMPTS = 3 };
    if (!can_be_verified(why, why_size) || !fixture_make(fixtures, fixture, why, why_size))
        return false;
    if (fixture->written == WRITTEN_READ_BACK && !fixture->disturbed && !fixture_cold(fixtures, fixture, why, why_size))
        return false;
    /* Somebody else may drop caches meanwhile. */
    for (unsigned i = 0; i < ATTEMPTS; i++)
        if (warm_up(fixtures, fixture, why, why_size))
            return true;
    return false;
}

bool fixture_cold(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size)
{
    struct cache_state state;
    struct place_facts facts;
    if (!can_be_verified(why, why_size) || !fixture_make(fixtures, fixture, why, why_size))
        return false;
    fixture->disturbed = true;
    int error = cache_evict(fixture->path);
    if (error)
        return failed("cannot be evicted from memory", error, why, why_size);
    if (!look_into_cache(fixture, &state, why, why_size))
        return false;
    if (state.resident == 0)
        return true;
    bool memory = place_facts(fixture->path, &facts) && facts.in_memory;
    snprintf(why, why_size, "cannot be made cold: %" PRIu64 " of %" PRIu64 " pages stay in memory%s%s", state.resident,
             state.pages, memory ? ", which is all there is of " : "", memory ? facts.system : "");
    return false;
}

/* ---- checking --------------------------------------------------------------------------------------------------- */

/* What a file turned out to be. */
struct found {
    uint64_t size, digest;
};

static bool digest_in_child(void *user, void *result, char *why, size_t why_size)
{
    const struct fixture *fixture = user;
    struct found *found = result;
    struct file_facts facts;
    int error = file_look_at(fixture->path, true, &facts);
    if (error)
        return failed("cannot read the result", error, why, why_size);
    found->size = facts.size;
    /* Of another length it is wrong already. */
    if (found->size != fixture->size ||
        digest_file(fixture->path, fixture->size, mmv_default_threads(), &found->digest))
        return true;
    return failed("cannot read the result", errno, why, why_size);
}

bool fixture_check(struct fixtures *fixtures, struct fixture *fixture, bool *wrong_ret, char *why, size_t why_size)
{
    struct found found = {0, 0};
    *wrong_ret = false;
    if (!child_run(digest_in_child, fixture, &found, sizeof found, why, why_size)) {
        fixture_forget(fixture);
        return false;
    }
    if (found.size == fixture->size && found.digest == content_digest(fixtures->content, fixture->added, fixture->size))
        return true;
    *wrong_ret = true;
    fixture_forget(fixture);
    snprintf(why, why_size, "WRONG BYTES in %s", fixture->path);
    return false;
}
