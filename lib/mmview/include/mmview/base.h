/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_BASE_H
#define MMVIEW_BASE_H

/* base: what all other headers need: fixed-width types, MMV_API for exported functions, binary units, MMV_EMPTY. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MMV_VERSION_MAJOR 0
#define MMV_VERSION_MINOR 1
#define MMV_VERSION_PATCH 0
#define MMV_VERSION "0.1.0"

#if defined(__GNUC__)
#define MMV_API __attribute__((visibility("default")))
#else
#define MMV_API
#endif

#ifdef __cplusplus
#define MMV_BEGIN_DECLS extern "C" {
#define MMV_END_DECLS }
#else
#define MMV_BEGIN_DECLS
#define MMV_END_DECLS
#endif

MMV_BEGIN_DECLS

/* mmv_version() - the version of the library at run time; MMV_VERSION is that of these headers. Threads: any. */
MMV_API const char *mmv_version(void);

MMV_END_DECLS

#define MMV_KIB (UINT64_C(1) << 10)
#define MMV_MIB (UINT64_C(1) << 20)
#define MMV_GIB (UINT64_C(1) << 30)
#define MMV_TIB (UINT64_C(1) << 40)

/*
 * A length that means no bytes. In walks, views, streams and locks a length of 0 means "to the end", and MMV_EMPTY
 * means no bytes. A call with MMV_EMPTY does nothing and returns MMV_OK; a view that is opened with it has no bytes.
 * mmv_shard() and mmv_range_clip() return MMV_EMPTY as the length of an empty part. A length of 0 would be taken for
 * all bytes up to the end.
 */
#define MMV_EMPTY UINT64_MAX

#endif
