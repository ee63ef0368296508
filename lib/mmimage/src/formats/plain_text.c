/* SPDX-License-Identifier: MIT */
/*
 * plain_text: whether a file is text, from its first bytes.
 *
 * Samples can be printable bytes, too: a mask, a gradient, a constant pixel. Text has what they lack all together: line
 * ends, no control characters but those of text, several different characters, few of them twice in a row, and most of
 * them letters, digits or blanks.
 */

#include "formats/clues.h"

#include <string.h>

const char mmi__text_remedy[] = "samples are numbers in binary: convert it";
const char mmi__wide_remedy[] = "iconv -f UTF-16 -t UTF-8 makes plain text of it";

/* What samples of one repeated pixel do not have: a pixel of 8 channels of 8 bytes is the longest that is looked at. */
#define PERIOD 64
#define CHARACTERS 4 /* different ones, at the least */

static bool is_text_byte(unsigned char c)
{
    return c >= ' ' ? c != 0x7f : (c >= '\t' && c <= '\r' && c != '\v') || c == 0x1b;
}

/* Bytes of the UTF-8 character at p[0..left), 1 to 4; 0 = none; what is cut off at the end counts as one. */
static size_t character(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return is_text_byte(p[0]) ? 1 : 0;
    size_t count = p[0] >= 0xc2 && p[0] < 0xe0   ? 2
                   : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
                   : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                                 : 0;
    for (size_t i = 1; i < count && i < left; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return count < left ? count : count ? left : 0;
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' || c == '\t' ||
           c == '\r' || c == '\n' || c >= 0x80;
}

static bool is_periodic(const unsigned char *bytes, size_t length)
{
    for (size_t period = 1; period <= PERIOD && period * 2 <= length; period++)
        if (memcmp(bytes, bytes + period, length - period) == 0)
            return true;
    return false;
}

/* What is counted of a text. */
struct tally {
    size_t length, ascii, latin, lines, words, different, repeated;
};

/* False when there is a byte that no text has. Outside of UTF-8 the upper half of ISO 8859 counts apart. */
static bool count_text(const unsigned char *bytes, size_t length, struct tally *tally)
{
    bool seen[256] = {false};
    *tally = (struct tally){.length = length};
    for (size_t i = 0, count; i < length; i += count) {
        count = character(bytes + i, length - i);
        tally->latin += count == 0;
        if (count == 0 && bytes[i] < 0xa0)
            return false;
        count = count ? count : 1;
        tally->different += !seen[bytes[i]];
        seen[bytes[i]] = true;
        tally->ascii += bytes[i] < 0x80;
        tally->words += is_word(bytes[i]);
        tally->repeated += i > 0 && bytes[i] == bytes[i - 1] && bytes[i] != ' ';
        tally->lines += bytes[i] == '\n' || (bytes[i] == '\r' && i + 1 < length && bytes[i + 1] != '\n');
    }
    return true;
}

/* One line alone has its end at the file's, or is long and of many characters. */
#define MANY 24

static bool is_utf8_text(const unsigned char *bytes, size_t length, bool is_whole)
{
    struct tally tally;
    if (!count_text(bytes, length, &tally))
        return false;
    bool is_one = tally.lines == 1 && ((is_whole && bytes[length - 1] == '\n') || tally.different >= MANY);
    bool is_latin = tally.latin == 0 || (tally.latin * 4 < length && tally.different >= MANY);
    return (tally.lines > 1 || is_one) && is_latin && tally.different >= CHARACTERS && tally.words * 2 >= tally.ascii &&
           tally.repeated * 2 < length && !is_periodic(bytes, length);
}

/* JSON on one line: a brace, a name between quotes, a colon, and nothing but printable characters. */
static bool is_json(const unsigned char *bytes, size_t length)
{
    size_t i = 1, count;
    if (length < 8 || (bytes[0] != '{' && bytes[0] != '['))
        return false;
    while (i < length && (bytes[i] == ' ' || bytes[i] == '{'))
        i++;
    if (i >= length || bytes[i] != '"')
        return false;
    const unsigned char *quote = memchr(bytes + i + 1, '"', length - i - 1);
    if (!quote || (size_t)(quote - bytes) + 1 >= length || !strchr(":, ]", quote[1]) || !quote[1])
        return false;
    for (i = 0; i < length; i += count)
        if ((count = character(bytes + i, length - i)) == 0)
            return false;
    return true;
}

/* XML on one line: an element's name, its end, another element, and nothing but printable characters. */
static bool is_xml(const unsigned char *bytes, size_t length)
{
    if (length < 8 || bytes[0] != '<' || !((bytes[1] | 0x20) >= 'a' && (bytes[1] | 0x20) <= 'z'))
        return false;
    const unsigned char *end = memchr(bytes, '>', length);
    if (!end || !memchr(end, '<', length - (size_t)(end - bytes)))
        return false;
    for (size_t i = 0, count; i < length; i += count)
        if ((count = character(bytes + i, length - i)) == 0)
            return false;
    return true;
}

/* UTF-16 behind its byte order mark: mostly the characters of ASCII, or one script. */
static bool is_utf16_text(const unsigned char *bytes, size_t length, bool big)
{
    size_t units = 0, ascii = 0, lines = 0;
    for (size_t i = 2; i + 1 < length; i += 2) {
        unsigned unit = big ? (unsigned)bytes[i] << 8 | bytes[i + 1] : (unsigned)bytes[i + 1] << 8 | bytes[i];
        if (unit < 0x80 && !is_text_byte((unsigned char)unit))
            return false;
        units++;
        ascii += unit < 0x80;
        lines += unit == '\n' || unit == '\r';
    }
    return units >= CHARACTERS && lines > 0 && ascii * 2 >= units;
}

const mmi__signature *mmi__find_text(const mmi__start *start)
{
    static const mmi__signature plain = {.name = "text", .remedy = mmi__text_remedy};
    static const mmi__signature wide = {.name = "text in UTF-16", .remedy = mmi__wide_remedy};
    const unsigned char *bytes = start->bytes;
    size_t length = start->length;
    bool is_whole = length == start->size;
    if (length < CHARACTERS)
        return NULL;
    if ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff))
        return is_utf16_text(bytes, length, bytes[0] == 0xfe) ? &wide : NULL;
    if (memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    bool is_text =
        length > 0 && (is_utf8_text(bytes, length, is_whole) || is_json(bytes, length) || is_xml(bytes, length));
    return is_text ? &plain : NULL;
}
