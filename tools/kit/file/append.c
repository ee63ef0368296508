/* SPDX-License-Identifier: MIT */
/*
 * append: see append.h.
 *
 *     what is there                     everybody may write in the folder     else
 *     nothing                           a new file                            a new file
 *     a file, FIFO, device              this user's or root's                 anything, but see 2
 *     a link                            this user's or root's, and so its target   ... or to a file of the link's owner
 *
 * 1. The opened file is judged, not its name: what comes between is judged as well.
 * 2. A file with several names may be one of this user's that somebody else has linked to here: in a folder that is
 *    neither this user's nor root's it is refused.
 *
 * 1 and 2 are about what others do: no assert can know it.
 */
#include "kit/file/append.h"

#include <errno.h>
#include <string.h>

#include "kit/file/astray.h"
#include "kit/file/own.h"
#include "kit/os/folder.h"
#include "kit/os/path.h"

#define TRIES 10

static bool is_linked_here(const struct file_facts *folder, const struct file_facts *file)
{
    return file->kind == FILE_REGULAR && file->links > 1 && file_is_own(file) &&
           (astray_is_shared(folder) || !file_is_own(folder));
}

/* 'entry' is what has the name, 'file' what it leads to. */
static bool is_safe(const struct file_facts *folder, const struct file_facts *entry, const struct file_facts *file)
{
    bool is_link = entry->kind == FILE_LINK;
    if (astray_is_shared(folder) && (!file_is_own(entry) || !file_is_own(file)))
        return false;
    if (is_link)
        return file_is_own(entry) || entry->owner == file->owner;
    return !is_linked_here(folder, file);
}

/* EPERM = another user's. */
static int open_entry(int folder, const char *name, const struct file_facts *entry, int *descriptor_ret)
{
    struct file_facts above, before, file;
    bool is_link = entry->kind == FILE_LINK;
    int error = file_look(folder, &above);
    if (error == 0)
        error = folder_look(folder, name, true, &before);
    if (error == 0 && !is_safe(&above, entry, &before))
        error = EPERM;
    if (error == 0)
        error = folder_open_writing(folder, name, is_link, before.kind >= FILE_FIFO, descriptor_ret);
    if (error != 0)
        return error;
    error = file_look(*descriptor_ret, &file);
    if (error == 0 && !is_safe(&above, entry, &file)) /* 1 */
        error = EPERM;
    if (error != 0)
        file_close(*descriptor_ret);
    return error;
}

static int open_or_make(int folder, const char *name, int *descriptor_ret)
{
    int error = EEXIST;
    for (int i = 0; i < TRIES && (error == EEXIST || error == ENOENT); i++) {
        struct file_facts entry;
        error = folder_look(folder, name, false, &entry);
        if (error == 0)
            return open_entry(folder, name, &entry, descriptor_ret);
        if (error == ENOENT)
            error = folder_create_file(folder, name, 0666, descriptor_ret);
    }
    return error;
}

static int open_path(const char *path, int *descriptor_ret)
{
    char above[PATH_MAX];
    int folder;
    if (strlen(path) >= PATH_MAX)
        return ENAMETOOLONG;
    if (path_base(path)[0] == '\0')
        return path[0] ? EISDIR : ENOENT;
    if (astray_is(path))
        return EPERM;
    path_folder(path, above);
    int error = folder_open(above, true, &folder);
    if (error != 0)
        return error;
    error = open_or_make(folder, path_base(path), descriptor_ret);
    file_close(folder);
    return error;
}

int append_open(const struct console *console, const char *path, FILE **stream_ret)
{
    int descriptor;
    struct file_facts facts;
    /* To open a FIFO's other end for a look would wake up who waits for it. */
    bool is_regular = file_look_at(path, true, &facts) == 0 && facts.kind == FILE_REGULAR;
    if (is_regular && own_protect(console, path) != TOOL_DONE)
        return TOOL_USAGE;
    int error = open_path(path, &descriptor);
    if (error == 0) {
        error = file_stream(descriptor, "a", stream_ret);
        file_close(descriptor);
    }
    if (error == EPERM)
        return console_error(console, path, "another user has put it where everybody may write: it is not written to");
    return error == 0 ? TOOL_DONE : console_error(console, path, "cannot open it: %s", strerror(error));
}
