/* SPDX-License-Identifier: MIT */
/* test_channel.c - messages between processes: whole, in order, each once, whoever is killed. */

#include "check.h"

#include "peers.h"
#include "scratch.h"

#include <mmview/channel.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define ROOM 65536u

static mmv_channel *open_side(const char *name, mmv_channel_side side)
{
    mmv_channel *channel = NULL;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    assert_ok(mmv_channel_open(name, side, &options, &channel));
    return channel;
}

/* ---- one process ------------------------------------------------------------------------------------------------ */

static void test_messages_of_any_size_come_whole_and_in_order(void **state)
{
    static unsigned char out[ROOM], in[ROOM];
    size_t length;
    (void)state;
    const char *name = peers_name("sizes");
    mmv_channel *sender = open_side(name, MMV_CHANNEL_SEND);
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    assert_int_equal(mmv_channel_room(sender), ROOM);
    /* Every length around the multiples of 8, at every place in the ring. */
    for (size_t size = 0; size < 300; size++) {
        fill(out, size, size);
        assert_ok(mmv_channel_send(sender, out, size, 0));
        assert_ok(mmv_channel_send(sender, "next", 4, 0));
        assert_ok(mmv_channel_receive(receiver, in, sizeof in, &length, 0));
        assert_int_equal(length, size);
        assert_memory_equal(in, out, size);
        assert_ok(mmv_channel_receive(receiver, in, sizeof in, &length, 0));
        assert_int_equal(length, 4);
    }
    /* The largest there is, wherever it begins: never cut in two for the receiver. */
    size_t most = ROOM - MMV_CHANNEL_OVERHEAD;
    fill(out, most, 1);
    for (unsigned i = 0; i < 50; i++) {
        const void *data;
        assert_ok(mmv_channel_send(sender, out, most, 0));
        assert_status(mmv_channel_send(sender, "", 0, 0), MMV_ETIMEOUT);
        assert_ok(mmv_channel_peek(receiver, &data, &length, 0));
        assert_int_equal(length, most);
        assert_memory_equal(data, out, most);
        assert_ok(mmv_channel_skip(receiver));
        assert_ok(mmv_channel_send(sender, out, 8 * i, 0));
        assert_ok(mmv_channel_receive(receiver, in, sizeof in, &length, 0));
    }
    assert_bad(mmv_channel_send(sender, out, most + 1, 0), MMV_ERANGE, "length");
    mmv_channel_close(&sender);
    mmv_channel_close(&sender);
    mmv_channel_close(&receiver);
    peers_tidy(name);
}

static void test_what_is_refused(void **state)
{
    mmv_channel *other;
    char in[8];
    size_t length;
    (void)state;
    const char *name = peers_name("refused");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_status(mmv_channel_open(name, MMV_CHANNEL_SEND, NULL, &other), MMV_ENOENT);
    assert_bad(mmv_channel_open(name, (mmv_channel_side)2, &options, &other), MMV_EINVAL, "side");
    options.capacity = UINT64_MAX;
    assert_bad(mmv_channel_open(name, MMV_CHANNEL_SEND, &options, &other), MMV_ERANGE, "capacity");
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    if (!peers_must_last()) {
        assert_status(mmv_channel_open(name, MMV_CHANNEL_RECEIVE, NULL, &other), MMV_EBUSY);
        assert_false(mmv_channel_has_peer(receiver));
    }
    mmv_channel *sender = open_side(name, MMV_CHANNEL_SEND);
    assert_status(mmv_channel_send(receiver, "x", 1, 0), MMV_EACCES);
    assert_status(mmv_channel_receive(sender, in, sizeof in, &length, 0), MMV_EACCES);
    assert_status(mmv_channel_receive(receiver, in, sizeof in, &length, 0), MMV_ETIMEOUT);
    assert_status(mmv_channel_receive(receiver, in, sizeof in, &length, 20), MMV_ETIMEOUT);
    assert_bad(mmv_channel_skip(receiver), MMV_EINVAL, "channel");
    /* Too small a buffer: the message stays. */
    assert_ok(mmv_channel_send(sender, "nine bytes", 10, 0));
    assert_bad(mmv_channel_receive(receiver, in, sizeof in, &length, 0), MMV_ERANGE, "size");
    assert_int_equal(length, 10);
    char large[10];
    assert_ok(mmv_channel_receive(receiver, large, sizeof large, &length, 0));
    assert_memory_equal(large, "nine bytes", 10);
    mmv_channel_close(&receiver);
    mmv_channel_close(&sender);
    peers_tidy(name);
}

/* What another process wrote there is no reason to read outside of it. */
static void test_a_damaged_ring(void **state)
{
    static const uint64_t lengths[] = {UINT64_MAX, UINT64_MAX - 7, ROOM, ROOM - 7, 17, 1 << 20};
    const void *data;
    size_t length;
    (void)state;
    const char *name = peers_name("damaged");
    mmv_channel *sender = open_side(name, MMV_CHANNEL_SEND);
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    assert_ok(mmv_channel_send(sender, "12345678", 8, 0));
    for (size_t i = 0; i < COUNT(lengths); i++) {
        file_put_at(peers_path(name), &lengths[i], sizeof lengths[i], 65536);
        assert_status(mmv_channel_peek(receiver, &data, &length, 0), MMV_EIO);
        assert_bad(mmv_channel_skip(receiver), MMV_EINVAL, "channel");
    }
    mmv_channel_close(&receiver);
    mmv_channel_close(&sender);
    peers_tidy(name);
}

/* A peer takes the memory away, the ring's too: a status, with the guard on, also for who waits. */
static void test_a_channel_that_becomes_shorter(void **state)
{
    static const off_t lengths[] = {65536, 4096, 0};
    const void *data;
    size_t length;
    (void)state;
    assert_ok(mmv_guard_enable());
    for (size_t i = 0; i < COUNT(lengths); i++) {
        const char *name = peers_name("shorter");
        mmv_channel *sender = open_side(name, MMV_CHANNEL_SEND);
        mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
        assert_ok(mmv_channel_send(sender, "12345678", 8, 0));
        assert_int_equal(truncate(peers_path(name), lengths[i]), 0);
        assert_status(mmv_channel_peek(receiver, &data, &length, MMV_FOREVER), MMV_ETRUNC);
        assert_status(mmv_channel_send(sender, "12345678", 8, MMV_FOREVER), MMV_ETRUNC);
        mmv_channel_close(&receiver);
        mmv_channel_close(&sender);
        unlink(peers_path(name)); /* without its header nobody knows it for an object */
        peers_tidy(name);
    }
    mmv_guard_disable();
}

/* ---- several ---------------------------------------------------------------------------------------------------- */

#define MESSAGES 3000u

struct message {
    uint32_t sender, number;
    unsigned char rest[300];
};

/* Messages of many lengths, each saying whose and which it is. */
static mmv_status send_number(mmv_channel *channel, uint32_t sender, uint32_t number)
{
    struct message message;
    size_t length = 8 + (number * 7 + sender * 13) % sizeof message.rest;
    memset(&message, (int)number, sizeof message);
    message.sender = sender;
    message.number = number;
    return mmv_channel_send(channel, &message, length, 60000);
}

static int send_all(const char *name, uint32_t sender)
{
    mmv_channel *channel;
    if (mmv_channel_open(name, MMV_CHANNEL_SEND, NULL, &channel) != MMV_OK)
        return 1;
    for (uint32_t i = 0; i < MESSAGES; i++)
        if (send_number(channel, sender, i) != MMV_OK)
            return 2;
    mmv_channel_close(&channel);
    return 0;
}

static int send_first(const char *name)
{
    return send_all(name, 0);
}

static int send_second(const char *name)
{
    return send_all(name, 1);
}

static int send_third(const char *name)
{
    return send_all(name, 2);
}

/* Takes one message; it must be the next of its sender. */
static mmv_status receive_next(mmv_channel *channel, uint32_t next[3])
{
    struct message message;
    size_t length;
    mmv_status status = mmv_channel_receive(channel, &message, sizeof message, &length, 60000);
    if (status)
        return status;
    assert_true(message.sender < 3);
    assert_int_equal(message.number, next[message.sender]++);
    assert_int_equal(length, 8 + (message.number * 7 + message.sender * 13) % sizeof message.rest);
    for (size_t i = 8; i < length; i++)
        assert_int_equal(message.rest[i - 8], message.number & 255);
    return MMV_OK;
}

static void test_several_senders(void **state)
{
    uint32_t next[3] = {0};
    (void)state;
    const char *name = peers_name("senders");
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    pid_t children[] = {start_child(send_first, name), start_child(send_second, name), start_child(send_third, name)};
    for (unsigned i = 0; i < 3 * MESSAGES; i++) {
        if (i == 1000)
            usleep(20000); /* so that the ring fills up and they wait */
        assert_ok(receive_next(receiver, next));
    }
    for (size_t i = 0; i < COUNT(children); i++)
        assert_int_equal(child_wait(children[i]), 0);
    struct message message;
    size_t length;
    /* All were there, all are gone, nothing is left: said without waiting for a minute. */
    assert_status(mmv_channel_receive(receiver, &message, sizeof message, &length, peers_must_last() ? 10 : 60000),
                  peers_must_last() ? MMV_ETIMEOUT : MMV_EPEER);
    mmv_channel_close(&receiver);
    peers_tidy(name);
}

static void *send_too_much(void *user)
{
    char bytes[1000] = "";
    mmv_status status = MMV_OK;
    for (unsigned i = 0; i < 100 && status == MMV_OK; i++)
        status = mmv_channel_send(user, bytes, sizeof bytes, 10000);
    return (void *)(uintptr_t)status;
}

/* Whoever opens the channel does not wait for a sender that waits for room. */
static void test_a_receiver_comes_while_a_sender_waits(void **state)
{
    pthread_t thread;
    void *status;
    char bytes[1000];
    size_t length;
    (void)state;
    const char *name = peers_name("late");
    mmv_channel *sender = open_side(name, MMV_CHANNEL_SEND);
    assert_int_equal(pthread_create(&thread, NULL, send_too_much, sender), 0);
    usleep(50000);
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    for (unsigned i = 0; i < 100; i++)
        assert_ok(mmv_channel_receive(receiver, bytes, sizeof bytes, &length, 60000));
    pthread_join(thread, &status);
    assert_int_equal((uintptr_t)status, MMV_OK);
    mmv_channel_close(&receiver);
    mmv_channel_close(&sender);
    peers_tidy(name);
}

/* ---- death ------------------------------------------------------------------------------------------------------ */

static int send_for_ever(const char *name)
{
    mmv_channel *channel;
    if (mmv_channel_open(name, MMV_CHANNEL_SEND, NULL, &channel) != MMV_OK)
        return 1;
    for (uint32_t i = 0;; i++)
        if (send_number(channel, 0, i) != MMV_OK)
            return 2;
}

/* Killed at any moment, also while it holds the senders' lock: what comes is whole, and others can go on. */
static void test_killed_senders(void **state)
{
    (void)state;
    const char *name = peers_name("killed");
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    mmv_channel *sender = open_side(name, MMV_CHANNEL_SEND);
    for (unsigned round = 0; round < 100; round++) {
        uint32_t next[3] = {0, round, 0};
        pid_t child = start_child(send_for_ever, name);
        for (unsigned i = 0; i < 20 + round * 3; i++)
            assert_ok(receive_next(receiver, next));
        kill(child, SIGKILL);
        assert_int_equal(child_wait(child), 128 + SIGKILL);
        struct message message;
        size_t length;
        while (mmv_channel_receive(receiver, &message, sizeof message, &length, 0) == MMV_OK)
            assert_int_equal(message.number, next[0]++);
        assert_ok(send_number(sender, 1, round));
        assert_ok(receive_next(receiver, next));
    }
    mmv_channel_close(&receiver);
    mmv_channel_close(&sender);
    peers_tidy(name);
}

static int receive_some_and_die(const char *name)
{
    mmv_channel *channel;
    const void *data;
    size_t length;
    if (mmv_channel_open(name, MMV_CHANNEL_RECEIVE, NULL, &channel) != MMV_OK)
        return 1;
    for (unsigned i = 0; i < 5; i++)
        if (mmv_channel_peek(channel, &data, &length, 60000) != MMV_OK || mmv_channel_skip(channel) != MMV_OK)
            return 2;
    /* Looked at, but not done with. */
    if (mmv_channel_peek(channel, &data, &length, 60000) != MMV_OK)
        return 3;
    raise(SIGKILL);
    return 4;
}

static void test_a_killed_receiver(void **state)
{
    struct message message;
    size_t length;
    (void)state;
    if (peers_must_last())
        skip_because("this build has no locks of open files");
    const char *name = peers_name("receiver");
    mmv_channel *sender = open_side(name, MMV_CHANNEL_SEND);
    for (uint32_t i = 0; i < 10; i++)
        assert_ok(send_number(sender, 0, i));
    assert_int_equal(in_child(receive_some_and_die, name), 128 + SIGKILL);
    assert_false(mmv_channel_has_peer(sender));
    /* As long as there is room nobody waits; then it is said that nobody is there, not after a minute. */
    mmv_status status = MMV_OK;
    for (uint32_t i = 10; status == MMV_OK && i < 100000; i++)
        status = send_number(sender, 0, i);
    assert_int_equal(status, MMV_EPEER);
    /* The next one gets what the other was not done with. */
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    assert_true(mmv_channel_has_peer(sender));
    assert_ok(mmv_channel_receive(receiver, &message, sizeof message, &length, 0));
    assert_int_equal(message.number, 5);
    mmv_channel_close(&receiver);
    mmv_channel_close(&sender);
}

/* A receiver that came first waits for a sender, and is not told that there is none. */
static void test_nobody_yet(void **state)
{
    uint32_t next[3] = {0};
    (void)state;
    const char *name = peers_name("yet");
    mmv_channel *receiver = open_side(name, MMV_CHANNEL_RECEIVE);
    char byte;
    size_t length;
    assert_status(mmv_channel_receive(receiver, &byte, 1, &length, 150), MMV_ETIMEOUT);
    pid_t child = start_child(send_first, name);
    for (unsigned i = 0; i < MESSAGES; i++)
        assert_ok(receive_next(receiver, next));
    assert_int_equal(child_wait(child), 0);
    mmv_channel_close(&receiver);
    peers_tidy(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_of_any_size_come_whole_and_in_order),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_damaged_ring),
        cmocka_unit_test(test_a_channel_that_becomes_shorter),
        cmocka_unit_test(test_several_senders),
        cmocka_unit_test(test_a_receiver_comes_while_a_sender_waits),
        cmocka_unit_test(test_killed_senders),
        cmocka_unit_test(test_a_killed_receiver),
        cmocka_unit_test(test_nobody_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
