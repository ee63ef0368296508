/* SPDX-License-Identifier: MIT */
/* children_posix.c - see children.h: fork(2). */

#include "children.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_start(int (*child)(void *with), const void *with, size_t size)
{
    static _Alignas(max_align_t) char given[CHILD_MOST];
    if (size > sizeof given) {
        fprintf(stderr, "too much for a child: %zu bytes\n", size);
        exit(1);
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        memcpy(given, with, size);
        _exit(child(given));
    }
    return pid;
}

int child_wait(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child) {
        perror("waitpid");
        exit(1);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void *child_shared(size_t size)
{
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}
