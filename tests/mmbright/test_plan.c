/* SPDX-License-Identifier: MIT */
/* test_plan.c - which bytes of a file a command changes, in which walks, and how shards divide them. */

#include "check.h"

#include "capture.h"
#include "scratch.h"
#include "typed.h"

#include "mmbright/plan/destination.h"
#include "mmbright/plan/operation.h"
#include "mmbright/plan/spans.h"

#define FILE_BYTES 48000

static struct command command;
static struct console console;
static struct bright_plan plan;
static struct destination to;
static mmv_journal_cache *neighbours;

/* Plans a file of 'size' bytes; OUT in 'options' is another path that is free. */
static int make_line(const char *change, const char *options, uint64_t size)
{
    char line[2400], words[1200];
    file_sparse(scratch("image"), size);
    snprintf(words, sizeof words, "%s", options);
    char *place = strstr(words, "OUT");
    snprintf(line, sizeof line, "%s %.*s%s%s -j 2 %s", change, (int)(place ? place - words : (ptrdiff_t)strlen(words)),
             words, place ? scratch("out") : "", place ? place + 3 : "", scratch("image"));
    typed_fine(&command, &console, line);
    const struct plan_request request = {&command, &console, command.files.names[0], &neighbours, NULL, NULL, NULL};
    return plan_make(&plan, &to, &request);
}

static int make_plan(const char *options, uint64_t size)
{
    return make_line("--add=10", options, size);
}

static void make_fine(const char *options, uint64_t size)
{
    int result = make_plan(options, size);
    if (result != TOOL_DONE)
        print_error("mmbright %s: %d\n", options, result);
    assert_int_equal(result, TOOL_DONE);
}

static void drop(void)
{
    plan_drop(&plan);
    command_drop(&command);
    mmv_journal_cache_free(&neighbours);
}

static void must_be_span(size_t index, uint64_t offset, uint64_t record, uint64_t stride, uint64_t count)
{
    assert_true(index < plan.spans.count);
    const mmi_span *span = &plan.spans.list[index];
    assert_int_equal(span->offset, offset);
    assert_int_equal(span->record, record);
    assert_int_equal(span->stride, stride);
    assert_int_equal(span->count, count);
}

static void test_spans(void **state)
{
    (void)state;
    /* With a journal a walk stops between pixels, without one between rows. */
    make_fine("-i", FILE_BYTES);
    assert_int_equal(plan.spans.count, 1);
    must_be_span(0, 0, 8, 8, 6000);
    assert_int_equal(plan.pixels, 6000);
    assert_int_equal(plan_work(&plan), FILE_BYTES);
    drop();
    make_fine("-i --offset=800 --length=1600", FILE_BYTES);
    must_be_span(0, 800, 8, 8, 200);
    assert_int_equal(plan.range.offset, 800);
    drop();
    make_fine("-i --journal=off --width=10 --roi=2,3,4x5", FILE_BYTES);
    assert_int_equal(plan.spans.count, 1);
    must_be_span(0, 3 * 80 + 16, 32, 80, 5);
    assert_int_equal(plan.pixels, 20);
    assert_int_equal(plan_work(&plan), 160);
    drop();
    /* With a height the image ends before the file, and what follows is none of it. */
    make_fine("-i --width=10 --height=20 --roi=0,0,10x20", FILE_BYTES);
    assert_int_equal(plan.range.length, 1600);
    must_be_span(0, 0, 8, 8, 200);
    drop();
    make_fine("-i --journal=off --width=100 --layout=bsq -c gb", FILE_BYTES);
    assert_int_equal(plan.image.height, 60);
    for (size_t i = 0; i < plan.spans.count; i++)
        assert_int_equal(plan.spans.list[i].record, 200);
    assert_int_equal(plan.spans.list[0].offset, 12000);
    assert_int_equal(plan_work(&plan), 24000);
    drop();
}

/* Rows that no window could hold are a span each. */
static void test_rows_longer_than_the_limit(void **state)
{
    (void)state;
    file_sparse(scratch("image"), FILE_BYTES);
    make_fine("-i --journal=off --width=100 --roi=10,0,50x3", FILE_BYTES);
    must_be_span(0, 80, 400, 800, 3);
    drop();
    char line[1200];
    snprintf(line, sizeof line, "-i --add=10 --journal=off --width=100 --roi=10,0,50x3 %s", scratch("image"));
    typed_fine(&command, &console, line);
    command.row_limit = 399;
    const struct plan_request request = {&command, &console, command.files.names[0], &neighbours, NULL, NULL, NULL};
    assert_int_equal(plan_make(&plan, &to, &request), TOOL_DONE);
    assert_int_equal(plan.spans.count, 3);
    must_be_span(1, 880, 8, 8, 50);
    drop();
}

static void mark_bytes(unsigned char *times)
{
    for (size_t i = 0; i < plan.spans.count; i++) {
        const mmi_span *span = &plan.spans.list[i];
        for (uint64_t k = 0; k < span->count; k++)
            for (uint64_t b = 0; b < span->record; b++)
                times[span->offset + k * span->stride + b]++;
    }
}

/* Each byte that one process would change is changed by one shard, and by none twice; all within their reach. */
static void test_shards_divide_the_spans(void **state)
{
    static const char *const options[] = {
        "-i",
        "-i --offset=8 --length=400000",
        "-i --width=1000 --roi=10,5,700x40",
        "-i --width=1000 --layout=bsq -c ga",
        "-i --width=1000 --layout=bil -c b",
        "-i -t u8 -s 3 --length=599997",
    };
    const uint64_t size = 800000;
    unsigned char *whole = malloc(size), *shards = malloc(size);
    (void)state;
    for (size_t i = 0; i < COUNT(options); i++) {
        char line[200];
        uint64_t pixels = 0;
        memset(whole, 0, size);
        memset(shards, 0, size);
        make_fine(options[i], size);
        mark_bytes(whole);
        drop();
        for (unsigned k = 1; k <= 5; k++) {
            mmv_range reach;
            snprintf(line, sizeof line, "%s --shard=%u/5", options[i], k);
            make_fine(line, size);
            mark_bytes(shards);
            pixels += plan.share.pixels;
            assert_true(spans_reach(&plan, k - 1, &reach));
            assert_int_equal(reach.offset, plan.share.range.offset);
            assert_int_equal(reach.length, plan.share.range.length);
            drop();
        }
        assert_memory_equal(whole, shards, size);
        assert_true(pixels > 0);
    }
    free(whole);
    free(shards);
}

/* By the definition: each shard is asked. */
static uint64_t next_by_asking(uint64_t from, uint64_t count)
{
    mmv_range share;
    while (from < count) {
        assert_ok(mmv_shard(plan.range, mmi_image_record(&plan.image), 0, from, count, &share));
        if (share.length != MMV_EMPTY)
            break;
        from++;
    }
    return from;
}

static void test_shards_with_records_are_found(void **state)
{
    static const char *const options[] = {"-i", "-i --offset=65536 --length=131072", "-i -t u8 -s 3 --length=599997"};
    (void)state;
    for (size_t i = 0; i < COUNT(options); i++)
        for (unsigned count = 1; count < 60; count += 1 + count / 9) {
            char line[200];
            uint64_t last = 0;
            snprintf(line, sizeof line, "%s --shard=1/%u", options[i], count);
            make_fine(line, 800000);
            for (uint64_t from = 0; from <= count; from++)
                assert_int_equal(spans_next_shard(&plan, from), next_by_asking(from, count));
            for (uint64_t k = spans_next_shard(&plan, 0); k < count; k = spans_next_shard(&plan, k + 1))
                last = k;
            assert_int_equal(plan.share.has_head, next_by_asking(0, count) == 0);
            drop();
            snprintf(line, sizeof line, "%s --shard=%u/%u", options[i], (unsigned)last + 1, count);
            make_fine(line, 800000);
            assert_true(plan.share.has_tail);
            drop();
        }
}

/* One that asks each shard in turn never ends. */
static void test_more_shards_than_there_are_bytes(void **state)
{
    unsigned turns = 0;
    (void)state;
    make_fine("-i --shard=1/18446744073709551615", 800000);
    assert_int_equal(plan.spans.count, 0);
    assert_true(!plan.share.has_head && !plan.share.has_tail && plan.share.range.length == 0);
    for (uint64_t k = spans_next_shard(&plan, 0); k < UINT64_MAX; k = spans_next_shard(&plan, k + 1))
        turns++;
    assert_int_equal(turns, 13); /* 800,000 bytes have 12 borders inside */
    drop();
    make_fine("-i --shard=18446744073709551615/18446744073709551615", 800000);
    assert_true(plan.share.has_tail && plan.spans.count == 1);
    drop();
    make_fine("-i --shard=18446744073709551615/18446744073709551615", 0);
    assert_false(plan.share.has_head || plan.share.has_tail);
    drop();
}

static void test_where_a_copy_goes(void **state)
{
    (void)state;
    make_fine("-o OUT", FILE_BYTES);
    assert_string_equal(to.output.path, scratch("out"));
    assert_true(plan.share.has_head && plan.share.has_tail && to.parts.folder < 0);
    assert_int_equal(plan_work(&plan), FILE_BYTES);
    assert_false(file_exists(scratch("out")));
    drop();
    make_fine("-i", FILE_BYTES);
    assert_string_equal(to.output.path, "");
    drop();
    capture_begin(stderr);
    int result = make_plan("-o OUT --shard=1/2", FILE_BYTES);
    const char *said = capture_end();
    assert_int_equal(result, TOOL_USAGE);
    assert_non_null(strstr(said, "mmshard prepare"));
    drop();
}

static void test_an_empty_image(void **state)
{
    (void)state;
    make_fine("-i", 0);
    assert_int_equal(plan.spans.count, 0);
    assert_null(plan.adjust);
    assert_int_equal(plan_work(&plan), 0);
    drop();
    make_fine("-o OUT", 0);
    assert_true(plan.share.has_head && plan.share.has_tail);
    drop();
}

static void test_what_does_not_fit(void **state)
{
    static const struct {
        const char *options, *text;
    } rows[] = {
        {"-i --offset=1 --length=9",
         "9 bytes from offset 1 are not whole pixels of 8 bytes; --length=8 or --length=16"},
        {"-i --length=7", "are not whole pixels of 8 bytes; --length=0 or --length=8"},
        {"-i --width=100 --layout=bil --length=900", "are not whole rows of 800 bytes"},
        {"-i --width=10 --roi=8,0,4x1", "reaches outside of the image"},
        {"-i --width=10 --height=10", "are not an image of 10x10 pixels"},
        {"-i -t u8 --clamp=300,400", "does not fit samples of type u8"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        capture_begin(stderr);
        int result = make_plan(rows[i].options, FILE_BYTES);
        const char *said = capture_end();
        if (!strstr(said, rows[i].text))
            print_error("mmbright %s: %d, %s", rows[i].options, result, said);
        assert_int_equal(result, TOOL_USAGE);
        assert_non_null(strstr(said, rows[i].text));
        drop();
    }
}

/* Journals and parts compare these words: a change of them refuses what an older release has begun. */
static void test_the_operation_in_words(void **state)
{
    (void)state;
    make_fine("-i --add=1,2,3,4 --gain=1.5 --clamp=-5,5 -c ra --width=100 --roi=1,2,3x4 --shard=2/3 -t i16le",
              FILE_BYTES);
    char *text = operation_text(&plan, true);
    assert_string_equal(text, "brighten gain=1.5 add=1,2,3,4 clamp=-5,5 channels=0,3 roi=1,2,3x4 type=i16le samples=4 "
                              "layout=bip width=100 height=0 offset=0 length=0 parts=3");
    free(text);
    text = operation_text(&plan, false);
    assert_null(strstr(text, "parts="));
    free(text);
    drop();
}

/* A gain adds nothing, and what is not asked for is in no journal. */
static void test_a_change_is_what_was_named(void **state)
{
    static const struct {
        const char *options, *text;
    } rows[] = {
        {"-i --gain=2", "brighten gain=2 channels="},
        {"-i --clamp=0,9", "brighten clamp=0,9 channels="},
        {"-i --gain=2 --add=0", "brighten gain=2 add=0 channels="},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        make_line("", rows[i].options, FILE_BYTES);
        char *text = operation_text(&plan, true);
        assert_memory_equal(text, rows[i].text, strlen(rows[i].text));
        const int16_t sample = 5;
        int16_t changed = 0;
        mmi_adjust_run(plan.adjust, &(mmi_batch){0, &sample, &changed, 2}, NULL);
        assert_int_equal(changed, strstr(rows[i].options, "gain") ? 10 : 5);
        free(text);
        drop();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_rows_longer_than_the_limit),
        cmocka_unit_test(test_shards_divide_the_spans),
        cmocka_unit_test(test_shards_with_records_are_found),
        cmocka_unit_test(test_more_shards_than_there_are_bytes),
        cmocka_unit_test(test_where_a_copy_goes),
        cmocka_unit_test(test_an_empty_image),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_the_operation_in_words),
        cmocka_unit_test(test_a_change_is_what_was_named),
    };
    if (!scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
