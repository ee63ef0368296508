/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_SUMS_H
#define MMBRIGHT_SUMS_H

/* sums: the checksums in a FITS header, of data that changed. */

#include "mmbright/run/work.h"

/*
 * sums_fix() - compute DATASUM and CHECKSUM anew, and write those that are there.
 * Shape:   'map' and 'descriptor' are the file with header and samples, whose other fields are corrected already.
 *          Returns an exit status; what has no room is said, and is no failure.
 */
int sums_fix(const struct bright_work *work, mmv_map *map, int descriptor);

#endif
