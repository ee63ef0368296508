/* SPDX-License-Identifier: MIT */
/* library: see kit/os/library.h. Sources: LoadLibraryExW, GetProcAddress, FormatMessageW. */
#include "kit/os/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/machine.h"
#include "kit/os/path.h"
#include "kit/os/process.h"
#include "kit/os/win32/win32.h"

/* Of this thread's latest call that failed. */
static _Thread_local char problem[PATH_MAX + 256];

/* In the system's words, without the end of the line that these have. */
static void keep_problem(const char *name, DWORD error)
{
    wchar_t words[200] = L"";
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, words,
                                  sizeof words / sizeof *words, NULL);
    while (length > 0 && (words[length - 1] == L'\n' || words[length - 1] == L'\r' || words[length - 1] == L'.'))
        words[--length] = L'\0';
    char *text = win32_narrow_text(words);
    if (text && *text)
        snprintf(problem, sizeof problem, "%s: %s", name, text);
    else
        snprintf(problem, sizeof problem, "%s: error %lu of the system", name, (unsigned long)error);
    free(text);
}

/* Not from the current folder, in which anybody may have put one. */
void *library_open(const char *name, bool global)
{
    (void)global;
    wchar_t *wide = win32_wide_text(name);
    DWORD how = path_is_absolute(name) ? LOAD_WITH_ALTERED_SEARCH_PATH
                                       : LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32;
    HMODULE library = wide ? LoadLibraryExW(wide, NULL, how) : NULL;
    if (!library)
        keep_problem(name, wide ? GetLastError() : ERROR_NOT_ENOUGH_MEMORY);
    free(wide);
    return library;
}

void *library_open_beside(const char *place, bool global)
{
    wchar_t own[PATH_MAX];
    char path[2 * PATH_MAX];
    DWORD length = GetModuleFileNameW(NULL, own, PATH_MAX);
    char *text = length > 0 && length < PATH_MAX ? win32_narrow_text(own) : NULL;
    if (!text || strlen(place) >= PATH_MAX || strlen(text) >= PATH_MAX) {
        keep_problem(place, ERROR_FILENAME_EXCED_RANGE);
        free(text);
        return NULL;
    }
    snprintf(path, sizeof path, "%.*s%s", (int)(path_base(text) - text), text, place);
    for (char *at = path; *at; at++)
        if (*at == '/')
            *at = '\\';
    free(text);
    return library_open(path, global);
}

/* A file for this user alone; its name is nobody's guess. False: GetLastError() says why. */
static bool write_file(const wchar_t *path, const void *bytes, size_t length)
{
    struct win32_rights *rights = win32_rights_of(0700);
    DWORD done = 0;
    if (!rights)
        return false;
    HANDLE handle = CreateFileW(path, GENERIC_WRITE, 0, win32_rights_attributes(rights), CREATE_NEW,
                                FILE_ATTRIBUTE_TEMPORARY, NULL);
    win32_rights_drop(rights);
    if (handle == INVALID_HANDLE_VALUE)
        return false;
    bool fine = length <= MAXDWORD && WriteFile(handle, bytes, (DWORD)length, &done, NULL) && done == length;
    DWORD error = GetLastError();
    CloseHandle(handle);
    if (!fine)
        DeleteFileW(path);
    SetLastError(error);
    return fine;
}

/* Files of libraries that were loaded: they are in use until the end, and then removed. A kill leaves them. */
static struct loaded {
    struct loaded *next;
    HMODULE library;
    wchar_t path[MAX_PATH + 40];
} * all_loaded;

static void remove_all(void)
{
    for (const struct loaded *loaded = all_loaded; loaded; loaded = loaded->next) {
        FreeLibrary(loaded->library);
        DeleteFileW(loaded->path);
    }
}

static HMODULE load(struct loaded *loaded, const void *bytes, size_t length)
{
    char folder[PATH_MAX], path[PATH_MAX + 40];
    wchar_t *wide = NULL;
    if (process_temporary(folder)) {
        snprintf(path, sizeof path, "%s/mmview.%016llx.dll", folder, (unsigned long long)machine_random());
        wide = win32_wide_text(path);
    }
    if (!wide || wcslen(wide) >= sizeof loaded->path / sizeof *loaded->path) {
        free(wide);
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return NULL;
    }
    wcscpy(loaded->path, wide);
    free(wide);
    for (wchar_t *at = loaded->path; *at; at++)
        if (*at == L'/')
            *at = L'\\';
    if (!write_file(loaded->path, bytes, length))
        return NULL;
    HMODULE library = LoadLibraryExW(loaded->path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    DWORD error = GetLastError();
    if (!library)
        DeleteFileW(loaded->path);
    SetLastError(error);
    return library;
}

/* By one thread at a time. */
void *library_open_bytes(const void *bytes, size_t length)
{
    struct loaded *loaded = calloc(1, sizeof *loaded);
    if (!loaded)
        return NULL;
    loaded->library = load(loaded, bytes, length);
    if (!loaded->library) {
        keep_problem("the library's file", GetLastError());
        free(loaded);
        return NULL;
    }
    if (!all_loaded)
        atexit(remove_all);
    loaded->next = all_loaded;
    all_loaded = loaded;
    return loaded->library;
}

bool library_find(void *library, const char *name, void *pointer_ret)
{
    FARPROC symbol = GetProcAddress((HMODULE)library, name);
    if (!symbol)
        keep_problem(name, GetLastError());
    memcpy(pointer_ret, &symbol, sizeof symbol);
    return symbol != NULL;
}

const char *library_problem(void)
{
    return problem[0] ? problem : "no reason is known";
}
