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

#define NUMBER_TEXT 32 /* bytes of a number as text */
#define NAME_TEXT 256  /* of a name in a table */
#define WIDTH 14       /* of a table's columns, at least */
#define ROOM ((1 + TEXT_GROWS) * (size_t)(COLUMNS_TEXT + 1))

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
    char *text = text_part(start, (size_t)(end - start));
    if (!text)
        console_error(console, NULL, "not enough memory");
    else
        columns->texts[columns->count++] = text;
    return text != NULL;
}

bool columns_parse(struct columns *columns, const struct console *console, const char *list)
{
    *columns = (struct columns){.texts = calloc(COLUMNS_MOST, sizeof *columns->texts), .room = malloc(ROOM)};
    if (!columns->texts || !columns->room) {
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

bool columns_check_keys(const struct columns *columns, const struct console *console)
{
    for (size_t i = 0; i < columns->count; i++) {
        bool is_taken = strcmp(columns->texts[i], "index") == 0;
        for (size_t k = 0; k < i && !is_taken; k++)
            is_taken = strcmp(columns->texts[k], columns->texts[i]) == 0;
        if (!is_taken)
            continue;
        console_usage(console, "--print: '%s' would be there twice in an object of --output=json", columns->texts[i]);
        return false;
    }
    return true;
}

void columns_drop(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->texts[i]);
    free(columns->texts);
    free(columns->room);
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
static const char *number_text(const struct cell *cell, char text[NUMBER_TEXT])
{
    if (cell->kind == CELL_BOOL)
        snprintf(text, NUMBER_TEXT, "%s", cell->bits ? "true" : "false");
    else if (cell->kind == CELL_UNSIGNED)
        snprintf(text, NUMBER_TEXT, "%" PRIu64, cell->bits);
    else if (cell->kind == CELL_SIGNED)
        snprintf(text, NUMBER_TEXT, "%" PRId64, (int64_t)cell->bits);
    else if (isnan(cell->real))
        snprintf(text, NUMBER_TEXT, "nan");
    else
        snprintf(text, NUMBER_TEXT, "%.*g", cell->kind == CELL_FLOAT ? 9 : 17, cell->real);
    return text;
}

/* A column is as wide as its name, as people see that. */
static int width_of(const char *name, char shown[NAME_TEXT])
{
    size_t length = strlen(text_escape(shown, NAME_TEXT, name));
    return length > WIDTH ? (int)length : WIDTH;
}

void columns_print_quoted(const char *bytes, size_t length)
{
    bool is_plain = true;
    for (size_t i = 0; i < length && is_plain; i++)
        is_plain = bytes[i] == '\0' || !strchr(",\"\n\r", bytes[i]);
    if (is_plain) {
        fwrite(bytes, 1, length, stdout);
        return;
    }
    putchar('"');
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"')
            putchar('"');
        putchar(bytes[i]);
    }
    putchar('"');
}

/* Without the zeros at its end, and with one that ends it. */
static size_t take_text(const struct columns *columns, const struct cell *cell)
{
    size_t length = (size_t)cell->bits;
    while (length > 0 && cell->text[length - 1] == 0)
        length--;
    memcpy(columns->room, cell->text, length);
    columns->room[length] = '\0';
    return length;
}

/* For people: a zero within is a byte like others that do not show. */
static const char *shown_text(const struct columns *columns, const struct cell *cell)
{
    size_t length = take_text(columns, cell);
    const char *text = columns->room, *end = text + length;
    char *shown = columns->room + length + 1, *at = shown;
    for (;; text++) {
        text_escape(at, TEXT_GROWS * strlen(text) + 1, text);
        text += strlen(text);
        at += strlen(at);
        if (text == end)
            return shown;
        memcpy(at, "\\000", 5);
        at += 4;
    }
}

static const char *cell_shown(const struct columns *columns, const struct cell *cell, char text[NUMBER_TEXT])
{
    return cell->kind == CELL_TEXT ? shown_text(columns, cell) : number_text(cell, text);
}

static void print_csv(const struct columns *columns, const struct cell *cell)
{
    char text[NUMBER_TEXT];
    if (cell->kind == CELL_TEXT)
        columns_print_quoted(columns->room, take_text(columns, cell));
    else
        printf("%s", number_text(cell, text));
}

void columns_print_head(const struct columns *columns, enum columns_form form)
{
    for (size_t i = 0; i < columns->count && form == COLUMNS_CSV; i++) {
        printf("%s", i ? "," : "");
        columns_print_quoted(columns->texts[i], strlen(columns->texts[i]));
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
    char text[NUMBER_TEXT];
    struct json json;
    json_begin(&json, stdout);
    json_count(&json, "index", index);
    for (size_t i = 0; i < columns->count; i++) {
        bool is_number = cells[i].kind != CELL_FLOAT && cells[i].kind != CELL_DOUBLE;
        is_number = is_number || isfinite(cells[i].real);
        if (cells[i].kind == CELL_TEXT)
            json_bytes(&json, columns->texts[i], columns->room, take_text(columns, &cells[i]));
        else
            json_number(&json, columns->texts[i], is_number ? number_text(&cells[i], text) : "null");
    }
    printf("}\n");
}

void columns_print(const struct columns *columns, enum columns_form form, uint64_t index, const struct cell *cells)
{
    char text[NUMBER_TEXT], shown[NAME_TEXT];
    if (form == COLUMNS_JSON) {
        print_json(columns, index, cells);
        return;
    }
    if (form == COLUMNS_TABLE)
        printf("%16" PRIu64, index);
    for (size_t i = 0; i < columns->count; i++)
        if (form == COLUMNS_TABLE) {
            printf("  %*s", width_of(columns->texts[i], shown), cell_shown(columns, &cells[i], text));
        } else {
            printf("%s", i ? "," : "");
            print_csv(columns, &cells[i]);
        }
    printf(form == COLUMNS_CSV ? "\r\n" : "\n");
}
