/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_WIN32_H
#define MMVIEW_OS_WIN32_H

/*
 * win32: what the files of os/win32/ tell each other. Errors are errno values here, too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

/* ---- error.c ---------------------------------------------------------------------------------------------------- */

int mmv__win32_error(DWORD error);
int mmv__win32_last(void); /* of GetLastError(), never 0 */

/* ---- handle.c --------------------------------------------------------------------------------------------------- */

/* A descriptor for a handle, which is closed on failure. 'overlapped': it was opened for such transfers alone. */
int mmv__win32_add(HANDLE handle, bool overlapped, int *descriptor_ret);

/* What a section has besides its handle. */
typedef struct mmv__win32_section {
    bool is_section;
    uint64_t size;   /* of what is meant: a section of memory has whole pages */
    uint64_t number; /* the same for each of its descriptors */
} mmv__win32_section;

/* The same for an object with a name; NULL = no section. */
int mmv__win32_add_object(HANDLE handle, const mmv__win32_section *section, int *descriptor_ret);

void mmv__win32_set_section(int descriptor, const mmv__win32_section *section);

/* False, and zeros, when it is none. */
bool mmv__win32_is_section(int descriptor, mmv__win32_section *section_ret);

/* INVALID_HANDLE_VALUE when it is none. */
HANDLE mmv__win32_handle(int descriptor);
bool mmv__win32_is_overlapped(int descriptor);

/* ---- path.c ----------------------------------------------------------------------------------------------------- */

/* UTF-8 to what the system takes, of any length; for free(3). */
int mmv__win32_wide(const char *path, wchar_t **wide_ret);

/* And back, with '/' between the parts; for free(3). */
int mmv__win32_narrow(const wchar_t *wide, char **narrow_ret);

/* Where an open file or folder is now; for free(3). */
int mmv__win32_path_of(HANDLE handle, wchar_t **path_ret);

/* ---- file.c, lock.c, memory.c, rights.c ------------------------------------------------------------------------- */

/* All sharing is allowed: nobody is locked out by a file that is open. */
#define MMV__SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

typedef struct mmv__win32_identity {
    uint64_t device, inode;
} mmv__win32_identity;

/* What stands for the device of a section that has a name: no volume's serial number has more than 32 bits. */
#define MMV__DEVICE_OF_NAMES UINT64_MAX

/* ReOpenFile(), also where that finds nothing; INVALID_HANDLE_VALUE and GetLastError() when it cannot be. */
HANDLE mmv__win32_reopen(HANDLE handle, DWORD rights, DWORD flags);

int mmv__win32_identify(HANDLE handle, mmv__win32_identity *identity_ret, uint64_t *size_ret);

/* Give back all locks of a descriptor that is about to be closed: CloseHandle() does so some time later. */
void mmv__win32_unlock_all(int descriptor);

/* Hand what was stored through views of a file to the system. FlushFileBuffers() does not look into them. */
int mmv__win32_flush_views(const mmv__win32_identity *file);

/* Whether an access to the address should have worked, so that what is behind it is what fails. */
bool mmv__win32_should_work(void *address, bool writing);

/* A number for the owner, and whether others than the owner and the system may write. */
int mmv__win32_rights(HANDLE handle, uint32_t *owner_ret, bool *others_ret);
int mmv__win32_object_rights(HANDLE handle, uint32_t *owner_ret, bool *others_ret);

#endif
