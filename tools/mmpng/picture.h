/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_PICTURE_H
#define MMPNG_PICTURE_H

/* picture: the two jobs. Both return an exit status; what failed was said. */

#include "mmpng/settings.h"

int export_picture(const struct png_settings *settings, const struct console *console);
int import_picture(const struct png_settings *settings, const struct console *console);

#endif
