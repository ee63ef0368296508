/* SPDX-License-Identifier: MIT */
/*
 * child: the result lies in memory that parent and child share, so that it is there also when the child crashed.
 *
 * 1. A child does not outlive its parent. No assert is possible: the kernel ends it (PR_SET_PDEATHSIG).
 */
#include "mmbench/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/os/signals.h"

#define LOOK_MS 200 /* how often the parent looks for a signal that came just before it began to wait */

/* What parent and child share. */
struct shared {
    bool good;
    char why[256];
    max_align_t result[];
};

static bool failed(const char *what, char *why, size_t size)
{
    snprintf(why, size, "%s: %s", what, strerror(errno));
    return false;
}

static bool explain(int status, char *why, size_t size)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFSIGNALED(status))
        snprintf(why, size, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(why, size, "ended with exit status %d", WEXITSTATUS(status));
    return false;
}

/* SA_RESTART would make waitpid(2) deaf to Ctrl-C; poll(2) never is. */
static bool wait_for(pid_t pid, char *why, size_t size)
{
    int status;
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    bool ended = false;
    while (!ended && !signals_stop()) {
        struct pollfd wait = {.fd = handle, .events = POLLIN};
        ended = waitpid(pid, &status, WNOHANG) == pid;
        /* A kernel before 5.3 has no handles: look every millisecond. */
        if (!ended)
            poll(&wait, handle >= 0, handle >= 0 ? LOOK_MS : 1);
    }
    if (handle >= 0)
        close(handle);
    if (ended)
        return explain(status, why, size);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    snprintf(why, size, "stopped by %s", signals_name(signals_stop()));
    return false;
}

/* A parent that is killed takes its children along. */
static void follow(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

/* With SIGCHLD ignored, as a parent may have left it, nobody is told how a child ended. */
static pid_t fork_heard(void)
{
    signal(SIGCHLD, SIG_DFL);
    return fork();
}

bool child_run(child_fn *fn, void *user, void *result, size_t size, char *why, size_t why_size)
{
    size_t length = sizeof(struct shared) + size;
    struct shared *shared = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return failed("mmap", why, why_size);
    memcpy(shared->result, result, size);
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork_heard();
    if (pid == 0) {
        follow(parent);
        shared->good = fn(user, shared->result, shared->why, sizeof shared->why);
        _exit(0);
    }
    bool good = pid > 0 ? wait_for(pid, why, why_size) : failed("fork", why, why_size);
    memcpy(result, shared->result, size);
    if (good && !shared->good)
        snprintf(why, why_size, "%s", shared->why);
    good = good && shared->good;
    munmap(shared, length);
    return good;
}

bool child_exec(char *const *argv, char *why, size_t why_size)
{
    pid_t parent = getpid();
    pid_t pid = fork_heard();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        follow(parent);
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    return pid > 0 ? wait_for(pid, why, why_size) : failed("fork", why, why_size);
}
