/* SPDX-License-Identifier: MIT */
#ifndef MMREC_COMPILER_H
#define MMREC_COMPILER_H

/* compiler: the system's C compiler, which makes a shared object of a text. */

#include <stdbool.h>
#include <stddef.h>

#include "kit/cli/console.h"

/* Bytes of what it made. */
struct object {
    char *bytes; /* of object_drop() */
    size_t length;
};

void object_drop(struct object *object);

/*
 * compiler_identity() - a text that is another one when the compiler, its arguments, what it takes from the environment
 * or the processor are, for free(3). NULL = no memory. Whether there is a compiler at all is told by compiler_run().
 */
char *compiler_identity(bool divides);

/*
 * compiler_run() - compile a C file, in a folder of its own among the temporary ones, which goes with it.
 * Shape:   messages about the text are the compiler's own, on stderr. Returns TOOL_DONE, TOOL_USAGE when the text is
 *          wrong, or TOOL_FAILED; why was said.
 */
struct compiler_wish {
    const char *text;
    bool divides;   /* see language.h */
    bool is_silent; /* that the text is wrong is not said */
};
int compiler_run(const struct console *console, const struct compiler_wish *wish, struct object *object_ret);

/*
 * compiler_describe() - a shared object with debugging information for all types of a header file, as compiler_run().
 */
int compiler_describe(const struct console *console, const char *header, struct object *object_ret);

#endif
