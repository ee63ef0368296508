/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_PROCESS_H
#define TOOLS_OS_PROCESS_H

/* process: this one's environment, and another program that it starts and waits for. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Another program, to be run. */
struct process {
    char *const *words; /* its name, which is looked for in PATH, and its arguments; NULL ends them */
    int input, output;  /* descriptors that become its stdin and stdout; -1 = those of this process */
    /*
     * It is the work of this process: what asks this one for the end is passed on to it, what a terminal sends reaches
     * both and ends only the program, and should this process be killed, it is asked for the end, too.
     */
    bool is_bound;
    bool is_silent; /* what it says on stderr is lost */
};

/*
 * process_run() - start it and wait for its end. SIGPIPE and SIGXFSZ are the defaults for it. After a bound program
 * this process goes on ignoring what a terminal sends: it is meant to end then, too.
 * Shape:   *status_ret is its exit status, or 128 + the number of the signal that ended it. Returns 0, or an errno
 *          value when it never ran: *status_ret is then 127 when there is no such program, 126 when it cannot be run,
 *          and 0 when the system starts no process.
 * Win32:   CreateProcess() in a job object with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, GetExitCodeProcess().
 */
int process_run(const struct process *process, int *status_ret);

/* process_set_variable() - in the environment, unless it is there. Before threads. Win32: _putenv_s(). */
void process_set_variable(const char *name, const char *value);

/*
 * process_temporary() - the folder for files that are soon removed; process_cache() - that of this user for what can be
 * made again, which need not be there. False when there is none, or its path is too long.
 * Source:  TMPDIR, else /tmp; XDG_CACHE_HOME, else .cache in HOME. Win32: GetTempPath(); LOCALAPPDATA.
 */
bool process_temporary(char path[PATH_MAX]);
bool process_cache(char path[PATH_MAX]);

/* process_compiler() - what the system's C compiler is called. Win32: gcc. */
const char *process_compiler(void);

/* process_user() - as whom this process may do things: the number of its effective user. Win32: a hash of the SID. */
uint32_t process_user(void);

/* process_find() - the file of a program of this name, as process_run() finds it; false when there is none. Win32:
 * SearchPath(). */
bool process_find(const char *name, char *path, size_t size);

/* process_user_name() - who has this number; false when nobody is known to. Win32: LookupAccountSid(). */
bool process_user_name(uint32_t user, char *name, size_t size);

#endif
