/* SPDX-License-Identifier: MIT */
/* columns: see columns.h. */
#include "mmrec/columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/json.h"
#include "kit/cli/text.h"

#define CELL_TEXT 32  /* bytes of a value as text */
#define NAME_TEXT 256 /* of a name in a table */
#define WIDTH 14      /* of a table's columns, at least */

/* ---- the list ---------------------------------------------------------------------------------------------------- */

static bool add(struct columns *columns, const struct console *console, const char *start, const char *end)
{
    while (start < end && (*start == ' ' || *start == '\n' || *start == '\t'))
        start++;
    while (start < end && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t'))
        end--;
    if (start == end || columns->count == COLUMNS_MOST) {
        console_usage(console, "--print: must be expressions with commas between them, at most %d", COLUMNS_MOST);
        return false;
    }
    char *text = strndup(start, (size_t)(end - start));
    if (!text)
        console_error(console, NULL, "not enough memory");
    else
        columns->texts[columns->count++] = text;
    return text != NULL;
}

bool columns_parse(struct columns *columns, const struct console *console, const char *list)
{
    *columns = (struct columns){.texts = calloc(COLUMNS_MOST, sizeof *columns->texts)};
    if (!columns->texts) {
        console_error(console, NULL, "not enough memory");
        return false;
    }
    if (!words_check(&(struct words){"--print", list}, console))
        return false;
    for (const char *end; *(end = words_comma(list)); list = end + 1)
        if (!add(columns, console, list, end))
            return false;
    return add(columns, console, list, list + strlen(list));
}

void columns_drop(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->texts[i]);
    free(columns->texts);
    *columns = (struct columns){0};
}

bool columns_form_parse(const char *text, enum columns_form *form_ret)
{
    static const char *const forms[] = {"table", "csv", "json"};
    for (int form = COLUMNS_TABLE; form <= COLUMNS_JSON; form++)
        if (strcmp(text, forms[form]) == 0) {
            *form_ret = (enum columns_form)form;
            return true;
        }
    return false;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* Integers whole, reals with as many digits as tell them apart. */
static const char *cell_text(const struct cell *cell, char text[CELL_TEXT])
{
    if (cell->kind == CELL_BOOL)
        snprintf(text, CELL_TEXT, "%s", cell->bits ? "true" : "false");
    else if (cell->kind == CELL_UNSIGNED)
        snprintf(text, CELL_TEXT, "%" PRIu64, cell->bits);
    else if (cell->kind == CELL_SIGNED)
        snprintf(text, CELL_TEXT, "%" PRId64, (int64_t)cell->bits);
    else if (isnan(cell->real))
        snprintf(text, CELL_TEXT, "nan");
    else
        snprintf(text, CELL_TEXT, "%.*g", cell->kind == CELL_FLOAT ? 9 : 17, cell->real);
    return text;
}

/* A column is as wide as its name, as people see that. */
static int width_of(const char *name, char shown[NAME_TEXT])
{
    size_t length = strlen(text_escape(shown, NAME_TEXT, name));
    return length > WIDTH ? (int)length : WIDTH;
}

/* RFC 4180. */
static void print_quoted(const char *name)
{
    if (!strpbrk(name, ",\"\n\r")) {
        printf("%s", name);
        return;
    }
    putchar('"');
    for (; *name; name++)
        printf(*name == '"' ? "\"\"" : "%c", *name);
    putchar('"');
}

void columns_print_head(const struct columns *columns, enum columns_form form)
{
    for (size_t i = 0; i < columns->count && form == COLUMNS_CSV; i++) {
        printf("%s", i ? "," : "");
        print_quoted(columns->texts[i]);
    }
    if (form == COLUMNS_CSV)
        printf("\r\n");
    if (form != COLUMNS_TABLE)
        return;
    char shown[NAME_TEXT];
    printf("%16s", "index");
    for (size_t i = 0; i < columns->count; i++) {
        int width = width_of(columns->texts[i], shown);
        printf("  %*s", width, shown);
    }
    printf("\n");
}

static void print_json(const struct columns *columns, uint64_t index, const struct cell *cells)
{
    char text[CELL_TEXT];
    struct json json;
    json_begin(&json, stdout);
    json_count(&json, "index", index);
    for (size_t i = 0; i < columns->count; i++) {
        bool is_number = cells[i].kind != CELL_FLOAT && cells[i].kind != CELL_DOUBLE;
        is_number = is_number || isfinite(cells[i].real);
        json_number(&json, columns->texts[i], is_number ? cell_text(&cells[i], text) : "null");
    }
    printf("}\n");
}

void columns_print(const struct columns *columns, enum columns_form form, uint64_t index, const struct cell *cells)
{
    char text[CELL_TEXT], shown[NAME_TEXT];
    if (form == COLUMNS_JSON) {
        print_json(columns, index, cells);
        return;
    }
    if (form == COLUMNS_TABLE)
        printf("%16" PRIu64, index);
    for (size_t i = 0; i < columns->count; i++)
        if (form == COLUMNS_TABLE)
            printf("  %*s", width_of(columns->texts[i], shown), cell_text(&cells[i], text));
        else
            printf("%s%s", i ? "," : "", cell_text(&cells[i], text));
    printf(form == COLUMNS_CSV ? "\r\n" : "\n");
}
