/* SPDX-License-Identifier: MIT */
/* process_c.c - leaves a 1 at byte 2 of the map that process_a has made, see processes.h. */

#include "processes.h"

int main(void)
{
    return processes_leave("process_c", "Run Process A first, then B.", 2, 1);
}
