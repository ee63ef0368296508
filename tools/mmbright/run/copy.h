/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_COPY_H
#define MMBRIGHT_COPY_H

/* copy: a plan whose result is a copy of FILE with a changed image. */

#include "kit/file/reading.h"
#include "mmbright/run/work.h"

/* copy_reading() - what of FILE a copy, or this process' part of it, is made of: for reading_end(). */
struct reading copy_reading(const struct bright_plan *plan);

/* copy_hold() - nobody changes it until FILE is closed. Returns an exit status; what is wrong was said. */
int copy_hold(struct reading *reading);

/* Each returns an exit status; what failed was said. */

/* copy_to_file() - a new file, which gets its name in the end; of an image in several files the part of that in hand.
 */
int copy_to_file(struct bright_work *work);

/* copy_to_part() - a shard's bytes of a new file. Done again, it writes the same bytes. */
int copy_to_part(struct bright_work *work);

/* copy_to_stdout() - which is closed then. */
int copy_to_stdout(struct bright_work *work);

#endif
