/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_MACHINE_H
#define MMVIEW_OS_MACHINE_H

/*
 * machine: processors, limits, clocks, chance: what the library asks of the system besides files and memory.
 *
 * Functions that can fail return 0 or an errno value. None prints, and none leaves memory for the caller to free unless
 * it says so. "Win32:" names what Windows is asked.
 * os/ has the contracts; unix/ meets them where all Unixes do it alike, linux/ or posix/ elsewhere; win32/ on Windows.
 */

#include <mmview/base.h>

/* Granularity of file offsets in mappings. A test may wrap it to claim a larger one. Win32: dwAllocationGranularity. */
size_t mmv__os_page_size(void);

/* Limits that budgets derive from; UINT64_MAX = no limit known. */
typedef struct mmv__os_limits {
    uint64_t address_space;      /* bytes of address space the process may have. Win32: job object ProcessMemoryLimit */
    uint64_t address_space_used; /* bytes it has now. Win32: ullTotalVirtual - ullAvailVirtual */
    uint64_t memory;           /* bytes the container may use, page cache included. Win32: job object JobMemoryLimit */
    uint64_t memory_available; /* bytes free or easily made free. Win32: GlobalMemoryStatusEx() */
    uint64_t maps;             /* mappings at once. Win32: none */
    uint64_t new_threads;      /* threads that may still be started. Win32: none */
    uint64_t thread_stack; /* bytes of address space that a new thread takes. Win32: dwStackReserve of the executable */
} mmv__os_limits;
void mmv__os_get_limits(mmv__os_limits *limits_ret);

/* Processors this process may use at once. Win32: GetProcessAffinityMask(), job object CPU rate. */
unsigned mmv__os_processors(void);

/* The one that the calling thread is on. Win32: GetCurrentProcessorNumber(). */
unsigned mmv__os_processor(void);

/*
 * Bring the calling thread, the index-th of a team of 'count', to a processor of its own, counted from 'home', where
 * the first one is. Where it goes from there is the system's business again. Nothing happens unless there are as many
 * processors as threads. Win32: SetThreadIdealProcessor().
 */
void mmv__os_spread(unsigned index, unsigned count, unsigned home);

/* Faults of the whole process so far. Win32: GetProcessMemoryInfo() PageFaultCount for both together. */
void mmv__os_faults(uint64_t *minor_ret, uint64_t *major_ret);

/* Faults of the calling thread so far, of both kinds; false where the system does not count them apart. Win32: none. */
bool mmv__os_thread_faults(uint64_t *faults_ret);

/* A monotonic clock in seconds. Win32: QueryPerformanceCounter(). */
double mmv__os_clock(void);

/* Nanoseconds of a monotonic clock that costs next to nothing, and may be some ms late. Win32: GetTickCount64(). */
uint64_t mmv__os_ticks(void);
void mmv__os_sleep_ms(unsigned milliseconds); /* Win32: Sleep() */

uint64_t mmv__os_now(void);  /* nanoseconds since 1970, by the clock of files' times. Win32: the same */
uint64_t mmv__os_time(void); /* seconds since 1970. Win32: GetSystemTimePreciseAsFileTime() */

/* What this start of the system is called; "" = not known. Win32: KUSER_SHARED_DATA BootId. */
void mmv__os_boot(char *text, size_t size);

/* A number that nobody else gets. Win32: BCryptGenRandom(). */
int mmv__os_random(uint64_t *number_ret);

#endif
