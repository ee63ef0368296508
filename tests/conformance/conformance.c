/* SPDX-License-Identifier: MIT */
/* conformance.c - the runner, the table from statuses to exceptions, and what the rows share; see conformance.h. */

#include "conformance.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* ---- statuses as exceptions ------------------------------------------------------------------------------------- */

/*
 * The first line that fits counts. A parameter of NULL fits all; theirs of NULL = the same name as ours.
 * UnauthorizedAccess for a view behind the end is what .NET throws; a length out of range is what it means.
 */
static const struct translation {
    conf_at at;
    mmv_status status;
    const char *ours;
    const char *exception;
    const char *theirs;
} translations[] = {
    {CONF_CREATE, MMV_EINVAL, "name", "Argument", "mapName"},
    {CONF_CREATE, MMV_EINVAL, "descriptor", "Argument", "fileStream"},
    {CONF_CREATE, MMV_EINVAL, NULL, "Argument", NULL},
    {CONF_CREATE, MMV_ERANGE, NULL, "ArgumentOutOfRange", NULL},
    {CONF_CREATE, MMV_EACCES, NULL, "UnauthorizedAccess", NULL},
    {CONF_CREATE, MMV_ENOENT, NULL, "FileNotFound", NULL},
    {CONF_CREATE, MMV_EEXIST, NULL, "IOException", NULL},
    {CONF_CREATE, MMV_EKIND, NULL, "NotSupported", NULL},
    {CONF_CREATE, MMV_ENOSPC, NULL, "IOException", NULL},
    {CONF_CREATE, MMV_ENOMEM, NULL, "IOException", NULL},
    {CONF_CREATE, MMV_ENOTSUP, NULL, "PlatformNotSupported", NULL},
    {CONF_VIEW, MMV_EINVAL, NULL, "Argument", NULL},
    {CONF_VIEW, MMV_ERANGE, "offset", "ArgumentOutOfRange", "offset"},
    {CONF_VIEW, MMV_ERANGE, "length", "UnauthorizedAccess", "size"},
    {CONF_VIEW, MMV_EACCES, NULL, "UnauthorizedAccess", NULL},
    {CONF_VIEW, MMV_ENOMEM, NULL, "IOException", NULL},
    {CONF_VIEW, MMV_ENOTSUP, NULL, "IOException", NULL},
    {CONF_VIEW, MMV_ECLOSED, NULL, "ObjectDisposed", NULL},
    {CONF_ACCESS, MMV_EINVAL, NULL, "Argument", NULL},
    {CONF_ACCESS, MMV_ERANGE, "length", "Argument", "position"},
    {CONF_ACCESS, MMV_ERANGE, "position", "ArgumentOutOfRange", "position"},
    {CONF_ACCESS, MMV_EACCES, NULL, "NotSupported", NULL},
    {CONF_ACCESS, MMV_ECLOSED, NULL, "ObjectDisposed", NULL},
    {CONF_STREAM, MMV_EINVAL, NULL, "Argument", NULL},
    {CONF_STREAM, MMV_ERANGE, "length", "NotSupported", NULL},
    {CONF_STREAM, MMV_ERANGE, "offset", "IOException", NULL},
    {CONF_STREAM, MMV_EACCES, NULL, "NotSupported", NULL},
    {CONF_STREAM, MMV_ECLOSED, NULL, "ObjectDisposed", NULL},
    {CONF_LOCK, MMV_EBUSY, NULL, "IOException", NULL},
    {CONF_LOCK, MMV_ENOTSUP, NULL, "PlatformNotSupported", NULL},
};

static bool fits(const struct translation *line, conf_at at, mmv_status status, const char *parameter)
{
    if (line->at != at || line->status != status)
        return false;
    return line->ours == NULL || (parameter && strcmp(line->ours, parameter) == 0);
}

/* What .NET would have thrown: its name into 'exception', its parameter or "" into 'parameter_ret'. */
static const char *exception_of(conf_at at, mmv_status status, const char **parameter_ret)
{
    const char *parameter = status ? mmv_last_error()->parameter : NULL;
    *parameter_ret = "";
    if (status == MMV_OK)
        return "nothing";
    for (size_t i = 0; i < COUNT(translations); i++)
        if (fits(&translations[i], at, status, parameter)) {
            const char *name = translations[i].theirs ? translations[i].theirs : parameter;
            *parameter_ret = name ? name : "";
            return translations[i].exception;
        }
    return "no exception of .NET";
}

/*
 * .NET tells a null and a value out of an enumeration from other bad arguments by classes derived from Argument; the
 * library has one status for the three, and the parameter. So Argument will do for those, but not the other way round.
 */
static bool is_wanted(const char *exception, const char *parameter, const char *wanted)
{
    size_t length = strcspn(wanted, "(");
    bool derived = strcmp(exception, "Argument") == 0 && strncmp(wanted, "Argument", strlen("Argument")) == 0;
    if (!derived && (strlen(exception) != length || strncmp(exception, wanted, length) != 0))
        return false;
    size_t named = strlen(parameter);
    return wanted[length] == '\0' ||
           (strncmp(wanted + length + 1, parameter, named) == 0 && wanted[length + 1 + named] == ')');
}

/* ---- checks ----------------------------------------------------------------------------------------------------- */

static unsigned failures; /* of the present row */
static jmp_buf leave;

static void fail(const char *what, const char *file, int line)
{
    const char *slash = strrchr(file, '/');
    failures++;
    printf("    WRONG %s:%d: %s\n", slash ? slash + 1 : file, line, what);
}

bool conf_throws(conf_at at, mmv_status got, const char *exception, const char *what, const char *file, int line)
{
    char text[512];
    const char *parameter;
    const char *thrown = exception_of(at, got, &parameter);
    if (is_wanted(thrown, parameter, exception))
        return true;
    fail(what, file, line);
    printf("        is \"%s\", that is %s(%s), instead of %s\n", mmv_status_text(got), thrown, parameter, exception);
    mmv_error_format(mmv_last_error(), text, sizeof text);
    printf("        the latest error: %s\n", text);
    return false;
}

bool conf_fine(mmv_status got, const char *what, const char *file, int line)
{
    char text[512];
    if (got == MMV_OK)
        return true;
    fail(what, file, line);
    mmv_error_format(mmv_last_error(), text, sizeof text);
    printf("        fails: \"%s\": %s\n", mmv_status_text(got), text);
    return false;
}

bool conf_holds(bool condition, const char *what, const char *file, int line)
{
    if (!condition)
        fail(what, file, line);
    return condition;
}

void conf_give_up(void)
{
    longjmp(leave, 1);
}

void conf_note(const char *text)
{
    printf("    note: %s\n", text);
}

/* ---- the runner ------------------------------------------------------------------------------------------------- */

static const char *const kinds[] = {"ok", "differs", "not here"};

/* Whether the row is as it says. */
static bool run_row(const conf_suite *suite, const conf_row *row)
{
    failures = 0;
    if (row->run && setjmp(leave) == 0)
        row->run();
    printf("%-8s %s.%s\n", failures ? "FAILED" : kinds[row->kind], suite->name, row->name);
    if (row->text)
        printf("         %s\n", row->text);
    fflush(stdout);
    return failures == 0;
}

int conf_run(const conf_suite *const *suites, size_t count)
{
    unsigned counts[COUNT(kinds)] = {0};
    unsigned failed = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < suites[i]->count; k++) {
            const conf_row *row = &suites[i]->rows[k];
            if (run_row(suites[i], row))
                counts[row->kind]++;
            else
                failed++;
        }
    printf("%u ok, %u differ, %u not here, %u failed\n", counts[CONF_SAME], counts[CONF_DIFFERS], counts[CONF_NOT_HERE],
           failed);
    return failed > 0;
}

/* ---- maps and views --------------------------------------------------------------------------------------------- */

static const mmv_access views[] = {
    MMV_READ, MMV_WRITE, MMV_READ_WRITE, MMV_COPY_ON_WRITE, MMV_READ | MMV_EXECUTE, MMV_READ_WRITE | MMV_EXECUTE,
};

/* A map's access, and which of 'views' it allows. */
static const struct {
    mmv_access map;
    const char *cells;
} matrix[] = {
    {MMV_READ, "+--+--"},
    {MMV_READ_WRITE, "++++--"},
    {MMV_COPY_ON_WRITE, "+--+--"},
    {MMV_READ | MMV_EXECUTE, "+--++-"},
    {MMV_READ_WRITE | MMV_EXECUTE, "++++++"},
};

bool conf_allows(mmv_access map, mmv_access view)
{
    for (size_t i = 0; i < COUNT(matrix); i++)
        for (size_t k = 0; k < COUNT(views); k++)
            if (matrix[i].map == map && views[k] == view)
                return matrix[i].cells[k] == '+';
    return false;
}

bool conf_may_execute(const mmv_map *map)
{
    void *page = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, mmv_map_descriptor(map), 0);
    if (page == MAP_FAILED)
        return false;
    munmap(page, 1);
    return true;
}

static void check_cell(mmv_map *map, mmv_access access)
{
    mmv_view view;
    mmv_stream stream;
    if (!conf_allows(mmv_map_access(map), access)) {
        THROWS(CONF_VIEW, mmv_view_open_as(map, access, 0, 0, &view), "UnauthorizedAccess");
        THROWS(CONF_VIEW, mmv_stream_open(map, access, 0, 0, &stream), "UnauthorizedAccess");
        return;
    }
    view = conf_view(map, access, 0, 0);
    HOLDS(view.length == mmv_map_capacity(map));
    mmv_view_close(&view);
    stream = conf_stream_of(map, access, 0, 0);
    mmv_stream_close(&stream);
}

void conf_check_matrix(mmv_map *map)
{
    bool executes = conf_may_execute(map);
    if (!executes)
        conf_note("the file system forbids to execute: such views are not looked at");
    for (size_t i = 0; i < COUNT(views); i++)
        if (executes || !(views[i] & MMV_EXECUTE))
            check_cell(map, views[i]);
}

mmv_map *conf_memory(uint64_t capacity, mmv_access access)
{
    mmv_map *map;
    NEED(mmv_map_create_unnamed(capacity, access, NULL, &map));
    return map;
}

mmv_status conf_open_with(const char *path, mmv_access access, mmv_open_mode mode, uint64_t capacity, mmv_map **map_ret)
{
    return mmv_map_open_with(path, access, &(mmv_map_options){.mode = mode, .capacity = capacity}, map_ret);
}

mmv_map *conf_open(const char *path, mmv_access access, mmv_open_mode mode, uint64_t capacity)
{
    mmv_map *map;
    NEED(conf_open_with(path, access, mode, capacity, &map));
    return map;
}

int conf_descriptor(const char *path, int flags)
{
    int descriptor = open(path, flags | O_CLOEXEC);
    MUST(descriptor >= 0);
    return descriptor;
}

mmv_map *conf_named(const char *name, mmv_access access, mmv_open_mode mode, uint64_t capacity)
{
    mmv_map *map;
    mmv_shared_options options = conf_options(mode, capacity);
    NEED(mmv_map_open_named(name, access, &options, &map));
    return map;
}

mmv_view conf_view(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length)
{
    mmv_view view;
    NEED(mmv_view_open_as(map, access, offset, length, &view));
    return view;
}

mmv_stream conf_stream_of(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length)
{
    mmv_stream stream;
    NEED(mmv_stream_open(map, access, offset, length, &stream));
    return stream;
}

const char *conf_file(const char *name, uint64_t size)
{
    const char *path = scratch(name);
    /* A file that an earlier row made unwritable must not stay. */
    unlink(path);
    file_sparse(path, size);
    return path;
}

uint8_t conf_byte(const mmv_view *view, size_t at)
{
    return ((const uint8_t *)view->data)[at];
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

const char *conf_name(const char *name)
{
    static char names[16][MMV_NAME_MAX + 1];
    static unsigned next;
    char *text = names[next++ % COUNT(names)];
    snprintf(text, sizeof names[0], "conformance-%ld-%s", (long)getpid(), name);
    return text;
}

void conf_forget(const char *name)
{
    if (MMV_POSIX_ONLY)
        mmv_shared_remove(name);
}

mmv_shared_options conf_options(mmv_open_mode mode, uint64_t capacity)
{
    return (mmv_shared_options){.mode = mode, .capacity = capacity, .persist = MMV_POSIX_ONLY};
}

/* ---- validation ------------------------------------------------------------------------------------------------- */

static void validate_byte(const mmv_view *view, mmv_access access, size_t at)
{
    uint8_t byte = 1;
    HOLDS(conf_byte(view, at) == 0);
    if (access == MMV_WRITE)
        THROWS(CONF_ACCESS, mmv_view_read_uint8(view, at, &byte), "NotSupported");
    else
        HOLDS(mmv_view_read_uint8(view, at, &byte) == MMV_OK && byte == 0);
    if (access == MMV_READ) {
        THROWS(CONF_ACCESS, mmv_view_write_uint8(view, at, 42), "NotSupported");
        return;
    }
    FINE(mmv_view_write_uint8(view, at, 42));
    HOLDS(conf_byte(view, at) == 42);
    FINE(mmv_view_write_uint8(view, at, 0));
}

void conf_validate_view(const mmv_view *view, mmv_access access)
{
    validate_byte(view, access & ~MMV_EXECUTE, 0);
    validate_byte(view, access & ~MMV_EXECUTE, view->length - 1);
    HOLDS(mmv_view_span(view, 0, view->length) == view->data);
    HOLDS(mmv_view_span(view, 0, view->length + 1) == NULL);
}

static void validate_stream_byte(mmv_stream *stream, mmv_access access, uint64_t at)
{
    size_t done;
    uint64_t where;
    uint8_t byte = 1;
    FINE(mmv_stream_seek(stream, (int64_t)at, MMV_FROM_START, &where));
    HOLDS(where == at && stream->position == at);
    if (access == MMV_WRITE)
        THROWS(CONF_STREAM, mmv_stream_read(stream, &byte, 1, &done), "NotSupported");
    else
        HOLDS(mmv_stream_read(stream, &byte, 1, &done) == MMV_OK && done == 1 && byte == 0 &&
              stream->position == at + 1);
    stream->position = at;
    byte = 42;
    if (access == MMV_READ) {
        THROWS(CONF_STREAM, mmv_stream_write(stream, &byte, 1), "NotSupported");
        return;
    }
    FINE(mmv_stream_write(stream, &byte, 1));
    HOLDS(conf_byte(&stream->view, (size_t)at) == 42 && stream->position == at + 1);
    stream->position = at;
    byte = 0;
    FINE(mmv_stream_write(stream, &byte, 1));
}

void conf_validate_stream(mmv_stream *stream, mmv_access access)
{
    validate_stream_byte(stream, access & ~MMV_EXECUTE, 0);
    validate_stream_byte(stream, access & ~MMV_EXECUTE, stream->view.length - 1);
    FINE(mmv_stream_seek(stream, 0, MMV_FROM_START, NULL));
}

void conf_validate(mmv_map *map, uint64_t capacity)
{
    static const mmv_access tried[] = {MMV_READ, MMV_WRITE, MMV_READ_WRITE};
    int descriptor = mmv_map_descriptor(map);
    HOLDS(fcntl(descriptor, F_GETFD) >= 0 && mmv_map_descriptor(map) == descriptor);
    HOLDS(mmv_map_capacity(map) == capacity);
    for (size_t i = 0; i < COUNT(tried); i++) {
        if (!conf_allows(mmv_map_access(map), tried[i]))
            continue;
        mmv_view view = conf_view(map, tried[i], 0, capacity);
        mmv_stream stream = conf_stream_of(map, tried[i], 0, capacity);
        HOLDS(view.length == capacity && view.offset == 0 && stream.view.length == capacity);
        conf_validate_view(&view, tried[i]);
        conf_validate_stream(&stream, tried[i]);
        mmv_view_close(&view);
        mmv_stream_close(&stream);
    }
}

void conf_each_map(uint64_t capacity, mmv_access access, void (*fn)(mmv_map *map))
{
    const char *name = conf_name("each");
    mmv_map *map = conf_memory(capacity, access);
    fn(map);
    mmv_map_close(&map);
    map = conf_open(conf_file("each", capacity), access, MMV_OPEN_EXISTING, 0);
    fn(map);
    mmv_map_close(&map);
    map = conf_named(name, access, MMV_CREATE_NEW, capacity);
    fn(map);
    mmv_map_close(&map);
    conf_forget(name);
}

/* ---- other processes -------------------------------------------------------------------------------------------- */

static void be_nobody(void)
{
    MUST(setresgid(NOBODY, NOBODY, NOBODY) == 0);
    MUST(setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

static void run_child(void (*fn)(void *user), void *user, bool nobody)
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        failures = 0;
        if (setjmp(leave) == 0) {
            if (nobody)
                be_nobody();
            fn(user);
        }
        fflush(stdout);
        _exit(failures > 0);
    }
    MUST(waitpid(pid, &status, 0) == pid);
    HOLDS(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void conf_in_child(void (*fn)(void *user), void *user)
{
    run_child(fn, user, false);
}

/* Others may come into the scratch directory, then. */
void conf_as_nobody(void (*fn)(void *user), void *user)
{
    if (geteuid() == 0)
        MUST(chmod(scratch("."), 0755) == 0);
    run_child(fn, user, geteuid() == 0);
}
