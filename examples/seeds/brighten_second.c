/* SPDX-License-Identifier: MIT */
/*
 * brighten_second.c - works on the image that brighten_first has opened, knowing nothing of it but its name, see
 * image.h.
 *
 *     brighten_second
 *
 * The view begins in the middle of a page, and only a part of it is changed.
 */

#include "image.h"

int main(void)
{
    mmv_map *image = NULL;
    mmv_view view = {0};

    mmv_guard_enable();
    mmv_status status = mmv_map_open_named(seed_name(IMAGE_NAME).text, MMV_READ_WRITE, NULL, &image);
    if (!status)
        status = mmv_view_open(image, 4000000, 2000000, &view);
    if (!status) {
        printf("ImgA is open; brightening 1500000 bytes by 20.\n");
        fflush(stdout);
        status = image_brighten(&view, 1500000, 20);
    }
    mmv_view_close(&view);
    mmv_map_close(&image);
    return status ? seed_fail("brighten_second") : 0;
}
