/* SPDX-License-Identifier: MIT */
/*
 * compiler: see compiler.h.
 *
 *     $CC or cc  -c code.c -o code.o     -fsanitize makes calls of functions that the text has itself: see language.c
 *     $CC or cc  -shared code.o          so the sanitizer's library is not linked, and need not be there
 */
#include "mmrec/compiler.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/builder.h"
#include "kit/os/folder.h"
#include "kit/os/machine.h"
#include "kit/os/process.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WORDS_MOST 64

/*
 * The same values on every machine; vectors of what this one has. Those of 64-bit ARM are in each of these processors,
 * and clang 14 knows no native there.
 */
static const char *const common[] = {"-x", "c", "-std=gnu17", "-O3", "-ffp-contract=off", "-fno-math-errno",
                                     "-fno-trapping-math", "-fPIC", "-fsigned-char",
#if defined(__powerpc__)
                                     "-mcpu=native",
#elif defined(__x86_64__) || defined(__i386__) || defined(__arm__)
                                     "-march=native",
#endif
#if defined(__i386__)
                                     "-m32", "-msse2", "-mfpmath=sse",
#endif
#if defined(_WIN32)
                                     /* The stack of 64-bit Windows is aligned for 16 bytes; gcc thinks of 32. */
                                     "-Wa,-muse-unaligned-vector-move",
#endif
                                     "-iquote", ".", "-Werror=implicit-function-declaration", "-Werror=int-conversion",
                                     "-Werror=incompatible-pointer-types", "-c"};
/* Types that nothing uses are told of, too. */
static const char *const describing[] = {
    "-x",   "c",       "-std=gnu17", "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-fPIC",
#if defined(__i386__)
    "-m32",
#endif
    "-c",   "-include"};
static const char *const wrapping[] = {"-fwrapv"};
static const char *const dividing[] = {"-fsanitize=integer-divide-by-zero,signed-integer-overflow",
                                       "-fno-sanitize-recover=integer-divide-by-zero"};
#if defined(__i386__)
static const char *const linking[] = {"-m32", "-shared"};
#else
static const char *const linking[] = {"-shared"};
#endif

/* A command: the compiler's words, which CC may have several of, and arguments. */
struct command_line {
    char *copy; /* of CC, cut into words */
    char *words[WORDS_MOST + 1];
    size_t count;
    bool is_silent;
};

static void add(struct command_line *line, const char *word)
{
    if (line->count < WORDS_MOST)
        line->words[line->count++] = (char *)(uintptr_t)word;
    line->words[line->count] = NULL;
}

static void add_all(struct command_line *line, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(line, words[i]);
}

static bool begin(struct command_line *line)
{
    const char *named = getenv("CC");
    bool is_named = named && strspn(named, " \t") < strlen(named);
    *line = (struct command_line){.copy = strdup(is_named ? named : process_compiler())};
    if (!line->copy)
        return false;
    char *rest;
    for (char *word = strtok_r(line->copy, " \t", &rest); word && line->count < WORDS_MOST / 2;
         word = strtok_r(NULL, " \t", &rest))
        add(line, word);
    return true;
}

static void add_compiling(struct command_line *line, bool divides)
{
    add_all(line, common, COUNT(common));
    if (divides)
        add_all(line, dividing, COUNT(dividing));
    else
        add_all(line, wrapping, COUNT(wrapping));
}

void object_drop(struct object *object)
{
    free(object->bytes);
    *object = (struct object){0};
}

/* Which file a word of CC is: "ccache gcc" are two. */
static void put_program(struct builder *out, const char *word)
{
    char path[PATH_MAX];
    struct file_facts facts;
    if (word[0] != '-' && process_find(word, path, sizeof path) && file_look_at(path, true, &facts) == 0)
        builder_add(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 ".%" PRIu32 "\n", facts.device, facts.inode,
                    facts.size, facts.modified, facts.modified_ns);
}

/* Where compilers look for headers, libraries and programs of their own. */
static void put_environment(struct builder *out)
{
    static const char *const names[] = {"CPATH", "C_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "LIBRARY_PATH"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = getenv(names[i]);
        builder_put(out, value ? value : "");
        builder_put(out, "\n");
    }
}

char *compiler_identity(bool divides)
{
    struct builder out = {0};
    struct command_line line;
    char processor[8192];
    if (!begin(&line))
        return NULL;
    for (size_t i = 0; i < line.count; i++)
        put_program(&out, line.words[i]);
    put_environment(&out);
    add_compiling(&line, divides);
    for (size_t i = 0; i < line.count; i++) {
        builder_put(&out, line.words[i]);
        builder_put(&out, " ");
    }
    machine_processor(processor, sizeof processor);
    builder_put(&out, processor);
    free(line.copy);
    return builder_take(&out);
}

/* ---- a folder of its own ----------------------------------------------------------------------------------------- */

struct place {
    char path[PATH_MAX];
    int folder; /* -1 = not open */
};

static const char *const files[] = {"code.c", "code.o", "code.so"};

static int make_place(const struct console *console, struct place *place)
{
    char temporary[PATH_MAX];
    int error = process_temporary(temporary) ? EEXIST : ENAMETOOLONG;
    place->folder = -1;
    place->path[0] = '\0';
    for (int tries = 0; tries < 16 && error == EEXIST; tries++) {
        int length = snprintf(place->path, sizeof place->path, "%s/mmrec-%016" PRIx64, temporary, machine_random());
        error = length + 16 < (int)sizeof place->path ? folder_make(place->path, 0700) : ENAMETOOLONG;
    }
    if (error == 0)
        error = folder_open(place->path, false, &place->folder);
    return error == 0 ? TOOL_DONE
                      : console_error(console, place->path, "cannot make a temporary folder: %s", strerror(error));
}

static void remove_place(struct place *place)
{
    if (place->folder < 0)
        return;
    for (size_t i = 0; i < COUNT(files); i++)
        folder_remove_file(place->folder, files[i]);
    file_close(place->folder);
    folder_remove(place->path);
    place->folder = -1;
}

static int write_text(const struct console *console, const struct place *place, const char *text)
{
    int descriptor;
    int error = folder_create_file(place->folder, files[0], 0600, &descriptor);
    if (error == 0) {
        error = file_write(descriptor, text, strlen(text));
        file_close(descriptor);
    }
    return error == 0 ? TOOL_DONE : console_error(console, place->path, "cannot write to it: %s", strerror(error));
}

static int read_object(const struct console *console, const struct place *place, struct object *object)
{
    int descriptor;
    struct file_facts facts = {0};
    size_t done = 0;
    int error = folder_open_file(place->folder, files[2], FILE_READ, &descriptor);
    if (error != 0)
        return console_error(console, place->path, "the compiler left nothing there: %s", strerror(error));
    error = file_look(descriptor, &facts);
    object->bytes = malloc(facts.size ? (size_t)facts.size : 1);
    if (error == 0 && object->bytes)
        error = file_read(descriptor, object->bytes, (size_t)facts.size, &done);
    object->length = done;
    file_close(descriptor);
    bool fine = error == 0 && object->bytes && done == facts.size;
    return fine ? TOOL_DONE : console_error(console, place->path, "cannot read what the compiler made");
}

/* ---- the compiler ------------------------------------------------------------------------------------------------ */

static int explain(const struct console *console, const char *name, int error, int status)
{
    if (status == 127)
        return console_error(
            console, NULL,
            "there is no C compiler called '%s'. Install one (Debian: apt install gcc libc6-dev, "
            "Fedora: dnf install gcc glibc-devel, Windows: MSYS2's mingw-w64-x86_64-gcc), or name it in CC",
            name);
    if (error != 0)
        return console_error(console, NULL, "cannot run the C compiler '%s': %s", name, strerror(error));
    if (status > 128)
        return console_error(console, NULL, "the C compiler '%s' was ended by signal %d", name, status - 128);
    return TOOL_USAGE;
}

/* 'from' and 'to' are in the folder. */
static int run(const struct console *console, struct command_line *line, const struct place *place, const char *from,
               const char *to)
{
    char input[PATH_MAX + 16], output[PATH_MAX + 16];
    int status;
    snprintf(input, sizeof input, "%s/%s", place->path, from);
    snprintf(output, sizeof output, "%s/%s", place->path, to);
    add(line, "-o");
    add(line, output);
    add(line, input);
    const struct process process = {.words = line->words, .input = -1, .output = -1, .is_silent = line->is_silent};
    int error = process_run(&process, &status);
    return error == 0 && status == 0 ? TOOL_DONE : explain(console, line->words[0], error, status);
}

static int compile(const struct console *console, const struct place *place, const struct compiler_wish *wish)
{
    struct command_line line;
    if (!begin(&line))
        return console_error(console, NULL, "not enough memory");
    line.is_silent = wish->is_silent;
    add_compiling(&line, wish->divides);
    int result = run(console, &line, place, files[0], files[1]);
    free(line.copy);
    if (result == TOOL_USAGE && !wish->is_silent)
        console_usage(console, "the compiler refuses the code, see above");
    return result;
}

static int describe(const struct console *console, const struct place *place, const char *header)
{
    struct command_line line;
    if (!begin(&line))
        return console_error(console, NULL, "not enough memory");
    add_all(&line, describing, COUNT(describing));
    add(&line, header);
    int result = run(console, &line, place, files[0], files[1]);
    free(line.copy);
    if (result == TOOL_USAGE)
        console_usage(console, "the compiler refuses %s, see above", header);
    return result;
}

static int link_object(const struct console *console, const struct place *place)
{
    struct command_line line;
    if (!begin(&line))
        return console_error(console, NULL, "not enough memory");
    add_all(&line, linking, COUNT(linking));
    int result = run(console, &line, place, files[1], files[2]);
    free(line.copy);
    return result == TOOL_USAGE ? console_error(console, NULL, "the linker fails, see above") : result;
}

int compiler_run(const struct console *console, const struct compiler_wish *wish, struct object *object_ret)
{
    struct place place;
    *object_ret = (struct object){0};
    int result = make_place(console, &place);
    if (result == TOOL_DONE)
        result = write_text(console, &place, wish->text);
    if (result == TOOL_DONE)
        result = compile(console, &place, wish);
    if (result == TOOL_DONE)
        result = link_object(console, &place);
    if (result == TOOL_DONE)
        result = read_object(console, &place, object_ret);
    remove_place(&place);
    return result;
}

int compiler_describe(const struct console *console, const char *header, struct object *object_ret)
{
    struct place place;
    *object_ret = (struct object){0};
    int result = make_place(console, &place);
    if (result == TOOL_DONE)
        result = write_text(console, &place, "extern int mmrec_nothing;\n");
    if (result == TOOL_DONE)
        result = describe(console, &place, header);
    if (result == TOOL_DONE)
        result = link_object(console, &place);
    if (result == TOOL_DONE)
        result = read_object(console, &place, object_ret);
    remove_place(&place);
    return result;
}
