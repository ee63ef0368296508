/* SPDX-License-Identifier: MIT */
/*
 * output: a file without a name until it is finished.
 *
 *     can O_TMPFILE    nameless ----- linkat ------------> OUT                 nothing of that name there
 *                      nameless -- linkat --> .OUT.random -- rename --> OUT    -f and there is one
 *     cannot           .OUT.random -- rename, never replacing without -f --> OUT
 *
 * 1. Without -f no step can replace a file, also not one that appeared after output_plan().
 * 2. Whoever opens OUT sees the old file or the whole new one.
 * 3. A name that exists stands in 'temporary', and output_discard() removes it; a nameless file goes with its
 * descriptor.
 * 4. OUT is resolved once: everything after output_plan() goes through the directory's descriptor.
 */
#include "kit/file/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/os/machine.h"

#define TRIES 100

static int fail(const struct output *output, const struct console *console, const char *what)
{
    return console_error(console, output->path, "%s: %s", what, strerror(errno));
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_directory(const char *path)
{
    struct stat info;
    /* lstat: a link is the file that -f replaces; with a slash behind it the system follows it. */
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The name of the new file: OUT, or OUT/input when OUT is a directory. */
static int resolve_path(struct output *output, const struct console *console, const char *path, const char *input)
{
    int length;
    if (path[0] == '\0')
        return console_usage(console, "--output: the name is empty");
    if (!is_directory(path))
        length = snprintf(output->path, sizeof output->path, "%s", path);
    else if (input == NULL)
        return console_usage(console, "%s: is a directory", path);
    else
        length = snprintf(output->path, sizeof output->path, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
                          last_part(input));
    if (length < 0 || (size_t)length >= sizeof output->path)
        return console_usage(console, "%s: the name is too long", path);
    output->name = last_part(output->path);
    return TOOL_DONE;
}

static int open_directory(struct output *output, const struct console *console)
{
    char parent[PATH_MAX];
    size_t length = (size_t)(output->name - output->path);
    memcpy(parent, output->path, length);
    parent[length] = '\0';
    output->directory = open(length ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return output->directory >= 0 ? TOOL_DONE : fail(output, console, "cannot open its directory");
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* What already has the name. */
static int check_existing(const struct output *output, const struct console *console, const struct stat *source)
{
    struct stat there, target;
    if (fstatat(output->directory, output->name, &there, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? TOOL_DONE : fail(output, console, "cannot look at it");
    if (source && fstatat(output->directory, output->name, &target, 0) == 0 && is_same(&target, source))
        return console_usage(console, "%s: is the input itself; use -i to change a file in place", output->path);
    if (S_ISDIR(there.st_mode))
        return console_usage(console, "%s: is a directory", output->path);
    if (!S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode))
        return console_usage(console, "%s: is not a regular file; write to it with -o -", output->path);
    if (!output->force)
        return console_usage(console, "%s: exists already; -f replaces it", output->path);
    return TOOL_DONE;
}

int output_plan(struct output *output, const struct console *console, const char *path, const char *input,
                const struct stat *source, bool force)
{
    output->force = force;
    int result = resolve_path(output, console, path, input);
    if (result != TOOL_DONE)
        return result;
    if (output->name[0] == '\0')
        return console_usage(console, "%s: is not a directory", output->path);
    result = open_directory(output, console);
    return result != TOOL_DONE ? result : check_existing(output, console, source);
}

/* .OUT.0123456789abcdef; of a long name the front. */
static void random_name(const struct output *output, char name[NAME_MAX + 1])
{
    snprintf(name, NAME_MAX + 1, ".%.*s.%016" PRIx64, NAME_MAX - 18, output->name, machine_random());
}

static void descriptor_path(const struct output *output, char path[64])
{
    snprintf(path, 64, "/proc/self/fd/%d", output->descriptor);
}

/* Linking a nameless file by way of /proc needs no privilege, but a mounted /proc. */
static bool can_be_linked(const struct output *output)
{
    char path[64];
    struct stat info;
    descriptor_path(output, path);
    return stat(path, &info) == 0;
}

static bool create_nameless(struct output *output)
{
#ifdef O_TMPFILE
    output->descriptor = openat(output->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (output->descriptor >= 0 && can_be_linked(output))
        return true;
    if (output->descriptor >= 0)
        close(output->descriptor);
    output->descriptor = -1;
#endif
    return false;
}

static bool create_named(struct output *output)
{
    char name[NAME_MAX + 1];
    for (unsigned attempt = 0; attempt < TRIES; attempt++) {
        random_name(output, name);
        output->descriptor = openat(output->directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (output->descriptor >= 0) {
            memcpy(output->temporary, name, sizeof name);
            return true;
        }
        if (errno != EEXIST)
            return false;
    }
    return false;
}

int output_create(struct output *output, const struct console *console)
{
    if (create_nameless(output) || create_named(output))
        return TOOL_DONE;
    return fail(output, console, "cannot create it");
}

static bool link_as(const struct output *output, const char *name)
{
    char path[64];
    descriptor_path(output, path);
    return linkat(AT_FDCWD, path, output->directory, name, AT_SYMLINK_FOLLOW) == 0;
}

static bool replace(struct output *output)
{
    if (renameat(output->directory, output->temporary, output->directory, output->name) != 0)
        return false;
    output->temporary[0] = '\0';
    return true;
}

static bool publish_nameless(struct output *output)
{
    char name[NAME_MAX + 1];
    if (link_as(output, output->name))
        return true;
    if (errno != EEXIST || !output->force)
        return false;
    for (unsigned attempt = 0; attempt < TRIES; attempt++) {
        random_name(output, name);
        if (link_as(output, name)) {
            memcpy(output->temporary, name, sizeof name);
            return replace(output);
        }
        if (errno != EEXIST)
            return false;
    }
    return false;
}

/* For file systems that know neither RENAME_NOREPLACE nor links: an empty file of our own holds the place. */
static bool replace_placeholder(struct output *output)
{
    int placeholder = openat(output->directory, output->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (placeholder < 0)
        return false;
    close(placeholder);
    if (replace(output))
        return true;
    int saved = errno;
    unlinkat(output->directory, output->name, 0);
    errno = saved;
    return false;
}

static bool publish_named(struct output *output)
{
    if (output->force)
        return replace(output);
#ifdef RENAME_NOREPLACE
    if (renameat2(output->directory, output->temporary, output->directory, output->name, RENAME_NOREPLACE) == 0) {
        output->temporary[0] = '\0';
        return true;
    }
    if (errno == EEXIST)
        return false;
#endif
    if (linkat(output->directory, output->temporary, output->directory, output->name, 0) == 0) {
        unlinkat(output->directory, output->temporary, 0);
        output->temporary[0] = '\0';
        return true;
    }
    return errno != EEXIST && replace_placeholder(output);
}

static mode_t umask_of_process;

static void ask_umask(void)
{
    umask_of_process = umask(077);
    umask(umask_of_process);
}

/* It can be asked for only by changing it, which two threads may not do at once. */
static mode_t current_umask(void)
{
    static pthread_once_t asked = PTHREAD_ONCE_INIT;
    pthread_once(&asked, ask_umask);
    return umask_of_process;
}

/* Some file systems (vfat, network shares) have fixed modes: not being able to widen 0600 is no failure then. */
static bool set_mode(const struct output *output, mode_t mode)
{
    return fchmod(output->descriptor, mode & 0777 & ~current_umask()) == 0 || errno == EPERM || errno == ENOTSUP;
}

int output_publish(struct output *output, const struct console *console, mode_t mode, bool sync)
{
    if (!set_mode(output, mode))
        return fail(output, console, "cannot set its mode");
    if (sync && fsync(output->descriptor) != 0)
        return fail(output, console, "cannot write it to the device");
    bool named = output->temporary[0] != '\0';
    if (!(named ? publish_named(output) : publish_nameless(output))) {
        if (errno == EEXIST)
            return console_error(console, output->path, "appeared meanwhile and is left alone");
        return fail(output, console, "cannot give it its name");
    }
    if (sync && fsync(output->directory) != 0)
        return fail(output, console, "cannot write its name to the device");
    int descriptor = output->descriptor;
    output->descriptor = -1;
    if (close(descriptor) != 0)
        return fail(output, console, "cannot close it");
    return TOOL_DONE;
}

void output_discard(struct output *output)
{
    if (output->temporary[0] != '\0')
        unlinkat(output->directory, output->temporary, 0);
    output->temporary[0] = '\0';
    if (output->descriptor >= 0)
        close(output->descriptor);
    if (output->directory >= 0)
        close(output->directory);
    output->descriptor = output->directory = -1;
}
