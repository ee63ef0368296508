/* SPDX-License-Identifier: MIT */
/*
 * engine_direct: O_DIRECT with plain pread(2) and pwrite(2).
 *
 * A blocking transfer keeps one thread and one slot of the device busy, so there are several threads per processor:
 * that is what programs without io_uring do to keep a device at work.
 */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <mmview/range.h>

#define PIECE ((size_t)1 << 20)
#define ALIGN 4096
#define THREADS_PER_PROCESSOR 4

struct files {
    int in, out;
};

static void pieces(struct pass *pass, unsigned thread)
{
    const struct files *files = pass->engine;
    uint64_t offset;
    size_t length;
    char *buffer = aligned_alloc(ALIGN, PIECE);
    if (!buffer)
        pass_fail(pass, "memory", ENOMEM);
    while (buffer && pass_take(pass, PIECE, &offset, &length)) {
        if (pread(files->in, buffer, length, (off_t)offset) != (ssize_t)length) {
            pass_fail(pass, "pread with O_DIRECT", errno);
            break;
        }
        pass_piece(pass, thread, offset, buffer, buffer, length);
        if (files->out >= 0 && pwrite(files->out, buffer, length, (off_t)offset) != (ssize_t)length) {
            pass_fail(pass, "pwrite with O_DIRECT", errno);
            break;
        }
    }
    free(buffer);
}

static void records(struct pass *pass, unsigned thread)
{
    const struct files *files = pass->engine;
    uint64_t first, end;
    char *buffer = aligned_alloc(ALIGN, pass->record);
    if (!buffer)
        pass_fail(pass, "memory", ENOMEM);
    pass_share(pass, thread, &first, &end);
    for (uint64_t i = first; buffer && i < end; i++) {
        if (pread(files->in, buffer, pass->record, (off_t)pass_position(pass, i)) != (ssize_t)pass->record) {
            pass_fail(pass, "pread with O_DIRECT", errno);
            break;
        }
        pass_record(pass, thread, buffer);
    }
    free(buffer);
}

/* Blocks first: writes behind the end of a file are done one after the other. */
static int open_output(struct pass *pass)
{
    int out = open(pass->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_DIRECT, 0600);
    if (out >= 0 && fallocate(out, 0, 0, (off_t)pass->size) != 0 && errno != EOPNOTSUPP)
        pass_fail(pass, "fallocate", errno);
    else if (out < 0)
        pass_fail(pass, "open with O_DIRECT", errno);
    return out;
}

static bool run(struct pass *pass, pass_worker *worker)
{
    struct files files = {.out = -1};
    unsigned threads = pass->threads;
    pass->engine = &files;
    files.in = open(pass->input, O_CLOEXEC | O_DIRECT | (pass_stores(pass) ? O_RDWR : O_RDONLY));
    if (files.in < 0)
        return pass_fail(pass, "open with O_DIRECT", errno);
    files.out = pass->work == WORK_INTO ? open_output(pass) : pass_stores(pass) ? files.in : -1;
    pass->threads = (unsigned)mmv_min(PASS_THREADS, threads * THREADS_PER_PROCESSOR);
    if (!pass->failed)
        pass_team(pass, worker);
    pass->threads = threads;
    if (files.out >= 0 && files.out != files.in && close(files.out) != 0)
        pass_fail(pass, "close", errno);
    close(files.in);
    return !pass->failed;
}

bool direct_pass(struct pass *pass)
{
    return run(pass, pieces);
}

bool direct_random(struct pass *pass)
{
    return run(pass, records);
}
