/* SPDX-License-Identifier: MIT */
/*
 * text: see text.h.
 *
 * 1. What is escaped consists of pieces that show: append_pieces() asserts it of all that it writes.
 * 2. A piece of more than one byte ends before the text does. No assert: byte by byte, a zero is none that continues.
 */
#include "kit/cli/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- pieces ----------------------------------------------------------------------------------------------------- */

/* Length of the UTF-8 sequence at p; 0 when there is none. RFC 3629, section 4. */
static size_t sequence_length(const unsigned char *p)
{
    static const struct {
        unsigned char first, last, low, high;
        size_t length;
    } rows[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (rows[i].length > 1 && (p[1] < rows[i].low || p[1] > rows[i].high))
            return 0;
        for (size_t k = 2; k < rows[i].length; k++) {
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        }
        return rows[i].length;
    }
    return 0;
}

/*
 * Unicode 15, UnicodeData.txt: controls (Cc), separators of lines (Zl, Zp), and the format characters (Cf) that turn
 * the direction or are not seen. The joiners U+200C and U+200D are part of words, and stay.
 */
static bool is_shown(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x200b, 0x200b},   {0x200e, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (character >= hidden[i].first && character <= hidden[i].last)
            return false;
    return true;
}

struct text_piece text_piece_at(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    static const unsigned char payload[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t length = sequence_length(p);
    assert(*p);
    if (length == 0)
        return (struct text_piece){1, TEXT_NO_CHARACTER + *p, false};
    uint32_t character = *p & payload[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | (p[i] & 0x3fu);
    return (struct text_piece){length, character, is_shown(character)};
}

bool text_shows(const char *text)
{
    while (*text) {
        struct text_piece piece = text_piece_at(text);
        if (!piece.shows)
            return false;
        text += piece.length;
    }
    return true;
}

bool text_has_last_newline(const char *word)
{
    size_t length = strlen(word);
    return length > 0 && word[length - 1] == '\n';
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

struct place {
    char *at, *end; /* one byte behind 'end' is for the zero */
};

static bool append(struct place *place, const char *text, size_t length)
{
    if (length > (size_t)(place->end - place->at))
        return false;
    memcpy(place->at, text, length);
    place->at += length;
    *place->at = '\0';
    return true;
}

/* A byte as C, $'...' and printf(1) read it. */
static bool append_code(struct place *place, unsigned char byte)
{
    char code[8];
    switch (byte) {
    case '\n':
        return append(place, "\\n", 2);
    case '\t':
        return append(place, "\\t", 2);
    case '\r':
        return append(place, "\\r", 2);
    default:
        return append(place, code, (size_t)snprintf(code, sizeof code, "\\%03o", byte));
    }
}

/* All or nothing of a piece. Those of 'also' are no harm to a terminal, but to what reads it. */
static bool append_piece(struct place *place, const char *text, const char *also)
{
    struct text_piece piece = text_piece_at(text);
    struct place begin = *place;
    if (piece.shows && !strchr(also, *text))
        return append(place, text, piece.length);
    for (size_t i = 0; i < piece.length; i++) {
        if (!append_code(place, (unsigned char)text[i])) {
            *place = begin;
            *place->at = '\0';
            return false;
        }
    }
    return true;
}

static void append_pieces(struct place *place, const char *text, const char *also)
{
    const char *begin = place->at;
    while (*text && append_piece(place, text, also))
        text += text_piece_at(text).length;
    assert(text_shows(begin));
    (void)begin;
}

char *text_escape(char *to, size_t size, const char *text)
{
    struct place place = {to, to + size - 1};
    assert(size > 0);
    *to = '\0';
    append_pieces(&place, text, "");
    return to;
}

/* 'also' lists what has a meaning between 'open' and 'close'. */
static char *quote(const char *word, const char *open, const char *also, const char *close)
{
    size_t most = strlen(open) + TEXT_GROWS * strlen(word) + strlen(close);
    char *quoted = malloc(most + 1);
    if (!quoted)
        return NULL;
    struct place place = {quoted, quoted + most};
    append(&place, open, strlen(open));
    append_pieces(&place, word, also);
    append(&place, close, strlen(close));
    return quoted;
}

/* In '...' nothing has a meaning but its end. */
static char *quote_shown(const char *word)
{
    size_t most = TEXT_GROWS * strlen(word) + 2;
    char *quoted = malloc(most + 1);
    if (!quoted)
        return NULL;
    struct place place = {quoted, quoted + most};
    append(&place, "'", 1);
    for (; *word; word++)
        append(&place, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    append(&place, "'", 1);
    return quoted;
}

char *text_shell(const char *word)
{
    return text_shows(word) ? quote_shown(word) : quote(word, "$'", "'\\", "'");
}

/* For printf(1) a percent sign begins something, and a dash at the front an option. */
char *text_shell_old(const char *word)
{
    assert(!text_has_last_newline(word));
    return text_shows(word) ? quote_shown(word) : quote(word, "\"$(printf -- '", "'\\%", "')\"");
}

char *text_part(const char *start, size_t length)
{
    char *text = malloc(length + 1);
    if (!text)
        return NULL;
    memcpy(text, start, length);
    text[length] = '\0';
    return text;
}

void text_line(FILE *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *line = length < 0 ? NULL : malloc((1 + TEXT_GROWS) * ((size_t)length + 1));
    if (!line)
        return;
    va_start(arguments, format);
    vsnprintf(line, (size_t)length + 1, format, arguments);
    va_end(arguments);
    fprintf(file, "%s\n", text_escape(line + length + 1, TEXT_GROWS * ((size_t)length + 1), line));
    free(line);
}
