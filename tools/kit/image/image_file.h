/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_IMAGE_FILE_H
#define TOOLS_IMAGE_FILE_H

/*
 * image_file: the image that a command was given: which file has its samples, where they begin, and what they are.
 *
 *     raw         FILE                    samples from byte 0 to the end, as the options say
 *     attached    FILE                    samples behind a header
 *     detached    FILE -> another file    a header that names it, in its own folder or below
 *     sidecar     FILE <- FILE.hdr        samples whose header lies beside them
 *     listed      FILE -> many files      a header that names them: an equal part of the image in each, see files.h
 */

#include <limits.h>

#include <mmimage/container.h>
#include <mmview/map.h>
#include <mmview/range.h>

#include "kit/file/inputs.h"
#include "kit/image/files.h"
#include "kit/image/identify.h"
#include "kit/job/settings.h"
#include "kit/cli/sizes.h"
#include "kit/os/file.h"

struct stream;

/* What becomes of bytes that come once. */
enum image_spooling {
    SPOOL_ALWAYS = 0, /* they are copied to a file */
    SPOOL_IF_NEEDED,  /* not if they can be taken as they come: the samples follow their header in order */
    SPOOL_NEEDED      /* they could, but one pass is not enough */
};

struct image_file {
    const char *name;              /* as it was given */
    char path[PATH_MAX];           /* of the file with the samples; of many the first, as all that is of one file */
    char header[PATH_MAX];         /* of the file with the header; "" = the same, or none */
    mmv_map *map;                  /* of the file with the samples */
    struct file_facts info;        /* of that file */
    struct file_facts header_info; /* of the file with the header, where there is one */
    uint64_t size;                 /* of that file, in bytes */
    bool is_spooled;               /* it is a copy of what could be read only once, or is no file: see stream.h */
    enum image_spooling spooling;
    struct stream *stream; /* it is taken as it comes: 'map' has the head alone; NULL = 'map' has all of it */
    enum identified_as is; /* what it was found to be */
    mmi_container container;
    struct listed_files files;    /* all of them, where there are many */
    struct notes notes;           /* what was left out or assumed: notes_say() */
    uint64_t offset, length;      /* the image's bytes in that file; raw: all of them. In pieces: see mmi_container */
    struct pixel_settings pixels; /* what the header says, or else the options */
    struct size_units units;      /* of these pixels */
};

/*
 * That a FILE was taken for raw samples, and what it was then: a second look at the same file need not find out again.
 * Starts as zero bytes, which know nothing.
 */
struct image_look {
    bool is_raw; /* and nothing was to be said of it */
    struct file_facts facts;
};

struct image_request {
    const char *name;                   /* as it was given */
    const struct pixel_settings *asked; /* the options: with a header they may not say anything else */
    mmv_access access;
    struct beside_names *beside; /* of a command with many FILEs; NULL = there is one */
    struct image_look *look;     /* of this FILE: it is asked, and filled in; NULL = nobody looks twice */
};

/*
 * image_file_open() - find and open it, and take its header apart. Returns an exit status; what is wrong was said.
 * image_file_close() in any case.
 */
int image_file_open(struct image_file *file, const struct console *console, const struct image_request *request);

/* Whether bytes that come once are enough for what a tool does. */
struct image_once {
    bool (*is_enough)(const struct image_file *file, const void *user); /* the header was taken apart */
    const void *user;
};

/*
 * image_file_open_once() - the same, but what comes once is taken as it comes where that is enough.
 * Shape:   with file->stream the samples are those of the stream, from byte file->offset on. Of a raw one size and
 *          length are IDENTIFY_ENDLESS until image_file_end_stream().
 */
int image_file_open_once(struct image_file *file, const struct console *console, const struct image_request *request,
                         const struct image_once *once);

/*
 * image_file_open_whole() - it is taken as it comes, and that is not enough after all: open it once more with all of
 * its bytes in a file. Nothing was taken of the stream yet. Returns as image_file_open().
 */
int image_file_open_whole(struct image_file *file, const struct console *console, const struct image_request *request);

void image_file_close(struct image_file *file);

/*
 * image_file_agree() - whether the options say nothing else than the header. Returns an exit status; what is wrong was
 * said.
 */
int image_file_agree(const struct image_file *file, const struct console *console, const struct pixel_settings *asked);

/* image_file_count_units() - of its pixels: file->units, for --offset and --length. Returns an exit status. */
int image_file_count_units(struct image_file *file, const struct console *console);

/* image_file_describe() - what the samples of a raw file are, in place of what the options say. Returns an exit status.
 */
int image_file_describe(struct image_file *file, const struct console *console, const struct pixel_settings *pixels);

/*
 * image_file_range() - the part of the image that --offset and --length mean, as bytes of the file with the samples.
 * Shape:   'asked' are the options' values, a length of 0 to the end; 'texts' the options as they were typed. Returns
 *          an exit status.
 */
int image_file_range(const struct image_file *file, const struct console *console, const struct range_settings *texts,
                     mmv_range asked, mmv_range *range_ret);

/* image_file_take_range() - the same from the texts alone. */
int image_file_take_range(const struct image_file *file, const struct console *console,
                          const struct range_settings *texts, mmv_range *range_ret);

/* image_file_covered() - how many of the bytes a raw image of a width and a height has, or else all of them. */
uint64_t image_file_covered(const struct image_file *file, mmv_range bytes);

/* image_file_take_pixels() - the same for what counts pixels: those that are covered. What lies behind is noted. */
int image_file_take_pixels(struct image_file *file, const struct console *console, const struct range_settings *texts,
                           mmv_range *range_ret);

/* image_file_share() - of a range this process' shard of records of 'record' bytes. Returns an exit status. */
int image_file_share(const struct image_file *file, const struct console *console, const struct shard_settings *shard,
                     uint64_t record, mmv_range *range);

/* What a tool takes of a file. */
struct image_use {
    mmv_range bytes;  /* that --offset and --length mean, in the file */
    uint64_t used;    /* of them, from the first on */
    const char *what; /* they are whole ones of these: "row", "pixel" */
};

/*
 * image_file_end_stream() - all bytes that were wanted were taken from the stream, or it has ended: was that enough,
 * and is there more? Size and length are known then, if it has ended.
 * Shape:   'use' has the bytes that were wanted, to IDENTIFY_ENDLESS if all, and how many of them came; 'unit' are the
 *          bytes of one of use.what. Returns an exit status; what is wrong was said, the rest is a note.
 */
int image_file_end_stream(struct image_file *file, const struct console *console, const struct range_settings *texts,
                          struct image_use use, uint64_t unit);

/*
 * What image_file_open() does with a stream: image_file_use_stream() begins it, as file->spooling says;
 * image_file_keep_stream() copies it to a file; image_file_comes_in_order() - whether it need not be. The first two
 * return an exit status.
 */
int image_file_use_stream(struct image_file *file, const struct console *console, int descriptor);
int image_file_keep_stream(struct image_file *file, const struct console *console);
bool image_file_comes_in_order(const struct identified *identified);
void image_file_drop_stream(struct image_file *file);
void image_file_note_spool(struct image_file *file);

/*
 * image_file_note_rest() - a note of what is behind the bytes that are used, if there is anything. Call it while
 * 'offset' and 'length' are those of the whole image. image_file_note_behind() - what is behind the image of a
 * container; image_file_open() has done it.
 */
void image_file_note_rest(struct image_file *file, const struct range_settings *texts, struct image_use use);
void image_file_note_behind(struct image_file *file);

/*
 * image_file_add_inputs() - its files to those that nothing may overwrite; also of one that could not be opened, as far
 * as it is known. Returns false when there is not enough memory.
 */
bool image_file_add_inputs(const struct image_file *file, struct inputs *inputs);

/* A file that a header names. */
struct named_file {
    char path[PATH_MAX];
    struct file_facts info;
};

/*
 * image_file_resolve() - the file that a header names so. It must lie in the header's folder or below it, unless
 * 'allow_outside'. Returns an exit status; what is wrong was said.
 */
int image_file_resolve(const struct image_file *file, const struct console *console, const char *name,
                       bool allow_outside, struct named_file *named_ret);

/*
 * image_file_refuse_pieces() - for what needs the samples in one range: TOOL_DONE, or an exit status when they lie in
 * pieces. 'what' is what needs it, as "--offset".
 */
int image_file_refuse_pieces(const struct image_file *file, const struct console *console, const char *what);

/*
 * image_file_lay_rows() - make an image in pieces of one whose rows have gaps (--row-bytes), or, with 'wanted', of any
 * that has a width: what asks for rectangles gets them from pieces. After it --offset and --length are used up.
 * Shape:   TOOL_DONE also when there is nothing to lay; *laid_ret says whether there are pieces now that were none.
 *          Returns an exit status; what is wrong was said.
 */
int image_file_lay_rows(struct image_file *file, const struct console *console, const struct range_settings *texts,
                        bool wanted, bool *laid_ret);

/* image_file_refuse_rows() - so many rows are not in these bytes of the file. Returns TOOL_USAGE. */
int image_file_refuse_rows(const struct image_file *file, const struct console *console, uint64_t rows,
                           mmv_range bytes);

/* image_file_check_region() - whether a rectangle lies in the image. Returns an exit status; what is wrong was said. */
int image_file_check_region(const struct console *console, const mmi_image *image, const mmi_region *region);

/*
 * image_file_is_dark() - whether a stored sample that is more means less light: by a negative scale, or because the
 * header says so, but not by both. Pictures and figures are of light.
 */
bool image_file_is_dark(const struct image_file *file);

/* image_file_is_raw() - whether nothing but the options says what it is. */
bool image_file_is_raw(const struct image_file *file);

#endif
