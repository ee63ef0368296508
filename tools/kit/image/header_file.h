/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_HEADER_FILE_H
#define TOOLS_HEADER_FILE_H

/* header_file: the header of a new image, in front of its samples or in a second file. */

#include <limits.h>
#include <stddef.h>

#include <mmimage/container.h>
#include <mmview/map.h>

#include "kit/file/output.h"

struct header_file {
    char samples[PATH_MAX]; /* the files' paths */
    char header[PATH_MAX];
    bool is_apart;        /* there is a second file */
    struct output output; /* it */
    char *bytes;          /* what it will hold */
    size_t length;
    int model;        /* descriptor of the header that it is a copy of; -1 = it is new */
    char front[1024]; /* or else what stands in front of the samples */
    size_t front_length;
};

#define HEADER_FILE_NONE ((struct header_file){.output = OUTPUT_NONE, .model = -1})

/*
 * header_file_make() - the header of a new image, and where it goes; before anything is written.
 * Shape:   file->samples is what the file with the samples will be called: wish->path, unless that has the ending of a
 *          header that lies apart: then it ends in .raw, and wish->path is the header. Raw
 *          images have none. Returns an exit status; the fault has been said.
 */
int header_file_make(struct header_file *file, const struct console *console, mmi_format format, const mmi_image *image,
                     const struct output_wish *wish);

/*
 * header_file_plan() - whether the header may be written as file->header; before anything is. 'wish' is that of the
 * samples. Returns an exit status.
 */
int header_file_plan(struct header_file *file, const struct console *console, const struct output_wish *wish);

/*
 * header_file_map() - map the new file that is to have the samples, at its whole length; what stands in front of them
 * is written.
 * Shape:   'bytes' are those of the samples. *map_ret is for mmv_map_close(), also after an error.
 * Errors:  those of mmv_map_from_descriptor() and mmv_view_open().
 */
mmv_status header_file_map(const struct header_file *file, int descriptor, uint64_t bytes, mmv_map **map_ret);

/*
 * header_file_publish() - the end of a new image: its samples, and the header where there is one apart, get their
 * names, both or none.
 * Shape:   'samples' is complete but for its rights, which the header has as well unless it has a model. Returns an
 *          exit status.
 */
int header_file_publish(struct header_file *file, const struct console *console, struct output *samples,
                        const struct output_rights *rights, bool sync);

void header_file_discard(struct header_file *file);

#endif
