/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_WIN32_H
#define TOOLS_OS_WIN32_H

/* win32: what the files of kit/os/win32/ tell each other. Errors are errno values. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include "kit/os/file.h"

/* All sharing is allowed: nobody is locked out by a file that is open. */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* ---- error.c ---- */

int win32_error(DWORD error);
int win32_last(void); /* of GetLastError(), never 0 */

/* ---- wide.c ---- */

/* A path of UTF-8 as the system takes it, of any length; for free(3). */
int win32_wide(const char *path, wchar_t **wide_ret);
/* A text of UTF-8 as it is; for free(3). NULL = no memory, or no UTF-8. */
wchar_t *win32_wide_text(const char *text);
/* And back; for free(3). NULL = no memory, or no UTF-16. */
char *win32_narrow_text(const wchar_t *wide);
/* Where an open file or folder is now, behind the prefix of long paths; for free(3). */
int win32_path_of(HANDLE handle, wchar_t **path_ret);
/* A name in an open folder, as a path; for free(3). */
int win32_wide_in(int folder, const char *name, wchar_t **wide_ret);

/* ---- file.c ---- */

/* INVALID_HANDLE_VALUE when it is none. The library's own descriptors are known, too. */
HANDLE win32_handle(int descriptor);
/* A descriptor of the C runtime for a handle, which is closed on failure. */
int win32_descriptor(HANDLE handle, int flags, int *descriptor_ret);
/* ReOpenFile(), also where that finds nothing; INVALID_HANDLE_VALUE and GetLastError() when it cannot be. */
HANDLE win32_reopen(HANDLE handle, DWORD rights);
/* Opens what is there. ELOOP = it is a link, and 'follow' is false. */
int win32_open(const wchar_t *path, DWORD rights, bool follow, HANDLE *handle_ret);
/* A new file: 'permissions' for the owner alone are a list of its own, others what the folder gives. */
int win32_create(const wchar_t *path, unsigned permissions, DWORD flags, int *descriptor_ret);
int win32_facts(HANDLE handle, struct file_facts *facts_ret);
int win32_look(const wchar_t *path, bool follow, struct file_facts *facts_ret);
int win32_open_file(const wchar_t *path, enum file_access access, bool follow, int *descriptor_ret);
bool win32_is_wine(void);

/* ---- rights.c ---- */

/* Whether it is the number of the system or of the administrators, whom everybody has to trust. */
bool win32_is_trusted(uint32_t owner);
/* The owner's number, and what others than the owner may: permissions of the last class, rwx. */
int win32_owner(HANDLE handle, uint32_t *owner_ret, unsigned *others_ret);
/* A new file's list of who may do what; for win32_rights_drop(). NULL = no memory. */
struct win32_rights *win32_rights_of(unsigned permissions);
SECURITY_ATTRIBUTES *win32_rights_attributes(struct win32_rights *rights);
void win32_rights_drop(struct win32_rights *rights);

#endif
