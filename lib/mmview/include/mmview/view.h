/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_VIEW_H
#define MMVIEW_VIEW_H

/*
 * view: one slice of a map as plain memory, at any byte offset and of any length that the address space can hold.
 * Through data it is a plain array; typed.h reads and writes single values in it with every bound checked.
 *
 * A view is the caller's own mapping and counts against no budget. For a file larger than the address space use cursors
 * (window.h) or a walk (walk.h). Views that overlap show the same bytes, except copy-on-write ones.
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

/* data and length are the caller's to use, the fields that end in '_' are not. */
typedef struct mmv_view {
    void *data;
    size_t length;
    uint64_t offset;  /* file offset of data[0] */
    size_t readable_; /* length, or 0 where the access says no */
    size_t writable_;
    size_t near_readable_; /* a small value at any position below this one lies inside readable_; or 0 */
    size_t near_writable_;
    mmv_map *map_;
    void *base_;
    size_t mapped_;
    void *watch_;
    mmv_access access_;
} mmv_view;

typedef enum mmv_flush {
    MMV_FLUSH_START = 0, /* begin to write the bytes back, do not wait */
    MMV_FLUSH_DURABLE,   /* return when they are on the device, with the metadata needed to find them again */
    MMV_FLUSH_WAIT,      /* return when all of them have been handed to the device; a power cut may still lose them */
} mmv_flush;

/* Zero bytes mean the defaults. */
typedef struct mmv_view_options {
    mmv_access access; /* 0 = the map's */
    void *address;     /* where the page of the first byte should lie, a multiple of the page size; NULL = anywhere */
    bool exact; /* there or nowhere: MMV_ENOMEM when the place is taken. Nothing that lies there is ever replaced */
    uint64_t reserved_[4]; /* zero: room for fields of later versions */
} mmv_view_options;

/*
 * mmv_view_open() - make bytes [offset, offset + length) of a map addressable, with the map's access.
 * Shape:   view_ret->data[0..length); data[0] is file byte 'offset', at any alignment. An empty view has length 0 and
 *          a data that must not be dereferenced.
 * Units:   bytes; length 0 = to the end, MMV_EMPTY = an empty view; offset + length <= capacity.
 * Owner:   the caller, until mmv_view_close(); the pointer dies there. The map may be closed before.
 * Threads: calls on one map may run in parallel; threads that store into one view coordinate themselves.
 * Errors:  MMV_ERANGE(offset|length), MMV_ENOMEM (address space), MMV_EACCES, MMV_ENOTSUP (a file system without
 *          mmap); view_ret untouched then.
 * Source:  mmap(2): the offset given to the system is a multiple of the page size, hence the hidden rounding.
 */
MMV_API mmv_status mmv_view_open(mmv_map *map, uint64_t offset, uint64_t length, mmv_view *view_ret);

/*
 * mmv_view_open_as() - the same with another access than the map's.
 * Shape:   in a view with MMV_WRITE the calls of typed.h and stream.h refuse to read. Its pages can be read all the
 *          same, since processors know no others.
 * Errors:  also MMV_EINVAL(access), and MMV_EACCES. A read-only or copy-on-write map gives read-only and copy-on-write
 *          views, a read-write map gives all four. A map with MMV_WRITE gives those with MMV_WRITE alone, and is
 * refused by cursors, searches and walks that would read it. A map with MMV_NO_VIEWS gives none. MMV_EXECUTE needs a
 *          map that has it.
 */
MMV_API mmv_status mmv_view_open_as(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length,
                                    mmv_view *view_ret);

/*
 * mmv_view_open_with() - the same at an address of the caller's choice.
 * Errors:  also MMV_EINVAL(address) when it is not a multiple of the page size.
 * Source:  mmap(2), MAP_FIXED_NOREPLACE. Pointers in shared memory still break when a peer finds the place taken:
 *          store offsets.
 */
MMV_API mmv_status mmv_view_open_with(mmv_map *map, uint64_t offset, uint64_t length, const mmv_view_options *options,
                                      mmv_view *view_ret);

/*
 * mmv_view_grow() - make a view longer where it is: data stays, and so does every pointer into it.
 * Units:   length in bytes, not below the present one; 0 = to the end of the map as it is now, MMV_EMPTY = not at all.
 * Threads: not beside other calls on the same view; other views, leases and walks are not disturbed.
 * Errors:  MMV_ERANGE(length), MMV_ENOMEM when something else lies behind the view; the view is as it was then.
 */
MMV_API mmv_status mmv_view_grow(mmv_view *view, uint64_t length);

/*
 * mmv_view_flush() - write exactly this view's changed pages back, or those of a part of it.
 * Units:   offset and length count from the view's first byte; length 0 = to its end, MMV_EMPTY = nothing.
 * Errors:  MMV_ERANGE(offset|length), MMV_EIO, MMV_ENOSPC; reported once by the system, so never retry and hope.
 * Source:  msync(2) MS_SYNC; MMV_FLUSH_START and MMV_FLUSH_WAIT are sync_file_range(2) where there is one.
 */
MMV_API mmv_status mmv_view_flush(const mmv_view *view, size_t offset, size_t length, mmv_flush how);

/*
 * mmv_view_advise() - tell the system how this view will be used.
 * Errors:  MMV_EINVAL(advice), MMV_ECLOSED. MMV_ETRUNC, MMV_ENOSPC and MMV_EIO with the file offset for the populating
 *          ones. MMV_ENOTSUP where the system lacks the advice (then nothing is lost but speed).
 * Source:  madvise(2). POPULATE_* since Linux 5.14.
 */
MMV_API mmv_status mmv_view_advise(const mmv_view *view, mmv_advice advice);

/*
 * mmv_view_populate() - fault the pages of a part of the view in now, for stores or for reading alone.
 * Shape:   as MMV_ADVISE_POPULATE_WRITE and _READ, which are for all of it. A loop of stores takes a fault a page. A
 *          call for each 2 MiB ahead of the loop takes one for each piece that the file system has in memory.
 * Units:   offset and length count from the view's first byte; length 0 = to its end, MMV_EMPTY = nothing.
 * Errors:  MMV_ERANGE(offset|length), MMV_ECLOSED, MMV_EINVAL(writing) unless the view is read-write; MMV_ETRUNC,
 *          MMV_ENOSPC and MMV_EIO with the file offset; MMV_ENOTSUP where the system cannot, and nothing is lost.
 * Source:  madvise(2), POPULATE_* since Linux 5.14.
 */
MMV_API mmv_status mmv_view_populate(const mmv_view *view, size_t offset, size_t length, bool writing);

/*
 * mmv_view_check() - whether the guard (guard.h) caught a bad access in this view since it was opened.
 * Errors:  MMV_ETRUNC, MMV_ENOSPC or MMV_EIO with the file offset; reads there gave zeros, stores there are lost.
 */
MMV_API mmv_status mmv_view_check(const mmv_view *view);

/*
 * mmv_view_retire() - let go of the file and its name now, and keep the addresses until mmv_view_close().
 * Shape:   in one step the view's pages become private zeros. Other threads that read through the pointer, or by the
 *          calls of typed.h, read the file's bytes before and zeros after. Bytes that they store after are lost. All
 *          other calls on the view are MMV_ECLOSED then, but mmv_view_close(), which is due all the same. Retiring
 *          twice is harmless. For a view that is disposed while others may be using it, as languages with finalizers
 *          do.
 * Owner:   addresses stay the view's, and memory of pages that are stored into after, until mmv_view_close().
 * Threads: beside any that use the pointer and the calls of typed.h; not beside other calls on the same view. Code that
 *          runs in an MMV_EXECUTE view is not saved.
 * Errors:  MMV_ENOMEM: the system promises memory for each page (vm.overcommit_memory 2) and has none, or no addresses
 *          for as much once more, or no mapping (vm.max_map_count). MMV_ENOTSUP on Windows, where a view goes before
 *          other pages can come in its place. The whole view is as it was then, with the file's bytes, and its users
 *          have to be counted. It may be retired later.
 * Source:  mmap(2), and mremap(2), MREMAP_FIXED.
 */
MMV_API mmv_status mmv_view_retire(mmv_view *view);

/*
 * mmv_view_close() - unmap and zero the struct; closing twice is harmless. Stored bytes are in the file, not yet
 * durable.
 */
MMV_API void mmv_view_close(mmv_view *view);

/*
 * mmv_view_close_flushing() - flush all of the view, then close it, whatever the flush says.
 * Errors:  as mmv_view_flush().
 */
MMV_API mmv_status mmv_view_close_flushing(mmv_view *view, mmv_flush how);

MMV_END_DECLS

#endif
