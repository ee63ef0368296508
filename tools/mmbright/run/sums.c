/* SPDX-License-Identifier: MIT */
/*
 * sums: see sums.h.
 *
 *     unit | header ... DATASUM CHECKSUM ... END | data, filled with zeros to whole blocks |
 *
 * DATASUM is written before CHECKSUM is computed, which is of it, too.
 */
#include "mmbright/run/sums.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmimage/fits_sum.h>
#include <mmview/range.h>

#define BLOCK 2880
#define LINE 128 /* two threads never write to one, nor to its neighbour */

struct sum {
    uint64_t value;
    char apart[LINE - sizeof(uint64_t)];
};

static mmv_status add_words(const mmv_chunk *chunk, void *user)
{
    struct sum *sum = (struct sum *)user + chunk->thread;
    sum->value = mmi_fits_fold(sum->value + mmi_fits_sum(chunk->source, chunk->count * 4));
    return MMV_OK;
}

/* All of the bytes; or why not, NULL = they are read. */
static const char *read_problem(int descriptor, void *bytes, size_t length, uint64_t offset)
{
    size_t done;
    int error = file_read_at(descriptor, bytes, length, offset, &done);
    return error != 0 ? strerror(error) : done < length ? "it became shorter" : NULL;
}

/* Of all data, in one's complement; the last bytes may be less than a word, when the file ends there. */
static int sum_data(const struct bright_work *work, mmv_map *map, int descriptor, uint32_t *sum_ret)
{
    const struct bright_plan *plan = work->plan;
    const struct image_file *input = &plan->input;
    mmv_walk_options options = work_options(work);
    uint64_t length = mmv_min(mmv_round_up(input->length, BLOCK), mmv_map_capacity(map) - input->offset);
    unsigned char rest[4];
    struct sum *sums = calloc(options.threads, sizeof *sums);
    uint64_t whole = length / 4 * 4, total = 0;
    if (!sums)
        return console_error(plan->console, plan->input.path, "not enough memory");
    options.record_size = 4;
    options.offset = input->offset;
    options.length = whole;
    mmv_status status = whole > 0 ? mmv_walk(map, &options, add_words, sums) : MMV_OK;
    for (unsigned i = 0; i < options.threads; i++)
        total += sums[i].value;
    free(sums);
    if (status != MMV_OK)
        return console_failure(plan->console, plan->input.path);
    const char *problem = read_problem(descriptor, rest, (size_t)(length - whole), input->offset + whole);
    if (problem)
        return console_error(plan->console, plan->input.path, "cannot read its end: %s", problem);
    *sum_ret = mmi_fits_fold(total + mmi_fits_sum(rest, (size_t)(length - whole)));
    return TOOL_DONE;
}

/* Fits strings have at least eight characters; blanks fill the room. */
static int write_value(const struct bright_plan *plan, int descriptor, const mmi_stale *stale, const char *value)
{
    char text[32];
    int used = snprintf(text, sizeof text, "'%-8s'", value);
    if (used < 0 || (size_t)used > stale->length || stale->length >= sizeof text) {
        console_warning(plan->console, plan->input.path, "%s has no room for its new value", stale->name);
        return TOOL_DONE;
    }
    memset(text + used, ' ', stale->length - (size_t)used);
    int error = file_write_at(descriptor, text, stale->length, stale->offset);
    if (error == 0)
        return TOOL_DONE;
    return console_error(plan->console, plan->input.path, "cannot correct %s: %s", stale->name, strerror(error));
}

static int fix_unit(const struct bright_plan *plan, int descriptor, const mmi_stale *stale, uint32_t data)
{
    static const char zeros[MMI_FITS_CHECKSUM + 1] = "0000000000000000";
    const mmi_container *container = &plan->input.container;
    size_t length = (size_t)(container->offset - container->unit);
    char value[MMI_FITS_CHECKSUM + 1] = {0};
    int result = write_value(plan, descriptor, stale, zeros);
    char *header = malloc(length);
    if (result == TOOL_DONE && !header)
        result = console_error(plan->console, plan->input.path, "not enough memory");
    const char *problem = result == TOOL_DONE ? read_problem(descriptor, header, length, container->unit) : NULL;
    if (problem)
        result = console_error(plan->console, plan->input.path, "cannot read its header: %s", problem);
    if (result == TOOL_DONE) {
        mmi_fits_checksum(mmi_fits_fold(mmi_fits_sum(header, length) + data), value);
        result = write_value(plan, descriptor, stale, value);
    }
    free(header);
    return result;
}

int sums_fix(const struct bright_work *work, mmv_map *map, int descriptor)
{
    const struct bright_plan *plan = work->plan;
    const mmi_container *container = &plan->input.container;
    uint32_t data = 0;
    int result = sum_data(work, map, descriptor, &data);
    for (mmi_stale_kind kind = MMI_STALE_DATA_SUM; kind <= MMI_STALE_UNIT_SUM; kind++)
        for (unsigned i = 0; i < container->stale_count && result == TOOL_DONE; i++) {
            char text[16];
            const mmi_stale *stale = &container->stale[i];
            if (stale->kind != kind)
                continue;
            snprintf(text, sizeof text, "%" PRIu32, data);
            result = kind == MMI_STALE_DATA_SUM ? write_value(plan, descriptor, stale, text)
                                                : fix_unit(plan, descriptor, stale, data);
        }
    return result;
}
