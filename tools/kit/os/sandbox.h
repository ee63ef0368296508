/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_SANDBOX_H
#define TOOLS_OS_SANDBOX_H

/*
 * sandbox: a call in a thread that can open no file any more, for code that takes strangers' bytes apart.
 *
 * Linux' Landlock binds the thread that asks for it, and those that it starts; the rest of the process goes on as
 * before. What was open stays open. Source: https://docs.kernel.org/userspace-api/landlock.html
 */

#include <stdbool.h>

typedef int sandbox_fn(void *user);

/*
 * sandbox_call() - run 'fn' in such a thread and wait for it.
 * Shape:   returns what 'fn' returned. Where the system has no Landlock, or no thread is to be had, 'fn' runs without:
 *          *closed_ret says whether files were out of reach; NULL = does not matter.
 * Win32:   a restricted token, SetThreadToken().
 */
int sandbox_call(sandbox_fn *fn, void *user, bool *closed_ret);

#endif
