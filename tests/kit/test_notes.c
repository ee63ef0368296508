/* SPDX-License-Identifier: MIT */
/* test_notes.c - what is said of one FILE, of many, and in JSON. */

#include "check.h"

#include "capture.h"
#include "kit/image/notes.h"

static const struct console console = {.tool = "test"};

static void test_each_is_said_once(void **state)
{
    struct notes notes = {0};
    (void)state;
    mmi_container container = {.note_count = 2,
                               .notes = {{MMI_NOTE_BEHIND, "144 bytes"}, {MMI_NOTE_PARTS, "page 1 of 3"}}};
    notes_take(&notes, &container);
    notes_take(&notes, &container);
    notes_add(&notes, MMI_NOTE_ASSUMED, "%d rows", 3);
    capture_begin(stderr);
    notes_say(&notes, &console, "a");
    notes_say(&notes, &(struct console){.tool = "test", .quiet = true}, "a");
    assert_string_equal(capture_end(), "test: a: note: 144 bytes\ntest: a: note: page 1 of 3\ntest: a: note: 3 rows\n");
    notes_drop(&notes);
    assert_int_equal(notes.count, 0);
    notes_add(&notes, MMI_NOTE_RAW, "raw");
    notes_add(&notes, MMI_NOTE_BEHIND, "1 byte");
    notes_forget(&notes, MMI_NOTE_RAW);
    assert_true(notes.count == 1 && notes.list[0].kind == MMI_NOTE_BEHIND);
    notes_drop(&notes);
}

static void test_json_has_a_list(void **state)
{
    struct notes notes = {0};
    struct json json;
    (void)state;
    capture_begin(stdout);
    json_begin(&json, stdout);
    notes_json(&notes, &json);
    notes_add(&notes, MMI_NOTE_RAW, "\"raw\"");
    notes_add(&notes, MMI_NOTE_PARTS, "more");
    notes_json(&notes, &json);
    assert_true(json_end(&json));
    assert_string_equal(capture_end(), "{\"notes\": [], \"notes\": [\"\\\"raw\\\"\", \"more\"]}\n");
    notes_drop(&notes);
}

static void test_of_many_files_each_kind_is_one_line(void **state)
{
    struct notes_sum sum;
    struct notes raw = {0}, both = {0};
    (void)state;
    notes_add(&raw, MMI_NOTE_RAW, "raw, 4 x u8");
    notes_add(&both, MMI_NOTE_RAW, "raw, 4 x i16le");
    notes_add(&both, MMI_NOTE_PARTS, "page 1 of 2");
    notes_add(&both, MMI_NOTE_PARTS, "and another");
    notes_sum_begin(&sum);
    notes_sum_add(&sum, &raw, "a");
    notes_sum_add(&sum, &both, "b");
    capture_begin(stderr);
    notes_sum_say(&sum, &console);
    assert_string_equal(capture_end(), "test: note: 2 files: raw, 4 x u8 (the first: a)\n"
                                       "test: b: note: page 1 of 2\n");
    notes_sum_end(&sum);
    notes_drop(&raw);
    notes_drop(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_said_once),
        cmocka_unit_test(test_json_has_a_list),
        cmocka_unit_test(test_of_many_files_each_kind_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
