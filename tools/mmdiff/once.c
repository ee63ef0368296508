/* SPDX-License-Identifier: MIT */
/*
 * once: see once.h.
 *
 *     head | --offset | what both have: compared as it comes | what the pipe alone has: counted | end
 *                     |-- side->whole, to the end of the pipe or of what --length or a header says -|
 *
 * 1. What comes of it is what the same bytes in a file would give. No assert: the two are compared by a test.
 */
#include "mmdiff/once.h"

#include <inttypes.h>

#include "kit/file/stream.h"
#include "mmdiff/pair_fit.h"

static bool is_plain(const struct side *side)
{
    return side->file.pixels.layout == MMI_BIP && !side->file.container.pieces;
}

/* Its length is known in the end: then rows and pictures would have been begun wrongly. */
static bool may_be_endless(const struct pair *pair, const struct side *side, const struct side *other)
{
    const struct pixel_settings *pixels = &side->file.pixels;
    bool is_known = !image_file_is_raw(&side->file) || (pixels->width && pixels->height) || side->texts->length;
    return pair->settings->record || is_known || (is_plain(side) && is_plain(other) && !pair->settings->picture);
}

bool once_is_enough(const struct pair *pair)
{
    const struct diff_settings *settings = pair->settings;
    const struct side *side = pair->streamed, *other = side == &pair->a ? &pair->b : &pair->a;
    const struct pixel_settings *pixels = &side->file.pixels;
    const struct range_settings *texts = side->texts;
    if (settings->how.io != MMV_IO_AUTO && settings->how.io != MMV_IO_BUFFERED)
        return false;
    if (settings->where.range.shard.count || settings->where.has_region || pixels->row_bytes)
        return false;
    if (settings->record || pixels->layout == MMI_BIP)
        return may_be_endless(pair, side, other);
    if (pixels->layout == MMI_BIL)
        return pixels->width > 0 && side->file.units.row <= BLOCKS_BYTES && may_be_endless(pair, side, other);
    /* Of planes of another height only the first rows would be meant. */
    return pixels->width && pixels->height && !texts->offset && !texts->length &&
           pixels->height == other->file.pixels.height;
}

/* One of these: what is left behind whole ones is no part of the image. */
static struct image_use use_of(const struct pair *pair, const struct side *side, uint64_t used)
{
    const struct pixel_settings *pixels = &side->file.pixels;
    bool is_row = pixels->layout != MMI_BIP || (pixels->width && pixels->height);
    return (struct image_use){side->whole, used, pair->settings->record ? "record" : is_row ? "row" : "pixel"};
}

static int refuse_part(const struct pair *pair, const struct side *side, uint64_t used, uint64_t unit)
{
    bool is_bip = side->image.layout == MMI_BIP;
    return console_usage(pair->console,
                         "%s: %" PRIu64 " bytes are not whole %s of %" PRIu64 " bytes; --length=%" PRIu64 " would be",
                         side->file.path, used, is_bip ? "pixels" : "rows", unit, used - used % unit);
}

/* With -q one pixel more is enough. */
static int take_rest(const struct pair *pair, uint64_t came, uint64_t unit, uint64_t *used_ret)
{
    const struct side *side = pair->streamed;
    uint64_t rest = side->whole.length - came, more = 0;
    int result = TOOL_DONE;
    if (side->file.stream->taken < side->whole.offset)
        result = stream_skip(side->file.stream, side->whole.offset - side->file.stream->taken, &more);
    if (pair->console->quiet && side->is_endless)
        rest = mmv_min(rest, unit);
    if (result == TOOL_DONE)
        result = stream_skip(side->file.stream, rest, &more);
    *used_ret = came + more;
    return result;
}

int once_settle(struct pair *pair, uint64_t came)
{
    struct side *side = pair->streamed;
    bool is_bip = side->image.layout == MMI_BIP;
    uint64_t pixel = mmi_image_pixel(&side->image), unit = is_bip ? pixel : side->image.width * pixel, used;
    int result = take_rest(pair, came, unit, &used);
    if (result == TOOL_DONE)
        result = image_file_end_stream(&side->file, pair->console, side->texts, use_of(pair, side, used), unit);
    if (result != TOOL_DONE || !side->is_endless)
        return result;
    if (used % unit != 0 && !pair->settings->record)
        return refuse_part(pair, side, used, unit);
    if (pair->console->quiet && used / unit > came / unit) {
        pair_match_longer(pair);
        return TOOL_DONE;
    }
    side->is_endless = false;
    side->pixels = used / pixel;
    if (pair->is_comparable)
        pair_match_pixels(pair);
    side->range.length = pair->pixels * pixel;
    return TOOL_DONE;
}
