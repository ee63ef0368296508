/* SPDX-License-Identifier: MIT */
/*
 * process: see kit/os/process.h.
 *
 *     this process       ------ fork ------> the child
 *     reads a pipe until it is closed        execvp: the system closes the child's end of the pipe
 *     waits for the child                    or else it writes errno there
 */
#include "kit/os/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "kit/os/file.h"

enum { CANNOT_RUN = 126, NOT_FOUND = 127 };

/* ---- a bound child's signals ------------------------------------------------------------------------------------- */

/* What the terminal sends goes to it as well; SIGTERM and SIGHUP are passed on. */
static volatile sig_atomic_t bound_child;

static void pass_on(int number)
{
    if (bound_child > 0)
        kill((pid_t)bound_child, number);
}

static void bind_signals(pid_t child)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction forward = {.sa_handler = pass_on};
    bound_child = (sig_atomic_t)child;
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGQUIT, &ignore, NULL);
    sigaction(SIGTERM, &forward, NULL);
    sigaction(SIGHUP, &forward, NULL);
}

/* ---- the child --------------------------------------------------------------------------------------------------- */

static bool take_stream(int descriptor, int standard)
{
    return descriptor < 0 || dup2(descriptor, standard) >= 0;
}

/* Does not return. */
static void become(const struct process *process, pid_t parent, const sigset_t *mask, int report)
{
    sigprocmask(SIG_SETMASK, mask, NULL);
#ifdef __linux__
    if (process->is_bound)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (process->is_bound && getppid() != parent)
        _exit(EXIT_FAILURE);
    int nowhere = process->is_silent ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    if (take_stream(process->input, FILE_STDIN) && take_stream(process->output, FILE_STDOUT) &&
        take_stream(nowhere, FILE_STDERR))
        execvp(process->words[0], process->words);
    int error = errno;
    file_write(report, &error, sizeof error);
    _exit(error == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

/* ---- this process ------------------------------------------------------------------------------------------------ */

static int start(const struct process *process, int report, pid_t *child_ret)
{
    sigset_t all, before;
    pid_t self = getpid();
    fflush(NULL);
    signal(SIGCHLD, SIG_DFL); /* ignored by the parent, as it may be, there would be no status to wait for */
    /* A signal that comes too early to be passed on waits until it can be. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    int error = child < 0 ? errno : 0;
    if (child == 0)
        become(process, self, &before, report);
    if (child > 0 && process->is_bound)
        bind_signals(child);
    sigprocmask(SIG_SETMASK, &before, NULL);
    *child_ret = child;
    return error;
}

static int wait_for(pid_t child, int *status_ret)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    *status_ret = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
}

int process_run(const struct process *process, int *status_ret)
{
    int report[2], why = 0;
    pid_t child;
    size_t length = 0;
    assert(process->words && process->words[0] && bound_child == 0);
    *status_ret = 0;
    if (pipe2(report, O_CLOEXEC) != 0)
        return errno;
    int error = start(process, report[1], &child);
    close(report[1]);
    if (error == 0 && file_read(report[0], &why, sizeof why, &length) != 0)
        length = 0;
    close(report[0]);
    if (error == 0)
        error = wait_for(child, status_ret);
    bound_child = 0;
    return error == 0 && length == sizeof why ? why : error;
}

void process_set_variable(const char *name, const char *value)
{
    setenv(name, value, 0);
}

bool process_temporary(char path[PATH_MAX])
{
    const char *folder = getenv("TMPDIR");
    int length = snprintf(path, PATH_MAX, "%s", folder && *folder ? folder : "/tmp");
    return length > 0 && length < PATH_MAX;
}

/* As the XDG base directory specification has it: a path that is not absolute does not count. */
bool process_cache(char path[PATH_MAX])
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (cache && cache[0] == '/')
        length = snprintf(path, PATH_MAX, "%s", cache);
    else if (home && home[0] == '/')
        length = snprintf(path, PATH_MAX, "%s/.cache", home);
    return length > 0 && length < PATH_MAX;
}

const char *process_compiler(void)
{
    return "cc";
}

uint32_t process_user(void)
{
    return (uint32_t)geteuid();
}

/* A folder may be entered, which access(2) takes for execution. */
static bool is_program(const char *path)
{
    struct file_facts facts;
    return access(path, X_OK) == 0 && file_look_at(path, true, &facts) == 0 && facts.kind == FILE_REGULAR;
}

bool process_find(const char *name, char *path, size_t size)
{
    const char *folders = getenv("PATH");
    if (strchr(name, '/')) {
        snprintf(path, size, "%s", name);
        return is_program(path);
    }
    for (const char *at = folders ? folders : "/bin:/usr/bin"; at;) {
        const char *end = at + strcspn(at, ":");
        bool is_whole = snprintf(path, size, "%.*s%s%s", (int)(end - at), at, end == at ? "" : "/", name) < (int)size;
        if (is_whole && is_program(path))
            return true;
        at = *end ? end + 1 : NULL;
    }
    return false;
}

bool process_user_name(uint32_t user, char *name, size_t size)
{
    const struct passwd *entry = getpwuid((uid_t)user);
    if (entry)
        snprintf(name, size, "%s", entry->pw_name);
    return entry != NULL;
}
