/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_POSIX_DESCRIPTORS_H
#define TOOLS_OS_POSIX_DESCRIPTORS_H

/* descriptors: what file.c and folder.c share; nobody else includes it. */

#include <sys/stat.h>

#include "kit/os/file.h"

mode_t file_umask(void);

struct file_facts facts_of(const struct stat *info);

/* Flags of open(2) for an access. Nothing that is opened may wait. */
int access_flags(enum file_access access);

/* openat(2) over interruptions, with O_CLOEXEC. Returns 0 or an errno value. */
int open_at(int folder, const char *name, int flags, unsigned permissions, int *descriptor_ret);

#endif
