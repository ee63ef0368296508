/* SPDX-License-Identifier: MIT */
#ifndef MMREC_TABLE_H
#define MMREC_TABLE_H

/*
 * table: a file whose header names the fields of its records: .npy, FITS with a binary table, LAS.
 *
 * Fields that records cannot have here are left out, and so are those behind the first FIELDS_MOST: their bytes stay as
 * they are. Names are mended until they are names of C, and no two are alike.
 */

#include "kit/image/fields.h"
#include "kit/image/identify.h"

struct table {
    const char *format;   /* "npy" */
    struct fields fields; /* of table_drop() */
    uint64_t offset;      /* of the first record in FILE */
    uint64_t records;     /* all lie in FILE */
    struct notes notes;   /* what was mended, left out or taken for granted */
    char stale[160];      /* what of the header a change of records makes wrong; "" = nothing */
    bool is_raw;          /* there is none, and nothing else tells what the file is */
    char why[1024];       /* there is none: the reason, and what can be done */
};

/*
 * table_read() - find out what an open file is, and take its header apart, in a sandbox.
 * Shape:   'path' is how it is called, 'part' which table is meant, a number from 1 or a name; NULL = the first.
 * Owner:   the caller, until table_drop(), which is right in any case.
 * Errors:  false; table_ret->why says the reason.
 */
struct table_wish {
    const char *path;
    int descriptor;
    const char *part;
};
bool table_read(struct table *table_ret, const struct table_wish *wish);

/*
 * table_read_struct() - the members of a struct of C, or of the typedef of one, of that name.
 * Shape:   object[0..length) is a shared object with debugging information (DWARF), see compiler_describe(). Offset and
 *          records are 0.
 */
bool table_read_struct(struct table *table_ret, char *object, size_t length, const char *name);

/* table_can_read_struct() - whether that can be: libdw is there. */
bool table_can_read_struct(void);

/* table_is_like() - whether two files have records of the same fields, byte for byte. */
bool table_is_like(const struct fields *a, const struct fields *b);

void table_drop(struct table *table);

#endif
