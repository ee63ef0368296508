/* SPDX-License-Identifier: MIT */
/*
 * engine_memory: the ceiling. The same work on anonymous huge pages that hold what the file holds, with the library's
 * steps of 2 MiB. Getting the memory and filling it is not timed; nothing is opened, mapped or closed in the time.
 */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <mmview/range.h>

#include "mmbench/content.h"
#include "mmbench/os/mapping.h"

#define STEP ((size_t)2 << 20)

struct memory {
    char *input, *output;
    char *taken[2]; /* what the system gave for them */
};

static size_t bytes_of(const struct workload *load)
{
    return (size_t)mmv_round_up(load->size, STEP) + STEP;
}

static char *take(struct workload *load, char **taken_ret)
{
    size_t size = bytes_of(load);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        workload_fail(load, "mmap", errno);
        return NULL;
    }
    *taken_ret = memory;
    memory += (STEP - (uintptr_t)memory % STEP) % STEP;
    madvise(memory, size - STEP, MADV_HUGEPAGE);
    return memory;
}

bool memory_prepare(struct workload *load)
{
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return workload_fail(load, "memory", ENOMEM);
    memory->input = take(load, &memory->taken[0]);
    memory->output = load->work == WORK_INTO && memory->input ? take(load, &memory->taken[1]) : memory->input;
    load->engine = memory;
    int file = open(load->input, O_RDONLY | O_CLOEXEC);
    for (uint64_t at = 0; file >= 0 && !load->failed && at < load->size; at += STEP) {
        size_t length = (size_t)mmv_min(STEP, load->size - at);
        if (pread(file, memory->input + at, length, (off_t)at) != (ssize_t)length)
            workload_fail(load, "pread", errno);
        /* The output's pages are there, too, before the time begins. */
        for (size_t i = 0; memory->output != memory->input && i < length; i += 4096)
            *(volatile char *)(memory->output + at + i) = 1;
    }
    if (file < 0)
        return workload_fail(load, "open", errno);
    close(file);
    return !load->failed;
}

static void steps(struct workload *load, unsigned thread)
{
    const struct memory *memory = load->engine;
    uint64_t offset;
    size_t length;
    while (workload_take(load, STEP, &offset, &length))
        workload_piece(load, thread, &(mmi_batch){offset, memory->input + offset, memory->output + offset, length});
}

bool memory_pass(struct workload *load)
{
    return workload_team(load, steps);
}

bool memory_finish(struct workload *load)
{
    struct memory *memory = load->engine;
    load->digest = load->work == WORK_SCAN ? 0 : digest_memory(memory->output, load->size, load->threads);
    /* Where there is no fork(2) the process goes on. */
    for (unsigned i = 0; i < 2; i++)
        if (memory->taken[i])
            munmap(memory->taken[i], bytes_of(load));
    free(memory);
    load->engine = NULL;
    return true;
}
