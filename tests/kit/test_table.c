/* SPDX-License-Identifier: MIT */
/* test_table.c - headers that name fields: a whole one, and what is left of it when bytes of it are others. */

#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmrec/table.h"
#include "scratch.h"
#include "table_sound.h"

#define LARGEST 12000
#define DAMAGES 400

static unsigned char bytes[LARGEST];

static bool read_file(struct table *table, const char *path, const char *part)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(descriptor >= 0);
    bool fine = table_read(table, &(struct table_wish){path, descriptor, part});
    close(descriptor);
    return fine;
}

static void check_sound(const struct table *table, uint64_t size)
{
    const char *unsound = table_unsound(table, size);
    if (unsound)
        fail_msg("%s", unsound);
}

/* The file as it is, cut anywhere, and with other bytes in its header. */
static void check_damages(size_t size, size_t header)
{
    struct table table;
    unsigned read = 0;
    file_put(scratch("whole"), bytes, size);
    assert_true(read_file(&table, scratch("whole"), NULL));
    check_sound(&table, size);
    table_drop(&table);
    for (unsigned i = 0; i < DAMAGES; i++) {
        unsigned char damaged[LARGEST];
        size_t left = i % 4 ? size : size * i / DAMAGES;
        memcpy(damaged, bytes, size);
        for (unsigned k = 0; k < 1 + i % 3 && i % 4; k++) {
            const char others[] = "0129,'()[]<>|abVOUSf-\xff";
            size_t at = (size_t)(i * 2654435761u + k * 40503u) % header;
            damaged[at] = (unsigned char)others[(i * 7 + k * 3) % (sizeof others - 1)];
        }
        file_put(scratch("damaged"), damaged, left);
        if (read_file(&table, scratch("damaged"), i % 5 ? NULL : "2")) {
            check_sound(&table, left);
            read++;
        } else {
            assert_true(table.why[0] != '\0');
        }
        table_drop(&table);
    }
    assert_true(read > 0 && read < DAMAGES);
}

/* ---- .npy -------------------------------------------------------------------------------------------------------- */

/* A header, and so many bytes behind it. Returns the length of the header. */
static size_t make_npy(const char *text, size_t behind)
{
    size_t length = strlen(text);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "\x93NUMPY\1\0", 8);
    bytes[8] = (unsigned char)length;
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + 10, text, length);
    assert_true(10 + length + behind <= LARGEST);
    return 10 + length;
}

static void test_npy_may_be_damaged(void **state)
{
    (void)state;
    size_t header =
        make_npy("{'descr': [('id', '>u4'), ('', '|V4'), (('title', 'a b'), '<f4', (2,)), ('in', [('x', '<i2'), "
                 "('s', 'S2')], (2,))], 'fortran_order': False, 'shape': (3,), }",
                 72);
    check_damages(header + 72, header);
}

static void refuses(const char *text, const char *why)
{
    struct table table;
    size_t header = make_npy(text, 64);
    file_put(scratch("refused"), bytes, header + 64);
    assert_false(read_file(&table, scratch("refused"), NULL));
    if (!strstr(table.why, why))
        fail_msg("'%s' is not in: %s", why, table.why);
    table_drop(&table);
}

static void test_npy_that_is_refused(void **state)
{
    (void)state;
    refuses("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}", "pickled");
    refuses("{'descr': [('a', '<f16')], 'fortran_order': False, 'shape': (1,)}", "no field that can be worked on");
    refuses("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (17,)}", "17 records of 4 bytes");
    refuses("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4611686018427387904,)}", "fits no file");
    refuses("{'descr': [('a', '<f4', (99999999999,))], 'fortran_order': False, 'shape': (0,)}", "1 MiB");
    refuses(
        "{'descr': [('a', [('b', [('c', [('d', [('e', [('f', [('g', [('h', [('i', [('j', '<f4')])])])])])])])])])], "
        "'fortran_order': False, 'shape': (1,)}",
        "too deeply");
    refuses(
        "{'descr': [('a', [], (9223372036854775807,)), ('b', [('c', '|V0')], (9223372036854775807,))], 'shape': (1,)}",
        "");
    refuses("{'descr': [('a', '<')], 'shape': (1,)}", "goes wrong");
    refuses("{'descr': [('a', '')], 'shape': (1,)}", "goes wrong");
    refuses("{'descr': [('a', '<f99999999999999999999999')], 'shape': (1,)}", "");
    /* 4096 ^ 4 fields of no bytes. */
    refuses("{'descr': [('a', [('b', [('c', [('d', '|V0')], (4096,))], (4096,))], (4096,))], 'shape': (1,)}", "");
    refuses("{'descr': [('a', '<f4')], 'fortran_order': False}", "goes wrong");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "--record='f32le x' --offset=");
}

/* Blanks that are looked at again for each element: a header of 10,000 bytes must not take minutes. */
static void test_npy_that_repeats_its_text(void **state)
{
    (void)state;
    char text[LARGEST - 200];
    const char *front = "{'descr': [('a', [('', '|V1'", *behind = ")], (150000,))], 'shape': (1,)}";
    memset(text, ' ', sizeof text);
    memcpy(text, front, strlen(front));
    memcpy(text + sizeof text - 1 - strlen(behind), behind, strlen(behind) + 1);
    refuses(text, "too many fields");
}

/* Thousands of fields that have one name once it is as short as it must be. */
static void test_npy_whose_names_are_alike(void **state)
{
    struct table table;
    (void)state;
    size_t header = make_npy("{'descr': [('a_name_that_is_longer_than_any_name_of_a_field_may_be_in_a_table', [('x', "
                             "'|u1')], (4096,))], 'fortran_order': False, 'shape': (1,), }",
                             4096);
    file_put(scratch("alike"), bytes, header + 4096);
    assert_true(read_file(&table, scratch("alike"), NULL));
    check_sound(&table, header + 4096);
    assert_int_equal(table.fields.count, 4096);
    assert_string_equal(table.fields.list[1].name, "a_name_that_is_longer_than_any_name_of_a_field_may_b_2");
    table_drop(&table);
    header = make_npy("{'descr': [('a-', '|u1'), ('a_2', '|u1'), ('a-', '|u1'), ('a_', '|u1'), ('a__3', '|u1'), "
                      "('a-', '|u1')], 'shape': (1,), }",
                      6);
    file_put(scratch("alike"), bytes, header + 6);
    assert_true(read_file(&table, scratch("alike"), NULL));
    static const char *const names[] = {"a_", "a_2", "a__2", "a__3", "a__3_2", "a__4"};
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(table.fields.list[i].name, names[i]);
    table_drop(&table);
}

/* ---- FITS -------------------------------------------------------------------------------------------------------- */

static size_t put_cards(size_t at, const char *const *cards)
{
    memset(bytes + at, ' ', 2880);
    for (size_t i = 0; cards[i]; i++)
        memcpy(bytes + at + 80 * i, cards[i], strlen(cards[i]));
    return at + 2880;
}

static void test_fits_may_be_damaged(void **state)
{
    static const char *const first[] = {"SIMPLE  =                    T", "BITPIX  =                    8",
                                        "NAXIS   =                    0", "END", NULL};
    static const char *const second[] = {"XTENSION= 'BINTABLE'",
                                         "BITPIX  =                    8",
                                         "NAXIS   =                    2",
                                         "NAXIS1  =                   20",
                                         "NAXIS2  =                    9",
                                         "PCOUNT  =                   16",
                                         "GCOUNT  =                    1",
                                         "TFIELDS =                    4",
                                         "TTYPE1  = 'it''s / one'",
                                         "TFORM1  = '1J      '",
                                         "TFORM2  = 'I       '",
                                         "TZERO2  =                32768",
                                         "TTYPE3  = 'NAME    '",
                                         "TFORM3  = '6A      '",
                                         "TTYPE4  = 'LONG    '",
                                         "TFORM4  = 'PB(9)   '",
                                         "END",
                                         NULL};
    static const char least[] = "-9223372036854775808";
    struct table table;
    (void)state;
    memset(bytes, 0, sizeof bytes);
    size_t header = put_cards(put_cards(0, first), second);
    memcpy(bytes + 2880 + 80 + 10, least, sizeof least - 1);
    file_put(scratch("fits"), bytes, header + 2880);
    assert_false(read_file(&table, scratch("fits"), NULL));
    assert_non_null(strstr(table.why, "BITPIX"));
    table_drop(&table);
    header = put_cards(put_cards(0, first), second);
    file_put(scratch("fits"), bytes, header + 2880);
    assert_true(read_file(&table, scratch("fits"), NULL));
    assert_int_equal(table.fields.count, 3);
    assert_int_equal(table.offset, header);
    assert_int_equal(table.records, 9);
    assert_string_equal(table.fields.list[0].name, "it_s___one");
    assert_string_equal(table.fields.list[1].name, "col2");
    assert_true(table.fields.list[1].is_shifted && table.fields.list[1].type.kind == MMI_U16);
    assert_string_equal(table.fields.list[2].name, "NAME");
    table_drop(&table);
    check_damages(header + 2880, header);
}

/* ---- LAS --------------------------------------------------------------------------------------------------------- */

static void test_las_may_be_damaged(void **state)
{
    (void)state;
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "LASF", 4);
    bytes[24] = 1;
    bytes[25] = 2;
    bytes[94] = 227; /* of the header */
    bytes[96] = 500 & 255;
    bytes[97] = 500 >> 8;
    bytes[100] = 1;
    bytes[104] = 3;
    bytes[105] = 34 + 4; /* of a point */
    bytes[107] = 10;
    memcpy(bytes + 227 + 2, "LASF_Spec", 9);
    bytes[227 + 18] = 4;
    bytes[227 + 20] = 192;
    bytes[227 + 54 + 2] = 9; /* a float */
    memcpy(bytes + 227 + 54 + 4, "height above", 12);
    check_damages(500 + 10 * 38, 227 + 54 + 192);
    /* A change of such points would be one of the header. */
    struct table table;
    bytes[96] = 226;
    bytes[97] = 0;
    file_put(scratch("las"), bytes, 500 + 10 * 38);
    assert_false(read_file(&table, scratch("las"), NULL));
    assert_non_null(strstr(table.why, "points begin at byte 226"));
    table_drop(&table);
}

/* Of the specification's tables: each format's fields in their order, each with its bytes. */
static const char *const las_formats[] = {
#define LAS_OLD "X4 Y4 Z4 intensity2 flags1 classification1 scan_angle_rank1 user_data1 point_source_id2 "
#define LAS_NEW "X4 Y4 Z4 intensity2 returns1 flags1 classification1 user_data1 scan_angle2 point_source_id2 gps_time8 "
#define LAS_RGB "red2 green2 blue2 "
#define LAS_WAVE "wave_packet_index1 wave_packet_offset8 wave_packet_size4 return_point_location4 x_t4 y_t4 z_t4 "
    LAS_OLD,
    LAS_OLD "gps_time8 ",
    LAS_OLD LAS_RGB,
    LAS_OLD "gps_time8 " LAS_RGB,
    LAS_OLD "gps_time8 " LAS_WAVE,
    LAS_OLD "gps_time8 " LAS_RGB LAS_WAVE,
    LAS_NEW,
    LAS_NEW LAS_RGB,
    LAS_NEW LAS_RGB "nir2 ",
    LAS_NEW LAS_WAVE,
    LAS_NEW LAS_RGB "nir2 " LAS_WAVE,
};

/* One point of a format, and a record of 54 bytes and 'extra' that describes extra bytes. */
static size_t make_las(unsigned format, unsigned size, unsigned extra)
{
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "LASF", 4);
    bytes[24] = 1;
    bytes[25] = 3;
    bytes[94] = 235;
    size_t points = 235 + (extra ? 54 + extra : 0);
    bytes[96] = (unsigned char)points;
    bytes[97] = (unsigned char)(points >> 8);
    bytes[100] = extra > 0;
    bytes[104] = (unsigned char)format;
    bytes[105] = (unsigned char)size;
    bytes[106] = (unsigned char)(size >> 8);
    bytes[107] = 1;
    memcpy(bytes + 235 + 2, "LASF_Spec", 9);
    bytes[235 + 18] = 4;
    bytes[235 + 20] = (unsigned char)extra;
    bytes[235 + 21] = (unsigned char)(extra >> 8);
    return points + size;
}

static void test_las_formats(void **state)
{
    static const unsigned sizes[] = {20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67};
    (void)state;
    for (unsigned format = 0; format < COUNT(las_formats); format++) {
        struct table table;
        char said[1024] = "";
        uint32_t end = 0;
        file_put(scratch("las"), bytes, make_las(format, sizes[format], 0));
        assert_true(read_file(&table, scratch("las"), NULL));
        for (size_t i = 0; i < table.fields.count; i++) {
            const struct field *field = &table.fields.list[i];
            size_t used = strlen(said);
            assert_int_equal(field->offset, end);
            assert_false(field->is_array || field->type.big_endian);
            end += (uint32_t)field_element(field);
            snprintf(said + used, sizeof said - used, "%s%zu ", field->name, field_element(field));
        }
        assert_string_equal(said, las_formats[format]);
        assert_int_equal(end, sizes[format]);
        table_drop(&table);
    }
}

/* Types 1 to 30 of extra bytes: ten numbers, each alone, as a pair and as three. */
static void test_las_extra_bytes(void **state)
{
    static const char *const types[] = {"u8",    "i8",    "u16le", "i16le", "u32le",
                                        "i32le", "u64le", "i64le", "f32le", "f64le"};
    static const unsigned sizes[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
    (void)state;
    for (unsigned type = 1; type <= 30; type++) {
        struct table table;
        unsigned count = (type - 1) / 10 + 1, size = 20 + count * sizes[(type - 1) % 10];
        size_t length = make_las(0, size + 1, 2 * 192);
        bytes[235 + 54 + 2] = (unsigned char)type;
        memcpy(bytes + 235 + 54 + 4, "first", 5);
        bytes[235 + 54 + 192 + 2] = 2;
        memcpy(bytes + 235 + 54 + 192 + 4, "next", 4);
        file_put(scratch("las"), bytes, length);
        assert_true(read_file(&table, scratch("las"), NULL));
        const struct field *first = &table.fields.list[9], *next = &table.fields.list[10];
        assert_int_equal(table.fields.count, 11);
        assert_string_equal(first->name, "first");
        assert_string_equal(mmi_type_name(first->type), types[(type - 1) % 10]);
        assert_true(first->elements == count && first->is_array == (count > 1) && first->offset == 20);
        assert_string_equal(next->name, "next");
        assert_int_equal(next->offset, size);
        table_drop(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_npy_may_be_damaged),
        cmocka_unit_test(test_npy_that_is_refused),
        cmocka_unit_test(test_npy_whose_names_are_alike),
        cmocka_unit_test(test_npy_that_repeats_its_text),
        cmocka_unit_test(test_fits_may_be_damaged),
        cmocka_unit_test(test_las_may_be_damaged),
        cmocka_unit_test(test_las_formats),
        cmocka_unit_test(test_las_extra_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
