/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_APART_H
#define TOOLS_APART_H

/* apart: a copy of an image whose header lies in a file of its own has such a header, too. */

#include "kit/image/header_file.h"
#include "kit/image/image_file.h"
#include "kit/job/parts.h"

/* What is copied, and where to. */
struct apart_request {
    const struct console *console;
    const struct image_file *input; /* its header lies apart */
    struct output_wish wish;        /* of OUT, as the user has said it */
};

/*
 * apart_plan() - what the two files of the copy will be called, and what the header will say: of 'apart', in which
 * 'samples' is where OUT without a header would be. header_file_discard() in any case. Returns an exit status.
 */
int apart_plan(struct header_file *apart, const struct apart_request *request);

/* apart_out() - which of the two is the OUT that the user has said: the other one goes with it. Its path is apart's. */
const char *apart_out(const struct header_file *apart, const struct image_file *input);

/* apart_in_parts() - the same copy, as processes that write parts of it know it. What it points to is apart's. */
struct parts_apart apart_in_parts(const struct header_file *apart, const struct image_file *input);

/*
 * apart_prepare() - parts_prepare() of a copy of an image. 'apart' is planned where the header lies apart, and not used
 * otherwise: OUT is then wish->path. Returns an exit status.
 */
int apart_prepare(const struct header_file *apart, const struct apart_request *request, bool *made_ret);

#endif
