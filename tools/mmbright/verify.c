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
#include "mmbright/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/signals.h"

#ifdef MMV_HAVE_XXHASH

#define XXH_INLINE_ALL
#include <xxhash.h>

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

struct verify {
    pthread_mutex_t lock;
    struct piece *pieces;
    size_t count, capacity;
};

struct verify *verify_create(void)
{
    struct verify *verify = calloc(1, sizeof *verify);
    if (verify)
        pthread_mutex_init(&verify->lock, NULL);
    return verify;
}

void verify_destroy(struct verify *verify)
{
    if (verify == NULL)
        return;
    pthread_mutex_destroy(&verify->lock);
    free(verify->pieces);
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
        mmi_adjust_run_scalar(adjust, place + done, source + done, scratch, part, NULL);
        XXH3_64bits_update(state, scratch, part);
    }
}

mmv_status verify_expect(struct verify *verify, const mmi_adjust *adjust, uint64_t place, const mmv_chunk *chunk,
                         size_t record)
{
    struct piece piece = {chunk->offset, chunk->file_stride, chunk->count, record, 0};
    XXH3_state_t state;
    const char *source = chunk->source;
    if (chunk->file_stride == record)
        piece = (struct piece){chunk->offset, chunk->count * record, 1, chunk->count * record, 0};
    XXH3_64bits_reset(&state);
    for (uint64_t i = 0; i < piece.count; i++) {
        if (adjust)
            expect_bytes(&state, adjust, place + i * piece.stride, source + i * chunk->stride, piece.record);
        else
            XXH3_64bits_update(&state, source + i * chunk->stride, piece.record);
    }
    piece.hash = XXH3_64bits_digest(&state);
    return keep(verify, &piece);
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
    /* The first difference in the file is the one to name. */
    if (verify->count > 0)
        qsort(verify->pieces, verify->count, sizeof *verify->pieces, by_offset);
    for (size_t i = 0; i < verify->count && result == TOOL_DONE && !signals_stop(); i++)
        result = compare_piece(&verify->pieces[i], descriptor, buffer, file, console);
    free(buffer);
    return signals_stop() ? TOOL_FAILED : result;
}

#else

struct verify *verify_create(void)
{
    return NULL;
}

void verify_destroy(struct verify *verify)
{
    (void)verify;
}

mmv_status verify_expect(struct verify *verify, const mmi_adjust *adjust, uint64_t place, const mmv_chunk *chunk,
                         size_t record)
{
    (void)verify, (void)adjust, (void)place, (void)chunk, (void)record;
    return MMV_OK;
}

int verify_compare(struct verify *verify, int descriptor, const char *file, const struct console *console)
{
    (void)verify, (void)descriptor, (void)file, (void)console;
    return TOOL_DONE;
}

#endif
