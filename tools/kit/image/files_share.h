/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_FILES_SHARE_H
#define TOOLS_FILES_SHARE_H

/*
 * files_share: the samples of an image in several files, shared out among the processes of a job.
 *
 *     files      |   a.raw   |   b.raw   |   c.raw   |      what each has of the image, one behind the other
 *     shards     |------ 0 ------|------ 1 ----|- 2 -|      borders: 64 KiB of a file apart, or where a file begins
 */

#include <stdbool.h>
#include <stdint.h>

#include <mmimage/pieces.h>
#include <mmview/range.h>

/* Who shares out what. */
struct files_division {
    const mmi_pieces *pieces;
    uint64_t count; /* of shards */
    bool is_copy; /* they write one file, in which the samples lie one behind the other: borders are 64 KiB of it apart
                   */
};

/* A byte of a file; behind the last file: the number of files, and 0. */
struct files_place {
    uint32_t file;
    uint64_t offset;
};

/* files_border() - where the index-th shard begins, or the one before it ends; 'index' is at most the count. */
struct files_place files_border(const struct files_division *division, uint64_t index);

/* files_next_border() - the first shard behind the index-th that begins elsewhere; the count when none does. */
uint64_t files_next_border(const struct files_division *division, uint64_t index);

/* files_share() - what of the image's bytes in a file the index-th shard has; its length is 0 where it has none. */
mmv_range files_share(const struct files_division *division, uint32_t file, uint64_t index);

/* files_at() - how many bytes of the image lie in front of a byte, as if the files lay one behind the other. */
uint64_t files_at(const mmi_pieces *pieces, struct files_place place);

#endif
