/* SPDX-License-Identifier: MIT */
/*
 * pick.c - keep some records of a file, in their order, by all processors: the output is as long as what was kept.
 *
 *     pick IN OUT FROM TO        IN holds uint64_t; OUT, which appears when it is complete, has those of [FROM, TO)
 */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>

struct bounds {
    uint64_t from, to;
};

static mmv_status keep(const mmv_chunk *chunk, size_t *kept_ret, void *user)
{
    const struct bounds *bounds = user;
    const uint64_t *value = chunk->source;
    uint64_t *kept = chunk->data;
    for (size_t i = 0; i < chunk->count; i++)
        if (value[i] >= bounds->from && value[i] < bounds->to)
            kept[(*kept_ret)++] = value[i];
    return MMV_OK;
}

static int complain(void)
{
    char line[512];
    mmv_error_format(mmv_last_error(), line, sizeof line);
    return fprintf(stderr, "pick: %s\n", line), 1;
}

int main(int argc, char **argv)
{
    mmv_map *in = NULL;
    mmv_output *out = NULL;
    if (argc != 5)
        return fprintf(stderr, "usage: pick IN OUT FROM TO\n"), 2;
    struct bounds bounds = {strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0)};
    mmv_status status = mmv_map_open(argv[1], MMV_READ, &in);
    if (!status)
        status = mmv_output_create(argv[2], NULL, &out);
    if (!status)
        status = mmv_walk_filter(in, mmv_output_map(out), &(mmv_walk_options){.record_size = sizeof(uint64_t)}, keep,
                                 &bounds);
    if (!status)
        status = mmv_output_publish(out);
    mmv_map_close(&in);
    mmv_output_close(&out);
    return status ? complain() : 0;
}
