/* SPDX-License-Identifier: MIT */
/* test_event.c - events between processes, some of which are killed. */

#include "check.h"

#include "os/machine.h"
#include "peers.h"

#include <mmview/guard.h>
#include <mmview/sync.h>

#include <signal.h>
#include <unistd.h>

static void test_an_automatic_event_lets_one_through(void **state)
{
    mmv_event *event;
    (void)state;
    const char *name = peers_name("automatic");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_event_open(name, false, true, &options, &event));
    assert_false(mmv_event_is_manual(event));
    assert_ok(mmv_event_wait(event, 0));
    assert_status(mmv_event_wait(event, 0), MMV_ETIMEOUT);
    assert_status(mmv_event_wait(event, 10), MMV_ETIMEOUT);
    assert_ok(mmv_event_set(event));
    assert_ok(mmv_event_set(event));
    assert_ok(mmv_event_wait(event, MMV_FOREVER));
    assert_status(mmv_event_wait(event, 0), MMV_ETIMEOUT);
    assert_ok(mmv_event_set(event));
    assert_ok(mmv_event_reset(event));
    assert_status(mmv_event_wait(event, 0), MMV_ETIMEOUT);
    mmv_event_close(&event);
    mmv_event_close(&event);
    peers_tidy(name);
}

static void test_a_manual_event_lets_all_through(void **state)
{
    mmv_event *event, *other;
    (void)state;
    const char *name = peers_name("manual");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_event_open(name, true, false, &options, &event));
    /* One that exists is as it is. */
    assert_ok(mmv_event_open(name, false, true, NULL, &other));
    assert_true(mmv_event_is_manual(other));
    assert_status(mmv_event_wait(other, 0), MMV_ETIMEOUT);
    assert_ok(mmv_event_set(event));
    assert_ok(mmv_event_wait(other, 0));
    assert_ok(mmv_event_wait(event, MMV_FOREVER));
    assert_ok(mmv_event_reset(other));
    assert_status(mmv_event_wait(event, 0), MMV_ETIMEOUT);
    mmv_event_close(&event);
    mmv_event_close(&other);
    peers_tidy(name);
}

static int wait_then_answer(const char *name)
{
    mmv_event *there, *back;
    if (mmv_event_open(name, false, false, NULL, &there) != MMV_OK ||
        mmv_event_open(peers_of(name, "back"), false, false, NULL, &back) != MMV_OK)
        return 1;
    for (unsigned i = 0; i < 1000; i++)
        if (mmv_event_wait(there, 60000) != MMV_OK || mmv_event_set(back) != MMV_OK)
            return 2;
    return 0;
}

static void test_ping_pong(void **state)
{
    mmv_event *there, *back;
    (void)state;
    const char *name = peers_name("there");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_event_open(name, false, false, &options, &there));
    assert_ok(mmv_event_open(peers_of(name, "back"), false, false, &options, &back));
    pid_t child = start_child(wait_then_answer, name);
    for (unsigned i = 0; i < 1000; i++) {
        assert_ok(mmv_event_set(there));
        assert_ok(mmv_event_wait(back, 60000));
    }
    assert_int_equal(child_wait(child), 0);
    mmv_event_close(&there);
    mmv_event_close(&back);
    peers_tidy(peers_of(name, "back"));
    peers_tidy(name);
}

static int wait_long(const char *name)
{
    mmv_event *event;
    if (mmv_event_open(name, false, false, NULL, &event) != MMV_OK)
        return 1;
    return mmv_event_wait(event, 60000) == MMV_OK ? 0 : 2;
}

/* Two wait, one is killed: a signal that comes then goes to the other, whoever was woken first. */
static void test_a_killed_waiter_takes_no_signal(void **state)
{
    mmv_event *event;
    (void)state;
    const char *name = peers_name("waiters");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_event_open(name, false, false, &options, &event));
    for (unsigned i = 0; i < 20; i++) {
        pid_t first = start_child(wait_long, name);
        pid_t second = start_child(wait_long, name);
        usleep(5000 + i * 500);
        kill(first, SIGKILL);
        /* Nothing is set yet: the dead one cannot have taken it. */
        assert_int_equal(child_wait(first), 128 + SIGKILL);
        assert_ok(mmv_event_set(event));
        assert_int_equal(child_wait(second), 0);
        assert_status(mmv_event_wait(event, 0), MMV_ETIMEOUT);
    }
    mmv_event_close(&event);
    peers_tidy(name);
}

static int pass_it_on(const char *name)
{
    mmv_event *event;
    if (mmv_event_open(name, false, false, NULL, &event) != MMV_OK)
        return 1;
    for (unsigned i = 0; i < 3000; i++)
        if (mmv_event_wait(event, 60000) != MMV_OK || mmv_event_set(event) != MMV_OK)
            return 2;
    return 0;
}

/*
 * One signal goes round among many who take it and give it back: set again while somebody looks, it must not be slept
 * over.
 */
static void test_a_signal_goes_round(void **state)
{
    mmv_event *event;
    pid_t children[6];
    (void)state;
    const char *name = peers_name("round");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_event_open(name, false, true, &options, &event));
    double start = mmv__os_clock();
    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = start_child(pass_it_on, name);
    for (size_t i = 0; i < COUNT(children); i++)
        assert_int_equal(child_wait(children[i]), 0);
    print_message("%.2f s\n", mmv__os_clock() - start);
    assert_ok(mmv_event_wait(event, 0));
    mmv_event_close(&event);
    peers_tidy(name);
}

/* A peer takes the memory away: a status, with the guard on. */
static void test_an_event_that_becomes_shorter(void **state)
{
    mmv_event *event;
    (void)state;
    assert_ok(mmv_guard_enable());
    const char *name = peers_name("shorter");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_event_open(name, false, false, &options, &event));
    assert_int_equal(truncate(peers_path(name), 0), 0);
    assert_status(mmv_event_set(event), MMV_ETRUNC);
    assert_status(mmv_event_wait(event, 0), MMV_ETRUNC);
    assert_status(mmv_event_wait(event, MMV_FOREVER), MMV_ETRUNC);
    mmv_event_close(&event);
    unlink(peers_path(name)); /* without its header nobody knows it for an object */
    peers_tidy(name);
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_automatic_event_lets_one_through),
        cmocka_unit_test(test_a_manual_event_lets_all_through),
        cmocka_unit_test(test_ping_pong),
        cmocka_unit_test(test_a_killed_waiter_takes_no_signal),
        cmocka_unit_test(test_a_signal_goes_round),
        cmocka_unit_test(test_an_event_that_becomes_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
