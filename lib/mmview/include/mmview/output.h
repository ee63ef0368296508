/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OUTPUT_H
#define MMVIEW_OUTPUT_H

/*
 * output: a new file that appears whole or not at all.
 *
 *     mmv_output *output;
 *     mmv_status status = mmv_output_create("result.raw", NULL, &output);
 *     if (!status)
 *         status = mmv_walk_filter(in, mmv_output_map(output), &options, keep, NULL);
 *     if (!status)
 *         status = mmv_output_publish(output);
 *     mmv_output_close(&output);              without mmv_output_publish() nothing is left
 *
 * The file has no name until it is published, so it is gone when the process ends in any way before that. Where the
 * file system has no files without a name, the file has a hidden name, .NAME.0123456789abcdef. There a killed process
 * leaves the file behind. To replace another file, the library first gives the new file the hidden name, and then
 * renames it. A process that is killed between these two system calls leaves the hidden name behind, on any file
 * system.
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

typedef struct mmv_output mmv_output;

/* A struct whose bytes are all zero means the defaults. */
typedef struct mmv_output_options {
    uint64_t capacity;    /* bytes of the file at first: zeros in allocated blocks; 0 = empty. The file may grow */
    unsigned permissions; /* mode bits of the new file, narrowed by the umask; 0 = 0666 */
    bool replace; /* replace a file of this name, or a symbolic link but not its target; processes that have the old
                     file open keep it */
    bool durable; /* mmv_output_publish() only returns when the bytes and the name are on the device */
    uint64_t reserved_[4]; /* zero: room for fields of later versions */
} mmv_output_options;

/*
 * mmv_output_create() - make a file that will be called 'path'.
 * Shape:   the folder of the path is looked up once. The name appears in this folder, even if the path leads elsewhere
 *          by then. The file has the owner and the mode of a new file, also when it replaces another file.
 * Owner:   the caller, until mmv_output_close(). NULL options = all defaults. In a child made by fork(2) the output is
 *          its parent's: it must not be published or closed there.
 * Errors:  MMV_EINVAL(path), MMV_EEXIST when the name is taken and may not be replaced. MMV_EKIND when the name is that
 *          of a folder or of anything else but a file. MMV_ENOENT, MMV_EACCES, MMV_ENOMEM, MMV_ENOSPC. *output_ret is
 *          NULL then, and nothing is left.
 * Source:  open(2), O_TMPFILE.
 */
MMV_API mmv_status mmv_output_create(const char *path, const mmv_output_options *options, mmv_output **output_ret);

/*
 * mmv_output_map() - the file, open for reading and writing.
 * Owner:   the output, which closes the map; do not close it yourself. Views and leases may outlive the output.
 */
MMV_API mmv_map *mmv_output_map(const mmv_output *output);

/*
 * mmv_output_publish() - give the file its name. The file keeps its present length.
 * Shape:   a process that opens the name finds what was there before, or the whole new file. Without 'replace' no file
 *          is ever replaced, not even one that appeared meanwhile. See publish.h for file systems that cannot ensure
 *          this.
 * Threads: nobody may write to the map meanwhile.
 * Errors:  MMV_EEXIST, MMV_ENOSPC, MMV_EACCES, MMV_EIO. After these errors the name is as before, with one exception:
 *          when mmv_error.operation is "sync folder", the file has its name, and only syncing the folder failed. In all
 *          other cases the call may be repeated, unless syncing the bytes has failed (see mmv_map_sync()). MMV_ECLOSED
 *          when the output was published before.
 * Source:  linkat(2), renameat2(2), fsync(2).
 */
MMV_API mmv_status mmv_output_publish(mmv_output *output);

/*
 * mmv_output_close() - close the output and set *output to NULL; a NULL *output is fine. A file that was not published
 * is gone; an existing file of the name is as before.
 */
MMV_API void mmv_output_close(mmv_output **output);

MMV_END_DECLS

#endif
