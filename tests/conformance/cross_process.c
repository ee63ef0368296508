/* SPDX-License-Identifier: MIT */
/* cross_process.c - rows of CrossProcess: two processes and one map. */

#include "conformance.h"

#define SIZE 4096u

/* What the child opens: a file by its path, or a map by its name. */
struct place {
    const char *path, *name;
};

static mmv_map *map_of(const struct place *place)
{
    return place->path ? conf_open(place->path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 0)
                       : conf_named(place->name, MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
}

static void answer(void *user)
{
    mmv_map *map = map_of(user);
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    HOLDS(view.length == SIZE);
    for (uint32_t i = 0; i < SIZE; i++) {
        uint8_t byte = 0;
        MUST(mmv_view_read_uint8(&view, i, &byte) == MMV_OK && byte == (uint8_t)i);
        NEED(mmv_view_write_uint8(&view, i, (uint8_t)(SIZE - i - 1)));
    }
    FINE(mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE));
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void share(mmv_map *map, struct place *place)
{
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    for (uint32_t i = 0; i < SIZE; i++)
        NEED(mmv_view_write_uint8(&view, i, (uint8_t)i));
    FINE(mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE));
    conf_in_child(answer, place);
    for (uint32_t i = 0; i < SIZE; i++) {
        uint8_t byte = 0;
        MUST(mmv_view_read_uint8(&view, i, &byte) == MMV_OK && byte == (uint8_t)(SIZE - i - 1));
    }
    mmv_view_close(&view);
}

static void by_path(void)
{
    struct place place = {conf_file("crossing", SIZE), NULL};
    mmv_map *map = map_of(&place);
    share(map, &place);
    mmv_map_close(&map);
}

static void by_name(void)
{
    struct place place = {NULL, conf_name("crossing")};
    mmv_map *map = conf_named(place.name, MMV_READ_WRITE, MMV_CREATE_NEW, SIZE);
    share(map, &place);
    mmv_map_close(&map);
    conf_forget(place.name);
}

static const conf_row rows[] = {
    SAME("DataShared", by_path),
    DIFFERS("DataShared: by name", by_name,
            ".NET shares between processes by a file's path only on Unix; here by name, too"),
};

const conf_suite conf_cross_process = SUITE("CrossProcess", rows);
