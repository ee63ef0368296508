/* SPDX-License-Identifier: MIT */
/*
 * engine_mapped: the whole file as one array, shared between the threads as a static loop does.
 *
 *     mmap         nothing but the mapping; every first touch is a page fault
 *     populate     MAP_POPULATE: all pages mapped ahead, for reading (a shared mapping is never populated for writing)
 *     mmap-pwrite  mapped for reading; results go back through a buffer and pwrite(2)
 */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the workers need of the mappings. */
struct maps {
    char *input, *output;
    int write_to; /* of mmap-pwrite */
};

static char *map_file(struct pass *pass, const char *path, bool create, bool write, int flags, int *file_ret)
{
    int file = open(path, O_CLOEXEC | (write || create ? O_RDWR : O_RDONLY) | (create ? O_CREAT | O_EXCL : 0), 0600);
    if (file < 0) {
        pass_fail(pass, "open", errno);
        return NULL;
    }
    *file_ret = file;
    if (create && ftruncate(file, (off_t)pass->size) != 0) {
        pass_fail(pass, "ftruncate", errno);
        return NULL;
    }
    char *data = mmap(NULL, (size_t)pass->size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED | flags, file, 0);
    if (data == MAP_FAILED) {
        pass_fail(pass, "mmap", errno);
        return NULL;
    }
    pass_mapped(pass, (int64_t)pass->size);
    return data;
}

static void unmap_file(struct pass *pass, char *data, int file)
{
    if (data)
        munmap(data, (size_t)pass->size);
    if (file >= 0 && close(file) != 0)
        pass_fail(pass, "close", errno);
}

static void slab(struct pass *pass, unsigned thread)
{
    const struct maps *maps = pass->engine;
    uint64_t offset, length;
    pass_slab(pass, thread, &offset, &length);
    char *source = maps->input + offset;
    char *target = maps->output ? maps->output + offset : source;
    if (length > 0)
        pass_piece(pass, thread, offset, source, target, (size_t)length);
}

static bool whole(struct pass *pass, int flags)
{
    struct maps maps = {NULL, NULL, -1};
    int in = -1, out = -1;
    pass->engine = &maps;
    maps.input = map_file(pass, pass->input, false, pass->work == WORK_IN_PLACE, flags, &in);
    if (maps.input && pass->work == WORK_INTO)
        maps.output = map_file(pass, pass->output, true, true, flags, &out);
    if (!pass->failed)
        pass_team(pass, slab);
    unmap_file(pass, maps.output, out);
    unmap_file(pass, maps.input, in);
    return !pass->failed;
}

bool mapped_pass(struct pass *pass)
{
    return whole(pass, 0);
}

bool populated_pass(struct pass *pass)
{
    return whole(pass, MAP_POPULATE);
}

static void records(struct pass *pass, unsigned thread)
{
    const struct maps *maps = pass->engine;
    uint64_t first, end;
    pass_share(pass, thread, &first, &end);
    for (uint64_t i = first; i < end; i++)
        pass_record(pass, thread, maps->input + pass_position(pass, i));
}

bool mapped_random(struct pass *pass)
{
    struct maps maps = {NULL, NULL, -1};
    int in = -1;
    pass->engine = &maps;
    maps.input = map_file(pass, pass->input, false, pass_stores(pass), 0, &in);
    if (maps.input)
        pass_team(pass, records);
    unmap_file(pass, maps.input, in);
    return !pass->failed;
}

/* ---- mapped input, written output ------------------------------------------------------------------------------- */

static void piecewise(struct pass *pass, unsigned thread)
{
    const struct maps *maps = pass->engine;
    uint64_t offset;
    size_t length;
    char *buffer = malloc(PASS_PIECE);
    if (!buffer)
        pass_fail(pass, "memory", ENOMEM);
    while (buffer && pass_take(pass, PASS_PIECE, &offset, &length)) {
        pass_piece(pass, thread, offset, maps->input + offset, buffer, length);
        if (pwrite(maps->write_to, buffer, length, (off_t)offset) != (ssize_t)length)
            pass_fail(pass, "pwrite", errno);
    }
    free(buffer);
}

bool half_mapped_pass(struct pass *pass)
{
    struct maps maps = {NULL, NULL, -1};
    bool into = pass->work == WORK_INTO;
    int in = -1;
    pass->engine = &maps;
    maps.input = map_file(pass, pass->input, false, false, 0, &in);
    maps.write_to = open(into ? pass->output : pass->input, O_WRONLY | O_CLOEXEC | (into ? O_CREAT | O_EXCL : 0), 0600);
    if (maps.write_to < 0)
        pass_fail(pass, "open", errno);
    if (!pass->failed)
        pass_team(pass, piecewise);
    if (maps.write_to >= 0 && close(maps.write_to) != 0)
        pass_fail(pass, "close", errno);
    unmap_file(pass, maps.input, in);
    return !pass->failed;
}
