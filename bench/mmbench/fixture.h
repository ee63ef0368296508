/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_FIXTURE_H
#define MMBENCH_FIXTURE_H

/*
 * fixture: a file to measure on, whose bytes and whose history are known.
 *
 * The page cache keeps a file in pieces (folios) of the size it was written or read in, and that decides what mapping
 * it costs. So a fixture knows how it was written, and is written anew when it has left the cache since.
 */

#include "mmbench/content.h"
#include "mmbench/place.h"

/* How its bytes came into the page cache. */
enum written {
    WRITTEN_1M,        /* write(2) of 1 MiB */
    WRITTEN_64K,       /* of 64 KiB */
    WRITTEN_4K,        /* of 4 KiB */
    WRITTEN_COPIED,    /* by cp(1) */
    WRITTEN_READ_BACK, /* written in 1 MiB, evicted, read from the device */
    WRITTEN_KINDS
};

struct fixture {
    char path[PATH_MAX];
    uint64_t size;
    enum written written;
    unsigned added;   /* to every sample, by runs so far */
    bool made;        /* the file is there, with these bytes */
    bool disturbed;   /* it has been evicted since it was written */
    bool foreign;     /* the user's own file: only to be read */
    bool for_updates; /* its bytes are described by updates.h; 'added' counts the runs */
    uint64_t sum;     /* of a foreign file's words */
    struct fixture *next;
};

/* All fixtures of a run of the program. */
struct fixtures {
    struct place place;
    struct content *content;
    struct fixture *first;
    const char *file; /* the user's own file instead; NULL = none */
};

/* written_name() - "1M-writes", "4K-writes", "read-back" ...; for names of cases. */
const char *written_name(enum written written);

/* fixtures_get() - the one of this kind; made later, when it is needed. NULL = no memory. */
struct fixture *fixtures_get(struct fixtures *fixtures, uint64_t size, enum written written, bool for_updates);

/* fixtures_end() - remove all files. */
void fixtures_end(struct fixtures *fixtures);

/* fixture_make() - see to it that the file is there. */
bool fixture_make(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size);

/* fixture_warm() - all in the page cache as it was written, and clean; verified. */
bool fixture_warm(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size);

/* fixture_cold() - nothing in the page cache; verified. */
bool fixture_cold(struct fixtures *fixtures, struct fixture *fixture, char *why, size_t why_size);

/*
 * fixture_check() - whether every byte is what it must be, in a child of its own.
 * Shape:   false with *wrong_ret: other bytes; the file is made anew for the next run. False without: it cannot be
 *          read.
 */
bool fixture_check(struct fixtures *fixtures, struct fixture *fixture, bool *wrong_ret, char *why, size_t why_size);

/* fixture_forget() - a run may have left anything: make it anew next time. */
void fixture_forget(struct fixture *fixture);

#endif
