/* SPDX-License-Identifier: MIT */
/* arrays.c - rows of the tests of .NET's base classes: arrays of structs, streams over memory, the handle of a view. */

#include "conformance.h"

#include <sys/mman.h>

#define CAPACITY 100u

/* The struct of .NET's test; the gaps between its fields are the compiler's, there and here. */
struct sample {
    int32_t int1;
    uint8_t bool1;
    int32_t int2;
    uint16_t char1;
    uint8_t bool2;
};

struct number {
    int32_t value;
};

static mmv_view memory_view(uint64_t capacity, mmv_access access)
{
    mmv_map *map = conf_memory(capacity, MMV_READ_WRITE);
    mmv_view view = conf_view(map, access, 0, 0);
    mmv_map_close(&map);
    return view;
}

/* ---- arrays of structs ------------------------------------------------------------------------------------------ */

static void bad_position(void)
{
    static const uint64_t bad[] = {(uint64_t)-1, CAPACITY, CAPACITY + 1};
    struct sample values[1] = {{0}};
    size_t count = 7;
    mmv_view view = memory_view(CAPACITY, MMV_READ_WRITE);
    for (size_t i = 0; i < COUNT(bad); i++) {
        THROWS(CONF_ACCESS, mmv_view_write_array(&view, bad[i], values, sizeof *values, 1),
               "ArgumentOutOfRange(position)");
        THROWS(CONF_ACCESS, mmv_view_read_array(&view, bad[i], values, sizeof *values, 1, &count),
               "ArgumentOutOfRange(position)");
        HOLDS(count == 0);
    }
    THROWS(CONF_ACCESS, mmv_view_write_array(&view, 0, values, 0, 1), "Argument(size)");
    THROWS(CONF_ACCESS, mmv_view_read_array(&view, 0, values, 0, 1, &count), "Argument(size)");
    mmv_view_close(&view);
}

static void closed(void)
{
    struct sample values[1] = {{0}};
    size_t count;
    mmv_view view = memory_view(CAPACITY, MMV_READ_WRITE);
    mmv_view_close(&view);
    THROWS(CONF_ACCESS, mmv_view_write_array(&view, 0, values, sizeof *values, 1), "ObjectDisposed");
    THROWS(CONF_ACCESS, mmv_view_read_array(&view, 0, values, sizeof *values, 1, &count), "ObjectDisposed");
}

static void write_mode(void)
{
    struct sample values[1];
    size_t count;
    mmv_view view = memory_view(CAPACITY, MMV_WRITE);
    THROWS(CONF_ACCESS, mmv_view_read_array(&view, 0, values, sizeof *values, 1, &count), "NotSupported");
    mmv_view_close(&view);
}

static void read_mode(void)
{
    struct sample values[1] = {{0}};
    mmv_view view = memory_view(CAPACITY, MMV_READ);
    THROWS(CONF_ACCESS, mmv_view_write_array(&view, 0, values, sizeof *values, 1), "NotSupported");
    mmv_view_close(&view);
}

static void no_room(void)
{
    static const struct sample ones[2] = {{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}};
    struct sample values[2];
    size_t count = 7;
    mmv_view view = memory_view(CAPACITY, MMV_READ_WRITE);
    uint64_t at = CAPACITY - sizeof *values + 1;
    THROWS(CONF_ACCESS, mmv_view_write_array(&view, at, ones, sizeof *ones, 1), "Argument(position)");
    FINE(mmv_view_read_array(&view, at, values, sizeof *values, 1, &count));
    HOLDS(count == 0);
    /* One fits and two do not: none is written. */
    THROWS(CONF_ACCESS, mmv_view_write_array(&view, at - 1, ones, sizeof *ones, 2), "Argument(position)");
    THROWS(CONF_ACCESS, mmv_view_write_array(&view, 0, ones, sizeof *ones, SIZE_MAX), "Argument(position)");
    for (size_t i = 0; i < CAPACITY; i++)
        MUST(conf_byte(&view, i) == 0);
    mmv_view_close(&view);
}

static void one_item(void)
{
    const struct sample in = {.int1 = 1, .int2 = 2, .bool1 = 0, .char1 = 'p', .bool2 = 1};
    struct sample out = {0};
    size_t count = 0;
    mmv_view view = memory_view(CAPACITY, MMV_READ_WRITE);
    FINE(mmv_view_write_array(&view, CAPACITY - sizeof in, &in, sizeof in, 1));
    FINE(mmv_view_read_array(&view, CAPACITY - sizeof in, &out, sizeof out, 1, &count));
    HOLDS(count == 1 && out.int1 == 1 && out.int2 == 2 && !out.bool1 && out.char1 == 'p' && out.bool2 == 1);
    mmv_view_close(&view);
}

static void generic_int(void)
{
    const struct number in = {190};
    struct number out = {0};
    size_t count = 0;
    mmv_view view = memory_view(CAPACITY, MMV_READ_WRITE);
    FINE(mmv_view_write_array(&view, 0, &in, sizeof in, 1));
    FINE(mmv_view_read_array(&view, 0, &out, sizeof out, 1, &count));
    HOLDS(count == 1 && out.value == 190);
    mmv_view_close(&view);
}

static void multiples(void)
{
    struct sample in[12], out[12];
    size_t count = 0;
    mmv_view view = memory_view(sizeof in, MMV_READ_WRITE);
    for (int i = 0; i < 12; i++)
        in[i] = (struct sample){.int1 = i, .int2 = i + 1, .char1 = (uint16_t)i, .bool2 = 1};
    FINE(mmv_view_write_array(&view, 0, in, sizeof *in, 12));
    FINE(mmv_view_read_array(&view, 0, out, sizeof *out, 12, &count));
    HOLDS(count == 12);
    for (int i = 0; i < 12; i++)
        HOLDS(out[i].int1 == i && out[i].int2 == i + 1 && out[i].char1 == i && !out[i].bool1 && out[i].bool2);
    mmv_view_close(&view);
}

static void more_than_there_is(void)
{
    static struct sample out[5000];
    const struct sample in = {.int1 = 1, .int2 = 2, .char1 = 'p', .bool2 = 1};
    size_t count = 0;
    mmv_view view = memory_view(CAPACITY, MMV_READ_WRITE);
    FINE(mmv_view_write_array(&view, 0, &in, sizeof in, 1));
    memset(out, 0xff, sizeof out);
    FINE(mmv_view_read_array(&view, 0, out, sizeof *out, COUNT(out), &count));
    HOLDS(count == CAPACITY / sizeof *out && out[0].int2 == 2 && out[count].int1 == -1);
    mmv_view_close(&view);
}

static const conf_row rows[] = {
    SAME("UmaReadWriteStructArray_InvalidParameters", bad_position),
    NOT_HERE(
        "UmaReadWriteStructArray_InvalidParameters: null, offset and count of the array",
        "a C array is a pointer without a length: there is nothing to compare a count with, and counts have no sign"),
    SAME("UmaReadWriteStructArray_Closed", closed),
    SAME("UmaReadStructArray_WriteMode", write_mode),
    SAME("UmaWriteStructArray_ReadMode", read_mode),
    SAME("UmaReadWriteStructArray_InsufficientSpace", no_room),
    NOT_HERE("UmaReadWriteStructArrayWithReferenceType_ThrowsArgumentException",
             "C has no references that a collector moves; a pointer in a struct is copied as the number that it is"),
    SAME("UmaReadWriteStructArrayGenericIntStruct_Valid", generic_int),
    NOT_HERE("UmaReadWriteGenericStringStructArray_ThrowsArgumentException",
             "C has no generic structs and no strings in them"),
    SAME("UmaReadWriteStructArray_OneItem", one_item),
    SAME("UmaReadWriteStructArray_Multiples", multiples),
    SAME("UmaReadWriteStructArray_TryToReadMoreThanAvailable", more_than_there_is),
};

/* ---- streams over memory ---------------------------------------------------------------------------------------- */

static void write_buffer(void)
{
    uint8_t bytes[1000];
    mmv_map *map = conf_memory(sizeof bytes, MMV_READ_WRITE);
    mmv_stream stream = conf_stream_of(map, MMV_WRITE, 0, 0);
    mmv_view view = conf_view(map, MMV_READ, 0, 0);
    fill(bytes, sizeof bytes, 3);
    HOLDS(stream.view.length == sizeof bytes);
    FINE(mmv_stream_write(&stream, bytes, sizeof bytes));
    HOLDS(memcmp(view.data, bytes, sizeof bytes) == 0);
    FINE(mmv_stream_write(&stream, bytes, 0));
    HOLDS(stream.position == sizeof bytes);
    mmv_view_close(&view);
    mmv_stream_close(&stream);
    mmv_map_close(&map);
}

static void byte_by_byte(void)
{
    uint8_t bytes[1000];
    size_t done = 0;
    mmv_map *map = conf_memory(sizeof bytes, MMV_READ_WRITE);
    mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
    fill(bytes, sizeof bytes, 4);
    for (size_t i = 0; i < sizeof bytes; i++)
        NEED(mmv_stream_write(&stream, &bytes[i], 1));
    stream.position = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        uint8_t byte = 0;
        MUST(mmv_stream_read(&stream, &byte, 1, &done) == MMV_OK && done == 1 && byte == bytes[i]);
    }
    HOLDS(memcmp(stream.view.data, bytes, sizeof bytes) == 0);
    mmv_stream_close(&stream);
    mmv_map_close(&map);
}

/* ---- the handle ------------------------------------------------------------------------------------------------- */

/* What a caller of the system can do with a view: its address is one that mmap(2) gave out. */
static void plain_address(void)
{
    mmv_map *map = conf_memory(8192, MMV_READ_WRITE);
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    void *same = mmap(NULL, 8192, PROT_READ, MAP_SHARED, mmv_map_descriptor(map), 0);
    MUST(same != MAP_FAILED);
    FINE(mmv_view_write_uint8(&view, 8191, 42));
    HOLDS(((uint8_t *)same)[8191] == 42);
    HOLDS(msync(view.data, view.length, MS_SYNC) == 0 && madvise(view.data, view.length, MADV_NORMAL) == 0);
    munmap(same, 8192);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static const conf_row handle_rows[] = {
    DIFFERS("SafeMemoryMappedViewHandle: what the system's calls return", plain_address,
            "a view has no handle to wrap: data is a plain address that every call of the system takes"),
    SAME("UmsSafeBuffer.WriteSafeBuffer", write_buffer),
    SAME("UmsSafeBuffer.ReadWriteByteSafeBuffer", byte_by_byte),
};

const conf_suite conf_arrays = SUITE("UnmanagedMemoryAccessor", rows);
const conf_suite conf_handle = SUITE("SafeBuffer", handle_rows);
