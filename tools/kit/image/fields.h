/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_FIELDS_H
#define TOOLS_FIELDS_H

/*
 * fields: what the bytes of a record are, in words:
 *
 *     u64 id, f64be value, bool done, gap[3], char name[8], i16 axis[3]
 *
 *     TYPE NAME, TYPE NAME[N]   a number: the types of --type. bool: a byte, true unless it is 0. char: bytes of text
 *     gap[N]                    N bytes that have no name
 */

#include <stddef.h>
#include <stdint.h>

#include <mmimage/sample.h>

#include "kit/cli/console.h"

#define FIELDS_MOST 4096             /* fields of a record */
#define FIELDS_NAME 60               /* bytes of a name, with its NUL */
#define FIELDS_ARRAY ((size_t)65536) /* bytes of an array at most */
#define FIELDS_RECORD ((size_t)1 << 20)

enum field_kind { FIELD_NUMBER = 0, FIELD_BOOL, FIELD_TEXT };

struct field {
    char name[FIELDS_NAME];
    enum field_kind kind;
    mmi_type type;     /* of an element; u8 when it is no number */
    bool is_array;     /* it was written with [N] */
    bool is_shifted;   /* a number whose highest bit is stored turned over: FITS' offset of unsigned ones */
    uint32_t elements; /* 1 when it is none */
    uint32_t offset;   /* in the record, in bytes */
};

struct fields {
    struct field *list; /* of fields_drop() */
    size_t count;
    size_t size; /* bytes of a record, >= 1 */
};

/*
 * fields_parse() - take the text of --record, or of another such option, apart.
 * Shape:   'aligned': each field lies at a multiple of the size of its elements, and so does the next record: as in C
 *          on machines of 64 bits. Else fields lie one behind the other. A name may be there twice.
 * Owner:   the caller, until fields_drop(), which is right in any case.
 * Errors:  false; what is wrong was said.
 */
struct fields_wish {
    const char *option; /* that the text is of: "record" */
    const char *text;
    bool aligned;
};
bool fields_parse(struct fields *fields, const struct console *console, const struct fields_wish *wish);

/* field_element() - bytes of one element. */
size_t field_element(const struct field *field);

void fields_drop(struct fields *fields);

#endif
