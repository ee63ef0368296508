/* SPDX-License-Identifier: MIT */
/*
 * verify: a list of hashes, made before the bytes are stored and checked after.
 *
 *     source --- adjust_run ----------> stored -----------> read back -> hash --+
 *        \------ adjust_run_scalar ---> 4 KiB scratch -> hash -> claim ---------+-- equal?
 *
 * 1. The hash comes from the scalar definition and from memory that no store of the walk goes to.
 * 2. The bytes compared come from the file through a descriptor, whatever way they went there.
 *
 * No assert can see either; tests/tools/verify.bash damages what is written.
 */
#include "mmbright/run/verify.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/file.h"
#include "kit/os/signals.h"
#include "kit/os/thread.h"
#include "mmbright/plan/change.h"
#include "mmbright/run/journal.h"

#include <mmview/range.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Chunks that follow each other are one claim up to here: a run with a journal sees a few KiB at a time. */
#define CLAIM_MAX MMV_MIB
/* Whole samples of any type; a multiple of every sample's size. */
#define SCRATCH 4096
#define READ_SIZE (size_t)(256 * 1024)

/* Records of the file, and the hash that they should have together. */
struct claim {
    uint64_t offset;
    uint64_t stride;
    uint64_t count;
    size_t record;
    XXH64_hash_t hash;
};

/* The claim that a thread still adds to. */
struct open_claim {
    XXH3_state_t state;
    struct claim claim; /* count 0 = none */
};

struct verify {
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

struct verify *verify_create(unsigned threads)
{
    struct verify *verify = calloc(1, sizeof *verify);
    if (verify == NULL)
        return NULL;
    verify->threads = threads;
    verify->open = aligned_alloc(_Alignof(struct open_claim), threads * sizeof *verify->open);
    if (verify->open == NULL) {
        free(verify);
        return NULL;
    }
    for (unsigned i = 0; i < threads; i++)
        verify->open[i].claim.count = 0;
    thread_lock_init(&verify->lock);
    return verify;
}

void verify_destroy(struct verify *verify)
{
    if (verify == NULL)
        return;
    thread_lock_drop(&verify->lock);
    free(verify->claims);
    free(verify->open);
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
    mmv_status status = mmv_journal_note(verify->journal, verify->map, JOURNAL_NOTE_CLAIMS,
                                         verify->claims + verify->kept, fresh * sizeof *verify->claims);
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
    if (tag != JOURNAL_NOTE_CLAIMS || length % sizeof(struct claim) != 0)
        return MMV_OK;
    for (size_t at = 0; at < length; at += sizeof(struct claim)) {
        if (!has_room(verify))
            return mmv_error_set(MMV_ENOMEM, ENOMEM, "verify");
        memcpy(&verify->claims[verify->count++], (const char *)bytes + at, sizeof(struct claim));
    }
    return MMV_OK;
}

mmv_status verify_keep(struct verify *verify, mmv_journal *journal, mmv_map *map, size_t at_once)
{
    mmv_status status = mmv_journal_notes(journal, map, take_claims, verify);
    verify->kept = verify->count;
    verify->journal = journal;
    verify->map = map;
    verify->at_once = at_once;
    return status;
}

static void adjust_scalar(void *user, const mmi_batch *batch)
{
    mmi_adjust_run_scalar(user, batch, NULL);
}

static void expect_bytes(XXH3_state_t *state, const struct change_work *change, uint64_t offset, const char *source,
                         uint64_t length)
{
    _Alignas(8) char scratch[SCRATCH];
    for (uint64_t done = 0; done < length; done += SCRATCH) {
        size_t part = length - done < SCRATCH ? (size_t)(length - done) : SCRATCH;
        change_bytes(change, offset + done, source + done, scratch, part);
        XXH3_64bits_update(state, scratch, part);
    }
}

static mmv_status close_claim(struct verify *verify, struct open_claim *open)
{
    if (open->claim.count == 0)
        return MMV_OK;
    open->claim.hash = XXH3_64bits_digest(&open->state);
    mmv_status status = keep_claim(verify, &open->claim);
    open->claim.count = 0;
    return status;
}

/* Whether 'next' is more of the claim. */
static bool follows(const struct claim *claim, const struct claim *next)
{
    return claim->count == 1 && next->count == 1 && claim->offset + claim->record == next->offset &&
           claim->record + next->record <= CLAIM_MAX;
}

static mmv_status open_claim(struct verify *verify, struct open_claim *open, const struct claim *claim)
{
    if (follows(&open->claim, claim)) {
        open->claim.record += claim->record;
        return MMV_OK;
    }
    mmv_status status = close_claim(verify, open);
    open->claim = *claim;
    XXH3_64bits_reset(&open->state);
    return status;
}

mmv_status verify_expect(struct verify *verify, const struct bright_plan *plan, const mmv_chunk *chunk, size_t record)
{
    mmi_scout scout = plan ? change_scout(plan) : (mmi_scout){0};
    const struct change_work change = {plan, &scout, adjust_scalar, plan ? plan->adjust : NULL};
    struct claim claim = {chunk->offset, chunk->file_stride, chunk->count, record, 0};
    struct open_claim *open = &verify->open[chunk->thread];
    const char *source = chunk->source;
    assert(chunk->thread < verify->threads && record > 0 && chunk->count > 0);
    if (chunk->file_stride == record)
        claim = (struct claim){chunk->offset, chunk->count * record, 1, chunk->count * record, 0};
    mmv_status status = open_claim(verify, open, &claim);
    for (uint64_t i = 0; i < claim.count; i++) {
        if (plan)
            expect_bytes(&open->state, &change, claim.offset + i * claim.stride, source + i * chunk->stride,
                         claim.record);
        else
            XXH3_64bits_update(&open->state, source + i * chunk->stride, claim.record);
    }
    return status;
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

/* What was done twice, because a run was killed in between, is expected twice. */
uint64_t verify_bytes(struct verify *verify)
{
    uint64_t bytes = 0, end = 0;
    if (verify->count > 0)
        qsort(verify->claims, verify->count, sizeof *verify->claims, by_offset);
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

static int check_claim(const struct claim *claim, int descriptor, char *buffer, const char *file,
                       const struct console *console)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (uint64_t i = 0; i < claim->count; i++) {
        uint64_t offset = claim->offset + i * claim->stride;
        int error = hash_file(&state, descriptor, offset, claim->record, buffer);
        if (error == ENODATA)
            return console_error(console, file, "verify failed at offset %" PRIu64 ": the file became shorter", offset);
        if (error != 0)
            return console_error(console, file, "read back failed at offset %" PRIu64 ": %s", offset, strerror(error));
    }
    if (XXH3_64bits_digest(&state) == claim->hash)
        return TOOL_DONE;
    return console_error(console, file,
                         "verify failed at offset %" PRIu64 ": the %" PRIu64
                         " bytes from there are not what the change should have made",
                         claim->offset, claim_end(claim) - claim->offset);
}

int verify_compare(struct verify *verify, int descriptor, uint64_t shift, const char *file,
                   const struct console *console)
{
    char *buffer = malloc(READ_SIZE);
    int result = TOOL_DONE;
    if (buffer == NULL)
        return console_error(console, file, "not enough memory to read back");
    if (verify_complete(verify) != MMV_OK)
        result = console_failure(console, file);
    for (size_t i = 0; i < verify->count; i++)
        verify->claims[i].offset += shift;
    /* The first difference in the file is the one to name. */
    if (verify->count > 0)
        qsort(verify->claims, verify->count, sizeof *verify->claims, by_offset);
    for (size_t i = 0; i < verify->count && result == TOOL_DONE && !signals_stop(); i++)
        result = check_claim(&verify->claims[i], descriptor, buffer, file, console);
    free(buffer);
    return signals_stop() ? TOOL_FAILED : result;
}
