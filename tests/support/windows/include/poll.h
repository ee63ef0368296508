/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_POLL_H
#define TESTS_WINDOWS_POLL_H

/* poll: whether a pipe has something to read, or nobody writes to it any more. */

#define POLLIN 1

struct pollfd {
    int fd;
    short events, revents;
};

int poll(struct pollfd *pipes, unsigned count, int milliseconds); /* of one pipe */

#endif
