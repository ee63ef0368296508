/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_CONTENT_H
#define MMBENCH_CONTENT_H

/*
 * content: what the bytes of a fixture must be, so that every run can be checked.
 *
 *     | tile | tile | tile | ... | part of a tile |      to every 16-bit sample of which 'added' was added, saturating
 *
 * The tile is noise of a length that no window, step or piece is a multiple of: bytes that end up in the wrong place
 * change the digest. The digest is XXH3 over the XXH3 of blocks of whole tiles; a correct file's blocks are all alike,
 * so what it must be costs one block, however long the file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTENT_TILE ((size_t)383 * 4096)
#define CONTENT_BLOCK (8 * CONTENT_TILE)

struct content;

/* content_create() - the noise. NULL = no memory. */
struct content *content_create(void);
void content_destroy(struct content *content);

/*
 * content_tile() - CONTENT_TILE bytes as they are after 'added'; good until the next call. Computed by the scalar
 * definition.
 */
const char *content_tile(struct content *content, unsigned added);

/* content_fill() - bytes [offset, offset + length) of a fixture. */
void content_fill(struct content *content, unsigned added, uint64_t offset, void *data, size_t length);

/* content_digest() - of a correct fixture of 'size' bytes. */
uint64_t content_digest(struct content *content, unsigned added, uint64_t size);

/* content_sum() - of the 64-bit words in [offset, offset + length), modulo 2^64; both are multiples of 8. */
uint64_t content_sum(struct content *content, unsigned added, uint64_t offset, uint64_t length);

/*
 * digest_memory(), digest_file() - of what is there. Threads: they use 'threads' of their own. False = errno says why.
 */
uint64_t digest_memory(const char *data, uint64_t size, unsigned threads);
bool digest_file(const char *path, uint64_t size, unsigned threads, uint64_t *digest_ret);

/* words_sum() - of the 64-bit words of memory at any alignment, modulo 2^64: the body of the read scan. */
uint64_t words_sum(const void *data, size_t length);

#endif
