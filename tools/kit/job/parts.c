/* SPDX-License-Identifier: MIT */
/*
 * parts: see parts.h.
 *
 * 1. A mark is written under another name and renamed: who sees it sees all of it, and its part was written before.
 * 2. The plan is written last: a folder without it was not prepared to its end.
 * 3. Only finishing gives OUT its name, and only one process does: the others find no data to rename.
 * 4. Everything in the folder is opened through its descriptor, and no link is followed there.
 */
#include "kit/job/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/map.h>

#include "kit/file/output.h"
#include "kit/os/machine.h"
#include "kit/cli/sizes.h"

#define DATA "data"
#define PLAN "plan"
#define PLAN_FORM "mmview parts 1\nsize %" PRIu64 "\nmodified %" PRId64 ".%09ld\nmode %o\ninode %" PRIu64 "\n"
#define TEXT_MAX 65536 /* of a plan or a mark */
#define NAMED_MAX 8    /* missing parts that are named */

static int fail(const struct parts *parts, const struct console *console, const char *what)
{
    return console_error(console, parts->path, "%s: %s", what, strerror(errno));
}

static int set_path(struct parts *parts, const struct console *console, const char *out)
{
    const char *slash = strrchr(out, '/');
    int length = snprintf(parts->path, sizeof parts->path, "%s.parts", out);
    /* The last part is that of output.temporary, too: see adopt(). */
    if (length >= 0 && (size_t)length < sizeof parts->path &&
        strlen(slash ? slash + 1 : out) + strlen(".parts/" DATA) <= NAME_MAX)
        return TOOL_DONE;
    return console_usage(console, "%s: the name is too long", out);
}

/* ---- small files in the folder ----------------------------------------------------------------------------------- */

static bool write_all(int descriptor, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t put = write(descriptor, text, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        text += put;
        length -= (size_t)put;
    }
    return true;
}

/* Whole or not at all. */
static bool put_file(const struct parts *parts, const char *name, const char *text, bool sync)
{
    char temporary[NAME_MAX + 1];
    /* Unlike a process' number, no other machine has it. */
    snprintf(temporary, sizeof temporary, ".%s.%016" PRIx64, name, machine_random());
    int descriptor = openat(parts->folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return false;
    bool fine = write_all(descriptor, text, strlen(text)) && (!sync || fsync(descriptor) == 0);
    fine = close(descriptor) == 0 && fine;
    fine = fine && renameat(parts->folder, temporary, parts->folder, name) == 0;
    if (fine)
        return !sync || fsync(parts->folder) == 0;
    int saved = errno;
    unlinkat(parts->folder, temporary, 0);
    errno = saved;
    return false;
}

/* The caller frees it; NULL with errno. */
static char *get_file(const struct parts *parts, const char *name)
{
    int descriptor = openat(parts->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    char *text = malloc(TEXT_MAX + 1);
    size_t length = 0;
    ssize_t got = 1;
    while (text && length < TEXT_MAX && got > 0) {
        got = read(descriptor, text + length, TEXT_MAX - length);
        length += got > 0 ? (size_t)got : 0;
    }
    close(descriptor);
    if (text && got >= 0) {
        text[length] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

/* ---- marks ------------------------------------------------------------------------------------------------------- */

#define MARK_NAME 64

static void mark_name(char name[MARK_NAME], uint64_t index, uint64_t count)
{
    snprintf(name, MARK_NAME, "%" PRIu64 "-of-%" PRIu64, index + 1, count);
}

static bool mark_parse(const char *name, uint64_t *index_ret, uint64_t *count_ret)
{
    const char *text = name;
    if (!sizes_take_digits(&text, '-', index_ret) || strncmp(text, "of-", 3) != 0)
        return false;
    text += 3;
    if (!sizes_take_digits(&text, '\0', count_ret) || *index_ret == 0 || *index_ret > *count_ret)
        return false;
    --*index_ret;
    return true;
}

typedef int mark_fn(void *user, uint64_t index, uint64_t count, const char *name);

/* Every mark in the folder, until 'fn' returns something else than TOOL_DONE. */
static int for_marks(const struct parts *parts, const struct console *console, mark_fn *fn, void *user)
{
    int result = TOOL_DONE;
    /* A descriptor of its own: reading moves it. */
    int descriptor = openat(parts->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (!folder) {
        result = fail(parts, console, "cannot read it");
        if (descriptor >= 0)
            close(descriptor);
        return result;
    }
    const struct dirent *entry;
    while (result == TOOL_DONE && (entry = readdir(folder))) {
        uint64_t index, count;
        if (mark_parse(entry->d_name, &index, &count))
            result = fn(user, index, count, entry->d_name);
    }
    closedir(folder);
    return result;
}

static bool says(const struct parts *parts, const char *name, const char *operation)
{
    char *text = get_file(parts, name);
    bool equal = text && strcmp(text, operation) == 0;
    free(text);
    return equal;
}

/* ---- preparing --------------------------------------------------------------------------------------------------- */

static void plan_text(const struct stat *source, char text[256])
{
    snprintf(text, 256, PLAN_FORM, (uint64_t)source->st_size, (int64_t)source->st_mtim.tv_sec, source->st_mtim.tv_nsec,
             (unsigned)source->st_mode & 0777, (uint64_t)source->st_ino);
}

static int make_data(struct parts *parts, const struct console *console, uint64_t size)
{
    mmv_map *map = NULL;
    parts->data = openat(parts->folder, DATA, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (parts->data < 0)
        return fail(parts, console, "cannot make its data");
    if (size > 0 && mmv_map_from_descriptor(parts->data, false, MMV_READ_WRITE, size, &map) != MMV_OK)
        return console_failure(console, parts->path);
    mmv_map_close(&map);
    return TOOL_DONE;
}

static int check_plan(const struct parts *parts, const struct console *console, const struct stat *source)
{
    char wanted[256];
    char *text = get_file(parts, PLAN);
    if (!text)
        return fail(parts, console, "was not prepared to its end");
    plan_text(source, wanted);
    bool equal = strcmp(text, wanted) == 0;
    free(text);
    return equal ? TOOL_DONE
                 : console_error(console, parts->path, "was prepared for another file, or FILE was changed since");
}

/* The data has its name already: whoever gave it was interrupted before the rest. */
static bool is_finished(const struct parts *parts)
{
    return faccessat(parts->folder, PLAN, F_OK, 0) == 0 && faccessat(parts->folder, DATA, F_OK, 0) != 0 &&
           errno == ENOENT;
}

static int stop_at_mark(void *user, uint64_t index, uint64_t count, const char *name)
{
    (void)user, (void)index, (void)count, (void)name;
    return TOOL_FAILED;
}

/* Whoever prepared it was interrupted: no part can be in it. */
static bool is_half_prepared(const struct parts *parts, const struct console *console)
{
    return faccessat(parts->folder, PLAN, F_OK, 0) != 0 && errno == ENOENT &&
           for_marks(parts, console, stop_at_mark, NULL) == TOOL_DONE;
}

/* What the folder holds goes, and the folder; the plan last, which tells that it is all over. */
static int remove_folder(const struct parts *parts, const struct console *console)
{
    int descriptor = openat(parts->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    const struct dirent *entry;
    if (!folder && descriptor >= 0)
        close(descriptor);
    while (folder && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, PLAN) != 0)
            unlinkat(parts->folder, entry->d_name, 0);
    if (folder)
        closedir(folder);
    unlinkat(parts->folder, PLAN, 0);
    return rmdir(parts->path) == 0 ? TOOL_DONE : fail(parts, console, "cannot remove it");
}

/* One that is there already: 'made' stays false when it is gone on with. */
static int reuse(struct parts *parts, const struct console *console, const struct stat *source, bool *made_ret)
{
    int result;
    parts->folder = open(parts->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (parts->folder < 0)
        return fail(parts, console, "cannot open it");
    if (!is_finished(parts) && !is_half_prepared(parts, console)) {
        result = check_plan(parts, console, source);
    } else {
        result = remove_folder(parts, console);
        *made_ret = result == TOOL_DONE && mkdir(parts->path, 0777) == 0;
        if (result == TOOL_DONE && !*made_ret)
            result = fail(parts, console, "cannot make it");
    }
    parts_close(parts);
    return result;
}

static int make(struct parts *parts, const struct console *console, const struct stat *source)
{
    char text[256];
    parts->folder = open(parts->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (parts->folder < 0)
        return fail(parts, console, "cannot open it");
    int result = make_data(parts, console, (uint64_t)source->st_size);
    plan_text(source, text);
    if (result == TOOL_DONE && !put_file(parts, PLAN, text, true))
        result = fail(parts, console, "cannot write its plan");
    if (result != TOOL_DONE)
        remove_folder(parts, console);
    parts_close(parts);
    return result;
}

int parts_prepare(const struct console *console, const char *out, const char *name, const struct stat *source,
                  bool *made_ret)
{
    struct parts parts = PARTS_NONE;
    struct output output = OUTPUT_NONE;
    /* What OUT means; whether it may be replaced is asked when it would be. */
    int result = output_plan(&output, console, out, name, source, true);
    if (result == TOOL_DONE)
        result = set_path(&parts, console, output.path);
    output_discard(&output);
    if (result != TOOL_DONE)
        return result;
    bool is_new = mkdir(parts.path, 0777) == 0;
    if (!is_new && errno != EEXIST)
        return fail(&parts, console, "cannot make it");
    if (!is_new && !made_ret)
        return console_usage(console, "%s: is there already: finish it, or remove it", parts.path);
    if (!is_new)
        result = reuse(&parts, console, source, &is_new);
    if (result == TOOL_DONE && is_new)
        result = make(&parts, console, source);
    if (made_ret)
        *made_ret = is_new && result == TOOL_DONE;
    return result;
}

void parts_abandon(const char *out)
{
    struct parts parts = PARTS_NONE;
    const struct console mute = {.tool = "", .mute = true};
    if (set_path(&parts, &mute, out) != TOOL_DONE)
        return;
    parts.folder = open(parts.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (parts.folder >= 0)
        remove_folder(&parts, &mute);
    parts_close(&parts);
}

/* ---- a part ------------------------------------------------------------------------------------------------------ */

struct kin {
    const struct parts *parts;
    const struct console *console;
    uint64_t count;
    const char *operation;
};

static int check_kin(void *user, uint64_t index, uint64_t count, const char *name)
{
    const struct kin *kin = user;
    if (count != kin->count)
        return console_usage(kin->console,
                             "%s: part %" PRIu64 " of %" PRIu64 " is there: these cannot be %" PRIu64 " parts",
                             kin->parts->path, index + 1, count, kin->count);
    if (says(kin->parts, name, kin->operation))
        return TOOL_DONE;
    return console_usage(kin->console,
                         "%s: part %" PRIu64 " was made by another command; to begin again remove the folder",
                         kin->parts->path, index + 1);
}

int parts_open(struct parts *parts, const struct console *console, const char *out, const struct stat *source,
               uint64_t count, const char *operation)
{
    const struct kin kin = {parts, console, count, operation};
    int result = set_path(parts, console, out);
    if (result != TOOL_DONE)
        return result;
    parts->folder = open(parts->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (parts->folder < 0)
        return errno == ENOENT
                   ? console_usage(console, "%s: is not there; 'mmshard prepare FILE OUT' makes it", parts->path)
                   : fail(parts, console, "cannot open it");
    result = check_plan(parts, console, source);
    if (result == TOOL_DONE)
        result = for_marks(parts, console, check_kin, (void *)&kin);
    if (result != TOOL_DONE)
        return result;
    parts->data = openat(parts->folder, DATA, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    return parts->data >= 0 ? TOOL_DONE : fail(parts, console, "cannot open its data");
}

int parts_done(const struct parts *parts, const struct console *console, uint64_t index, uint64_t count,
               const char *operation, bool sync)
{
    const struct kin kin = {parts, console, count, operation};
    char name[MARK_NAME];
    /* Another command may have come meanwhile: then its parts and this one are no whole. */
    int result = for_marks(parts, console, check_kin, (void *)&kin);
    if (result != TOOL_DONE)
        return TOOL_FAILED;
    mark_name(name, index, count);
    return put_file(parts, name, operation, sync) ? TOOL_DONE : fail(parts, console, "cannot note that a part is done");
}

void parts_close(struct parts *parts)
{
    if (parts->data >= 0)
        close(parts->data);
    if (parts->folder >= 0)
        close(parts->folder);
    parts->data = parts->folder = -1;
}

/* ---- finishing --------------------------------------------------------------------------------------------------- */

struct census {
    const struct parts *parts;
    const struct console *console;
    uint64_t count; /* 0 = no part was seen */
    char *operation;
    bool *there; /* [count] */
};

static int count_part(void *user, uint64_t index, uint64_t count, const char *name)
{
    struct census *census = user;
    if (census->count == 0) {
        census->count = count;
        census->operation = get_file(census->parts, name);
        census->there = count <= SIZE_MAX ? calloc((size_t)count, sizeof *census->there) : NULL;
        if (!census->operation || !census->there)
            return fail(census->parts, census->console, "cannot look at its parts");
    }
    if (count != census->count)
        return console_error(census->console, census->parts->path, "has parts of %" PRIu64 " and of %" PRIu64, count,
                             census->count);
    if (!says(census->parts, name, census->operation))
        return console_error(census->console, census->parts->path, "has parts that were made by different commands");
    census->there[index] = true;
    return TOOL_DONE;
}

static int check_complete(const struct census *census)
{
    char named[NAMED_MAX * 22 + 8] = "";
    size_t length = 0;
    uint64_t missing = 0;
    if (census->count == 0)
        return console_error(census->console, census->parts->path, "no part is done");
    for (uint64_t i = 0; i < census->count; i++) {
        if (census->there[i])
            continue;
        if (missing++ < NAMED_MAX)
            length += (size_t)snprintf(named + length, sizeof named - length, " %" PRIu64, i + 1);
    }
    if (missing == 0)
        return TOOL_DONE;
    return console_error(census->console, census->parts->path, "%" PRIu64 " of %" PRIu64 " parts are missing:%s%s",
                         missing, census->count, named, missing > NAMED_MAX ? " ..." : "");
}

static int check_parts(const struct parts *parts, const struct console *console)
{
    struct census census = {.parts = parts, .console = console};
    int result = for_marks(parts, console, count_part, &census);
    if (result == TOOL_DONE)
        result = check_complete(&census);
    free(census.operation);
    free(census.there);
    return result;
}

static int take_mode(const struct parts *parts, const struct console *console, mode_t *mode_ret)
{
    uint64_t size, inode;
    int64_t seconds;
    long nanoseconds;
    unsigned mode;
    char *text = get_file(parts, PLAN);
    bool fine = text && sscanf(text, PLAN_FORM, &size, &seconds, &nanoseconds, &mode, &inode) == 5;
    free(text);
    if (!fine)
        return console_error(console, parts->path, "has no plan");
    *mode_ret = mode & 0777;
    return TOOL_DONE;
}

/* The data becomes the output that output_create() would have made. */
static int adopt(struct parts *parts, const struct console *console, struct output *output)
{
    int length = snprintf(output->temporary, sizeof output->temporary, "%s.parts/" DATA, output->name);
    if (length < 0 || (size_t)length >= sizeof output->temporary)
        return console_usage(console, "%s: the name is too long", output->path);
    output->descriptor = openat(parts->folder, DATA, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    return output->descriptor >= 0 ? TOOL_DONE : fail(parts, console, "cannot open its data");
}

int parts_finish(const struct console *console, const char *out, bool force, bool sync)
{
    struct parts parts = PARTS_NONE;
    struct output output = OUTPUT_NONE;
    mode_t mode = 0;
    int result = set_path(&parts, console, out);
    if (result != TOOL_DONE)
        return result;
    parts.folder = open(parts.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (parts.folder < 0)
        return fail(&parts, console, "cannot open it");
    if (is_finished(&parts)) {
        result = remove_folder(&parts, console);
        parts_close(&parts);
        return result;
    }
    result = output_plan(&output, console, out, NULL, NULL, force);
    if (result == TOOL_DONE)
        result = check_parts(&parts, console);
    if (result == TOOL_DONE)
        result = take_mode(&parts, console, &mode);
    if (result == TOOL_DONE)
        result = adopt(&parts, console, &output);
    if (result == TOOL_DONE)
        result = output_publish(&output, console, mode, sync);
    if (result == TOOL_DONE)
        result = remove_folder(&parts, console);
    /* What was not published stays for the next try. */
    output.temporary[0] = '\0';
    output_discard(&output);
    parts_close(&parts);
    return result;
}
