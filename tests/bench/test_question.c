/* SPDX-License-Identifier: MIT */
/* test_question.c - what advise concludes from times that were made up, and its words. */

#include "check.h"

#include "mmbench/question.h"

static struct question asked(enum work work, enum state state, unsigned threads)
{
    return question_ask("what", work, state, WRITTEN_1M, threads);
}

static struct way *way_of(struct question *question, const char *io, unsigned threads)
{
    struct way *way = (struct way *)question_find(question, io, threads);
    assert_non_null(way);
    return way;
}

/* 'runs' of exactly these seconds. */
static void took(struct question *question, const char *io, unsigned threads, double seconds, unsigned runs)
{
    struct way *way = way_of(question, io, threads);
    way->outcome.bytes = 1000000000;
    for (unsigned i = 0; i < runs; i++)
        samples_add(&way->seconds, seconds);
}

static void test_the_ways_of_a_question(void **state)
{
    struct question warm = asked(WORK_SCAN, STATE_WARM, 2), one = asked(WORK_SCAN, STATE_WARM, 1);
    struct question cold = asked(WORK_SCAN, STATE_COLD, 2), into = asked(WORK_INTO, STATE_WARM, 2);
    char text[WAY_TEXT];
    (void)state;
    assert_string_equal(way_text(&warm.ways[0], text), "--io=auto -j 2");
    assert_non_null(question_find(&warm, "mmap", 2));
    assert_non_null(question_find(&warm, "buffered", 1));
    assert_null(question_find(&warm, "direct", 2));
    assert_non_null(question_find(&cold, "direct", 2));
    assert_non_null(question_find(&cold, "mmap", 1));
    assert_null(question_find(&one, "buffered", 2));
    assert_string_equal(way_text(&warm.ways[warm.count - 1], text), "--io=mmap --window=8M -j 2");
    assert_int_equal(into.ways[into.count - 1].window, 0);
}

static void test_the_best_is_so_beyond_doubt(void **state)
{
    struct question question = asked(WORK_SCAN, STATE_WARM, 2);
    (void)state;
    assert_ptr_equal(question_best(&question), &question.ways[0]);
    /* The defaults failed: anything that was timed is better. */
    question.ways[0].failed = true;
    took(&question, "mmap", 2, 9, 1);
    assert_string_equal(question_best(&question)->io, "mmap");
    question.ways[0].failed = false;
    took(&question, "auto", 2, 2, 2);
    assert_string_equal(question_best(&question)->io, "auto");
    took(&question, "buffered", 2, 1, 1); /* one run is not beyond doubt */
    assert_string_equal(question_best(&question)->io, "auto");
    took(&question, "buffered", 2, 1, 1);
    assert_string_equal(question_best(&question)->io, "buffered");
}

/* Among those that beat the defaults the order of the ways decides nothing. */
static void test_the_best_is_the_fastest(void **state)
{
    struct question question = asked(WORK_SCAN, STATE_WARM, 2);
    (void)state;
    took(&question, "auto", 2, 1.1, 3);
    took(&question, "mmap", 1, 1, 3);
    took(&question, "mmap", 2, 1.06, 3); /* not beyond doubt faster than the defaults */
    assert_int_equal(question_best(&question)->threads, 1);
    took(&question, "buffered", 2, 0.98, 3);
    took(&question, "buffered", 1, 0.97, 3);
    assert_string_equal(question_best(&question)->io, "buffered");
    assert_int_equal(question_best(&question)->threads, 1);
}

static void test_what_is_close_is_open(void **state)
{
    struct question question = asked(WORK_SCAN, STATE_WARM, 2);
    const struct way *mapped = way_of(&question, "mmap", 2), *read = way_of(&question, "buffered", 2);
    (void)state;
    assert_false(question_is_open(&question, mapped));
    took(&question, "mmap", 2, 1, 5);
    assert_false(question_is_open(&question, mapped)); /* it is alone */
    took(&question, "buffered", 2, 1.3, 5);
    assert_false(question_is_open(&question, mapped));
    assert_false(question_is_open(&question, read));
    took(&question, "auto", 2, 1.1, 5);
    assert_true(question_is_open(&question, mapped));
    assert_true(question_is_open(&question, &question.ways[0]));
    assert_false(question_is_open(&question, read));
    took(&question, "mmap", 2, 1, SAMPLES_MAX);
    assert_false(question_is_open(&question, mapped)); /* there is no room for more */
    assert_true(question_is_open(&question, &question.ways[0]));
}

static void test_hopeless(void **state)
{
    struct question question = asked(WORK_SCAN, STATE_WARM, 2);
    const struct way *mapped = way_of(&question, "mmap", 2), *one = way_of(&question, "mmap", 1);
    (void)state;
    assert_false(question_is_hopeless(&question, mapped));
    took(&question, "buffered", 2, 1, 2);
    took(&question, "mmap", 2, 1.6, 1);
    /* Once may be noise for the way itself; what builds on it needs no turn. */
    assert_false(question_is_hopeless(&question, mapped));
    assert_true(question_is_hopeless(&question, one));
    took(&question, "mmap", 2, 1.6, 1);
    assert_true(question_is_hopeless(&question, mapped));
    took(&question, "mmap", 2, 1.4, 1);
    assert_false(question_is_hopeless(&question, mapped));
    assert_false(question_is_hopeless(&question, one));
    assert_false(question_is_hopeless(&question, way_of(&question, "buffered", 2)));
}

/* Seconds of --io=auto, mmap, buffered with two threads, and of the last two with one; 0 = not run. */
struct row {
    double automatic, mapped, read, one_mapped, one_read;
};

static void fill(struct question *question, const struct row *row, unsigned runs)
{
    *question = asked(WORK_IN_PLACE, STATE_WARM, 2);
    took(question, "auto", 2, row->automatic, row->automatic > 0 ? runs : 0);
    took(question, "mmap", 2, row->mapped, row->mapped > 0 ? runs : 0);
    took(question, "buffered", 2, row->read, row->read > 0 ? runs : 0);
    took(question, "mmap", 1, row->one_mapped, row->one_mapped > 0 ? runs : 0);
    took(question, "buffered", 1, row->one_read, row->one_read > 0 ? runs : 0);
}

static void test_rulings(void **state)
{
    static const struct {
        struct row rows[2];
        enum ruling_word word;
        const char *io;
        unsigned threads;
        double times;
        bool defaults_do;
    } cases[] = {
        {{{1, 10, 1, 0, 2}, {1, 10, 1, 0, 2}}, RULING_READING, "buffered", 2, 10, true},
        {{{2, 10, 1, 0, 2}, {2, 10, 1, 0, 2}}, RULING_READING, "buffered", 2, 10, false},
        /* One thread is faster than two: times are against that. */
        {{{2, 10, 2, 0, 1}, {2, 10, 2, 0, 1}}, RULING_READING, "buffered", 1, 10, false},
        {{{1, 1, 3, 2, 3}, {1, 1, 3, 2, 3}}, RULING_MAPPING, "mmap", 2, 3, true},
        /* Four times one way and once the other: the geometric mean is 2. */
        {{{1, 4, 1, 0, 1}, {1, 1, 1, 0, 1}}, RULING_READING, "buffered", 2, 2, true},
        {{{1, 4, 1, 0, 1}, {1, 1, 4, 0, 4}}, RULING_EITHER, "auto", 2, 1, true},
        {{{1, 1.04, 1, 1, 1}, {1, 1, 1, 1, 1}}, RULING_EITHER, "auto", 2, 1.0198039, true},
        /* The second question was not measured in full. */
        {{{1, 2, 1, 0, 1}, {1, 0, 1, 0, 1}}, RULING_READING, "buffered", 2, 2, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct question questions[2];
        for (size_t q = 0; q < 2; q++)
            fill(&questions[q], &cases[i].rows[q], 3);
        struct ruling ruling = question_rule(questions, 2);
        if (ruling.word != cases[i].word || strcmp(ruling.io, cases[i].io) != 0 || ruling.threads != cases[i].threads ||
            ruling.defaults_do != cases[i].defaults_do)
            fail_msg("case %zu: %s --io=%s -j%u %d", i, ruling_name(ruling.word), ruling.io, ruling.threads,
                     ruling.defaults_do);
        assert_float_equal(ruling.times, cases[i].times, 1e-6);
        assert_true(ruling.settled);
    }
}

static void test_what_is_not_measured_is_no_ruling(void **state)
{
    struct question questions[2] = {asked(WORK_SCAN, STATE_WARM, 2), asked(WORK_SCAN, STATE_COLD, 2)};
    char text[256];
    struct costs costs = {.rounds = 0};
    (void)state;
    for (const char *const *io = (const char *const[]){"auto", "mmap", "buffered", NULL}; *io; io++)
        took(&questions[1], *io, 2, 1, 3); /* from the device: it decides, not the way */
    took(&questions[0], "mmap", 2, 1, 3);
    struct ruling ruling = question_rule(questions, 2);
    assert_int_equal(ruling.word, RULING_NONE);
    ruling_text(&ruling, &costs, text, sizeof text);
    assert_string_equal(text, "unknown: leave the defaults; nothing about a file in memory could be measured");
}

static void test_few_runs_do_not_settle(void **state)
{
    struct question near, far;
    (void)state;
    fill(&near, &(struct row){1, 1.2, 1, 1.2, 1}, 2);
    assert_false(question_rule(&near, 1).settled);
    fill(&near, &(struct row){1, 1.2, 1, 1.2, 1}, 3);
    assert_true(question_rule(&near, 1).settled);
    /* What is hopeless has no third turn. */
    fill(&far, &(struct row){1, 5, 1, 0, 1}, 2);
    assert_true(question_rule(&far, 1).settled);
    fill(&far, &(struct row){1, 5, 1, 0, 1}, 1);
    assert_false(question_rule(&far, 1).settled);
}

static void set(struct costs *costs, enum cost cost, double ns)
{
    costs->ns[cost] = (struct samples){.count = 0};
    samples_add(&costs->ns[cost], ns);
}

static void test_words(void **state)
{
    struct ruling reading = {.word = RULING_READING, .io = "buffered", .threads = 1, .times = 10.2, .settled = true};
    struct ruling mapping = {.word = RULING_MAPPING, .io = "mmap", .threads = 2, .times = 2.44, .defaults_do = true};
    struct costs costs = {.rounds = 3};
    char text[256];
    (void)state;
    ruling_text(&reading, &costs, text, sizeof text);
    assert_string_equal(text, "reading: --io=buffered -j1; 10 times faster than mapping here");
    set(&costs, COST_TOUCH, 4900);
    set(&costs, COST_READ, 310);
    ruling_text(&reading, &costs, text, sizeof text);
    assert_string_equal(text,
                        "reading: --io=buffered -j1; 10 times faster than mapping here: a page costs 4.9 us mapped, "
                        "310 ns read");
    /* Prices that say the contrary explain nothing. */
    ruling_text(&mapping, &costs, text, sizeof text);
    assert_string_equal(text,
                        "mapping: --io=mmap -j2 (the defaults are as fast); 2.4 times faster than reading here (not "
                        "settled: too few runs)");
    set(&costs, COST_TOUCH, 90);
    ruling_text(&mapping, &costs, text, sizeof text);
    assert_non_null(strstr(text, "here: a page costs 90 ns mapped, 310 ns read"));
    ruling_text(&reading, &costs, text, sizeof text);
    assert_null(strstr(text, "a page"));
    /* Cheap to look at, dear to change. */
    set(&costs, COST_CHANGE, 5200);
    ruling_text(&reading, &costs, text, sizeof text);
    assert_non_null(strstr(text, "here: a page costs 5.2 us mapped, 310 ns read"));
    reading = (struct ruling){.word = RULING_EITHER, .io = "auto", .threads = 2, .times = 1, .settled = true};
    ruling_text(&reading, &costs, text, sizeof text);
    assert_string_equal(text, "either: --io=auto -j2; mapping and reading differ by less than 5 % here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_ways_of_a_question),
        cmocka_unit_test(test_the_best_is_so_beyond_doubt),
        cmocka_unit_test(test_the_best_is_the_fastest),
        cmocka_unit_test(test_what_is_close_is_open),
        cmocka_unit_test(test_hopeless),
        cmocka_unit_test(test_rulings),
        cmocka_unit_test(test_what_is_not_measured_is_no_ruling),
        cmocka_unit_test(test_few_runs_do_not_settle),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
