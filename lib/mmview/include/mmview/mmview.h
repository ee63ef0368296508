/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_MMVIEW_H
#define MMVIEW_MMVIEW_H

/*
 * mmview: sliding views over files far larger than memory or address space.
 *
 * Read this first:
 *   - A *map* (map.h) is an open file. Opening takes no address space.
 *   - A *walk* (walk.h) runs your function over every record of a range, on all processors. It changes the records in
 *     place, or computes the records of another map. Most jobs are one call of mmv_walk().
 *   - A *reduction* (reduce.h) computes one value from all records, the same to the last bit for any number of threads.
 *   - search.h finds a key among sorted records.
 *   - Through a *cursor* (window.h) you *lease* any piece of a map as plain memory. Cursors share a *pool* (pool.h),
 *     which limits how many bytes are mapped.
 *   - A *view* (view.h) is one part of a map that stays mapped as long as you like. Use it by its pointer, value by
 *     value (typed.h), or as a *stream* (stream.h).
 *   - A *shared* map (shared.h) is memory that processes find by name. Processes also find a mutex, an event and a
 *     semaphore by name (sync.h), and a *channel* for messages (channel.h).
 *   - A walk in place with a *journal* (journal.h) can be killed at any moment. Running the walk again finishes it.
 *   - An access to a mapped file that has become shorter, or whose disk is full, raises a signal. With the *guard*
 *     (guard.h) such an access gives a status instead.
 *   - A *pass* (pass.h) tells a loop of your own whether to map the next bytes, or to read and write them.
 *   - An *output* (output.h) is a new file that appears whole or not at all.
 *   - publish.h gives a finished file its name, and never replaces another file.
 *   - calls.h has the inline calls of other headers as functions, for other languages.
 *   - Every failure is a *status* (status.h) with the operation, the system's error, the file and the offset.
 *   - In a struct of options, a field whose bytes are all zero stands for its default. So an initializer names only the
 *     fields that you set: &(mmv_walk_options){ .record_size = 8 }. Fields called reserved_ stay zero.
 *
 * Caveats:
 *   - Everybody sees stores through a read-write map at once. But the stores are only safe on the device after
 *     mmv_map_sync(), or after mmv_view_flush() with MMV_FLUSH_DURABLE.
 *   - When a walk in place fails or is stopped, some records are changed and others are not. With a journal, running
 *     the walk again changes the others. Without a journal, it changes some records twice: whether that does harm,
 *     only you know.
 *   - Without the guard, a file that another process truncates during a walk can raise SIGBUS.
 *   - A child made by fork(2) may use maps and views of its parent, and may run walks. Walks of the child have threads
 *     of their own, even if the parent was in a walk when it forked. The child must create its own pools and journals;
 *     those of the parent are refused. The child shares locks and names with its parent.
 *   - On network file systems other machines may see changes late. With MMV_IO_AUTO walks use buffered I/O there.
 *
 * Functions may be called from any thread. The field "Threads:" of a function says which calls may run at the same
 * time.
 */

#include <mmview/access.h>
#include <mmview/base.h>
#include <mmview/calls.h>
#include <mmview/channel.h>
#include <mmview/guard.h>
#include <mmview/journal.h>
#include <mmview/map.h>
#include <mmview/output.h>
#include <mmview/pass.h>
#include <mmview/pool.h>
#include <mmview/publish.h>
#include <mmview/range.h>
#include <mmview/reduce.h>
#include <mmview/search.h>
#include <mmview/shard.h>
#include <mmview/shared.h>
#include <mmview/status.h>
#include <mmview/stream.h>
#include <mmview/sync.h>
#include <mmview/typed.h>
#include <mmview/view.h>
#include <mmview/walk.h>
#include <mmview/window.h>

#endif
