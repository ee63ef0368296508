/* SPDX-License-Identifier: MIT */
/*
 * flag_test2.c - sets the byte that flag_test1 waits for, in a file that it knows by name only. From a page on what
 * memory-mapped files are good for.
 */

#include "seed.h"

#include <stdatomic.h>

int main(void)
{
    mmv_map *map = NULL;
    mmv_view view = {0};

    mmv_status status = mmv_map_open_named(seed_name("mmftest").text, MMV_READ_WRITE, NULL, &map);
    if (!status)
        status = mmv_view_open(map, 0, 1, &view);
    if (!status) {
        atomic_store((_Atomic unsigned char *)view.data, 1);
        printf("Test2 has set the flag.\n");
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status ? seed_fail("flag_test2") : 0;
}
