/* SPDX-License-Identifier: MIT */
#ifndef MMREC_TABLE_READER_H
#define MMREC_TABLE_READER_H

/* table_reader: what the readers of table.h share. No number of a header is believed. */

#include <mmview/range.h>

#include "mmrec/table.h"

#define TABLE_SLOTS (2 * FIELDS_MOST)

/* Zero bytes, but for the first three. */
struct table_reader {
    const mmi_source *source;
    const char *part; /* NULL = the first */
    struct table *table;
    char mended[256];            /* names that were mended: "'a b' a_b" */
    unsigned mended_count;       /* how many were */
    unsigned left_out;           /* fields */
    uint16_t slots[TABLE_SLOTS]; /* fields by their names, a hash table: 0, or 1 and the number of a field */
    uint16_t last[FIELDS_MOST];  /* the number behind the latest name that was made of a field's; 0 = there is none */
};

/* A field as a header has it. */
struct column {
    const char *name; /* name[0..name_length), any bytes */
    size_t name_length;
    enum field_kind kind;
    mmi_type type; /* u8 of what is no number */
    bool is_array;
    bool is_shifted;   /* see struct field */
    uint64_t elements; /* 1 when it is none */
    uint64_t offset;   /* in the record */
};

/* Each takes a header apart, of a file that begins as one does. False: table->why says the reason. */
bool table_read_npy(struct table_reader *reader);
bool table_read_fits(struct table_reader *reader);
bool table_read_las(struct table_reader *reader);

/* table_end_notes() - all fields were added: how many were mended, and left out. */
void table_end_notes(struct table_reader *reader);

/* table_add() - one more field, with a name that C has; or it is left out, see table_leave_out(). */
void table_add(struct table_reader *reader, const struct column *column);

/* table_leave_out() - a field that is none here, and why: its bytes stay as they are. It is noted. */
void table_leave_out(struct table_reader *reader, const struct column *column, const char *why);

/* table_note() - a note about a field: its name, and the text. Of many the last are left out. */
PRINTF_FORMAT(3, 4) void table_note(struct table_reader *reader, const struct column *column, const char *text, ...);

/* table_refuse() - why there is no table; what it quotes is shown printable. Returns false. */
PRINTF_FORMAT(2, 3) bool table_refuse(struct table_reader *reader, const char *why, ...);

/* table_fetch() - bytes of the file; false: it ends before them. */
bool table_fetch(struct table_reader *reader, uint64_t offset, void *bytes, size_t length);

/* table_place() - where the records lie: whether the file has them, and what lies behind them. */
struct table_place {
    uint64_t offset, records, size; /* of a record in bytes */
};
bool table_place(struct table_reader *reader, const struct table_place *place);

/* table_wanted() - the number that --part says, 1 without one; 0 = it is a name. */
uint64_t table_wanted(const struct table_reader *reader);

/* table_bits() - a number of 1 to 8 bytes. */
uint64_t table_bits(const unsigned char *bytes, size_t size, bool big_endian);

#endif
