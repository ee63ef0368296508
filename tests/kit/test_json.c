/* SPDX-License-Identifier: MIT */
/* test_json.c - a flat object, and strings of any bytes as the text that RFC 8259 wants. */

#include "check.h"

#include "capture.h"
#include "kit/cli/json.h"

static const char *text_of(const char *value)
{
    struct json json;
    capture_begin(stdout);
    json_begin(&json, stdout);
    json_text(&json, "k", value);
    json_end(&json);
    return capture_end();
}

static void test_an_object_of_every_kind_of_value(void **state)
{
    struct json json;
    const uint64_t counts[] = {0, UINT64_MAX};
    (void)state;
    capture_begin(stdout);
    json_begin(&json, stdout);
    json_text(&json, "text", "a");
    json_count(&json, "count", UINT64_MAX);
    json_real(&json, "real", 0.25);
    json_bool(&json, "yes", true);
    json_bool(&json, "no", false);
    json_null(&json, "null");
    json_counts(&json, "counts", counts, COUNT(counts));
    json_counts(&json, "none", counts, 0);
    assert_true(json_end(&json));
    assert_string_equal(capture_end(),
                        "{\"text\": \"a\", \"count\": 18446744073709551615, \"real\": 0.25, \"yes\": true, "
                        "\"no\": false, \"null\": null, \"counts\": [0, 18446744073709551615], \"none\": "
                        "[]}\n");
}

static void test_lists_of_objects(void **state)
{
    struct json json;
    (void)state;
    capture_begin(stdout);
    json_begin(&json, stdout);
    json_list(&json, "none");
    json_list_end(&json);
    json_list(&json, "some");
    for (uint64_t i = 0; i < 2; i++) {
        json_item(&json);
        json_count(&json, "i", i);
        json_list(&json, "in");
        json_item(&json);
        json_item_end(&json);
        json_list_end(&json);
        json_bool(&json, "odd", i == 1);
        json_item_end(&json);
    }
    json_list_end(&json);
    json_null(&json, "last");
    assert_true(json_end(&json));
    assert_string_equal(capture_end(), "{\"none\": [], \"some\": [{\"i\": 0, \"in\": [{}], \"odd\": false}, "
                                       "{\"i\": 1, \"in\": [{}], \"odd\": true}], \"last\": null}\n");
}

static void test_what_would_end_a_string_is_escaped(void **state)
{
    (void)state;
    assert_string_equal(text_of("a\"b\\c"), "{\"k\": \"a\\\"b\\\\c\"}\n");
    assert_string_equal(text_of("\n\t\x1f\x7f"), "{\"k\": \"\\u000a\\u0009\\u001f\\u007f\"}\n");
}

/* RFC 3629: shortest forms only, no surrogates, nothing above U+10FFFF. Python's "surrogateescape" (PEP 383). */
static void test_bytes_that_are_no_utf_8_stay_exact(void **state)
{
    (void)state;
    assert_string_equal(text_of("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
                        "{\"k\": \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}\n");
    assert_string_equal(text_of("\xff"), "{\"k\": \"\\udcff\"}\n");
    assert_string_equal(text_of("\xc0\xaf"), "{\"k\": \"\\udcc0\\udcaf\"}\n");
    assert_string_equal(text_of("\xed\xb3\xbf"), "{\"k\": \"\\udced\\udcb3\\udcbf\"}\n");
    assert_string_equal(text_of("\xf4\x90\x80\x80"), "{\"k\": \"\\udcf4\\udc90\\udc80\\udc80\"}\n");
    /* Cut off by the end of the text. */
    assert_string_equal(text_of("a\xe2\x82"), "{\"k\": \"a\\udce2\\udc82\"}\n");
}

static void test_what_a_terminal_should_not_get_is_a_number(void **state)
{
    (void)state;
    assert_string_equal(text_of("\xc2\x9b\xe2\x80\xae"), "{\"k\": \"\\u009b\\u202e\"}\n");
    assert_string_equal(text_of("\xf3\xa0\x80\x81"), "{\"k\": \"\\udb40\\udc01\"}\n");
}

static void test_a_file_that_cannot_be_written_is_told(void **state)
{
    struct json json;
    FILE *full = fopen("/dev/full", "w");
    (void)state;
    if (!full)
        skip_because("there is no /dev/full");
    json_begin(&json, full);
    json_null(&json, "k");
    assert_false(json_end(&json));
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_object_of_every_kind_of_value),
        cmocka_unit_test(test_lists_of_objects),
        cmocka_unit_test(test_what_would_end_a_string_is_escaped),
        cmocka_unit_test(test_bytes_that_are_no_utf_8_stay_exact),
        cmocka_unit_test(test_what_a_terminal_should_not_get_is_a_number),
        cmocka_unit_test(test_a_file_that_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
