/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_VIEW_H
#define MMVIEW_VIEW_H

/*
 * view: one part of a map as plain memory, from any byte on, and of any length that the address space can hold.
 * 'data' points to its bytes as to an array; typed.h reads and writes single values in it with every bound checked.
 *
 * A view is the caller's own mapping. It does not count against the budget of a pool or of a walk (max_mapped). For a
 * file larger than the address space use cursors (window.h) or a walk (walk.h). Views that overlap show the same bytes,
 * except copy-on-write ones.
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

/* The caller may use data, length and offset. Fields that end in '_' belong to the library. */
typedef struct mmv_view {
    void *data;
    size_t length;
    uint64_t offset;  /* file offset of data[0] */
    size_t readable_; /* length, or 0 when the access forbids reading */
    size_t writable_;
    size_t near_readable_; /* a value of up to 64 bytes that begins below this ends within readable_ */
    size_t near_writable_;
    mmv_map *map_;
    void *base_;
    size_t mapped_;
    void *watch_;
    mmv_access access_;
} mmv_view;

typedef enum mmv_flush {
    MMV_FLUSH_START = 0, /* begin to write the bytes back, do not wait */
    MMV_FLUSH_DURABLE,   /* return when the bytes are on the device, with the metadata needed to find them again */
    MMV_FLUSH_WAIT,      /* return when all bytes have been handed to the device; a power cut may still lose them */
} mmv_flush;

/* Zero bytes mean the defaults. */
typedef struct mmv_view_options {
    mmv_access access; /* 0 = the map's */
    void *address;     /* where the page of the first byte should lie, a multiple of the page size; NULL = anywhere */
    bool exact; /* true: MMV_ENOMEM when that address is taken; false: the view lies elsewhere then. Existing mappings
                   are never replaced */
    uint64_t reserved_[4]; /* zero: room for fields of later versions */
} mmv_view_options;

/*
 * mmv_view_open() - make bytes [offset, offset + length) of a map addressable, with the map's access.
 * Shape:   the bytes are view_ret->data[0..length). data[0] is file byte 'offset', which needs no alignment. An empty
 *          view has length 0, and its data must not be dereferenced.
 * Units:   bytes; length 0 = to the end, MMV_EMPTY = an empty view; offset + length <= capacity.
 * Owner:   the caller, until mmv_view_close(), after which the pointer must not be used. The map may be closed earlier.
 * Threads: calls on one map may run in parallel; threads that store into one view coordinate themselves.
 * Errors:  MMV_ERANGE(offset|length), MMV_ENOMEM (address space), MMV_EACCES, MMV_ENOTSUP (a file system without
 *          mmap); view_ret untouched then.
 * Source:  mmap(2): the system takes only multiples of the page size as offsets. So the mapping begins at the page that
 *          has byte 'offset', and 'data' points into that page.
 */
MMV_API mmv_status mmv_view_open(mmv_map *map, uint64_t offset, uint64_t length, mmv_view *view_ret);

/*
 * mmv_view_open_as() - as mmv_view_open(), with another access than the map's.
 * Shape:   a view that is opened with MMV_WRITE is only for writing: the calls of typed.h and stream.h refuse to read
 *          from it. A pointer can read its pages all the same, because processors have no write-only pages.
 * Errors:  also MMV_EINVAL(access), and MMV_EACCES when the map does not give such views. A read-only or copy-on-write
 *          map gives read-only and copy-on-write views. A read-write map gives views with MMV_READ, MMV_READ_WRITE,
 *          MMV_COPY_ON_WRITE and MMV_WRITE. A map with MMV_WRITE gives only views with MMV_WRITE. Cursors, searches,
 *          and walks that would have to read such a map, return MMV_EACCES. A map with MMV_NO_VIEWS gives no views.
 *          Only a map with MMV_EXECUTE gives views with MMV_EXECUTE.
 */
MMV_API mmv_status mmv_view_open_as(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length,
                                    mmv_view *view_ret);

/*
 * mmv_view_open_with() - as mmv_view_open_as(), at an address of the caller's choice.
 * Errors:  also MMV_EINVAL(address) when it is not a multiple of the page size.
 * Source:  mmap(2), MAP_FIXED_NOREPLACE. Do not store pointers in shared memory, since another process may find the
 *          address taken. Store offsets.
 */
MMV_API mmv_status mmv_view_open_with(mmv_map *map, uint64_t offset, uint64_t length, const mmv_view_options *options,
                                      mmv_view *view_ret);

/*
 * mmv_view_grow() - make a view longer in place: data, and every pointer into the view, stay valid.
 * Units:   length in bytes, not below the present one; 0 = to the end of the map as it is now, MMV_EMPTY = no change.
 * Threads: no other call on the same view meanwhile; other views, leases and walks are not disturbed.
 * Errors:  MMV_ERANGE(length), MMV_ENOMEM when something else lies behind the view. After an error the view is as
 *          before.
 */
MMV_API mmv_status mmv_view_grow(mmv_view *view, uint64_t length);

/*
 * mmv_view_flush() - write back the changed pages of this view, or of a part of it, and no others.
 * Units:   offset and length count from the view's first byte; length 0 = to its end, MMV_EMPTY = nothing.
 * Errors:  MMV_ERANGE(offset|length), MMV_EIO, MMV_ENOSPC; the system reports such an error only once, so a second call
 *          that succeeds proves nothing.
 * Source:  msync(2) MS_SYNC; MMV_FLUSH_START and MMV_FLUSH_WAIT use sync_file_range(2) where the system has it.
 */
MMV_API mmv_status mmv_view_flush(const mmv_view *view, size_t offset, size_t length, mmv_flush how);

/*
 * mmv_view_advise() - tell the system how this view will be used.
 * Errors:  MMV_EINVAL(advice), MMV_ECLOSED. MMV_ADVISE_POPULATE_READ and _WRITE also return MMV_ETRUNC, MMV_ENOSPC and
 *          MMV_EIO with the file offset. MMV_ENOTSUP where the system lacks the advice, which then has no effect.
 * Source:  madvise(2). Linux has the two advices to populate since 5.14. Some emulators accept them and do nothing. So
 *          the library tries to populate one page of its own, once per process. When this has no effect, both advices
 *          return MMV_ENOTSUP.
 */
MMV_API mmv_status mmv_view_advise(const mmv_view *view, mmv_advice advice);

/*
 * mmv_view_populate() - fault in the pages of a part of the view now, for stores or only for reading.
 * Shape:   as MMV_ADVISE_POPULATE_WRITE and _READ, which populate the whole view. A loop that stores into a new view
 *          takes one page fault per page. Call this function for each 2 MiB before the loop stores there. Then one
 *          fault makes a whole folio ready: a contiguous piece of the page cache, mostly of many pages.
 * Units:   offset and length count from the view's first byte; length 0 = to its end, MMV_EMPTY = nothing.
 * Errors:  MMV_ERANGE(offset|length), MMV_ECLOSED, MMV_EINVAL(writing) when 'writing' is true and the view is read-only
 *          or copy-on-write. MMV_ETRUNC, MMV_ENOSPC and MMV_EIO with the file offset. MMV_ENOTSUP where the system
 *          cannot do this; the view can be used all the same.
 * Source:  madvise(2), POPULATE_* since Linux 5.14.
 */
MMV_API mmv_status mmv_view_populate(const mmv_view *view, size_t offset, size_t length, bool writing);

/*
 * mmv_view_check() - whether the guard (guard.h) caught a bad access in this view since it was opened.
 * Errors:  MMV_ETRUNC, MMV_ENOSPC or MMV_EIO with the file offset; reads there gave zeros, stores there are lost.
 */
MMV_API mmv_status mmv_view_check(const mmv_view *view);

/*
 * mmv_view_retire() - stop using the map now, but keep the addresses until mmv_view_close(). From now on the view keeps
 * neither a file open, nor a map with a name (shared.h) alive.
 * Shape:   in one step the view's pages are replaced by pages of zeros, which are private to the process. Other threads
 *          may go on using the pointer and the calls of typed.h: they read the file's bytes before this step, and zeros
 *          after it. Bytes that they store after it are lost. All other calls on the view then return MMV_ECLOSED,
 *          except those that close it. The view must still be closed. Retiring twice is harmless. Use this call where a
 *          view is disposed of while other threads may be using the view, as in languages with finalizers.
 * Owner:   until mmv_view_close() the view keeps its addresses, and the memory of pages that are stored into after this
 *          call.
 * Threads: other threads may use the pointer and the calls of typed.h meanwhile, but no other calls on the same view. A
 *          thread that runs code in an MMV_EXECUTE view is not protected.
 * Errors:  MMV_ENOMEM when the system must reserve memory for each page (vm.overcommit_memory 2) and has none.
 *          MMV_ENOMEM also when the system lacks the address space for a second mapping of this length, or may map no
 *          more (vm.max_map_count). MMV_ENOTSUP on Windows, which cannot replace the pages of a view in one step. After
 *          an error the whole view is as before, with the file's bytes. The caller may try again later. Or the caller
 *          counts the users of the view, and has the last user close it.
 * Source:  mmap(2), and mremap(2), MREMAP_FIXED.
 */
MMV_API mmv_status mmv_view_retire(mmv_view *view);

/*
 * mmv_view_close() - unmap and zero the struct; closing twice is harmless. What was stored in a read-write view is in
 * the file then, but perhaps not yet on the device.
 */
MMV_API void mmv_view_close(mmv_view *view);

/*
 * mmv_view_close_flushing() - flush the whole view, then close it. The view is closed also when the flush fails.
 * Errors:  as mmv_view_flush().
 */
MMV_API mmv_status mmv_view_close_flushing(mmv_view *view, mmv_flush how);

MMV_END_DECLS

#endif
