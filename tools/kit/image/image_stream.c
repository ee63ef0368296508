/* SPDX-License-Identifier: MIT */
/*
 * image_stream: an image whose bytes come once: kept in a file without a name, or taken as they come.
 *
 *     known by its first bytes, one pass, in order     the stream is the image: 'map' has its head alone
 *     anything else                                    all of it is copied first, which a note says
 *
 * 1. What is taken as it comes is what the same bytes in a file would be. What only a file's length tells is looked for
 *    in the end, when that is known. No assert: the bytes are a stranger's.
 */
#include "kit/image/image_file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "kit/file/stream.h"

/* Into file->map, whose bytes are those of 'spool', which it closes. */
static int use_spool(struct image_file *file, const struct console *console, int spool)
{
    mmv_map_close(&file->map);
    if (mmv_map_from_descriptor(spool, true, MMV_READ, 0, &file->map) != MMV_OK) {
        int result = console_failure(console, file->path);
        file_close(spool);
        return result;
    }
    file->is_spooled = true;
    file_look(mmv_map_descriptor(file->map), &file->info);
    file->size = mmv_map_capacity(file->map);
    return TOOL_DONE;
}

void image_file_drop_stream(struct image_file *file)
{
    if (file->stream)
        stream_close(file->stream);
    free(file->stream);
    file->stream = NULL;
}

int image_file_keep_stream(struct image_file *file, const struct console *console)
{
    int spool;
    int result = stream_keep(file->stream, &spool);
    image_file_drop_stream(file);
    return result == TOOL_DONE ? use_spool(file, console, spool) : result;
}

int image_file_use_stream(struct image_file *file, const struct console *console, int descriptor)
{
    int spool;
    file->stream = calloc(1, sizeof *file->stream);
    if (!file->stream)
        return console_error(console, file->path, "not enough memory");
    int result = stream_open(file->stream, console, file->path, descriptor);
    if (result == TOOL_DONE && (file->spooling != SPOOL_IF_NEEDED || file->stream->ended))
        return image_file_keep_stream(file, console);
    if (result == TOOL_DONE)
        result = stream_keep_head(file->stream, &spool);
    if (result == TOOL_DONE)
        result = use_spool(file, console, spool);
    file->size = file->info.size = IDENTIFY_ENDLESS;
    return result;
}

void image_file_note_spool(struct image_file *file)
{
    char size[SIZES_TEXT];
    notes_add(&file->notes, MMI_NOTE_ASSUMED,
              "is no regular file%s: the %s that could be read of it were copied to a temporary file first",
              file->spooling != SPOOL_ALWAYS && file->size > STREAM_HEAD ? ", and one pass in its order is not enough"
                                                                         : "",
              sizes_text(file->size, size));
}

/* Formats whose readers look at nothing but their header, which stands in front. */
bool image_file_comes_in_order(const struct identified *identified)
{
    const mmi_container *container = &identified->container;
    if (identified->is == IDENTITY_RAW || identified->is == IDENTITY_RAW_SAID)
        return true;
    if (identified->is != IDENTITY_CONTAINER || identified->header[0] || container->place != MMI_SAMPLES_HERE ||
        container->pieces || container->from_end || container->parts > 1 || container->doubtful_length)
        return false;
    switch (container->format) {
    case MMI_NPY:
    case MMI_PNM:
    case MMI_PAM:
    case MMI_FARBFELD:
    case MMI_NRRD:
        return true;
    default:
        return false;
    }
}

/* 1: the file's length is known, and holes are what nobody looked at. */
static int look_again(struct image_file *file, const struct console *console)
{
    int descriptor = mmv_map_descriptor(file->map);
    if (file->is != IDENTITY_RAW || file_write_at(descriptor, "", 1, file->size - 1) != 0)
        return TOOL_DONE;
    file_look(descriptor, &file->info);
    const struct identify_request question = {
        .path = file->path, .descriptor = descriptor, .info = file->info, .asked = &file->pixels, .is_stream = true};
    struct identified identified;
    identify(&question, &identified);
    bool is_raw = identified.is == IDENTITY_RAW;
    int result = is_raw ? TOOL_DONE
                        : console_error(console, file->path,
                                        "only its length tells what it is: copy it to a file, and give that");
    notes_drop(&identified.notes);
    mmi_container_free(&identified.container);
    return result;
}

/* Less came than the options or the header speak of: in the words that a file gets. */
static int refuse_short(const struct image_file *file, const struct console *console,
                        const struct range_settings *texts, struct image_use use)
{
    mmv_range range;
    if (!image_file_is_raw(file))
        return console_error(console, file->path,
                             "ends early: its header speaks of %" PRIu64 " bytes of samples, and %" PRIu64 " came",
                             file->length, use.bytes.offset - file->offset + use.used);
    int result = image_file_take_range(file, console, texts, &range);
    return result == TOOL_DONE
               ? image_file_refuse_rows(file, console, file->pixels.height, (mmv_range){use.bytes.offset, use.used})
               : result;
}

/* There is more, nobody knows how much. */
static void note_more(struct image_file *file, const struct range_settings *texts, const char *what)
{
    bool is_raw = image_file_is_raw(file);
    notes_add(&file->notes, MMI_NOTE_BEHIND, "what comes behind %s is not read%s",
              texts->length ? "--length"
              : is_raw      ? what
                            : "the samples",
              is_raw && !texts->length && !texts->offset ? "; is an --offset missing?" : "");
}

int image_file_end_stream(struct image_file *file, const struct console *console, const struct range_settings *texts,
                          struct image_use use, uint64_t unit)
{
    unsigned char next;
    size_t more = 0;
    char what[32];
    bool is_raw = image_file_is_raw(file), is_endless = mmv_range_end(use.bytes) == IDENTIFY_ENDLESS;
    int result = stream_take(file->stream, &next, 1, &more);
    if (result != TOOL_DONE)
        return result;
    snprintf(what, sizeof what, "the last %s", use.what);
    file->size = more ? IDENTIFY_ENDLESS : file->stream->taken;
    if (is_raw)
        file->length = more ? use.bytes.offset + use.used : file->size;
    if (more) {
        note_more(file, texts, what);
        return TOOL_DONE;
    }
    if (file->size > 0)
        result = look_again(file, console);
    if (result != TOOL_DONE)
        return result;
    if (use.bytes.offset > file->size || (!is_endless && use.used < use.bytes.length))
        return refuse_short(file, console, texts, use);
    const mmv_range came = {use.bytes.offset, use.used};
    if (is_raw)
        image_file_note_rest(file, texts, (struct image_use){came, use.used - use.used % unit, use.what});
    else if (file->size > file->offset + file->length)
        image_file_note_behind(file);
    return TOOL_DONE;
}
