/* SPDX-License-Identifier: MIT */
/*
 * test_kills.c - holders of locks and peers of channels killed at random moments, over and over: nobody hangs, no lock
 * is lost, no message is torn, doubled or missing.
 *
 * Two counters stand beside each lock, which its holder changes one after the other: after a death they may differ by
 * one, and the next holder, who is told, mends them. They differ otherwise only if two were inside.
 */

#include "check.h"

#include "peers.h"

#include <mmview/channel.h>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define FEW 60u         /* in a check */
#define MANY 10000u     /* in a campaign: MMV_CAMPAIGN=1 */
#define PATIENCE 20000u /* milliseconds after which something hangs */

static unsigned trials(void)
{
    return getenv("MMV_CAMPAIGN") ? MANY : FEW;
}

/* A child that will be killed. It says on a pipe that it did its work once. */
struct victim {
    pid_t child;
    int begun;
};

static int begun = -1; /* in a victim: the pipe's end to write to */

static void say_begun(void)
{
    if (begun < 0)
        return;
    if (write(begun, "", 1) != 1)
        _exit(5);
    close(begun);
    begun = -1;
}

static struct victim start_victim(int (*work)(const char *name), const char *name)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    begun = ends[1];
    struct victim victim = {start_child(work, name), ends[0]};
    close(ends[1]);
    begun = -1;
    return victim;
}

/*
 * Every second victim has done its work once before it dies: how long that takes depends on how busy the machine is.
 * The others may die before, while they open.
 */
static bool is_awaited(unsigned trial)
{
    return trial % 2 == 1;
}

/* A victim that ends by itself closes its pipe, too; kill_victim() sees that. */
static void await_work(const struct victim *victim)
{
    struct pollfd pipe_end = {.fd = victim->begun, .events = POLLIN};
    assert_int_equal(poll(&pipe_end, 1, PATIENCE), 1);
}

static void kill_victim(const struct victim *victim)
{
    kill(victim->child, SIGKILL);
    assert_int_equal(child_wait(victim->child), 128 + SIGKILL);
    close(victim->begun);
}

/* A moment within some milliseconds; the same sequence in every run. */
static void kill_later(const struct victim *victim, unsigned trial)
{
    static uint32_t dice = 1;
    if (is_awaited(trial))
        await_work(victim);
    dice = dice * 1664525u + 1013904223u;
    usleep(200 + (dice >> 16) % 1500);
    kill_victim(victim);
}

/* ---- mutex ------------------------------------------------------------------------------------------------------ */

struct counters {
    volatile uint64_t first, second;
};

static mmv_view open_counters(const char *name, mmv_open_mode mode)
{
    mmv_map *map;
    mmv_view view = {0};
    mmv_shared_options options = peers_options(mode);
    if (mmv_map_open_named(peers_of(name, "counters"), MMV_READ_WRITE, &options, &map) == MMV_OK)
        mmv_view_open(map, 0, 0, &view);
    mmv_map_close(&map);
    return view;
}

static mmv_status count_once(mmv_mutex *mutex, struct counters *counters)
{
    mmv_status status = mmv_mutex_lock(mutex, PATIENCE);
    if (status == MMV_EABANDONED)
        counters->second = counters->first;
    else if (status)
        return status;
    if (counters->first != counters->second)
        return MMV_ESYSTEM;
    counters->first++;
    counters->second++;
    mmv_status unlocked = mmv_mutex_unlock(mutex);
    return unlocked ? unlocked : status;
}

static int count_for_ever(const char *name)
{
    mmv_mutex *mutex;
    mmv_view view = open_counters(name, MMV_OPEN_EXISTING);
    mmv_status status = mmv_mutex_open(name, NULL, &mutex);
    while (status == MMV_OK || status == MMV_EABANDONED) {
        status = count_once(mutex, view.data);
        say_begun();
    }
    return 1;
}

static void test_killed_holders(void **state)
{
    mmv_mutex *mutex;
    unsigned told = 0;
    (void)state;
    const char *name = peers_name("holders");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    mmv_view view = open_counters(name, MMV_CREATE_NEW);
    assert_ok(mmv_mutex_open(name, &options, &mutex));
    for (unsigned i = 0; i < trials(); i++) {
        /* Two at a time, so that one also waits when the other dies. */
        struct victim one = start_victim(count_for_ever, name);
        struct victim two = start_victim(count_for_ever, name);
        kill_later(&one, i);
        kill_victim(&two);
        mmv_status status = count_once(mutex, view.data);
        assert_true(status == MMV_OK || status == MMV_EABANDONED);
        told += status == MMV_EABANDONED;
    }
    print_message("%u trials, holders killed: %u of them inside\n", trials(), told);
    assert_true(((struct counters *)view.data)->first > trials());
    mmv_view_close(&view);
    mmv_mutex_close(&mutex);
    peers_tidy(peers_of(name, "counters"));
    peers_tidy(name);
}

/* ---- event and semaphore ---------------------------------------------------------------------------------------- */

static int wait_for_ever(const char *name)
{
    mmv_event *event;
    if (mmv_event_open(name, false, false, NULL, &event) != MMV_OK)
        return 1;
    while (mmv_event_wait(event, MMV_FOREVER) == MMV_OK) {
        say_begun();
        mmv_event_set(event);
    }
    return 2;
}

/*
 * A signal goes round among waiters that die. Set again, it reaches who is left: nobody sleeps over a signal that is
 * there.
 */
static void test_killed_waiters(void **state)
{
    mmv_event *event;
    (void)state;
    const char *name = peers_name("waiters");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_event_open(name, false, true, &options, &event));
    for (unsigned i = 0; i < trials(); i++) {
        struct victim one = start_victim(wait_for_ever, name);
        kill_later(&one, i);
        assert_ok(mmv_event_set(event));
        assert_ok(mmv_event_wait(event, PATIENCE));
        assert_ok(mmv_event_set(event));
    }
    print_message("%u trials, waiters killed\n", trials());
    mmv_event_close(&event);
    peers_tidy(name);
}

/* ---- channel ---------------------------------------------------------------------------------------------------- */

struct message {
    uint64_t number;
    uint64_t copies[60]; /* of the number: a torn message shows */
};

static mmv_status send_number(mmv_channel *channel, uint64_t number)
{
    struct message message = {.number = number};
    for (size_t i = 0; i < COUNT(message.copies); i++)
        message.copies[i] = number;
    return mmv_channel_send(channel, &message, 8 * (1 + (size_t)number % (COUNT(message.copies) + 1)), PATIENCE);
}

static bool is_number(const void *data, size_t length, uint64_t number)
{
    const uint64_t *words = data;
    if (length != 8 * (1 + (size_t)number % 61))
        return false;
    for (size_t i = 0; i < length / 8; i++)
        if (words[i] != number)
            return false;
    return true;
}

static int send_for_ever(const char *name)
{
    mmv_channel *channel;
    if (mmv_channel_open(name, MMV_CHANNEL_SEND, NULL, &channel) != MMV_OK)
        return 1;
    for (uint64_t number = 0; send_number(channel, number) == MMV_OK; number++)
        say_begun();
    return 2;
}

static void test_killed_senders(void **state)
{
    mmv_channel *receiver;
    const void *data;
    size_t length;
    uint64_t received = 0;
    (void)state;
    const char *name = peers_name("senders");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_channel_open(name, MMV_CHANNEL_RECEIVE, &options, &receiver));
    for (unsigned i = 0; i < trials(); i++) {
        uint64_t number = 0;
        struct victim sender = start_victim(send_for_ever, name);
        kill_later(&sender, i);
        while (mmv_channel_peek(receiver, &data, &length, 0) == MMV_OK) {
            assert_true(is_number(data, length, number++));
            assert_ok(mmv_channel_skip(receiver));
        }
        assert_true(number > 0 || !is_awaited(i));
        received += number;
    }
    print_message("%u trials, senders killed: %llu messages\n", trials(), (unsigned long long)received);
    mmv_channel_close(&receiver);
    peers_tidy(name);
}

static int receive_for_ever(const char *name)
{
    mmv_channel *channel;
    const void *data;
    size_t length;
    if (mmv_channel_open(name, MMV_CHANNEL_RECEIVE, NULL, &channel) != MMV_OK)
        return 1;
    /* Message after message: the first one's own words say which it is. */
    uint64_t number = UINT64_MAX;
    while (mmv_channel_peek(channel, &data, &length, PATIENCE) == MMV_OK) {
        uint64_t found = *(const uint64_t *)data;
        if ((number != UINT64_MAX && found != number + 1) || !is_number(data, length, found))
            return 3;
        number = found;
        if (mmv_channel_skip(channel) != MMV_OK)
            return 4;
        say_begun();
    }
    return 2;
}

/* Nobody there for a moment is no end: the next receiver is on its way. */
static int send_on_and_on(const char *name)
{
    mmv_channel *channel;
    mmv_status status = mmv_channel_open(name, MMV_CHANNEL_SEND, NULL, &channel);
    for (uint64_t number = 0; status == MMV_OK || status == MMV_EPEER; number += status == MMV_OK)
        status = send_number(channel, number);
    return (int)status;
}

static void test_killed_receivers(void **state)
{
    mmv_channel *sender, *receiver;
    (void)state;
    if (peers_must_last())
        skip_because("this build has no locks of open files");
    const char *name = peers_name("receivers");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_channel_open(name, MMV_CHANNEL_SEND, &options, &sender));
    pid_t source = start_child(send_on_and_on, name);
    for (unsigned i = 0; i < trials(); i++) {
        struct victim killed = start_victim(receive_for_ever, name);
        /* What it found was right, or it would have ended by itself. */
        kill_later(&killed, i);
    }
    /*
     * Whoever comes last finds the rest whole; some more must come, even if the last one died before it could wake
     * anybody.
     */
    const void *data;
    size_t length;
    uint64_t next = UINT64_MAX;
    assert_ok(mmv_channel_open(name, MMV_CHANNEL_RECEIVE, NULL, &receiver));
    assert_ok(mmv_channel_peek(receiver, &data, &length, PATIENCE));
    kill(source, SIGKILL);
    assert_int_equal(child_wait(source), 128 + SIGKILL);
    while (mmv_channel_peek(receiver, &data, &length, 0) == MMV_OK) {
        uint64_t found = *(const uint64_t *)data;
        assert_true(next == UINT64_MAX || found == next);
        assert_true(is_number(data, length, found));
        next = found + 1;
        assert_ok(mmv_channel_skip(receiver));
    }
    print_message("%u trials, receivers killed: %llu messages\n", trials(), (unsigned long long)next);
    assert_true(next != UINT64_MAX);
    mmv_channel_close(&receiver);
    mmv_channel_close(&sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_holders),
        cmocka_unit_test(test_killed_waiters),
        cmocka_unit_test(test_killed_senders),
        cmocka_unit_test(test_killed_receivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
