/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_FILE_H
#define TOOLS_OS_FILE_H

/*
 * file: what tools do with a file besides mapping it.
 *
 * kit/os is all that tools ask of the operating system. No other file of tools/ includes a header that Windows lacks:
 * kit/os/posix/ has these functions for Unixes, and a port writes them once more; "Win32:" names what it would call.
 *
 * A descriptor is a number of the C library. Win32: as _open_osfhandle() makes it.
 * Functions that can fail return 0 or an errno value. Nothing here prints, or knows an option.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FILE_STDIN = 0, FILE_STDOUT = 1, FILE_STDERR = 2 };

enum file_kind { FILE_REGULAR, FILE_FOLDER, FILE_LINK, FILE_FIFO, FILE_BLOCKS, FILE_CHARACTERS, FILE_OTHER };

struct file_facts {
    enum file_kind kind;
    uint64_t size;          /* bytes */
    uint64_t device, inode; /* who it is: file_is_same() */
    int64_t modified;       /* seconds since 1970 */
    uint32_t modified_ns;   /* and nanoseconds */
    int64_t changed;        /* the same of the latest change of the bytes, or of marks, names and rights */
    uint32_t changed_ns;
    unsigned permissions; /* rwxrwxrwx */
    bool sticky;          /* a folder in which users cannot touch each other's files */
    uint64_t links;       /* names that it has */
    uint32_t owner;       /* a number */
};

/* Win32: GetFileInformationByHandleEx(). */
int file_look(int descriptor, struct file_facts *facts_ret);
/* What has this name; 'follow': not the link itself. Win32: CreateFile() FILE_FLAG_OPEN_REPARSE_POINT. */
int file_look_at(const char *path, bool follow, struct file_facts *facts_ret);
bool file_is_same(const struct file_facts *a, const struct file_facts *b);

enum file_access { FILE_READ, FILE_WRITE, FILE_READ_WRITE };

/*
 * A file that is there. Opening never waits, also not for the other end of a FIFO; ELOOP = it is a link, and 'follow'
 * is false. Programs that are started do not inherit it. Win32: CreateFile().
 */
int file_open(const char *path, enum file_access access, bool follow, int *descriptor_ret);
int file_close(int descriptor); /* Win32: _close() */

/* Over interruptions. Short only at the end of the file: *done_ret says how far. Win32: ReadFile(). */
int file_read(int descriptor, void *data, size_t length, size_t *done_ret);
int file_read_at(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret); /* with OVERLAPPED */
/* All of it. Win32: WriteFile(). */
int file_write(int descriptor, const void *data, size_t length);
int file_write_at(int descriptor, const void *data, size_t length, uint64_t offset); /* with OVERLAPPED */

/* What is there of it, of a pipe perhaps less; EAGAIN = nothing yet. A length of 0 is the end. Win32: ReadFile(). */
int file_read_some(int descriptor, void *data, size_t length, size_t *done_ret);
/* Waits for something to be read, or an end; false = there was nothing. Win32: WaitForSingleObject(). */
bool file_wait(int descriptor, int milliseconds);
/* Of a FIFO that was opened without waiting and has nothing to read: nobody writes to it yet. Win32: PeekNamedPipe().
 */
bool file_is_alone(int descriptor);

/* A file without a name, in the folder for temporary files, which goes when it is closed. Win32: DELETE_ON_CLOSE. */
int file_temporary(int *descriptor_ret);
/* Another descriptor of the same open file. Win32: _dup(). */
int file_again(int descriptor, int *descriptor_ret);

/* Back when all of it is on the device. Win32: FlushFileBuffers(). */
int file_sync(int descriptor);

/* What is on the device may leave memory, so that reading asks the device. A wish. Win32: nothing to do. */
void file_forget(int descriptor);

/*
 * This process' alone until it is closed, however that happens. EAGAIN = another's; ENOTSUP = the file system has no
 * locks. Win32: LockFileEx().
 */
int file_try_lock(int descriptor);

/*
 * Whether this process was started with a descriptor of the file that holds flock(2)'s exclusive lock: flock(1) starts
 * a command so. Win32: never.
 */
bool file_is_locked_by_us(int descriptor);

/* Whether it belongs to this process' user or to root, whom everybody has to trust. Win32: GetSecurityInfo(). */
bool file_is_own(const struct file_facts *file);

/* Whether it was opened for writing. Win32: NtQueryObject() GrantedAccess. */
bool file_can_write(int descriptor);

/* A stream over a descriptor of its own for the same open file. Win32: _dup(), _fdopen(). */
int file_stream(int descriptor, const char *mode, FILE **stream_ret);

/* fopen(3) of a path in the encoding of the command line; NULL and errno when that cannot be. Win32: _wfopen(). */
FILE *file_open_stream(const char *path, const char *mode);

/* Whether an error says that there is no room: the device is full, or the user has all that he may. */
bool file_is_full(int error);

/*
 * A standard descriptor that the parent closed is opened as one that cannot be used: else the next file would get its
 * number, and what is meant for stdout would land in that. Win32: GetStdHandle(), NUL.
 */
void file_keep_standard(void);

#endif
