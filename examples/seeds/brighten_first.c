/* SPDX-License-Identifier: MIT */
/*
 * brighten_first.c - makes a part of a very large image brighter through one view, pixel by pixel, and lends the image
 * by name to brighten_second meanwhile, see image.h.
 *
 *     brighten_first [FILE [OFFSET [LENGTH]]]
 */

#include "image.h"

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "ExtremelyLargeImage.data";
    uint64_t offset = argc > 2 ? strtoull(argv[2], NULL, 0) : 256 * MMV_MIB;
    uint64_t length = argc > 3 ? strtoull(argv[3], NULL, 0) : 512 * MMV_MIB;
    mmv_map *image = NULL;
    mmv_view view = {0};

    mmv_guard_enable();
    mmv_status status = mmv_map_open(file, MMV_READ_WRITE, &image);
    if (!status)
        status = mmv_map_share(image, seed_name(IMAGE_NAME).text, NULL);
    if (!status)
        status = mmv_view_open(image, offset, length, &view);
    if (!status) {
        printf("ImgA is %s; brightening %zu bytes by 10.\n", file, view.length);
        fflush(stdout);
        status = image_brighten(&view, view.length, 10);
    }
    mmv_view_close(&view);
    mmv_map_close(&image);
    return status ? seed_fail("brighten_first") : 0;
}
