/* SPDX-License-Identifier: MIT */
/*
 * win32/machine.c - processors, limits, clocks, chance.
 *
 * Sources: GetSystemInfo, QueryInformationJobObject, GlobalMemoryStatusEx. Limits of jobs, and a count of
 * faults, are NOT-IN-WINE.
 */

#include "os/machine.h"
#include "os/win32/win32.h"

#include <mmview/range.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bcrypt.h>
#include <psapi.h>
#include <winternl.h>

size_t mmv__os_page_size(void)
{
    SYSTEM_INFO facts;
    GetSystemInfo(&facts);
    return facts.dwAllocationGranularity;
}

/* What a thread's stack takes, as the executable says. */
static uint64_t thread_stack(void)
{
    const char *image = (const char *)GetModuleHandleW(NULL);
    IMAGE_DOS_HEADER first;
    IMAGE_NT_HEADERS second;
    if (!image)
        return 8 * MMV_MIB;
    memcpy(&first, image, sizeof first);
    memcpy(&second, image + first.e_lfanew, sizeof second);
    return second.OptionalHeader.SizeOfStackReserve;
}

void mmv__os_get_limits(mmv__os_limits *limits_ret)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION job;
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    memset(&job, 0, sizeof job);
    bool known = GlobalMemoryStatusEx(&memory);
    bool in_job = QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &job, sizeof job, NULL);
    DWORD flags = in_job ? job.BasicLimitInformation.LimitFlags : 0;
    /* A job limits what is committed; views of files are not. What the address space limits is its size. */
    *limits_ret = (mmv__os_limits){
        .address_space = known ? memory.ullTotalVirtual : UINT64_MAX,
        .address_space_used = known ? memory.ullTotalVirtual - memory.ullAvailVirtual : 0,
        .memory = flags & JOB_OBJECT_LIMIT_JOB_MEMORY ? job.JobMemoryLimit : UINT64_MAX,
        .maps = UINT64_MAX,
        .new_threads = UINT64_MAX,
        .thread_stack = thread_stack(),
    };
    if (flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY)
        limits_ret->memory = mmv_min(limits_ret->memory, job.ProcessMemoryLimit);
    limits_ret->memory_available = mmv_min(known ? memory.ullAvailPhys : UINT64_MAX, limits_ret->memory);
}

unsigned mmv__os_processors(void)
{
    DWORD_PTR own, all;
    unsigned count = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &own, &all))
        for (; own; own &= own - 1)
            count++;
    return count ? count : 1;
}

unsigned mmv__os_processor(void)
{
    return (unsigned)GetCurrentProcessorNumber();
}

/* The scheduler's own choice is a wish here: an ideal processor, the index-th of those the process may use. */
void mmv__os_spread(unsigned index, unsigned count, unsigned home)
{
    DWORD_PTR own, all;
    if (count != mmv__os_processors() || !GetProcessAffinityMask(GetCurrentProcess(), &own, &all))
        return;
    unsigned processor = home % (8 * sizeof own);
    while (index > 0) {
        processor = (processor + 1) % (8 * sizeof own);
        index -= (own >> processor & 1) != 0;
    }
    SetThreadIdealProcessor(GetCurrentThread(), processor);
}

/* Of both kinds together. */
void mmv__os_faults(uint64_t *minor_ret, uint64_t *major_ret)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    *minor_ret = K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) ? counters.PageFaultCount : 0;
    *major_ret = 0;
}

bool mmv__os_thread_faults(uint64_t *faults_ret)
{
    (void)faults_ret;
    return false;
}

double mmv__os_clock(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

uint64_t mmv__os_ticks(void)
{
    return GetTickCount64() * UINT64_C(1000000);
}

void mmv__os_sleep_ms(unsigned milliseconds)
{
    Sleep(milliseconds);
}

uint64_t mmv__os_now(void)
{
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    uint64_t time = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return (time - UINT64_C(116444736000000000)) * 100; /* since 1601 */
}

uint64_t mmv__os_time(void)
{
    return mmv__os_now() / UINT64_C(1000000000);
}

/* When the system was started, 100 ns since 1601. The first member of what is asked for; winternl.h has no names. */
static uint64_t start_of_system(void)
{
    SYSTEM_TIMEOFDAY_INFORMATION facts;
    uint64_t start = 0;
    memset(&facts, 0, sizeof facts);
    if (NtQuerySystemInformation(SystemTimeOfDayInformation, &facts, sizeof facts, NULL) == 0)
        memcpy(&start, &facts, sizeof start);
    return start;
}

/*
 * NOT-IN-WINE: Windows counts its starts, in the page that it shows to every process. The count alone could be another
 * machine's, hence this machine's number. Wine has no count. There the start of its server stands for one: that ends
 * with the system, if not before.
 */
void mmv__os_boot(char *text, size_t size)
{
    const volatile uint32_t *starts = (const volatile uint32_t *)(uintptr_t)0x7ffe02c4; /* KUSER_SHARED_DATA.BootId */
    char machine[64] = "";
    uint64_t sum = UINT64_C(14695981039346656037); /* FNV-1a: a start has room for less than the machine's number */
    DWORD length = sizeof machine;
    uint32_t count = *starts;
    if (count == 0) {
        uint64_t start = start_of_system();
        snprintf(text, size, start ? "start-%016llx" : "", (unsigned long long)start);
        return;
    }
    RegGetValueA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Cryptography", "MachineGuid",
                 RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, NULL, machine, &length);
    for (const char *at = machine; *at; at++)
        sum = (sum ^ (unsigned char)*at) * UINT64_C(1099511628211);
    snprintf(text, size, "%016llx-%lu", (unsigned long long)sum, (unsigned long)count);
}

int mmv__os_random(uint64_t *number_ret)
{
    NTSTATUS status =
        BCryptGenRandom(NULL, (unsigned char *)number_ret, sizeof *number_ret, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    return status == 0 ? 0 : EIO;
}
