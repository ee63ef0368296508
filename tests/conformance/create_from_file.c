/* SPDX-License-Identifier: MIT */
/* create_from_file.c - rows of MemoryMappedFile.CreateFromFile.Tests. */

#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const uint64_t capacities[] = {1, 256, 4096, 10000};

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static void bad_path(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, mmv_map_open(NULL, MMV_READ, &map), "ArgumentNull(path)");
    for (int mode = MMV_OPEN_EXISTING; mode <= MMV_CREATE_NEW; mode++)
        THROWS(CONF_CREATE, conf_open_with(NULL, MMV_READ_WRITE, (mmv_open_mode)mode, 4096, &map),
               "ArgumentNull(path)");
    THROWS(CONF_CREATE, mmv_map_open("", MMV_READ, &map), "Argument(path)");
    HOLDS(map == NULL);
}

static void bad_descriptor(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, mmv_map_from_descriptor(-1, false, MMV_READ_WRITE, 4096, &map), "ArgumentNull(fileStream)");
    THROWS(CONF_CREATE, mmv_map_from_descriptor(-1, true, MMV_READ, 0, &map), "ArgumentNull(fileStream)");
    HOLDS(map == NULL);
}

static void bad_mode(void)
{
    mmv_map *map;
    const char *path = conf_file("mode", 4096);
    THROWS(CONF_CREATE, conf_open_with(path, MMV_READ_WRITE, (mmv_open_mode)42, 0, &map), "ArgumentOutOfRange(mode)");
    THROWS(CONF_CREATE, conf_open_with(path, MMV_READ_WRITE, (mmv_open_mode)42, 4096, &map),
           "ArgumentOutOfRange(mode)");
    THROWS(CONF_CREATE, conf_open_with(path, MMV_READ, (mmv_open_mode)42, 4096, &map), "ArgumentOutOfRange(mode)");
    HOLDS(file_length(path) == 4096);
}

static void new_without_capacity(void)
{
    static const mmv_open_mode modes[] = {MMV_CREATE_NEW, MMV_CREATE, MMV_OPEN_OR_CREATE};
    for (size_t i = 0; i < COUNT(modes); i++) {
        const char *path = scratch("without");
        unlink(path);
        mmv_map *map = conf_open(path, MMV_READ_WRITE, modes[i], 0);
        HOLDS(mmv_map_capacity(map) == 0 && file_length(path) == 0);
        FINE(mmv_map_grow(map, 4096));
        conf_validate(map, 4096);
        mmv_map_close(&map);
    }
}

static void failed_creation_leaves_nothing(void)
{
    mmv_map *map;
    const char *path = scratch("nothing");
    unlink(path);
    THROWS(CONF_CREATE, conf_open_with(path, MMV_READ, MMV_CREATE_NEW, 4096, &map), "Argument(mode)");
    HOLDS(!file_exists(path));
    THROWS(CONF_CREATE, conf_open_with(path, MMV_READ_WRITE, MMV_CREATE_NEW, UINT64_MAX, &map),
           "ArgumentOutOfRange(capacity)");
    HOLDS(!file_exists(path));
}

static void bad_access(void)
{
    static const mmv_access bad[] = {(mmv_access)-2, 42, 0, 16, MMV_EXECUTE};
    mmv_map *map;
    const char *path = conf_file("access", 4096);
    int descriptor = conf_descriptor(path, O_RDWR);
    for (size_t i = 0; i < COUNT(bad); i++) {
        THROWS(CONF_CREATE, mmv_map_open(path, bad[i], &map), "ArgumentOutOfRange(access)");
        THROWS(CONF_CREATE, mmv_map_from_descriptor(descriptor, false, bad[i], 4096, &map),
               "ArgumentOutOfRange(access)");
    }
    THROWS(CONF_CREATE, mmv_map_open(path, MMV_WRITE, &map), "Argument(access)");
    THROWS(CONF_CREATE, mmv_map_from_descriptor(descriptor, false, MMV_WRITE, 4096, &map), "Argument(access)");
    close(descriptor);
}

static void bad_name(void)
{
    mmv_map *map = conf_open(conf_file("name", 4096), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    THROWS(CONF_CREATE, mmv_map_share(map, "", NULL), "Argument(mapName)");
    THROWS(CONF_CREATE, mmv_map_share(map, NULL, NULL), "Argument(mapName)");
    mmv_map_close(&map);
}

static void share_one(const char *name)
{
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 0);
    mmv_map *map = conf_open(conf_file("shared", 4096), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    FINE(mmv_map_share(map, name, &options));
    mmv_map *other = conf_named(name, MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    HOLDS(mmv_map_same_file(map, other));
    conf_validate(other, 4096);
    mmv_map_close(&other);
    mmv_map_close(&map);
    conf_forget(name);
}

static void names_of_files(void)
{
    char longest[1101];
    share_one(conf_name("5a8d2c1e-77b2-4b33-9e0d-aa5f1b0c3d42"));
    share_one(conf_name("     "));
    share_one(conf_name("  \t"));
    share_one(conf_name("local/name"));
    share_one(conf_name("global/name"));
    snprintf(longest, sizeof longest, "%s", conf_name("long"));
    size_t length = strlen(longest);
    memset(longest + length, 'a', 1000);
    longest[length + 1000] = '\0';
    share_one(longest);
}

static void bad_capacity(void)
{
    static const mmv_access both[] = {MMV_READ_WRITE, MMV_READ};
    mmv_map *map;
    const char *empty = conf_file("empty", 0);
    const char *page = conf_file("page", 4096);
    THROWS(CONF_CREATE, conf_open_with(empty, MMV_READ_WRITE, MMV_OPEN_EXISTING, (uint64_t)-1, &map),
           "ArgumentOutOfRange(capacity)");
    THROWS(CONF_CREATE, conf_open_with(empty, MMV_READ, MMV_OPEN_EXISTING, 1, &map), "Argument(capacity)");
    HOLDS(file_length(empty) == 0);
    THROWS(CONF_CREATE, conf_open_with(page, MMV_READ, MMV_OPEN_EXISTING, 8192, &map), "Argument(capacity)");
    int descriptor = conf_descriptor(page, O_RDONLY);
    THROWS(CONF_CREATE, mmv_map_from_descriptor(descriptor, false, MMV_READ, 8192, &map), "Argument(capacity)");
    THROWS(CONF_CREATE, mmv_map_from_descriptor(descriptor, true, MMV_READ, 1, &map), "ArgumentOutOfRange(capacity)");
    for (size_t i = 0; i < COUNT(both); i++)
        THROWS(CONF_CREATE, conf_open_with(page, both[i], MMV_OPEN_EXISTING, 1, &map), "ArgumentOutOfRange(capacity)");
    HOLDS(file_length(page) == 4096);
}

static void empty_file(void)
{
    mmv_view view;
    const char *path = conf_file("empty", 0);
    mmv_map *map = conf_open(path, MMV_READ, MMV_OPEN_EXISTING, 0);
    HOLDS(mmv_map_capacity(map) == 0);
    NEED(mmv_view_open(map, 0, 0, &view));
    HOLDS(view.length == 0 && view.data != NULL);
    THROWS(CONF_ACCESS, mmv_view_read_uint8(&view, 0, &(uint8_t){0}), "ArgumentOutOfRange(position)");
    mmv_view_close(&view);
    mmv_map_close(&map);
    HOLDS(file_length(path) == 0);
}

/* ---- combinations that work ------------------------------------------------------------------------------------- */

static const struct {
    int flags;
    mmv_access access;
} valid[] = {
    {O_RDWR, MMV_READ},   {O_RDWR, MMV_READ_WRITE},      {O_RDWR, MMV_COPY_ON_WRITE},
    {O_RDONLY, MMV_READ}, {O_RDONLY, MMV_COPY_ON_WRITE},
};

static void descriptor_and_map(void)
{
    for (size_t i = 0; i < COUNT(valid); i++) {
        mmv_map *map;
        int descriptor = conf_descriptor(conf_file("both", 4096), valid[i].flags);
        NEED(mmv_map_from_descriptor(descriptor, true, valid[i].access, 4096, &map));
        conf_validate(map, 4096);
        mmv_map_close(&map);
    }
}

static void refuse_descriptor(int flags, mmv_access access)
{
    mmv_map *map;
    int descriptor = conf_descriptor(conf_file("refused", 4096), flags);
    THROWS(CONF_CREATE, mmv_map_from_descriptor(descriptor, true, access, 4096, &map), "UnauthorizedAccess");
    HOLDS(fcntl(descriptor, F_GETFD) < 0 && errno == EBADF);
}

static void descriptor_for_less(void)
{
    static const mmv_access all[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE, RX, RWX};
    refuse_descriptor(O_RDONLY, MMV_READ_WRITE);
    refuse_descriptor(O_RDONLY, RWX);
    for (size_t i = 0; i < COUNT(all); i++)
        refuse_descriptor(O_WRONLY, all[i]);
}

static void execute_one(int flags, mmv_access access)
{
    mmv_map *map;
    mmv_view view;
    NEED(mmv_map_from_descriptor(conf_descriptor(conf_file("code", 4096), flags), true, access, 0, &map));
    if (!conf_may_execute(map)) {
        THROWS(CONF_VIEW, mmv_view_open(map, 0, 0, &view), "UnauthorizedAccess");
        conf_note("the file system forbids to execute");
    } else if (FINE(mmv_view_open(map, 0, 0, &view))) {
        conf_validate_view(&view, access);
        mmv_view_close(&view);
    }
    if (access == RX)
        THROWS(CONF_VIEW, mmv_view_open_as(map, MMV_READ_WRITE, 0, 0, &view), "UnauthorizedAccess");
    mmv_map_close(&map);
}

static void descriptor_to_execute(void)
{
    execute_one(O_RDONLY, RX);
    execute_one(O_RDWR, RX);
    execute_one(O_RDWR, RWX);
}

static void open_or_create(void)
{
    static const mmv_open_mode modes[] = {MMV_OPEN_EXISTING, MMV_OPEN_OR_CREATE};
    for (size_t i = 0; i < COUNT(modes) * COUNT(capacities); i++) {
        mmv_open_mode mode = modes[i % COUNT(modes)];
        uint64_t capacity = capacities[i / COUNT(modes)];
        const uint64_t given[] = {0, capacity};
        for (size_t k = 0; k < COUNT(given); k++) {
            mmv_map *map = conf_open(conf_file("right", capacity), MMV_READ_WRITE, mode, given[k]);
            conf_validate(map, capacity);
            mmv_map_close(&map);
        }
        const char *path = conf_file("grows", 0);
        mmv_map *map = conf_open(path, MMV_READ_WRITE, mode, capacity);
        conf_validate(map, capacity);
        mmv_map_close(&map);
        HOLDS(file_length(path) == capacity);
    }
}

static void create_new(void)
{
    for (size_t i = 0; i < COUNT(capacities); i++) {
        const char *path = scratch("new");
        unlink(path);
        mmv_map *map = conf_open(path, MMV_READ_WRITE, MMV_CREATE_NEW, capacities[i]);
        conf_validate(map, capacities[i]);
        mmv_map_close(&map);
        HOLDS(file_length(path) == capacities[i]);
    }
}

static void create(void)
{
    for (size_t i = 0; i < COUNT(capacities); i++) {
        const char *path = scratch("create");
        unlink(path);
        for (int times = 0; times < 3; times++) {
            mmv_map *map = conf_open(path, MMV_READ_WRITE, MMV_CREATE, capacities[i]);
            conf_validate(map, capacities[i]);
            mmv_map_close(&map);
            file_make(path, 20000, 7); /* bytes that the next one must not show */
        }
    }
}

static void stream_of(uint64_t size, uint64_t capacity, mmv_access access, bool own, bool inherit)
{
    mmv_map *map;
    int descriptor = conf_descriptor(conf_file("stream", size), O_RDWR);
    NEED(mmv_map_from_descriptor(descriptor, own, access, capacity, &map));
    FINE(mmv_map_set_inheritable(map, inherit));
    HOLDS(((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) == 0) == inherit);
    conf_validate(map, capacity);
    mmv_map_close(&map);
    if (!own)
        HOLDS(close(descriptor) == 0);
}

static void from_stream(void)
{
    static const mmv_access all[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE};
    for (size_t i = 0; i < COUNT(capacities); i++)
        for (size_t k = 0; k < COUNT(all) * 4; k++) {
            mmv_access access = all[k % COUNT(all)];
            bool own = k / COUNT(all) & 1;
            bool inherit = k / COUNT(all) & 2;
            stream_of(capacities[i], capacities[i], access, own, inherit);
            if (access == MMV_READ_WRITE)
                stream_of(0, capacities[i], access, own, inherit);
        }
}

static void default_capacity(void)
{
    mmv_map *map = conf_open(conf_file("default", 8192), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    conf_validate(map, 8192);
    mmv_map_close(&map);
    NEED(mmv_map_from_descriptor(conf_descriptor(scratch("default"), O_RDWR), true, MMV_READ_WRITE, 0, &map));
    conf_validate(map, 8192);
    mmv_map_close(&map);
}

static void missing(void)
{
    static const mmv_access all[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE};
    mmv_map *map;
    for (size_t i = 0; i < COUNT(all); i++)
        THROWS(CONF_CREATE, mmv_map_open(scratch("missing"), all[i], &map), "FileNotFound");
    THROWS(CONF_CREATE, conf_open_with(scratch("missing"), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0, &map), "FileNotFound");
    THROWS(CONF_CREATE, conf_open_with(scratch("missing"), MMV_READ_WRITE, MMV_OPEN_EXISTING, 4096, &map),
           "FileNotFound");
    HOLDS(!file_exists(scratch("missing")));
}

static void already_exists(void)
{
    mmv_map *map;
    const char *path = conf_file("exists", 4096);
    THROWS(CONF_CREATE, conf_open_with(path, MMV_READ_WRITE, MMV_CREATE_NEW, 0, &map), "IOException");
    THROWS(CONF_CREATE, conf_open_with(path, MMV_READ_WRITE, MMV_CREATE_NEW, 4096, &map), "IOException");
    HOLDS(file_length(path) == 4096);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const conf_row rows[] = {
    SAME("InvalidArguments_Path", bad_path),
    SAME("InvalidArguments_FileStream", bad_descriptor),
    SAME("InvalidArguments_Mode", bad_mode),
    DIFFERS(
        "InvalidArguments_Mode: new file without a capacity", new_without_capacity,
        "a new file may be empty: its map grows later by mmv_map_grow(); .NET refuses, and needs the size beforehand"),
    SAME("InvalidArguments_Mode: a file that the failed call made is removed", failed_creation_leaves_nothing),
    NOT_HERE("InvalidArguments_Mode: Append", "mmv_open_mode has no such value, so nothing can ask for it"),
    NOT_HERE("InvalidArguments_Mode_Truncate", "mmv_open_mode has no such value; MMV_CREATE empties a file"),
    SAME("InvalidArguments_Access", bad_access),
    SAME("FileAccessAndMapAccessCombinations_Valid", descriptor_and_map),
    SAME("FileAccessAndMapAccessCombinations_Invalid_Windows", descriptor_for_less),
    DIFFERS("FileAccessAndMapAccessCombinations_Invalid_Windows: to execute", descriptor_to_execute,
            "Linux knows no descriptor opened for execution: what may be read may be mapped so, unless the mount "
            "forbids it"),
    DIFFERS("FileAccessAndMapAccessCombinations_Invalid_Unix", descriptor_for_less,
            "refused when the map is made, as on Windows: .NET on Unix makes it and fails at the first view"),
    SAME("InvalidArguments_MapName", bad_name),
    DIFFERS("MapNamesNotSupported_Unix", names_of_files, "names of files work, and any text is one"),
    SAME("InvalidArguments_Capacity", bad_capacity),
    DIFFERS("InvalidArguments_Capacity: empty file", empty_file,
            "an empty file has an empty map with empty views, so that a loop over many files needs no special case"),
    NOT_HERE("InvalidArguments_Inheritability",
             "it is a bool of mmv_map_set_inheritable(), with no value out of range"),
    SAME("ValidArgumentCombinationsWithPath_ModesOpenOrCreate", open_or_create),
    SAME("ValidArgumentCombinationsWithPath_ModeCreateNew", create_new),
    SAME("ValidArgumentCombinationsWithPath_ModeCreate", create),
    SAME("ValidArgumentCombinationsWithStream", from_stream),
    SAME("DefaultCapacityIsFileLength", default_capacity),
    SAME("FileDoesNotExist_OpenFileMode", missing),
    SAME("FileAlreadyExists", already_exists),
};

const conf_suite conf_create_from_file = SUITE("CreateFromFile", rows);
