/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_ERROR_H
#define MMVIEW_ERROR_H

/* How the library's own files report a failure: each call fills the thread's mmv_error and returns its status. */

#include <mmview/status.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * A struct of options ends with words that are zero, so that later versions have room: MMV_EINVAL(reserved_) when one
 * is not, since then a newer program asks for what this library does not know.
 */
mmv_status mmv__check_reserved(const uint64_t *reserved, size_t count, const char *operation);
#define MMV__CHECK_RESERVED(options, operation)                                                                        \
    mmv__check_reserved((options)->reserved_, sizeof(options)->reserved_ / sizeof *(options)->reserved_, operation)

/* The status that stands for a system error. */
mmv_status mmv__status_of(int os_error);

/* Whether it says that there are no blocks left: of the device, or of the user's share. */
bool mmv__is_out_of_blocks(int os_error);

/* A system call failed, on no file in particular. */
mmv_status mmv__fail(int os_error, const char *operation);

/* A system call failed on a file. */
mmv_status mmv__fail_path(int os_error, const char *operation, const char *path);

/* Something failed at a byte of a file; os_error may be 0. map.h has the same for a map. */
mmv_status mmv__fail_path_at(mmv_status status, int os_error, const char *operation, const char *path, uint64_t offset);

/* A journal refuses; 'detail' says why and is copied. */
mmv_status mmv__fail_journal(const char *path, const char *detail);

/* The library refuses something for a reason that needs words; 'detail' is copied. */
mmv_status mmv__fail_detail(mmv_status status, const char *operation, const char *path, const char *detail);

/* Words for why, in the latest error; copied. */
void mmv__error_detail(const char *detail);

/* Name the file in the latest error, where it was found by something that knows no files. */
void mmv__error_in(const char *path);

/* How often this thread has failed so far: tells whether an error is new. */
unsigned mmv__failures(void);

/* Make a copy of another thread's error this thread's own. */
mmv_status mmv__fail_as(const mmv_error *error);

/* Put an error back that a failure in between, which was mended, has covered. */
void mmv__error_restore(const mmv_error *error);

#endif
