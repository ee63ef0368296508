/* SPDX-License-Identifier: MIT */
/* inverse_scan_base: see inverse_scan_loops.h. */
#define MMI__SCAN_LOOPS mmi__scan_loops_base
#include "adjust/inverse_scan_loops.h"
