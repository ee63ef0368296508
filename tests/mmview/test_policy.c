/* SPDX-License-Identifier: MIT */
/*
 * The policy of 'auto', asked without a clock and a file. What it is worth on whole machines: tests/simulate.
 */

#include "check.h"

#include "walk/policy.h"

#include <string.h>

#include <mmview/range.h>

#define NS 1e-9

/* Seconds per byte of each way, and of the mapped one from byte 'border' on. */
typedef struct prices {
    double buffered, mapped, mapped_later;
    uint64_t border;
} prices;

typedef struct game {
    double seconds;
    uint64_t way[4];
    unsigned turns, given_up;
    mmv__policy policy;
} game;

/* A walk that begins by one way and may go the other one, too. */
static void begin(mmv__policy *policy, uint64_t length, unsigned threads, mmv_io first)
{
    mmv_io rival = first == MMV_IO_MMAP ? MMV_IO_BUFFERED : MMV_IO_MMAP;
    mmv__policy_begin(
        policy,
        &(mmv__policy_terms){
            .length = length, .threads = threads, .first = first, .rival = rival, .most = 64 * MMV_MIB, .fine = 1});
}

static game play(uint64_t length, mmv_io rival, const prices *costs)
{
    game score = {0};
    mmv__policy_begin(
        &score.policy,
        &(mmv__policy_terms){
            .length = length, .threads = 1, .first = MMV_IO_BUFFERED, .rival = rival, .most = 64 * MMV_MIB, .fine = 1});
    for (uint64_t at = 0; at < length; score.turns++) {
        mmv__turn turn = mmv__policy_next(&score.policy);
        assert_true(turn.bytes > 0);
        uint64_t bytes = mmv_min(turn.bytes, length - at);
        double seconds = 0;
        uint64_t done = 0;
        while (done < bytes) {
            uint64_t step = mmv_min(2 * MMV_MIB, bytes - done);
            double mapped = at + done >= costs->border ? costs->mapped_later : costs->mapped;
            seconds += (turn.io == MMV_IO_BUFFERED ? costs->buffered : mapped) * (double)step;
            done += step;
            if (turn.patience > 0 && turn.io == MMV_IO_MMAP && seconds > turn.patience * (double)done && done < bytes) {
                score.given_up++;
                break;
            }
        }
        bytes = done;
        mmv__policy_learn(&score.policy, &turn, bytes, seconds);
        score.seconds += seconds;
        score.way[turn.io] += bytes;
        at += bytes;
    }
    return score;
}

static void test_the_faster_way_is_found(void **state)
{
    (void)state;
    /* A factor of two, and of twenty, each way round; of 256 MiB. */
    static const double factors[] = {20, 2, 0.5, 0.05};
    for (size_t i = 0; i < COUNT(factors); i++) {
        const prices costs = {0.2 * NS, 0.2 * NS * factors[i], 0, UINT64_MAX};
        game score = play(256 * MMV_MIB, MMV_IO_MMAP, &costs);
        double best = 0.2 * NS * (factors[i] < 1 ? factors[i] : 1) * 256 * MMV_MIB;
        assert_int_equal(score.policy.io, factors[i] < 1 ? MMV_IO_MMAP : MMV_IO_BUFFERED);
        assert_true(score.seconds <= 1.03 * best + 2e-3);
        assert_true(score.way[MMV_IO_MMAP] > 0 && score.way[MMV_IO_BUFFERED] > 0);
    }
}

static void test_without_a_rival_there_is_no_trial(void **state)
{
    (void)state;
    const prices costs = {0.2 * NS, 0, 0, UINT64_MAX};
    game score = play(MMV_GIB, MMV_IO_BUFFERED, &costs);
    assert_int_equal(score.way[MMV_IO_MMAP], 0);
    assert_int_equal(score.policy.tries, 0);
}

static void test_little_work_is_no_trial_worth(void **state)
{
    (void)state;
    const prices costs = {0.1 * NS, 10 * NS, 0, UINT64_MAX};
    assert_int_equal(play(2 * MMV_MIB, MMV_IO_MMAP, &costs).way[MMV_IO_MMAP], 0);
}

/* Mapping is four times as fast, and from the middle on a hundred times slower. */
static void test_what_changes_is_noticed(void **state)
{
    (void)state;
    const prices costs = {0.2 * NS, 0.05 * NS, 20 * NS, 512 * MMV_MIB};
    game score = play(MMV_GIB, MMV_IO_MMAP, &costs);
    double best = (0.05 + 0.2) * NS * 512 * MMV_MIB;
    assert_int_equal(score.policy.io, MMV_IO_BUFFERED);
    assert_true(score.given_up >= 1);
    assert_true(score.way[MMV_IO_MMAP] > 400 * MMV_MIB);
    assert_true(score.seconds < best + 8 * 20 * NS * 2 * MMV_MIB);
}

/* After an interrupted run most turns have no work. Their times would be those of nothing. */
static void test_turns_without_work_teach_nothing(void **state)
{
    mmv__policy policy;
    (void)state;
    begin(&policy, MMV_GIB, 2, MMV_IO_BUFFERED);
    for (int i = 0; i < 1000; i++) {
        mmv__turn turn = mmv__policy_next(&policy);
        assert_true(turn.bytes > 0);
        mmv__policy_learn(&policy, &turn, 0, 0);
        assert_true(policy.pace == 0 && policy.ratio == 0 && policy.busy == 0);
    }
    /* Nothing was done, so all of it is left: there is still a trial. */
    uint64_t mapped = 0;
    for (int i = 0; i < 100; i++) {
        mmv__turn turn = mmv__policy_next(&policy);
        mmv__policy_learn(&policy, &turn, turn.bytes, 0.2 * NS * (double)turn.bytes);
        mapped += turn.io == MMV_IO_MMAP ? turn.bytes : 0;
    }
    assert_true(mapped > 0);
}

/* A piece that was cut short is not compared with whole ones: here it would seem a thousand times slower. */
static void test_short_pieces_are_not_compared(void **state)
{
    mmv__policy policy;
    (void)state;
    begin(&policy, MMV_GIB, 1, MMV_IO_BUFFERED);
    for (int i = 0; i < 200; i++) {
        mmv__turn turn = mmv__policy_next(&policy);
        bool cut = turn.number > 0 && turn.io == MMV_IO_MMAP;
        uint64_t bytes = cut ? 4096 : turn.bytes;
        mmv__policy_learn(&policy, &turn, bytes, (cut ? 200 : 0.2) * NS * (double)bytes);
        assert_true(policy.ratio == 0);
    }
    /* A trial that gets only short pieces is not begun anew at once. */
    assert_in_range(policy.tries, 1, 18);
}

/* A small mapped piece pays for a whole window. So it says nothing of the turns of a walk that maps. */
static void test_small_mapped_pieces_are_not_turns(void **state)
{
    mmv__policy policy;
    (void)state;
    begin(&policy, MMV_GIB, 1, MMV_IO_MMAP);
    mmv__turn turn = mmv__policy_next(&policy);
    mmv__policy_learn(&policy, &turn, turn.bytes, 0.2 * NS * (double)turn.bytes);
    const mmv__turn piece = {.io = MMV_IO_MMAP, .bytes = 64 * MMV_KIB, .number = 1};
    for (int i = 0; i < 8; i++)
        mmv__policy_learn(&policy, &piece, piece.bytes, 2 * NS * (double)piece.bytes);
    assert_true(policy.pace < 0.21 * NS && policy.slow == 0);
}

/* A piece that comes back too short is handed out again, with its way and size, and then the trial goes on. */
static void test_a_short_piece_is_repeated(void **state)
{
    mmv__policy policy;
    mmv__turn turn;
    (void)state;
    begin(&policy, MMV_GIB, 1, MMV_IO_BUFFERED);
    for (turn = mmv__policy_next(&policy); turn.number == 0; turn = mmv__policy_next(&policy))
        mmv__policy_learn(&policy, &turn, turn.bytes, 0.2 * NS * (double)turn.bytes);
    mmv__policy_learn(&policy, &turn, turn.bytes / 4, 20 * NS * (double)turn.bytes);
    mmv__turn again = mmv__policy_next(&policy);
    assert_true(again.io == turn.io && again.bytes == turn.bytes && again.number == turn.number);
    mmv__policy_learn(&policy, &again, again.bytes, 0.2 * NS * (double)again.bytes);
    mmv__turn other = mmv__policy_next(&policy);
    assert_true(other.number == turn.number + 1 && other.io != turn.io);
    assert_int_equal(policy.tries, 1);
}

/* Two threads by reading and writing wait for each other: pieces by the rival are faster than their turns. */
static void test_who_waits_goes_the_other_way(void **state)
{
    mmv__policy policy;
    (void)state;
    begin(&policy, 2 * MMV_GIB, 2, MMV_IO_BUFFERED);
    for (uint64_t at = 0; at < 2 * MMV_GIB;) {
        mmv__turn turns[2] = {mmv__policy_next(&policy), mmv__policy_next(&policy)};
        bool waits = turns[0].io == MMV_IO_BUFFERED && turns[1].io == MMV_IO_BUFFERED;
        for (int i = 0; i < 2; i++) {
            double price = turns[i].io == MMV_IO_BUFFERED && waits ? 0.26 : 0.2;
            mmv__policy_learn(&policy, &turns[i], turns[i].bytes, price * NS * (double)turns[i].bytes);
            at += turns[i].bytes;
        }
    }
    assert_int_equal(policy.io, MMV_IO_MMAP);
}

/* Records of 32 MiB: no turn is shorter. */
static void test_turns_have_a_record_at_least(void **state)
{
    mmv__policy policy;
    (void)state;
    mmv__policy_begin(&policy, &(mmv__policy_terms){.length = 64 * MMV_GIB,
                                                    .threads = 4,
                                                    .first = MMV_IO_BUFFERED,
                                                    .rival = MMV_IO_MMAP,
                                                    .most = 32 * MMV_MIB,
                                                    .fine = 32 * MMV_MIB});
    uint64_t mapped = 0;
    for (int i = 0; i < 1000; i++) {
        mmv__turn turn = mmv__policy_next(&policy);
        assert_true(turn.bytes >= 32 * MMV_MIB);
        mmv__policy_learn(&policy, &turn, turn.bytes, (turn.io == MMV_IO_MMAP ? 0.1 : 0.2) * NS * (double)turn.bytes);
        mapped += turn.io == MMV_IO_MMAP ? turn.bytes : 0;
    }
    assert_true(mapped > 16 * MMV_GIB);
}

static void test_what_it_says(void **state)
{
    char text[200];
    (void)state;
    game score = play(256 * MMV_MIB, MMV_IO_MMAP, &(prices){0.2 * NS, 1 * NS, 0, UINT64_MAX});
    mmv__policy_explain(&score.policy, text, sizeof text);
    assert_non_null(strstr(text, "a thread did 5.00 GB/s buffered; mmap took 5.00 times as long"));
    score = play(4096, MMV_IO_MMAP, &(prices){0.2 * NS, 1 * NS, 0, UINT64_MAX});
    mmv__policy_explain(&score.policy, text, sizeof text);
    assert_string_equal(text, "too little to be worth a trial of mmap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_faster_way_is_found),
        cmocka_unit_test(test_without_a_rival_there_is_no_trial),
        cmocka_unit_test(test_little_work_is_no_trial_worth),
        cmocka_unit_test(test_what_changes_is_noticed),
        cmocka_unit_test(test_turns_without_work_teach_nothing),
        cmocka_unit_test(test_short_pieces_are_not_compared),
        cmocka_unit_test(test_small_mapped_pieces_are_not_turns),
        cmocka_unit_test(test_a_short_piece_is_repeated),
        cmocka_unit_test(test_who_waits_goes_the_other_way),
        cmocka_unit_test(test_turns_have_a_record_at_least),
        cmocka_unit_test(test_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
