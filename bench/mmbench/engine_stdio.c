/* SPDX-License-Identifier: MIT */
/* engine_stdio: fread(3) and fwrite(3); each thread has a stream of its own on a share of the file. */
#include "mmbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mmview/range.h>

struct streams {
    FILE *in, *out; /* the same one in place */
    char *buffer;
};

static void close_streams(struct pass *pass, struct streams *streams)
{
    if (streams->out && streams->out != streams->in && fclose(streams->out) != 0)
        pass_fail(pass, "fclose", errno);
    if (streams->in && fclose(streams->in) != 0)
        pass_fail(pass, "fclose", errno);
    free(streams->buffer);
}

static bool open_streams(struct pass *pass, struct streams *streams, size_t piece)
{
    streams->buffer = malloc(piece);
    streams->in = fopen(pass->input, pass_stores(pass) ? "r+be" : "rbe");
    streams->out = pass_stores(pass) ? streams->in : pass->work == WORK_INTO ? fopen(pass->output, "r+be") : NULL;
    if (streams->buffer && streams->in && (streams->out || pass->work == WORK_SCAN || pass->work == WORK_READS))
        return true;
    return pass_fail(pass, "fopen", errno);
}

/* Between reading and writing one stream has to be positioned: C17, 7.21.5.3. */
static bool piece(struct pass *pass, const struct streams *streams, unsigned thread, uint64_t offset, size_t length)
{
    bool in_place = streams->out == streams->in;
    if (fread(streams->buffer, 1, length, streams->in) != length)
        return pass_fail(pass, "fread", errno);
    pass_piece(pass, thread, offset, streams->buffer, streams->buffer, length);
    if (!streams->out)
        return true;
    if (in_place && fseeko(streams->out, (off_t)offset, SEEK_SET) != 0)
        return pass_fail(pass, "fseeko", errno);
    if (fwrite(streams->buffer, 1, length, streams->out) != length)
        return pass_fail(pass, "fwrite", errno);
    return !in_place || fseeko(streams->in, (off_t)(offset + length), SEEK_SET) == 0 ||
           pass_fail(pass, "fseeko", errno);
}

static void slab(struct pass *pass, unsigned thread)
{
    struct streams streams;
    uint64_t offset, length;
    pass_slab(pass, thread, &offset, &length);
    bool good = open_streams(pass, &streams, PASS_PIECE);
    if (good && (fseeko(streams.in, (off_t)offset, SEEK_SET) != 0 ||
                 (streams.out && fseeko(streams.out, (off_t)offset, SEEK_SET) != 0)))
        good = pass_fail(pass, "fseeko", errno);
    for (uint64_t done = 0; good && done < length; done += PASS_PIECE)
        good = piece(pass, &streams, thread, offset + done, (size_t)mmv_min(PASS_PIECE, length - done));
    close_streams(pass, &streams);
}

bool stdio_pass(struct pass *pass)
{
    /* The threads' streams all open the new file, so it has to be there first. */
    int out = pass->work == WORK_INTO ? open(pass->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (pass->work == WORK_INTO && out < 0)
        return pass_fail(pass, "open", errno);
    if (out >= 0)
        close(out);
    return pass_team(pass, slab);
}

static bool record(struct pass *pass, const struct streams *streams, unsigned thread, uint64_t offset)
{
    if (fseeko(streams->in, (off_t)offset, SEEK_SET) != 0)
        return pass_fail(pass, "fseeko", errno);
    if (fread(streams->buffer, 1, pass->record, streams->in) != pass->record)
        return pass_fail(pass, "fread", errno);
    pass_record(pass, thread, streams->buffer);
    if (!streams->out)
        return true;
    if (fseeko(streams->out, (off_t)offset, SEEK_SET) != 0)
        return pass_fail(pass, "fseeko", errno);
    return fwrite(streams->buffer, 1, pass->record, streams->out) == pass->record || pass_fail(pass, "fwrite", errno);
}

static void records(struct pass *pass, unsigned thread)
{
    struct streams streams;
    uint64_t first, end;
    pass_share(pass, thread, &first, &end);
    bool good = open_streams(pass, &streams, pass->record);
    for (uint64_t i = first; good && i < end; i++)
        good = record(pass, &streams, thread, pass_position(pass, i));
    close_streams(pass, &streams);
}

bool stdio_random(struct pass *pass)
{
    return pass_team(pass, records);
}
