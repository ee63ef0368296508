/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WALK_H
#define MMVIEW_WALK_H

/*
 * walk: run a function over all records of a range, window after window, by many threads.
 *
 *     static mmv_status brighten(const mmv_chunk *chunk, void *user)
 *     {
 *         struct rgba16 *pixel = chunk->data;
 *         for (size_t i = 0; i < chunk->count; i++)
 *             brighten_pixel(&pixel[i], *(int *)user);
 *         return MMV_OK;
 *     }
 *     ...
 *     mmv_walk(image, &(mmv_walk_options){ .record_size = sizeof(struct rgba16) }, brighten, &amount);
 *
 * A window is the part of the range that one thread takes at a time. A record belongs to the window in which its first
 * byte lies. Windows are handed out from the front of the range to its end. A chunk is the records that one call of the
 * function gets, always whole records. The results of the function must not depend on how records are grouped into
 * chunks, on the order of the chunks, or on the thread. Then the result of the walk is the same, byte for byte, for
 * every backend, window size and number of threads.
 */

#include <mmview/journal.h>
#include <mmview/map.h>
#include <mmview/pool.h>

MMV_BEGIN_DECLS

/* How the bytes come to the function and go back: the backend. The result is the same for each. */
typedef enum mmv_io {
    MMV_IO_AUTO = 0, /* chosen by times that are measured during the whole walk; see mmv_walk_stats.reason */
    MMV_IO_MMAP,     /* windows mapped from the page cache */
    MMV_IO_BUFFERED, /* pread(2) and pwrite(2) through a buffer that fits the processor's cache */
    MMV_IO_DIRECT,   /* without the page cache (O_DIRECT); bytes that fill no whole block of the device go buffered */
} mmv_io;

/* An array of whole records, lent to the function for the time of the call. */
typedef struct mmv_chunk {
    void *data;           /* records to change (in place), to read (read-only map), or to store (into another map) */
    const void *source;   /* records to read; in place the same as data; NULL when there is no input */
    size_t count;         /* number of records, >= 1 */
    size_t stride;        /* bytes from one record of data to the next: at least the record size, at most file_stride */
    uint64_t file_stride; /* bytes from one record to the next in the file: the walk's stride */
    uint64_t index;       /* number of the chunk's first record, counted from the start of the range */
    uint64_t offset;      /* offset of the first record in the input file; without an input, in the output file */
    size_t before;        /* records that may be read before source[0]: the halo, or fewer at the start of the range */
    size_t after;         /* records that may be read behind the last one: the halo, or fewer at the end of the range */
    unsigned thread; /* 0 .. threads - 1: the thread's index, for arrays of buffers or of exact counts. A thread gets
                        other records in each run, so its sum of floats differs from run to run: use reduce.h for sums
                        of floats */
    bool is_trial;   /* with a journal, when an interrupted run goes on: the records are a copy. The results of fn are
                        compared with the file, to see whether others have changed the file meanwhile. The same
                        records come again later, so do not count them now */
} mmv_chunk;

/*
 * mmv_walk_fn - the caller's work on one chunk.
 * Threads: several threads call it at once, but never twice for one record, except in trials (is_trial). The function
 *          may call anything except a walk with the same journal.
 * Errors:  anything but MMV_OK ends the walk with that status (see mmv_error_set()). Calls that run in other threads
 *          finish first.
 */
typedef mmv_status mmv_walk_fn(const mmv_chunk *chunk, void *user);

/* Records that outlive their walk. */
typedef struct mmv_kept mmv_kept;

/*
 * mmv_walk_keep() - keep the records of a chunk for code that still reads them after the walk's function has returned.
 * Call this within the function.
 * Shape:   data and source of the chunk keep their addresses and their bytes. They become memory of the process: what
 *          is stored there reaches no file. In two cases a mapped chunk stays mapped, and stores reach the file: on
 *          Windows, where pages cannot be replaced under a reader, and when memory is short.
 * Owner:   the caller, who calls mmv_kept_free() for the returned object after the walk has returned. NULL means that
 *          there was no memory for this object: then the records are never freed.
 * Threads: call this only in a walk's function, and in the thread that runs the function. A second call in the same
 *          call of the function returns the same object as the first.
 * Errors:  none. Afterwards the walk's function must return an error, which ends the walk. If it returns MMV_OK
 *          nevertheless, the walk ends with MMV_ESTOPPED.
 */
MMV_API mmv_kept *mmv_walk_keep(void);

/* mmv_kept_free() - free what mmv_walk_keep() has kept. NULL does nothing. Call it after the walk has returned. */
MMV_API void mmv_kept_free(mmv_kept *kept);

/*
 * mmv_tick_fn - the walk calls it after each window, in one thread at a time, with the number of bytes of the range
 * that are done. Return false to end the walk. The threads then finish the windows that they have begun, and the walk
 * returns MMV_ESTOPPED.
 */
typedef bool mmv_tick_fn(uint64_t done, void *user);

/* What the walk did. */
typedef struct mmv_walk_stats {
    uint64_t bytes;          /* bytes of the range in windows that were finished */
    uint64_t records;        /* records in these windows */
    uint64_t resumed;        /* with a journal: those of 'bytes' that an earlier, interrupted run has done */
    uint64_t prefix;         /* all records before this byte of the range are finished: a new walk can start here */
    uint64_t windows;        /* windows handed out */
    uint64_t window_bytes;   /* size of a window */
    uint64_t step_bytes;     /* most bytes that the function got at a time */
    unsigned threads;        /* threads that took part */
    mmv_io io;               /* backend that did most of the bytes */
    char reason[200];        /* why this backend was used, with the figures that decided */
    uint64_t bytes_mapped;   /* done by the mmap backend */
    uint64_t bytes_buffered; /* done by the buffered backend */
    uint64_t bytes_direct;   /* done by the direct backend */
    uint64_t peak_mapped;    /* most bytes mapped at any time */
    uint64_t minor_faults;   /* of the whole process during the walk */
    uint64_t major_faults;   /* the same, for faults that waited for the device */
    double seconds;
    uint64_t out_bytes;    /* mmv_walk_filter(): bytes of the records that were kept, in the output now */
    uint64_t reserved_[7]; /* room for figures of later versions */
} mmv_walk_stats;

/* Zero bytes mean the defaults. */
typedef struct mmv_walk_options {
    size_t record_size; /* bytes; 0 = 1: each byte is a record */
    uint64_t offset;    /* first byte of the range */
    uint64_t length;    /* bytes; 0 = to the end, MMV_EMPTY = none: the walk does nothing. The range must end with a
                           whole record, else MMV_EINVAL(length) */
    uint64_t stride;    /* bytes from one record to the next; 0 = record_size: no gap. In place only; bytes in gaps stay
                           untouched. The range then ends with the last record, without a gap behind it */
    unsigned halo;      /* records that the function may read before and after each chunk; 0 for walks in place */
    size_t out_record_size; /* mmv_walk_to(), mmv_walk_filter(): bytes per record of the output; 0 = record_size */
    uint64_t out_offset;    /* the same calls: byte of the output where record 0 goes */
    mmv_io io;
    unsigned threads; /* at most; 0 = mmv_default_threads(). Another limit holds when 'window' is 0 and 'io' is AUTO or
                         MMAP: the larger of mmv_default_threads() and max_mapped / 8 MiB */
    uint64_t window;  /* bytes a thread takes at a time; 0 = 64 MiB, less for small ranges and budgets */
    uint64_t max_mapped;   /* budget for all windows together, as mmv_pool_options.max_mapped */
    uint32_t max_maps;     /* mappings at once, as mmv_pool_options.max_maps. The walk has no more threads than this */
    mmv_journal *journal;  /* in place: the journal of the run to which this walk belongs; NULL = none. With a journal
                              the bytes of the range are locked until the map is closed */
    mmv_tick_fn *tick;     /* NULL = none */
    void *tick_user;       /* handed to tick */
    mmv_walk_stats *stats; /* filled in also when the walk fails; NULL = not wanted */
    uint64_t reserved_[8]; /* zero: room for fields of later versions */
} mmv_walk_options;

/*
 * mmv_walk() - run 'fn' over the records of a map, in place.
 * Shape:   chunk.data holds the records. On a read-write map what fn stores is in the file when the walk returns, but
 *          not yet durable: see mmv_map_sync(). On a read-only map fn must not store. On a copy-on-write map stores are
 *          lost.
 * Units:   bytes. offset + length <= capacity. NULL options = every byte of the map.
 * Owner:   a chunk's memory belongs to the walk, and must not be used after fn has returned.
 * Threads: fn runs in up to 'threads' threads. Walks over disjoint ranges of one map may run side by side. A thread of
 *          the walk may open the file once more, and close it again. By that the process loses its POSIX record locks
 *          (F_SETLK) on the file, as it does whenever it closes a descriptor of a file. Locks of F_OFD_SETLK and
 *          flock(2) stay.
 * Errors:  MMV_ERANGE(offset|length), MMV_EINVAL(fn|record_size|length|stride|halo|io|window|max_mapped), MMV_ENOMEM,
 *          MMV_EIO, MMV_ETRUNC, MMV_ENOSPC, MMV_ESTOPPED, or what fn returned; with a journal also MMV_EJOURNAL,
 *          MMV_EBUSY. After an error some records are done and some are not. All records before stats->prefix are done.
 */
MMV_API mmv_status mmv_walk(mmv_map *map, const mmv_walk_options *options, mmv_walk_fn *fn, void *user);

/*
 * mmv_walk_to() - compute the records of 'out' from those of 'in'.
 * Shape:   fn reads chunk.source and stores every byte of chunk.data[0 .. count * out_record_size). These bytes are
 *          undefined before. With a halo fn may also read chunk.before records in front of the source, and chunk.after
 *          records behind it. With a NULL 'fn' the walk copies the records.
 *          With a NULL 'in', fn generates records, and chunk.source is NULL. Then options->offset is ignored, and
 *          options->length must be the number of records times record_size.
 * Units:   record i of the range goes to out_offset + i * out_record_size, which must lie inside out's capacity.
 * Errors:  as mmv_walk(), and MMV_EINVAL(out_record_size), MMV_EINVAL(out) when in and out are the same file,
 *          MMV_ERANGE(out_offset), MMV_EACCES when out is not read-write.
 */
MMV_API mmv_status mmv_walk_to(mmv_map *in, mmv_map *out, const mmv_walk_options *options, mmv_walk_fn *fn, void *user);

/*
 * mmv_walk_stream() - as mmv_walk_to(), but the output goes in order to a descriptor, which may also be a pipe or a
 * terminal.
 * Shape:   out_offset is ignored. After a short write the call writes the rest; after EAGAIN it waits.
 * Errors:  also those of write(2). EPIPE becomes MMV_EIO with EPIPE as os_error; ignore SIGPIPE, which would end the
 *          process instead.
 */
MMV_API mmv_status mmv_walk_stream(mmv_map *in, int descriptor, const mmv_walk_options *options, mmv_walk_fn *fn,
                                   void *user);

/*
 * mmv_filter_fn - the caller's work on one chunk, of which some records are kept.
 * Shape:   fn reads chunk.source and stores the records that it keeps at chunk.data. Each has out_record_size bytes,
 *          and there are no gaps between them. fn sets *kept_ret, which is 0 at first, to their number: at most
 *          chunk.count.
 * Threads: as mmv_walk_fn.
 * Errors:  as mmv_walk_fn.
 */
typedef mmv_status mmv_filter_fn(const mmv_chunk *chunk, size_t *kept_ret, void *user);

/*
 * mmv_walk_filter() - compute an output that is shorter than its input, in the input's order.
 * Shape:   the records that fn keeps lie in 'out' from out_offset on, one behind the other. The file then ends behind
 *          the last of them, whatever its length was before. The file grows while it is written, and out's capacity is
 *          its new length. Views and leases of 'out' that reach farther behave as with a file that was cut, see
 *          mmv_map_shrink(). A device keeps its length. stats->out_bytes is the size of the records that were kept.
 * Units:   out_offset <= out's capacity. Each thread takes memory for up to 2 MiB of output, or for one record, however
 *          large the file is.
 * Threads: fn runs in up to 'threads' threads. Calls of fn, and writes, come in any order. A thread waits for threads
 *          with earlier records, which decide where its own records go.
 * Errors:  as mmv_walk_to(), but MMV_EINVAL(in) and MMV_EINVAL(fn) when these are NULL. MMV_EINVAL(kept) when fn keeps
 *          more records than the chunk has, and MMV_ENOSPC when the disk is full. An error of the options leaves 'out'
 *          untouched. After any other error, or a stop, 'out' ends with the records that were kept from the first
 *          stats->prefix bytes of the range. So another walk over the rest of the range can go on at this end.
 */
MMV_API mmv_status mmv_walk_filter(mmv_map *in, mmv_map *out, const mmv_walk_options *options, mmv_filter_fn *fn,
                                   void *user);

/* mmv_io_name() - "auto", "mmap", "buffered" or "direct". */
MMV_API const char *mmv_io_name(mmv_io io);

MMV_END_DECLS

#endif
