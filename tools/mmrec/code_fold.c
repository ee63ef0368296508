/* SPDX-License-Identifier: MIT */
/*
 * code_fold: see code_put.h. For --reduce='sum(value)' the file has this, and with --by='flags & 7' the rest:
 *
 *     void mmrec_figure0(const u8 *from, u64 index, state *s)    the value, taken into the figure
 *     int mmrec_fold(...)                                        loops over records, for all figures
 *
 *     state *mmrec_by(const u8 *from, u64 index, groups *g)      the figures of the record's group
 *     int mmrec_group(...)                                       loops over records
 */
#include "mmrec/code_put.h"

#include <stdlib.h>

#include "mmrec/language.h"

struct words code_figure_words(const struct code *code, size_t figure)
{
    return (struct words){"--reduce", code->figures->list[figure].text};
}

/* A function for each figure: the same field may have another value in another's. */
static void put_figure(struct builder *out, const struct code *code, size_t number)
{
    static const char *const takes[FIGURE_KINDS] = {"", "mmrec_sum", "mmrec_min", "mmrec_max", "", ""};
    const struct words words = code_figure_words(code, number);
    enum figure_kind kind = code->figures->list[number].kind;
    builder_add(out,
                "MMREC_INLINE void mmrec_figure%zu(const mmrec_u8 *mmrec_from, const mmrec_u64 index, struct "
                "mmrec_state *mmrec_state)\n{\n    (void)mmrec_from, (void)index;\n",
                number);
    if (kind == FIGURE_COUNT) {
        builder_put(out, "    mmrec_count(mmrec_state);\n}\n");
        return;
    }
    code_put_loads(out, code, &words, true);
    code_put_value(out, code, "mmrec_x");
    code_put_words(out, &words);
    if (kind == FIGURE_MEAN || kind == FIGURE_SD)
        builder_put(out, ");\n    mmrec_mean(mmrec_state, (double)mmrec_x);\n}\n");
    else
        builder_add(out, ");\n    MMREC_TAKE(%s, mmrec_state, mmrec_x);\n}\n", takes[kind]);
}

static void put_by(struct builder *out, const struct code *code)
{
    builder_add(out, "enum { mmrec_figures = %zu };\n", code->figures->count);
    code_put_list(out, language_group);
    builder_put(out, "MMREC_INLINE struct mmrec_state *mmrec_by(const mmrec_u8 *mmrec_from, const mmrec_u64 index, "
                     "struct mmrec_groups *mmrec_groups)\n{\n    (void)mmrec_from, (void)index;\n");
    code_put_loads(out, code, &code->by, true);
    code_put_value(out, code, "mmrec_key");
    /* A bit field is as wide as it is, and no integer that _Generic() knows: + makes one of it. */
    builder_put(out, code->native ? "+(" : "(");
    code_put_words(out, &code->by);
    builder_put(out, "));\n#line 1 \"--by\"\n"
                     "    _Static_assert(MMREC_IS_KEY(mmrec_key), \"--by takes an integer, a bool or a char\");\n"
                     "#line 1 \"mmrec\"\n"
                     "    mmrec_groups->kind = MMREC_KIND(mmrec_key);\n"
                     "    return mmrec_find(mmrec_groups, (mmrec_u64)mmrec_key);\n}\n");
}

void code_put_fold(struct builder *out, const struct code *code)
{
    struct builder body = {0};
    bool divides = code_divides(code), groups = code->by.text != NULL;
    code_put_list(out, language_reduce);
    for (size_t i = 0; i < code->figures->count; i++)
        put_figure(out, code, i);
    if (groups)
        put_by(out, code);
    if (code->where.text)
        builder_put(&body, "        if (!mmrec_where(at + i * mmrec_bytes, first + i))\n            continue;\n");
    if (groups)
        builder_put(&body, "        struct mmrec_state *states = mmrec_by(at + i * mmrec_bytes, first + i, groups);\n"
                           "        if (!states)\n            return 2;\n");
    for (size_t i = 0; i < code->figures->count; i++)
        builder_add(&body, "        mmrec_figure%zu(at + i * mmrec_bytes, first + i, states + %zu);\n", i, i);
    builder_add(out,
                "#define MMREC_FOLD int mmrec_%s(const mmrec_u8 *at, mmrec_size count, mmrec_u64 first, %s, "
                "mmrec_u64 *bad)\nMMREC_FOLD;\n",
                groups ? "group" : "fold", groups ? "struct mmrec_groups *groups" : "struct mmrec_state *states");
    code_put_loop(out, &(struct code_loop){"MMREC_FOLD", NULL, body.failed ? "" : body.bytes, NULL, divides});
    out->failed = out->failed || body.failed;
    free(body.bytes);
}
