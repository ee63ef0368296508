/* SPDX-License-Identifier: MIT */
/* samples: sorted as they come, since there are a handful. */
#include "mmbench/samples.h"

#define CLEAR_SHARE 0.05 /* less is within what two runs of the same thing differ by on a shared machine */

void samples_add(struct samples *samples, double value)
{
    size_t i = samples->count;
    if (i == SAMPLES_MAX)
        return;
    for (; i > 0 && samples->values[i - 1] > value; i--)
        samples->values[i] = samples->values[i - 1];
    samples->values[i] = value;
    samples->count++;
}

/* Linear between the two neighbours: type 7 of Hyndman and Fan 1996. */
static double quantile(const struct samples *samples, double share)
{
    if (samples->count == 0)
        return 0;
    double at = share * (double)(samples->count - 1);
    size_t low = (size_t)at;
    size_t high = low + 1 < samples->count ? low + 1 : low;
    return samples->values[low] + (at - (double)low) * (samples->values[high] - samples->values[low]);
}

double samples_median(const struct samples *samples)
{
    return quantile(samples, 0.5);
}

double samples_spread(const struct samples *samples)
{
    if (samples->count < 2)
        return 0;
    return (samples->values[samples->count - 1] - samples->values[0]) / samples_median(samples);
}

bool samples_faster(const struct samples *a, const struct samples *b)
{
    if (a->count == 0 || b->count == 0)
        return false;
    return samples_median(a) < samples_median(b) * (1 - CLEAR_SHARE) && quantile(a, 0.75) < quantile(b, 0.25);
}
