/* SPDX-License-Identifier: MIT */
/* create_or_open.c - rows of MemoryMappedFile.CreateOrOpen.Tests, which .NET runs on Windows only. */

#include "conformance.h"

#include <unistd.h>

#define SIZE 10000u

static const uint64_t capacities[] = {1, 256, 4096, 10000};

static mmv_status create_or_open(const char *name, mmv_access access, uint64_t capacity, mmv_map **map_ret)
{
    mmv_shared_options options = conf_options(MMV_OPEN_OR_CREATE, capacity);
    return mmv_map_open_named(name, access, &options, map_ret);
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static void bad_name(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, create_or_open(NULL, MMV_READ_WRITE, SIZE, &map), "ArgumentNull(mapName)");
    THROWS(CONF_CREATE, create_or_open("", MMV_READ_WRITE, SIZE, &map), "Argument(mapName)");
    HOLDS(map == NULL);
}

static void bad_capacity(void)
{
    mmv_map *map;
    const char *name = conf_name("capacity");
    THROWS(CONF_CREATE, create_or_open(name, MMV_READ_WRITE, 0, &map), "ArgumentOutOfRange(capacity)");
    THROWS(CONF_CREATE, create_or_open(name, MMV_READ_WRITE, (uint64_t)-1, &map), "ArgumentOutOfRange(capacity)");
    /* Wrong also where the name exists and its own capacity would be taken. */
    mmv_map *there = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, SIZE);
    THROWS(CONF_CREATE, create_or_open(name, MMV_READ_WRITE, 0, &map), "ArgumentOutOfRange(capacity)");
    mmv_map_close(&there);
    conf_forget(name);
}

static void bad_access(void)
{
    static const mmv_access bad[] = {(mmv_access)-1, 42, 0};
    mmv_map *map;
    for (size_t i = 0; i < COUNT(bad); i++)
        THROWS(CONF_CREATE, create_or_open(conf_name("access"), bad[i], SIZE, &map), "ArgumentOutOfRange(access)");
}

static void too_large(void)
{
    mmv_map *map;
    mmv_view view;
    const char *name = conf_name("large");
    mmv_status status = create_or_open(name, MMV_READ_WRITE, UINT64_C(1) << 50, &map);
    if (status) {
        THROWS(CONF_CREATE, status, "IOException");
        return;
    }
    THROWS(CONF_VIEW, mmv_view_open(map, 0, 0, &view), "IOException");
    mmv_map_close(&map);
    conf_forget(name);
}

/* ---- combinations ----------------------------------------------------------------------------------------------- */

static void make_or_find(const char *name, mmv_access access, uint64_t capacity, bool is_new)
{
    bool made = !is_new;
    mmv_map *map;
    mmv_shared_options options = conf_options(MMV_OPEN_OR_CREATE, capacity);
    options.created_ret = &made;
    NEED(mmv_map_open_named(name, access, &options, &map));
    HOLDS(made == is_new);
    conf_validate(map, capacity);
    mmv_map_close(&map);
    if (is_new)
        conf_forget(name);
}

static void combine(mmv_access access, uint64_t capacity)
{
    const char *name = conf_name("combined");
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 0);
    make_or_find(name, access, capacity, true);
    mmv_map *map = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, capacity);
    make_or_find(name, access, capacity, false);
    mmv_map_close(&map);
    conf_forget(name);
    map = conf_open(conf_file("combined", capacity), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    NEED(mmv_map_share(map, name, &options));
    make_or_find(name, access, capacity, false);
    mmv_map_close(&map);
    conf_forget(name);
}

static void combine_all(const mmv_access *accesses, size_t count)
{
    for (size_t i = 0; i < count * COUNT(capacities); i++)
        combine(accesses[i % count], capacities[i / count]);
}

static void without_execute(void)
{
    static const mmv_access all[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE};
    combine_all(all, COUNT(all));
}

static void with_execute(void)
{
    static const mmv_access all[] = {RX, RWX};
    combine_all(all, COUNT(all));
}

static void write_only(void)
{
    mmv_map *map;
    const char *name = conf_name("write");
    THROWS(CONF_CREATE, create_or_open(name, MMV_WRITE, SIZE, &map), "Argument(access)");
    THROWS(CONF_CREATE, mmv_map_open_named(name, MMV_READ, NULL, &map), "FileNotFound");
    mmv_map *there = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, SIZE);
    NEED(create_or_open(name, MMV_WRITE, SIZE, &map));
    mmv_view view = conf_view(map, MMV_WRITE, 0, 0);
    conf_validate_view(&view, MMV_WRITE);
    mmv_view_close(&view);
    mmv_map_close(&map);
    mmv_map_close(&there);
    conf_forget(name);
}

/* ---- what exists counts ----------------------------------------------------------------------------------------- */

static void original_capacity(void)
{
    static const uint64_t asked[] = {1, 20000, SIZE};
    const char *name = conf_name("original");
    mmv_map *original = conf_named(name, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, SIZE);
    for (size_t i = 0; i < COUNT(asked); i++) {
        mmv_map *map = conf_named(name, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, asked[i]);
        conf_validate(map, SIZE);
        mmv_map_close(&map);
    }
    conf_validate(original, SIZE);
    mmv_map_close(&original);
    conf_forget(name);
}

static void limited(void *user)
{
    mmv_map *map, *other;
    const char *name = conf_name("limited");
    (void)user;
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 4096);
    options.permissions = 0400;
    NEED(mmv_map_open_named(name, MMV_READ, &options, &map));
    if (geteuid() != 0)
        THROWS(CONF_CREATE, create_or_open(name, MMV_READ_WRITE, 4096, &other), "UnauthorizedAccess");
    other = conf_named(name, MMV_READ, MMV_OPEN_OR_CREATE, 4096);
    conf_validate(other, 4096);
    mmv_map_close(&other);
    mmv_map_close(&map);
    conf_forget(name);
}

static void limited_to_original(void)
{
    const char *name = conf_name("reader");
    mmv_map *map = conf_named(name, MMV_READ, MMV_CREATE_NEW, 4096);
    mmv_map *other = conf_named(name, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 4096);
    conf_validate(other, 4096);
    mmv_map_close(&other);
    mmv_map_close(&map);
    conf_forget(name);
    conf_as_nobody(limited, NULL);
}

static void limited_by_maker(void)
{
    mmv_map *map, *other;
    const char *name = conf_name("limits");
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 4096);
    options.limits = 1;
    NEED(mmv_map_open_named(name, MMV_READ, &options, &map));
    THROWS(CONF_CREATE, create_or_open(name, MMV_READ_WRITE, 4096, &other), "UnauthorizedAccess");
    other = conf_named(name, MMV_READ, MMV_OPEN_OR_CREATE, 4096);
    conf_validate(other, 4096);
    mmv_map_close(&other);
    mmv_map_close(&map);
    conf_forget(name);
}

static void limited_beyond_original(void)
{
    mmv_view view;
    const char *name = conf_name("beyond");
    mmv_map *map = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 4096);
    mmv_map *other = conf_named(name, MMV_READ, MMV_OPEN_OR_CREATE, 4096);
    THROWS(CONF_VIEW, mmv_view_open_as(other, MMV_READ_WRITE, 0, 0, &view), "UnauthorizedAccess");
    conf_validate(other, 4096);
    conf_validate(map, 4096);
    mmv_map_close(&other);
    mmv_map_close(&map);
    conf_forget(name);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const conf_row rows[] = {
    SAME("InvalidArguments_MapName", bad_name),
    DIFFERS("MapNamesNotSupported_Unix", without_execute, "names work on Linux: created, or opened when they exist"),
    SAME("InvalidArguments_Capacity", bad_capacity),
    NOT_HERE("InvalidArguments_Capacity_TooLarge",
             "a 32-bit program may make a map larger than its address space; a view of all of it is refused"),
    SAME("InvalidArguments_Access", bad_access),
    NOT_HERE("InvalidArguments_Options", "the one option is a bool, delay_allocation, with no value out of range"),
    NOT_HERE("InvalidArguments_Inheritability",
             "it is a bool of mmv_map_set_inheritable(), with no value out of range"),
    SAME("ValidArgumentCombinations_NonExecute", without_execute),
    SAME("ValidArgumentCombinations_Execute", with_execute),
    SAME("OpenWrite", write_only),
    SAME("TooLargeCapacity", too_large),
    SAME("OpenedCapacityMatchesOriginal", original_capacity),
    SAME("OpenedAccessibilityLimitedToOriginal: when the maker says so", limited_by_maker),
    DIFFERS("OpenedAccessibilityLimitedToOriginal", limited_to_original,
            "what others may do is said by the permissions of the object, not by how its maker happened to open it, "
            "unless he asks for that"),
    SAME("OpenedAccessibilityLimitedBeyondOriginal", limited_beyond_original),
};

const conf_suite conf_create_or_open = SUITE("CreateOrOpen", rows);
