/* SPDX-License-Identifier: MIT */
/*
 * folder: see kit/os/folder.h.
 *
 * A name in an open folder is asked for by the path that the folder has at this moment: a folder that is renamed is
 * followed, and one that is renamed between two steps of a call makes that fail, or be refused. Sources:
 * GetFinalPathNameByHandleW, MoveFileExW, SetFileInformationByHandle. FileRenameInfoEx and
 * FileDispositionInfoEx are NOT-IN-WINE: then the older ways are taken, which refuse to replace a file that is open.
 */
#include "kit/os/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/machine.h"
#include "kit/os/path.h"
#include "kit/os/win32/win32.h"

/* Of Windows 10 1709; not in all headers. Source: FILE_RENAME_INFO, FILE_DISPOSITION_INFO_EX. */
#define RENAME_EX ((FILE_INFO_BY_HANDLE_CLASS)22)
#define RENAME_REPLACE 1u
#define RENAME_POSIX 2u
#define DISPOSITION_EX ((FILE_INFO_BY_HANDLE_CLASS)21)
#define DISPOSITION_DELETE 1u
#define DISPOSITION_POSIX 2u
#define DISPOSITION_READONLY 16u

int folder_open(const char *path, bool follow, int *folder_ret)
{
    wchar_t *wide;
    HANDLE handle;
    struct file_facts facts;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    error = win32_open(wide, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES | READ_CONTROL, follow, &handle);
    free(wide);
    if (error != 0)
        return error;
    error = win32_facts(handle, &facts);
    if (error == 0 && facts.kind != FILE_FOLDER)
        error = ENOTDIR;
    if (error == 0)
        return win32_descriptor(handle, _O_RDONLY, folder_ret);
    CloseHandle(handle);
    return error;
}

/* With what it inherits: 'permissions' is what the umask of other systems would narrow. */
int folder_make(const char *path, unsigned permissions)
{
    wchar_t *wide;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    struct win32_rights *rights = permissions & 077 ? NULL : win32_rights_of(permissions);
    if (!(permissions & 077) && !rights)
        error = ENOMEM;
    else
        error = CreateDirectoryW(wide, rights ? win32_rights_attributes(rights) : NULL) ? 0 : win32_last();
    win32_rights_drop(rights);
    free(wide);
    return error;
}

int folder_remove(const char *path)
{
    wchar_t *wide;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    error = RemoveDirectoryW(wide) ? 0 : win32_last();
    free(wide);
    return error;
}

/* ---- what is in it ----------------------------------------------------------------------------------------------- */

static bool see_entry(const WIN32_FIND_DATAW *entry, folder_see_fn *see, void *user)
{
    /* A name that is no UTF-16 cannot be asked for. */
    char *name = win32_narrow_text(entry->cFileName);
    bool more = !name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || see(user, name);
    free(name);
    return more;
}

int folder_list(int folder, folder_see_fn *see, void *user)
{
    WIN32_FIND_DATAW entry;
    wchar_t *pattern;
    int error = win32_wide_in(folder, "*", &pattern);
    if (error != 0)
        return error;
    HANDLE search = FindFirstFileW(pattern, &entry);
    free(pattern);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : win32_last();
    while (see_entry(&entry, see, user))
        if (!FindNextFileW(search, &entry)) {
            error = GetLastError() == ERROR_NO_MORE_FILES ? 0 : win32_last();
            break;
        }
    FindClose(search);
    return error;
}

int folder_look(int folder, const char *name, bool follow, struct file_facts *facts_ret)
{
    wchar_t *path;
    int error = win32_wide_in(folder, name, &path);
    if (error != 0)
        return error;
    error = win32_look(path, follow, facts_ret);
    free(path);
    return error;
}

int folder_open_file(int folder, const char *name, enum file_access access, int *descriptor_ret)
{
    wchar_t *path;
    int error = win32_wide_in(folder, name, &path);
    if (error != 0)
        return error;
    error = win32_open_file(path, access, false, descriptor_ret);
    free(path);
    return error;
}

/* All that is written goes to the end. There are no FIFOs to wait for. */
int folder_open_writing(int folder, const char *name, bool follow, bool wait, int *descriptor_ret)
{
    HANDLE handle;
    wchar_t *path;
    (void)wait;
    int error = win32_wide_in(folder, name, &path);
    if (error != 0)
        return error;
    error = win32_open(path, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE, follow, &handle);
    free(path);
    return error != 0 ? error : win32_descriptor(handle, _O_WRONLY | _O_APPEND, descriptor_ret);
}

int folder_create_file(int folder, const char *name, unsigned permissions, int *descriptor_ret)
{
    wchar_t *path;
    if (path_refusal(path_base(name)))
        return EINVAL;
    int error = win32_wide_in(folder, name, &path);
    if (error != 0)
        return error;
    error = win32_create(path, permissions, FILE_ATTRIBUTE_NORMAL, descriptor_ret);
    free(path);
    return error;
}

/* Wine does not tell of them, and has them where the Unix below has. */
static bool has_links(int folder)
{
    DWORD flags = 0;
    return win32_is_wine() ||
           (GetVolumeInformationByHandleW(win32_handle(folder), NULL, 0, NULL, NULL, &flags, NULL, 0) &&
            flags & FILE_SUPPORTS_HARD_LINKS);
}

/*
 * It has a name that nobody looks for, and the system removes that with the last handle, also when the process is
 * killed. Another name, a hard link, stays: the library makes that (mmv_publish_nameless()).
 */
int folder_create_nameless(int folder, int *descriptor_ret)
{
    char name[32];
    wchar_t *path;
    if (!has_links(folder))
        return ENOTSUP;
    snprintf(name, sizeof name, ".mmview.%016llx", (unsigned long long)machine_random());
    int error = win32_wide_in(folder, name, &path);
    if (error != 0)
        return error;
    error = win32_create(path, 0600, FILE_FLAG_DELETE_ON_CLOSE, descriptor_ret);
    free(path);
    return error;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

typedef int two_names_fn(const wchar_t *from, const wchar_t *to);

static int with_two(int folder, const char *from, const char *to, two_names_fn *fn)
{
    wchar_t *old, *new;
    int error = win32_wide_in(folder, from, &old);
    if (error != 0)
        return error;
    error = win32_wide_in(folder, to, &new);
    if (error == 0) {
        error = fn(old, new);
        free(new);
    }
    free(old);
    return error;
}

/* As on Unixes: whoever has the old file open keeps it. False = the system, or the file system, cannot. */
static bool replace_like_posix(const wchar_t *from, const wchar_t *to)
{
    size_t length = wcslen(to) * sizeof *to, size = sizeof(FILE_RENAME_INFO) + length;
    FILE_RENAME_INFO *info = calloc(1, size);
    HANDLE handle = info ? CreateFileW(from, DELETE | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING,
                                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL)
                         : INVALID_HANDLE_VALUE;
    bool done = false;
    if (handle != INVALID_HANDLE_VALUE) {
        const DWORD flags = RENAME_REPLACE | RENAME_POSIX;
        /* The first field is a union of these flags and of what older classes have. */
        memcpy(info, &flags, sizeof flags);
        info->FileNameLength = (DWORD)length;
        memcpy(info->FileName, to, length);
        done = SetFileInformationByHandle(handle, RENAME_EX, info, (DWORD)size);
        CloseHandle(handle);
    }
    free(info);
    return done;
}

static int replace(const wchar_t *from, const wchar_t *to)
{
    if (replace_like_posix(from, to))
        return 0;
    return MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING) ? 0 : win32_last();
}

static int link_to(const wchar_t *from, const wchar_t *to)
{
    return CreateHardLinkW(to, from, NULL) ? 0 : win32_last();
}

int folder_replace(int folder, const char *from, const char *to)
{
    return with_two(folder, from, to, replace);
}

int folder_link(int folder, const char *from, const char *to)
{
    return with_two(folder, from, to, link_to);
}

/* The name is free at once, also while somebody has the file open. */
static bool remove_like_posix(const wchar_t *path)
{
    DWORD flags = DISPOSITION_DELETE | DISPOSITION_POSIX | DISPOSITION_READONLY;
    HANDLE handle =
        CreateFileW(path, DELETE | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return false;
    bool done = SetFileInformationByHandle(handle, DISPOSITION_EX, &flags, sizeof flags);
    CloseHandle(handle);
    return done;
}

/* The older way refuses what may only be read, which is no reason on other systems. */
static int remove_file(const wchar_t *path)
{
    if (remove_like_posix(path) || DeleteFileW(path))
        return 0;
    int error = win32_last();
    DWORD attributes = GetFileAttributesW(path);
    if (error != EACCES || attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_READONLY))
        return error;
    SetFileAttributesW(path, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (DeleteFileW(path))
        return 0;
    error = win32_last();
    SetFileAttributesW(path, attributes);
    return error;
}

int folder_remove_file(int folder, const char *name)
{
    wchar_t *path;
    int error = win32_wide_in(folder, name, &path);
    if (error != 0)
        return error;
    error = remove_file(path);
    free(path);
    return error;
}

int folder_sync(int folder)
{
    (void)folder;
    return 0;
}

/* A path from elsewhere: another drive, a root, a stream of a file. */
static bool begins_elsewhere(const char *name)
{
    return name[0] == '/' || name[0] == '\\' || strchr(name, ':');
}

static bool is_below(const wchar_t *path, const wchar_t *folder)
{
    size_t length = wcslen(folder);
    return wcsncmp(path, folder, length) == 0 && (path[length] == L'\\' || (length > 0 && path[length - 1] == L'\\'));
}

/* Both paths are those of open files, links and cases resolved. */
static bool leads_inside(HANDLE file, HANDLE folder)
{
    wchar_t *path, *above;
    if (win32_path_of(file, &path) != 0)
        return false;
    bool inside = false;
    if (win32_path_of(folder, &above) == 0) {
        inside = is_below(path, above);
        free(above);
    }
    free(path);
    return inside;
}

bool folder_leads_inside(const char *path, const char *name, struct file_facts *facts_ret)
{
    int folder;
    wchar_t *wide;
    HANDLE file = INVALID_HANDLE_VALUE;
    if (begins_elsewhere(name) || folder_open(path, true, &folder) != 0)
        return false;
    if (win32_wide_in(folder, name, &wide) == 0) {
        if (win32_open(wide, FILE_READ_ATTRIBUTES | READ_CONTROL, true, &file) != 0)
            file = INVALID_HANDLE_VALUE;
        free(wide);
    }
    bool inside =
        file != INVALID_HANDLE_VALUE && leads_inside(file, win32_handle(folder)) && win32_facts(file, facts_ret) == 0;
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    file_close(folder);
    return inside;
}
