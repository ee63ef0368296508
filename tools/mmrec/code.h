/* SPDX-License-Identifier: MIT */
#ifndef MMREC_CODE_H
#define MMREC_CODE_H

/*
 * code: the user's code as a whole C file, and the functions that it has then.
 *
 * A record's fields are variables: those that the code mentions are loaded before it and stored behind it.
 */

#include <stdint.h>

#include "kit/image/fields.h"
#include "mmrec/columns.h"
#include "mmrec/figures.h"
#include "mmrec/groups.h"
#include "mmrec/native.h"
#include "mmrec/words.h"

/* What is done with each record. The texts were checked; NULL = none. */
struct code {
    const struct fields *fields;
    const struct fields *made;     /* what CODE_KEEP makes of a record: fields of these names; NULL = the same */
    struct words where;            /* an expression: records for which it is not 0 */
    struct words change;           /* statements that change them */
    struct words key;              /* an expression by which the records are sorted */
    struct words value;            /* that of the records that are searched for; mentions no field */
    const struct columns *columns; /* what is printed of each */
    const struct figures *figures; /* what is asked of them; of no record that changes */
    struct words by;               /* an expression whose values these are kept apart by */
    const struct native *native;   /* the record as a whole, which the code mentions */
};

/*
 * code_run_fn - with CODE_RUN: change records in place. code_try_fn - with CODE_TRY: the same in a copy that is thrown
 * away. code_keep_fn - with CODE_KEEP: copy those that are to be kept, one behind the other, as they are after the
 * change, or with 'made' what is made of them. code_fold_fn - with CODE_FOLD, where there are figures: take records
 * into what is known of others, a state for each figure.
 * Shape:   'first' is the number of the first record. They return 0, or 1 when an integer was divided by zero in record
 *          *record_ret.
 * Threads: any number at once.
 */
typedef int code_run_fn(void *records, size_t count, uint64_t first, uint64_t *record_ret);
typedef int code_try_fn(const void *records, size_t count, uint64_t first, uint64_t *record_ret);
typedef int code_keep_fn(const void *records, void *kept, size_t count, uint64_t first, size_t *kept_ret,
                         uint64_t *record_ret);
typedef int code_fold_fn(const void *records, size_t count, uint64_t first, struct figure_state *states,
                         uint64_t *record_ret);
#define CODE_RUN "mmrec_run"
#define CODE_TRY "mmrec_try"
#define CODE_KEEP "mmrec_keep"
/* code_compare_fn - with CODE_COMPARE, where a key is searched for: < 0 = the record's is less, 0 = equal. */
typedef int code_compare_fn(const void *record);
#define CODE_COMPARE "mmrec_compare"
/*
 * code_show_fn - with CODE_SHOW, where there are columns: the values of records of --where.
 * Shape:   there is room for so many rows as there are records.
 */
struct code_rows {
    struct cell *cells; /* row by row */
    uint64_t *numbers;  /* of each row's record */
    size_t count;
};
typedef int code_show_fn(const void *records, size_t count, uint64_t first, struct code_rows *rows_ret,
                         uint64_t *record_ret);
#define CODE_SHOW "mmrec_show"
#define CODE_FOLD "mmrec_fold"
/* code_group_fn - with CODE_GROUP, instead of CODE_FOLD where groups are kept apart. Returns 2 when 'add' fails. */
typedef int code_group_fn(const void *records, size_t count, uint64_t first, struct groups *groups,
                          uint64_t *record_ret);
#define CODE_GROUP "mmrec_group"

/* code_check() - whether fields and texts make code. Says what is wrong. */
bool code_check(const struct code *code, const struct console *console);

/* code_mentions() - whether a name stands in any of its texts. */
bool code_mentions(const struct code *code, const char *name);

/* code_divides() - whether it might divide by zero. */
bool code_divides(const struct code *code);

/* code_text() - the C file, for free(3). NULL = no memory. */
char *code_text(const struct code *code);

/* code_type() - what the type of a field is called in --record: "u32be". */
const char *code_type(const struct field *field);

#endif
