/* SPDX-License-Identifier: MIT */
/*
 * status.c - statuses, and the thread's latest error.
 *
 * The error is thread-local like errno, not a field of every object: most failures happen before there is an object,
 * and a caller who only wants the status pays nothing for the rest.
 */

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static _Thread_local mmv_error latest;
static _Thread_local unsigned failures;

static const char *const texts[] = {
    [MMV_OK] = "success",
    [MMV_EINVAL] = "invalid argument",
    [MMV_ERANGE] = "out of range",
    [MMV_EACCES] = "permission denied",
    [MMV_ENOENT] = "no such file",
    [MMV_EEXIST] = "file exists",
    [MMV_EKIND] = "not a file that can be mapped",
    [MMV_ENOMEM] = "out of memory or address space",
    [MMV_ENOSPC] = "no space left on device",
    [MMV_EIO] = "input/output error",
    [MMV_ETRUNC] = "file became shorter while in use",
    [MMV_ENOTSUP] = "not supported here",
    [MMV_EBUSY] = "in use by another process",
    [MMV_ESTOPPED] = "stopped",
    [MMV_ESYSTEM] = "system error",
    [MMV_EJOURNAL] = "refused by a journal",
    [MMV_EVERSION] = "of another version or word size",
    [MMV_ETIMEOUT] = "timed out",
    [MMV_EABANDONED] = "its last holder died",
    [MMV_ECLOSED] = "closed already",
    [MMV_EPEER] = "nobody at the other end",
};

const mmv_error *mmv_last_error(void)
{
    return &latest;
}

const char *mmv_status_text(mmv_status status)
{
    size_t index = (size_t)status;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "unknown status";
}

bool mmv__is_out_of_blocks(int os_error)
{
#ifdef EDQUOT
    if (os_error == EDQUOT)
        return true;
#endif
    return os_error == ENOSPC;
}

mmv_status mmv__status_of(int os_error)
{
    switch (os_error) {
    case 0:
        return MMV_OK;
    case ENOENT:
    case ENOTDIR:
        return MMV_ENOENT;
    case EACCES:
    case EPERM:
    case EROFS:
    case ETXTBSY:
    case EBADF:
        return MMV_EACCES;
    case EEXIST:
        return MMV_EEXIST;
    case EISDIR:
    case ENXIO:
    case ENOTTY:
        return MMV_EKIND;
    case ENOMEM:
    case EAGAIN:
        return MMV_ENOMEM;
    case ENOSPC:
    case EFBIG:
#ifdef EDQUOT
    case EDQUOT:
#endif
        return MMV_ENOSPC;
    case EIO:
    case EPIPE:
#ifdef EHWPOISON
    case EHWPOISON:
#endif
        return MMV_EIO;
    case ENODEV:
    case ENOSYS:
    case EOPNOTSUPP:
#if ENOTSUP != EOPNOTSUPP
    case ENOTSUP:
#endif
        return MMV_ENOTSUP;
    default:
        return MMV_ESYSTEM;
    }
}

static mmv_error *start(mmv_status status, int os_error, const char *operation)
{
    memset(&latest, 0, sizeof latest);
    failures++;
    latest.status = status;
    latest.os_error = os_error;
    latest.operation = operation;
    return &latest;
}

static void set_file(mmv_error *error, const char *path)
{
    size_t length = strlen(path);
    if (length < sizeof error->file) {
        memcpy(error->file, path, length + 1);
        return;
    }
    size_t keep = sizeof error->file - 4;
    memcpy(error->file, "...", 3);
    memcpy(error->file + 3, path + length - keep, keep + 1);
}

mmv_status mmv_error_set(mmv_status status, int os_error, const char *operation)
{
    return start(status, os_error, operation)->status;
}

mmv_status mmv_error_set_parameter(mmv_status status, const char *operation, const char *parameter)
{
    start(status, 0, operation)->parameter = parameter;
    return status;
}

mmv_status mmv__fail(int os_error, const char *operation)
{
    return start(mmv__status_of(os_error), os_error, operation)->status;
}

mmv_status mmv__fail_path(int os_error, const char *operation, const char *path)
{
    mmv_error *error = start(mmv__status_of(os_error), os_error, operation);
    set_file(error, path);
    return error->status;
}

mmv_status mmv__fail_path_at(mmv_status status, int os_error, const char *operation, const char *path, uint64_t offset)
{
    mmv_error *error = start(status, os_error, operation);
    error->has_offset = true;
    error->offset = offset;
    set_file(error, path);
    return status;
}

mmv_status mmv__fail_journal(const char *path, const char *detail)
{
    return mmv__fail_detail(MMV_EJOURNAL, "journal", path, detail);
}

mmv_status mmv__fail_detail(mmv_status status, const char *operation, const char *path, const char *detail)
{
    mmv_error *error = start(status, 0, operation);
    set_file(error, path);
    snprintf(error->detail, sizeof error->detail, "%s", detail);
    return status;
}

void mmv__error_detail(const char *detail)
{
    snprintf(latest.detail, sizeof latest.detail, "%s", detail);
}

void mmv__error_in(const char *path)
{
    if (latest.file[0] == '\0')
        set_file(&latest, path);
}

unsigned mmv__failures(void)
{
    return failures;
}

mmv_status mmv__fail_as(const mmv_error *error)
{
    latest = *error;
    failures++;
    return latest.status;
}

void mmv__error_restore(const mmv_error *error)
{
    latest = *error;
}

/* Why it failed: the system's own words say more than the status, unless the library found the fault itself. */
static void reason(const mmv_error *error, char *text, size_t size)
{
    if (error->detail[0]) {
        snprintf(text, size, "%s", error->detail);
        return;
    }
    bool own_words = error->os_error == 0 || error->status == MMV_ETRUNC || error->status == MMV_EKIND;
    if (!own_words) {
        snprintf(text, size, "%s", strerror(error->os_error));
        return;
    }
    snprintf(text, size, "%s%s%s", mmv_status_text(error->status), error->parameter ? ": " : "",
             error->parameter ? error->parameter : "");
}

size_t mmv_error_format(const mmv_error *error, char *text, size_t size)
{
    char why[sizeof error->detail];
    char where[40] = "";
    reason(error, why, sizeof why);
    if (error->has_offset)
        snprintf(where, sizeof where, " at offset %" PRIu64, error->offset);
    int length = snprintf(text, size, "%s%s%s%s%s%s", error->file, error->file[0] ? ": " : "",
                          error->operation ? error->operation : "", where, error->operation ? ": " : "", why);
    return length < 0 ? 0 : (size_t)length;
}

mmv_status mmv__check_reserved(const uint64_t *reserved, size_t count, const char *operation)
{
    for (size_t i = 0; i < count; i++)
        if (reserved[i] != 0)
            return mmv_error_set_parameter(MMV_EINVAL, operation, "reserved_");
    return MMV_OK;
}
