/* SPDX-License-Identifier: MIT */
/* test_turns.c - bands are written in order, each once, whichever thread brings them; whoever fails ends all. */

#include "mmpng/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { THREADS = 4, PLACES = 5, BANDS = 500 };

struct picture {
    struct turns turns;
    uint64_t written;  /* bands so far */
    uint64_t ends_at;  /* writing this band fails */
    bool out_of_order; /* a band came that was not the next one */
};

static bool write_band(void *user, const struct band *band, uint64_t number)
{
    struct picture *picture = user;
    picture->out_of_order |= number != picture->written++ || band->plain != number;
    return number != picture->ends_at;
}

/* Bands that differ in what they cost; a band's number is in it. */
static void make_bands(void *user)
{
    struct picture *picture = user;
    struct band band = {0};
    uint64_t number;
    volatile unsigned work = 0;
    while (turns_take(&picture->turns, &number)) {
        for (uint64_t i = number % 7 * 3000; i > 0; i--)
            work = work + 1;
        band.plain = number;
        turns_deliver(&picture->turns, &band, number);
    }
    band_drop(&band);
}

static void draw(struct picture *picture)
{
    struct thread threads[THREADS];
    assert_true(turns_open(&picture->turns, BANDS, PLACES, write_band, picture));
    for (int i = 0; i < THREADS; i++)
        assert_true(thread_start(&threads[i], make_bands, picture));
    for (int i = 0; i < THREADS; i++)
        thread_join(&threads[i]);
}

static void test_in_order(void **state)
{
    struct picture picture = {.ends_at = UINT64_MAX};
    (void)state;
    draw(&picture);
    assert_true(picture.written == BANDS && !picture.out_of_order && !picture.turns.failed);
    turns_close(&picture.turns);
}

static void test_writing_fails(void **state)
{
    struct picture picture = {.ends_at = 123};
    (void)state;
    draw(&picture);
    assert_true(picture.written == 124 && !picture.out_of_order);
    assert_true(picture.turns.failed && !picture.turns.has_error);
    turns_close(&picture.turns);
}

/* One that waits for its place is woken. */
static void test_a_thread_fails(void **state)
{
    struct picture picture = {.ends_at = UINT64_MAX};
    struct band band = {0};
    struct thread thread;
    uint64_t number;
    (void)state;
    assert_true(turns_open(&picture.turns, BANDS, PLACES, write_band, &picture));
    assert_true(turns_take(&picture.turns, &number) && number == 0);
    assert_true(thread_start(&thread, make_bands, &picture));
    /* All places behind band 0 are taken then, and the thread has one more band. */
    while (atomic_load(&picture.turns.next) < PLACES + 1)
        continue;
    mmv_error_set(MMV_EIO, 5, "read");
    turns_fail(&picture.turns);
    thread_join(&thread);
    assert_true(picture.written == 0 && picture.turns.has_error && picture.turns.error.status == MMV_EIO);
    assert_false(turns_take(&picture.turns, &number));
    turns_deliver(&picture.turns, &band, 0);
    assert_true(picture.written == 0);
    turns_close(&picture.turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_writing_fails),
        cmocka_unit_test(test_a_thread_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
