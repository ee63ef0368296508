/* SPDX-License-Identifier: MIT */
/*
 * test_trial.c - every engine at every work it claims, and engines that lie.
 *
 * The bytes that an honest engine leaves are compared here once more, so that a check that accepts everything is seen.
 */

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "disk.h"
#include "mmbench/cache.h"
#include "mmbench/trial.h"
#include "scratch.h"

#define SIZE ((uint64_t)16 * MMV_MIB)

static struct fixtures fixtures;
static char *right; /* SIZE bytes */
static char here[PATH_MAX];
static struct outcome outcome; /* of the latest trial */

static int set_up(void **state)
{
    (void)state;
    snprintf(here, sizeof here, "%s", scratch("."));
    fixtures = (struct fixtures){.place = PLACE_IN(here), .content = content_create()};
    right = malloc(SIZE);
    return fixtures.content && right ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[PATH_MAX];
    (void)state;
    strcpy(path, fixtures.place.path);
    fixtures_end(&fixtures);
    content_destroy(fixtures.content);
    free(right);
    return file_exists(path) ? -1 : 0;
}

static bool is_random(enum work work)
{
    return work == WORK_READS || work == WORK_UPDATES;
}

/* A trial of this on a warm fixture. */
static struct trial trial_of(const struct engine *engine, enum work work, unsigned threads)
{
    struct trial trial = {.engine = engine, .work = work, .state = STATE_WARM, .threads = threads};
    trial.fixture = fixtures_get(&fixtures, SIZE, WRITTEN_READ_BACK, work == WORK_UPDATES);
    assert_non_null(trial.fixture);
    if (is_random(work)) {
        trial.record = work == WORK_READS ? 4096 : 64;
        trial.operations = 1000;
    }
    return trial;
}

static void expect_verdict(const struct trial *trial, enum verdict wanted, const char *words)
{
    static const char *const names[] = {"timed", "not reached", "failed", "wrong", "stopped"};
    enum verdict verdict = trial_run(&fixtures, trial, &outcome);
    if (verdict != wanted)
        fail_msg("%s/%s/%s, %u threads: %s instead of %s: %s", work_name(trial->work), trial->engine->name,
                 state_name(trial->state), trial->threads, names[verdict], names[wanted], outcome.why);
    if (words && !strstr(outcome.why, words))
        fail_msg("%s/%s: no '%s' in: %s", work_name(trial->work), trial->engine->name, words, outcome.why);
}

/* ---- honest engines --------------------------------------------------------------------------------------------- */

/* What goes past the cache, or around system calls, may be forbidden here; then it must say so. */
static bool is_impossible_here(const struct trial *trial, enum verdict verdict)
{
    if (verdict != TRIAL_FAILED || trial->engine->cached || trial->engine->finish)
        return false;
    print_message("SKIPPED %s/%s: %s\n", work_name(trial->work), trial->engine->name, outcome.why);
    return outcome.why[0] != '\0';
}

/* Every byte of the fixture once more. Updates are in updates.c's hands: test_updates_elsewhere below. */
static void check_bytes(const struct trial *trial)
{
    const struct fixture *fixture = trial->fixture;
    if (fixture->for_updates)
        return;
    content_fill(fixtures.content, fixture->added, 0, right, SIZE);
    assert_true(file_is(fixture->path, right, SIZE));
}

static void check_figures(const struct trial *trial)
{
    uint64_t bytes = is_random(trial->work) ? trial->operations * trial->record : SIZE;
    assert_int_equal(outcome.bytes, bytes);
    assert_true(outcome.meter.seconds > 0);
    assert_true(outcome.peak_mapped > 0 || !trial->engine->maps);
    assert_true(outcome.peak_mapped <= 2 * SIZE);
}

static void try_engine(const struct engine *engine, enum work work, unsigned threads)
{
    char output[PATH_MAX + 8];
    struct trial trial = trial_of(engine, work, threads);
    unsigned added = trial.fixture->made ? trial.fixture->added : 0;
    bool stores = engine->finish == NULL && (work == WORK_IN_PLACE || work == WORK_UPDATES);
    enum verdict verdict = trial_run(&fixtures, &trial, &outcome);
    if (is_impossible_here(&trial, verdict))
        return;
    if (verdict != TRIAL_TIMED)
        fail_msg("%s/%s, %u threads: %s", work_name(work), engine->name, threads, outcome.why);
    assert_int_equal(trial.fixture->added, added + stores);
    check_figures(&trial);
    /* Who only reads is looked at once. */
    if (stores || threads == 1)
        check_bytes(&trial);
    snprintf(output, sizeof output, "%s.out", trial.fixture->path);
    assert_false(file_exists(output));
}

static void test_every_engine_at_every_work(void **state)
{
    unsigned count = 0;
    (void)state;
    for (unsigned i = 0; i < engines_count; i++)
        for (int work = 0; work < WORK_KINDS; work++)
            /* A sanitized build takes three times as long. */
            for (unsigned threads = 1; engines[i].run[work] && threads <= 3;
                 threads += CHECK_SANITIZED ? 2 : 1, count++)
                try_engine(&engines[i], (enum work)work, threads);
    assert_true(count >= (CHECK_SANITIZED ? 80 : 120));
    assert_ptr_equal(engine_find("pread"), engine_find(engine_find("pread")->name));
    assert_null(engine_find("nonsense"));
}

static void test_durable(void **state)
{
    (void)state;
    for (int work = WORK_IN_PLACE; work <= WORK_INTO; work++) {
        struct trial trial = trial_of(engine_find("pread"), (enum work)work, 2);
        trial.durable = true;
        expect_verdict(&trial, TRIAL_TIMED, NULL);
    }
}

/* ---- fixtures that were tampered with --------------------------------------------------------------------------- */

static void tamper(const struct fixture *fixture, uint64_t offset)
{
    unsigned char byte;
    file_get(fixture->path, &byte, 1, offset);
    byte ^= 1;
    file_put_at(fixture->path, &byte, 1, offset);
}

static void test_other_bytes_than_expected(void **state)
{
    static const struct {
        enum work work;
        const char *words;
    } rows[] = {{WORK_SCAN, "WRONG RESULT: the sum"}, {WORK_IN_PLACE, "WRONG BYTES"}, {WORK_INTO, "WRONG BYTES"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = trial_of(engine_find("pread"), rows[i].work, 2);
        expect_verdict(&trial, TRIAL_TIMED, NULL);
        tamper(trial.fixture, SIZE - 100);
        expect_verdict(&trial, TRIAL_WRONG, rows[i].words);
        fixture_forget(trial.fixture);
        expect_verdict(&trial, TRIAL_TIMED, NULL);
    }
}

static void test_the_engine_without_a_file(void **state)
{
    struct trial trial = trial_of(engine_find("memory"), WORK_IN_PLACE, 1);
    (void)state;
    expect_verdict(&trial, TRIAL_TIMED, NULL);
    tamper(trial.fixture, 4096);
    expect_verdict(&trial, TRIAL_WRONG, "the bytes in memory");
    fixture_forget(trial.fixture);
}

static void test_a_record_that_was_tampered_with(void **state)
{
    struct trial trial = trial_of(engine_find("pread"), WORK_READS, 1);
    struct workload load = {.size = SIZE, .record = trial.record};
    (void)state;
    expect_verdict(&trial, TRIAL_TIMED, NULL);
    tamper(trial.fixture, workload_position(&load, trial.operations - 1) + 9);
    expect_verdict(&trial, TRIAL_WRONG, "the sum of the words");
    fixture_forget(trial.fixture);
}

/* Updates are checked where they were meant to be, and everywhere else. */
static void test_updates_elsewhere(void **state)
{
    struct trial trial = trial_of(engine_find("pread"), WORK_UPDATES, 1);
    struct workload load = {.size = SIZE, .record = trial.record};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        fixture_forget(trial.fixture);
        expect_verdict(&trial, TRIAL_TIMED, NULL);
        expect_verdict(&trial, TRIAL_TIMED, NULL);
        assert_int_equal(trial.fixture->added, 2);
        /* The first of the records that nobody works on, then the last that somebody does. */
        tamper(trial.fixture, workload_position(&load, i ? trial.operations - 1 : trial.operations));
        expect_verdict(&trial, TRIAL_WRONG, "the updated records");
        assert_false(trial.fixture->made);
    }
}

/* ---- engines that lie ------------------------------------------------------------------------------------------- */

static bool skip_the_last_piece(struct workload *load)
{
    uint64_t size = load->size;
    load->size -= WORKLOAD_PIECE;
    bool good = plain_pass(load);
    load->size = size;
    return good;
}

static bool do_it_twice(struct workload *load)
{
    return plain_pass(load) && plain_pass(load);
}

static bool do_nothing(struct workload *load)
{
    (void)load;
    return true;
}

/* After the work, one byte behind the end. */
static bool write_too_much(struct workload *load)
{
    if (!plain_pass(load))
        return false;
    int file = open(load->work == WORK_INTO ? load->output : load->input, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool good = file >= 0 && write(file, "x", 1) == 1;
    close(file);
    return good;
}

/* Two pages of the result in each other's place: their sum is right. */
static bool swap_pages(struct workload *load)
{
    static char a[4096], b[4096];
    if (!plain_pass(load))
        return false;
    const char *path = load->work == WORK_INTO ? load->output : load->input;
    file_get(path, a, sizeof a, 0);
    file_get(path, b, sizeof b, WORKLOAD_PIECE);
    file_put_at(path, b, sizeof b, 0);
    file_put_at(path, a, sizeof a, WORKLOAD_PIECE);
    return true;
}

static bool update_the_wrong_record(struct workload *load)
{
    uint64_t operations = load->operations;
    load->operations--;
    bool good = plain_random(load);
    load->operations = operations;
    return good;
}

/* As many words as were to be changed, by as much, but others: the sum of all is right. */
static bool update_others(struct workload *load)
{
    static char record[4096];
    int file = open(load->input, O_RDWR | O_CLOEXEC);
    bool good = file >= 0 && load->record <= sizeof record;
    for (uint64_t i = 1; good && i <= load->operations; i++) {
        off_t offset = (off_t)workload_position(load, i);
        good = pread(file, record, load->record, offset) == (ssize_t)load->record;
        workload_record(load, 0, record);
        good = good && pwrite(file, record, load->record, offset) == (ssize_t)load->record;
    }
    close(file);
    return good;
}

static bool update_twice(struct workload *load)
{
    return plain_random(load) && plain_random(load);
}

static void test_engines_that_lie(void **state)
{
    static const struct {
        const char *name;
        engine_run *run;
        unsigned count;
        enum work works[3];
    } rows[] = {
        {"lazy", do_nothing, 3, {WORK_SCAN, WORK_IN_PLACE, WORK_UPDATES}},
        {"short", skip_the_last_piece, 3, {WORK_SCAN, WORK_IN_PLACE, WORK_INTO}},
        {"twice", do_it_twice, 2, {WORK_SCAN, WORK_IN_PLACE}},
        {"long", write_too_much, 2, {WORK_IN_PLACE, WORK_INTO}},
        {"swapped", swap_pages, 2, {WORK_IN_PLACE, WORK_INTO}},
        {"fewer", update_the_wrong_record, 2, {WORK_READS, WORK_UPDATES}},
        {"others", update_others, 1, {WORK_UPDATES}},
        {"more", update_twice, 2, {WORK_READS, WORK_UPDATES}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (unsigned w = 0; w < rows[i].count; w++) {
            struct engine liar = {.name = rows[i].name, .cached = true};
            liar.run[rows[i].works[w]] = rows[i].run;
            struct trial trial = trial_of(&liar, rows[i].works[w], 2);
            expect_verdict(&trial, TRIAL_WRONG, "WRONG");
            /* Whoever comes next starts from right bytes. */
            trial.engine = engine_find("pread");
            expect_verdict(&trial, TRIAL_TIMED, NULL);
        }
}

/* ---- engines that fail ------------------------------------------------------------------------------------------ */

static bool give_up(struct workload *load)
{
    return workload_fail(load, "the device", EIO);
}

static bool crash(struct workload *load)
{
    (void)load;
    signal(SIGKILL, SIG_DFL);
    raise(SIGKILL);
    return true;
}

static void test_engines_that_fail(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct engine engine = {.name = "failing", .run = {[WORK_IN_PLACE] = i == 1 ? crash : give_up}, .cached = true};
        if (i == 2) {
            engine.run[WORK_IN_PLACE] = plain_pass;
            engine.prepare = give_up;
        }
        struct trial trial = trial_of(&engine, WORK_IN_PLACE, 1);
        expect_verdict(&trial, TRIAL_FAILED, i == 1 ? "ended by signal 9" : "the device: Input/output error");
        /* What it did before that nobody knows. */
        assert_false(trial.fixture->made);
    }
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

static void test_cold(void **state)
{
    static const char *const names[] = {"mmap", "pread", "walk-auto"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        for (int work = WORK_SCAN; work <= WORK_INTO; work++) {
            struct trial trial = trial_of(engine_find(names[i]), (enum work)work, 2);
            trial.state = STATE_COLD;
            expect_verdict(&trial, TRIAL_TIMED, NULL);
            assert_true(outcome.meter.read_bytes >= SIZE / 100 * 95);
            check_bytes(&trial);
        }
}

static bool load_before(struct workload *load)
{
    return cache_load(load->input) == 0;
}

static bool evict_before(struct workload *load)
{
    return cache_evict(load->input) == 0;
}

static bool load_half_before(struct workload *load)
{
    static char buffer[SIZE / 2];
    int file = open(load->input, O_RDONLY | O_CLOEXEC);
    posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
    bool good = pread(file, buffer, sizeof buffer, 0) == sizeof buffer;
    close(file);
    return good;
}

static void test_states_that_did_not_last(void **state)
{
    static const struct {
        engine_run *before;
        enum state state;
        const char *words;
    } rows[] = {{load_before, STATE_COLD, "was not cold: only 0 of 16777216 bytes"},
                {load_half_before, STATE_COLD, "was not cold: only "},
                {evict_before, STATE_WARM, "was not warm: "}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct engine engine = *engine_find("pread");
        engine.prepare = rows[i].before;
        struct trial trial = trial_of(&engine, WORK_IN_PLACE, 1);
        trial.state = rows[i].state;
        expect_verdict(&trial, TRIAL_NOT_REACHED, rows[i].words);
        /* Its bytes are known nevertheless. */
        assert_true(trial.fixture->made);
        check_bytes(&trial);
    }
}

static void test_states_that_cannot_be_reached(void **state)
{
    struct trial trial = trial_of(engine_find("pread"), WORK_SCAN, 1);
    (void)state;
    trial.state = STATE_SMALL;
    expect_verdict(&trial, TRIAL_NOT_REACHED, "needs a file of 256 MiB or more");
    trial.state = STATE_WARM;
    trial.fixture = fixtures_get(&fixtures, UINT64_C(1) << 60, WRITTEN_READ_BACK, false);
    expect_verdict(&trial, TRIAL_NOT_REACHED, "no space");
}

static void test_in_memory_nothing_is_cold(void **state)
{
    (void)state;
    if (!scratch_in_memory())
        skip_because("no tmpfs");
    struct fixtures disk = fixtures;
    char memory[PATH_MAX];
    snprintf(memory, sizeof memory, "%s", scratch("."));
    fixtures = (struct fixtures){.place = PLACE_IN(memory), .content = disk.content};
    struct trial trial = trial_of(engine_find("pread"), WORK_SCAN, 1);
    trial.state = STATE_COLD;
    enum verdict cold = trial_run(&fixtures, &trial, &outcome);
    bool says_so = strstr(outcome.why, "cannot be made cold") != NULL;
    trial.state = STATE_WARM;
    trial.fixture = fixtures_get(&fixtures, SIZE, WRITTEN_1M, false);
    enum verdict warm = trial_run(&fixtures, &trial, &outcome);
    fixtures_end(&fixtures);
    fixtures = disk;
    assert_int_equal(cold, TRIAL_NOT_REACHED);
    assert_true(says_so);
    assert_int_equal(warm, TRIAL_TIMED);
}

/* Without it no state can be verified. */
static bool knows_reads(void)
{
    struct meter meter;
    meter_start(&meter);
    meter_stop(&meter);
    if (!meter.knows_read_bytes)
        fprintf(stderr, "SKIPPED: there is no /proc/self/io\n");
    return meter.knows_read_bytes;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_engine_at_every_work),
        cmocka_unit_test(test_durable),
        cmocka_unit_test(test_other_bytes_than_expected),
        cmocka_unit_test(test_the_engine_without_a_file),
        cmocka_unit_test(test_a_record_that_was_tampered_with),
        cmocka_unit_test(test_updates_elsewhere),
        cmocka_unit_test(test_engines_that_lie),
        cmocka_unit_test(test_engines_that_fail),
        cmocka_unit_test(test_cold),
        cmocka_unit_test(test_states_that_did_not_last),
        cmocka_unit_test(test_states_that_cannot_be_reached),
        cmocka_unit_test(test_in_memory_nothing_is_cold),
    };
    if (!knows_reads() || !scratch_on_disk())
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
