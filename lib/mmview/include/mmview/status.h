/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_STATUS_H
#define MMVIEW_STATUS_H

/*
 * status: how a call ended, and the details of a failure.
 *
 * Every function that can fail returns an mmv_status; 0 is success. mmv_last_error() has the details of the calling
 * thread's latest failure, as errno has the error number of a failed system call. The details are the operation, the
 * system error, the file, the file offset, and the name of the bad argument. The library never prints, and never ends
 * the process.
 */

#include <mmview/base.h>

MMV_BEGIN_DECLS

typedef enum mmv_status {
    MMV_OK = 0,
    MMV_EINVAL,     /* an argument is wrong; mmv_error.parameter names it */
    MMV_ERANGE,     /* an offset, length or other number is outside of its range; mmv_error.parameter names it */
    MMV_EACCES,     /* permission denied by the system, or by the access the map was opened with */
    MMV_ENOENT,     /* no such file */
    MMV_EEXIST,     /* the file or the name exists already */
    MMV_EKIND,      /* the file cannot be mapped (a directory, a FIFO, a socket), or the object is of another kind */
    MMV_ENOMEM,     /* memory, address space or the budget is used up */
    MMV_ENOSPC,     /* no space left on the device, or over quota */
    MMV_EIO,        /* the device or the file system failed to read or write */
    MMV_ETRUNC,     /* the file became shorter while it was in use */
    MMV_ENOTSUP,    /* the system or the file system cannot do this */
    MMV_EBUSY,      /* somebody else holds the lock, the journal or the receiving end of the channel */
    MMV_ESTOPPED,   /* the caller's own function asked to stop */
    MMV_ESYSTEM,    /* any other system error; mmv_error.os_error has it */
    MMV_EJOURNAL,   /* a journal refuses the call; mmv_error.detail says what differs or is damaged */
    MMV_EVERSION,   /* the named object was made by another library version, or belongs to another word size or PID
                       namespace */
    MMV_ETIMEOUT,   /* the time allowed for waiting is over */
    MMV_EABANDONED, /* the caller holds the mutex, but the last holder died holding it: protected data may be half
                       changed */
    MMV_ECLOSED,    /* the object was closed before */
    MMV_EPEER,      /* all processes at the other end are gone */
} mmv_status;

typedef struct mmv_error {
    mmv_status status;
    int os_error;          /* errno of the failing call; 0 when the library found the fault itself */
    const char *operation; /* a static string: "open", "map", "populate", "read", ... */
    const char *parameter; /* a static string for MMV_EINVAL and MMV_ERANGE, else NULL */
    bool has_offset;
    uint64_t offset;  /* file byte of the failure; valid when has_offset */
    char file[256];   /* path of the file, "" when unknown; of a path that is too long: "..." and its end */
    char detail[256]; /* the library's own reason in words, where the status does not say enough; else "" */
} mmv_error;

/*
 * mmv_last_error() - the details of this thread's latest failed call.
 * Owner:   the library; valid until the next failing call of the same thread. Copy the struct to keep it.
 * Threads: each thread has its own. A walk that failed in one of its workers copies the error to the calling thread.
 */
MMV_API const mmv_error *mmv_last_error(void);

/*
 * mmv_error_set() - record why your function fails. Call this in the function, before it returns to the walk that
 * called it.
 * Shape:   returns 'status'. 'operation' must be a static string. The walk adds the file and the offset when it knows
 *          them.
 */
MMV_API mmv_status mmv_error_set(mmv_status status, int os_error, const char *operation);

/*
 * mmv_error_set_parameter() - the same for a bad argument. 'parameter' is the argument's name, which must be a static
 * string, too.
 */
MMV_API mmv_status mmv_error_set_parameter(mmv_status status, const char *operation, const char *parameter);

/* mmv_status_text() - a status as a short English phrase: a static string, never NULL. */
MMV_API const char *mmv_status_text(mmv_status status);

/*
 * mmv_error_format() - one line for a person: "FILE: what failed at offset N: why".
 * Shape:   text[0..size) always ends in a NUL; returns the length of the whole line, as snprintf(3) does.
 */
MMV_API size_t mmv_error_format(const mmv_error *error, char *text, size_t size);

MMV_END_DECLS

#endif
