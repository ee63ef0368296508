/* SPDX-License-Identifier: MIT */
/*
 * win32/volume.c - what a file lies on, as far as it matters.
 */

#include "os/file.h"
#include "os/name.h"
#include "os/win32/win32.h"

#include <stdlib.h>

/* WNNC_NET_SMB of winnetwk.h. */
#define NETWORK_SMB 0x00020000

bool mmv__os_is_remote(int descriptor, const char **name_ret)
{
    FILE_REMOTE_PROTOCOL_INFO facts;
    HANDLE handle = mmv__win32_handle(descriptor);
    /* The call fails for files of this machine. */
    if (handle == INVALID_HANDLE_VALUE ||
        !GetFileInformationByHandleEx(handle, FileRemoteProtocolInfo, &facts, sizeof facts))
        return false;
    *name_ret = facts.Protocol == NETWORK_SMB ? "SMB" : "a network";
    return true;
}

bool mmv__os_locks_alone(int descriptor, const char **name_ret)
{
    (void)descriptor, (void)name_ret;
    return false;
}

void mmv__os_forget(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
}

bool mmv__os_maps_badly(int descriptor, const char **name_ret)
{
    return mmv__os_is_remote(descriptor, name_ret);
}

/* Not known: always right, see os/file.h. */
mmv__instance mmv__os_instance(int descriptor)
{
    (void)descriptor;
    return 0;
}

mmv__instance mmv__os_instance_beside(const char *path)
{
    (void)path;
    return 0;
}

uint64_t mmv__os_volume(int descriptor)
{
    (void)descriptor;
    return 0;
}

bool mmv__os_notes_stores(int descriptor)
{
    (void)descriptor;
    return true;
}
