/* SPDX-License-Identifier: MIT */
/* process_b.c - leaves a 0 at byte 1 of the map that process_a has made, see processes.h. */

#include "processes.h"

int main(void)
{
    return processes_leave("process_b", "Run Process A first.", 1, 0);
}
