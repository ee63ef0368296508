/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_WAIT_H
#define TESTS_WINDOWS_WAIT_H

/* wait: of children that are never there, see windows/unix.h. */

#define WIFEXITED(status) ((void)(status), 0)
#define WEXITSTATUS(status) ((void)(status), 0)
#define WIFSIGNALED(status) ((void)(status), 0)
#define WTERMSIG(status) ((void)(status), 0)

static inline int waitpid(int process, int *status, int how)
{
    (void)process, (void)how;
    *status = 0;
    return -1;
}

#endif
