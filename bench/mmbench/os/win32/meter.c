/* SPDX-License-Identifier: MIT */
/*
 * meter: what Windows counts for this process. It counts page faults of both kinds in one number, neither what came
 * from the device nor the most memory since a certain moment. Wine counts no faults.
 */
#include "mmbench/meter.h"

#include <string.h>

#include "kit/os/machine.h"
#include "kit/os/win32/win32.h"

#include <psapi.h>

double meter_clock(void)
{
    return machine_clock();
}

/* Source: NtClose(); there is no handle 0. Wine asks its server. */
void meter_call(void)
{
    CloseHandle(NULL);
}

/* 32 bits, which begin anew. */
static uint32_t faults(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    return K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) ? counters.PageFaultCount : 0;
}

void meter_start(struct meter *meter)
{
    memset(meter, 0, sizeof *meter);
    meter->knows_faults = !win32_is_wine();
    meter->minor = faults();
    meter->seconds = meter_clock();
}

void meter_stop(struct meter *meter)
{
    meter->seconds = meter_clock() - meter->seconds;
    meter->minor = (uint32_t)(faults() - (uint32_t)meter->minor);
}
