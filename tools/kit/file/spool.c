/* SPDX-License-Identifier: MIT */
/* spool: see spool.h. It may be waited for as long as somebody has the other end, so signals are looked at meanwhile.
 */
#include "kit/file/spool.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/file.h"
#include "kit/os/signals.h"

/* What a pipe holds on Linux is 64 KiB, 1 MiB when somebody has asked for it. */
#define AT_ONCE ((size_t)1 << 20)

/* How long a FIFO is waited for that nobody writes to. */
#define TURN_MS 100
#define TURNS_ALONE 30

/* One portion; a length of 0 is the end. EINTR = a signal asked for the end; ETIMEDOUT = nobody has the other end. */
static int read_portion(int descriptor, char *bytes, size_t *length_ret)
{
    for (unsigned alone = 0; alone <= TURNS_ALONE;) {
        bool is_there = file_wait(descriptor, TURN_MS);
        int error = signals_stop() ? EINTR : is_there ? file_read_some(descriptor, bytes, AT_ONCE, length_ret) : EAGAIN;
        if (error != EAGAIN)
            return error;
        /* Asked without waiting, one whose other end nobody has opened says that it is at its end. */
        alone += !is_there && file_is_alone(descriptor);
    }
    return ETIMEDOUT;
}

static int copy_all(int descriptor, int spool, char *bytes, bool *is_write_ret)
{
    size_t length = 0;
    do {
        int error = read_portion(descriptor, bytes, &length);
        *is_write_ret = error == 0;
        if (error == 0)
            error = file_write(spool, bytes, length);
        if (error != 0)
            return error;
    } while (length > 0);
    return 0;
}

int spool_fill(const struct console *console, const char *name, int descriptor, int *spool_ret)
{
    bool is_write = true;
    char *bytes = malloc(AT_ONCE);
    if (!bytes)
        return console_error(console, name, "not enough memory");
    int error = file_temporary(spool_ret);
    if (error == 0) {
        error = copy_all(descriptor, *spool_ret, bytes, &is_write);
        if (error != 0)
            file_close(*spool_ret);
    }
    free(bytes);
    if (error == 0)
        return TOOL_DONE;
    if (error == EINTR)
        return TOOL_FAILED;
    if (error == ETIMEDOUT)
        return console_error(console, name, "nobody writes to it");
    return is_write ? console_error(console, name, "cannot keep what it has in a temporary file: %s; TMPDIR says where",
                                    strerror(error))
                    : console_error(console, name, "cannot read it: %s", strerror(error));
}
