/* SPDX-License-Identifier: MIT */
/* native: see native.h. */
#include "mmrec/native.h"

#include <stdlib.h>
#include <string.h>

#include "kit/image/fields.h"
#include "kit/os/library.h"
#include "mmrec/compiler.h"

/* Of mmrec's language what headers may have, too, perhaps as something else. */
static const char *const names[] = {"u8",  "i8",  "u16", "i16", "u32",   "i32",  "u64", "i64",
                                    "f16", "f32", "f64", "sat", "clamp", "swap", "eq",  "cmp"};
#define NAMES (sizeof names / sizeof *names)

void native_put_header(struct builder *out, const struct native *native)
{
    for (size_t i = 0; i < NAMES; i++)
        builder_add(out, "#define %s mmrec_header_%s\n", names[i], names[i]);
    builder_add(out, "#include \"%s\"\n", native->header);
    builder_add(out, "typedef %s%s mmrec_native;\n", native->is_tag ? "struct " : "", native->structure);
    for (size_t i = 0; i < NAMES; i++)
        builder_add(out, "#undef %s\n", names[i]);
}

/* memcpy(3) of all bytes: those between members stay. */
void native_put_load(struct builder *out)
{
    builder_put(out, "    mmrec_native mmrec_whole;\n"
                     "    __builtin_memcpy(&mmrec_whole, mmrec_from, sizeof mmrec_whole);\n"
                     "    mmrec_native *const " NATIVE_RECORD " = &mmrec_whole;\n");
}

void native_put_store(struct builder *out)
{
    builder_put(out, "    __builtin_memcpy(mmrec_to, &mmrec_whole, sizeof mmrec_whole);\n");
}

/* Its size, if this is the name of a type that has one. */
static int try_name(const struct native *native, const struct console *console, bool is_silent, size_t *size_ret)
{
    struct builder text = {0};
    struct object object = {0};
    const unsigned long *size = NULL;
    native_put_header(&text, native);
    builder_put(&text, "const unsigned long mmrec_size = sizeof(mmrec_native);\n");
    char *whole = builder_take(&text);
    if (!whole)
        return console_error(console, NULL, "not enough memory");
    int result = compiler_run(console, &(struct compiler_wish){whole, false, is_silent}, &object);
    void *library = result == TOOL_DONE ? library_open_bytes(object.bytes, object.length) : NULL;
    if (result == TOOL_DONE && !(library && library_find(library, "mmrec_size", &size)))
        result = console_error(console, NULL, "cannot load what the compiler made: %s", library_problem());
    *size_ret = result == TOOL_DONE ? *size : 0;
    object_drop(&object);
    free(whole);
    return result;
}

int native_measure(struct native *native, const struct console *console, size_t *size_ret)
{
    if (strpbrk(native->header, "\"\n\\"))
        return console_usage(console, "--include: a name with \" or \\ cannot be included");
    native->is_tag = true;
    int result = try_name(native, console, true, size_ret);
    native->is_tag = result == TOOL_DONE;
    if (result == TOOL_USAGE)
        result = try_name(native, console, false, size_ret);
    if (result == TOOL_DONE && (*size_ret < 1 || *size_ret > FIELDS_RECORD))
        return console_usage(console, "%s: '%s' has %zu bytes; 1 to 1 MiB can be worked on", native->header,
                             native->structure, *size_ret);
    return result;
}
