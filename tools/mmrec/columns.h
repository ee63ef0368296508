/* SPDX-License-Identifier: MIT */
#ifndef MMREC_COLUMNS_H
#define MMREC_COLUMNS_H

/* columns: what --print asks for, "id, value * 2", and how rows of it look. */

#include <stdint.h>

#include "mmrec/words.h"

#define COLUMNS_MOST 64
#define COLUMNS_TEXT 65536 /* bytes of a text: FIELDS_ARRAY */

struct columns {
    char **texts; /* the expressions; of columns_drop() */
    size_t count;
    char *room; /* for a text that is shown; of columns_drop() */
};

/* The value of one expression; language.c has the same. A text lies in the record, or is the letter. */
struct cell {
    enum cell_kind { CELL_SIGNED = 0, CELL_UNSIGNED, CELL_FLOAT, CELL_DOUBLE, CELL_BOOL, CELL_TEXT } kind;
    uint64_t bits; /* of an integer; of a text its bytes, at most COLUMNS_TEXT */
    double real;
    const unsigned char *text;
    unsigned char letter;
};

enum columns_form { COLUMNS_TABLE = 0, COLUMNS_CSV, COLUMNS_JSON };

/* columns_parse() - take LIST apart. Says what is wrong and returns false. columns_drop() in any case. */
bool columns_parse(struct columns *columns, const struct console *console, const char *list);
void columns_drop(struct columns *columns);

/* columns_check_keys() - whether no two columns, nor the record's number, have one name. Says what is wrong. */
bool columns_check_keys(const struct columns *columns, const struct console *console);

/* columns_form_parse() - "table", "csv" or "json"; false when it is none. */
bool columns_form_parse(const char *text, enum columns_form *form_ret);

/* columns_print_head(), columns_print() - names, and one row, on stdout. */
void columns_print_head(const struct columns *columns, enum columns_form form);
void columns_print(const struct columns *columns, enum columns_form form, uint64_t index, const struct cell *cells);

/* columns_print_quoted() - text as RFC 4180 has it. */
void columns_print_quoted(const char *bytes, size_t length);

#endif
