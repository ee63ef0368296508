/* SPDX-License-Identifier: MIT */
/*
 * share_mem.c - shared memory as a small class: init, read, write, close, and a number that says how it went. From a
 * page that wraps the Win32 calls for C#; its result codes are kept, its traps are not:
 *
 *   - an address counts in the shared memory, not in the caller's array, and address + size cannot overflow;
 *   - a size that is not allowed is refused (1) instead of changed;
 *   - what is not initialised is always 1, whatever the address;
 *   - closing twice, and initialising again, are harmless.
 *
 *     share_mem [MEGABYTES]
 */

#include "seed.h"

#include <string.h>

#define MOST (100 * MMV_MIB)

struct share_mem {
    mmv_map *map;
    mmv_view view;
};

static void share_mem_close(struct share_mem *memory)
{
    mmv_view_close(&memory->view);
    mmv_map_close(&memory->map);
}

/*
 * 0 = it is there; 1 = wrong argument; 2 = it cannot be made or opened; 3 = no view: it is there already, and smaller.
 */
static int share_mem_init(struct share_mem *memory, const char *name, uint64_t size)
{
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = size};
    if (!name || !*name || size == 0 || size > MOST)
        return 1;
    share_mem_close(memory);
    if (mmv_map_open_named(name, MMV_READ_WRITE, &options, &memory->map))
        return 2;
    if (mmv_view_open(memory->map, 0, size, &memory->view)) {
        share_mem_close(memory);
        return 3;
    }
    return 0;
}

/* 0 = done; 1 = not initialised; 2 = outside. Nothing is copied then. */
static int result_of(mmv_status status)
{
    return status == MMV_OK ? 0 : status == MMV_ECLOSED ? 1 : 2;
}

static int share_mem_read(const struct share_mem *memory, void *data_ret, uint64_t address, size_t size)
{
    return result_of(mmv_view_read_struct(&memory->view, address, data_ret, size));
}

static int share_mem_write(struct share_mem *memory, const void *data, uint64_t address, size_t size)
{
    return result_of(mmv_view_write_struct(&memory->view, address, data, size));
}

int main(int argc, char **argv)
{
    uint64_t size = (uint64_t)(seed_number(argc, argv, 1, 64) * (double)MMV_MIB);
    struct seed_name name = seed_name("shared");
    struct share_mem first = {0};
    struct share_mem second = {0};
    unsigned char bytes[2] = {42, 43};
    char endless[MMV_NAME_LONGEST + 2] = "";

    int result = share_mem_init(&first, name.text, size);
    printf("init: %d\n", result);
    if (result)
        return result == 1 ? 2 : seed_fail("share_mem");
    printf("write: %d\n", share_mem_write(&first, bytes, 1000, sizeof bytes));
    printf("write behind the end: %d\n", share_mem_write(&first, bytes, size - 1, sizeof bytes));
    printf("init without a name: %d\n", share_mem_init(&second, "", size));
    memset(endless, 'x', sizeof endless - 1);
    printf("init with a name that cannot be: %d\n", share_mem_init(&second, endless, size));
    printf("init larger than it is: %d\n", share_mem_init(&second, name.text, size + 1));
    printf("read before init: %d\n", share_mem_read(&second, bytes, 1000, sizeof bytes));
    printf("init by another: %d\n", share_mem_init(&second, name.text, size));
    bytes[0] = bytes[1] = 0;
    printf("read: %d\n", share_mem_read(&second, bytes, 1000, sizeof bytes));
    printf("bytes: %d %d\n", bytes[0], bytes[1]);
    share_mem_close(&second);
    share_mem_close(&first);
    share_mem_close(&first);
    return 0;
}
