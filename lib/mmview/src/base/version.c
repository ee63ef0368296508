/* SPDX-License-Identifier: MIT */
/* version.c - which library this is, for programs that were built with the headers of another. */

#include <mmview/base.h>

const char *mmv_version(void)
{
    return MMV_VERSION;
}
