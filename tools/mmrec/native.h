/* SPDX-License-Identifier: MIT */
#ifndef MMREC_NATIVE_H
#define MMREC_NATIVE_H

/*
 * native: a record as the struct of C that it is, which only the compiler has to know. The code says r->member, with
 * and without libdw.
 */

#include <stdbool.h>
#include <stddef.h>

#include "kit/cli/builder.h"
#include "kit/cli/console.h"

#define NATIVE_RECORD "r" /* what the code calls a pointer to it */

struct native {
    const char *header;    /* that declares it, as typed */
    const char *structure; /* its name */
    bool is_tag;           /* struct NAME; false: NAME, a typedef */
};

/*
 * native_measure() - ask the compiler whether there is such a struct, and for its size.
 * Shape:   'header' and 'structure' are filled in. Returns an exit status; what is wrong was said.
 */
int native_measure(struct native *native, const struct console *console, size_t *size_ret);

/* native_put_header() - the header in a C file, in front of all else: the type is called mmrec_native then. */
void native_put_header(struct builder *out, const struct native *native);

/*
 * native_put_load() - 'r' points to a copy of the record at mmrec_from, which may lie anywhere. native_put_store() -
 * the copy, which may have changed, goes to mmrec_to.
 */
void native_put_load(struct builder *out);
void native_put_store(struct builder *out);

#endif
