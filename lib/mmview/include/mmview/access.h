/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_ACCESS_H
#define MMVIEW_ACCESS_H

/* access: rights to the bytes of a map, ways to open a file, and advice on how bytes will be used. */

#include <mmview/base.h>

MMV_BEGIN_DECLS

/* Rights to the bytes. MMV_EXECUTE may be added to each with '|'. */
typedef unsigned mmv_access;
#define MMV_READ 1u          /* views are read-only; a store through such a view is a crash */
#define MMV_READ_WRITE 2u    /* stores reach the file and everybody who has it mapped */
#define MMV_COPY_ON_WRITE 3u /* stores are private to their view, lease or chunk, and vanish with it */
#define MMV_WRITE 4u         /* as MMV_READ_WRITE, but reading calls are refused; for views, and for maps with a name */
#define MMV_NO_VIEWS 5u      /* for maps with a name: the rights can be seen and changed, the bytes cannot */
#define MMV_EXECUTE 8u

typedef enum mmv_open_mode {
    MMV_OPEN_EXISTING = 0,
    MMV_OPEN_OR_CREATE, /* an existing file keeps its bytes */
    MMV_CREATE,         /* an existing file loses its bytes */
    MMV_CREATE_NEW,     /* an existing file is MMV_EEXIST */
} mmv_open_mode;

/*
 * Who else may have the file open at the same time. The setting holds only between processes that make such a setting,
 * as with .NET's FileShare on Linux. Other processes are neither kept out nor noticed.
 */
typedef enum mmv_sharing {
    MMV_SHARING_UNASKED = 0,
    MMV_SHARING_OTHERS, /* everybody whose setting is OTHERS, too; MMV_EBUSY while somebody's setting is NONE */
    MMV_SHARING_NONE,   /* nobody else who makes a setting; MMV_EBUSY while somebody else has one */
} mmv_sharing;

/* How bytes will be used, or what the system shall do with them; see mmv_view_advise(). */
typedef enum mmv_advice {
    MMV_ADVISE_NORMAL = 0,
    MMV_ADVISE_SEQUENTIAL,
    MMV_ADVISE_RANDOM,
    MMV_ADVISE_WILL_NEED,
    MMV_ADVISE_DONT_NEED, /* drop this process' pages; the page cache keeps the bytes, also those not written back */
    MMV_ADVISE_POPULATE_READ,  /* fault everything in now; a file that became shorter is MMV_ETRUNC, not a signal */
    MMV_ADVISE_POPULATE_WRITE, /* the same, ready for stores; allocates blocks in holes; read-write views only */
    MMV_ADVISE_DISCARD, /* give the bytes up: their memory or blocks are freed and they read as zeros, for everybody */
    MMV_ADVISE_LOCK,    /* keep the pages in memory until the view is closed or unlocked; RLIMIT_MEMLOCK is the limit */
    MMV_ADVISE_UNLOCK,
    MMV_ADVISE_HUGE,      /* use large pages where the file system can */
    MMV_ADVISE_DONT_FORK, /* children made by fork(2) do not have the view */
    MMV_ADVISE_DO_FORK,
    MMV_ADVICES, /* how many there are */
} mmv_advice;

MMV_END_DECLS

#endif
