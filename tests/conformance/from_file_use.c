/* SPDX-License-Identifier: MIT */
/*
 * from_file_use.c - more rows of MemoryMappedFile.CreateFromFile.Tests: files in use, descriptors, sizes and devices.
 */

#include "conformance.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files in use ----------------------------------------------------------------------------------------------- */

static void two_maps(mmv_access first, mmv_access second)
{
    const char *path = conf_file("in-use", 4096);
    mmv_map *one = conf_open(path, first, MMV_OPEN_EXISTING, 0);
    mmv_map *other = conf_open(path, second, MMV_OPEN_EXISTING, 0);
    conf_validate(other, 4096);
    if (MMV_POSIX_ONLY) {
        THROWS(CONF_LOCK, mmv_map_lock(one, 0, 0, 0), "PlatformNotSupported");
    } else {
        FINE(mmv_map_lock(one, 0, 0, 0));
        THROWS(CONF_LOCK, mmv_map_lock(other, 0, 0, 0), "IOException");
    }
    mmv_map_close(&one);
    if (!MMV_POSIX_ONLY)
        FINE(mmv_map_lock(other, 0, 0, 0));
    mmv_map_close(&other);
}

static void in_use_writing(void)
{
    two_maps(MMV_READ_WRITE, MMV_READ_WRITE);
}

static void in_use_not_shared(void)
{
    two_maps(MMV_READ_WRITE, MMV_READ);
}

static void in_use_reading(void)
{
    const char *path = conf_file("readers", 4096);
    mmv_map *one = conf_open(path, MMV_READ, MMV_OPEN_EXISTING, 0);
    mmv_map *other = conf_open(path, MMV_READ, MMV_OPEN_EXISTING, 0);
    mmv_view view = conf_view(one, MMV_READ, 0, 0);
    mmv_view same = conf_view(other, MMV_READ, 0, 0);
    HOLDS(view.length == same.length && mmv_map_capacity(one) == mmv_map_capacity(other));
    if (!MMV_POSIX_ONLY) {
        FINE(mmv_map_lock(one, 0, 0, 0));
        FINE(mmv_map_lock(other, 0, 0, 0));
    }
    mmv_view_close(&view);
    mmv_view_close(&same);
    mmv_map_close(&one);
    mmv_map_close(&other);
}

static void path_to_execute(void)
{
    static const mmv_access all[] = {RX, RWX};
    for (size_t i = 0; i < COUNT(all); i++) {
        mmv_map *map = conf_open(conf_file("program", 4096), all[i], MMV_OPEN_EXISTING, 0);
        conf_check_matrix(map);
        mmv_map_close(&map);
    }
}

static void open_read_only(void *user)
{
    mmv_map *map;
    const char *path = user;
    map = conf_open(path, MMV_READ, MMV_OPEN_EXISTING, 0);
    conf_validate(map, 4096);
    mmv_map_close(&map);
    if (access(path, W_OK) != 0)
        THROWS(CONF_CREATE, mmv_map_open(path, MMV_READ_WRITE, &map), "UnauthorizedAccess");
    else if (FINE(mmv_map_open(path, MMV_READ_WRITE, &map)))
        mmv_map_close(&map);
}

static void read_only_file(void)
{
    char *path = (char *)conf_file("read-only", 4096);
    MUST(chmod(path, 0444) == 0);
    open_read_only(path);
    conf_as_nobody(open_read_only, path);
}

static void open_copies(void *user)
{
    mmv_map *map = conf_open(user, MMV_COPY_ON_WRITE, MMV_OPEN_EXISTING, 0);
    mmv_view view = conf_view(map, MMV_COPY_ON_WRITE, 0, 0);
    conf_validate_view(&view, MMV_COPY_ON_WRITE);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void read_only_file_copied(void)
{
    char *path = (char *)conf_file("read-only", 4096);
    MUST(chmod(path, 0444) == 0);
    conf_as_nobody(open_copies, path);
}

/* ---- whose descriptor ------------------------------------------------------------------------------------------- */

static void leave_open(void)
{
    for (int own = 0; own < 2; own++) {
        mmv_map *map;
        int descriptor = conf_descriptor(conf_file("leave", 4096), O_RDWR);
        NEED(mmv_map_from_descriptor(descriptor, own, MMV_READ_WRITE, 4096, &map));
        HOLDS(mmv_map_descriptor(map) == descriptor);
        mmv_map_close(&map);
        HOLDS((fcntl(descriptor, F_GETFD) >= 0) == !own);
        if (!own)
            close(descriptor);
    }
}

static void leave_open_with_views(void)
{
    for (int own = 0; own < 2; own++) {
        mmv_map *map;
        int descriptor = conf_descriptor(conf_file("leave", 4096), O_RDWR);
        NEED(mmv_map_from_descriptor(descriptor, own, MMV_READ_WRITE, 4096, &map));
        mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
        mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
        mmv_map_close(&map);
        HOLDS(fcntl(descriptor, F_GETFD) >= 0);
        conf_validate_view(&view, MMV_READ_WRITE);
        conf_validate_stream(&stream, MMV_READ_WRITE);
        mmv_view_close(&view);
        mmv_stream_close(&stream);
        HOLDS((fcntl(descriptor, F_GETFD) >= 0) == !own);
        if (!own)
            close(descriptor);
    }
}

static void two_maps_of_one_descriptor(void)
{
    mmv_map *maps[2];
    mmv_view seen[2];
    int descriptor = conf_descriptor(conf_file("ping-pong", 4096), O_RDWR);
    for (int i = 0; i < 2; i++) {
        NEED(mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, 4096, &maps[i]));
        seen[i] = conf_view(maps[i], MMV_READ_WRITE, 0, 0);
    }
    for (uint32_t i = 0; i < 10; i++) {
        uint8_t byte = 0;
        uint64_t at = i * 2654435761u % 4096;
        FINE(mmv_view_write_uint8(&seen[i % 2], at, (uint8_t)(i + 1)));
        FINE(mmv_view_flush(&seen[i % 2], 0, 0, MMV_FLUSH_DURABLE));
        HOLDS(mmv_view_read_uint8(&seen[1 - i % 2], at, &byte) == MMV_OK && byte == i + 1);
    }
    for (int i = 0; i < 2; i++) {
        mmv_view_close(&seen[i]);
        mmv_map_close(&maps[i]);
    }
    close(descriptor);
}

/* ---- sizes and devices ------------------------------------------------------------------------------------------ */

static void grows_to_capacity(void)
{
    mmv_map *map;
    const char *path = conf_file("expands", 256);
    map = conf_open(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 512);
    mmv_map_close(&map);
    HOLDS(file_length(path) == 512);
    NEED(mmv_map_from_descriptor(conf_descriptor(path, O_RDWR), true, MMV_READ_WRITE, 1024, &map));
    mmv_map_close(&map);
    HOLDS(file_length(path) == 1024);
}

static void too_large(void)
{
    mmv_map *map;
    const char *path = scratch("too-large");
    unlink(path);
    mmv_status status = conf_open_with(path, MMV_READ_WRITE, MMV_CREATE_NEW, INT64_MAX, &map);
    if (status == MMV_OK) {
        HOLDS(file_length(path) == INT64_MAX);
        mmv_map_close(&map);
        unlink(path);
        return;
    }
    THROWS(CONF_CREATE, status, "IOException");
    HOLDS(!file_exists(path));
}

static void names_again(void)
{
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 0);
    const char *name = conf_name("reused");
    for (int times = 0; times < 2; times++) {
        mmv_map *one = conf_open(conf_file("one", 4096), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
        mmv_map *other = conf_open(conf_file("other", 4096), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
        FINE(mmv_map_share(one, name, &options));
        THROWS(CONF_CREATE, mmv_map_share(other, name, &options), "IOException");
        conf_validate(one, 4096);
        mmv_map_close(&one);
        mmv_map_close(&other);
        conf_forget(name);
    }
}

static void look_at_zero(mmv_map *map, mmv_access access)
{
    mmv_view view;
    mmv_status status = mmv_view_open_as(map, access, 0, 0, &view);
    if (status == MMV_OK) {
        HOLDS(view.length == 255);
        conf_validate_view(&view, access);
        mmv_view_close(&view);
    } else {
        conf_note("/dev/zero may not be mapped here");
        HOLDS(status == MMV_EACCES || status == MMV_ENOTSUP);
    }
    mmv_map_close(&map);
}

static void device_by_path(void)
{
    look_at_zero(conf_open("/dev/zero", MMV_READ, MMV_OPEN_EXISTING, 255), MMV_READ);
    look_at_zero(conf_open("/dev/zero", MMV_READ_WRITE, MMV_OPEN_EXISTING, 255), MMV_READ_WRITE);
}

static void device_by_descriptor(void)
{
    mmv_map *map;
    NEED(mmv_map_from_descriptor(conf_descriptor("/dev/zero", O_RDONLY), true, MMV_READ, 255, &map));
    look_at_zero(map, MMV_READ);
    NEED(mmv_map_from_descriptor(conf_descriptor("/dev/zero", O_RDWR), true, MMV_READ_WRITE, 255, &map));
    look_at_zero(map, MMV_READ_WRITE);
}

static void same_descriptor(void)
{
    mmv_map *map;
    int descriptor = conf_descriptor(conf_file("handle", 4096), O_RDWR);
    NEED(mmv_map_from_descriptor(descriptor, true, MMV_READ_WRITE, 0, &map));
    HOLDS(mmv_map_descriptor(map) == descriptor);
    mmv_map_close(&map);
}

static void pipes(void)
{
    int ends[2];
    mmv_map *map;
    MUST(pipe(ends) == 0);
    for (uint64_t capacity = 0; capacity < 2; capacity++) {
        THROWS(CONF_CREATE, mmv_map_from_descriptor(ends[0], false, MMV_READ, capacity, &map), "NotSupported");
        /* The other end can only be written, which no map can: that is found first. */
        THROWS(CONF_CREATE, mmv_map_from_descriptor(ends[1], false, MMV_READ, capacity, &map), "UnauthorizedAccess");
    }
    close(ends[0]);
    close(ends[1]);
}

static void fifo(void)
{
    mmv_map *map;
    const char *path = scratch("fifo");
    unlink(path);
    MUST(mkfifo(path, 0600) == 0);
    for (uint64_t capacity = 0; capacity < 2; capacity++) {
        THROWS(CONF_CREATE, conf_open_with(path, MMV_READ, MMV_OPEN_EXISTING, capacity, &map), "NotSupported");
        THROWS(CONF_CREATE, conf_open_with(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, capacity, &map), "NotSupported");
        THROWS(CONF_CREATE, conf_open_with(path, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, capacity, &map), "NotSupported");
    }
    unlink(path);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const conf_row rows[] = {
    DIFFERS("FileInUse_CreateFromFile_FailsWithExistingReadWriteFile", in_use_writing,
            "Linux has no share modes that bind everybody: a second map opens, and mmv_map_lock() is refused to it"),
    DIFFERS("FileInUse_CreateFromFile_FailsWithExistingReadWriteMap", in_use_writing,
            "as above; so two processes can share a file by its path, which .NET needs a FileStream for"),
    DIFFERS("FileInUse_CreateFromFile_FailsWithExistingNoShareFile", in_use_not_shared,
            "as above: who wants a file for himself locks it, whole or a part, and the others ask for the lock"),
    SAME("FileInUse_CreateFromFile_SucceedsWithReadOnly", in_use_reading),
    DIFFERS("FileNotOpenedForExecute", path_to_execute,
            "a path opened to execute is one: Linux asks the mount, not the descriptor"),
    SAME("WriteToReadOnlyFile_ReadWrite", read_only_file),
    DIFFERS("WriteToReadOnlyFile_CopyOnWrite", read_only_file_copied,
            "private copies need no right to write the file: .NET opens it for writing all the same, and fails"),
    SAME("LeaveOpenRespected_Basic", leave_open),
    DIFFERS(
        "LeaveOpenRespected_OutstandingViews", leave_open_with_views,
        "an owned descriptor is closed with the last view, not with the map, so that views can still flush and grow"),
    SAME("MultipleMapsForTheSameFileStream", two_maps_of_one_descriptor),
    SAME("FileSizeExpandsToCapacity", grows_to_capacity),
    SAME("TooLargeCapacity", too_large),
    SAME("ReusingNames_Windows", names_again),
    SAME("OpenCharacterDeviceAsStream", device_by_descriptor),
    SAME("OpenCharacterDeviceAsFile", device_by_path),
    SAME("MapHandleMatchesFileStreamHandle", same_descriptor),
    SAME("OpeningMemoryMappedFileFromFileStreamThatWrapsPipeThrowsNotSupportedException", pipes),
    SAME("OpeningMemoryMappedFileFromPipePathThrowsNotSupportedException", fifo),
};

const conf_suite conf_from_file_use = SUITE("CreateFromFile", rows);
