/* SPDX-License-Identifier: MIT */
/* parts.c - see parts.h. */

#include "formats/parts.h"

#include "samples/pieces.h"

#include <stdio.h>
#include <string.h>

/* Each costs a read. */
#define PARTS_MAX 10000

mmi__part mmi__wanted_part(const mmi__header *header)
{
    mmi__part part = {1, false};
    const char *p = header->part;
    if (!p)
        return part;
    part.is_all = strcmp(p, "all") == 0;
    if (part.is_all || !mmi__take_count(&p, &part.number) || *p)
        part.number = 0;
    return part;
}

mmv_status mmi__refuse_part(mmi__header *header, uint64_t parts, const char *noun)
{
    return mmi__refuse(header->container, MMV_ENOENT, "part", "there is no \"%.40s\" among the file's %llu %s%s",
                       header->part ? header->part : "1", (unsigned long long)parts, noun, parts == 1 ? "" : "s");
}

mmv_status mmi__refuse_all(mmi__header *header, uint64_t parts, const char *reason)
{
    return mmi__refuse(header->container, MMV_ENOTSUP, "part", "all %llu cannot be worked on as one: %s",
                       (unsigned long long)parts, reason);
}

void mmi__use_part(mmi__header *header, uint64_t part, uint64_t parts, const char *noun)
{
    mmi_container *container = header->container;
    container->part = part;
    container->parts = parts;
    if (parts < 2 || header->part)
        return;
    const char *name = container->part_name;
    mmi__note(container, MMI_NOTE_PARTS, "%s %llu of %s%llu%s%s%s is taken; --part=N takes another", noun,
              (unsigned long long)part, parts > PARTS_MAX ? "more than " : "",
              (unsigned long long)(parts > PARTS_MAX ? PARTS_MAX : parts), *name ? " (" : "", name, *name ? ")" : "");
}

/* Whether two parts are images of one kind: what their samples are, mean, and how they lie. */
static bool is_alike(const mmi_container *a, const mmi_container *b)
{
    const mmi_image *x = &a->image, *y = &b->image;
    return x->type.kind == y->type.kind && x->type.big_endian == y->type.big_endian && x->samples == y->samples &&
           x->width == y->width && x->height == y->height && x->layout == y->layout && a->frames == b->frames &&
           a->low == b->low && a->high == b->high && a->slope == b->slope && a->intercept == b->intercept &&
           a->meaning == b->meaning && a->no_data_count == b->no_data_count &&
           memcmp(a->no_data, b->no_data, a->no_data_count * sizeof *a->no_data) == 0;
}

mmv_status mmi__add_part(mmi__header *header, const mmi_container *part, uint64_t number, const char *noun,
                         mmi_pieces **all)
{
    mmi_container *result = header->container;
    const mmi_image *image = &result->image;
    if (!is_alike(result, part))
        return mmi__refuse(result, MMV_ENOTSUP, "part", "%s %llu is not like %s 1; --part=N takes one alone", noun,
                           (unsigned long long)number, noun);
    if (image->layout == MMI_BIL && image->samples > 1)
        return mmi__refuse_all(header, number, "their rows have a line for each channel");
    if (!*all)
        *all = mmi__pieces_begin(image);
    mmv_status status =
        *all ? mmi__pieces_add_frame(*all, image, part->offset) : mmv_error_set(MMV_ENOMEM, 0, "list parts");
    if (status == MMV_EINVAL)
        return mmi__refuse(result, MMV_ENOTSUP, "part", "there are too many");
    return status;
}

mmv_status mmi__end_parts(mmi__header *header, uint64_t parts, mmi_pieces *all)
{
    mmi_container *container = header->container;
    mmi__pieces_fault fault;
    mmv_status status = mmi__pieces_end(all, header->source->size, &fault);
    if (status != MMV_OK) {
        mmi_pieces_destroy(&all);
        return status == MMV_ENOMEM ? status
                                    : mmi__refuse(container, MMV_EINVAL, "part", "they do not all lie in the file");
    }
    container->image = *mmi_pieces_image(all);
    container->length *= parts;
    /* Planes have all frames in each. */
    container->frames *= container->image.layout == MMI_BSQ ? 1 : parts;
    container->pieces = all;
    container->parts = parts;
    return MMV_OK;
}

void mmi__note_behind(mmi__header *header, uint64_t end, const char *noun)
{
    uint64_t size = header->source->size, rest = end < size ? size - end : 0;
    if (rest > 0)
        mmi__note(header->container, MMI_NOTE_BEHIND, "%llu %s behind the last %s %s left alone",
                  (unsigned long long)rest, rest == 1 ? "byte" : "bytes", noun, rest == 1 ? "is" : "are");
}

mmv_status mmi__read_sequence(mmi__header *header, mmi__read_part *read, const char *noun)
{
    mmi__part wanted = mmi__wanted_part(header);
    mmi_container *result = header->container;
    mmi_container before = *result, scratch = before;
    uint64_t next = 0, parts = 0, end = 0;
    mmi_pieces *all = NULL;
    /* With "all" the first says what the others have to be. */
    uint64_t number = wanted.is_all ? 1 : wanted.number;
    do {
        header->container = parts + 1 == number ? result : &scratch;
        *header->container = before;
        mmv_status status = read(header, next, &next);
        bool is_wanted = header->container == result;
        bool is_first = parts == 0;
        /* What is wrong with the file is said of the part that was wanted, or of the first. */
        if (status && is_first && !is_wanted)
            memcpy(result->problem, scratch.problem, sizeof result->problem);
        mmi_container *part = header->container;
        header->container = result;
        if (status && (is_first || is_wanted))
            return status;
        if (status)
            break;
        parts++;
        end = part->offset + part->length;
        if (wanted.is_all)
            status = mmi__add_part(header, part, parts, noun, &all);
        if (status) {
            mmi_pieces_destroy(&all);
            return status;
        }
    } while (next > 0 && (wanted.is_all || parts <= PARTS_MAX || parts < number));
    if (number == 0 || number > parts)
        return mmi__refuse_part(header, parts, noun);
    mmv_status status = MMV_OK;
    if (wanted.is_all && parts > 1) {
        status = mmi__end_parts(header, parts, all);
    } else {
        mmi_pieces_destroy(&all);
        mmi__use_part(header, number, parts, noun);
    }
    /* Of one image alone everybody sees where it ends. */
    if (!status && parts > 1 && parts <= PARTS_MAX)
        mmi__note_behind(header, end, noun);
    return status;
}
