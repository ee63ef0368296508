/* SPDX-License-Identifier: MIT */
#ifndef MMREC_WORDS_H
#define MMREC_WORDS_H

/*
 * words: the user's code as a row of words, before a compiler sees it.
 *
 * The code becomes a part of a function. So its brackets must match, and nothing in it may reach beyond its end: a
 * comment that stays open, a line that is continued, a directive of the preprocessor.
 */

#include <stdbool.h>
#include <stddef.h>

#include "kit/cli/console.h"

/* Code, and how messages call it. */
struct words {
    const char *option; /* "--where", or "CODE" */
    const char *text;
};

/* words_check() - whether the code can stand in a function. Says what is wrong, with line and column, if not. */
bool words_check(const struct words *words, const struct console *console);

/*
 * words_mention() - whether a name stands in it, outside of comments and strings, and not as a member behind . or ->.
 * The code was checked.
 */
bool words_mention(const struct words *words, const char *name);

/* words_divide() - whether it has a / or a %, so that it might divide by zero. The code was checked. */
bool words_divide(const struct words *words);

/* words_equal() - the first == of checked code that stands in no brackets, or NULL. */
const char *words_equal(const char *text);

/*
 * words_comma() - the first comma of checked code that stands in no brackets, or its end. words_end() - what is behind
 * the bracket that closes the first one; the code begins with that.
 */
const char *words_comma(const char *text);
const char *words_end(const char *text);

/* words_are_reserved() - whether a field cannot have this name: it is a word of C, or of mmrec. */
bool words_are_reserved(const char *name);

#endif
