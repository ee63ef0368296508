/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_FILE_H
#define MMVIEW_OS_FILE_H

/*
 * file: open files, their bytes, blocks, locks and rights.
 *
 * Functions that can fail return 0 or an errno value. None prints, and none leaves memory for the caller to free unless
 * it says so. "Win32:" names what Windows is asked.
 */

#include <mmview/access.h>

#include <stdio.h>

typedef enum mmv__os_kind { MMV__FILE, MMV__BLOCK_DEVICE, MMV__CHARACTER_DEVICE, MMV__OTHER } mmv__os_kind;

typedef struct mmv__os_facts {
    mmv__os_kind kind;
    uint64_t size;      /* 0 for character devices */
    uint64_t allocated; /* bytes that have blocks; less than size when there are holes. Win32: AllocationSize */
    uint64_t device, inode;
    uint32_t user, group;
    unsigned permissions; /* rwxrwxrwx, and 01000 and 02000, see names.h */
    uint64_t links;       /* how many names it has */
    uint64_t modified;    /* nanoseconds since 1970 */
} mmv__os_facts;

/* What becomes of the name when it is opened. Zero bytes: the file must exist. */
typedef struct mmv__os_creation {
    mmv_open_mode mode;
    unsigned permissions; /* of a new file; 0 = 0666, narrowed by the umask */
    bool no_follow;       /* refuse a symbolic link as the last part of the path */
} mmv__os_creation;

/* Win32: CreateFile(); the created flag is GetLastError() != ERROR_ALREADY_EXISTS. */
int mmv__os_open(const char *path, mmv_access access, const mmv__os_creation *how, int *descriptor_ret,
                 bool *created_ret);
int mmv__os_close(int descriptor);                               /* Win32: CloseHandle() */
int mmv__os_get_facts(int descriptor, mmv__os_facts *facts_ret); /* Win32: GetFileInformationByHandleEx() */
bool mmv__os_may(int descriptor, mmv_access access);             /* Win32: NtQueryObject() GrantedAccess */

/* Another descriptor of the same open file. Win32: DuplicateHandle(). */
int mmv__os_duplicate(int descriptor, int *descriptor_ret);

/*
 * A lock of the open file itself, not of bytes: shared, exclusive or none. EAGAIN = others are in the way; ENOTSUP.
 * Win32: ENOTSUP: dwShareMode of CreateFile() says it beforehand.
 */
int mmv__os_share(int descriptor, mmv_sharing sharing);

/*
 * The same file once more. A write that failed is reported once per open file: when two share one, only one of them
 * hears of it. And an open file is read ahead in one place. Win32: ReOpenFile().
 */
int mmv__os_reopen(int descriptor, mmv_access access, int *descriptor_ret);

/*
 * The same file once more, past the page cache; offsets, lengths and memory must be multiples of *block_ret. Win32:
 * ReOpenFile() FILE_FLAG_NO_BUFFERING.
 */
int mmv__os_open_direct(int descriptor, mmv_access access, int *descriptor_ret, size_t *block_ret);

/* When the file was made, in nanoseconds; 0 = not known. Win32: CreationTime. */
uint64_t mmv__os_birth(int descriptor);

/* ---- bytes and blocks ------------------------------------------------------------------------------------------- */

/* Short only at the end of the file: 0 is returned, *done_ret says how far. Win32: ReadFile() with OVERLAPPED. */
int mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret);
int mmv__os_write(int descriptor, const void *data, size_t length, uint64_t offset); /* all. Win32: WriteFile() */
int mmv__os_write_stream(int descriptor, const void *data, size_t length); /* all, in order. Win32: WriteFile() */

int mmv__os_resize(int descriptor, uint64_t size); /* Win32: SetEndOfFile() */

/* Blocks now, the length stays. EOPNOTSUPP = the file system has no such thing. Win32: FileAllocationInfo. */
int mmv__os_allocate(int descriptor, uint64_t offset, uint64_t length);

/* Whether the file system of the file has nothing left to give; it is asked for a block. Win32: GetDiskFreeSpaceEx().
 */
bool mmv__os_is_full(int descriptor);

/* Free what lies under the bytes; they read as zeros then. Win32: FSCTL_SET_ZERO_DATA, VirtualAlloc() MEM_RESET. */
int mmv__os_discard(int descriptor, uint64_t offset, uint64_t length);

int mmv__os_sync(int descriptor);      /* Win32: FlushFileBuffers() */
int mmv__os_sync_data(int descriptor); /* only what is needed to read it back. Win32: NtFlushBuffersFileEx() */

/* Hand bytes to the device. 'wait' until it has them, but not until they are durable. Win32: FlushViewOfFile(). */
int mmv__os_flush_start(int descriptor, uint64_t offset, uint64_t length, bool wait);

/* ---- locks, see map/lock.h for which bytes mean what ------------------------------------------------------------ */

int mmv__os_lock(int descriptor, bool exclusive, uint64_t offset,
                 uint64_t length);                                        /* EAGAIN = held. Win32: LockFileEx() */
int mmv__os_unlock(int descriptor, uint64_t offset, uint64_t length);     /* Win32: UnlockFileEx() */
bool mmv__os_is_locked(int descriptor, uint64_t offset, uint64_t length); /* by others. Win32: LockFileEx() and back */
/* The same, but shared locks do not count. */
bool mmv__os_is_locked_exclusively(int descriptor, uint64_t offset, uint64_t length);

/* Who has a lock that is in the way of another one. */
typedef struct mmv__os_holder {
    uint32_t process; /* 0 = not to be seen from here: another user's, in another container, on another machine */
    bool writes;      /* an exclusive lock, else a shared one */
    char command[64]; /* of the process: any bytes, as its maker chose them */
} mmv__os_holder;

/* False when nobody has one any more, or the system does not say. Takes milliseconds. Win32: none. */
bool mmv__os_lock_holder(int descriptor, bool exclusive, uint64_t offset, uint64_t length, mmv__os_holder *holder_ret);

/* ---- the file system -------------------------------------------------------------------------------------------- */

/* Whether other machines may work with the file, too. Win32: GetDriveType() DRIVE_REMOTE. */
bool mmv__os_is_remote(int descriptor, const char **name_ret);

/* Whether other machines may work with the file and do not see the locks that are taken here: what is known for that,
 * by its name. False is no proof. Win32: never, the server keeps them. */
bool mmv__os_locks_alone(int descriptor, const char **name_ret);

/*
 * Another machine may have written since: what this one's kernel keeps of these bytes, and of the file's size, is asked
 * for again. length 0 = to the end. Advice: bytes that wait to be written here stay. Win32: nothing, the redirector
 * keeps no bytes of a file that others have open.
 */
void mmv__os_forget(int descriptor, uint64_t offset, uint64_t length);

/*
 * Which superblock a file lies on, and since when it is mounted: the same number means that the page cache which held
 * the file then still does. 0 = not known. Its two highest bits say what another number means. Win32:
 * 0, which is always right.
 */
typedef uint64_t mmv__instance;
enum {
    MMV__INSTANCE_SURE = 1, /* another number is another mount of the device, or a snapshot */
    MMV__INSTANCE_MOUNT
}; /* another number may be the same file system, seen through another mount */
mmv__instance mmv__os_instance(int descriptor);

/* Which of a file system's volumes a file lies in, of which each may have a file with its number: a snapshot. 0 = it
 * has one. Win32: 0. */
uint64_t mmv__os_volume(int descriptor);

/* File systems on which mapping is slow or not coherent go buffered. Win32: GetDriveType() DRIVE_REMOTE. */
bool mmv__os_maps_badly(int descriptor, const char **name_ret);

/*
 * Whether a page that was read through a shared mapping takes another fault when it is written: the file system has to
 * be told which pages it must write back. Files in memory are not. Win32: true.
 */
bool mmv__os_notes_stores(int descriptor);

/* ---- rights ----------------------------------------------------------------------------------------------------- */

int mmv__os_set_modified(int descriptor, uint64_t nanoseconds);    /* since 1970. Win32: SetFileTime() */
int mmv__os_set_permissions(int descriptor, unsigned permissions); /* Win32: SetSecurityInfo() */

/* Whether more than owner, group and others have rights: then those of the group are not what they seem. Win32: false.
 */
bool mmv__os_has_more_rights(int descriptor);
int mmv__os_drop_more_rights(int descriptor); /* Win32: nothing to do */

/* UINT32_MAX = as it is. Win32: SetSecurityInfo(). */
int mmv__os_set_owner(int descriptor, uint32_t user, uint32_t group);

/* Whether programs that are started have the descriptor, too. Win32: HANDLE_FLAG_INHERIT. */
int mmv__os_set_inheritable(int descriptor, bool inheritable);

/* ---- stdio ------------------------------------------------------------------------------------------------------ */

/* What a FILE does, each returning an errno; 'origin' is an mmv_origin. */
typedef struct mmv__os_cookie {
    int (*read)(void *user, char *data, size_t length, size_t *done_ret);
    int (*write)(void *user, const char *data, size_t length, size_t *done_ret);
    int (*seek)(void *user, int64_t offset, unsigned origin, uint64_t *position_ret);
    void (*close)(void *user);
} mmv__os_cookie;

/*
 * A FILE over these, for fclose(3). On success it owns 'user'. ENOTSUP = the C library has no such thing. Win32: none;
 * a temporary file.
 */
int mmv__os_file(void *user, const mmv__os_cookie *calls, bool reads, bool writes, FILE **file_ret);

#endif
