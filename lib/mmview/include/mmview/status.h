/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_STATUS_H
#define MMVIEW_STATUS_H

/*
 * status: how a call ended, and for a failure what went wrong where.
 *
 * Every function that can fail returns an mmv_status; 0 is success. mmv_last_error() has the details of the calling
 * thread's latest failure, as errno does for the system. These are operation, system error, file, file offset, and name
 * of the bad argument. Nothing in the library prints or ends the process.
 */

#include <mmview/base.h>

MMV_BEGIN_DECLS

typedef enum mmv_status {
    MMV_OK = 0,
    MMV_EINVAL,     /* an argument is wrong; mmv_error.parameter names it */
    MMV_ERANGE,     /* an offset or a length reaches outside of what is there; mmv_error.parameter names it */
    MMV_EACCES,     /* permission denied by the system, or by the access the map was opened with */
    MMV_ENOENT,     /* no such file */
    MMV_EEXIST,     /* it exists already */
    MMV_EKIND,      /* not something that can be mapped: a directory, a FIFO, a socket */
    MMV_ENOMEM,     /* memory, address space or the budget is used up */
    MMV_ENOSPC,     /* no space left on the device, or over quota */
    MMV_EIO,        /* the device or the file system failed to read or write */
    MMV_ETRUNC,     /* the file became shorter while it was in use */
    MMV_ENOTSUP,    /* the system or the file system cannot do this */
    MMV_EBUSY,      /* someone else holds the lock on the range */
    MMV_ESTOPPED,   /* the caller's own function asked to stop */
    MMV_ESYSTEM,    /* any other system error; mmv_error.os_error has it */
    MMV_EJOURNAL,   /* a journal refuses; mmv_error.detail says what differs or is damaged */
    MMV_EVERSION,   /* a shared object of another version of the library, or of processes with another word size */
    MMV_ETIMEOUT,   /* what was waited for did not happen in time */
    MMV_EABANDONED, /* the lock is yours, but its last holder died with it: what it protects may be half changed */
    MMV_ECLOSED,    /* the view or stream was closed before */
    MMV_EPEER,      /* nobody is at the other end any more */
} mmv_status;

typedef struct mmv_error {
    mmv_status status;
    int os_error;          /* errno of the failing call; 0 when the library found the fault itself */
    const char *operation; /* a static string: "open", "map", "populate", "read", ... */
    const char *parameter; /* a static string for MMV_EINVAL and MMV_ERANGE, else NULL */
    bool has_offset;
    uint64_t offset;  /* file byte where it happened, when has_offset */
    char file[256];   /* path of the file, "" when unknown; a longer path loses its front, "..." stands there */
    char detail[256]; /* why the library itself refused, as words, where the status does not say enough; else "" */
} mmv_error;

/*
 * mmv_last_error() - the details of this thread's latest failed call.
 * Owner:   the library; valid until the next failing call of the same thread. Copy the struct to keep it.
 * Threads: each thread has its own. A walk that failed in one of its workers copies the error to the calling thread.
 */
MMV_API const mmv_error *mmv_last_error(void);

/*
 * mmv_error_set() - say why a function of yours failed before it returns 'status' to a walk.
 * Shape:   operation must be a static string. The walk adds the file and the offset when it knows them.
 */
MMV_API mmv_status mmv_error_set(mmv_status status, int os_error, const char *operation);

/* mmv_error_set_parameter() - the same for a bad argument, by its name: a static string, too. */
MMV_API mmv_status mmv_error_set_parameter(mmv_status status, const char *operation, const char *parameter);

/* mmv_status_text() - a status as a short English phrase: a static string, never NULL. */
MMV_API const char *mmv_status_text(mmv_status status);

/*
 * mmv_error_format() - one line for a person: "FILE: what failed at offset N: why".
 * Shape:   text[0..size) always ends in a NUL; returns the length the whole line would have, as snprintf(3) does.
 */
MMV_API size_t mmv_error_format(const mmv_error *error, char *text, size_t size);

MMV_END_DECLS

#endif
