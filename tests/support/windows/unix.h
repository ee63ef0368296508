/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_UNIX_H
#define TESTS_WINDOWS_UNIX_H

/*
 * unix: the calls of Unix that the tests make and that mingw-w64 lacks, on top of its C runtime. Every test program of
 * the build for Windows begins with this header (see tests/windows.cmake). A test that needs more is in the list there.
 */

#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef EDQUOT
#define EDQUOT ENOSPC /* one error for both here */
#endif

#define O_CLOEXEC (_O_NOINHERIT | _O_BINARY)
#define lstat stat

ssize_t pread(int descriptor, void *data, size_t size, off_t offset);
ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset);
int test_truncate(const char *path, off_t size);
#define truncate test_truncate /* the C runtime's takes 32 bits */
int test_ftruncate(int descriptor, off_t size);
#undef ftruncate
#define ftruncate test_ftruncate /* the C runtime's asks for as much room on the disk */
int fsync(int descriptor);
int link(const char *path, const char *other);
int pipe(int ends[2]);
int rand_r(unsigned *seed);
int make_folder(const char *path);
#define mkdir(path, mode) make_folder(path)
int symlink(const char *to, const char *path); /* fails: ENOSYS */
int setenv(const char *name, const char *value, int replace);
int unsetenv(const char *name);

/* There are no children: runs.c and peers.c skip the test then. */
#define SIGKILL 9
int fork(void); /* fails: ENOSYS */
int kill(int process, int number);

#endif
