/* SPDX-License-Identifier: MIT */
#ifndef MMGEN_PATTERN_H
#define MMGEN_PATTERN_H

/*
 * pattern: what the samples of a test image are, as a function of type, geometry, seed and place alone. So the image is
 * the same on every machine, for any number of threads and any window.
 */

#include <mmimage/image.h>
#include <mmview/walk.h>

enum pattern_kind { PATTERN_GRADIENT = 0, PATTERN_NOISE, PATTERN_CHECKER, PATTERN_CONSTANT, PATTERN_TILE };

struct pattern {
    enum pattern_kind kind;
    double value;          /* PATTERN_CONSTANT */
    const char *tile_path; /* PATTERN_TILE */
    uint64_t seed;
    mmi_image image; /* bip, width and height known */
    int tile;        /* descriptor; -1 = not open */
    uint64_t tile_size;
    char *tile_memory; /* a small tile, several times over; NULL = read from the file */
    size_t tile_filled;
};

/* pattern_parse() - the argument of --pattern; false when it is none. */
bool pattern_parse(const char *text, struct pattern *pattern);

/* pattern_open() - get the tile ready; nothing to do for others. 0, or an errno. pattern_close() in any case. */
int pattern_open(struct pattern *pattern);
void pattern_close(struct pattern *pattern);

/* pattern_fill() - an mmv_walk_fn whose records are pixels; user is the pattern. */
mmv_status pattern_fill(const mmv_chunk *chunk, void *user);

#endif
