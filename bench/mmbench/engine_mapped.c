/* SPDX-License-Identifier: MIT */
/*
 * engine_mapped: the whole file as one array, shared between the threads as a static loop does.
 *
 *     mmap         nothing but the mapping; every first touch is a page fault
 *     populate     MAP_POPULATE: all pages mapped ahead, for reading (a shared mapping is never populated for writing)
 *     mmap-pwrite  mapped for reading; results go back through a buffer and pwrite(2)
 */
#include "mmbench/engine.h"
#include "mmbench/os/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* What the workers need of the mappings. */
struct maps {
    char *input, *output;
    int write_to; /* of mmap-pwrite */
};

static char *map_file(struct workload *load, const char *path, bool create, bool write, int flags, int *file_ret)
{
    int file = open(path, O_CLOEXEC | (write || create ? O_RDWR : O_RDONLY) | (create ? O_CREAT | O_EXCL : 0), 0600);
    if (file < 0) {
        workload_fail(load, "open", errno);
        return NULL;
    }
    *file_ret = file;
    if (create && ftruncate(file, (off_t)load->size) != 0) {
        workload_fail(load, "ftruncate", errno);
        return NULL;
    }
    char *data = mmap(NULL, (size_t)load->size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED | flags, file, 0);
    if (data == MAP_FAILED) {
        workload_fail(load, "mmap", errno);
        return NULL;
    }
    workload_mapped(load, (int64_t)load->size);
    return data;
}

static void unmap_file(struct workload *load, char *data, int file)
{
    if (data)
        munmap(data, (size_t)load->size);
    if (file >= 0 && close(file) != 0)
        workload_fail(load, "close", errno);
}

static void slab(struct workload *load, unsigned thread)
{
    const struct maps *maps = load->engine;
    uint64_t offset, length;
    workload_slab(load, thread, &offset, &length);
    char *source = maps->input + offset;
    char *target = maps->output ? maps->output + offset : source;
    if (length > 0)
        workload_piece(load, thread, &(mmi_batch){offset, source, target, (size_t)length});
}

static bool whole(struct workload *load, int flags)
{
    struct maps maps = {NULL, NULL, -1};
    int in = -1, out = -1;
    load->engine = &maps;
    maps.input = map_file(load, load->input, false, load->work == WORK_IN_PLACE, flags, &in);
    if (maps.input && load->work == WORK_INTO)
        maps.output = map_file(load, load->output, true, true, flags, &out);
    if (!load->failed)
        workload_team(load, slab);
    unmap_file(load, maps.output, out);
    unmap_file(load, maps.input, in);
    return !load->failed;
}

bool mapped_pass(struct workload *load)
{
    return whole(load, 0);
}

bool populated_pass(struct workload *load)
{
    return whole(load, MAP_POPULATE);
}

static void records(struct workload *load, unsigned thread)
{
    const struct maps *maps = load->engine;
    uint64_t first, end;
    workload_share(load, thread, &first, &end);
    for (uint64_t i = first; i < end; i++)
        workload_record(load, thread, maps->input + workload_position(load, i));
}

bool mapped_random(struct workload *load)
{
    struct maps maps = {NULL, NULL, -1};
    int in = -1;
    load->engine = &maps;
    maps.input = map_file(load, load->input, false, workload_stores(load), 0, &in);
    if (maps.input)
        workload_team(load, records);
    unmap_file(load, maps.input, in);
    return !load->failed;
}

/* ---- mapped input, written output ------------------------------------------------------------------------------- */

static void piecewise(struct workload *load, unsigned thread)
{
    const struct maps *maps = load->engine;
    uint64_t offset;
    size_t length;
    char *buffer = malloc(WORKLOAD_PIECE);
    if (!buffer)
        workload_fail(load, "memory", ENOMEM);
    while (buffer && workload_take(load, WORKLOAD_PIECE, &offset, &length)) {
        workload_piece(load, thread, &(mmi_batch){offset, maps->input + offset, buffer, length});
        if (pwrite(maps->write_to, buffer, length, (off_t)offset) != (ssize_t)length)
            workload_fail(load, "pwrite", errno);
    }
    free(buffer);
}

bool half_mapped_pass(struct workload *load)
{
    struct maps maps = {NULL, NULL, -1};
    bool into = load->work == WORK_INTO;
    int in = -1;
    load->engine = &maps;
    maps.input = map_file(load, load->input, false, false, 0, &in);
    maps.write_to = open(into ? load->output : load->input, O_WRONLY | O_CLOEXEC | (into ? O_CREAT | O_EXCL : 0), 0600);
    if (maps.write_to < 0)
        workload_fail(load, "open", errno);
    if (!load->failed)
        workload_team(load, piecewise);
    if (maps.write_to >= 0 && close(maps.write_to) != 0)
        workload_fail(load, "close", errno);
    unmap_file(load, maps.input, in);
    return !load->failed;
}
