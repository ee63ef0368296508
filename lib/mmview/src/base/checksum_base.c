/* SPDX-License-Identifier: MIT */
/* checksum_base: a register of every processor of its kind holds a quarter of a line. */

#define NAME mmv__sum_lines_base
#define WIDTH 16
#include "base/checksum_lines.h"
