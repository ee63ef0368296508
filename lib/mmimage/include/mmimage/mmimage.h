/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_MMIMAGE_H
#define MMIMAGE_MMIMAGE_H

/* mmimage: raw images as samples, channels and regions, and the arithmetic on them. It opens no file. */

#include <mmimage/adjust.h>
#include <mmimage/container.h>
#include <mmimage/fits_sum.h>
#include <mmimage/image.h>
#include <mmimage/inverse.h>
#include <mmimage/pieces.h>
#include <mmimage/sample.h>
#include <mmimage/stats.h>

#endif
