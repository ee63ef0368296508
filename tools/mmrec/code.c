/* SPDX-License-Identifier: MIT */
/*
 * code: see code.h. The file is this, for the field 'u32be id' and the code 'id++':
 *
 *     language.c                                            what the code may use
 *     #undef id                                             in case a header has a macro of this name
 *     int mmrec_where(const u8 *from, u64 index)            the same with EXPRESSION, whose fields are constant
 *     int mmrec_record(const u8 *from, u8 *to, u64 index)
 *         if (!mmrec_where(from, index)) return 0;
 *         mmrec_u32 id = mmrec_get_u32x(from + 0);          each field that is mentioned
 *         do { id++ } while (0);                            'break' ends it
 *         mmrec_put_u32x(to + 0, id);
 *     int mmrec_run(...)                                    loops over records
 */
#include "mmrec/code.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmrec/code_put.h"
#include "mmrec/language.h"

static size_t count_figures(const struct code *code)
{
    return code->figures ? code->figures->count : 0;
}

static size_t count_columns(const struct code *code)
{
    return code->columns ? code->columns->count : 0;
}

static struct words column_words(const struct code *code, size_t column)
{
    return (struct words){"--print", code->columns->texts[column]};
}

bool code_mentions(const struct code *code, const char *name)
{
    bool does = (code->where.text && words_mention(&code->where, name)) ||
                (code->change.text && words_mention(&code->change, name)) ||
                (code->key.text && words_mention(&code->key, name)) ||
                (code->by.text && words_mention(&code->by, name));
    for (size_t i = 0; i < count_figures(code) && !does; i++) {
        const struct words words = code_figure_words(code, i);
        does = words.text && words_mention(&words, name);
    }
    for (size_t i = 0; i < count_columns(code) && !does; i++) {
        const struct words words = column_words(code, i);
        does = words_mention(&words, name);
    }
    return does;
}

bool code_divides(const struct code *code)
{
    bool does = (code->where.text && words_divide(&code->where)) ||
                (code->change.text && words_divide(&code->change)) || (code->by.text && words_divide(&code->by));
    for (size_t i = 0; i < count_figures(code) && !does; i++) {
        const struct words words = code_figure_words(code, i);
        does = words.text && words_divide(&words);
    }
    for (size_t i = 0; i < count_columns(code) && !does; i++) {
        const struct words words = column_words(code, i);
        does = words_divide(&words);
    }
    return does;
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static bool check_names(const struct fields *fields, const struct console *console, const char *option)
{
    for (size_t i = 0; i < fields->count; i++) {
        const char *name = fields->list[i].name;
        if (words_are_reserved(name)) {
            console_usage(console, "--%s: a field cannot be called '%s': that is a word of C or of the tool", option,
                          name);
            return false;
        }
        for (size_t j = 0; j < i; j++)
            if (strcmp(fields->list[j].name, name) == 0) {
                console_usage(console, "--%s: two fields are called '%s'", option, name);
                return false;
            }
    }
    return true;
}

static const struct field *find(const struct fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->list[i].name, name) == 0)
            return &fields->list[i];
    return NULL;
}

/* What is taken over must have as many elements on both sides. */
static bool check_made(const struct code *code, const struct console *console)
{
    for (size_t i = 0; code->made && i < code->made->count; i++) {
        const struct field *to = &code->made->list[i], *from = find(code->fields, to->name);
        if (from && (from->is_array != to->is_array || from->elements != to->elements)) {
            console_usage(console, "--map: '%s' has another number of elements than in --record", to->name);
            return false;
        }
    }
    return !code->made || check_names(code->made, console, "map");
}

bool code_check(const struct code *code, const struct console *console)
{
    return check_names(code->fields, console, "record") && check_made(code, console) &&
           (!code->where.text || words_check(&code->where, console)) &&
           (!code->change.text || words_check(&code->change, console)) &&
           (!code->by.text || words_check(&code->by, console));
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* "u32", without the byte order. */
static const char *kind_name(const struct field *field, char text[8])
{
    if (field->kind != FIELD_NUMBER)
        return field->kind == FIELD_BOOL ? "bool" : "char";
    snprintf(text, 8, "%s", mmi_type_name(field->type));
    if (mmi_type_size(field->type) > 1)
        text[strlen(text) - 2] = '\0';
    return text;
}

const char *code_type(const struct field *field)
{
    if (field->kind != FIELD_NUMBER)
        return field->kind == FIELD_BOOL ? "bool" : "char";
    return mmi_type_name(field->type);
}

void code_put_list(struct builder *out, const char *const *texts)
{
    for (; *texts; texts++)
        builder_put(out, *texts);
}

/* Of the access functions' names: another byte order than this machine's, and a highest bit that is turned over. */
static const char *order(const struct field *field)
{
    bool other = field->kind == FIELD_NUMBER && mmi_type_size(field->type) > 1 && !mmi_type_is_native(field->type);
    return field->is_shifted ? other ? "xo" : "o" : other ? "x" : "";
}

/* An element of an array that is not to change can be assigned to, to no effect. */
static void put_load(struct builder *out, const struct field *field, bool constant)
{
    char buffer[8];
    const char *kind = kind_name(field, buffer);
    size_t size = field_element(field);
    if (field->is_array)
        builder_add(out,
                    "    mmrec_%s %s[%" PRIu32 "];\n    for (mmrec_size mmrec_i = 0; mmrec_i < %" PRIu32
                    "; mmrec_i++)\n        %s[mmrec_i] = mmrec_get_%s%s(mmrec_from + %" PRIu32 " + mmrec_i * %zu);\n",
                    kind, field->name, field->elements, field->elements, field->name, kind, order(field), field->offset,
                    size);
    else
        builder_add(out, "    %smmrec_%s %s = mmrec_get_%s%s(mmrec_from + %" PRIu32 ");\n", constant ? "const " : "",
                    kind, field->name, kind, order(field), field->offset);
}

static void put_store(struct builder *out, const struct field *field)
{
    char buffer[8];
    const char *kind = kind_name(field, buffer);
    size_t size = field_element(field);
    if (field->is_array)
        builder_add(out,
                    "    for (mmrec_size mmrec_i = 0; mmrec_i < %" PRIu32
                    "; mmrec_i++)\n        mmrec_put_%s%s(mmrec_to + %" PRIu32 " + mmrec_i * %zu, %s[mmrec_i]);\n",
                    field->elements, kind, order(field), field->offset, size, field->name);
    else
        builder_add(out, "    mmrec_put_%s%s(mmrec_to + %" PRIu32 ", %s);\n", kind, order(field), field->offset,
                    field->name);
}

void code_put_words(struct builder *out, const struct words *words)
{
    builder_add(out, "\n#line 1 \"%s\"\n", words->option);
    builder_put(out, words->text);
    builder_put(out, "\n#line 1 \"mmrec\"\n");
}

/* A bit field of a struct has no type of its own, but the value of a comma has one. */
void code_put_value(struct builder *out, const struct code *code, const char *name)
{
    builder_add(out, "    const __auto_type %s = (%s", name, code->native ? "(void)0, " : "");
}

void code_put_loads(struct builder *out, const struct code *code, const struct words *words, bool constant)
{
    const struct fields *fields = code->fields;
    for (size_t i = 0; i < fields->count; i++)
        if (words_mention(words, fields->list[i].name))
            put_load(out, &fields->list[i], constant);
    if (code->native && words_mention(words, NATIVE_RECORD))
        native_put_load(out);
}

/* A function of its own: it cannot change what the other code sees. */
static void put_where(struct builder *out, const struct code *code)
{
    builder_put(out, "MMREC_INLINE int mmrec_where(const mmrec_u8 *mmrec_from, const mmrec_u64 index)\n{\n"
                     "    (void)mmrec_from, (void)index;\n");
    code_put_loads(out, code, &code->where, true);
    builder_put(out, "    return (");
    code_put_words(out, &code->where);
    builder_put(out, ") ? 1 : 0;\n}\n");
}

static void put_change(struct builder *out, const struct code *code)
{
    const struct fields *fields = code->fields;
    code_put_loads(out, code, &code->change, false);
    builder_put(out, "    do {");
    code_put_words(out, &code->change);
    builder_put(out, ";} while (0);\n");
    if (code->native && words_mention(&code->change, NATIVE_RECORD))
        native_put_store(out);
    for (size_t i = 0; i < fields->count; i++)
        if (words_mention(&code->change, fields->list[i].name))
            put_store(out, &fields->list[i]);
}

/* A header may have macros of these names. */
static void put_names(struct builder *out, const struct code *code)
{
    const struct fields *fields = code->fields;
    for (size_t i = 0; i < fields->count; i++)
        if (code_mentions(code, fields->list[i].name))
            builder_add(out, "#undef %s\n", fields->list[i].name);
    for (size_t i = 0; code->made && i < code->made->count; i++)
        builder_add(out, "#undef %s\n", code->made->list[i].name);
}

/* Where a field of another record is made, whose value comes from this one, or is 0 until the code sets it. */
static void put_made(struct builder *out, const struct code *code)
{
    char kind[8];
    const struct fields *fields = code->fields, *made = code->made;
    for (size_t i = 0; i < fields->count; i++) {
        const char *name = fields->list[i].name;
        if (find(made, name) || (code->change.text && words_mention(&code->change, name)))
            put_load(out, &fields->list[i], false);
    }
    if (code->native && code->change.text && words_mention(&code->change, NATIVE_RECORD))
        native_put_load(out);
    for (size_t i = 0; i < made->count; i++) {
        const struct field *field = &made->list[i];
        if (find(fields, field->name))
            continue;
        builder_add(out, "    mmrec_%s %s", kind_name(field, kind), field->name);
        if (field->is_array)
            builder_add(out, "[%" PRIu32 "]", field->elements);
        builder_put(out, " = {0};\n");
    }
}

static void put_map(struct builder *out, const struct code *code)
{
    const struct fields *made = code->made;
    builder_add(out, "enum { mmrec_made = %zu };\n", made->size);
    builder_put(out, "MMREC_INLINE int mmrec_map(const mmrec_u8 *mmrec_from, mmrec_u8 *mmrec_to, const mmrec_u64 "
                     "index)\n{\n    (void)mmrec_from, (void)index;\n");
    if (code->where.text)
        builder_put(out, "    if (!mmrec_where(mmrec_from, index))\n        return 0;\n");
    builder_put(out, "    __builtin_memset(mmrec_to, 0, mmrec_made);\n");
    put_made(out, code);
    if (code->change.text) {
        builder_put(out, "    do {");
        code_put_words(out, &code->change);
        builder_put(out, ";} while (0);\n");
    }
    for (size_t i = 0; i < made->count; i++)
        put_store(out, &made->list[i]);
    builder_put(out, "    return 1;\n}\n");
}

/* Says whether the record is one of --where. */
static void put_record(struct builder *out, const struct code *code)
{
    builder_put(out, "MMREC_INLINE int mmrec_record(const mmrec_u8 *mmrec_from, mmrec_u8 *mmrec_to, const mmrec_u64 "
                     "index)\n{\n    (void)mmrec_from, (void)mmrec_to, (void)index;\n");
    if (code->where.text)
        builder_put(out, "    if (!mmrec_where(mmrec_from, index))\n        return 0;\n");
    if (code->change.text)
        put_change(out, code);
    builder_put(out, "    return 1;\n}\n");
}

void code_put_loop(struct builder *out, const struct code_loop *loop)
{
    builder_put(out, loop->head);
    builder_put(out, "\n{\n");
    if (loop->before)
        builder_put(out, loop->before);
    if (loop->divides)
        builder_put(out, "    struct mmrec_guard guard = {.index = first};\n"
                         "    mmrec_guard = &guard;\n"
                         "    if (setjmp(guard.out)) { *bad = guard.index; return 1; }\n");
    else
        builder_put(out, "    (void)bad;\n");
    builder_put(out, "    for (mmrec_size i = 0; i < count; i++) {\n");
    if (loop->divides)
        builder_put(out, "        guard.index = first + i;\n");
    builder_put(out, loop->body);
    builder_put(out, "    }\n");
    if (loop->then)
        builder_put(out, loop->then);
    builder_put(out, "    return 0;\n}\n");
}

static void put_compare(struct builder *out, const struct code *code)
{
    builder_put(out,
                "int mmrec_compare(const mmrec_u8 *mmrec_from);\nint mmrec_compare(const mmrec_u8 *mmrec_from)\n{\n"
                "    (void)mmrec_from;\n");
    code_put_loads(out, code, &code->key, true);
    code_put_value(out, code, "mmrec_key");
    code_put_words(out, &code->key);
    builder_put(out, ");\n    const __auto_type mmrec_value = (");
    code_put_words(out, &code->value);
    builder_put(out, ");\n    return (mmrec_key > mmrec_value) - (mmrec_key < mmrec_value);\n}\n");
}

/* The bytes of a text are shown where they lie. */
static void put_text(struct builder *out, const struct field *field)
{
    builder_add(out, "    mmrec_cell_t(mmrec_cell, mmrec_from + %" PRIu32 ", %" PRIu32 ");\n}\n", field->offset,
                field->elements);
}

static void put_column(struct builder *out, const struct code *code, size_t number)
{
    const struct words words = column_words(code, number);
    const struct field *alone = find(code->fields, words.text);
    builder_add(out,
                "MMREC_INLINE void mmrec_column%zu(const mmrec_u8 *mmrec_from, const mmrec_u64 index, struct "
                "mmrec_cell *mmrec_cell)\n{\n    (void)mmrec_from, (void)index;\n",
                number);
    if (alone && alone->kind == FIELD_TEXT && alone->is_array) {
        put_text(out, alone);
        return;
    }
    code_put_loads(out, code, &words, true);
    code_put_value(out, code, "mmrec_x");
    code_put_words(out, &words);
    builder_put(out, ");\n    MMREC_CELL(mmrec_cell, mmrec_x);\n}\n");
}

static void put_show(struct builder *out, const struct code *code)
{
    struct builder body = {0};
    code_put_list(out, language_show);
    for (size_t i = 0; i < count_columns(code); i++)
        put_column(out, code, i);
    if (code->where.text)
        builder_put(&body, "        if (!mmrec_where(at + i * mmrec_bytes, first + i))\n            continue;\n");
    builder_add(&body, "        struct mmrec_cell *cells = rows->cells + rows->count * %zu;\n", count_columns(code));
    for (size_t i = 0; i < count_columns(code); i++)
        builder_add(&body, "        mmrec_column%zu(at + i * mmrec_bytes, first + i, cells + %zu);\n", i, i);
    builder_put(&body, "        rows->numbers[rows->count++] = first + i;\n");
    const struct code_loop loop = {
        .head = "int mmrec_show(const mmrec_u8 *at, mmrec_size count, mmrec_u64 first, struct mmrec_rows *rows, "
                "mmrec_u64 *bad);\n"
                "int mmrec_show(const mmrec_u8 *at, mmrec_size count, mmrec_u64 first, struct mmrec_rows *rows, "
                "mmrec_u64 *bad)",
        .body = body.failed ? "" : body.bytes,
        .divides = code_divides(code)};
    code_put_loop(out, &loop);
    out->failed = out->failed || body.failed;
    free(body.bytes);
}

/* The place of the next one moves on in a register: counted in memory, each record would wait for the one before. */
static void put_keep(struct builder *out, const struct code *code, bool divides)
{
    const struct code_loop loop = {
        .head = "int mmrec_keep(const mmrec_u8 *at, mmrec_u8 *kept, mmrec_size count, mmrec_u64 first, mmrec_size *n, "
                "mmrec_u64 *bad);\n"
                "int mmrec_keep(const mmrec_u8 *at, mmrec_u8 *kept, mmrec_size count, mmrec_u64 first, mmrec_size *n, "
                "mmrec_u64 *bad)",
        .before = "    const mmrec_u8 *const begin = kept;\n",
        .body = code->made ? "        kept += mmrec_map(at + i * mmrec_bytes, kept, first + i) * mmrec_made;\n"
                           : "        memcpy(kept, at + i * mmrec_bytes, mmrec_bytes);\n"
                             "        kept += mmrec_record(at + i * mmrec_bytes, kept, first + i) * mmrec_bytes;\n",
        .then = code->made ? "    *n = (mmrec_size)(kept - begin) / mmrec_made;\n"
                           : "    *n = (mmrec_size)(kept - begin) / mmrec_bytes;\n",
        .divides = divides};
    code_put_loop(out, &loop);
}

static void put_loops(struct builder *out, const struct code *code)
{
    bool divides = code_divides(code);
    builder_add(out, "enum { mmrec_bytes = %zu };\n", code->fields->size);
    put_keep(out, code, divides);
    if (code->made)
        return;
    const struct code_loop run = {
        .head = "int mmrec_run(mmrec_u8 *at, mmrec_size count, mmrec_u64 first, mmrec_u64 *bad);\n"
                "int mmrec_run(mmrec_u8 *at, mmrec_size count, mmrec_u64 first, mmrec_u64 *bad)",
        .body = "        mmrec_record(at + i * mmrec_bytes, at + i * mmrec_bytes, first + i);\n",
        .divides = divides};
    code_put_loop(out, &run);
    builder_put(out, "static _Thread_local mmrec_u8 mmrec_copy[mmrec_bytes];\n");
    const struct code_loop attempt = {
        .head = "int mmrec_try(const mmrec_u8 *at, mmrec_size count, mmrec_u64 first, mmrec_u64 *bad);\n"
                "int mmrec_try(const mmrec_u8 *at, mmrec_size count, mmrec_u64 first, mmrec_u64 *bad)",
        .body = "        mmrec_record(at + i * mmrec_bytes, mmrec_copy, first + i);\n",
        .divides = divides};
    code_put_loop(out, &attempt);
}

static bool has_shifted(const struct code *code)
{
    for (size_t i = 0; i < code->fields->count; i++)
        if (code->fields->list[i].is_shifted)
            return true;
    return false;
}

char *code_text(const struct code *code)
{
    struct builder out = {0};
    builder_add(&out, "/* mmrec, language %d */\n", LANGUAGE_VERSION);
    if (code->native)
        native_put_header(&out, code->native);
    code_put_list(&out, language_common);
    if (has_shifted(code))
        code_put_list(&out, language_shifted);
    if (code_divides(code))
        code_put_list(&out, language_divide);
    put_names(&out, code);
    if (code->where.text)
        put_where(&out, code);
    if (code->made)
        put_map(&out, code);
    else
        put_record(&out, code);
    put_loops(&out, code);
    if (code->figures)
        code_put_fold(&out, code);
    if (code->columns)
        put_show(&out, code);
    if (code->key.text)
        put_compare(&out, code);
    return builder_take(&out);
}
