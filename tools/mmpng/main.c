/* SPDX-License-Identifier: MIT */
/*
 * mmpng: between raw images and PNG, row by row.
 *
 *     settings   settings.c   the command line; exit 2
 *     export     export.c     drawing.c what becomes of which pixels, extremes.c --range=auto; band.c compresses,
 *                             turns.c brings the bands in order, writer.c has libpng
 *     import     import.c     reader.c has libpng
 */
#include <mmview/guard.h>

#include "kit/os/signals.h"
#include "mmpng/picture.h"

int main(int argc, char **argv)
{
    static struct png_settings settings;
    struct console console = {.tool = "mmpng"};
    console_secure();
    int status = settings_parse(&settings, &console, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    signals_install(true);
    mmv_guard_enable();
    status = settings.action == PNG_EXPORT ? export_picture(&settings, &console) : import_picture(&settings, &console);
    return status != TOOL_DONE && signals_stop() ? signals_raise(signals_stop()) : status;
}
