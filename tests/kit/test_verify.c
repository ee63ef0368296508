/* SPDX-License-Identifier: MIT */
/* test_verify.c - what is expected of chunks is found in the file, or its place is named. */

#include "check.h"

#include "capture.h"
#include "kit/job/verify.h"
#include "scratch.h"

#include <fcntl.h>
#include <unistd.h>

#define RECORD 8
#define SIZE (size_t)(3 << 20)

static const struct console console = {.tool = "test"};
static unsigned char source[SIZE], result[SIZE];
static bool refuses;

/* Each byte one more; packed, only records whose first byte is even. */
static mmv_status add_one(const struct verify_piece *piece, size_t *made_ret, void *user)
{
    const unsigned char *from = piece->from;
    unsigned char *to = piece->made;
    const bool *packs = user;
    size_t made = 0;
    assert_int_equal(*made_ret, piece->length);
    assert_int_equal(piece->length % RECORD, 0);
    assert_memory_equal(from, source + piece->offset, piece->length);
    for (size_t at = 0; at < piece->length; at += RECORD)
        for (size_t i = 0; i < RECORD && !(*packs && from[at] % 2); i++)
            to[made++] = (unsigned char)(from[at + i] + 1);
    *made_ret = made;
    return refuses ? mmv_error_set(MMV_EINVAL, 0, "test") : MMV_OK;
}

static struct verify *create(bool *packs)
{
    const struct verify_way way = {add_one, packs, 100 * RECORD, 100 * RECORD, *packs};
    struct verify *verify = verify_create(2, &way);
    assert_non_null(verify);
    refuses = false;
    return verify;
}

/* Records of 'source' from a byte on; with a stride the file has gaps and memory has none. */
static mmv_chunk chunk_of(unsigned thread, size_t offset, size_t bytes)
{
    return (mmv_chunk){.source = source + offset,
                       .count = bytes / RECORD,
                       .stride = RECORD,
                       .file_stride = RECORD,
                       .index = offset / RECORD,
                       .offset = offset,
                       .thread = thread};
}

/* All of it, in chunks of two threads that are not in order. */
static void expect_all(struct verify *verify)
{
    const size_t step = 160000;
    for (size_t at = 0; at < SIZE; at += 2 * step)
        for (unsigned thread = 0; thread < 2; thread++) {
            size_t from = at + (1 - thread) * step;
            if (from < SIZE) {
                mmv_chunk chunk = chunk_of(thread, from, SIZE - from < step ? SIZE - from : step);
                assert_ok(verify_expect(verify, &chunk, RECORD));
            }
        }
}

static int compare(struct verify *verify, uint64_t shift)
{
    int descriptor = open("result", O_RDONLY | O_CLOEXEC);
    assert_true(descriptor >= 0);
    int status = verify_compare(
        verify,
        &(struct verify_result){
            .console = &console, .file = "result", .descriptor = descriptor, .shift = shift, .is_synced = true});
    close(descriptor);
    return status;
}

static void spoil(size_t at)
{
    unsigned char wrong = (unsigned char)~result[at];
    file_put_at("result", &wrong, 1, at);
}

static void assert_names(struct verify *verify, size_t wrong)
{
    unsigned long long offset, length;
    capture_begin(stderr);
    assert_int_equal(compare(verify, 0), TOOL_FAILED);
    assert_int_equal(
        sscanf(capture_end(), "test: result: verify failed at offset %llu: the %llu bytes", &offset, &length), 2);
    assert_true(offset <= wrong && wrong < offset + length && length <= MMV_MIB);
}

static void test_bytes_of_the_same_length(void **state)
{
    (void)state;
    bool packs = false;
    const size_t places[] = {0, 159999, 160000, 1600000, SIZE - 1};
    struct verify *verify = create(&packs);
    for (size_t i = 0; i < SIZE; i++)
        result[i] = (unsigned char)(source[i] + 1);
    file_put("result", result, SIZE);
    expect_all(verify);
    assert_int_equal(compare(verify, 0), TOOL_DONE);
    verify_destroy(verify);
    for (size_t i = 0; i < COUNT(places); i++) {
        verify = create(&packs);
        expect_all(verify);
        spoil(places[i]);
        assert_names(verify, places[i]);
        file_put_at("result", result + places[i], 1, places[i]);
        verify_destroy(verify);
    }
}

static void test_what_is_kept_lies_together(void **state)
{
    (void)state;
    bool packs = true;
    size_t made = 0;
    struct verify *verify = create(&packs);
    for (size_t at = 0; at < SIZE; at += RECORD)
        for (size_t i = 0; i < RECORD && source[at] % 2 == 0; i++)
            result[made++] = (unsigned char)(source[at + i] + 1);
    file_put("result", "in front", 8);
    file_put_at("result", result, made, 8);
    expect_all(verify);
    assert_int_equal(compare(verify, 8), TOOL_DONE);
    verify_destroy(verify);
    file_put("result", result, made);
    result[made / 2]++;
    file_put_at("result", result + made / 2, 1, made / 2);
    verify = create(&packs);
    expect_all(verify);
    assert_names(verify, made / 2);
    verify_destroy(verify);
    /* One record less in the middle: all behind it lies elsewhere. */
    file_put("result", result, made - RECORD);
    verify = create(&packs);
    expect_all(verify);
    capture_begin(stderr);
    assert_int_equal(compare(verify, 0), TOOL_FAILED);
    capture_end();
    verify_destroy(verify);
}

static void test_gaps_and_what_stays(void **state)
{
    (void)state;
    bool packs = false;
    struct verify *verify = create(&packs);
    mmv_chunk gaps = chunk_of(0, 64, 100 * RECORD), same = chunk_of(1, 4096, 800);
    memcpy(result, source, SIZE);
    gaps.stride = 24;
    gaps.file_stride = 24;
    for (size_t i = 0; i < 100; i++)
        for (size_t j = 0; j < RECORD; j++)
            result[64 + 24 * i + j]++;
    file_put("result", result, SIZE);
    assert_ok(verify_expect(verify, &gaps, RECORD));
    assert_ok(verify_expect_same(verify, &same, RECORD));
    assert_int_equal(compare(verify, 0), TOOL_DONE);
    verify_destroy(verify);
    verify = create(&packs);
    assert_ok(verify_expect(verify, &gaps, RECORD));
    spoil(64 + 24 * 99);
    assert_names(verify, 64 + 24 * 99);
    verify_destroy(verify);
}

/* What cannot be computed a second time does not change, and nothing is expected of it. */
static void test_a_function_that_fails(void **state)
{
    (void)state;
    bool packs = false;
    struct verify *verify = create(&packs);
    mmv_chunk chunk = chunk_of(0, 0, 800);
    refuses = true;
    assert_status(verify_expect(verify, &chunk, RECORD), MMV_EINVAL);
    file_put("result", source, SIZE);
    assert_int_equal(compare(verify, 0), TOOL_DONE);
    verify_destroy(verify);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_the_same_length),
        cmocka_unit_test(test_what_is_kept_lies_together),
        cmocka_unit_test(test_gaps_and_what_stays),
        cmocka_unit_test(test_a_function_that_fails),
    };
    if (!scratch_use(NULL))
        return 1;
    fill(source, SIZE, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
