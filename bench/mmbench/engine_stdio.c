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

static void close_streams(struct workload *load, struct streams *streams)
{
    if (streams->out && streams->out != streams->in && fclose(streams->out) != 0)
        workload_fail(load, "fclose", errno);
    if (streams->in && fclose(streams->in) != 0)
        workload_fail(load, "fclose", errno);
    free(streams->buffer);
}

static bool open_streams(struct workload *load, struct streams *streams, size_t piece)
{
    streams->buffer = malloc(piece);
    streams->in = fopen(load->input, workload_stores(load) ? "r+be" : "rbe");
    streams->out = workload_stores(load) ? streams->in : load->work == WORK_INTO ? fopen(load->output, "r+be") : NULL;
    if (streams->buffer && streams->in && (streams->out || load->work == WORK_SCAN || load->work == WORK_READS))
        return true;
    return workload_fail(load, "fopen", errno);
}

/* Between reading and writing one stream has to be positioned: C17, 7.21.5.3. */
static bool piece(struct workload *load, const struct streams *streams, unsigned thread, uint64_t offset, size_t length)
{
    bool in_place = streams->out == streams->in;
    if (fread(streams->buffer, 1, length, streams->in) != length)
        return workload_fail(load, "fread", errno);
    workload_piece(load, thread, &(mmi_batch){offset, streams->buffer, streams->buffer, length});
    if (!streams->out)
        return true;
    if (in_place && fseeko(streams->out, (off_t)offset, SEEK_SET) != 0)
        return workload_fail(load, "fseeko", errno);
    if (fwrite(streams->buffer, 1, length, streams->out) != length)
        return workload_fail(load, "fwrite", errno);
    return !in_place || fseeko(streams->in, (off_t)(offset + length), SEEK_SET) == 0 ||
           workload_fail(load, "fseeko", errno);
}

static void slab(struct workload *load, unsigned thread)
{
    struct streams streams;
    uint64_t offset, length;
    workload_slab(load, thread, &offset, &length);
    bool good = open_streams(load, &streams, WORKLOAD_PIECE);
    if (good && (fseeko(streams.in, (off_t)offset, SEEK_SET) != 0 ||
                 (streams.out && fseeko(streams.out, (off_t)offset, SEEK_SET) != 0)))
        good = workload_fail(load, "fseeko", errno);
    for (uint64_t done = 0; good && done < length; done += WORKLOAD_PIECE)
        good = piece(load, &streams, thread, offset + done, (size_t)mmv_min(WORKLOAD_PIECE, length - done));
    close_streams(load, &streams);
}

bool stdio_pass(struct workload *load)
{
    /* The threads' streams all open the new file, so it has to be there first. */
    int out = load->work == WORK_INTO ? open(load->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (load->work == WORK_INTO && out < 0)
        return workload_fail(load, "open", errno);
    if (out >= 0)
        close(out);
    return workload_team(load, slab);
}

static bool record(struct workload *load, const struct streams *streams, unsigned thread, uint64_t offset)
{
    if (fseeko(streams->in, (off_t)offset, SEEK_SET) != 0)
        return workload_fail(load, "fseeko", errno);
    if (fread(streams->buffer, 1, load->record, streams->in) != load->record)
        return workload_fail(load, "fread", errno);
    workload_record(load, thread, streams->buffer);
    if (!streams->out)
        return true;
    if (fseeko(streams->out, (off_t)offset, SEEK_SET) != 0)
        return workload_fail(load, "fseeko", errno);
    return fwrite(streams->buffer, 1, load->record, streams->out) == load->record ||
           workload_fail(load, "fwrite", errno);
}

static void records(struct workload *load, unsigned thread)
{
    struct streams streams;
    uint64_t first, end;
    workload_share(load, thread, &first, &end);
    bool good = open_streams(load, &streams, load->record);
    for (uint64_t i = first; good && i < end; i++)
        good = record(load, &streams, thread, workload_position(load, i));
    close_streams(load, &streams);
}

bool stdio_random(struct workload *load)
{
    return workload_team(load, records);
}
