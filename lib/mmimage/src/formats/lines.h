/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_LINES_H
#define MMIMAGE_FORMATS_LINES_H

/*
 * lines: the text of a header and its lines. What a line means is each format's own affair: no two formats agree on
 * comments, on the case of keys, or on what follows a value.
 */

#include "formats/header.h"

typedef struct mmi__text {
    char *bytes;   /* bytes[0..length), and a NUL behind them; lines are cut out of it in place */
    size_t length; /* the header and what follows it, as far as it was read */
    size_t next;   /* where the next line begins */
    uint64_t base; /* the byte of the file that bytes[0] is */
    bool whole;    /* no byte of the file is missing behind it */
    bool odd;      /* a line had a NUL: the header is no text */
} mmi__text;

/*
 * mmi__read_text - reads a header at the beginning of the text.
 * Shape:   *more_ret = true: it has no end in these bytes. It is called again with a longer text, if the file has one.
 */
typedef mmv_status mmi__read_text(mmi__header *header, mmi__text *text, bool *more_ret);

/*
 * mmi__with_text() - call 'read' with the file's bytes from 'base' on: few at first, then MMI_HEADER_MAX.
 * Shape:   a byte order mark of UTF-8 at the beginning of the file is blanks.
 * Errors:  those of 'read'; MMV_ETRUNC when the header has no end, MMV_ENOTSUP when it is too long.
 */
mmv_status mmi__with_text(mmi__header *header, uint64_t base, mmi__read_text *read);

/*
 * mmi__with_all() - the same with all bytes of the file, which is a header and nothing else.
 * Shape:   NULs and blanks at its end do not count.
 */
mmv_status mmi__with_all(mmi__header *header, mmi__read_text *read);

/* What ends a line. */
typedef enum mmi__line_end {
    MMI_LINE_LF = 0, /* \n, also behind \r */
    MMI_LINE_ANY     /* \r alone, too */
} mmi__line_end;

/*
 * mmi__take_line() - the next line.
 * Shape:   ended by a NUL in place of its end. *has_end_ret (may be NULL): false when the text ends before the line
 * does. NULL = there are no more.
 */
char *mmi__take_line(mmi__text *text, mmi__line_end end, bool *has_end_ret);

/* mmi__trim() - without blanks at both ends, in place; the first character that is none. */
char *mmi__trim(char *text);

/* mmi__at() - where in the file a character of the text is. */
uint64_t mmi__at(const mmi__text *text, const char *character);

/*
 * mmi__take_pair() - a line as a key and a value: 'value' is where the latter begins, and the key ends before
 * 'separator'.
 */
mmi__line mmi__take_pair(const mmi__text *text, char *line, char *separator, char *value);

/* Fields that a header may have once. */
typedef struct mmi__field {
    const char *name;
    const char *value; /* in the text; NULL = not seen */
    mmi__line line;
} mmi__field;

/* How a key is spelled. */
typedef enum mmi__spelling {
    MMI_OTHER = 0, /* another key */
    MMI_SPELLED,   /* as the field's name */
    MMI_NEARLY     /* but for case, blanks, - and _ */
} mmi__spelling;

/* mmi__spelled() - how a key is spelled compared with a field's name, whose letters' case counts. */
mmi__spelling mmi__spelled(const mmi__line *line, const char *name);

/*
 * mmi__set_field() - the value of a field; a second one must be equal.
 * Errors:  MMV_EINVAL: said twice, and not alike.
 */
mmv_status mmi__set_field(mmi__header *header, mmi__field *field, const mmi__line *line);

/* mmi__check_text() - refuses a header that is no text. */
mmv_status mmi__check_text(mmi__header *header, const mmi__text *text);

#endif
