/* SPDX-License-Identifier: MIT */
/* open_existing.c - rows of MemoryMappedFile.OpenExisting.Tests, which .NET runs on Windows only. */

#include "conformance.h"

#include <fcntl.h>

#define SIZE 4096u

/* The rights that a map can be opened with; others are of handles that Linux does not have. */
static const mmv_access accesses[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE, RX, RWX};

static void bad_name(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, mmv_map_open_named(NULL, MMV_READ_WRITE, NULL, &map), "ArgumentNull(mapName)");
    THROWS(CONF_CREATE, mmv_map_open_named("", MMV_READ_WRITE, NULL, &map), "Argument(mapName)");
    HOLDS(map == NULL);
}

static void missing(void)
{
    mmv_map *map;
    for (size_t i = 0; i < COUNT(accesses); i++) {
        THROWS(CONF_CREATE, mmv_map_open_named(conf_name("missing"), accesses[i], NULL, &map), "FileNotFound");
        HOLDS(map == NULL);
    }
}

static void bad_rights(void)
{
    static const mmv_access bad[] = {0x800000, 0x800002, 0, MMV_EXECUTE, MMV_NO_VIEWS | MMV_EXECUTE};
    mmv_map *map;
    const char *name = conf_name("rights");
    mmv_map *there = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, SIZE);
    for (size_t i = 0; i < COUNT(bad); i++)
        THROWS(CONF_CREATE, mmv_map_open_named(name, bad[i], NULL, &map), "ArgumentOutOfRange(access)");
    mmv_map_close(&there);
    conf_forget(name);
}

static void open_all(const char *name)
{
    for (size_t i = 0; i < COUNT(accesses) * 2; i++) {
        mmv_map *map;
        NEED(mmv_map_open_named(name, accesses[i / 2], NULL, &map));
        HOLDS(fcntl(mmv_map_descriptor(map), F_GETFD) == FD_CLOEXEC);
        FINE(mmv_map_set_inheritable(map, i % 2));
        HOLDS((fcntl(mmv_map_descriptor(map), F_GETFD) == 0) == (i % 2 != 0));
        conf_check_matrix(map);
        conf_validate(map, SIZE);
        mmv_map_close(&map);
    }
}

static void after_last_close(const char *name)
{
    mmv_map *map;
    conf_forget(name);
    THROWS(CONF_CREATE, mmv_map_open_named(name, MMV_READ, NULL, &map), "FileNotFound");
}

static void created_new(void)
{
    const char *name = conf_name("created");
    mmv_map *map = conf_named(name, RWX, MMV_CREATE_NEW, SIZE);
    open_all(name);
    mmv_map_close(&map);
    after_last_close(name);
}

static void created_from_file(void)
{
    const char *name = conf_name("file");
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 0);
    mmv_map *map = conf_open(conf_file("existing", SIZE), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    NEED(mmv_map_share(map, name, &options));
    open_all(name);
    mmv_map_close(&map);
    after_last_close(name);
}

/* What .NET asks for as rights of the handle are calls here. */
static void other_rights(void)
{
    mmv_shared_info info;
    mmv_map *map;
    const char *name = conf_name("others");
    mmv_map *there = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, SIZE);
    FINE(mmv_shared_set_permissions(name, 0640));
    FINE(mmv_map_set_owner(there, UINT32_MAX, UINT32_MAX));
    FINE(mmv_shared_stat(name, &info));
    HOLDS(info.permissions == 0640 && info.capacity == SIZE && info.kind == MMV_SHARED_MAP);
    FINE(mmv_shared_remove(name));
    THROWS(CONF_CREATE, mmv_map_open_named(name, MMV_READ, NULL, &map), "FileNotFound");
    conf_validate(there, SIZE);
    mmv_map_close(&there);
}

static const conf_row rows[] = {
    SAME("InvalidArguments_Name", bad_name),
    DIFFERS("MapNamesNotSupported_Unix", created_new,
            "names work on Linux: what exists is found, by every process of the user"),
    SAME("InvalidArguments_NonExistent", missing),
    NOT_HERE("InvalidArguments_Inheritability",
             "it is a bool of mmv_map_set_inheritable(), with no value out of range"),
    SAME("InvalidArguments_Rights", bad_rights),
    SAME("OpenCreatedNew", created_new),
    SAME("OpenCreatedFromFile", created_from_file),
    DIFFERS("OpenCreatedNew: Delete, ReadPermissions, ChangePermissions, TakeOwnership, FullControl", other_rights,
            "these are no rights of a handle but calls by name or map, and the system says at each whether they are "
            "allowed"),
    DIFFERS("OpenCreatedNew: Write, Execute", bad_rights,
            "no map can be had that cannot be read: refused at once, not at the first view"),
    NOT_HERE("OpenCreatedNew: AccessSystemSecurity",
             "it is about Windows' audit lists, which files in memory do not have"),
};

const conf_suite conf_open_existing = SUITE("OpenExisting", rows);
