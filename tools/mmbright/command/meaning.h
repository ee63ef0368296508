/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_MEANING_H
#define MMBRIGHT_MEANING_H

/* meaning: what a command means for the pixels of one file, which its header or the options have given. */

#include "kit/image/image_file.h"
#include "mmbright/command/command.h"

struct meaning {
    bool channels[MMI_SAMPLES_MAX]; /* those that change; behind the image's all are false */
    mmv_range range;                /* in the image; length 0 = to the end */
};

/*
 * meaning_find() - 'file' is open, or has at least pixels, units and container. Returns an exit status; what is wrong
 * was said.
 */
int meaning_find(struct meaning *meaning, const struct command *command, const struct console *console,
                 const struct image_file *file);

#endif
