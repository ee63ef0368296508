/* SPDX-License-Identifier: MIT */
/*
 * stale: see stale.h. The figures are those of all samples of the image, of all channels together, as the header means them.
 *
 * A value that is text keeps its room: it is written with as few digits as tell it apart, as far as the room goes; blanks fill the rest.
 */
#include "mmbright/stale.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmimage/stats.h>

#include "common/blocks.h"

void stale_report(const struct bright_plan *plan)
{
    const mmi_container *container = &plan->input.container;
    char names[256] = "";
    size_t length = 0;
    for (unsigned i = 0; i < container->stale_count && length < sizeof names; i++) {
        if (plan->settings->fix_stats && container->stale[i].form != MMI_STALE_APART)
            continue;
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", length ? ", " : "",
                                   container->stale[i].name);
    }
    if (length > 0 && plan->pass_count > 0)
        console_warning(
            plan->console, plan->input.header[0] ? plan->input.header : plan->file,
            "the header's %s %s of the samples before%s", names, strchr(names, ',') ? "are those" : "is that",
            plan->settings->fix_stats ? ", and cannot be corrected here" : "; --fix-stats corrects what it can");
}

static mmv_status add_block(void *user, unsigned thread, uint32_t channel, uint64_t block, const char *data,
                            size_t count)
{
    return mmi_stats_add(user, thread, channel, block, data, count);
}

/* All channels as one: of each the same number of samples, but for those that are no numbers. */
static mmi_channel_stats merge(const mmi_channel_stats *channels, uint32_t count)
{
    mmi_channel_stats whole = channels[0];
    double squares = whole.sd * whole.sd * (double)whole.count;
    for (uint32_t c = 1; c < count; c++) {
        const mmi_channel_stats *next = &channels[c];
        if (next->count == 0)
            continue;
        double n = (double)whole.count, m = (double)next->count, distance = next->mean - whole.mean;
        whole.min = fmin(whole.min, next->min);
        whole.max = fmax(whole.max, next->max);
        squares += next->sd * next->sd * m + distance * distance * n * m / (n + m);
        whole.mean += distance * m / (n + m);
        whole.count += next->count;
    }
    whole.sd = sqrt(squares / (double)whole.count);
    return whole;
}

static int compute(struct bright_plan *plan, mmv_map *map, mmi_channel_stats *whole_ret)
{
    const mmi_container *container = &plan->input.container;
    mmv_walk_options options = settings_walk(&plan->settings->how);
    mmi_channel_stats *channels = calloc(container->image.samples, sizeof *channels);
    mmi_stats *stats = NULL;
    const struct blocks blocks = {.map = map,
                                  .image = container->image,
                                  .range = {plan->input.offset, plan->input.length},
                                  .options = &options,
                                  .fn = add_block};
    mmv_status status = channels
                            ? mmi_stats_create(container->image.type, container->image.samples, options.threads, &stats)
                            : mmv_error_set(MMV_ENOMEM, ENOMEM, "statistics");
    if (status == MMV_OK) {
        struct blocks with_user = blocks;
        with_user.user = stats;
        status = blocks_walk(&with_user);
    }
    if (status == MMV_OK) {
        mmi_stats_get(stats, channels);
        *whole_ret = merge(channels, container->image.samples);
    }
    mmi_stats_destroy(&stats);
    free(channels);
    return status == MMV_OK ? TOOL_DONE : console_failure(plan->console, plan->file);
}

static double value_of(const mmi_container *container, const mmi_channel_stats *whole, mmi_stale_kind kind)
{
    double low = whole->min * container->slope + container->intercept,
           high = whole->max * container->slope + container->intercept;
    switch (kind) {
    case MMI_STALE_MIN:
        return fmin(low, high);
    case MMI_STALE_MAX:
        return fmax(low, high);
    case MMI_STALE_MEAN:
        return whole->mean * container->slope + container->intercept;
    default:
        return whole->sd * fabs(container->slope);
    }
}

/* As few digits as mean this value; false when the room is too small for them. FITS wants numbers at the right of their room. */
static bool write_text(double value, char *room, size_t length, bool at_right)
{
    char text[40];
    bool whole = fabs(value) < 1e15 && value == trunc(value);
    int used = whole ? snprintf(text, sizeof text, "%.0f", value) : 0;
    for (int digits = 1; digits <= 17 && !whole; digits++) {
        used = snprintf(text, sizeof text, "%.*G", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (used < 0 || (size_t)used > length)
        return false;
    memset(room, ' ', length);
    memcpy(room + (at_right ? length - (size_t)used : 0), text, (size_t)used);
    return true;
}

/* The new bytes of a field. */
static bool render(const struct bright_plan *plan, const mmi_stale *stale, double value, char *bytes)
{
    bool big = stale->form == MMI_STALE_F32BE;
    if (!isfinite(value))
        return false;
    if (stale->form == MMI_STALE_TEXT)
        return write_text(value, bytes, stale->length, plan->input.container.format == MMI_FITS);
    mmi_sample_set((mmi_type){MMI_F32, big}, bytes, (double)(float)value);
    return true;
}

/* Into the copy's header, whose name for the samples may have another length. */
static void patch_copy(struct bright_plan *plan, const mmi_stale *stale, const char *bytes)
{
    const mmi_container *container = &plan->input.container;
    uint64_t at = stale->offset;
    if (container->data[0] != '*' && at > container->data_at)
        at += strlen(header_file_base(plan->apart.samples)) - strlen(container->data);
    if (at <= plan->apart.length && stale->length <= plan->apart.length - at)
        memcpy(plan->apart.bytes + at, bytes, stale->length);
}

static int write_at(const struct bright_plan *plan, int descriptor, const char *path, const mmi_stale *stale,
                    const char *bytes)
{
    ssize_t done;
    do
        done = pwrite(descriptor, bytes, stale->length, (off_t)stale->offset);
    while (done < 0 && errno == EINTR);
    if (done == (ssize_t)stale->length)
        return TOOL_DONE;
    return console_error(plan->console, path, "cannot correct %s: %s", stale->name,
                         done < 0 ? strerror(errno) : "no space");
}

/* Text has 'length' bytes: more than any number needs is not taken. */
#define ROOM 256

static int write_all(struct bright_plan *plan, const mmi_channel_stats *whole, int descriptor, const char *path)
{
    const mmi_container *container = &plan->input.container;
    int result = TOOL_DONE;
    for (unsigned i = 0; i < container->stale_count && result == TOOL_DONE; i++) {
        const mmi_stale *stale = &container->stale[i];
        char bytes[ROOM];
        if (stale->form == MMI_STALE_APART)
            continue;
        if (stale->length > ROOM || !render(plan, stale, value_of(container, whole, stale->kind), bytes))
            console_warning(plan->console, path, "%s has no room for its new value", stale->name);
        else if (plan->apart.bytes)
            patch_copy(plan, stale, bytes);
        else
            result = write_at(plan, descriptor, path, stale, bytes);
    }
    return result;
}

int stale_fix(struct bright_plan *plan, mmv_map *map, int descriptor)
{
    const struct image_file *input = &plan->input;
    mmi_channel_stats whole;
    bool any = false;
    for (unsigned i = 0; i < input->container.stale_count; i++)
        any |= input->container.stale[i].form != MMI_STALE_APART;
    if (!any || !plan->settings->fix_stats)
        return TOOL_DONE;
    int result = compute(plan, map, &whole);
    if (result != TOOL_DONE || !input->header[0] || plan->apart.bytes)
        return result != TOOL_DONE
                   ? result
                   : write_all(plan, &whole, descriptor, input->header[0] ? plan->apart.header : plan->file);
    int header = open(input->header, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (header < 0)
        return console_error(plan->console, input->header, "cannot correct its statistics: %s", strerror(errno));
    result = write_all(plan, &whole, header, input->header);
    if (result == TOOL_DONE && plan->settings->sync && fsync(header) != 0)
        result = console_error(plan->console, input->header, "cannot write it to the device: %s", strerror(errno));
    close(header);
    return result;
}
