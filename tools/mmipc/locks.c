/* SPDX-License-Identifier: MIT */
/*
 * locks: mutexes and events around commands.
 *
 * A mutex belongs to the process that locked it. So COMMAND runs as a child, and mmipc waits for it, holding the lock;
 * should mmipc be killed, the child is told to end (SIGTERM), since others may go on from then.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mmview/sync.h>

#include "mmipc/mmipc.h"

enum { CANNOT_RUN = 126, NOT_FOUND = 127 };

static mmv_shared_options options_for(const struct request *request)
{
    return (mmv_shared_options){.mode = MMV_OPEN_OR_CREATE, .permissions = request->mode, .persist = true};
}

/*
 * The command's own ends are not ours: what the terminal sends goes to it as well, and SIGTERM and SIGHUP are passed
 * on.
 */
static volatile sig_atomic_t child;

static void pass_on(int number)
{
    if (child > 0)
        kill((pid_t)child, number);
}

static void install(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction forward = {.sa_handler = pass_on};
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGQUIT, &ignore, NULL);
    sigaction(SIGTERM, &forward, NULL);
    sigaction(SIGHUP, &forward, NULL);
}

static void run_child(const struct request *request, pid_t parent, const sigset_t *mask)
{
    sigprocmask(SIG_SETMASK, mask, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (getppid() != parent)
        _exit(TOOL_FAILED);
    execvp(request->more[0], request->more);
    int error = errno;
    console_error(request->console, request->more[0], "cannot run it: %s", strerror(error));
    _exit(error == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

static int run_command(const struct request *request)
{
    int status;
    sigset_t all, before;
    pid_t self = getpid();
    fflush(NULL);
    /* A signal that comes too early to be passed on waits until it can be. */
    signal(SIGCHLD, SIG_DFL); /* ignored by the parent, as it may be, there would be no status to wait for */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t started = fork();
    if (started == 0)
        run_child(request, self, &before);
    child = (sig_atomic_t)started;
    if (started > 0)
        install();
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (started < 0)
        return console_error(request->console, NULL, "cannot start a process: %s", strerror(errno));
    while (waitpid(started, &status, 0) < 0)
        if (errno != EINTR)
            return console_error(request->console, request->more[0], "cannot wait for it: %s", strerror(errno));
    child = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int lock_run(const struct request *request)
{
    mmv_mutex *mutex;
    mmv_shared_options options = options_for(request);
    if (mmv_mutex_open(request->name, &options, &mutex) != MMV_OK)
        return request_failed(request);
    mmv_status status = mmv_mutex_lock(mutex, request->wait_ms);
    int result;
    if (status == MMV_ETIMEOUT)
        result = console_error(request->console, request->name, "somebody else holds it");
    else if (status != MMV_OK && status != MMV_EABANDONED)
        result = request_failed(request);
    else {
        if (status == MMV_EABANDONED && !request->console->quiet)
            console_error(request->console, request->name,
                          "its last holder died: what it protects may be half changed");
        result = run_command(request);
    }
    mmv_mutex_close(&mutex);
    return result;
}

static mmv_status open_event(const struct request *request, mmv_event **event_ret)
{
    mmv_shared_options options = options_for(request);
    return mmv_event_open(request->name, false, false, &options, event_ret);
}

int event_signal(const struct request *request)
{
    mmv_event *event;
    if (open_event(request, &event) != MMV_OK)
        return request_failed(request);
    int result = mmv_event_set(event) == MMV_OK ? TOOL_DONE : request_failed(request);
    mmv_event_close(&event);
    return result;
}

int event_wait(const struct request *request)
{
    mmv_event *event;
    if (open_event(request, &event) != MMV_OK)
        return request_failed(request);
    mmv_status status = mmv_event_wait(event, request->wait_ms);
    int result = TOOL_DONE;
    if (status == MMV_ETIMEOUT)
        result = console_error(request->console, request->name, "was not signalled in time");
    else if (status != MMV_OK)
        result = request_failed(request);
    mmv_event_close(&event);
    return result;
}
