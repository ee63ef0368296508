/* SPDX-License-Identifier: MIT */
/* once: see once.h. */
#include "mmstat/once.h"

#include <inttypes.h>

bool once_is_enough(const struct image_file *file, const void *user)
{
    const struct once *once = user;
    const struct stat_settings *settings = once->settings;
    const struct where_settings *where = &settings->where;
    const struct pixel_settings *pixels = &file->pixels;
    bool is_wide = mmi_type_size(pixels->type) > 2;
    bool is_counted = settings->percentile_count || settings->bins || settings->plot;
    if (once->ranks || where->range.shard.count || where->has_region || pixels->row_bytes || (is_wide && is_counted))
        return false;
    if (settings->how.io != MMV_IO_AUTO && settings->how.io != MMV_IO_BUFFERED)
        return false;
    switch (pixels->layout) {
    case MMI_BIP:
        return true;
    case MMI_BIL:
        return pixels->width > 0 && file->units.row <= BLOCKS_BYTES;
    default:
        return pixels->width && pixels->height && !where->range.offset && !where->range.length;
    }
}

int once_run(struct scan *scan, block_fn *fn, block_walked_fn *walked)
{
    struct stat_result *result = scan->result;
    struct image_file *file = scan->file;
    mmv_walk_options options = settings_walk(&scan->settings->how);
    options.tick = progress_tick;
    options.tick_user = &scan->progress;
    const struct blocks blocks = {.file = file,
                                  .image = result->image,
                                  .range = result->range,
                                  .options = &options,
                                  .fn = fn,
                                  .walked = walked,
                                  .user = scan};
    uint64_t came, unit = result->image.layout == MMI_BIP ? file->units.pixel : file->units.row;
    bool is_bip = result->image.layout == MMI_BIP, has_size = file->pixels.width && file->pixels.height;
    const char *what = is_bip && !has_size ? "pixel" : "row";
    int status = blocks_stream(&blocks, &came);
    if (status == TOOL_DONE)
        status = image_file_end_stream(file, scan->console, &scan->settings->where.range,
                                       (struct image_use){result->range, came, what}, unit);
    if (status != TOOL_DONE)
        return status;
    if (came % unit != 0)
        return console_usage(
            scan->console, "%s: %" PRIu64 " bytes are not whole %s of %" PRIu64 " bytes; --length=%" PRIu64 " would be",
            file->path, came, is_bip ? "pixels" : "rows", unit, came - came % unit);
    result->range.length = came;
    result->pixels = came / file->units.pixel;
    return TOOL_DONE;
}
