/* SPDX-License-Identifier: MIT */
/*
 * verify: a list of hashes, made before the bytes are stored and checked after.
 *
 *     source --- adjust_run ----------> stored -----------> read back -> hash --+
 *        \------ adjust_run_scalar ---> 4 KiB scratch -> hash -> piece ---------+-- equal?
 *
 * 1. The hash comes from the scalar definition and from memory that no store of the walk goes to.
 * 2. The bytes compared come from the file by pread(2), whatever way they went there.
 */
#include "mmbright/run/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/os/signals.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Chunks that follow each other are one piece up to here: a run with a journal sees a few KiB at a time. */
#define PIECE_MAX MMV_MIB
/* Whole samples of any type; a multiple of every sample's size. */
#define SCRATCH 4096
#define READ_SIZE (size_t)(256 * 1024)

/* The records of one chunk. */
struct piece {
    uint64_t offset;
    uint64_t stride;
    uint64_t count;
    size_t record;
    XXH64_hash_t hash;
};

/* What a thread is at. */
struct open_piece {
    XXH3_state_t state;
    struct piece piece; /* count 0 = none */
};

struct verify {
    pthread_mutex_t lock;
    struct piece *pieces;
    size_t count, capacity;
    unsigned threads;
    struct open_piece *open; /* one per thread */
};

struct verify *verify_create(unsigned threads)
{
    struct verify *verify = calloc(1, sizeof *verify);
    if (verify == NULL)
        return NULL;
    verify->threads = threads;
    verify->open = aligned_alloc(_Alignof(struct open_piece), threads * sizeof *verify->open);
    if (verify->open == NULL) {
        free(verify);
        return NULL;
    }
    for (unsigned i = 0; i < threads; i++)
        verify->open[i].piece.count = 0;
    pthread_mutex_init(&verify->lock, NULL);
    return verify;
}

void verify_destroy(struct verify *verify)
{
    if (verify == NULL)
        return;
    pthread_mutex_destroy(&verify->lock);
    free(verify->pieces);
    free(verify->open);
    free(verify);
}

static bool has_room(struct verify *verify)
{
    if (verify->count < verify->capacity)
        return true;
    size_t capacity = verify->capacity ? 2 * verify->capacity : 64;
    struct piece *pieces = realloc(verify->pieces, capacity * sizeof *pieces);
    if (pieces == NULL)
        return false;
    verify->pieces = pieces;
    verify->capacity = capacity;
    return true;
}

static mmv_status keep(struct verify *verify, const struct piece *piece)
{
    pthread_mutex_lock(&verify->lock);
    bool fits = has_room(verify);
    if (fits)
        verify->pieces[verify->count++] = *piece;
    pthread_mutex_unlock(&verify->lock);
    return fits ? MMV_OK : mmv_error_set(MMV_ENOMEM, ENOMEM, "verify");
}

static void expect_bytes(XXH3_state_t *state, const mmi_adjust *adjust, uint64_t place, const char *source,
                         uint64_t length)
{
    _Alignas(8) char scratch[SCRATCH];
    for (uint64_t done = 0; done < length; done += SCRATCH) {
        size_t part = length - done < SCRATCH ? (size_t)(length - done) : SCRATCH;
        mmi_adjust_run_scalar(adjust, &(mmi_batch){place + done, source + done, scratch, part}, NULL);
        XXH3_64bits_update(state, scratch, part);
    }
}

static mmv_status close_piece(struct verify *verify, struct open_piece *open)
{
    if (open->piece.count == 0)
        return MMV_OK;
    open->piece.hash = XXH3_64bits_digest(&open->state);
    mmv_status status = keep(verify, &open->piece);
    open->piece.count = 0;
    return status;
}

/* Whether 'next' is more of what the thread is at. */
static bool follows(const struct piece *piece, const struct piece *next)
{
    return piece->count == 1 && next->count == 1 && piece->offset + piece->record == next->offset &&
           piece->record + next->record <= PIECE_MAX;
}

static mmv_status open_piece(struct verify *verify, struct open_piece *open, const struct piece *piece)
{
    if (follows(&open->piece, piece)) {
        open->piece.record += piece->record;
        return MMV_OK;
    }
    mmv_status status = close_piece(verify, open);
    open->piece = *piece;
    XXH3_64bits_reset(&open->state);
    return status;
}

mmv_status verify_expect(struct verify *verify, const mmi_adjust *adjust, uint64_t place, const mmv_chunk *chunk,
                         size_t record)
{
    struct piece piece = {chunk->offset, chunk->file_stride, chunk->count, record, 0};
    struct open_piece *open = &verify->open[chunk->thread];
    const char *source = chunk->source;
    if (chunk->file_stride == record)
        piece = (struct piece){chunk->offset, chunk->count * record, 1, chunk->count * record, 0};
    mmv_status status = open_piece(verify, open, &piece);
    for (uint64_t i = 0; i < piece.count; i++) {
        if (adjust)
            expect_bytes(&open->state, adjust, place + i * piece.stride, source + i * chunk->stride, piece.record);
        else
            XXH3_64bits_update(&open->state, source + i * chunk->stride, piece.record);
    }
    return status;
}

/* Add bytes of the file to the hash. 0, or an errno; a file that ends too early is ENODATA. */
static int hash_file(XXH3_state_t *state, int descriptor, uint64_t offset, size_t length, char *buffer)
{
    while (length > 0) {
        ssize_t got = pread(descriptor, buffer, length < READ_SIZE ? length : READ_SIZE, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            return ENODATA;
        XXH3_64bits_update(state, buffer, (size_t)got);
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return 0;
}

static int compare_piece(const struct piece *piece, int descriptor, char *buffer, const char *file,
                         const struct console *console)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (uint64_t i = 0; i < piece->count; i++) {
        uint64_t offset = piece->offset + i * piece->stride;
        int error = hash_file(&state, descriptor, offset, piece->record, buffer);
        if (error == ENODATA)
            return console_error(console, file, "verify failed at offset %" PRIu64 ": the file became shorter", offset);
        if (error != 0)
            return console_error(console, file, "read back failed at offset %" PRIu64 ": %s", offset, strerror(error));
    }
    if (XXH3_64bits_digest(&state) == piece->hash)
        return TOOL_DONE;
    return console_error(console, file,
                         "verify failed at offset %" PRIu64 ": the %" PRIu64
                         " bytes from there are not what the change should have made",
                         piece->offset, (piece->count - 1) * piece->stride + piece->record);
}

static int by_offset(const void *a, const void *b)
{
    uint64_t left = ((const struct piece *)a)->offset;
    uint64_t right = ((const struct piece *)b)->offset;
    return left < right ? -1 : left > right;
}

int verify_compare(struct verify *verify, int descriptor, const char *file, const struct console *console)
{
    char *buffer = malloc(READ_SIZE);
    int result = TOOL_DONE;
    if (buffer == NULL)
        return console_error(console, file, "not enough memory to read back");
    for (unsigned i = 0; i < verify->threads && result == TOOL_DONE; i++)
        if (close_piece(verify, &verify->open[i]) != MMV_OK)
            result = console_failure(console, file);
    /* The first difference in the file is the one to name. */
    if (verify->count > 0)
        qsort(verify->pieces, verify->count, sizeof *verify->pieces, by_offset);
    for (size_t i = 0; i < verify->count && result == TOOL_DONE && !signals_stop(); i++)
        result = compare_piece(&verify->pieces[i], descriptor, buffer, file, console);
    free(buffer);
    return signals_stop() ? TOOL_FAILED : result;
}
