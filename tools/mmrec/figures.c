/* SPDX-License-Identifier: MIT */
/*
 * figures: see figures.h.
 *
 * Means and deviations of neighbours are joined as by Chan, Golub and LeVeque, "Updating Formulae and a Pairwise
 * Algorithm for Computing Sample Variances", 1979; language.c takes one value after the other as by Welford, 1962.
 */
#include "mmrec/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/text.h"

static const char *const names[FIGURE_KINDS] = {"count", "sum", "min", "max", "mean", "sd"};

/* ---- the list ---------------------------------------------------------------------------------------------------- */

static char *copy(const char *start, const char *end)
{
    while (start < end && (*start == ' ' || *start == '\n' || *start == '\t'))
        start++;
    while (start < end && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t'))
        end--;
    return text_part(start, (size_t)(end - start));
}

static bool is_name(const char *label, size_t length, enum figure_kind *kind_ret)
{
    for (int kind = 0; kind < FIGURE_KINDS; kind++)
        if (strlen(names[kind]) == length && memcmp(names[kind], label, length) == 0) {
            *kind_ret = (enum figure_kind)kind;
            return true;
        }
    return false;
}

/* "sum(value)": the brackets of all code match, so the last one is the first one's if nothing stands behind. */
static const char *take(struct figure *figure)
{
    size_t length = strlen(figure->label), name = strcspn(figure->label, "(");
    if (name == length || figure->label[length - 1] != ')' || !is_name(figure->label, name, &figure->kind))
        return "must be count(), or sum, min, max, mean or sd of an expression in brackets";
    if (words_end(figure->label + name) != figure->label + length)
        return "has more behind its bracket";
    figure->text = copy(figure->label + name + 1, figure->label + length - 1);
    if (figure->text && *words_comma(figure->text) != '\0')
        return "takes one expression";
    bool is_empty = figure->text && figure->text[0] == '\0';
    if (is_empty != (figure->kind == FIGURE_COUNT))
        return is_empty ? "needs an expression" : "takes nothing: --where says which records count";
    return NULL;
}

static bool add(struct figures *figures, const struct console *console, const char *start, const char *end)
{
    if (figures->count == FIGURES_MOST) {
        console_usage(console, "--reduce: at most %d figures", FIGURES_MOST);
        return false;
    }
    struct figure *figure = &figures->list[figures->count++];
    figure->label = copy(start, end);
    const char *wrong = figure->label ? take(figure) : "not enough memory";
    if (wrong)
        console_usage(console, "--reduce: '%s' %s", figure->label ? figure->label : "", wrong);
    return wrong == NULL;
}

bool figures_parse(struct figures *figures, const struct console *console, const char *list)
{
    *figures = (struct figures){.list = calloc(FIGURES_MOST, sizeof *figures->list)};
    if (!figures->list) {
        console_error(console, NULL, "not enough memory");
        return false;
    }
    if (!words_check(&(struct words){"--reduce", list}, console))
        return false;
    for (const char *end; *(end = words_comma(list)); list = end + 1)
        if (!add(figures, console, list, end))
            return false;
    return add(figures, console, list, list + strlen(list));
}

void figures_drop(struct figures *figures)
{
    for (size_t i = 0; i < figures->count; i++) {
        free(figures->list[i].label);
        free(figures->list[i].text);
    }
    free(figures->list);
    *figures = (struct figures){0};
}

/* ---- what came of it --------------------------------------------------------------------------------------------- */

/* Whether one extreme, which is there, is nearer to the end than the other. */
static bool is_beyond(const struct figure *figure, const struct figure_state *a, const struct figure_state *b)
{
    bool less = a->values == FIGURE_REAL       ? a->real < b->real
                : a->values == FIGURE_UNSIGNED ? a->low < b->low
                                               : (int64_t)a->low < (int64_t)b->low;
    bool same = a->values == FIGURE_REAL ? a->real == b->real : a->low == b->low;
    return figure->kind == FIGURE_MIN ? less : !less && !same;
}

static void merge_sum(struct figure_state *left, const struct figure_state *right)
{
    left->low += right->low;
    left->high += right->high + (left->low < right->low);
    left->real += right->real;
}

static void merge_mean(struct figure_state *left, const struct figure_state *right)
{
    double n = (double)left->count, m = (double)right->count, apart = right->mean - left->mean;
    left->mean += apart * (m / (n + m));
    left->spread += right->spread + apart * apart * (n * m / (n + m));
}

void figures_merge(const struct figures *figures, struct figure_state *left, const struct figure_state *right)
{
    for (size_t i = 0; i < figures->count; i++, left++, right++) {
        const struct figure *figure = &figures->list[i];
        uint64_t count = left->count + right->count;
        if (right->count == 0)
            continue;
        bool extreme = figure->kind == FIGURE_MIN || figure->kind == FIGURE_MAX;
        if (left->count == 0 || (extreme && is_beyond(figure, right, left)))
            *left = *right;
        else if (figure->kind == FIGURE_SUM)
            merge_sum(left, right);
        else if (figure->kind == FIGURE_MEAN || figure->kind == FIGURE_SD)
            merge_mean(left, right);
        left->count = count;
    }
}

/* 128 bits in decimal digits. */
static void wide_text(uint64_t high, uint64_t low, bool negative, char text[FIGURE_TEXT])
{
    uint32_t parts[4] = {(uint32_t)(high >> 32), (uint32_t)high, (uint32_t)(low >> 32), (uint32_t)low};
    char digits[FIGURE_TEXT];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        uint64_t rest = 0;
        for (size_t i = 0; i < 4; i++) {
            rest = rest << 32 | parts[i];
            parts[i] = (uint32_t)(rest / 10);
            rest %= 10;
        }
        digits[--at] = (char)('0' + rest);
    } while (parts[0] || parts[1] || parts[2] || parts[3]);
    snprintf(text, FIGURE_TEXT, "%s%s", negative ? "-" : "", digits + at);
}

static void integer_text(const struct figure *figure, const struct figure_state *state, char text[FIGURE_TEXT])
{
    uint64_t low = state->low, high = state->high;
    if (figure->kind != FIGURE_SUM)
        high = state->values == FIGURE_SIGNED && low >> 63 ? UINT64_MAX : 0;
    bool negative = high >> 63;
    if (negative) {
        low = 0 - low;
        high = ~high + (low == 0);
    }
    wide_text(high, low, negative, text);
}

const char *figure_text(const struct figure *figure, const struct figure_state *state, char text[FIGURE_TEXT])
{
    double real = figure->kind == FIGURE_SD     ? sqrt(state->spread / (double)state->count)
                  : figure->kind == FIGURE_MEAN ? state->mean
                                                : state->real;
    bool averages = figure->kind == FIGURE_MEAN || figure->kind == FIGURE_SD;
    if (figure->kind == FIGURE_COUNT)
        snprintf(text, FIGURE_TEXT, "%" PRIu64, state->count);
    else if (state->count == 0)
        snprintf(text, FIGURE_TEXT, "%s", figure->kind == FIGURE_SUM ? "0" : "nan");
    else if (!averages && state->values != FIGURE_REAL)
        integer_text(figure, state, text);
    else if (isnan(real))
        snprintf(text, FIGURE_TEXT, "nan");
    else
        snprintf(text, FIGURE_TEXT, "%.17g", real);
    return text;
}
