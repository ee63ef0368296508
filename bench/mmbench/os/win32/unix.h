/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_WIN32_UNIX_H
#define MMBENCH_WIN32_UNIX_H

/*
 * unix: the calls of Unix that mmbench's engines make, by the calls of Windows that do the same. The build for Windows
 * includes this in front of each file of mmbench. -1 and errno, as there. What Windows has nothing for fails.
 *
 *     open close pread pwrite fsync     CreateFile CloseHandle ReadFile WriteFile FlushFileBuffers
 *     mmap munmap                       CreateFileMapping MapViewOfFile UnmapViewOfFile, VirtualAlloc VirtualFree
 */

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#define O_CLOEXEC (_O_NOINHERIT | _O_BINARY)
#define O_DIRECT 0x10000000 /* EINVAL: transfers past the cache are the library's alone */

/* Names are UTF-8 of any length. Also fields of these names in mmbench's structs are called so. */
#define open bench_open
#define access bench_access
#define unlink bench_unlink
#define rename bench_rename
#define mkdir bench_mkdir
#define fopen bench_fopen
int bench_open(const char *path, int flags, ...);
int bench_access(const char *path, int wanted); /* by opening it */
int bench_unlink(const char *path);
int bench_rename(const char *from, const char *to);
int bench_mkdir(const char *path, unsigned permissions);
FILE *bench_fopen(const char *path, const char *mode);

#define pread bench_pread
#define pwrite bench_pwrite
#define fsync bench_fsync
#define fdatasync bench_fsync
#define fallocate bench_fallocate
#undef ftruncate
#define ftruncate bench_ftruncate /* the C runtime's asks for as much room on the disk */
ssize_t bench_pread(int file, void *data, size_t length, off_t offset);
ssize_t bench_pwrite(int file, const void *data, size_t length, off_t offset);
int bench_fsync(int file);
int bench_fallocate(int file, int mode, off_t offset, off_t length); /* EOPNOTSUPP */
int bench_ftruncate(int file, off_t size);

/* Of all volumes only an administrator can ask: what others wrote may still be written while something is timed. */
static inline void sync(void)
{
}

#define sysconf bench_sysconf
enum { _SC_PAGESIZE, _SC_LEVEL3_CACHE_SIZE };
long bench_sysconf(int what); /* pages of 4096: what a fault brings, not where views begin */

#endif
