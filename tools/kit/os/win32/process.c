/* SPDX-License-Identifier: MIT */
/*
 * process: see kit/os/process.h.
 *
 *     words  -> one command line, quoted as the C runtime of the program will read it
 *     start, suspended -> into a job -> let go      a bound program: the job, and with it the program, ends with us
 *
 * Sources: CreateProcessW, "Parsing C Command-Line Arguments", JOBOBJECT_BASIC_LIMIT_INFORMATION. Programs are looked
 * for in PATH alone, not in the current folder, with .exe where the name has no ending.
 */
#include "kit/os/process.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/path.h"
#include "kit/os/win32/win32.h"

enum { CANNOT_RUN = 126, NOT_FOUND = 127 };

/* ---- finding it -------------------------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct file_facts facts;
    return file_look_at(path, true, &facts) == 0 && facts.kind == FILE_REGULAR;
}

static bool try_place(const char *folder, int length, const char *name, char *path, size_t size)
{
    static const char *const endings[] = {"", ".exe"};
    const char *between = length > 0 && !path_separates(folder[length - 1]) ? "/" : "";
    /* A program has an ending here. */
    for (unsigned i = *path_ending(name) ? 0 : 1; i < 2; i++)
        if (snprintf(path, size, "%.*s%s%s%s", length, folder, between, name, endings[i]) < (int)size &&
            is_program(path))
            return true;
    return false;
}

/* In UTF-8; for free(3). NULL = it is not set. */
static char *variable(const wchar_t *name)
{
    const wchar_t *value = _wgetenv(name);
    return value ? win32_narrow_text(value) : NULL;
}

bool process_find(const char *name, char *path, size_t size)
{
    if (path_base(name) != name)
        return try_place("", 0, name, path, size);
    char *folders = variable(L"PATH");
    bool found = false;
    for (const char *at = folders; at && !found;) {
        const char *end = at + strcspn(at, ";");
        if (end > at)
            found = try_place(at, (int)(end - at), name, path, size);
        at = *end ? end + 1 : NULL;
    }
    free(folders);
    return found;
}

/* ---- its command line -------------------------------------------------------------------------------------------- */

/*
 * Backslashes count only in front of a quote. A word that needs no quotes has none: cmd.exe reads them otherwise.
 * Returns where it ends; 'to' has room for twice the word and 4 more.
 */
static wchar_t *quote(wchar_t *to, const wchar_t *word)
{
    size_t slashes = 0;
    if (*word && !wcspbrk(word, L" \t\n\v\"")) {
        wcscpy(to, word);
        return to + wcslen(word);
    }
    *to++ = L'"';
    for (; *word; word++) {
        for (; *word == L'"' && slashes > 0; slashes--)
            *to++ = L'\\';
        if (*word == L'"')
            *to++ = L'\\';
        slashes = *word == L'\\' ? slashes + 1 : 0;
        *to++ = *word;
    }
    for (; slashes > 0; slashes--)
        *to++ = L'\\';
    *to++ = L'"';
    return to;
}

/* For free(3); NULL = no memory. */
static wchar_t *command_line(char *const *words)
{
    size_t room = 1;
    for (size_t i = 0; words[i]; i++)
        room += 2 * strlen(words[i]) + 4;
    wchar_t *line = malloc(room * sizeof *line), *at = line;
    for (size_t i = 0; words[i] && line; i++) {
        wchar_t *word = win32_wide_text(words[i]);
        if (word) {
            if (i > 0)
                *at++ = L' ';
            at = quote(at, word);
        } else {
            free(line);
            line = NULL;
        }
        free(word);
    }
    if (line)
        *at = L'\0';
    return line;
}

/* ---- its streams ------------------------------------------------------------------------------------------------- */

/* Copies that it inherits, and nothing else. */
struct streams {
    HANDLE handles[3];
    DWORD count;
};

static bool add_stream(struct streams *streams, HANDLE handle)
{
    HANDLE self = GetCurrentProcess();
    HANDLE *own = &streams->handles[streams->count];
    if (!DuplicateHandle(self, handle, self, own, 0, TRUE, DUPLICATE_SAME_ACCESS))
        return false;
    streams->count++;
    return true;
}

static void drop_streams(struct streams *streams)
{
    while (streams->count > 0)
        CloseHandle(streams->handles[--streams->count]);
}

static bool make_streams(struct streams *streams, const struct process *process)
{
    HANDLE nowhere = process->is_silent ? CreateFileW(L"NUL", GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL)
                                        : INVALID_HANDLE_VALUE;
    bool fine = add_stream(streams, win32_handle(process->input < 0 ? FILE_STDIN : process->input)) &&
                add_stream(streams, win32_handle(process->output < 0 ? FILE_STDOUT : process->output)) &&
                add_stream(streams, nowhere != INVALID_HANDLE_VALUE ? nowhere : win32_handle(FILE_STDERR));
    if (nowhere != INVALID_HANDLE_VALUE)
        CloseHandle(nowhere);
    return fine;
}

/* ---- starting it ------------------------------------------------------------------------------------------------- */

static BOOL WINAPI ignore(DWORD event)
{
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

/* A job that ends with its last handle, which is ours; NULL = there is none. */
static HANDLE make_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {.BasicLimitInformation.LimitFlags =
                                                       JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    if (job && !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits)) {
        CloseHandle(job);
        job = NULL;
    }
    return job;
}

/* With the list of what it inherits; LPPROC_THREAD_ATTRIBUTE_LIST is of a size that the system tells. */
static int create(const wchar_t *path, wchar_t *line, struct streams *streams, PROCESS_INFORMATION *made_ret)
{
    SIZE_T size = 0;
    STARTUPINFOEXW how = {.StartupInfo.cb = sizeof how, .StartupInfo.dwFlags = STARTF_USESTDHANDLES};
    how.StartupInfo.hStdInput = streams->handles[0];
    how.StartupInfo.hStdOutput = streams->handles[1];
    how.StartupInfo.hStdError = streams->handles[2];
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    how.lpAttributeList = malloc(size);
    if (!how.lpAttributeList)
        return ENOMEM;
    int error = 0;
    if (!InitializeProcThreadAttributeList(how.lpAttributeList, 1, 0, &size) ||
        !UpdateProcThreadAttribute(how.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, streams->handles,
                                   streams->count * sizeof *streams->handles, NULL, NULL) ||
        !CreateProcessW(path, line, NULL, NULL, TRUE, CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                        &how.StartupInfo, made_ret))
        error = win32_last();
    free(how.lpAttributeList);
    return error;
}

static int start(const struct process *process, const char *path, PROCESS_INFORMATION *made_ret)
{
    struct streams streams = {.count = 0};
    wchar_t *wide = NULL, *line = command_line(process->words);
    int error = line ? win32_wide(path, &wide) : ENOMEM;
    if (error == 0 && !make_streams(&streams, process))
        error = win32_last();
    fflush(NULL);
    if (error == 0)
        error = create(wide, line, &streams, made_ret);
    drop_streams(&streams);
    free(wide);
    free(line);
    return error;
}

/* What ends a program here has 32 bits, of which Unix' numbers are told. */
static int status_of(DWORD code)
{
    switch (code) {
    case 0xc000013a: /* STATUS_CONTROL_C_EXIT */
        return 128 + 2;
    case 0xc0000005: /* STATUS_ACCESS_VIOLATION */
        return 128 + 11;
    default:
        return code <= 255 ? (int)code : code & 0xff ? (int)(code & 0xff) : 1;
    }
}

static int wait_for(const PROCESS_INFORMATION *made, int *status_ret)
{
    DWORD code;
    if (WaitForSingleObject(made->hProcess, INFINITE) != WAIT_OBJECT_0 || !GetExitCodeProcess(made->hProcess, &code))
        return win32_last();
    *status_ret = status_of(code);
    return 0;
}

int process_run(const struct process *process, int *status_ret)
{
    char path[PATH_MAX];
    PROCESS_INFORMATION made;
    assert(process->words && process->words[0]);
    *status_ret = NOT_FOUND;
    if (!process_find(process->words[0], path, sizeof path))
        return ENOENT;
    HANDLE job = process->is_bound ? make_job() : NULL;
    if (process->is_bound)
        SetConsoleCtrlHandler(ignore, TRUE);
    int error = start(process, path, &made);
    *status_ret = error == ENOEXEC || error == EACCES ? CANNOT_RUN : 0;
    if (error == 0) {
        /* A job in which this process is may forbid it: then the program only gets what the console sends. */
        if (job)
            AssignProcessToJobObject(job, made.hProcess);
        ResumeThread(made.hThread);
        error = wait_for(&made, status_ret);
        CloseHandle(made.hThread);
        CloseHandle(made.hProcess);
    }
    if (job)
        CloseHandle(job);
    return error;
}

/* ---- what is known of this one ----------------------------------------------------------------------------------- */

void process_set_variable(const char *name, const char *value)
{
    if (!getenv(name))
        _putenv_s(name, value);
}

/* In UTF-8, with '/' between its parts, and none at the end. */
static bool take_folder(const wchar_t *wide, char path[PATH_MAX])
{
    char *text = win32_narrow_text(wide);
    size_t length = text ? strlen(text) : 0;
    bool fits = length > 0 && length < PATH_MAX;
    for (size_t i = 0; fits && i <= length; i++)
        path[i] = text[i] == '\\' ? '/' : text[i];
    if (fits && length > 3 && path[length - 1] == '/')
        path[length - 1] = '\0';
    free(text);
    return fits;
}

bool process_temporary(char path[PATH_MAX])
{
    wchar_t folder[MAX_PATH + 1];
    DWORD length = GetTempPathW(MAX_PATH + 1, folder);
    return length > 0 && length <= MAX_PATH && take_folder(folder, path);
}

bool process_cache(char path[PATH_MAX])
{
    const wchar_t *folder = _wgetenv(L"LOCALAPPDATA");
    return folder && take_folder(folder, path) && path_is_absolute(path);
}

const char *process_compiler(void)
{
    return "gcc";
}

/* A number is a sum of what is known of a user: it does not lead back. */
bool process_user_name(uint32_t user, char *name, size_t size)
{
    wchar_t own[257];
    DWORD length = sizeof own / sizeof *own;
    if (user != process_user() || !GetUserNameW(own, &length))
        return false;
    char *text = win32_narrow_text(own);
    if (!text)
        return false;
    snprintf(name, size, "%s", text);
    free(text);
    return true;
}
