/* SPDX-License-Identifier: MIT */
/* peers.c - see peers.h. */

#include "peers.h"

#include "check.h"
#include "os/name.h"
#include "scratch.h"

#include <unistd.h>

const char *peers_name(const char *name)
{
    static char names[8][120];
    static unsigned next;
    char *text = names[next++ % 8];
    snprintf(text, sizeof names[0], "test-%ld-%s", (long)getpid(), name);
    return text;
}

const char *peers_of(const char *name, const char *what)
{
    static char names[8][120];
    static unsigned next;
    char *text = names[next++ % 8];
    snprintf(text, sizeof names[0], "%s-%s", name, what);
    return text;
}

const char *peers_path(const char *name)
{
    static char path[300];
    if (peers_are_files())
        snprintf(path, sizeof path, "%smmv.%s", mmv__os_shared_directory(), name);
    else
        snprintf(path, sizeof path, "\\BaseNamedObjects\\%s", name);
    return path;
}

bool peers_are_files(void)
{
    return mmv__os_shared_directory() != NULL;
}

bool peers_must_last(void)
{
    return MMV_POSIX_ONLY && peers_are_files();
}

bool peers_exists(const char *name)
{
    mmv_shared_info info;
    if (peers_are_files())
        return file_exists(peers_path(name));
    mmv_status status = mmv_shared_stat(name, &info);
    assert_true(status == MMV_OK || status == MMV_ENOENT);
    return status == MMV_OK;
}

mmv_shared_options peers_options(mmv_open_mode mode)
{
    return (mmv_shared_options){.mode = mode, .capacity = PEERS_SIZE, .persist = peers_must_last()};
}

mmv_map *peers_map(const char *name)
{
    mmv_map *map;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    return map;
}

void peers_tidy(const char *name)
{
    if (peers_must_last())
        mmv_shared_remove(name);
}

struct errand {
    int (*child)(const char *name);
    char name[MMV_NAME_MAX + 1];
};

static int do_errand(void *with)
{
    const struct errand *errand = with;
    return errand->child(errand->name);
}

pid_t start_child(int (*child)(const char *name), const char *name)
{
    struct errand errand = {.child = child};
    snprintf(errand.name, sizeof errand.name, "%s", name);
    return child_start(do_errand, &errand, sizeof errand);
}

int in_child(int (*child)(const char *name), const char *name)
{
    return child_wait(start_child(child, name));
}
