/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

/*
 * conformance: what the tests of .NET's System.IO.MemoryMappedFiles assert, asserted of this library.
 *
 * A row is named after the .NET test that asserts the same. It is one of three kinds: SAME behaves as .NET does, also
 * where .NET needs Windows for it; DIFFERS does not, says what is different and why, and tests what the library does;
 * NOT_HERE cannot be asked of C or of Linux, and says why. Nothing is left out.
 *
 * Failures are told as statuses here and as exceptions there: conformance.c has the one table between the two.
 */

#include <mmview/mmview.h>

#include "scratch.h"

#include <stdio.h>
#include <string.h>

/* Accesses that include executing. */
#define RX (MMV_READ | MMV_EXECUTE)
#define RWX (MMV_READ_WRITE | MMV_EXECUTE)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- rows ------------------------------------------------------------------------------------------------------- */

typedef enum conf_kind { CONF_SAME, CONF_DIFFERS, CONF_NOT_HERE } conf_kind;

typedef struct conf_row {
    const char *name;
    conf_kind kind;
    void (*run)(void); /* NULL for CONF_NOT_HERE */
    const char *text;  /* what is different and why, or why it cannot be here */
} conf_row;

typedef struct conf_suite {
    const char *name; /* of the .NET test class */
    const conf_row *rows;
    size_t count;
} conf_suite;

#define SAME(name, run)                                                                                                \
    {                                                                                                                  \
        name, CONF_SAME, run, NULL                                                                                     \
    }
#define DIFFERS(name, run, text)                                                                                       \
    {                                                                                                                  \
        name, CONF_DIFFERS, run, text                                                                                  \
    }
#define NOT_HERE(name, text)                                                                                           \
    {                                                                                                                  \
        name, CONF_NOT_HERE, NULL, text                                                                                \
    }
#define SUITE(name, rows)                                                                                              \
    {                                                                                                                  \
        name, rows, COUNT(rows)                                                                                        \
    }

extern const conf_suite conf_create_from_file, conf_from_file_use, conf_create_new, conf_create_or_open,
    conf_open_existing, conf_cross_process;
extern const conf_suite conf_accessor, conf_arrays, conf_stream, conf_stream_conformance, conf_handle, conf_mono;

/* Run every row of the suites and print what became of it; 0, or 1 when one failed. */
int conf_run(const conf_suite *const *suites, size_t count);

/* ---- checks, inside of a row ------------------------------------------------------------------------------------ */

/* Where a status came from: .NET has other exceptions for the same mistake there. */
typedef enum conf_at { CONF_CREATE, CONF_VIEW, CONF_ACCESS, CONF_STREAM, CONF_LOCK } conf_at;

/* Each says in the row's output what is not as it should be. */
bool conf_throws(conf_at at, mmv_status got, const char *exception, const char *what, const char *file, int line);
bool conf_fine(mmv_status got, const char *what, const char *file, int line);
bool conf_holds(bool condition, const char *what, const char *file, int line);
void conf_give_up(void);          /* leave the row: nothing behind this makes sense */
void conf_note(const char *text); /* something of the row could not be looked at on this machine */

/* "ArgumentOutOfRange(position)": the exception and its parameter; without parentheses any parameter will do. */
#define THROWS(at, call, exception) conf_throws(at, (call), exception, #call, __FILE__, __LINE__)
#define FINE(call) conf_fine((call), #call, __FILE__, __LINE__)
#define HOLDS(condition) conf_holds((condition), #condition, __FILE__, __LINE__)
#define NEED(call) ((void)(FINE(call) || (conf_give_up(), false)))
#define MUST(condition) ((void)(HOLDS(condition) || (conf_give_up(), false)))

/* ---- what rows are made of -------------------------------------------------------------------------------------- */

/* Which views a map of some access allows: .NET's table. */
bool conf_allows(mmv_access map, mmv_access view);

/* Try all 36 cells' row of a map; cells that need to execute are left out where the file system forbids that. */
void conf_check_matrix(mmv_map *map);

bool conf_may_execute(const mmv_map *map);

/* As mmv_map_open_with(), without a struct. */
mmv_status conf_open_with(const char *path, mmv_access access, mmv_open_mode mode, uint64_t capacity,
                          mmv_map **map_ret);

/* A descriptor of a file that is there; the row ends when it cannot be had. */
int conf_descriptor(const char *path, int flags);

mmv_map *conf_memory(uint64_t capacity, mmv_access access);
mmv_map *conf_open(const char *path, mmv_access access, mmv_open_mode mode, uint64_t capacity);
mmv_map *conf_named(const char *name, mmv_access access, mmv_open_mode mode, uint64_t capacity);
mmv_view conf_view(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length);
mmv_stream conf_stream_of(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length);

/* A fresh file of zeros, and its path. */
const char *conf_file(const char *name, uint64_t size);

/* The bytes at one place, by the pointer. */
uint8_t conf_byte(const mmv_view *view, size_t at);

/* A name of this process' own, good until 16 more were asked for; and its end, where names do not end by themselves. */
const char *conf_name(const char *name);
void conf_forget(const char *name);
mmv_shared_options conf_options(mmv_open_mode mode, uint64_t capacity);

/* The whole check of a fresh map, view or stream: first and last byte, both directions, sizes and positions. */
void conf_validate(mmv_map *map, uint64_t capacity);
void conf_validate_view(const mmv_view *view, mmv_access access);
void conf_validate_stream(mmv_stream *stream, mmv_access access);

/* Call 'fn' with memory, with a new file's map and with a named map, each of 'capacity' zeros. */
void conf_each_map(uint64_t capacity, mmv_access access, void (*fn)(mmv_map *map));

/* Run 'fn' in a child; what it finds wrong is the row's. As nobody: without root's rights, if we have those. */
void conf_in_child(void (*fn)(void *user), void *user);
void conf_as_nobody(void (*fn)(void *user), void *user);

#endif
