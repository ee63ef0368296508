/* SPDX-License-Identifier: MIT */
/*
 * flag_test1.c - makes mmf.data, lends it by name, and waits until somebody sets a byte of it. From a page on what
 * memory-mapped files are good for.
 *
 *     flag_test1        and then, elsewhere: flag_test2
 *
 * A process that only waits is better off with an event (sync.h), which costs nothing meanwhile; a byte will do where
 * work goes on and one looks now and then.
 */

#include "seed.h"

#include <stdatomic.h>

int main(void)
{
    mmv_map *map = NULL;
    mmv_view view = {0};
    mmv_map_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = 1024};

    mmv_status status = mmv_map_open_with("mmf.data", MMV_READ_WRITE, &options, &map);
    if (!status)
        status = mmv_view_open(map, 0, 1, &view);
    /* The file stays, and with it the flag of the run before: put it back before anybody can find the name. */
    if (!status) {
        atomic_store((_Atomic unsigned char *)view.data, 0);
        status = mmv_map_share(map, seed_name("mmftest").text, NULL);
    }
    if (!status) {
        printf("Test1 waits for the flag.\n");
        while (atomic_load((_Atomic unsigned char *)view.data) == 0)
            seed_sleep(0.01);
        printf("Test1 has seen the flag.\n");
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status ? seed_fail("flag_test1") : 0;
}
