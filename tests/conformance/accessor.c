/* SPDX-License-Identifier: MIT */
/* accessor.c - rows of MemoryMappedViewAccessor.Tests: single values in a view. */

#include "conformance.h"

#include <unistd.h>

static const mmv_access maps[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE, RX, RWX};

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static void check_ranges(mmv_map *map)
{
    mmv_view view;
    uint64_t size = mmv_map_capacity(map);
    THROWS(CONF_VIEW, mmv_view_open(map, (uint64_t)-1, 10, &view), "ArgumentOutOfRange(offset)");
    THROWS(CONF_VIEW, mmv_view_open(map, size + 1, 0, &view), "ArgumentOutOfRange(offset)");
    THROWS(CONF_VIEW, mmv_view_open(map, 0, size + 1, &view), "UnauthorizedAccess(size)");
    THROWS(CONF_VIEW, mmv_view_open(map, size, 1, &view), "UnauthorizedAccess(size)");
    THROWS(CONF_VIEW, mmv_view_open(map, 1, (uint64_t)-2, &view), "UnauthorizedAccess(size)");
}

static void bad_ranges(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_ranges);
}

static void check_negative_size(mmv_map *map)
{
    mmv_view view;
    /* -1 as a uint64_t is MMV_EMPTY: no bytes. */
    FINE(mmv_view_open(map, 0, (uint64_t)-1, &view));
    HOLDS(view.length == 0);
    mmv_view_close(&view);
    THROWS(CONF_VIEW, mmv_view_open(map, 0, (uint64_t)-2, &view), "UnauthorizedAccess(size)");
    THROWS(CONF_VIEW, mmv_view_open(map, 0, INT64_MAX, &view), "UnauthorizedAccess(size)");
    THROWS(CONF_VIEW, mmv_view_open(map, 4096, UINT64_MAX - 4095, &view), "UnauthorizedAccess(size)");
}

static void huge_sizes(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_negative_size);
}

static void check_access(mmv_map *map)
{
    static const mmv_access bad[] = {(mmv_access)-1, 42, 16, 0, MMV_EXECUTE};
    mmv_view view;
    for (size_t i = 0; i < COUNT(bad); i++)
        THROWS(CONF_VIEW, mmv_view_open_as(map, bad[i], 0, 0, &view), "Argument(access)");
}

static void bad_access(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_access);
}

/* ---- access ----------------------------------------------------------------------------------------------------- */

static void validate_views(mmv_map *map, mmv_access access)
{
    if (!conf_allows(mmv_map_access(map), access))
        return;
    mmv_view view = conf_view(map, access, 0, 0);
    HOLDS(view.length == mmv_map_capacity(map));
    conf_validate_view(&view, access);
    mmv_view_close(&view);
}

static void check_valid(mmv_map *map)
{
    static const mmv_access views[] = {MMV_READ, MMV_WRITE, MMV_READ_WRITE, MMV_COPY_ON_WRITE, RX, RWX};
    bool executes = conf_may_execute(map);
    for (size_t i = 0; i < COUNT(views); i++)
        if (executes || !(views[i] & MMV_EXECUTE))
            validate_views(map, views[i]);
}

static void valid_access(void)
{
    for (size_t i = 0; i < COUNT(maps); i++)
        conf_each_map(4096, maps[i], check_valid);
}

static void invalid_access(void)
{
    for (size_t i = 0; i < COUNT(maps); i++)
        conf_each_map(4096, maps[i], conf_check_matrix);
}

static void check_starts(mmv_map *map)
{
    static const uint64_t offsets[] = {0, 1, 4095, 4096, 4099, 12290, 69999};
    mmv_view whole = conf_view(map, MMV_READ_WRITE, 0, 0);
    for (size_t i = 0; i < COUNT(offsets); i++) {
        if (offsets[i] >= whole.length)
            continue;
        mmv_view view = conf_view(map, MMV_READ_WRITE, offsets[i], 0);
        HOLDS(view.offset == offsets[i] && view.length == whole.length - offsets[i]);
        FINE(mmv_view_write_uint8(&view, 0, (uint8_t)(i + 1)));
        HOLDS(conf_byte(&view, 0) == i + 1 && conf_byte(&whole, (size_t)offsets[i]) == i + 1);
        mmv_view_close(&view);
    }
    mmv_view_close(&whole);
}

static void starts_of_views(void)
{
    static const uint64_t lengths[] = {1, 4095, 4096, 4099, 12290, 70000};
    for (size_t i = 0; i < COUNT(lengths); i++)
        conf_each_map(lengths[i], MMV_READ_WRITE, check_starts);
}

/* ---- every type ------------------------------------------------------------------------------------------------- */

struct triple {
    int32_t number;
    uint16_t letter;
    uint8_t flag, other;
};

/* name, type, a value with no two equal bytes in a row */
#define TYPES(X)                                                                                                       \
    X(bool, bool, true)                                                                                                \
    X(int8, int8_t, -7)                                                                                                \
    X(uint8, uint8_t, 250)                                                                                             \
    X(char16, uint16_t, 0x20ac)                                                                                        \
    X(int16, int16_t, -12345)                                                                                          \
    X(uint16, uint16_t, 54321)                                                                                         \
    X(int32, int32_t, -123456789)                                                                                      \
    X(uint32, uint32_t, 4000000001u)                                                                                   \
    X(int64, int64_t, -1234567890123456789)                                                                            \
    X(uint64, uint64_t, 0xfedcba9876543210u)                                                                           \
    X(float, float, -1.25e-7f)                                                                                         \
    X(double, double, 1.0e300)                                                                                         \
    X(decimal, mmv_decimal, SAMPLE_DECIMAL)

#define SAMPLE_DECIMAL                                                                                                 \
    {                                                                                                                  \
        1, -2, 3, -0x7ff00000                                                                                          \
    } /* minus something, times ten to the -16 */

#define CALLS(name, type, value)                                                                                       \
    static const type sample_##name = value;                                                                           \
    static mmv_status write_##name(const mmv_view *view, uint64_t position)                                            \
    {                                                                                                                  \
        return mmv_view_write_##name(view, position, sample_##name);                                                   \
    }                                                                                                                  \
    static mmv_status read_##name(const mmv_view *view, uint64_t position, void *value_ret)                            \
    {                                                                                                                  \
        return mmv_view_read_##name(view, position, value_ret);                                                        \
    }
TYPES(CALLS)

static const struct triple sample_struct = {-5, 0xf00d, 1, 254};

static mmv_status write_struct(const mmv_view *view, uint64_t position)
{
    return mmv_view_write_struct(view, position, &sample_struct, sizeof sample_struct);
}

static mmv_status read_struct(const mmv_view *view, uint64_t position, void *value_ret)
{
    return mmv_view_read_struct(view, position, value_ret, sizeof sample_struct);
}

#define ENTRY(name, type, value) {sizeof(type), &sample_##name, write_##name, read_##name},
static const struct kind {
    size_t size;
    const void *sample;
    mmv_status (*write)(const mmv_view *view, uint64_t position);
    mmv_status (*read)(const mmv_view *view, uint64_t position, void *value_ret);
} types[] = {TYPES(ENTRY){sizeof sample_struct, &sample_struct, write_struct, read_struct}};

static void check_type_at(const mmv_view *view, const struct kind *type, uint64_t at)
{
    _Alignas(16) unsigned char got[16] = {0};
    memset(view->data, 0, view->length);
    FINE(type->write(view, at));
    HOLDS(memcmp((const char *)view->data + at, type->sample, type->size) == 0);
    FINE(type->read(view, at, got));
    HOLDS(memcmp(got, type->sample, type->size) == 0);
    /* And nothing beside. */
    for (uint64_t i = 0; i < view->length; i++)
        MUST((i >= at && i < at + type->size) || conf_byte(view, (size_t)i) == 0);
}

static void check_type(const mmv_view *view, const struct kind *type)
{
    _Alignas(16) unsigned char got[16] = {0};
    uint64_t over = view->length + 1 - type->size;
    uint64_t behind = view->length + 20 - type->size;
    const char *partly = type->size == 1 ? "ArgumentOutOfRange(position)" : "Argument(position)";
    check_type_at(view, type, 0);
    check_type_at(view, type, view->length - type->size);
    memset(view->data, 0, view->length);
    THROWS(CONF_ACCESS, type->write(view, over), partly);
    THROWS(CONF_ACCESS, type->read(view, over, got), partly);
    THROWS(CONF_ACCESS, type->write(view, behind), "ArgumentOutOfRange(position)");
    THROWS(CONF_ACCESS, type->read(view, behind, got), "ArgumentOutOfRange(position)");
    THROWS(CONF_ACCESS, type->write(view, (uint64_t)-1), "ArgumentOutOfRange(position)");
    THROWS(CONF_ACCESS, type->read(view, (uint64_t)-1, got), "ArgumentOutOfRange(position)");
    for (size_t i = 0; i < view->length; i++)
        MUST(conf_byte(view, i) == 0);
}

static const struct {
    uint64_t size, offset, length;
} places[] = {
    {8192, 0, 8192},  {8192, 8100, 92}, {8192, 0, 20},      {8192, 1, 8191},
    {8192, 17, 8175}, {8192, 17, 20},   {70000, 69900, 16},
};
static size_t place; /* the present one */

static void check_place(mmv_map *map)
{
    mmv_view view = conf_view(map, MMV_READ_WRITE, places[place].offset, places[place].length);
    for (size_t i = 0; i < COUNT(types); i++)
        check_type(&view, &types[i]);
    mmv_view_close(&view);
}

static void every_type(void)
{
    for (place = 0; place < COUNT(places); place++)
        conf_each_map(places[place].size, MMV_READ_WRITE, check_place);
}

/* An enumeration of bad flags: bits that mean nothing, and a power of ten above 28. */
static void bad_decimals(void)
{
    static const int32_t bad[] = {1, 0x8000, 0x01000000, 0x40000000, 29 << 16, 255 << 16};
    mmv_map *map = conf_memory(4096, MMV_READ_WRITE);
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        mmv_decimal value = {0, 0, 0, bad[i]};
        mmv_decimal got = {7, 7, 7, 7};
        THROWS(CONF_ACCESS, mmv_view_write_decimal(&view, 0, value), "Argument");
        HOLDS(conf_byte(&view, 12) == 0 && conf_byte(&view, 15) == 0);
        FINE(mmv_view_write_struct(&view, 16, &value, sizeof value));
        THROWS(CONF_ACCESS, mmv_view_read_decimal(&view, 16, &got), "Argument");
        HOLDS(got.low == 7 && got.flags == 7);
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* ---- flushing, sharing, closing --------------------------------------------------------------------------------- */

static void check_flush(mmv_map *map)
{
    static const mmv_access all[] = {MMV_READ, MMV_WRITE, MMV_READ_WRITE, MMV_COPY_ON_WRITE};
    for (size_t i = 0; i < COUNT(all) * 3; i++) {
        mmv_view view = conf_view(map, all[i / 3], 1, 4095);
        FINE(mmv_view_flush(&view, 0, 0, (mmv_flush)(i % 3)));
        mmv_view_close(&view);
    }
}

static void flush_every_view(void)
{
    conf_each_map(8192, MMV_READ_WRITE, check_flush);
}

static void check_sharing(mmv_map *map)
{
    uint8_t byte = 0;
    size_t done = 0;
    mmv_view one = conf_view(map, MMV_READ_WRITE, 0, 0);
    mmv_view other = conf_view(map, MMV_READ_WRITE, 0, 0);
    FINE(mmv_view_write_uint8(&one, 4095, 42));
    HOLDS(mmv_view_read_uint8(&other, 4095, &byte) == MMV_OK && byte == 42);
    FINE(mmv_view_write_uint8(&other, 0, 84));
    HOLDS(mmv_view_read_uint8(&one, 0, &byte) == MMV_OK && byte == 84);
    mmv_view_close(&one);
    mmv_view_close(&other);
    mmv_view later = conf_view(map, MMV_READ, 0, 0);
    HOLDS(mmv_view_read_uint8(&later, 4095, &byte) == MMV_OK && byte == 42);
    mmv_view_close(&later);
    mmv_stream stream = conf_stream_of(map, MMV_READ, 0, 0);
    HOLDS(mmv_stream_read(&stream, &byte, 1, &done) == MMV_OK && done == 1 && byte == 84);
    mmv_stream_close(&stream);
}

static void views_share(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_sharing);
}

static void check_copies(mmv_map *map)
{
    uint8_t byte = 0;
    mmv_view whole = conf_view(map, MMV_READ_WRITE, 0, 0);
    FINE(mmv_view_write_uint8(&whole, 0, 42));
    mmv_view copy = conf_view(map, MMV_COPY_ON_WRITE, 0, 0);
    HOLDS(mmv_view_read_uint8(&copy, 0, &byte) == MMV_OK && byte == 42);
    FINE(mmv_view_write_uint8(&copy, 0, 84));
    HOLDS(mmv_view_read_uint8(&copy, 0, &byte) == MMV_OK && byte == 84);
    mmv_view_close(&copy);
    HOLDS(mmv_view_read_uint8(&whole, 0, &byte) == MMV_OK && byte == 42);
    mmv_view_close(&whole);
    whole = conf_view(map, MMV_READ, 0, 0);
    HOLDS(mmv_view_read_uint8(&whole, 0, &byte) == MMV_OK && byte == 42);
    mmv_view_close(&whole);
}

static void copy_on_write(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_copies);
}

static void check_double_close(mmv_map *map)
{
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    mmv_view_close(&view);
    mmv_view_close(&view);
    FINE(mmv_view_close_flushing(&view, MMV_FLUSH_DURABLE));
}

static void double_close(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_double_close);
}

static void check_closed(mmv_map *map)
{
    _Alignas(16) unsigned char got[16];
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    mmv_view_close(&view);
    HOLDS(view.data == NULL && view.length == 0);
    for (size_t i = 0; i < COUNT(types); i++) {
        THROWS(CONF_ACCESS, types[i].write(&view, 0), "ObjectDisposed");
        THROWS(CONF_ACCESS, types[i].read(&view, 0, got), "ObjectDisposed");
    }
    THROWS(CONF_VIEW, mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE), "ObjectDisposed");
    THROWS(CONF_VIEW, mmv_view_grow(&view, 4096), "ObjectDisposed");
}

static void after_close(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_closed);
}

static void after_map_close(void)
{
    mmv_map *map = conf_memory(8192, MMV_READ_WRITE);
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    mmv_map_close(&map);
    conf_validate_view(&view, MMV_READ_WRITE);
    FINE(mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE));
    mmv_view_close(&view);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const conf_row rows[] = {
    SAME("InvalidArguments", bad_ranges),
    DIFFERS("InvalidArguments: size -1, size int64 max", huge_sizes,
            "a length that does not fit is one error, MMV_ERANGE(length), however large; .NET has three for it. -1 is "
            "MMV_EMPTY"),
    DIFFERS("InvalidArguments: access -1, 42", bad_access,
            "what is no access is a wrong argument, as for maps; .NET calls it out of range"),
    SAME("ValidAccessLevelCombinations", valid_access),
    SAME("InvalidAccessLevelsCombinations", invalid_access),
    SAME("InvalidAccessLevels_ReadWrite_NonUwp", invalid_access),
    DIFFERS("PointerOffsetMatchesViewStart", starts_of_views,
            "there is no pointer offset to add and to forget: data is the view's first byte, at any offset"),
    SAME("AllReadWriteMethods", every_type),
    SAME("AllReadWriteMethods: decimals that are none", bad_decimals),
    SAME("FlushSupportedOnBothReadAndWriteAccessors", flush_every_view),
    SAME("ViewsShareData", views_share),
    SAME("CopyOnWrite", copy_on_write),
    SAME("DisposeMultipleTimes", double_close),
    SAME("InvalidAfterDisposal", after_close),
    SAME("UseAfterMMFDisposal", after_map_close),
    NOT_HERE("AllowFinalization",
             "C has no finalizers: who opened a view closes it, and the leak sanitizer tells who did not"),
};

const conf_suite conf_accessor = SUITE("ViewAccessor", rows);
