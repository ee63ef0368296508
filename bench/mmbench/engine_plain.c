/* SPDX-License-Identifier: MIT */
/* engine_plain: pread(2), the work, pwrite(2). All threads take the next piece from the front. */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct files {
    int in, out; /* out = -1: nothing is written */
};

static bool read_piece(struct pass *pass, int file, char *buffer, size_t length, uint64_t offset)
{
    ssize_t got = pread(file, buffer, length, (off_t)offset);
    return got == (ssize_t)length || pass_fail(pass, "pread", got < 0 ? errno : ENODATA);
}

static bool write_piece(struct pass *pass, int file, const char *buffer, size_t length, uint64_t offset)
{
    ssize_t put = pwrite(file, buffer, length, (off_t)offset);
    return put == (ssize_t)length || pass_fail(pass, "pwrite", put < 0 ? errno : EIO);
}

static void pieces(struct pass *pass, unsigned thread)
{
    const struct files *files = pass->engine;
    uint64_t offset;
    size_t length;
    char *buffer = malloc(PASS_PIECE);
    if (!buffer)
        pass_fail(pass, "memory", ENOMEM);
    while (buffer && pass_take(pass, PASS_PIECE, &offset, &length)) {
        if (!read_piece(pass, files->in, buffer, length, offset))
            break;
        pass_piece(pass, thread, offset, buffer, buffer, length);
        if (files->out >= 0 && !write_piece(pass, files->out, buffer, length, offset))
            break;
    }
    free(buffer);
}

static void records(struct pass *pass, unsigned thread)
{
    const struct files *files = pass->engine;
    uint64_t first, end;
    char *buffer = malloc(pass->record);
    if (!buffer)
        pass_fail(pass, "memory", ENOMEM);
    pass_share(pass, thread, &first, &end);
    for (uint64_t i = first; buffer && i < end; i++) {
        uint64_t offset = pass_position(pass, i);
        if (!read_piece(pass, files->in, buffer, pass->record, offset))
            break;
        pass_record(pass, thread, buffer);
        if (files->out >= 0 && !write_piece(pass, files->out, buffer, pass->record, offset))
            break;
    }
    free(buffer);
}

static bool run(struct pass *pass, pass_worker *worker)
{
    struct files files = {.out = -1};
    pass->engine = &files;
    files.in = open(pass->input, O_CLOEXEC | (pass_stores(pass) ? O_RDWR : O_RDONLY));
    if (files.in < 0)
        return pass_fail(pass, "open", errno);
    if (pass_stores(pass))
        files.out = files.in;
    else if (pass->work == WORK_INTO &&
             (files.out = open(pass->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
        pass_fail(pass, "open", errno);
    if (!pass->failed)
        pass_team(pass, worker);
    if (files.out >= 0 && files.out != files.in && close(files.out) != 0)
        pass_fail(pass, "close", errno);
    close(files.in);
    return !pass->failed;
}

bool plain_pass(struct pass *pass)
{
    return run(pass, pieces);
}

bool plain_random(struct pass *pass)
{
    return run(pass, records);
}
