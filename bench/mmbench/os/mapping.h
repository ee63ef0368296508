/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_OS_MAPPING_H
#define MMBENCH_OS_MAPPING_H

/*
 * mapping: mmap(2) and its like. Win32: CreateFileMapping(), MapViewOfFile(), VirtualAlloc(), in win32/unix.c. What
 * Windows has not, fails: ENOSYS.
 */

#ifndef _WIN32
#include <sys/mman.h>
#else
#include <stddef.h>
#include <sys/types.h>

#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 32
#define MAP_POPULATE 0x8000 /* PrefetchVirtualMemory() maps no page: refused */
#define MAP_FAILED ((void *)-1)
#define MADV_HUGEPAGE 14   /* large pages need a privilege, and cannot be asked for later: refused */
#define MADV_NOHUGEPAGE 15 /* there are none unless they are asked for: refused */

#define mmap bench_mmap
#define munmap bench_munmap
#define madvise bench_madvise

/* A file is mapped at any multiple of 4096, though views begin at multiples of 65,536. */
void *bench_mmap(void *address, size_t length, int protection, int flags, int file, off_t offset);
/* All of what mmap() gave. */
int bench_munmap(void *data, size_t length);
int bench_madvise(void *data, size_t length, int advice);
#endif

#endif
