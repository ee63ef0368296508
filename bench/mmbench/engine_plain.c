/* SPDX-License-Identifier: MIT */
/*
 * engine_plain: read, work, write, by blocking calls. All threads take the next piece from the front.
 *
 *     pread    through the page cache, in pieces that stay in the second-level cache
 *     direct   O_DIRECT, in pieces that suit a device. A blocking transfer keeps one thread and one slot of the device
 *              busy, so there are several threads per processor: what programs without io_uring do
 */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <mmview/range.h>

#define ALIGN 4096 /* enough for O_DIRECT everywhere */

struct style {
    int flags;    /* of open(2) */
    size_t piece; /* bytes of a transfer */
    unsigned threads_per_processor;
    const char *read, *write; /* for messages */
};

static const struct style cached = {0, PASS_PIECE, 1, "pread", "pwrite"};
static const struct style direct = {O_DIRECT, (size_t)1 << 20, 4, "pread with O_DIRECT", "pwrite with O_DIRECT"};

/* What the workers share. */
struct files {
    const struct style *style;
    int in, out; /* out = -1: nothing is written */
};

static bool read_piece(struct pass *pass, char *buffer, size_t length, uint64_t offset)
{
    const struct files *files = pass->engine;
    ssize_t got = pread(files->in, buffer, length, (off_t)offset);
    return got == (ssize_t)length || pass_fail(pass, files->style->read, got < 0 ? errno : ENODATA);
}

static bool write_piece(struct pass *pass, const char *buffer, size_t length, uint64_t offset)
{
    const struct files *files = pass->engine;
    if (files->out < 0)
        return true;
    ssize_t put = pwrite(files->out, buffer, length, (off_t)offset);
    return put == (ssize_t)length || pass_fail(pass, files->style->write, put < 0 ? errno : EIO);
}

static char *take_buffer(struct pass *pass, size_t size)
{
    char *buffer = aligned_alloc(ALIGN, (size_t)mmv_round_up(size, ALIGN));
    if (!buffer)
        pass_fail(pass, "memory", ENOMEM);
    return buffer;
}

static void pieces(struct pass *pass, unsigned thread)
{
    const struct files *files = pass->engine;
    uint64_t offset;
    size_t length;
    char *buffer = take_buffer(pass, files->style->piece);
    bool good = buffer != NULL;
    while (good && pass_take(pass, files->style->piece, &offset, &length)) {
        good = read_piece(pass, buffer, length, offset);
        if (good)
            pass_piece(pass, thread, offset, buffer, buffer, length);
        good = good && write_piece(pass, buffer, length, offset);
    }
    free(buffer);
}

static void records(struct pass *pass, unsigned thread)
{
    uint64_t first, end;
    char *buffer = take_buffer(pass, pass->record);
    bool good = buffer != NULL;
    pass_share(pass, thread, &first, &end);
    for (uint64_t i = first; good && i < end; i++) {
        uint64_t offset = pass_position(pass, i);
        good = read_piece(pass, buffer, pass->record, offset);
        if (good)
            pass_record(pass, thread, buffer);
        good = good && write_piece(pass, buffer, pass->record, offset);
    }
    free(buffer);
}

/* Blocks first when it goes past the cache: such writes behind the end of a file are done one after the other. */
static int open_output(struct pass *pass, const struct style *style)
{
    int out = open(pass->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | style->flags, 0600);
    if (out < 0)
        pass_fail(pass, "open", errno);
    else if (style == &direct && fallocate(out, 0, 0, (off_t)pass->size) != 0 && errno != EOPNOTSUPP)
        pass_fail(pass, "fallocate", errno);
    return out;
}

static bool run(struct pass *pass, const struct style *style, pass_worker *worker)
{
    struct files files = {style, -1, -1};
    unsigned threads = pass->threads;
    pass->engine = &files;
    files.in = open(pass->input, O_CLOEXEC | style->flags | (pass_stores(pass) ? O_RDWR : O_RDONLY));
    if (files.in < 0)
        return pass_fail(pass, style == &direct ? "open with O_DIRECT" : "open", errno);
    files.out = pass->work == WORK_INTO ? open_output(pass, style) : pass_stores(pass) ? files.in : -1;
    pass->threads = (unsigned)mmv_min(PASS_THREADS, (uint64_t)threads * style->threads_per_processor);
    if (!pass->failed)
        pass_team(pass, worker);
    pass->threads = threads;
    if (files.out >= 0 && files.out != files.in && close(files.out) != 0)
        pass_fail(pass, "close", errno);
    close(files.in);
    return !pass->failed;
}

bool plain_pass(struct pass *pass)
{
    return run(pass, &cached, pieces);
}

bool plain_random(struct pass *pass)
{
    return run(pass, &cached, records);
}

bool direct_pass(struct pass *pass)
{
    return run(pass, &direct, pieces);
}

bool direct_random(struct pass *pass)
{
    return run(pass, &direct, records);
}
