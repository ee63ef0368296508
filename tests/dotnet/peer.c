/* SPDX-License-Identifier: MIT */
/*
 * peer: the side in C of interop.bash, and of tests/python/test_shared.py. Each command says what it does, a line each.
 *
 *     see NAME OFFSET TEXT    the map has TEXT there              make NAME SIZE         a new map, and away again
 *     poke NAME OFFSET BYTE   store a byte                        hold NAME              a mutex, until a line comes
 *     wait NAME MS            got, late or abandoned              send NAME TEXT...      messages
 *     send-and-stay ...       the same, and wait for a line       receive NAME           messages, until all are gone
 *     set NAME                an event                            event NAME MS          wait for it: got or late
 *     take NAME MS            one of a semaphore: got or late     give NAME COUNT        how many there were
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/mmview.h>

static int fail(void)
{
    char text[1024];
    mmv_error_format(mmv_last_error(), text, sizeof text);
    fprintf(stderr, "peer: %s\n", text);
    return 1;
}

static void say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static int with_view(const char *name, mmv_view *view)
{
    mmv_map *map = NULL;
    if (mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map) || mmv_view_open(map, 0, 0, view))
        return fail();
    mmv_map_close(&map);
    return 0;
}

static int see(char **words)
{
    mmv_view view;
    if (with_view(words[0], &view))
        return 1;
    size_t length = strlen(words[2]);
    const void *there = mmv_view_span(&view, strtoull(words[1], NULL, 0), length);
    int result = !there || memcmp(there, words[2], length) != 0;
    mmv_view_close(&view);
    return result;
}

static int poke(char **words)
{
    mmv_view view;
    if (with_view(words[0], &view))
        return 1;
    mmv_status status = mmv_view_write_uint8(&view, strtoull(words[1], NULL, 0), (uint8_t)atoi(words[2]));
    mmv_view_close(&view);
    return status ? fail() : 0;
}

static int make(char **words)
{
    mmv_map *map = NULL;
    mmv_shared_options options = {.mode = MMV_CREATE_NEW, .capacity = strtoull(words[1], NULL, 0)};
    if (mmv_map_open_named(words[0], MMV_READ_WRITE, &options, &map))
        return fail();
    mmv_map_close(&map);
    return 0;
}

static int hold(char **words)
{
    mmv_mutex *mutex = NULL;
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE};
    if (mmv_mutex_open(words[0], &options, &mutex) || mmv_mutex_lock(mutex, MMV_FOREVER))
        return fail();
    say("held");
    getchar();
    mmv_mutex_close(&mutex);
    return 0;
}

static int tell(mmv_status status)
{
    switch (status) {
    case MMV_OK:
        say("got");
        return 0;
    case MMV_ETIMEOUT:
        say("late");
        return 0;
    case MMV_EABANDONED:
        say("abandoned");
        return 0;
    default:
        return fail();
    }
}

static int wait_for(char **words)
{
    mmv_mutex *mutex = NULL;
    if (mmv_mutex_open(words[0], NULL, &mutex))
        return fail();
    int result = tell(mmv_mutex_lock(mutex, (uint32_t)atoi(words[1])));
    mmv_mutex_close(&mutex);
    return result;
}

static int set(char **words)
{
    mmv_event *event = NULL;
    if (mmv_event_open(words[0], false, false, NULL, &event) || mmv_event_set(event))
        return fail();
    mmv_event_close(&event);
    return 0;
}

static int wait_for_event(char **words)
{
    mmv_event *event = NULL;
    if (mmv_event_open(words[0], false, false, NULL, &event))
        return fail();
    int result = tell(mmv_event_wait(event, (uint32_t)atoi(words[1])));
    mmv_event_close(&event);
    return result;
}

static int take(char **words)
{
    mmv_semaphore *semaphore = NULL;
    if (mmv_semaphore_open(words[0], 0, 1, NULL, &semaphore))
        return fail();
    int result = tell(mmv_semaphore_acquire(semaphore, (uint32_t)atoi(words[1])));
    mmv_semaphore_close(&semaphore);
    return result;
}

static int give(char **words)
{
    mmv_semaphore *semaphore = NULL;
    uint32_t before;
    if (mmv_semaphore_open(words[0], 0, 1, NULL, &semaphore) ||
        mmv_semaphore_release(semaphore, (uint32_t)atoi(words[1]), &before))
        return fail();
    printf("%u\n", before);
    mmv_semaphore_close(&semaphore);
    return 0;
}

static int send_all(char **words, bool stay)
{
    mmv_channel *channel = NULL;
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE};
    if (mmv_channel_open(words[0], MMV_CHANNEL_SEND, &options, &channel))
        return fail();
    for (char **word = words + 1; *word; word++)
        if (mmv_channel_send(channel, *word, strlen(*word), MMV_FOREVER))
            return fail();
    if (stay)
        getchar();
    mmv_channel_close(&channel);
    return 0;
}

static int receive(char **words)
{
    mmv_channel *channel = NULL;
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE};
    char message[1000];
    size_t length;
    mmv_status status;
    if (mmv_channel_open(words[0], MMV_CHANNEL_RECEIVE, &options, &channel))
        return fail();
    say("ready");
    while ((status = mmv_channel_receive(channel, message, sizeof message - 1, &length, MMV_FOREVER)) == MMV_OK) {
        message[length] = '\0';
        say(message);
    }
    if (status != MMV_EPEER)
        return fail();
    say("gone");
    mmv_channel_close(&channel);
    return 0;
}

static int send_and_go(char **words)
{
    return send_all(words, false);
}

static int send_and_stay(char **words)
{
    return send_all(words, true);
}

static const struct command {
    const char *name;
    int words; /* behind the command's; -1 = any number */
    int (*run)(char **words);
} commands[] = {
    {"see", 3, see},
    {"poke", 3, poke},
    {"make", 2, make},
    {"hold", -1, hold},
    {"wait", 2, wait_for},
    {"send", -1, send_and_go},
    {"send-and-stay", -1, send_and_stay},
    {"receive", -1, receive},
    {"set", 1, set},
    {"event", 2, wait_for_event},
    {"take", 2, take},
    {"give", 2, give},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 2 && i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(argv[1], commands[i].name) && (commands[i].words < 0 || argc == 2 + commands[i].words))
            return commands[i].run(argv + 2);
    fprintf(stderr, "peer: what is %s?\n", argc > 1 ? argv[1] : "wanted");
    return 2;
}
