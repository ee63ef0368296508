/* SPDX-License-Identifier: MIT */
/*
 * verify: a list of hashes, made before the bytes are stored and checked after.
 *
 *     source --- the change ---------> stored -----------> read back -> hash --+
 *        \------ verify_way.make ----> memory -> hash -> claim ----------------+-- equal?
 *
 * 1. The hash comes from a computation of its own and from memory that no store of the walk goes to.
 * 2. The bytes compared come from the file through a descriptor, whatever way they went there.
 *
 * No assert can see either; tests/tools/verify.bash and rec_verify.bash damage what is written.
 */
#include "kit/job/verify.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/cli/sizes.h"
#include "kit/os/file.h"
#include "kit/os/memory.h"
#include "kit/os/signals.h"
#include "kit/os/thread.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Chunks that follow each other are one claim up to here: a run with a journal sees a few KiB at a time. */
#define CLAIM_MAX MMV_MIB
#define READ_SIZE (size_t)(256 * 1024)
/* Mode power waits for the device each time; what a kill loses of these MiB is not verified, and said. */
#define WAITED_FOR 64

/* Records of the file, and the hash that they should have together. */
struct claim {
    uint64_t offset;
    uint64_t stride;
    uint64_t count;
    size_t record; /* bytes; of packed results all that was made of a chunk */
    XXH64_hash_t hash;
};

/* The claim that a thread still adds to. */
struct open_claim {
    XXH3_state_t state;
    struct claim claim; /* count 0 = none */
    uint64_t next;      /* offset of a chunk that goes on with it */
    uint64_t taken;     /* bytes of chunks */
    char *made;         /* way.room bytes */
};

struct verify {
    struct verify_way way;
    thread_lock lock; /* of claims, count and capacity */
    struct claim *claims;
    size_t count, capacity;
    size_t kept;          /* of 'count' in the journal */
    mmv_journal *journal; /* NULL = they are kept in memory only */
    const mmv_map *map;
    size_t at_once; /* so many claims are written to the journal together */
    unsigned threads;
    struct open_claim *open; /* one per thread */
};

static bool make_open_claims(struct verify *verify)
{
    verify->open = memory_aligned(_Alignof(struct open_claim), verify->threads * sizeof *verify->open);
    for (unsigned i = 0; i < verify->threads && verify->open; i++) {
        verify->open[i].claim.count = 0;
        verify->open[i].made = NULL;
    }
    bool fine = verify->open != NULL;
    for (unsigned i = 0; i < verify->threads && fine; i++)
        fine = (verify->open[i].made = malloc(verify->way.room)) != NULL;
    return fine;
}

struct verify *verify_create(unsigned threads, const struct verify_way *way)
{
    struct verify *verify = calloc(1, sizeof *verify);
    assert(threads > 0 && way->length > 0 && way->room > 0);
    if (verify == NULL)
        return NULL;
    verify->threads = threads;
    verify->way = *way;
    thread_lock_init(&verify->lock);
    if (make_open_claims(verify))
        return verify;
    verify_destroy(verify);
    return NULL;
}

void verify_destroy(struct verify *verify)
{
    if (verify == NULL)
        return;
    thread_lock_drop(&verify->lock);
    for (unsigned i = 0; i < verify->threads && verify->open; i++)
        free(verify->open[i].made);
    free(verify->claims);
    memory_aligned_free(verify->open);
    free(verify);
}

static bool has_room(struct verify *verify)
{
    if (verify->count < verify->capacity)
        return true;
    size_t capacity = verify->capacity ? 2 * verify->capacity : 64;
    struct claim *claims = realloc(verify->claims, capacity * sizeof *claims);
    if (claims == NULL)
        return false;
    verify->claims = claims;
    verify->capacity = capacity;
    return true;
}

/* Claims that the journal does not have yet, once there are so many. Under the lock. */
static mmv_status write_claims(struct verify *verify, size_t at_least)
{
    size_t fresh = verify->count - verify->kept;
    if (!verify->journal || fresh < at_least || fresh == 0)
        return MMV_OK;
    mmv_status status = mmv_journal_note(verify->journal, verify->map, VERIFY_NOTE, verify->claims + verify->kept,
                                         fresh * sizeof *verify->claims);
    if (status == MMV_OK)
        verify->kept = verify->count;
    return status;
}

static mmv_status keep_claim(struct verify *verify, const struct claim *claim)
{
    thread_lock_take(&verify->lock);
    bool fits = has_room(verify);
    if (fits)
        verify->claims[verify->count++] = *claim;
    mmv_status status = fits ? write_claims(verify, verify->at_once) : mmv_error_set(MMV_ENOMEM, ENOMEM, "verify");
    thread_lock_leave(&verify->lock);
    return status;
}

/* What another version has written is left out, and counts as not expected. */
static mmv_status take_claims(uint32_t tag, const void *bytes, size_t length, void *user)
{
    struct verify *verify = user;
    if (tag != VERIFY_NOTE || length % sizeof(struct claim) != 0)
        return MMV_OK;
    for (size_t at = 0; at < length; at += sizeof(struct claim)) {
        if (!has_room(verify))
            return mmv_error_set(MMV_ENOMEM, ENOMEM, "verify");
        memcpy(&verify->claims[verify->count++], (const char *)bytes + at, sizeof(struct claim));
    }
    return MMV_OK;
}

mmv_status verify_keep(struct verify *verify, mmv_journal *journal, mmv_map *map, mmv_journal_mode mode)
{
    assert(!verify->way.packs);
    mmv_status status = mmv_journal_notes(journal, map, take_claims, verify);
    verify->kept = verify->count;
    verify->journal = journal;
    verify->map = map;
    verify->at_once = mode == MMV_JOURNAL_POWER ? WAITED_FOR : 1;
    return status;
}

/* What was made of a chunk may be nothing. */
static mmv_status close_claim(struct verify *verify, struct open_claim *open)
{
    mmv_status status = MMV_OK;
    if (open->claim.count > 0 && open->claim.record > 0) {
        open->claim.hash = XXH3_64bits_digest(&open->state);
        status = keep_claim(verify, &open->claim);
    }
    open->claim.count = 0;
    return status;
}

/* Whether 'next' is more of the claim. */
static bool follows(const struct open_claim *open, const struct claim *next)
{
    return open->claim.count == 1 && next->count == 1 && open->next == next->offset &&
           open->taken + next->record <= CLAIM_MAX;
}

/* The claim that a chunk belongs to, without its bytes. */
static mmv_status open_claim(struct verify *verify, struct open_claim *open, const struct claim *claim)
{
    mmv_status status = MMV_OK;
    if (!follows(open, claim)) {
        status = close_claim(verify, open);
        open->claim = *claim;
        open->taken = 0;
        XXH3_64bits_reset(&open->state);
        if (claim->count == 1)
            open->claim.record = 0;
    }
    open->taken += claim->record;
    open->next = claim->offset + claim->record;
    return status;
}

/* Bytes of the chunk that lie together; *made_ret = how many are expected of them. */
static mmv_status expect_bytes(struct verify *verify, const struct verify_piece *all, uint64_t *made_ret)
{
    const struct verify_way *way = &verify->way;
    struct open_claim *open = &verify->open[all->thread];
    *made_ret = 0;
    for (size_t at = 0; at < all->length; at += way->length) {
        size_t length = (size_t)mmv_min(way->length, all->length - at), made = length;
        const struct verify_piece piece = {all->thread, all->offset + at, (const char *)all->from + at, length,
                                           open->made};
        mmv_status status = way->make(&piece, &made, way->user);
        if (status != MMV_OK)
            return status;
        assert(made <= way->room && (way->packs || made == length));
        XXH3_64bits_update(&open->state, open->made, made);
        *made_ret += made;
    }
    return MMV_OK;
}

static mmv_status expect(struct verify *verify, const mmv_chunk *chunk, size_t record, bool is_same)
{
    struct claim claim = {chunk->offset, chunk->file_stride, chunk->count, record, 0};
    struct open_claim *open = &verify->open[chunk->thread];
    uint64_t made = 0;
    assert(chunk->thread < verify->threads && record > 0 && chunk->count > 0);
    if (chunk->file_stride == record)
        claim = (struct claim){chunk->offset, chunk->count * record, 1, chunk->count * record, 0};
    mmv_status status = open_claim(verify, open, &claim);
    for (uint64_t i = 0; i < claim.count && status == MMV_OK; i++) {
        const char *from = (const char *)chunk->source + i * chunk->stride;
        const struct verify_piece all = {chunk->thread, claim.offset + i * claim.stride, from, claim.record, NULL};
        made = claim.record;
        if (is_same)
            XXH3_64bits_update(&open->state, from, claim.record);
        else
            status = expect_bytes(verify, &all, &made);
    }
    if (claim.count == 1)
        open->claim.record += (size_t)made;
    /* The chunk will not change. */
    if (status != MMV_OK)
        open->claim.count = 0;
    return status;
}

mmv_status verify_expect(struct verify *verify, const mmv_chunk *chunk, size_t record)
{
    return expect(verify, chunk, record, false);
}

mmv_status verify_expect_same(struct verify *verify, const mmv_chunk *chunk, size_t record)
{
    assert(!verify->way.packs);
    return expect(verify, chunk, record, true);
}

mmv_status verify_complete(struct verify *verify)
{
    mmv_status status = MMV_OK;
    for (unsigned i = 0; i < verify->threads && status == MMV_OK; i++)
        status = close_claim(verify, &verify->open[i]);
    thread_lock_take(&verify->lock);
    if (status == MMV_OK)
        status = write_claims(verify, 1);
    thread_lock_leave(&verify->lock);
    return status;
}

static int by_offset(const void *a, const void *b)
{
    uint64_t left = ((const struct claim *)a)->offset;
    uint64_t right = ((const struct claim *)b)->offset;
    return left < right ? -1 : left > right;
}

static uint64_t claim_end(const struct claim *claim)
{
    return claim->offset + (claim->count - 1) * claim->stride + claim->record;
}

/* Of claims in order. What was done twice, because a run was killed in between, is expected twice. */
static uint64_t count_bytes(const struct verify *verify)
{
    uint64_t bytes = 0, end = 0;
    for (size_t i = 0; i < verify->count; i++) {
        const struct claim *claim = &verify->claims[i];
        uint64_t from = mmv_max(claim->offset, end);
        if (claim->count > 1 && claim_end(claim) > end)
            bytes += claim->count * claim->record;
        else if (claim_end(claim) > from)
            bytes += claim_end(claim) - from;
        end = mmv_max(end, claim_end(claim));
    }
    return bytes;
}

/* Add bytes of the file to the hash. 0, or an errno; a file that ends too early is ENODATA. */
static int hash_file(XXH3_state_t *state, int descriptor, uint64_t offset, size_t length, char *buffer)
{
    while (length > 0) {
        size_t wanted = length < READ_SIZE ? length : READ_SIZE, got;
        int error = file_read_at(descriptor, buffer, wanted, offset, &got);
        if (error != 0)
            return error;
        XXH3_64bits_update(state, buffer, got);
        if (got < wanted)
            return ENODATA;
        offset += got;
        length -= got;
    }
    return 0;
}

static int check_claim(const struct claim *claim, const struct verify_result *result, char *buffer)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (uint64_t i = 0; i < claim->count; i++) {
        uint64_t offset = claim->offset + i * claim->stride;
        int error = hash_file(&state, result->descriptor, offset, claim->record, buffer);
        if (error == ENODATA)
            return console_error(result->console, result->file,
                                 "verify failed at offset %" PRIu64 ": the file became shorter", offset);
        if (error != 0)
            return console_error(result->console, result->file, "read back failed at offset %" PRIu64 ": %s", offset,
                                 strerror(error));
    }
    if (XXH3_64bits_digest(&state) == claim->hash)
        return TOOL_DONE;
    return console_error(result->console, result->file,
                         "verify failed at offset %" PRIu64 ": the %" PRIu64
                         " bytes from there are not what the change should have made",
                         claim->offset, claim_end(claim) - claim->offset);
}

/* In the order of the file: its first difference is the one to name. */
static void place_claims(struct verify *verify, uint64_t shift)
{
    uint64_t at = shift;
    if (verify->count > 0)
        qsort(verify->claims, verify->count, sizeof *verify->claims, by_offset);
    for (size_t i = 0; i < verify->count; i++) {
        struct claim *claim = &verify->claims[i];
        claim->offset = verify->way.packs ? at : claim->offset + shift;
        at += claim->record;
    }
}

/* What the journal did not get before the run was killed is not known any more. */
static void tell(const struct verify *verify, const struct verify_result *result)
{
    char missing[SIZES_TEXT];
    uint64_t bytes = count_bytes(verify);
    if (bytes >= result->expected)
        console_explain(result->console, result->file, "verified");
    else
        console_warning(result->console, result->file,
                        "verified, but for %s that an interrupted run has changed without saying what to expect",
                        sizes_text(result->expected - bytes, missing));
}

int verify_compare(struct verify *verify, const struct verify_result *result)
{
    char *buffer = malloc(READ_SIZE);
    int status = TOOL_DONE;
    if (buffer == NULL)
        return console_error(result->console, result->file, "not enough memory to read back");
    if (verify_complete(verify) != MMV_OK)
        status = console_failure(result->console, result->file);
    if (result->is_synced)
        file_forget(result->descriptor);
    place_claims(verify, result->shift);
    for (size_t i = 0; i < verify->count && status == TOOL_DONE && !signals_stop(); i++)
        status = check_claim(&verify->claims[i], result, buffer);
    free(buffer);
    if (status == TOOL_DONE && !signals_stop())
        tell(verify, result);
    return signals_stop() ? TOOL_FAILED : status;
}
