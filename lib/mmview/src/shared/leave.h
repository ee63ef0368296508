/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_LEAVE_H
#define MMVIEW_LEAVE_H

/*
 * leave: a process that ends gives its names up, also when it closes nothing.
 *
 * What a process does at its exit is done for the names that this process has opened, and for none of a process that it
 * was forked from. A process that is killed does nothing: see mmv__names_sweep().
 */

#include "shared/names.h"

/*
 * Around each opening and each leaving of a name, so that the exit finds no name half open: it waits for those who are
 * inside. False = the exit has begun, and nothing is opened any more.
 */
bool mmv__leave_enter(void);
void mmv__leave_exit(void);

/* From now on the exit of this process leaves the name, until it is forgotten. */
void mmv__leave_at_exit(mmv__name *name);
void mmv__leave_not(mmv__name *name); /* also when it was never noted */

#endif
