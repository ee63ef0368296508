/* SPDX-License-Identifier: MIT */
/* publish.c - see <mmview/publish.h>; the system's part is in os/name.h. */

#include <mmview/publish.h>

#include "base/error.h"
#include "os/name.h"

mmv_status mmv_publish_nameless(int folder, int descriptor, const char *name)
{
    int error = mmv__os_name_file(folder, descriptor, name);
    return error ? mmv__fail_path(error, "publish", name) : MMV_OK;
}

mmv_status mmv_publish_hidden(int folder, const char *hidden, const char *name)
{
    int error = mmv__os_rename_hidden(folder, hidden, name);
    return error ? mmv__fail_path(error, "publish", name) : MMV_OK;
}
