/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

/*
 * text: names, headers and other words that come from outside, as people see them and as shells read them.
 *
 * What is not to be shown as it is, is shown as in C and as `ls -b` does: \n, \t, \r, and else each byte as a backslash
 * and three octal digits. So no byte of a name moves the cursor, begins a line, or turns the direction of reading. A
 * backslash stays one: what was escaped once is not changed by being escaped again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kit/os/format.h"

#define TEXT_NO_CHARACTER 0xdc00u /* added to a byte that is no part of UTF-8: PEP 383, "surrogateescape" */
#define TEXT_GROWS 4              /* bytes that one byte becomes at most */

/* One character, or one byte that is none. */
struct text_piece {
    size_t length;      /* bytes: 1 to 4 */
    uint32_t character; /* its number in Unicode, or TEXT_NO_CHARACTER and the byte */
    bool shows;         /* as it is; else it is no UTF-8, a control character (C0, DEL, C1), a separator of lines, or
                           one that turns the direction of reading or is not seen */
};

/* text_piece_at() - the first piece of a text, which is not empty. */
struct text_piece text_piece_at(const char *text);

/* text_shows() - whether all of it is shown as it is. */
bool text_shows(const char *text);

/* text_escape() - for people; returns 'to'. What has no place is left out. Room for all: TEXT_GROWS * strlen + 1. */
char *text_escape(char *to, size_t size, const char *text);

/*
 * text_shell() - one word that a shell reads as exactly these bytes: in '...', or in $'...' where not all of it shows.
 * Shape:   one line; nothing in it is changed by text_escape(), so it may be part of any message.
 * Owner:   the caller, for free(3). NULL: no memory.
 * Source:  POSIX.1-2024, 2.2.4: bash, zsh, ksh and busybox know $'...'; dash does not.
 */
char *text_shell(const char *word);

/*
 * text_shell_old() - the same for shells that do not know $'...': "$(printf '...')" where not all of it shows.
 * Shape:   as above. A word whose last byte is a newline cannot be written so: text_has_last_newline() asks.
 */
char *text_shell_old(const char *word);
bool text_has_last_newline(const char *word);

/* text_part() - the first bytes of a text, as one of its own; for free(3). NULL: no memory. */
char *text_part(const char *start, size_t length);

/* text_line() - one line for people: the text escaped, and a newline. */
PRINTF_FORMAT(2, 3) void text_line(FILE *file, const char *format, ...);

#endif
