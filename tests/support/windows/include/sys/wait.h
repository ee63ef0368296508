/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_WAIT_H
#define TESTS_WINDOWS_WAIT_H

/* wait: there is no fork(2), which fails. A test that needs one is in the list. Children are those of children.h. */

#include <sys/types.h>

pid_t fork(void);
pid_t waitpid(pid_t child, int *status, int how);
#define WIFEXITED(status) ((void)(status), 0)
#define WEXITSTATUS(status) (status)
#define WIFSIGNALED(status) ((void)(status), 0)
#define WTERMSIG(status) (status)

#endif
