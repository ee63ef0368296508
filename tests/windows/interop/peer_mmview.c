/* SPDX-License-Identifier: MIT */
/*
 * peer_mmview.c - our side of interop.py: has a map, a mutex, an event and a semaphore, and does with them what the
 * lines of stdin say. peer_win32.cc and Peer.cs do the same without this library.
 *
 *     map create NAME SIZE | map open NAME | map file NAME PATH | map put OFFSET TEXT | map get OFFSET LENGTH
 *     mutex create NAME | mutex open NAME | mutex take MS | mutex give
 *     event create NAME auto|manual | event open NAME | event take MS | event set | event reset
 *     semaphore create NAME COUNT MOST | semaphore open NAME | semaphore take MS | semaphore give COUNT
 *     KIND close
 *
 * A line answers each: "ok", with a number or a text where there is one, or what went otherwise.
 */
#include <mmview/mmview.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 5, LINE = 1024 };

struct peer {
    mmv_map *map;
    mmv_view view;
    mmv_mutex *mutex;
    mmv_event *event;
    mmv_semaphore *semaphore;
};

/* What a line asks for: the words behind the kind. */
typedef void work(struct peer *peer, char **words);

static void answer(mmv_status status)
{
    char text[512];
    switch (status) {
    case MMV_OK:
        puts("ok");
        return;
    case MMV_ETIMEOUT:
        puts("timeout");
        return;
    case MMV_EABANDONED:
        puts("abandoned");
        return;
    case MMV_ENOENT:
        puts("missing");
        return;
    case MMV_EEXIST:
        puts("exists");
        return;
    case MMV_EKIND:
        puts("kind");
        return;
    default:
        mmv_error_format(mmv_last_error(), text, sizeof text);
        printf("error %s\n", text);
    }
}

static bool is(const char *word, const char *wanted)
{
    return word && strcmp(word, wanted) == 0;
}

static uint32_t number(const char *word)
{
    return word ? (uint32_t)strtoul(word, NULL, 10) : 0;
}

static mmv_status open_map(struct peer *peer, char **words, const mmv_shared_options *options)
{
    if (!is(words[0], "file"))
        return mmv_map_open_named(words[1], MMV_READ_WRITE, options, &peer->map);
    mmv_status status = mmv_map_open(words[2], MMV_READ_WRITE, &peer->map);
    return status ? status : mmv_map_share(peer->map, words[1], NULL);
}

static void close_map(struct peer *peer)
{
    mmv_view_close(&peer->view);
    mmv_map_close(&peer->map);
}

static void find_map(struct peer *peer, char **words)
{
    mmv_shared_options create = {.mode = MMV_CREATE_NEW, .capacity = number(words[2])};
    struct peer found = {0};
    mmv_status status = open_map(&found, words, is(words[0], "create") ? &create : NULL);
    if (!status)
        status = mmv_view_open(found.map, 0, 0, &found.view);
    if (status) {
        answer(status);
        close_map(&found);
    } else {
        printf("ok %" PRIu64 "\n", mmv_map_capacity(found.map));
        peer->map = found.map;
        peer->view = found.view;
    }
}

static void use_map(struct peer *peer, char **words)
{
    if (is(words[0], "close")) {
        close_map(peer);
        answer(MMV_OK);
    } else if (is(words[0], "put")) {
        answer(mmv_view_write_array(&peer->view, number(words[1]), words[2], 1, strlen(words[2])));
    } else if (is(words[0], "get")) {
        char text[LINE] = "";
        mmv_status status = mmv_view_read_struct(&peer->view, number(words[1]), text, number(words[2]));
        if (status)
            answer(status);
        else
            printf("ok %s\n", text);
    } else {
        find_map(peer, words);
    }
}

/* What a peer has it keeps when another opening fails. */
static void open_mutex(struct peer *peer, char **words)
{
    mmv_shared_options create = {.mode = MMV_CREATE_NEW};
    mmv_mutex *opened;
    mmv_status status = mmv_mutex_open(words[1], is(words[0], "create") ? &create : NULL, &opened);
    if (!status)
        peer->mutex = opened;
    answer(status);
}

static void use_mutex(struct peer *peer, char **words)
{
    if (is(words[0], "take"))
        answer(mmv_mutex_lock(peer->mutex, number(words[1])));
    else if (is(words[0], "give"))
        answer(mmv_mutex_unlock(peer->mutex));
    else if (is(words[0], "close"))
        mmv_mutex_close(&peer->mutex), answer(MMV_OK);
    else
        open_mutex(peer, words);
}

static void open_event(struct peer *peer, char **words)
{
    mmv_shared_options create = {.mode = MMV_CREATE_NEW};
    bool manual = is(words[2], "manual");
    mmv_event *opened;
    mmv_status status = mmv_event_open(words[1], manual, false, is(words[0], "create") ? &create : NULL, &opened);
    if (!status)
        peer->event = opened;
    answer(status);
}

static void use_event(struct peer *peer, char **words)
{
    if (is(words[0], "take"))
        answer(mmv_event_wait(peer->event, number(words[1])));
    else if (is(words[0], "set"))
        answer(mmv_event_set(peer->event));
    else if (is(words[0], "reset"))
        answer(mmv_event_reset(peer->event));
    else if (is(words[0], "close"))
        mmv_event_close(&peer->event), answer(MMV_OK);
    else
        open_event(peer, words);
}

static void give_semaphore(struct peer *peer, uint32_t count)
{
    uint32_t before;
    mmv_status status = mmv_semaphore_release(peer->semaphore, count, &before);
    if (status == MMV_ERANGE)
        puts("full");
    else if (status)
        answer(status);
    else
        printf("ok %" PRIu32 "\n", before);
}

static void open_semaphore(struct peer *peer, char **words)
{
    mmv_shared_options create = {.mode = MMV_CREATE_NEW};
    bool makes = is(words[0], "create");
    uint32_t most = makes ? number(words[3]) : 1;
    mmv_semaphore *opened;
    mmv_status status = mmv_semaphore_open(words[1], number(words[2]), most, makes ? &create : NULL, &opened);
    if (!status)
        peer->semaphore = opened;
    answer(status);
}

static void use_semaphore(struct peer *peer, char **words)
{
    if (is(words[0], "take"))
        answer(mmv_semaphore_acquire(peer->semaphore, number(words[1])));
    else if (is(words[0], "give"))
        give_semaphore(peer, number(words[1]));
    else if (is(words[0], "close"))
        mmv_semaphore_close(&peer->semaphore), answer(MMV_OK);
    else
        open_semaphore(peer, words);
}

static const struct kind {
    const char *name;
    work *use;
} kinds[] = {{"map", use_map}, {"mutex", use_mutex}, {"event", use_event}, {"semaphore", use_semaphore}};

static bool take_line(struct peer *peer, char *line)
{
    char *words[WORDS] = {NULL}, *rest = NULL;
    int count = 0;
    for (char *word = strtok_r(line, " \r\n", &rest); word && count < WORDS; word = strtok_r(NULL, " \r\n", &rest))
        words[count++] = word;
    for (size_t i = 0; count > 1 && i < sizeof kinds / sizeof *kinds; i++)
        if (is(words[0], kinds[i].name)) {
            kinds[i].use(peer, words + 1);
            return true;
        }
    return false;
}

int main(void)
{
    struct peer peer = {0};
    char line[LINE];
    while (fgets(line, sizeof line, stdin)) {
        if (!take_line(&peer, line))
            puts("error no such line");
        fflush(stdout);
    }
    close_map(&peer);
    mmv_mutex_close(&peer.mutex);
    mmv_event_close(&peer.event);
    mmv_semaphore_close(&peer.semaphore);
    return 0;
}
