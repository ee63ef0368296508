/* SPDX-License-Identifier: MIT */
/*
 * netpbm: PGM and PPM (P5, P6) and PAM (P7), whose samples follow the header at once, high byte first.
 *
 * Source: pgm(5), ppm(5), pam(5). A sample is at most the maxval of the header, hence container.high. Of several
 *         images in a file the first is taken.
 */

#include "formats/header.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536

/* What all three formats say. */
struct anymap {
    uint64_t width, height, depth, maximum;
};

/* The header's end is found in the text; only then is it known to be whole. */
static mmv_status use_anymap(mmi__header *header, const struct anymap *anymap, uint64_t offset)
{
    uint64_t depth = anymap->depth, maximum = anymap->maximum;
    mmi_container *container = header->container;
    if (maximum < 1 || maximum > 65535)
        return mmi__refuse(container, MMV_EINVAL, "maxval", "%llu is not within 1 and 65535",
                           (unsigned long long)maximum);
    if (depth > MMI_SAMPLES_MAX)
        return mmi__refuse(container, MMV_ENOTSUP, "depth", "%llu samples per pixel; %d can be worked on",
                           (unsigned long long)depth, MMI_SAMPLES_MAX);
    mmi_image image = {.type = {.kind = maximum > 255 ? MMI_U16 : MMI_U8, .big_endian = maximum > 255},
                       .samples = (uint32_t)depth,
                       .width = anymap->width,
                       .height = anymap->height};
    mmv_status status = mmi__describe(header, image, 1, offset);
    container->high = (double)maximum;
    return status;
}

/* Blanks and comments, which reach from # to the end of the line. */
static const char *skip(const char *p)
{
    for (;;) {
        if (*p == '#')
            p += strcspn(p, "\r\n");
        else if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
            p++;
        else
            return p;
    }
}

static mmv_status read_pnm_text(mmi__header *header, const char *text, size_t length)
{
    static const char *const names[] = {"width", "height", "maxval"};
    uint64_t values[3];
    const char *p = text + 2;
    for (int i = 0; i < 3; i++) {
        p = skip(p);
        if (!mmi__take_count(&p, &values[i]))
            return mmi__refuse(header->container, p >= text + length ? MMV_ETRUNC : MMV_EINVAL, names[i], "is missing");
    }
    if (!(*p == ' ' || (*p >= '\t' && *p <= '\r')))
        return mmi__refuse(header->container, p >= text + length ? MMV_ETRUNC : MMV_EINVAL, "maxval",
                           "no blank behind it");
    const struct anymap anymap = {values[0], values[1], text[1] == '6' ? 3 : 1, values[2]};
    return use_anymap(header, &anymap, (uint64_t)(p + 1 - text));
}

mmv_status mmi__read_pnm(mmi__header *header)
{
    char *text;
    size_t length;
    mmv_status status = mmi__fetch_text(header, TEXT_MAX, &text, &length);
    if (status)
        return status;
    if (text[1] == '4')
        status =
            mmi__refuse(header->container, MMV_ENOTSUP, "P4", "its samples are single bits; convert it with pbmtopgm");
    else if (text[1] != '5' && text[1] != '6')
        status =
            mmi__refuse(header->container, MMV_ENOTSUP, "format", "its samples are text; convert it with pnmtopnm");
    else
        status = read_pnm_text(header, text, length);
    free(text);
    return status;
}

static mmv_status take_pam_line(mmi__header *header, const mmi__line *line, struct anymap *pam)
{
    if (mmi__is_key(line, "WIDTH"))
        return mmi__count(header, "WIDTH", line->value, (mmi__limits){1, INT64_MAX}, &pam->width);
    if (mmi__is_key(line, "HEIGHT"))
        return mmi__count(header, "HEIGHT", line->value, (mmi__limits){1, INT64_MAX}, &pam->height);
    if (mmi__is_key(line, "DEPTH"))
        return mmi__count(header, "DEPTH", line->value, (mmi__limits){1, INT64_MAX}, &pam->depth);
    if (mmi__is_key(line, "MAXVAL"))
        return mmi__count(header, "MAXVAL", line->value, (mmi__limits){1, 65535}, &pam->maximum);
    return MMV_OK;
}

static mmv_status read_pam_text(mmi__header *header, char *text, size_t length)
{
    static const char end_mark[] = "\nENDHDR\n";
    struct anymap pam = {0};
    char *rest = text + 3;
    mmi__line line;
    mmv_status status = MMV_OK;
    char *end = strstr(text, end_mark);
    if (!end)
        return mmi__refuse(header->container, length < TEXT_MAX ? MMV_ETRUNC : MMV_EINVAL, "ENDHDR", "is missing");
    end[1] = '\0';
    while (status == MMV_OK && mmi__next_line(text, &rest, " ", &line))
        if (line.key[0] != '#')
            status = take_pam_line(header, &line, &pam);
    if (status)
        return status;
    if (pam.width == 0 || pam.height == 0 || pam.depth == 0 || pam.maximum == 0)
        return mmi__refuse(header->container, MMV_EINVAL, "header", "WIDTH, HEIGHT, DEPTH or MAXVAL is missing");
    return use_anymap(header, &pam, (uint64_t)(end - text) + sizeof end_mark - 1);
}

mmv_status mmi__read_pam(mmi__header *header)
{
    char *text;
    size_t length;
    mmv_status status = mmi__fetch_text(header, TEXT_MAX, &text, &length);
    if (status)
        return status;
    status = read_pam_text(header, text, length);
    free(text);
    return status;
}
