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
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#ifndef EDQUOT
#define EDQUOT ENOSPC /* one error for both here */
#endif

#define CHECK_MODES 0 /* files have access lists */

/* A process takes 150 ms to start and end here, and most calls go by way of Wine's server. */
#define CHECK_COST 10u

#define O_CLOEXEC (_O_NOINHERIT | _O_BINARY)

/* Names in UTF-8 of any length, and nobody is kept out: the C runtime's are of its code page, and 260 letters long. */
int test_open(const char *path, int flags, ...);
#define open(...) test_open(__VA_ARGS__)
int test_stat(const char *path, struct stat *facts);
#define _stat64(path, facts) test_stat(path, facts) /* what the word stat stands for here */
#define lstat stat

ssize_t pread(int descriptor, void *data, size_t size, off_t offset);
ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset);
ssize_t pread64(int descriptor, void *data, size_t size, off_t offset);
ssize_t pwrite64(int descriptor, const void *data, size_t size, off_t offset);
int test_truncate(const char *path, off_t size);
#define truncate test_truncate /* the C runtime's takes 32 bits */
int test_ftruncate(int descriptor, off_t size);
#undef ftruncate
#define ftruncate test_ftruncate /* the C runtime's asks for as much room on the disk */
int test_unlink(const char *path);
#define unlink test_unlink /* the C runtime's leaves the name until the last process that has the file open ends */
int test_rename(const char *from, const char *to);
#define rename test_rename /* the C runtime's replaces nothing */
int fsync(int descriptor);
int link(const char *path, const char *other);
int pipe(int ends[2]);
int rand_r(unsigned *seed);
int make_folder(const char *path);
#define mkdir(path, mode) make_folder(path)
char *realpath(const char *path, char *unused);
int utimensat(int folder, const char *path, const struct timespec times[2], int flags);
#define AT_FDCWD (-100)

int symlink(const char *to,
            const char *path); /* in Wine; a real Windows wants a privilege for it: the test is skipped */

/* These fail: ENOSYS. A test that has a use for them is in the list. */
int mkfifo(const char *path, int mode);
int chown(const char *path, unsigned user, unsigned group);
int fcntl(int descriptor, int what, ...);
long sysconf(int what);
#define _SC_NPROCESSORS_CONF 0
#define _SC_PAGESIZE 1 /* of the processor's pages, not where views begin */
int fchdir(int folder);
int posix_fadvise(int descriptor, off_t offset, off_t length, int advice);
#define O_DIRECTORY 0
#define POSIX_FADV_DONTNEED 4
#define F_GETFD 1
#define F_SETFL 2
#define FD_CLOEXEC 1
#define O_NONBLOCK 0

/* Nobody is root here. */
static inline unsigned getuid(void)
{
    return 1000;
}
#define geteuid getuid
#define SIGPIPE 13 /* never comes */
#define alarm(seconds) ((void)(seconds))

int setenv(const char *name, const char *value, int replace);
int unsetenv(const char *name);

/* Children are those of children.h. There is no fork(2): a test that needs one is in the list. */
#define SIGKILL 9
int kill(pid_t process, int number); /* SIGKILL alone: TerminateProcess() */
int test_raise(int number);
#define raise test_raise

#endif
