/* SPDX-License-Identifier: MIT */
/*
 * windows/children.c - see children.h: the program started anew, with the variables of the tests.
 *
 *     variables   | the runtime's | first | of the tests and their support | last | the library's, others' |
 *                                         |--------- copied into ----------|
 *     section     | where that was | .data ..... | .bss ..... |
 *
 * The child inherits the section, copies the variables to where they were, and calls the function, all before main().
 * The programs are linked so that they begin at one address (windows.cmake): pointers into them stay good. A child is
 * killed by TerminateProcess() with the exit status that a shell of Unix would tell.
 */

#include "children.h"
#include "left_out.h"

#include "windows/marks.h"

#include <process.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define CHILDREN 64
#define ANEW "--child"
#define SKIPPED 77 /* CTest's SKIP_RETURN_CODE */

/* What the parent leaves in the section. */
struct snapshot {
    char *data, *zeros; /* where the variables were: they must be there again */
    char bytes[];
};

static _Alignas(max_align_t) char given[CHILD_MOST];
static int (*to_call)(void *with);
static HANDLE children[CHILDREN];

/* Of child_shared(). The handle is inherited under its number. */
static struct {
    HANDLE section;
    void *at;
} shared;

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "children: %s: error %lu\n", what, GetLastError());
    exit(1);
}

static size_t length_of(const char *first, const char *last)
{
    /* Linked in another order it would be somebody else's that is copied. */
    if (first >= last || (size_t)(last - first) > (size_t)1 << 30)
        die("the marks are not around the variables");
    return (size_t)(last - first);
}

/* ---- in the parent ---------------------------------------------------------------------------------------------- */

static HANDLE make_snapshot(void)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    size_t data = length_of(test_first_data, test_last_data);
    size_t zeros = length_of(test_first_zeros, test_last_zeros);
    uint64_t size = sizeof(struct snapshot) + data + zeros;
    HANDLE section =
        CreateFileMappingA(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, (DWORD)(size >> 32), (DWORD)size, NULL);
    struct snapshot *to = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    if (!to)
        die("no section");
    to->data = test_first_data;
    to->zeros = test_first_zeros;
    memcpy(to->bytes, test_first_data, data);
    memcpy(to->bytes + data, test_first_zeros, zeros);
    UnmapViewOfFile(to);
    return section;
}

static HANDLE *slot_of(pid_t child)
{
    for (size_t i = 0; i < CHILDREN; i++)
        if (child ? children[i] && GetProcessId(children[i]) == (DWORD)child : !children[i])
            return &children[i];
    return NULL;
}

pid_t child_start(int (*child)(void *with), const void *with, size_t size)
{
    char program[MAX_PATH], number[32];
    HANDLE *slot = slot_of(0);
    if (size > sizeof given || !slot || GetModuleFileNameA(NULL, program, sizeof program) == 0)
        die("too much for a child, or too many");
    memcpy(given, with, size);
    to_call = child;
    HANDLE section = make_snapshot();
    snprintf(number, sizeof number, "%llx", (unsigned long long)(uintptr_t)section);
    const char *const words[] = {"child", ANEW, number, NULL};
    fflush(NULL);
    intptr_t process = -1;
    /* Of some thousand processes one does not start where Wine's address may be taken (cmake/windows/mingw.cmake). */
    for (unsigned tried = 0; tried < 10 && process == -1; tried++) {
        if (tried > 0)
            fprintf(stderr, "children: start %u of a process failed, it is tried again\n", tried);
        Sleep(tried * 100);
        process = _spawnv(_P_NOWAIT, program, words);
    }
    if (process == -1)
        die("cannot start a process");
    CloseHandle(section);
    *slot = (HANDLE)process;
    return (pid_t)GetProcessId(*slot);
}

/* Far from where the system puts what nobody has asked for at an address: it must be free in each child, too. */
#define SHARED_AT ((void *)((uintptr_t)1 << (sizeof(void *) == 8 ? 45 : 30)))

void *child_shared(size_t size)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    if (shared.section)
        die("there is one shared memory");
    shared.section = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, (DWORD)((uint64_t)size >> 32),
                                        (DWORD)size, NULL);
    if (shared.section)
        shared.at = MapViewOfFileEx(shared.section, FILE_MAP_WRITE, 0, 0, 0, SHARED_AT);
    return shared.at;
}

int child_wait(pid_t child)
{
    DWORD status;
    HANDLE *slot = slot_of(child);
    if (!slot || WaitForSingleObject(*slot, INFINITE) != WAIT_OBJECT_0 || !GetExitCodeProcess(*slot, &status))
        die("cannot wait for a child");
    CloseHandle(*slot);
    *slot = NULL;
    return (int)status;
}

int kill(pid_t process, int number)
{
    HANDLE *slot = slot_of(process);
    HANDLE own = process == (pid_t)GetCurrentProcessId() ? GetCurrentProcess() : slot ? *slot : NULL;
    if (!own || number != SIGKILL)
        die("only children can be killed");
    return TerminateProcess(own, CHILD_KILLED) ? 0 : -1;
}

int test_raise(int number)
{
    return kill((pid_t)GetCurrentProcessId(), number);
}

/* ---- in the child ----------------------------------------------------------------------------------------------- */

static int run_child(const char *number)
{
    HANDLE section = (HANDLE)(uintptr_t)strtoull(number, NULL, 16);
    const struct snapshot *from = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    size_t data = length_of(test_first_data, test_last_data);
    if (!from || from->data != test_first_data || from->zeros != test_first_zeros)
        die("the variables are elsewhere than they were");
    memcpy(test_first_data, from->bytes, data);
    memcpy(test_first_zeros, from->bytes + data, length_of(test_first_zeros, test_last_zeros));
    UnmapViewOfFile(from);
    CloseHandle(section);
    memset(children, 0, sizeof children);
    if (shared.at && MapViewOfFileEx(shared.section, FILE_MAP_WRITE, 0, 0, 0, shared.at) != shared.at)
        die("shared memory is elsewhere than it was");
    int status = to_call(given);
    fflush(NULL);
    return status;
}

int __real_main(int count, char **words);
int __wrap_main(int count, char **words);

/* The tests' main() would make its set-up once more. */
int __wrap_main(int count, char **words)
{
    if (count == 3 && strcmp(words[1], ANEW) == 0)
        _exit(run_child(words[2]));
    int status = __real_main(count, words);
    if (status == SKIPPED)
        test_say_skipped(true);
    return status;
}
