/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_MACHINE_H
#define MMBENCH_MACHINE_H

/* machine: what a fault, a page, a system call, a copied byte and an msync cost here, for people and for programs. */

#include <stdbool.h>

#include "kit/cli/console.h"
#include "kit/cli/json.h"
#include "mmbench/costs.h"

/*
 * machine() - measure in a folder, at most ten seconds on a device that works, and print to stdout.
 * Returns an exit status.
 */
int machine(const struct console *console, const char *directory, bool as_json);

/* machine_json() - a median and a spread per cost, as KEY_ns and KEY_spread; null when it was not measured. */
void machine_json(struct json *json, const struct costs *costs);

/* machine_table() - a line per cost to stdout. */
void machine_table(const struct costs *costs);

#endif
