/* SPDX-License-Identifier: MIT */
/*
 * container: which format a file is of, and what every reader's answer is checked for.
 *
 *     the first bytes (clues.h) -> a format -> its reader (formats/) -> does the file have the bytes that the header
 * speaks of?
 *
 * Files of a kind that can never be worked on in place (PNG, JPEG, gzip, text, ...) are known, too: to take them for
 * raw samples would destroy them.
 */

#include <mmimage/container.h>

#include "formats/clues.h"
#include "formats/files.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    mmi__read_format *read;
} formats[MMI_FORMATS] = {
    [MMI_AUTO] = {"auto", NULL},
    [MMI_RAW] = {"raw", NULL},
    [MMI_NPY] = {"npy", mmi__read_npy},
    [MMI_PAM] = {"pam", mmi__read_pam},
    [MMI_PNM] = {"pnm", mmi__read_pnm},
    [MMI_FARBFELD] = {"farbfeld", mmi__read_farbfeld},
    [MMI_ENVI] = {"envi", mmi__read_envi},
    [MMI_EHDR] = {"ehdr", mmi__read_ehdr},
    [MMI_METAIMAGE] = {"mhd", mmi__read_metaimage},
    [MMI_NRRD] = {"nrrd", mmi__read_nrrd},
    [MMI_VIPS] = {"vips", mmi__read_vips},
    [MMI_TIFF] = {"tiff", mmi__read_tiff},
    [MMI_FITS] = {"fits", mmi__read_fits},
    [MMI_NIFTI] = {"nifti", mmi__read_nifti},
    [MMI_MRC] = {"mrc", mmi__read_mrc},
    [MMI_ANALYZE] = {"analyze", mmi__read_analyze},
};

bool mmi_format_parse(const char *text, mmi_format *format_ret)
{
    for (int format = 0; format < MMI_FORMATS; format++) {
        if (strcmp(text, formats[format].name) != 0)
            continue;
        *format_ret = (mmi_format)format;
        return true;
    }
    return false;
}

const char *mmi_format_name(mmi_format format)
{
    return formats[format].name;
}

/* ---- the first bytes --------------------------------------------------------------------------------------------- */

/* A row whose bytes lie behind the file's first ones. */
static mmv_status look_deep(const mmi_source *source, const mmi__signature *row, bool *found_ret)
{
    char bytes[16];
    *found_ret = false;
    assert(row->length <= sizeof bytes && !row->mask && !row->check);
    if (!mmv_range_fits(row->at, row->length, source->size))
        return MMV_OK;
    mmv_status status = source->read(source->user, row->at, bytes, row->length);
    *found_ret = status == MMV_OK && memcmp(bytes, row->bytes, row->length) == 0;
    return status;
}

static mmv_status find_other(const mmi_source *source, const mmi__start *start, const mmi__signature **row_ret)
{
    const mmi__signature *row = mmi__find_signature(start);
    mmv_status status = MMV_OK;
    for (size_t i = 0; !row && status == MMV_OK && mmi__signature_at(i); i++) {
        const mmi__signature *deep = mmi__signature_at(i);
        bool found = false;
        if (deep->at + deep->length > start->length && deep->at + deep->length > MMI__START)
            status = look_deep(source, deep, &found);
        if (found)
            row = deep;
    }
    *row_ret = row || status ? row : mmi__find_text(start);
    return status;
}

mmv_status mmi_container_look(const mmi_source *source, mmi_clue *clue_ret)
{
    unsigned char bytes[MMI__START];
    mmi__start start = {bytes, (size_t)mmv_min(source->size, sizeof bytes), source->size};
    const mmi__signature *row = NULL;
    *clue_ret = (mmi_clue){.format = MMI_RAW};
    mmv_status status = start.length > 0 ? source->read(source->user, 0, bytes, start.length) : MMV_OK;
    if (status || start.length == 0)
        return status;
    clue_ret->format = mmi__marked_format(&start);
    if (clue_ret->format == MMI_RAW)
        status = find_other(source, &start, &row);
    clue_ret->mark = clue_ret->format != MMI_RAW ? MMI_MARK_FORMAT : row ? MMI_MARK_OTHER : MMI_MARK_NONE;
    if (row) {
        clue_ret->name = row->name;
        clue_ret->remedy = row->remedy;
        clue_ret->is_wide = row->remedy == mmi__wide_remedy;
        clue_ret->is_text = clue_ret->is_wide || row->remedy == mmi__text_remedy;
    }
    return status;
}

/* Headers that are text without a mark: their words decide. */
static bool is_words(mmi_format format)
{
    return format == MMI_EHDR || format == MMI_METAIMAGE;
}

static mmv_status find_format(mmi__header *header, mmi_format wanted, mmi_format *format_ret)
{
    mmi_clue clue;
    mmv_status status = mmi_container_look(header->source, &clue);
    *format_ret = clue.format;
    /* Text may be a header without a mark, for the reader that was asked for; it is none of the others. */
    bool is_asked = clue.is_text && wanted != MMI_AUTO && !(is_words(wanted) && clue.is_wide);
    if (status || clue.mark != MMI_MARK_OTHER || is_asked)
        return status;
    return mmi__refuse(header->container, MMV_ENOTSUP, "format", "it is %s; %s", clue.name, clue.remedy);
}

/* Whether the file can be of the format that was asked for: its reader need not look again. */
static bool could_be(mmi_format format, mmi_format found)
{
    /* These have no mark, or are found without one: old MRC files, and comments before MetaImage's first key. */
    bool has_mark = !is_words(format) && format != MMI_MRC && format != MMI_ANALYZE;
    return found == format || (!has_mark && found == MMI_RAW);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* What no reader's answer may lack, see container.h. */
static bool is_sound(const mmi_container *container)
{
    uint64_t bytes;
    return mmi_image_check(&container->image, NULL) == MMV_OK && mmi_image_bytes(&container->image, &bytes) &&
           bytes == container->length && bytes > 0 && container->frames > 0 &&
           container->stale_count <= MMI_STALE_FIELDS &&
           (container->place == MMI_SAMPLES_LISTED) == (container->files != NULL) &&
           (container->place == MMI_SAMPLES_NAMED) == (container->name_at > 0 && container->name[0] != '\0');
}

/* A part that no reader has chosen: the file has one, or the format's reader knows one. */
static mmv_status check_part(const mmi__header *header)
{
    mmi_container *container = header->container;
    if (!header->part || container->part != 0 || strcmp(header->part, "all") == 0 || strcmp(header->part, "1") == 0)
        return MMV_OK;
    return mmi__refuse(container, MMV_ENOENT, "part", "there is no part \"%.40s\": %s files have one", header->part,
                       mmi_format_name(container->format));
}

mmv_status mmi_container_read(const mmi_source *source, const mmi_wish *wish, mmi_container *container_ret)
{
    static const mmi_wish none;
    const mmi_wish *asked = wish ? wish : &none;
    mmi_format wanted = asked->format, found;
    mmi__header header = {source, asked->samples, asked->part, container_ret};
    *container_ret = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    if (wanted == MMI_RAW)
        return MMV_OK;
    mmv_status status = find_format(&header, wanted, &found);
    if (status || (wanted == MMI_AUTO && found == MMI_RAW))
        return status;
    if (wanted != MMI_AUTO && !could_be(wanted, found))
        return mmi__refuse(container_ret, MMV_EKIND, "format", "the file does not begin as %s does",
                           mmi_format_name(wanted));
    container_ret->format = wanted == MMI_AUTO ? found : wanted;
    status = formats[container_ret->format].read(&header);
    if (!status && container_ret->place == MMI_SAMPLES_HERE)
        status = mmi_container_fit(container_ret, source->size);
    if (!status)
        status = check_part(&header);
    if (status)
        mmi_container_free(container_ret);
    bool sound = status || is_sound(container_ret);
    assert(sound);
    (void)sound;
    return status;
}

void mmi_container_free(mmi_container *container)
{
    mmi_pieces_destroy(&container->pieces);
    mmi__files_drop(&container->files);
}
