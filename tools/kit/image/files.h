/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_FILES_H
#define TOOLS_FILES_H

/*
 * files: the files of an image whose samples lie in several, as a header lists them. There may be thousands: they are
 * looked at once, when the image is opened, and opened again while they are read, a few at a time.
 *
 *     header    ElementDataFile = LIST     files    | a.raw | b.raw | c.raw | ...     an equal part of the image each
 */

#include <stdbool.h>
#include <stdint.h>

#include <mmview/window.h>

#include "kit/cli/console.h"
#include "kit/file/output.h"
#include "kit/file/reading.h"
#include "kit/os/file.h"

struct image_file;

struct listed_file {
    char *path;
    struct file_facts info; /* as it was when the image was opened */
};

struct listed_files {
    struct listed_file *list; /* of files_drop() */
    uint32_t count;           /* 0 = the samples lie in one file, which is not listed */
};

/*
 * files_find() - those that file->container lists, into file->files: each is there, a regular file within the header's
 * folder (or --allow-outside), none of the tools' own, as long as the header says, and none is there twice or is the
 * header. Returns an exit status; what is wrong was said.
 */
int files_find(struct image_file *file, const struct console *console, bool allow_outside);

void files_drop(struct listed_files *files);

/*
 * files_open() - map one of them, if it still is the file that it was.
 * Owner:   *map_ret is the caller's, for mmv_map_close().
 * Errors:  those of mmv_map_open(); MMV_EKIND: it was replaced.
 */
mmv_status files_open(const struct listed_files *files, uint32_t number, mmv_access access, mmv_map **map_ret);

/* files_path() - of the one with this number; of an image in one file its own. */
const char *files_path(const struct image_file *file, uint32_t number);

/*
 * files_copy_bytes() - how long a copy of the image is, which is one file: what is in front of the first file's
 * samples, the samples of all, and what is behind the last one's. files_shift() - by how much bytes of one of the files
 * lie further behind there, modulo 2^64. Of an image in one file it is as long as that, and 0.
 */
uint64_t files_copy_bytes(const struct image_file *file);
uint64_t files_shift(const struct image_file *file, uint32_t number);

/*
 * files_rights() - who may do what with a new file that is made from the image: OUTPUT_COPY or OUTPUT_DERIVED, as
 * 'kind' says, of the file that is open. Where several differ in rights, group or owner it is the owner's alone, and no
 * more than with each of them.
 */
struct output_rights files_rights(const struct image_file *file, int kind);

/* So many are open at a time for each cursor: as many as the planes of a picture. */
#define FILES_OPEN 4

/*
 * files_cursor - leases of an image's bytes, in whichever of its files they lie.
 * Threads: one cursor, one thread at a time.
 */
struct files_cursor {
    mmv_status status; /* why the last files_turn() gave NULL */
    mmv_pool *pool;
    mmv_map *map;                     /* the only file, or NULL: */
    const struct listed_files *files; /* those that are opened when their turn comes */
    struct opener *opener;            /* who opens them: the caller's to set; NULL = this thread can */
    struct files_slot {
        mmv_map *map;
        mmv_cursor cursor;
        uint32_t number;
        bool is_open;
    } slots[FILES_OPEN];
    unsigned next;      /* the slot that is given up next */
    mmv_cursor *leased; /* of the file that was turned to last */
};

/*
 * files_cursor_open() - of an open image. files_cursor_of() - of one file that is mapped.
 * Owner:   the caller, until files_cursor_close(), also after an error; the struct must not be moved in between. Image
 *          or map live longer.
 */
mmv_status files_cursor_open(struct files_cursor *cursor, mmv_pool *pool, const struct image_file *file);
mmv_status files_cursor_of(struct files_cursor *cursor, mmv_pool *pool, mmv_map *map);

/*
 * files_turn() - the cursor of one of the files, for mmv_acquire(). A lease of another file is released. NULL = see
 * cursor->status.
 */
mmv_cursor *files_turn(struct files_cursor *cursor, uint32_t number);

/* files_release() - as mmv_release(). */
mmv_status files_release(struct files_cursor *cursor);

void files_cursor_close(struct files_cursor *cursor);

/*
 * files_reading_begin(), files_reading_end() - as reading_begin() and reading_end(), for all files of the image: of
 * each the bytes that are the image's. Of one file reading->range counts, as there.
 */
void files_reading_begin(struct reading *reading, const struct image_file *file);
bool files_reading_end(struct reading *reading, const struct image_file *file, const char *what);

#endif
