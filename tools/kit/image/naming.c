/* SPDX-License-Identifier: MIT */
/*
 * naming: see naming.h. A folder may have thousands of headers, most of other files: of each a few KiB are read, and
 * only one whose text has FILE's name is taken apart.
 *
 *     ElementDataFile = a.raw        data file: sub/a.raw       a field's value, or its last part
 *     ElementDataFile = LIST         data file: LIST
 *     a.raw                          a.raw                      a line
 *     ElementDataFile = a%03d.raw 1 9 1                         a pattern
 */
#include "kit/image/naming.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmimage/container.h>
#include <mmview/range.h>

#include "kit/os/file.h"
#include "kit/os/folder.h"

/* Most headers are shorter. */
#define FRONT 8192

struct word {
    const char *text;
    size_t length;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct word trim(struct word word)
{
    while (word.length > 0 && is_blank(word.text[0]))
        word.text++, word.length--;
    while (word.length > 0 && is_blank(word.text[word.length - 1]))
        word.length--;
    return word;
}

/* 'small' has no large letters. */
static bool is_in_any_case(struct word word, const char *small)
{
    size_t i = 0;
    while (i < word.length && tolower((unsigned char)word.text[i]) == small[i])
        i++;
    return i == word.length && small[i] == '\0';
}

static bool is_key(struct word word)
{
    static const char *const keys[] = {"elementdatafile", "data file", "datafile"};
    word = trim(word);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (is_in_any_case(word, keys[i]))
            return true;
    return false;
}

/* The value of a field that names files; of any other line the line. No key has a sign in it: the first one counts. */
static struct word value_of(struct word line)
{
    size_t sign = 0;
    while (sign < line.length && line.text[sign] != '=' && line.text[sign] != ':')
        sign++;
    if (sign < line.length && is_key((struct word){line.text, sign}))
        return trim((struct word){line.text + sign + 1, line.length - sign - 1});
    return trim(line);
}

/* As many parts as 'base' has. */
static struct word last_parts(struct word path, const char *separators, const char *base)
{
    size_t parts = 1;
    for (const char *c = base; *c; c++)
        parts += *c == '/';
    for (size_t i = path.length; i > 0; i--)
        if (path.text[i - 1] && strchr(separators, path.text[i - 1]) && --parts == 0)
            return (struct word){path.text + i, path.length - i};
    return path;
}

static struct word without_quotes(struct word path)
{
    bool is_quoted = path.length >= 2 && path.text[0] == '"' && path.text[path.length - 1] == '"';
    return is_quoted ? (struct word){path.text + 1, path.length - 2} : path;
}

/* Letters of both cases are the same, as on file systems of other systems; so is what parts folders there. */
static bool is_same_letter(char letter, char wanted)
{
    return tolower((unsigned char)letter) == tolower((unsigned char)wanted) || (letter == '\\' && wanted == '/');
}

static bool is_word(struct word word, const char *base)
{
    size_t i = 0;
    while (i < word.length && base[i] && is_same_letter(word.text[i], base[i]))
        i++;
    return i == word.length && base[i] == '\0';
}

/* A part that is meant as 'base': quotes and folders of Windows do not count, nor does the case of letters. */
static bool is_near(struct word value, const char *base)
{
    return is_word(last_parts(value, "/", base), base) || is_word(last_parts(without_quotes(value), "/\\", base), base);
}

/* With 'text', and then ends or has a blank. */
static bool begins(struct word word, const char *text)
{
    size_t length = strlen(text);
    return length <= word.length && memcmp(word.text, text, length) == 0 &&
           (length == word.length || is_blank(word.text[length]));
}

/* "a%03d.raw 1 9 1", whose numbers are not looked at: the digits of 'base' may be any. */
static bool is_pattern_of(struct word pattern, const char *base)
{
    const char *percent = memchr(pattern.text, '%', pattern.length);
    if (!percent)
        return false;
    size_t front = (size_t)(percent - pattern.text), at = front + 1;
    while (at < pattern.length && isdigit((unsigned char)pattern.text[at]))
        at++;
    /* A sign that is doubled is one, and the number is elsewhere. */
    if (at == pattern.length || pattern.text[at] != 'd')
        return at < pattern.length && pattern.text[at] == '%';
    struct word behind = {pattern.text + at + 1, pattern.length - at - 1};
    if (strncmp(pattern.text, base, front) != 0)
        return false;
    /* Digits may follow that are not the number's. */
    const char *number = base + front;
    for (size_t digits = strspn(number, " +-0123456789"); digits > 0; digits--)
        if (begins(behind, number + digits))
            return true;
    return false;
}

static bool names(struct word line, const char *base)
{
    struct word value = value_of(line);
    return is_near(value, base) || is_pattern_of(last_parts(value, "/", base), base);
}

bool naming_is_near(const char *name, const char *base)
{
    return is_near(trim((struct word){name, strlen(name)}), base);
}

struct near {
    const char *name;
    char *found; /* NAME_MAX + 1 bytes */
};

static bool see_near(void *user, const char *name)
{
    const struct near *near = user;
    if (naming_is_near(near->name, name))
        snprintf(near->found, NAME_MAX + 1, "%s", name);
    return near->found[0] == '\0';
}

bool naming_find_near(const char *folder, const char *name, char found[NAME_MAX + 1])
{
    struct near near = {name, found};
    int descriptor;
    found[0] = '\0';
    if (folder_open(folder, true, &descriptor) != 0)
        return false;
    folder_list(descriptor, see_near, &near);
    file_close(descriptor);
    return found[0] != '\0';
}

bool naming_text(const char *text, size_t length, const char *base)
{
    const char *end = text + length;
    while (text < end) {
        const char *next = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((next ? next : end) - text);
        if (names((struct word){text, line}, base))
            return true;
        text += line + (next != NULL);
    }
    return false;
}

/* A header is text; its samples are not. */
static size_t text_length(const char *bytes, size_t length)
{
    const char *zero = memchr(bytes, '\0', length);
    return zero ? (size_t)(zero - bytes) : length;
}

static bool look_at_all(int descriptor, size_t size, const char *base)
{
    size_t length;
    char *bytes = malloc(size);
    bool found = bytes && file_read_at(descriptor, bytes, size, 0, &length) == 0 &&
                 naming_text(bytes, text_length(bytes, length), base);
    free(bytes);
    return found;
}

bool naming_file(int descriptor, uint64_t size, const char *base)
{
    char front[FRONT];
    size_t length;
    if (file_read_at(descriptor, front, sizeof front, 0, &length) != 0)
        return false;
    size_t text = text_length(front, length);
    if (naming_text(front, text, base))
        return true;
    return text == sizeof front && size > text && look_at_all(descriptor, (size_t)mmv_min(size, MMI_HEADER_MAX), base);
}
