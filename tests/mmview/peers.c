/* SPDX-License-Identifier: MIT */
/* peers.c - see peers.h. */

#include "peers.h"

#include "check.h"
#include "os/name.h"

#include <sys/wait.h>
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
    static char path[200];
    snprintf(path, sizeof path, "%smmv.%s", mmv__os_shared_directory(), name);
    return path;
}

mmv_shared_options peers_options(mmv_open_mode mode)
{
    return (mmv_shared_options){.mode = mode, .capacity = PEERS_SIZE, .persist = MMV_POSIX_ONLY};
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
    if (MMV_POSIX_ONLY)
        mmv_shared_remove(name);
}

pid_t start_child(int (*child)(const char *name), const char *name)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0)
        _exit(child(name));
    return pid;
}

int wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child) {
        perror("waitpid");
        exit(1);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int in_child(int (*child)(const char *name), const char *name)
{
    return wait_for(start_child(child, name));
}
