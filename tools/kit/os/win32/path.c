/* SPDX-License-Identifier: MIT */
/* path: see kit/os/path.h. '/' and '\' separate; so does the colon behind a drive, which stays with the front. */
#include "kit/os/path.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/win32/win32.h"

bool path_separates(char letter)
{
    return letter == '/' || letter == '\\';
}

static bool has_drive(const char *path)
{
    return ((path[0] | 32) >= 'a' && (path[0] | 32) <= 'z') && path[1] == ':';
}

/* Behind a colon is a stream of a file. */
bool path_is_name(const char *text)
{
    return !strpbrk(text, "/\\:") && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* With a digit behind them, of which three may be raised: the system takes these for the others. */
static bool is_numbered(const char *name, size_t length)
{
    static const char *const raised[] = {"\xc2\xb9", "\xc2\xb2", "\xc2\xb3"};
    if (_strnicmp(name, "COM", 3) != 0 && _strnicmp(name, "LPT", 3) != 0)
        return false;
    if (length == 4)
        return name[3] >= '1' && name[3] <= '9';
    for (size_t i = 0; length == 5 && i < sizeof raised / sizeof *raised; i++)
        if (memcmp(name + 3, raised[i], 2) == 0)
            return true;
    return false;
}

/* In any folder, whatever the case, and with any ending: what is written to one of them is lost. */
static bool is_device(const char *name)
{
    static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    size_t length = strcspn(name, ".:");
    while (length > 0 && name[length - 1] == ' ')
        length--;
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (strlen(devices[i]) == length && _strnicmp(name, devices[i], length) == 0)
            return true;
    return is_numbered(name, length);
}

const char *path_refusal(const char *name)
{
    size_t length = strlen(name);
    if (is_device(name))
        return "is the name of a device";
    if (strchr(name, ':'))
        return "a colon in a name leads to a stream of another file";
    if (length > 0 && (name[length - 1] == '.' || name[length - 1] == ' '))
        return "Windows takes a point or a blank away from the end of a name";
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || strchr("<>\"|?*", *at))
            return "Windows has no names with <, >, \", |, ?, * or control characters";
    return NULL;
}

bool path_is_absolute(const char *path)
{
    return path_separates(path[0]) || has_drive(path);
}

const char *path_base(const char *path)
{
    const char *base = has_drive(path) ? path + 2 : path;
    for (const char *at = base; *at; at++)
        if (path_separates(*at))
            base = at + 1;
    return base;
}

void path_folder(const char *path, char folder[PATH_MAX])
{
    size_t length = (size_t)(path_base(path) - path);
    size_t root = has_drive(path) ? 2 : 0; /* C: and C:\ are two folders */
    assert(length < PATH_MAX);
    memcpy(folder, length ? path : ".", length ? length : 1);
    if (length == 0)
        length = 1;
    else if (length > root + 1)
        length--;
    folder[length] = '\0';
}

/* Without the prefix of long paths, which no user types, and with '/' between the parts. */
static bool take_shown(HANDLE handle, char path[PATH_MAX])
{
    wchar_t *whole;
    if (win32_path_of(handle, &whole) != 0)
        return false;
    bool is_share = wcsncmp(whole, L"\\\\?\\UNC\\", 8) == 0;
    char *text = win32_narrow_text(is_share ? whole + 6 : wcsncmp(whole, L"\\\\?\\", 4) == 0 ? whole + 4 : whole);
    free(whole);
    bool fits = text && strlen(text) < PATH_MAX;
    for (size_t i = 0; fits && text[i]; i++)
        text[i] = path_separates(text[i]) ? '/' : text[i];
    if (fits)
        strcpy(path, text);
    if (fits && is_share)
        path[0] = '/';
    free(text);
    return fits;
}

bool path_real(const char *path, char real[PATH_MAX])
{
    wchar_t *wide;
    HANDLE handle;
    if (win32_wide(path, &wide) != 0)
        return false;
    int error = win32_open(wide, FILE_READ_ATTRIBUTES, true, &handle);
    free(wide);
    if (error != 0)
        return false;
    bool known = take_shown(handle, real);
    CloseHandle(handle);
    return known;
}

void path_of_stdin(char path[PATH_MAX])
{
    HANDLE handle = win32_handle(FILE_STDIN);
    if (GetFileType(handle) != FILE_TYPE_DISK || !take_shown(handle, path))
        strcpy(path, "stdin");
}
