/* SPDX-License-Identifier: MIT */
/*
 * persistent.c - two maps of one file: a letter is written through the first, the second is opened by the name that the
 * first has given to the file, and sees it. From an introduction to memory-mapped files in .NET.
 *
 *     persistent [FILE]
 *
 * The file must exist; its third byte becomes an A.
 */

#include "seed.h"

/* What stands behind ENTER could as well be another process: it needs nothing of the first map but its name. */
static mmv_status print_by_name(void)
{
    char bytes[1024];
    size_t count = 0;
    mmv_map *map = NULL;
    mmv_view view = {0};
    mmv_status status = mmv_map_open_named(seed_name("global_share_memory").text, MMV_READ, NULL, &map);
    if (!status)
        status = mmv_view_open(map, 0, 0, &view);
    if (!status)
        status = mmv_view_read_array(&view, 0, bytes, 1, sizeof bytes, &count);
    if (!status) {
        fwrite(bytes, 1, count, stdout);
        putchar('\n');
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status;
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "223.txt";
    mmv_map *map = NULL;
    mmv_view view = {0};

    mmv_status status = mmv_map_open(file, MMV_READ_WRITE, &map);
    if (!status)
        status = mmv_map_share(map, seed_name("global_share_memory").text, NULL);
    if (!status)
        status = mmv_view_open(map, 0, 0, &view);
    if (!status)
        status = mmv_view_write_array(&view, 2, "A", 1, 1);
    if (!status) {
        seed_wait_for_enter();
        status = print_by_name();
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status ? seed_fail("persistent") : 0;
}
