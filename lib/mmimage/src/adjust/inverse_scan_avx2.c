/* SPDX-License-Identifier: MIT */
/* inverse_scan_avx2: see inverse_scan_loops.h. */
#define MMI__SCAN_LOOPS mmi__scan_loops_avx2
#include "adjust/inverse_scan_loops.h"
