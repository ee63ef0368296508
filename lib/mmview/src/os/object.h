/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_OBJECT_H
#define MMVIEW_OS_OBJECT_H

/*
 * object: what processes find by a name, where the system itself has such things: on Windows. Elsewhere shared/ makes
 * them of files, words and locks (file.h, name.h, sync.h), and nothing here is there: shared/kernel_*.c are its only
 * users, and CMakeLists.txt takes these or the others.
 *
 * An object is gone with the last descriptor of it, in whatever process and however that ends. One name is one thing of
 * one kind. A descriptor is for mmv__os_close(); that of a section is also taken by memory.h, and by file.h as that of
 * a file which never changes its length.
 *
 * Functions that can fail return 0 or an errno value. None prints. "Win32:" names what Windows is asked.
 */

#include <mmview/access.h>

typedef enum mmv__object_sort {
    MMV__SECTION,
    MMV__MUTEX,
    MMV__EVENT,
    MMV__SEMAPHORE,
    MMV__OTHER_OBJECT
} mmv__object_sort;

/* What a new object is. What is of another sort is ignored. */
typedef struct mmv__object_make {
    unsigned permissions; /* mode bits; the group's are everybody's. 0 = 0600 */
    uint64_t size;        /* a section: its bytes */
    int file;             /* a section: of this open file; -1 = of memory */
    bool reads_only;      /* a section of a file that is open for reading */
    bool manual, set;     /* an event */
    bool owned;           /* a mutex: held by the calling thread from the beginning */
    uint32_t count, most; /* a semaphore: at most MMV__SEMAPHORE_MOST */
} mmv__object_make;

#define MMV__SEMAPHORE_MOST ((uint32_t)INT32_MAX)

/* Separates a name from what follows it in the names of the objects that it consists of: no user's name has it. */
#define MMV__NAME_PART "\x01"

/*
 * Open what exists: ENOENT; EBADF = it is of another sort; EACCES. 'writing': a section is for stores. Win32:
 * OpenFileMapping(), OpenMutex(), OpenEvent(), OpenSemaphore().
 */
int mmv__os_object_open(const char *name, mmv__object_sort sort, bool writing, int *descriptor_ret);

/* Make what does not exist: EEXIST = it does. Win32: CreateFileMapping(), CreateMutex() and so on. */
int mmv__os_object_make(const char *name, mmv__object_sort sort, const mmv__object_make *make, int *descriptor_ret);

/* Of what sort the object of a name is; ENOENT. */
int mmv__os_object_sort(const char *name, mmv__object_sort *sort_ret);

/* Whose it is, whether others may change it, and how many descriptors all processes have. Win32: NtQueryObject(). */
typedef struct mmv__object_facts {
    uint32_t user;
    unsigned permissions;
    unsigned descriptors;
} mmv__object_facts;
int mmv__os_object_facts(int descriptor, mmv__object_facts *facts_ret);
int mmv__os_object_permit(int descriptor, unsigned permissions); /* Win32: SetSecurityInfo() */

/* Every name that can be listed; stops when 'see' is false. Win32: NtQueryDirectoryObject(). */
int mmv__os_object_list(bool (*see)(const char *name, void *user), void *user);

/*
 * Wait: 0 = got it, ETIMEDOUT, EOWNERDEAD = got a mutex whose holder died. Seconds: 0 = try, negative = without end. A
 * thread that holds a mutex gets it again. Win32: WaitForSingleObject().
 */
int mmv__os_object_wait(int descriptor, double seconds);

int mmv__os_mutex_release(int descriptor);                     /* EPERM = not the holder. Win32: ReleaseMutex() */
int mmv__os_mutex_depth(int descriptor, unsigned *depth_ret);  /* as its holder. Win32: NtQueryMutant() */
int mmv__os_event_put(int descriptor, bool set);               /* Win32: SetEvent(), ResetEvent() */
int mmv__os_event_is_manual(int descriptor, bool *manual_ret); /* Win32: NtQueryEvent() */

/* ERANGE = there would be more than 'most', and none was given. Win32: ReleaseSemaphore(). */
int mmv__os_semaphore_release(int descriptor, uint32_t count, uint32_t *before_ret);

/*
 * A section of memory may have whole pages, whatever was asked for. The second call says how many bytes are meant by
 * this descriptor. Win32: NtQuerySection().
 */
int mmv__os_section_size(int descriptor, uint64_t *size_ret);
void mmv__os_section_limit(int descriptor, uint64_t size);

/* The path of the file that a section is of, for free(3); NULL = of memory. Win32: GetMappedFileName(). */
int mmv__os_section_file(int descriptor, char **path_ret);

#endif
