/* SPDX-License-Identifier: MIT */
/* content: the tile, and the arithmetic that makes digests and sums of any file out of it. */
#include "mmbench/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmimage/adjust.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define READ_SIZE ((size_t)256 << 10)
#define WORDS (CONTENT_TILE / 8)

struct content {
    char noise[CONTENT_TILE];
    char tile[CONTENT_TILE];
    uint64_t before[WORDS + 1]; /* sums of the tile's first words */
    unsigned added;
    bool valid; /* tile and before are those of 'added' */
};

/* SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"). */
static uint64_t mix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct content *content_create(void)
{
    uint64_t state = 2026;
    struct content *content = malloc(sizeof *content);
    if (!content)
        return NULL;
    for (size_t i = 0; i < CONTENT_TILE; i += 8) {
        uint64_t word = mix(&state);
        memcpy(content->noise + i, &word, 8);
    }
    content->valid = false;
    return content;
}

void content_destroy(struct content *content)
{
    free(content);
}

static void adjust_tile(struct content *content, unsigned added)
{
    double amount = added;
    mmi_adjust *adjust;
    mmi_image image = {.samples = 4};
    if (!mmi_type_parse("i16", &image.type) ||
        mmi_adjust_create(&image, &(mmi_adjust_options){.add = &amount, .add_count = 1}, &adjust) != MMV_OK)
        abort(); /* no memory for a table: nothing can be measured */
    mmi_adjust_run_scalar(adjust, &(mmi_batch){0, content->noise, content->tile, CONTENT_TILE}, NULL);
    mmi_adjust_destroy(&adjust);
}

const char *content_tile(struct content *content, unsigned added)
{
    if (content->valid && content->added == added)
        return content->tile;
    adjust_tile(content, added);
    content->before[0] = 0;
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t word;
        memcpy(&word, content->tile + 8 * i, 8);
        content->before[i + 1] = content->before[i] + word;
    }
    content->added = added;
    content->valid = true;
    return content->tile;
}

void content_fill(struct content *content, unsigned added, uint64_t offset, void *data, size_t length)
{
    const char *tile = content_tile(content, added);
    for (size_t done = 0; done < length;) {
        size_t at = (size_t)((offset + done) % CONTENT_TILE);
        size_t some = length - done < CONTENT_TILE - at ? length - done : CONTENT_TILE - at;
        memcpy((char *)data + done, tile + at, some);
        done += some;
    }
}

static uint64_t block_of_tiles(const char *tile, size_t length)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (size_t done = 0; done < length; done += CONTENT_TILE)
        XXH3_64bits_update(&state, tile, length - done < CONTENT_TILE ? length - done : CONTENT_TILE);
    return XXH3_64bits_digest(&state);
}

uint64_t content_digest(struct content *content, unsigned added, uint64_t size)
{
    const char *tile = content_tile(content, added);
    uint64_t whole = block_of_tiles(tile, CONTENT_BLOCK);
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (uint64_t done = 0; done < size; done += CONTENT_BLOCK) {
        uint64_t left = size - done;
        uint64_t block = left < CONTENT_BLOCK ? block_of_tiles(tile, (size_t)left) : whole;
        XXH3_64bits_update(&state, &block, sizeof block);
    }
    return XXH3_64bits_digest(&state);
}

/* Of the words from the file's start to 'end'. */
static uint64_t sum_to(const struct content *content, uint64_t end)
{
    return end / CONTENT_TILE * content->before[WORDS] + content->before[end % CONTENT_TILE / 8];
}

uint64_t content_sum(struct content *content, unsigned added, uint64_t offset, uint64_t length)
{
    content_tile(content, added);
    return sum_to(content, offset + length) - sum_to(content, offset);
}

uint64_t words_sum(const void *data, size_t length)
{
    const char *byte = data;
    uint64_t sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < length / 8; i++) {
        uint64_t word;
        memcpy(&word, byte + 8 * i, 8);
        sum += word;
    }
    return sum;
}

/* ---- digests of what is there ----------------------------------------------------------------------------------- */

static bool block_of_file(int file, uint64_t offset, uint64_t length, uint64_t *block_ret)
{
    char *buffer = malloc(READ_SIZE);
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    while (buffer && length > 0) {
        ssize_t got = pread(file, buffer, length < READ_SIZE ? (size_t)length : READ_SIZE, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got == 0 ? ENODATA : errno;
            break;
        }
        XXH3_64bits_update(&state, buffer, (size_t)got);
        offset += (uint64_t)got;
        length -= (uint64_t)got;
    }
    *block_ret = XXH3_64bits_digest(&state);
    free(buffer);
    return buffer && length == 0;
}

/* One of the two is given: the file, or the memory. */
static bool digest(int file, const char *data, uint64_t size, unsigned threads, uint64_t *digest_ret)
{
    size_t count = (size_t)((size + CONTENT_BLOCK - 1) / CONTENT_BLOCK);
    uint64_t *blocks = calloc(count + 1, sizeof *blocks);
    int error = blocks ? 0 : ENOMEM;
    (void)threads; /* without OpenMP */
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads) if (error == 0)
    for (size_t i = 0; i < (error == ENOMEM ? 0 : count); i++) {
        uint64_t offset = (uint64_t)i * CONTENT_BLOCK;
        uint64_t length = size - offset < CONTENT_BLOCK ? size - offset : CONTENT_BLOCK;
        if (data)
            blocks[i] = XXH3_64bits(data + offset, (size_t)length);
        else if (!block_of_file(file, offset, length, &blocks[i]))
#pragma omp atomic write
            error = errno;
    }
    if (blocks)
        *digest_ret = XXH3_64bits(blocks, count * sizeof *blocks);
    free(blocks);
    errno = error;
    return error == 0;
}

uint64_t digest_memory(const char *data, uint64_t size, unsigned threads)
{
    uint64_t result = 0;
    digest(-1, data, size, threads, &result);
    return result;
}

bool digest_file(const char *path, uint64_t size, unsigned threads, uint64_t *digest_ret)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool good = digest(file, NULL, size, threads, digest_ret);
    int error = errno;
    close(file);
    errno = error;
    return good;
}
