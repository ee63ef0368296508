/* SPDX-License-Identifier: MIT */
/* machine: see kit/os/machine.h. */
#include "kit/os/machine.h"

#include <stdio.h>
#include <time.h>

#include "kit/os/cpuid.h"
#include "kit/os/win32/win32.h"

#include <bcrypt.h>

double machine_clock(void)
{
    LARGE_INTEGER now, second;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&second);
    return (double)now.QuadPart / (double)second.QuadPart;
}

uint64_t machine_time(void)
{
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    uint64_t since_1601 = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime; /* 100 ns */
    return (since_1601 - UINT64_C(116444736000000000)) * 100;
}

void machine_date(int64_t seconds, char *text, size_t size)
{
    time_t time = (time_t)seconds;
    struct tm local;
    if (localtime_s(&local, &time) != 0 || strftime(text, size, "%Y-%m-%d %H:%M:%S", &local) == 0)
        snprintf(text, size, "?");
}

void machine_pause(unsigned milliseconds)
{
    Sleep(milliseconds);
}

uint64_t machine_random(void)
{
    uint64_t number;
    LARGE_INTEGER now;
    if (BCryptGenRandom(NULL, (PUCHAR)&number, sizeof number, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0)
        return number;
    QueryPerformanceCounter(&now);
    return (uint64_t)now.QuadPart * 1000003u + (uint64_t)GetCurrentProcessId() * 65537u;
}

void machine_processor(char *text, size_t size)
{
    if (!cpuid_text(text, size))
        text[0] = '\0';
}
