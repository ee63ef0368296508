/* SPDX-License-Identifier: MIT */
/*
 * interop_peer.c - our side of interop.bash; interop.cs is the other one, and does the same with the same values.
 *
 *     put FILE          make a file and write a value of each kind into it
 *     check FILE        read them
 *     serve file PATH   make a file, or a map by its name, say "ready PATH", and then take turns with the other side:
 *     serve name NAME   byte 0 counts the turns, ours are the odd ones
 *
 *     turns 1 to 200: a number in the bytes 64 to 71, each one more than what the other wrote
 *     turn 201        we made the map longer, and wrote at its new end; 202: they saw it, and wrote behind that
 *     turn 203        they may make the file longer; 204: they did
 */

#include <mmview/mmview.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SIZE 4096u
#define LAST_NUMBER 200u

/* What went wrong, and the line it was seen at. */
#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return complain(#condition, __LINE__);                                                                     \
    } while (0)

static int complain(const char *what, int line)
{
    char text[512];
    mmv_error_format(mmv_last_error(), text, sizeof text);
    fprintf(stderr, "interop_peer.c:%d: not so: %s; the latest error: %s\n", line, what, text);
    return 1;
}

/* ---- a file with values ----------------------------------------------------------------------------------------- */

static const mmv_decimal money = {12345678, 0, 0, (int32_t)0x80030000u}; /* -12345.678 */

static int put_values(const mmv_view *view)
{
    int64_t squares[100];
    for (int64_t i = 0; i < 100; i++)
        squares[i] = i * i;
    EXPECT(mmv_view_write_int32(view, 1, -123456789) == MMV_OK);
    EXPECT(mmv_view_write_int64(view, 8, INT64_C(-1234567890123456789)) == MMV_OK);
    EXPECT(mmv_view_write_double(view, 17, 1.0e300) == MMV_OK);
    EXPECT(mmv_view_write_decimal(view, 32, money) == MMV_OK);
    EXPECT(mmv_view_write_char16(view, 48, 0x20ac) == MMV_OK);
    EXPECT(mmv_view_write_bool(view, 50, true) == MMV_OK);
    EXPECT(mmv_view_write_float(view, 51, -0.5f) == MMV_OK);
    EXPECT(mmv_view_write_array(view, 1000, squares, sizeof *squares, 100) == MMV_OK);
    EXPECT(mmv_view_write_uint8(view, SIZE - 1, 200) == MMV_OK);
    return 0;
}

static int check_numbers(const mmv_view *view)
{
    int32_t small = 0;
    int64_t large = 0, squares[100];
    double real = 0;
    float half = 0;
    size_t count = 0;
    EXPECT(mmv_view_read_int32(view, 1, &small) == MMV_OK && small == -123456789);
    EXPECT(mmv_view_read_int64(view, 8, &large) == MMV_OK && large == INT64_C(-1234567890123456789));
    EXPECT(mmv_view_read_double(view, 17, &real) == MMV_OK && real == 1.0e300);
    EXPECT(mmv_view_read_float(view, 51, &half) == MMV_OK && half == -0.5f);
    EXPECT(mmv_view_read_array(view, 1000, squares, sizeof *squares, 100, &count) == MMV_OK && count == 100);
    for (int64_t i = 0; i < 100; i++)
        EXPECT(squares[i] == i * i);
    return 0;
}

static int check_values(const mmv_view *view)
{
    mmv_decimal decimal = {0};
    uint16_t letter = 0;
    uint8_t last = 0;
    bool flag = false;
    EXPECT(view->length == SIZE);
    EXPECT(mmv_view_read_decimal(view, 32, &decimal) == MMV_OK && memcmp(&decimal, &money, sizeof money) == 0);
    EXPECT(mmv_view_read_char16(view, 48, &letter) == MMV_OK && letter == 0x20ac);
    EXPECT(mmv_view_read_bool(view, 50, &flag) == MMV_OK && flag);
    EXPECT(mmv_view_read_uint8(view, SIZE - 1, &last) == MMV_OK && last == 200);
    return check_numbers(view);
}

static int with_file(const char *path, bool put)
{
    mmv_map *map;
    mmv_view view;
    mmv_map_options options = {.mode = put ? MMV_CREATE_NEW : MMV_OPEN_EXISTING, .capacity = put ? SIZE : 0};
    EXPECT(mmv_map_open_with(path, put ? MMV_READ_WRITE : MMV_READ, &options, &map) == MMV_OK);
    EXPECT(mmv_view_open(map, 0, 0, &view) == MMV_OK);
    int result = put ? put_values(&view) : check_values(&view);
    EXPECT(!put || mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE) == MMV_OK);
    mmv_view_close(&view);
    mmv_map_close(&map);
    return result;
}

/* ---- turns ------------------------------------------------------------------------------------------------------ */

static void say(const mmv_view *view, unsigned turn)
{
    atomic_store((_Atomic uint8_t *)mmv_view_span(view, 0, 1), (uint8_t)turn);
}

/* Until the other side has had its turn; not for ever, should it have died. */
static bool await(const mmv_view *view, unsigned turn)
{
    const struct timespec pause = {0, 50000};
    time_t end = time(NULL) + 60;
    _Atomic uint8_t *now = mmv_view_span(view, 0, 1);
    while (atomic_load(now) != turn) {
        if (time(NULL) > end)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static int take_turns(const mmv_view *view)
{
    int64_t number = 0;
    for (unsigned turn = 1; turn < LAST_NUMBER; turn += 2) {
        EXPECT(mmv_view_write_int64(view, 64, number + 1) == MMV_OK);
        say(view, turn);
        EXPECT(await(view, turn + 1));
        EXPECT(mmv_view_read_int64(view, 64, &number) == MMV_OK && number == turn + 1);
    }
    return 0;
}

static int grow_ours(mmv_map *map, mmv_view *view)
{
    int64_t number = 0;
    EXPECT(mmv_map_grow(map, 3 * SIZE) == MMV_OK);
    mmv_view longer;
    EXPECT(mmv_view_open(map, 0, 0, &longer) == MMV_OK && longer.length == 3 * SIZE);
    EXPECT(mmv_view_write_int64(&longer, 3 * SIZE - 8, 4711) == MMV_OK);
    say(view, LAST_NUMBER + 1);
    EXPECT(await(view, LAST_NUMBER + 2));
    EXPECT(mmv_view_read_int64(&longer, 2 * SIZE, &number) == MMV_OK && number == 4712);
    mmv_view_close(&longer);
    return 0;
}

static int grow_theirs(mmv_map *map, mmv_view *view)
{
    int64_t number = 0;
    mmv_view longer;
    say(view, LAST_NUMBER + 3);
    EXPECT(await(view, LAST_NUMBER + 4));
    EXPECT(mmv_map_capacity(map) == 3 * SIZE);
    EXPECT(mmv_map_refresh(map) == MMV_OK && mmv_map_capacity(map) == 5 * SIZE);
    EXPECT(mmv_view_open(map, 4 * SIZE, 0, &longer) == MMV_OK && longer.length == SIZE);
    EXPECT(mmv_view_read_int64(&longer, SIZE - 8, &number) == MMV_OK && number == 4713);
    mmv_view_close(&longer);
    return 0;
}

static int serve(mmv_map *map)
{
    mmv_view view;
    EXPECT(mmv_view_open(map, 0, 0, &view) == MMV_OK);
    printf("ready %s\n", mmv_map_path(map));
    fflush(stdout);
    int result = take_turns(&view);
    if (result == 0)
        result = grow_ours(map, &view);
    if (result == 0)
        result = grow_theirs(map, &view);
    mmv_view_close(&view);
    return result;
}

static int serve_file(const char *path)
{
    mmv_map *map;
    mmv_map_options options = {.mode = MMV_CREATE_NEW, .capacity = SIZE};
    EXPECT(mmv_map_open_with(path, MMV_READ_WRITE, &options, &map) == MMV_OK);
    int result = serve(map);
    mmv_map_close(&map);
    return result;
}

static int serve_name(const char *name)
{
    mmv_map *map;
    mmv_shared_options options = {.mode = MMV_CREATE_NEW, .capacity = SIZE, .persist = MMV_POSIX_ONLY};
    EXPECT(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) == MMV_OK);
    int result = serve(map);
    mmv_map_close(&map);
    if (MMV_POSIX_ONLY)
        mmv_shared_remove(name);
    return result;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "put") == 0)
        return with_file(argv[2], true);
    if (argc == 3 && strcmp(argv[1], "check") == 0)
        return with_file(argv[2], false);
    if (argc == 4 && strcmp(argv[1], "serve") == 0)
        return strcmp(argv[2], "name") == 0 ? serve_name(argv[3]) : serve_file(argv[3]);
    fputs("usage: interop_peer put|check FILE, or serve file PATH, or serve name NAME\n", stderr);
    return 2;
}
