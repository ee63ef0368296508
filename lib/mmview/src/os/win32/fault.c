/* SPDX-License-Identifier: MIT */
/*
 * win32/fault.c - bad accesses in mapped memory, handed to the function that can repair them.
 *
 * Bytes that cannot be had are EXCEPTION_IN_PAGE_ERROR on Windows (NOT-IN-WINE), and an access violation in Wine. An
 * access violation is also what a store to a read-only view is: only one that the view's protection allows is handed
 * on.
 *
 * Source: AddVectoredExceptionHandler, EXCEPTION_RECORD.
 */

#include "os/memory.h"
#include "os/win32/win32.h"

#include <errno.h>

enum { READ = 0, WRITE = 1 };

/* These are the process' handler written down: a process has one of ours. */
static bool (*repair_fault)(void *address);
static PVOID installed;

static LONG CALLBACK on_fault(EXCEPTION_POINTERS *what)
{
    const EXCEPTION_RECORD *record = what->ExceptionRecord;
    DWORD code = record->ExceptionCode;
    if ((code != EXCEPTION_IN_PAGE_ERROR && code != EXCEPTION_ACCESS_VIOLATION) || record->NumberParameters < 2)
        return EXCEPTION_CONTINUE_SEARCH;
    ULONG_PTR how = record->ExceptionInformation[0];
    void *address = (void *)record->ExceptionInformation[1]; /* NOLINT(performance-no-int-to-ptr): it is one */
    if (how != READ && how != WRITE)
        return EXCEPTION_CONTINUE_SEARCH;
    DWORD saved = GetLastError();
    int number = errno;
    bool repaired =
        (code == EXCEPTION_IN_PAGE_ERROR || mmv__win32_should_work(address, how == WRITE)) && repair_fault(address);
    errno = number;
    SetLastError(saved);
    return repaired ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

int mmv__os_catch_faults(bool (*repair)(void *address))
{
    repair_fault = repair;
    /* In front of the others: a debugger's or a runtime's handler would end the process. */
    installed = AddVectoredExceptionHandler(1, on_fault);
    return installed ? 0 : ENOMEM;
}

void mmv__os_release_faults(void)
{
    if (installed)
        RemoveVectoredExceptionHandler(installed);
    installed = NULL;
}
