/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_DISK_H
#define TESTS_BENCH_DISK_H

/* disk: scratch files with a device behind them, as everything about cold files needs. */

#include <stdbool.h>

/* scratch_on_disk() - scratch_use() in $TMPDIR, /tmp, /var/tmp or here, the first that is a local disk. False: said. */
bool scratch_on_disk(void);

/* scratch_in_memory() - scratch_use() of /dev/shm, when that is a tmpfs. False: said. */
bool scratch_in_memory(void);

#endif
