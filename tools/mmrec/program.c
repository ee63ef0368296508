/* SPDX-License-Identifier: MIT */
/* program: see program.h. */
#include "mmrec/program.h"

#include <stdlib.h>

#include "kit/cli/builder.h"
#include "kit/os/library.h"
#include "mmrec/cache.h"
#include "mmrec/compiler.h"

static bool load(struct program *program, const struct object *object, const struct code *code)
{
    void *library = library_open_bytes(object->bytes, object->length);
    return library && library_find(library, CODE_KEEP, &program->keep) &&
           (code->made ||
            (library_find(library, CODE_RUN, &program->run) && library_find(library, CODE_TRY, &program->attempt))) &&
           (!code->figures || code->by.text || library_find(library, CODE_FOLD, &program->fold)) &&
           (!code->by.text || library_find(library, CODE_GROUP, &program->group)) &&
           (!code->columns || library_find(library, CODE_SHOW, &program->show)) &&
           (!code->key.text || library_find(library, CODE_COMPARE, &program->compare));
}

/* What is to be made, under which key. */
struct order {
    const struct cache *cache;
    const char *text;
    const struct code *code;
};

static int make(struct program *program, const struct console *console, const struct order *order)
{
    const struct cache *cache = order->cache;
    struct object object;
    if (cache_get(cache, &object)) {
        bool fine = load(program, &object, order->code);
        object_drop(&object);
        if (fine) {
            console_explain(console, NULL, "the code was compiled before: %s in the cache", cache->name);
            return TOOL_DONE;
        }
    }
    int result = compiler_run(console, &(struct compiler_wish){order->text, program->divides, false}, &object);
    if (result == TOOL_DONE && !load(program, &object, order->code))
        result = console_error(console, NULL, "cannot load what the compiler made: %s", library_problem());
    if (result == TOOL_DONE) {
        cache_put(cache, &object);
        console_explain(console, NULL, "the code is compiled%s%s", cache->folder < 0 ? ", and not kept: " : "",
                        cache->why);
    }
    object_drop(&object);
    return result;
}

/* All that the object depends on. */
static char *make_key(const char *text, bool divides)
{
    struct builder key = {0};
    char *identity = compiler_identity(divides);
    key.failed = !identity;
    builder_put(&key, identity ? identity : "");
    builder_put(&key, "\n");
    builder_put(&key, text);
    free(identity);
    return builder_take(&key);
}

int program_make(struct program *program, const struct console *console, const struct code *code)
{
    struct cache cache;
    *program = (struct program){.divides = code_divides(code)};
    char *text = code_text(code), *key = text ? make_key(text, program->divides) : NULL;
    int result = TOOL_FAILED;
    if (key) {
        /* What a header has may change, and what it includes. */
        if (code->native)
            cache = (struct cache){.folder = -1, .key = key, .why = "it includes a header"};
        else
            cache_open(&cache, key);
        result = make(program, console, &(struct order){&cache, text, code});
        cache_close(&cache);
    } else {
        console_error(console, NULL, "not enough memory");
    }
    free(key);
    free(text);
    return result;
}
