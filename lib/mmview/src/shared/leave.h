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

/* From now on the exit of this process leaves the name, until it is forgotten. */
void mmv__leave_at_exit(mmv__name *name);
void mmv__leave_not(mmv__name *name); /* also when it was never noted */

#endif
