/* SPDX-License-Identifier: MIT */
/*
 * engine_plain: read, work, write, by blocking calls. All threads take the next piece from the front.
 *
 *     pread    through the page cache, in pieces that stay in the second-level cache
 *     direct   O_DIRECT, in pieces that suit a device. A blocking transfer keeps one thread and one transfer of the
 *              device busy, so there are several threads per processor: what programs without io_uring do
 */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <mmview/range.h>

#include "kit/os/memory.h"

#define ALIGN 4096 /* enough for O_DIRECT everywhere */

struct style {
    int flags;    /* of open(2) */
    size_t piece; /* bytes of a transfer */
    unsigned threads_per_processor;
    const char *read, *write; /* for messages */
};

static const struct style cached = {0, WORKLOAD_PIECE, 1, "pread", "pwrite"};
static const struct style direct = {O_DIRECT, (size_t)1 << 20, 4, "pread with O_DIRECT", "pwrite with O_DIRECT"};

/* What the workers share. */
struct files {
    const struct style *style;
    int in, out; /* out = -1: nothing is written */
};

static bool read_piece(struct workload *load, char *buffer, size_t length, uint64_t offset)
{
    const struct files *files = load->engine;
    ssize_t got = pread(files->in, buffer, length, (off_t)offset);
    return got == (ssize_t)length || workload_fail(load, files->style->read, got < 0 ? errno : ENODATA);
}

static bool write_piece(struct workload *load, const char *buffer, size_t length, uint64_t offset)
{
    const struct files *files = load->engine;
    if (files->out < 0)
        return true;
    ssize_t put = pwrite(files->out, buffer, length, (off_t)offset);
    return put == (ssize_t)length || workload_fail(load, files->style->write, put < 0 ? errno : EIO);
}

static char *take_buffer(struct workload *load, size_t size)
{
    char *buffer = memory_aligned(ALIGN, (size_t)mmv_round_up(size, ALIGN));
    if (!buffer)
        workload_fail(load, "memory", ENOMEM);
    return buffer;
}

static void pieces(struct workload *load, unsigned thread)
{
    const struct files *files = load->engine;
    uint64_t offset;
    size_t length;
    char *buffer = take_buffer(load, files->style->piece);
    bool good = buffer != NULL;
    while (good && workload_take(load, files->style->piece, &offset, &length)) {
        good = read_piece(load, buffer, length, offset);
        if (good)
            workload_piece(load, thread, &(mmi_batch){offset, buffer, buffer, length});
        good = good && write_piece(load, buffer, length, offset);
    }
    memory_aligned_free(buffer);
}

static void records(struct workload *load, unsigned thread)
{
    uint64_t first, end;
    char *buffer = take_buffer(load, load->record);
    bool good = buffer != NULL;
    workload_share(load, thread, &first, &end);
    for (uint64_t i = first; good && i < end; i++) {
        uint64_t offset = workload_position(load, i);
        good = read_piece(load, buffer, load->record, offset);
        if (good)
            workload_record(load, thread, buffer);
        good = good && write_piece(load, buffer, load->record, offset);
    }
    memory_aligned_free(buffer);
}

/* Blocks first when it goes past the cache: such writes behind the end of a file are done one after the other. */
static int open_output(struct workload *load, const struct style *style)
{
    int out = open(load->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | style->flags, 0600);
    if (out < 0)
        workload_fail(load, "open", errno);
    else if (style == &direct && fallocate(out, 0, 0, (off_t)load->size) != 0 && errno != EOPNOTSUPP)
        workload_fail(load, "fallocate", errno);
    return out;
}

static bool run(struct workload *load, const struct style *style, workload_worker *worker)
{
    struct files files = {style, -1, -1};
    unsigned threads = load->threads;
    load->engine = &files;
    files.in = open(load->input, O_CLOEXEC | style->flags | (workload_stores(load) ? O_RDWR : O_RDONLY));
    if (files.in < 0)
        return workload_fail(load, style == &direct ? "open with O_DIRECT" : "open", errno);
    files.out = load->work == WORK_INTO ? open_output(load, style) : workload_stores(load) ? files.in : -1;
    load->threads = (unsigned)mmv_min(WORKLOAD_THREADS, (uint64_t)threads * style->threads_per_processor);
    if (!load->failed)
        workload_team(load, worker);
    load->threads = threads;
    if (files.out >= 0 && files.out != files.in && close(files.out) != 0)
        workload_fail(load, "close", errno);
    close(files.in);
    return !load->failed;
}

bool plain_pass(struct workload *load)
{
    return run(load, &cached, pieces);
}

bool plain_random(struct workload *load)
{
    return run(load, &cached, records);
}

bool direct_pass(struct workload *load)
{
    return run(load, &direct, pieces);
}

bool direct_random(struct workload *load)
{
    return run(load, &direct, records);
}
