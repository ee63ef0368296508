/* SPDX-License-Identifier: MIT */
/*
 * netpbm: PGM and PPM (P5, P6) and PAM (P7), whose samples follow the header at once, high byte first.
 *
 *     P5#comment               # and what follows it in the line counts as the line's end, wherever it stands: behind
 *     640 480 255              maxval, too, where that character is the last one before the samples
 *
 *     P7                       PAM has lines, and comments of whole lines; keys are in capitals
 *     WIDTH 640
 *     ENDHDR
 *
 * Source: pgm(5), ppm(5), pam(5), and what netpbm's library does. A sample is at most the maxval of the header, hence
 *         container.high. Images may follow one another, with nothing but blanks between them.
 */

#include "formats/lines.h"
#include "formats/parts.h"

#include <stdlib.h>
#include <string.h>

/* What all three formats say. */
struct anymap {
    uint64_t width, height, depth, maximum;
};

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

/* ---- PGM and PPM ------------------------------------------------------------------------------------------------- */

/* The next character, a comment being its line's end; 0 where the text ends. */
static char next_character(mmi__text *text)
{
    if (text->next < text->length && text->bytes[text->next] == '#')
        while (text->next < text->length && text->bytes[text->next] != '\n' && text->bytes[text->next] != '\r')
            text->next++;
    return text->next < text->length ? text->bytes[text->next++] : '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Digits with blanks before them; *end_ret is the character behind them, which is consumed. 0: they are none. */
static bool take_number(mmi__text *text, uint64_t *value_ret, char *end_ret)
{
    char c = next_character(text), digits[24];
    size_t length = 0;
    while (is_blank(c))
        c = next_character(text);
    for (; c >= '0' && c <= '9' && length + 1 < sizeof digits; c = next_character(text))
        digits[length++] = c;
    digits[length] = '\0';
    const char *p = digits;
    *end_ret = c;
    return mmi__take_count(&p, value_ret);
}

/*
 * A line of the header that ends in two characters: of the second netpbm makes the first sample. That is believed when
 * the samples then end with the file.
 */
static mmv_status check_line_end(mmi__header *header, const mmi__text *text, char end)
{
    const mmi_container *container = header->container;
    bool both = end == '\r' && text->next < text->length && text->bytes[text->next] == '\n';
    if (!both || container->offset + container->length == header->source->size)
        return MMV_OK;
    return mmi__refuse(header->container, MMV_EINVAL, "maxval",
                       "two characters end its line: programs do not agree whether the second is a sample");
}

static mmv_status read_pnm(mmi__header *header, mmi__text *text, bool *more_ret)
{
    static const char *const names[] = {"width", "height", "maxval"};
    uint64_t values[3];
    char end = '\0';
    bool is_color = text->bytes[1] == '6';
    text->next = 2;
    for (int i = 0; i < 3; i++) {
        bool is_number = take_number(text, &values[i], &end);
        *more_ret = !end && text->next >= text->length;
        if (*more_ret && text->whole)
            return mmi__refuse(header->container, MMV_ETRUNC, names[i < 2 && is_number ? i + 1 : i],
                               "the file ends before it does");
        if (*more_ret)
            return MMV_OK;
        if (!is_number || !is_blank(end))
            return mmi__refuse(header->container, MMV_EINVAL, names[i], "no number, and a blank behind it");
    }
    const struct anymap anymap = {values[0], values[1], is_color ? 3 : 1, values[2]};
    mmv_status status = use_anymap(header, &anymap, text->base + text->next);
    return status ? status : check_line_end(header, text, end);
}

/* ---- PAM --------------------------------------------------------------------------------------------------------- */

static mmv_status take_pam_line(mmi__header *header, const mmi__text *text, char *line, mmi__field fields[5])
{
    char *end = line + strcspn(line, " \t");
    mmi__line pair = mmi__take_pair(text, line, end, end);
    for (int i = 0; i < 5; i++) {
        bool is_name = mmi__spelled(&pair, fields[i].name) == MMI_SPELLED;
        /* Words that say what the samples mean may come in several lines. */
        if (is_name && i == 4)
            return MMV_OK;
        if (is_name)
            return mmi__set_field(header, &fields[i], &pair);
    }
    return mmi__refuse(header->container, MMV_EINVAL, "header", "\"%.40s\" is no line that is known", line);
}

static mmv_status use_pam(mmi__header *header, const mmi__text *text, const mmi__field fields[5])
{
    uint64_t values[4];
    for (int i = 0; i < 4; i++) {
        if (!fields[i].value)
            return mmi__refuse(header->container, MMV_EINVAL, fields[i].name, "is missing");
        mmv_status status =
            mmi__count(header, fields[i].name, fields[i].value, (mmi__limits){1, INT64_MAX}, &values[i]);
        if (status)
            return status;
    }
    const struct anymap anymap = {values[0], values[1], values[2], values[3]};
    return use_anymap(header, &anymap, text->base + text->next);
}

static mmv_status read_pam(mmi__header *header, mmi__text *text, bool *more_ret)
{
    mmi__field fields[5] = {
        {.name = "WIDTH"}, {.name = "HEIGHT"}, {.name = "DEPTH"}, {.name = "MAXVAL"}, {.name = "TUPLTYPE"}};
    mmv_status status = MMV_OK;
    bool has_end = true;
    char *line = mmi__take_line(text, MMI_LINE_LF, &has_end);
    *more_ret = !line || !has_end;
    if (*more_ret)
        return MMV_OK;
    if (strcmp(mmi__trim(line), "P7") != 0)
        return mmi__refuse(header->container, MMV_EINVAL, "header", "its first line is not P7");
    while (!status) {
        line = mmi__take_line(text, MMI_LINE_LF, &has_end);
        *more_ret = !line || !has_end;
        if (*more_ret)
            return MMV_OK;
        bool is_comment = *line == '#';
        line = mmi__trim(line);
        if (strcmp(line, "ENDHDR") == 0)
            break;
        if (*line && !is_comment)
            status = take_pam_line(header, text, line, fields);
    }
    if (!status)
        status = mmi__check_text(header, text);
    return status ? status : use_pam(header, text, fields);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

/* Where another image begins behind this one; 0 when something else does, or the file ends. */
static mmv_status find_next(mmi__header *header, uint64_t *next_ret)
{
    const mmi_container *container = header->container;
    uint64_t at, size = header->source->size;
    char start[64];
    *next_ret = 0;
    if (!mmv_sum(container->offset, container->length, &at) || at >= size)
        return MMV_OK;
    size_t i = 0, length = (size_t)mmv_min(size - at, sizeof start);
    mmv_status status = mmi__fetch(header, at, start, length);
    while (!status && i < length && is_blank(start[i]))
        i++;
    if (!status && i + 1 < length && start[i] == 'P' && start[i + 1] >= '1' && start[i + 1] <= '7')
        *next_ret = at + i;
    return status;
}

static mmv_status read_image(mmi__header *header, uint64_t begin, uint64_t *next_ret)
{
    char magic[2];
    mmi_container *container = header->container;
    mmv_status status = mmi__fetch(header, begin, magic, sizeof magic);
    if (status)
        return status;
    if (magic[1] == '4' || magic[1] == '1')
        return mmi__refuse(container, MMV_ENOTSUP, magic[1] == '4' ? "P4" : "P1",
                           "its samples are single bits; convert it with pbmtopgm");
    if (magic[1] == '2' || magic[1] == '3')
        return mmi__refuse(container, MMV_ENOTSUP, magic[1] == '2' ? "P2" : "P3",
                           "its samples are text; convert it with pnmtopnm");
    if (magic[0] != 'P' || magic[1] < '5' || magic[1] > '7')
        return mmi__refuse(container, MMV_EINVAL, "header", "its first line is not P5, P6 or P7");
    container->format = magic[1] == '7' ? MMI_PAM : MMI_PNM;
    status = mmi__with_text(header, begin, magic[1] == '7' ? read_pam : read_pnm);
    if (!status)
        status = mmi_container_fit(container, header->source->size);
    return status ? status : find_next(header, next_ret);
}

mmv_status mmi__read_pnm(mmi__header *header)
{
    return mmi__read_sequence(header, read_image, "image");
}

mmv_status mmi__read_pam(mmi__header *header)
{
    return mmi__read_sequence(header, read_image, "image");
}
