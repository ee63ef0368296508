/* SPDX-License-Identifier: MIT */
/*
 * engine_memory: the ceiling. The same work on anonymous huge pages that hold what the file holds, with the library's
 * steps of 2 MiB. Getting the memory and filling it is not timed; nothing is opened, mapped or closed in the time.
 */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mmview/range.h>

#include "mmbench/content.h"

#define STEP ((size_t)2 << 20)

struct memory {
    char *input, *output;
};

static char *take(struct pass *pass)
{
    size_t size = (size_t)mmv_round_up(pass->size, STEP) + STEP;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        pass_fail(pass, "mmap", errno);
        return NULL;
    }
    memory += (STEP - (uintptr_t)memory % STEP) % STEP;
    madvise(memory, size - STEP, MADV_HUGEPAGE);
    return memory;
}

bool memory_prepare(struct pass *pass)
{
    struct memory *memory = calloc(1, sizeof *memory); /* given back with the process, which does one pass */
    if (!memory)
        return pass_fail(pass, "memory", ENOMEM);
    memory->input = take(pass);
    memory->output = pass->work == WORK_INTO && memory->input ? take(pass) : memory->input;
    pass->engine = memory;
    int file = open(pass->input, O_RDONLY | O_CLOEXEC);
    for (uint64_t at = 0; file >= 0 && !pass->failed && at < pass->size; at += STEP) {
        size_t length = (size_t)mmv_min(STEP, pass->size - at);
        if (pread(file, memory->input + at, length, (off_t)at) != (ssize_t)length)
            pass_fail(pass, "pread", errno);
        /* The output's pages are there, too, before the time begins. */
        for (size_t i = 0; memory->output != memory->input && i < length; i += 4096)
            *(volatile char *)(memory->output + at + i) = 1;
    }
    if (file < 0)
        return pass_fail(pass, "open", errno);
    close(file);
    return !pass->failed;
}

static void steps(struct pass *pass, unsigned thread)
{
    const struct memory *memory = pass->engine;
    uint64_t offset;
    size_t length;
    while (pass_take(pass, STEP, &offset, &length))
        pass_piece(pass, thread, offset, memory->input + offset, memory->output + offset, length);
}

bool memory_pass(struct pass *pass)
{
    return pass_team(pass, steps);
}

bool memory_finish(struct pass *pass)
{
    const struct memory *memory = pass->engine;
    pass->digest = pass->work == WORK_SCAN ? 0 : digest_memory(memory->output, pass->size, pass->threads);
    return true;
}
