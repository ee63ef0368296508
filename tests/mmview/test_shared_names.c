/* SPDX-License-Identifier: MIT */
/* test_shared_names.c - any text is a name: how it is spelled in a path, found, listed and removed. */

#include "check.h"

#include "peers.h"
#include "scratch.h"
#include "shared/spelling.h"

#include <mmview/sync.h>

#include <sys/stat.h>
#include <unistd.h>

/* ---- spelling --------------------------------------------------------------------------------------------------- */

static void test_spelling(void **state)
{
    static const struct {
        const char *name, *part;
    } cases[] = {
        {"plain", "plain"},
        {" ", " "},
        {".", "."},
        {"..", ".."},
        {"local/name", "local%2Fname"},
        {"/", "%2F"},
        {"100%", "100%25"},
        {"%2F", "%252F"},
        {"%~x", "%25~x"},
        {"a\nb\x01\x7f\x1f", "a%0Ab%01%7F%1F"},
        {"x.mmj.0-10", "x%2Emmj.0-10"},
        {".mmj", ".mmj"},
        {".mmj..mmj.", "%2Emmj.%2Emmj."},
        {"\xff\xc3\xa9", "\xff\xc3\xa9"},
        {"Global\\x", "Global\\x"},
        {"back\\slash", "back\\slash"},
    };
    char part[MMV__PART_MOST + 1];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mmv__name_spell(cases[i].name, part);
        assert_string_equal(part, cases[i].part);
        char *name = mmv__part_read(part, NULL);
        assert_non_null(name);
        assert_string_equal(name, cases[i].name);
        free(name);
    }
}

static void test_what_spells_no_name(void **state)
{
    static const char *const parts[] = {"a%2f", "%41", "100%", "%2", "%", "x.mmj.0", "%~", "%~00", "a%00b", ""};
    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (parts[i][0])
            assert_null(mmv__part_read(parts[i], "some name"));
}

static void test_two_names_have_two_spellings(void **state)
{
    char long_one[MMV_NAME_MAX + 100], parts[4][MMV__PART_MOST + 1];
    (void)state;
    memset(long_one, 'x', sizeof long_one);
    long_one[200] = '\0';
    mmv__name_spell(long_one, parts[0]);
    assert_string_equal(parts[0], long_one);
    long_one[200] = 'x', long_one[201] = '\0';
    mmv__name_spell(long_one, parts[1]);
    long_one[201] = 'x', long_one[202] = '\0';
    mmv__name_spell(long_one, parts[2]);
    long_one[0] = 'y';
    mmv__name_spell(long_one, parts[3]);
    for (size_t i = 1; i < 4; i++) {
        assert_true(mmv__part_is_sum(parts[i]));
        assert_int_equal(strlen(parts[i]), 34);
        assert_string_not_equal(parts[i], parts[i % 3 + 1]);
    }
    /* The same on every machine: XXH3 of 202 bytes. */
    assert_null(mmv__part_read(parts[3], NULL));
    assert_null(mmv__part_read(parts[2], long_one));
    char *name = mmv__part_read(parts[3], long_one);
    assert_string_equal(name, long_one);
    free(name);
    /* 67 slashes take 201 bytes. */
    memset(long_one, '/', 67);
    long_one[67] = '\0';
    mmv__name_spell(long_one, parts[0]);
    assert_true(mmv__part_is_sum(parts[0]));
    long_one[66] = '\0';
    mmv__name_spell(long_one, parts[0]);
    assert_false(mmv__part_is_sum(parts[0]));
}

static void test_prefixes(void **state)
{
    (void)state;
    assert_string_equal(mmv__name_proper("Local\\x"), "x");
    assert_string_equal(mmv__name_proper("Local\\Local\\x"), "x");
    assert_string_equal(mmv__name_proper("Global\\x"), "Global\\x");
    assert_string_equal(mmv__name_proper("local\\x"), "local\\x");
    assert_null(mmv__name_proper("Local\\"));
    assert_null(mmv__name_proper("Local\\Local\\"));
    /* What no name is spelled as stands for none. */
    assert_null(mmv__part_read("Local\\x", NULL));
    assert_null(mmv__part_read("", NULL));
    assert_null(mmv__name_proper(""));
    assert_null(mmv__name_proper(NULL));
}

/* ---- in use ----------------------------------------------------------------------------------------------------- */

static char wanted_name[MMV_NAME_LONGEST + 1];

static bool look_for(const mmv_shared_info *info, void *user)
{
    *(bool *)user |= strcmp(info->full_name, wanted_name) == 0 && strncmp(info->name, wanted_name, MMV_NAME_MAX) == 0;
    return true;
}

static bool is_listed(void)
{
    bool is = false;
    assert_ok(mmv_shared_list(look_for, &is));
    return is;
}

static int find_it(const char *name)
{
    mmv_map *map;
    (void)name;
    return mmv_map_open_named(wanted_name, MMV_READ, NULL, &map) != MMV_OK || mmv_map_capacity(map) != PEERS_SIZE;
}

/* Made, found by another process, listed as it was given, and gone with nothing left beside it. */
static void use_name(void)
{
    mmv_map *map, *other;
    mmv_shared_info info;
    char label[300];
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_map_open_named(wanted_name, MMV_READ_WRITE, &options, &map));
    snprintf(label, sizeof label, "%s", mmv_map_path(map));
    assert_true(file_exists(label));
    assert_status(mmv_map_open_named(wanted_name, MMV_READ_WRITE, &options, &other), MMV_EEXIST);
    assert_int_equal(in_child(find_it, ""), 0);
    assert_true(is_listed());
    assert_ok(mmv_shared_stat(wanted_name, &info));
    assert_int_equal(info.kind, MMV_SHARED_MAP);
    assert_int_equal(strncmp(info.name, wanted_name, MMV_NAME_MAX), 0);
    mmv_map_close(&map);
    peers_tidy(wanted_name);
    assert_false(file_exists(label));
    assert_false(is_listed());
}

static void name_of_length(size_t length)
{
    assert_true(length < sizeof wanted_name);
    int start = snprintf(wanted_name, sizeof wanted_name, "%s-", peers_name("length"));
    memset(wanted_name + start, 'x', length - (size_t)start);
    wanted_name[length] = '\0';
}

static void test_any_text_is_a_name(void **state)
{
    static const char *const all[] = {"local/name", "a\nb\x7f",    "%",  "Global\\x", "x.mmj.0-10", "\xff\xfe",
                                      "../../etc",  "a b'\"$(id)", "\\", "%2F",       "azAZ09+/==", "*"};
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        snprintf(wanted_name, sizeof wanted_name, "%s", peers_name(all[i]));
        use_name();
    }
    const size_t lengths[] = {200, 201, 255, 1000, MMV_NAME_LONGEST};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        name_of_length(lengths[i]);
        use_name();
    }
}

static void test_local_is_the_name_itself(void **state)
{
    mmv_map *map, *other;
    char text[200];
    (void)state;
    const char *name = peers_name("local");
    map = peers_map(name);
    snprintf(text, sizeof text, "Local\\%s", name);
    assert_ok(mmv_map_open_named(text, MMV_READ, NULL, &other));
    assert_true(mmv_map_same_file(map, other));
    mmv_map_close(&other);
    snprintf(text, sizeof text, "Global\\%s", name);
    assert_status(mmv_map_open_named(text, MMV_READ, NULL, &other), MMV_ENOENT);
    mmv_map_close(&map);
    peers_tidy(name);
}

/* Objects with a header have a label, too, where the path does not tell the name. */
static void test_a_mutex_with_a_long_name(void **state)
{
    mmv_mutex *mutex, *other;
    mmv_map *map;
    char path[300] = "";
    (void)state;
    name_of_length(300);
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_mutex_open(wanted_name, &options, &mutex));
    assert_ok(mmv_mutex_open(wanted_name, NULL, &other));
    assert_status(mmv_map_open_named(wanted_name, MMV_READ, NULL, &map), MMV_EKIND);
    snprintf(path, sizeof path, "%s", mmv_last_error()->file);
    assert_true(file_exists(path));
    assert_true(is_listed());
    assert_ok(mmv_shared_set_permissions(wanted_name, 0640));
    mmv_mutex_close(&other);
    assert_ok(mmv_shared_remove(wanted_name));
    assert_false(file_exists(path));
    mmv_mutex_close(&mutex);
}

/* What has the sum of one name in its path, and another one in its label, is neither. */
static void test_a_label_of_another_name(void **state)
{
    mmv_map *map, *other;
    mmv_shared_info info;
    char label[400], part[MMV__PART_MOST + 1];
    (void)state;
    name_of_length(300);
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_map_open_named(wanted_name, MMV_READ_WRITE, &options, &map));
    assert_ok(mmv_map_open_named(wanted_name, MMV_READ, NULL, &other));
    mmv_map_close(&other);
    mmv__name_spell(wanted_name, part);
    assert_non_null(strstr(mmv_map_path(map), part));
    const char *slash = strrchr(mmv_map_path(map), '/');
    struct stat facts;
    assert_int_equal(stat(mmv_map_path(map), &facts), 0);
    snprintf(label, sizeof label, "%.*s.mmv.%s.%016llx", (int)(slash + 1 - mmv_map_path(map)), mmv_map_path(map), part,
             (unsigned long long)facts.st_ino);
    assert_true(file_exists(label));
    file_put_at(label, "y", 1, 30);
    assert_status(mmv_map_open_named(wanted_name, MMV_READ, NULL, &other), MMV_EKIND);
    assert_status(mmv_shared_remove(wanted_name), MMV_EKIND);
    assert_status(mmv_shared_stat(wanted_name, &info), MMV_EKIND);
    assert_false(is_listed());
    /* Nobody takes it away now, where it persists. */
    unlink(mmv_map_path(map));
    unlink(label);
    mmv_map_close(&map);
}

static void test_what_is_no_name(void **state)
{
    mmv_map *map;
    mmv_shared_info info;
    static char longest[MMV_NAME_LONGEST + 2];
    (void)state;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    memset(longest, 'x', sizeof longest - 1);
    const char *const bad[] = {"", "Local\\", NULL, longest};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_bad(mmv_map_open_named(bad[i], MMV_READ_WRITE, &options, &map), MMV_EINVAL, "name");
        assert_bad(mmv_shared_stat(bad[i], &info), MMV_EINVAL, "name");
        assert_bad(mmv_shared_remove(bad[i]), MMV_EINVAL, "name");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_what_spells_no_name),
        cmocka_unit_test(test_two_names_have_two_spellings),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_any_text_is_a_name),
        cmocka_unit_test(test_local_is_the_name_itself),
        cmocka_unit_test(test_a_mutex_with_a_long_name),
        cmocka_unit_test(test_a_label_of_another_name),
        cmocka_unit_test(test_what_is_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
