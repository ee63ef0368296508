/* SPDX-License-Identifier: MIT */
/* test_thread.c - threads that take turns: none is lost, and none sees what another has half done. */

#include "check.h"

#include "kit/os/thread.h"

#define THREADS 8
#define ROUNDS 500

struct table {
    thread_lock lock;
    thread_condition turned;
    unsigned turn, counts[THREADS], wrong;
};

struct seat {
    struct thread thread;
    struct table *table;
    unsigned number;
};

static void take_turns(void *user)
{
    struct seat *seat = user;
    struct table *table = seat->table;
    for (unsigned i = 0; i < ROUNDS; i++) {
        thread_lock_take(&table->lock);
        while (table->turn % THREADS != seat->number)
            thread_condition_wait(&table->turned, &table->lock);
        table->wrong += table->counts[seat->number] != i;
        table->counts[seat->number]++;
        table->turn++;
        thread_condition_wake(&table->turned);
        thread_lock_leave(&table->lock);
    }
}

static void test_threads_take_turns(void **state)
{
    struct table table = {.turn = 0};
    struct seat seats[THREADS];
    (void)state;
    thread_lock_init(&table.lock);
    thread_condition_init(&table.turned);
    for (unsigned i = 0; i < THREADS; i++) {
        seats[i].table = &table;
        seats[i].number = i;
        assert_true(thread_start(&seats[i].thread, take_turns, &seats[i]));
    }
    for (unsigned i = 0; i < THREADS; i++)
        thread_join(&seats[i].thread);
    thread_condition_drop(&table.turned);
    thread_lock_drop(&table.lock);
    assert_int_equal(table.wrong, 0);
    assert_int_equal(table.turn, THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_take_turns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
