/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - see verdict.h.
 *
 * 1. There is a pair, and no more than a trial has.
 */
#include "walk/verdict.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void sort(double *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        for (unsigned j = i; j > 0 && values[j - 1] > values[j]; j--) {
            double value = values[j];
            values[j] = values[j - 1];
            values[j - 1] = value;
        }
}

static double median(const double *values, unsigned count)
{
    double sorted[MMV__PAIRS];
    memcpy(sorted, values, count * sizeof *values);
    sort(sorted, count);
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

mmv__verdict mmv__verdict_of(const double pace[2][MMV__PAIRS], unsigned n)
{
    double logs[MMV__PAIRS] = {0}, off[MMV__PAIRS] = {0};
    assert(n > 0 && n <= MMV__PAIRS); /* 1 */
    for (unsigned i = 0; i < n; i++)
        logs[i] = log(pace[1][i] / pace[0][i]);
    sort(logs, n);
    mmv__verdict v = {
        .middle = median(logs, n), .most = logs[n - 1], .paces = {median(pace[0], n), median(pace[1], n)}};
    for (unsigned i = 0; i < n; i++)
        off[i] = fabs(logs[i] - v.middle);
    /* The median deviation times 1.48 is the standard deviation of a normal distribution. A few pairs that happen to
       agree do not make a sure thing. */
    double deviation = fmax(1.4826 * median(off, n), 0.03);
    v.error = 1.25 * deviation / sqrt(n) * (1 + 2.0 / n);
    return v;
}
