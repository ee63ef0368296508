/* SPDX-License-Identifier: MIT */
/*
 * stale: see stale.h. The figures are those of all samples of the image, as the header means them: of all channels
 * together, or of each where the header has one for each.
 *
 * A value that is text keeps its room: it is written with as few digits as tell it apart, as far as the room goes;
 * blanks fill the rest. Checksums come last, since they are of the other values, too.
 */
#include "mmbright/run/stale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmimage/stats.h>

#include "kit/image/blocks.h"
#include "kit/os/path.h"
#include "mmbright/plan/destination.h"
#include "mmbright/run/sums.h"

static void note_header(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    const mmi_container *container = &plan->input.container;
    char names[256] = "";
    size_t length = 0;
    for (unsigned i = 0; i < container->stale_count && length < sizeof names; i++) {
        if (plan->command->target.fix_stats && container->stale[i].form != MMI_STALE_APART)
            continue;
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", length ? ", " : "",
                                   container->stale[i].name);
    }
    if (length > 0 && plan->spans.count > 0)
        notes_add(work->notes, MMI_NOTE_STALE, "the header's %s %s of the samples before%s", names,
                  strchr(names, ',') ? "are those" : "is that",
                  plan->command->target.fix_stats ? ", and cannot be corrected here"
                                                  : "; --fix-stats corrects what it can");
}

/* What programs keep beside an image: statistics, the image made smaller, checksums. */
static void note_beside(struct bright_work *work)
{
    static const struct {
        const char *ending;
        bool is_behind; /* the whole name; else its stem */
        const char *what;
    } kinds[] = {
        {".aux.xml", true, "has statistics or smaller copies"},
        {".ovr", true, "has statistics or smaller copies"},
        {".aux", false, "has statistics or smaller copies"},
        {".rrd", false, "has statistics or smaller copies"},
        {".rde", false, "has statistics or smaller copies"},
        {".stx", false, "has statistics"},
        {".sta", false, "has statistics"},
        {".enp", true, "has smaller copies"},
        {".enp", false, "has smaller copies"},
        {".md5", true, "has a checksum"},
        {".sha1", true, "has a checksum"},
        {".sha256", true, "has a checksum"},
        {".sha512", true, "has a checksum"},
    };
    const struct bright_plan *plan = work->plan;
    bool in_place = plan->command->target.kind == TARGET_IN_PLACE;
    const char *image = in_place ? plan->input.path : plan->to->output.path;
    char path[PATH_MAX];
    struct file_facts info;
    if (!image[0] || plan->command->target.kind == TARGET_STDOUT || plan->spans.count == 0)
        return;
    /* Of FILE's folder as it was when FILE was planned. A copy's is another one, perhaps. */
    struct beside_names *beside = in_place ? work->run->beside : NULL;
    if (!beside_may_have(beside, image))
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int stem = kinds[i].is_behind ? (int)strlen(image) : (int)(path_ending(image) - image);
        int length = snprintf(path, sizeof path, "%.*s%s", stem, image, kinds[i].ending);
        if (length > 0 && (size_t)length < sizeof path && beside_may_be(beside, path) &&
            file_look_at(path, true, &info) == 0)
            notes_add(work->notes, MMI_NOTE_STALE, "%s %s of the samples before", path, kinds[i].what);
    }
}

void stale_note(struct bright_work *work)
{
    note_header(work);
    note_beside(work);
}

static mmv_status add_block(void *user, unsigned thread, const mmi_block *block)
{
    return mmi_stats_add(user, thread, block);
}

/* All channels as one: of each the same number of samples, but for those that are no numbers. */
static mmi_channel_stats merge_channels(const mmi_channel_stats *channels, uint32_t count)
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

/* channels[0..samples), and all of them as one behind these. */
static int compute_figures(const struct bright_work *work, mmv_map *map, mmi_channel_stats *figures)
{
    const struct bright_plan *plan = work->plan;
    const mmi_container *container = &plan->input.container;
    mmv_walk_options options = work_options(work);
    mmi_stats *stats = NULL;
    /* Several files are not copied, but changed where they are. */
    struct blocks blocks = {.map = map,
                            .file = &plan->input,
                            .image = container->image,
                            .range = {plan->input.offset, plan->input.length},
                            .pieces = plan->pieces,
                            .options = &options,
                            .fn = add_block};
    mmv_status status = mmi_stats_create(container->image.type, container->image.samples, options.threads, &stats);
    if (status == MMV_OK)
        status = mmi_stats_set_no_data(stats, plan->no_data.values, plan->no_data.count);
    blocks.user = stats;
    if (blocks.pieces) {
        blocks.numbers.length = mmi_pieces_count(blocks.pieces);
        if (options.io != MMV_IO_AUTO && options.io != MMV_IO_MMAP)
            console_explain(plan->console, plan->input.path,
                            "its samples lie in pieces: the header's figures are read through windows, not %s",
                            mmv_io_name(options.io));
        options.io = MMV_IO_AUTO;
    }
    if (status == MMV_OK)
        status = blocks_walk(&blocks);
    if (status == MMV_OK) {
        mmi_stats_get(stats, figures);
        figures[container->image.samples] = merge_channels(figures, container->image.samples);
    }
    mmi_stats_destroy(&stats);
    return status == MMV_OK ? TOOL_DONE : console_failure(plan->console, plan->input.path);
}

static double value_of(const mmi_container *container, const mmi_channel_stats *figures, mmi_stale_kind kind)
{
    double low = figures->min * container->slope + container->intercept,
           high = figures->max * container->slope + container->intercept;
    switch (kind) {
    case MMI_STALE_MIN:
        return fmin(low, high);
    case MMI_STALE_MAX:
        return fmax(low, high);
    case MMI_STALE_MEAN:
        return figures->mean * container->slope + container->intercept;
    default:
        return figures->sd * fabs(container->slope);
    }
}

/*
 * As few digits as mean this value; false when the room is too small for them. FITS wants numbers at the right of
 * their room.
 */
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

/* From here on a figure may be that of other samples, which no double tells from it. */
#define EXACT 9007199254740992.0

/* One number, as its type can hold it. */
static bool render_number(mmi_type type, double value, char *bytes)
{
    bool is_float = mmi_type_is_float(type);
    if (!is_float && mmi_type_size(type) == 8 && fabs(value) >= EXACT)
        return false;
    if (!is_float && (value < mmi_type_minimum(type) || value > mmi_type_maximum(type) || value != trunc(value)))
        return false;
    mmi_sample_set(type, bytes, type.kind == MMI_F32 ? (double)(float)value : value);
    return true;
}

/* The new bytes of a field, whose figures are those of a channel each, or of all. */
static bool render_field(const struct bright_plan *plan, const mmi_stale *stale, const mmi_channel_stats *figures,
                         char *bytes)
{
    const mmi_container *container = &plan->input.container;
    uint32_t samples = container->image.samples;
    double value = value_of(container, &figures[samples], stale->kind);
    bool fine = isfinite(value);
    if (stale->form == MMI_STALE_TEXT)
        return fine && write_text(value, bytes, stale->length, container->format == MMI_FITS);
    if (stale->each && stale->count != samples)
        return false;
    for (uint32_t i = 0; i < stale->count && fine; i++) {
        value = value_of(container, &figures[stale->each ? i : samples], stale->kind);
        fine = isfinite(value) && render_number(stale->type, value, bytes + i * mmi_type_size(stale->type));
    }
    return fine;
}

/* Into the copy's header, whose name for the samples may have another length. */
static void patch_copy(const struct bright_plan *plan, const mmi_stale *stale, const char *bytes)
{
    const mmi_container *container = &plan->input.container;
    uint64_t at = stale->offset;
    if (container->place == MMI_SAMPLES_NAMED && at > container->name_at)
        at += strlen(path_base(plan->to->apart.samples)) - strlen(container->name);
    if (at <= plan->to->apart.length && stale->length <= plan->to->apart.length - at)
        memcpy(plan->to->apart.bytes + at, bytes, stale->length);
}

static int write_field(const struct bright_plan *plan, int descriptor, const char *path, const mmi_stale *stale,
                       const char *bytes)
{
    int error = file_write_at(descriptor, bytes, stale->length, stale->offset);
    if (error == 0)
        return TOOL_DONE;
    return console_error(plan->console, path, "cannot correct %s: %s", stale->name, strerror(error));
}

/* Longer fields are not taken: no text needs so much for a number, and pictures have few channels. */
#define ROOM 256

static bool is_sum(const mmi_stale *stale)
{
    return stale->kind == MMI_STALE_DATA_SUM || stale->kind == MMI_STALE_UNIT_SUM;
}

static bool is_figure(const mmi_stale *stale)
{
    return stale->form != MMI_STALE_APART && !is_sum(stale);
}

static int write_all(const struct bright_plan *plan, const mmi_channel_stats *figures, int descriptor, const char *path)
{
    const mmi_container *container = &plan->input.container;
    int result = TOOL_DONE;
    for (unsigned i = 0; i < container->stale_count && result == TOOL_DONE; i++) {
        const mmi_stale *stale = &container->stale[i];
        char bytes[ROOM];
        if (!is_figure(stale))
            continue;
        if (stale->length > ROOM || !render_field(plan, stale, figures, bytes))
            console_warning(plan->console, path, "%s has no room for its new value", stale->name);
        else if (plan->to->apart.bytes)
            patch_copy(plan, stale, bytes);
        else
            result = write_field(plan, descriptor, path, stale, bytes);
    }
    return result;
}

/* The header that is beside the samples, of an image that is changed in place. */
static int write_beside(const struct bright_plan *plan, const mmi_channel_stats *figures)
{
    const char *path = plan->input.header;
    int header;
    int error = file_open(path, FILE_WRITE, false, &header);
    if (error != 0)
        return console_error(plan->console, path, "cannot correct its statistics: %s", strerror(error));
    int result = write_all(plan, figures, header, path);
    if (result == TOOL_DONE && plan->command->safety.sync)
        error = file_sync(header);
    if (error != 0)
        result = console_error(plan->console, path, "cannot write it to the device: %s", strerror(error));
    file_close(header);
    return result;
}

static int fix_figures(const struct bright_work *work, mmv_map *map, int descriptor)
{
    const struct bright_plan *plan = work->plan;
    const struct image_file *input = &plan->input;
    mmi_channel_stats *figures = calloc((size_t)input->container.image.samples + 1, sizeof *figures);
    int result = figures ? compute_figures(work, map, figures)
                         : console_error(plan->console, plan->input.path, "not enough memory");
    if (result == TOOL_DONE && input->header[0] && !plan->to->apart.bytes)
        result = write_beside(plan, figures);
    else if (result == TOOL_DONE)
        result = write_all(plan, figures, descriptor, input->header[0] ? plan->to->apart.header : plan->input.path);
    free(figures);
    return result;
}

int stale_fix(const struct bright_work *work, int descriptor)
{
    const struct bright_plan *plan = work->plan;
    const mmi_container *container = &plan->input.container;
    bool figures = false, sums = false;
    for (unsigned i = 0; i < container->stale_count && plan->command->target.fix_stats; i++) {
        figures |= is_figure(&container->stale[i]);
        sums |= is_sum(&container->stale[i]);
    }
    if (!figures && !sums)
        return TOOL_DONE;
    /* Only read: another run may be changing other parts of the image, and nothing of it may be written back. */
    mmv_map *map = NULL;
    if (mmv_map_from_descriptor(descriptor, false, MMV_READ, 0, &map) != MMV_OK)
        return console_failure(plan->console, plan->input.path);
    int result = figures ? fix_figures(work, map, descriptor) : TOOL_DONE;
    if (result == TOOL_DONE && sums)
        result = sums_fix(work, map, descriptor);
    mmv_map_close(&map);
    return result;
}
