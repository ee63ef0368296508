/* SPDX-License-Identifier: MIT */
/* tally: see tally.h. */

#include "stats/tally.h"

#include <math.h>

mmi__tally mmi__tally_empty(void)
{
    return (mmi__tally){.min = INT64_MAX, .max = INT64_MIN, .real_min = INFINITY, .real_max = -INFINITY};
}

void mmi__tally_add(mmi__tally *sum, const mmi__tally *tally)
{
    sum->min = tally->min < sum->min ? tally->min : sum->min;
    sum->max = tally->max > sum->max ? tally->max : sum->max;
    sum->real_min = fmin(sum->real_min, tally->real_min);
    sum->real_max = fmax(sum->real_max, tally->real_max);
    sum->sum = mmi__wide_sum(sum->sum, tally->sum);
    mmi__tally_square(sum, tally->squares);
    sum->squares_top += tally->squares_top;
    sum->count += tally->count;
    sum->low += tally->low;
    sum->high += tally->high;
    sum->nan += tally->nan;
    sum->infinite += tally->infinite;
    sum->no_data += tally->no_data;
}
