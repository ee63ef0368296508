/* SPDX-License-Identifier: MIT */
/*
 * marks: how a file of each container begins, as tolerantly as the formats' own programs look at it.
 *
 * Headers that are text have gone through editors and mail: a byte order mark, blank lines or a comment may stand in
 * front of their mark, and lines may end with CR LF.
 */

#include "formats/clues.h"
#include "formats/header.h"

#include <string.h>

/* Bytes that a file of a format has at one place. */
static const struct {
    size_t at, length;
    const char *bytes;
    mmi_format format;
} marks[] = {
    {0, 6, "\x93NUMPY", MMI_NPY},         {0, 8, "farbfeld", MMI_FARBFELD},    {0, 4, "\x08\xf2\xa6\xb6", MMI_VIPS},
    {0, 4, "\xb6\xa6\xf2\x08", MMI_VIPS}, {0, 4, "II*\0", MMI_TIFF},           {0, 4, "MM\0*", MMI_TIFF},
    {0, 8, "II+\0\x08\0\0\0", MMI_TIFF},  {0, 8, "MM\0+\0\x08\0\0", MMI_TIFF}, {0, 9, "SIMPLE  =", MMI_FITS},
    {344, 4, "n+1\0", MMI_NIFTI},         {344, 4, "ni1\0", MMI_NIFTI},        {4, 8, "n+2\0\r\n\x1a\n", MMI_NIFTI},
    {4, 8, "ni2\0\r\n\x1a\n", MMI_NIFTI}, {208, 4, "MAP ", MMI_MRC},
};

static bool has(const mmi__start *start, size_t at, const char *bytes, size_t count)
{
    return at + count <= start->length && memcmp(start->bytes + at, bytes, count) == 0;
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* What is left of the start. */
struct text {
    const unsigned char *at, *end;
};

static bool is_blank(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(struct text *text)
{
    while (text->at < text->end && is_blank(*text->at))
        text->at++;
}

/* The rest of a line; false when it has bytes that no text has. */
static bool skip_line(struct text *text)
{
    for (; text->at < text->end && *text->at != '\n' && *text->at != '\r'; text->at++)
        if (*text->at < ' ' && *text->at != '\t')
            return false;
    return true;
}

/* A byte order mark, blank lines, and lines that begin with one of these characters. */
static void skip_front(struct text *text, const char *comments)
{
    if (text->end - text->at >= 3 && memcmp(text->at, "\xef\xbb\xbf", 3) == 0)
        text->at += 3;
    skip_blanks(text);
    while (text->at < text->end && *text->at && strchr(comments, *text->at) && skip_line(text))
        skip_blanks(text);
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

/* Whether the word is there, whatever the case of its letters; then it is skipped. */
static bool take_word(struct text *text, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(text->end - text->at) < length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (lower(text->at[i]) != lower((unsigned char)word[i]))
            return false;
    text->at += length;
    return true;
}

static bool is_envi(struct text text)
{
    skip_front(&text, ";");
    return take_word(&text, "ENVI") && (text.at == text.end || is_blank(*text.at));
}

static bool is_nrrd(struct text text)
{
    skip_front(&text, "#");
    return take_word(&text, "NRRD000");
}

static bool is_metaimage(struct text text)
{
    static const char *const keys[] = {"ObjectType",     "ObjectSubType",  "NDims",       "DimSize",
                                       "BinaryData",     "CompressedData", "ElementType", "HeaderSize",
                                       "ElementSpacing", "TransformMatrix"};
    skip_front(&text, "#%");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct text rest = text;
        if (!take_word(&rest, keys[i]))
            continue;
        while (rest.at < rest.end && (*rest.at == ' ' || *rest.at == '\t'))
            rest.at++;
        if (rest.at < rest.end && (*rest.at == '=' || *rest.at == ':'))
            return true;
    }
    return false;
}

/* Two letters are too few to tell an image from samples: a number must come, behind blanks and comments. */
static bool is_pnm(struct text text)
{
    if (text.end - text.at < 4 || text.at[0] != 'P' || text.at[1] < '1' || text.at[1] > '6')
        return false;
    text.at += 2;
    if (!is_blank(*text.at) && *text.at != '#')
        return false;
    skip_blanks(&text);
    while (text.at < text.end && *text.at == '#' && skip_line(&text))
        skip_blanks(&text);
    return text.at == text.end || (*text.at >= '0' && *text.at <= '9');
}

static bool is_pam(struct text text)
{
    static const char *const words[] = {"WIDTH", "HEIGHT", "DEPTH", "MAXVAL", "TUPLTYPE", "ENDHDR"};
    if (text.end - text.at < 3 || text.at[0] != 'P' || text.at[1] != '7' || !is_blank(text.at[2]))
        return false;
    if (text.at[2] == '\n')
        return true;
    text.at += 2;
    skip_front(&text, "#");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (take_word(&text, words[i]))
            return true;
    return false;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* Analyze 7.5 has no mark: its header says how long it is, and its fields have to fit each other. */
static bool is_analyze(const mmi__start *start)
{
    static const unsigned bits[] = {[1] = 1, [2] = 8, [4] = 16, [8] = 32, [16] = 32, [32] = 64, [64] = 64, [128] = 24};
    const unsigned char *bytes = start->bytes;
    if (start->length < 348)
        return false;
    bool big = mmi__bits(bytes, 4, true) == 348;
    if (!big && mmi__bits(bytes, 4, false) != 348)
        return false;
    uint64_t dimensions = mmi__bits(bytes + 40, 2, big), type = mmi__bits(bytes + 70, 2, big);
    if (dimensions < 1 || dimensions > 7 || type >= sizeof bits / sizeof *bits || bits[type] == 0)
        return false;
    uint64_t written = mmi__bits(bytes + 72, 2, big);
    return (written == 0 || written == bits[type]) && mmi__signed(bytes + 42, 2, big) > 0;
}

/* Bytes of a sample by MRC's mode; 0 = no such mode. */
static uint64_t mrc_sample(uint64_t mode)
{
    static const unsigned char sizes[] = {1, 2, 4, 4, 8, 0, 2};
    return mode < sizeof sizes ? sizes[mode] : mode == 12 ? 2 : 0;
}

/* Old MRC files have no mark either: all of their numbers must come to the file's size exactly. */
static bool is_mrc_of(const mmi__start *start, bool big)
{
    const unsigned char *bytes = start->bytes;
    uint64_t length = mrc_sample(mmi__bits(bytes + 12, 4, big)), extended = mmi__bits(bytes + 92, 4, big);
    for (int i = 0; i < 3; i++)
        if (!mmv_product(length, mmi__bits(bytes + 4 * i, 4, big), &length))
            return false;
    return length > 0 && start->size > 1024 && start->size - 1024 >= extended &&
           start->size - 1024 - extended == length;
}

mmi_format mmi__marked_format(const mmi__start *start)
{
    const struct text text = {start->bytes, start->bytes + start->length};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (has(start, marks[i].at, marks[i].bytes, marks[i].length))
            return marks[i].format;
    if (is_pnm(text))
        return MMI_PNM;
    if (is_pam(text))
        return MMI_PAM;
    if (is_envi(text))
        return MMI_ENVI;
    if (is_nrrd(text))
        return MMI_NRRD;
    if (is_metaimage(text))
        return MMI_METAIMAGE;
    if (is_analyze(start))
        return MMI_ANALYZE;
    if (start->length >= 1024 && (is_mrc_of(start, false) || is_mrc_of(start, true)))
        return MMI_MRC;
    return MMI_RAW;
}
