/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_MEMORY_H
#define MMVIEW_OS_MEMORY_H

/*
 * memory: address space, mappings, private memory, and accesses that go wrong.
 *
 * Functions that can fail return 0 or an errno value. None prints, and none leaves memory for the caller to free unless
 * it says so. "Win32:" names what Windows is asked.
 */

#include <mmview/access.h>

/* A range of addresses that nothing else will land in. Win32: VirtualAlloc2() MEM_RESERVE_PLACEHOLDER. */
int mmv__os_reserve(size_t size, void **address_ret);

/* The same at exactly 'address': EEXIST = something is there. Win32: VirtualAlloc2() with a base address. */
int mmv__os_reserve_at(void *address, size_t size);

/* Map file bytes at exactly 'address' in a reservation, over whatever was there. Win32: MapViewOfFile3() REPLACE. */
int mmv__os_map_at(void *address, size_t size, mmv_access access, int descriptor, uint64_t offset);

/* The same wherever there is room, without a reservation. Win32: MapViewOfFile(). */
int mmv__os_map(size_t size, mmv_access access, int descriptor, uint64_t offset, void **address_ret);

/*
 * How many bytes of a mapping, from its start on, show what the file has there when it becomes longer. The rest has to
 * be mapped anew then. Win32: the pages of 4096 bytes in which the file had any when they were mapped.
 */
size_t mmv__os_shown(const void *address, size_t size);

/* Give the bytes of a mapping up but keep the addresses. Win32: UnmapViewOfFile2() MEM_PRESERVE_PLACEHOLDER. */
int mmv__os_vacate(void *address, size_t size);

/*
 * Put private zeros in the place of a mapping, in one step for whoever touches it meanwhile; for stores, too, when
 * 'writing'. What was there stays when it fails. Win32: ENOTSUP: UnmapViewOfFile() leaves a gap before VirtualAlloc()
 * can close it.
 */
int mmv__os_retire(void *address, size_t size, bool writing);

int mmv__os_unmap(void *address, size_t size); /* also ends a reservation. Win32: UnmapViewOfFile(), VirtualFree() */

/*
 * ENOTSUP = the system has no such advice, or says that it populated pages and does not. EFAULT = a populated page is
 * not there. Win32: PrefetchVirtualMemory().
 */
int mmv__os_advise(void *address, size_t size, mmv_advice advice);

/*
 * Whether most bytes of the file are not in memory, as far as a few of their pages tell. False also when the system
 * does not say. Win32: false; QueryWorkingSetEx() knows pages of this process alone.
 */
bool mmv__os_is_cold(int descriptor, uint64_t offset, size_t size);

/* How many bytes of the file the system reads ahead of whoever reads in order. 0 = it does not say. Win32: 0. */
uint64_t mmv__os_read_ahead(int descriptor);

/* Write changed pages back and wait. Win32: FlushViewOfFile() + FlushFileBuffers(). */
int mmv__os_flush(void *address, size_t size);

/*
 * Private zeroed memory, aligned to what direct I/O asks for; from 64 KiB on not from the heap: threads under a small
 * RLIMIT_AS must not grow heaps of their own. Win32: VirtualAlloc().
 */
int mmv__os_memory(size_t size, void **memory_ret);
void mmv__os_memory_free(void *memory, size_t size);

/*
 * Call 'repair' with the address of a bad access; false = not ours, go on to the previous handler. The handler is the
 * process' own: one at a time. Win32: AddVectoredExceptionHandler() EXCEPTION_IN_PAGE_ERROR.
 */
int mmv__os_catch_faults(bool (*repair)(void *address));
void mmv__os_release_faults(void);

/* Put a page of zeros at 'address'; async-signal-safe. Win32: VirtualAlloc() into the placeholder. */
bool mmv__os_zero_page(void *address);

#endif
