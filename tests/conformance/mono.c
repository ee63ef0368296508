/* SPDX-License-Identifier: MIT */
/* mono.c - rows of Mono's own MemoryMappedFileTest. */

#include "conformance.h"

#include <unistd.h>

static const char text[] = "Hello!\nWorld!\n";

static const char *hello(void)
{
    const char *path = conf_file("basic.txt", 0);
    file_put(path, text, sizeof text - 1);
    return path;
}

static void basic(void)
{
    char line[32];
    mmv_map *map;
    NEED(mmv_map_open(hello(), MMV_READ_WRITE, &map));
    FILE *file = mmv_stream_file(map, MMV_READ, 0, 0);
    if (!file && mmv_last_error()->status == MMV_ENOTSUP) {
        conf_note("the C library here makes no files of other things");
    } else if (HOLDS(file != NULL)) {
        HOLDS(fgets(line, sizeof line, file) && strcmp(line, "Hello!\n") == 0);
        HOLDS(fgets(line, sizeof line, file) && strcmp(line, "World!\n") == 0);
        HOLDS(!fgets(line, sizeof line, file));
        fclose(file);
    }
    mmv_map_close(&map);
}

static void create_new(void)
{
    const char *name = conf_name("createNew.test");
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 8192);
    mmv_map *other;
    mmv_map *map = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 8192);
    THROWS(CONF_CREATE, mmv_map_open_named(name, MMV_READ_WRITE, &options, &other), "IOException");
    mmv_map_close(&map);
    conf_forget(name);
}

static void create_or_open_twice(void)
{
    const char *name = conf_name("createOrOpen.test");
    mmv_map *one = conf_named(name, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 8192);
    mmv_map *other = conf_named(name, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 8192);
    HOLDS(mmv_map_same_file(one, other));
    mmv_map_close(&one);
    mmv_map_close(&other);
    conf_forget(name);
}

static void smaller_than_file(void)
{
    mmv_map *map;
    mmv_map_options options = {.capacity = 4192};
    const char *path = conf_file("8192-file", 8192);
    THROWS(CONF_CREATE, mmv_map_open_with(path, MMV_READ_WRITE, &options, &map), "ArgumentOutOfRange(capacity)");
}

static void null_path(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, mmv_map_open(NULL, MMV_READ_WRITE, &map), "ArgumentNull(path)");
}

static void offsets(void)
{
    char got[128];
    size_t done = 0;
    mmv_map *map = conf_open(hello(), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, 2, 3);
    HOLDS(mmv_stream_read(&stream, got, sizeof got, &done) == MMV_OK && done == 3 && memcmp(got, "llo", 3) == 0);
    mmv_stream_close(&stream);
    mmv_map_close(&map);
}

static void rights(void)
{
    uint8_t byte = 0;
    size_t done;
    mmv_map *map = conf_open(hello(), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    mmv_stream stream = conf_stream_of(map, MMV_READ, 0, 0);
    THROWS(CONF_STREAM, mmv_stream_write(&stream, &byte, 1), "NotSupported");
    mmv_stream_close(&stream);
    stream = conf_stream_of(map, MMV_WRITE, 0, 0);
    THROWS(CONF_STREAM, mmv_stream_read(&stream, &byte, 1, &done), "NotSupported");
    mmv_stream_close(&stream);
    mmv_map_close(&map);
}

static void view_basic(void)
{
    char got[5];
    size_t count = 0;
    mmv_map *map = conf_open(hello(), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    HOLDS(view.length == sizeof text - 1 && memcmp(view.data, "Hello", 5) == 0);
    FINE(mmv_view_read_array(&view, 0, got, 1, sizeof got, &count));
    HOLDS(count == 5 && memcmp(got, "Hello", 5) == 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void far_view(void)
{
    const char *name = conf_name("far");
    mmv_map *map = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 4194304);
    mmv_stream stream = conf_stream_of(map, MMV_WRITE, 4186112, 3222);
    FINE(mmv_stream_write(&stream, "Hello World!\n", 13));
    mmv_stream_close(&stream);
    mmv_view view = conf_view(map, MMV_READ, 0, 0);
    HOLDS(memcmp((char *)view.data + 4186112, "Hello World!\n", 13) == 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
    conf_forget(name);
}

static void file_onto_memory(void)
{
    const char *name = conf_name("memory");
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 0);
    mmv_map *memory = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 4096);
    mmv_map *map = conf_open(hello(), MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 0);
    THROWS(CONF_CREATE, mmv_map_share(map, name, &options), "IOException");
    mmv_map_close(&map);
    conf_validate(memory, 4096);
    mmv_map_close(&memory);
    conf_forget(name);
}

static void share_number(mmv_map *one, mmv_map *other, int32_t number)
{
    int32_t got = 0;
    mmv_view in = conf_view(one, MMV_READ_WRITE, 0, 0);
    mmv_view out = conf_view(other, MMV_READ_WRITE, 0, 0);
    FINE(mmv_view_write_int32(&in, 10, number));
    HOLDS(mmv_view_read_int32(&out, 10, &got) == MMV_OK && got == number);
    mmv_view_close(&in);
    mmv_view_close(&out);
}

static void named_memory(void)
{
    const char *name = conf_name("area");
    mmv_map *one = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 4096);
    mmv_map *other = conf_named(name, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 4096);
    share_number(one, other, 0x12345);
    mmv_map_close(&one);
    mmv_map_close(&other);
    conf_forget(name);
}

static void named_file(void)
{
    const char *name = conf_name("file");
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, 0);
    mmv_map *one = conf_open(hello(), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    NEED(mmv_map_share(one, name, &options));
    mmv_map *other = conf_named(name, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 4096);
    HOLDS(mmv_map_capacity(other) == sizeof text - 1);
    share_number(one, other, 0x11223344);
    mmv_map_close(&one);
    mmv_map_close(&other);
    conf_forget(name);
}

static void edge_of_page(void)
{
    uint8_t byte = 0;
    const char *path = conf_file("edge", 8192);
    char *bytes = memset((char[8192]){0}, 0xaa, 8192);
    file_put(path, bytes, 8192);
    mmv_map *map = conf_open(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    mmv_view part = conf_view(map, MMV_READ_WRITE, 500, 4096);
    mmv_view whole = conf_view(map, MMV_READ_WRITE, 0, 8192);
    for (uint64_t i = 0; i < 4096; i++) {
        MUST(mmv_view_read_uint8(&whole, i + 500, &byte) == MMV_OK && byte == 0xaa);
        NEED(mmv_view_write_uint8(&part, i, 0xff));
        MUST(mmv_view_read_uint8(&whole, i + 500, &byte) == MMV_OK && byte == 0xff);
    }
    HOLDS(conf_byte(&whole, 499) == 0xaa && conf_byte(&whole, 4596) == 0xaa);
    mmv_view_close(&part);
    mmv_view_close(&whole);
    mmv_map_close(&map);
}

static void past_end(void)
{
    mmv_stream stream;
    mmv_map *map = conf_open(conf_file("8192-file", 8192), MMV_READ_WRITE, MMV_OPEN_EXISTING, 0);
    THROWS(CONF_VIEW, mmv_stream_open(map, MMV_READ_WRITE, 8200, 10, &stream), "ArgumentOutOfRange(offset)");
    THROWS(CONF_VIEW, mmv_stream_open(map, MMV_READ_WRITE, 8191, 8191, &stream), "UnauthorizedAccess(size)");
    mmv_map_close(&map);
}

static const char says_which[] =
    "Mono throws IOException; the library names the argument that reaches too far, as .NET does";

static const conf_row rows[] = {
    SAME("Basic", basic),
    SAME("CreateNew", create_new),
    SAME("CreateNew_OnExistingFile", create_new),
    SAME("CreateOrOpen_Multiple", create_or_open_twice),
    SAME("CreateFromFileWithSmallerCapacityThanFile", smaller_than_file),
    SAME("CreateFromFile_Null", null_path),
    SAME("CreateViewStream_Offsets", offsets),
    SAME("CreateViewStream_Rights", rights),
    SAME("CreateViewBasic", view_basic),
    SAME("ViewReadArray", view_basic),
    SAME("NamedMappingToInvalidFile", far_view),
    SAME("CreateTheSameAreaTwiceShouldFail", create_new),
    SAME("MapAFileToAMemoryAreaShouldFail", file_onto_memory),
    SAME("NamedMappingsShareMemoryArea", named_memory),
    SAME("NamedFileCanBeOpen", named_file),
    SAME("MapAtEdgeOfPage", edge_of_page),
    SAME("DoubleAccountingInOffsetCalculation", far_view),
    DIFFERS("CreateViewStreamWithOffsetPastFileEnd", past_end, says_which),
    DIFFERS("CreateViewStreamWithOffsetPastFileEnd2", past_end, says_which),
};

const conf_suite conf_mono = SUITE("Mono", rows);
