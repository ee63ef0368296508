/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_MMIPC_H
#define TOOLS_MMIPC_H

/* The inside of mmipc: what the command line said, and the functions that do it. */

#include <stdint.h>

#include "kit/cli/console.h"

struct request {
    struct console *console;
    const char *name;
    char *const *more; /* operands behind the name: SIZE, MODE, COMMAND */
    int more_count;
    uint64_t offset;
    uint64_t length;  /* 0 = to the end */
    uint32_t wait_ms; /* MMV_FOREVER = without end */
    unsigned mode;    /* of what is made; 0 = 0600 */
    bool json;
};

/* maps.c: each returns an exit status. */
int map_create(const struct request *request);
int map_open_or_create(const struct request *request);
int map_write(const struct request *request);
int map_read(const struct request *request);

/* names.c */
int name_list(const struct request *request);
int name_stat(const struct request *request);
int name_chmod(const struct request *request);
int name_remove(const struct request *request);

/* locks.c */
int lock_run(const struct request *request);
int event_signal(const struct request *request);
int event_wait(const struct request *request);

/* main.c: the library's latest error, as TOOL_USAGE where the command line was wrong, else TOOL_FAILED. */
int request_failed(const struct request *request);

#endif
