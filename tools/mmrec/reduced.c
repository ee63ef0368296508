/* SPDX-License-Identifier: MIT */
/* reduced: see reduced.h. */
#include "mmrec/reduced.h"

#include <stdio.h>
#include <string.h>

#include "kit/cli/text.h"

/* Texts that are longer are cut in a table. */
#define HEAD_TEXT 256

static const struct figures *figures_of(const struct subject *subject)
{
    return &subject->command->figures;
}

/* Without --by there is one row, which has no key. */
static size_t count_rows(const struct subject *subject, const struct reduced *reduced)
{
    if (!subject->command->asks.by)
        return 1;
    return reduced->rows ? reduced->rows->count : 0;
}

static const struct figure_state *states_of(const struct subject *subject, const struct reduced *reduced, size_t row)
{
    return subject->command->asks.by ? reduced->rows->states + row * figures_of(subject)->count : reduced->states;
}

/* Digits as they are: a reader may know longer integers than this program. */
static const char *json_value(const struct figure *figure, const struct figure_state *state, char text[FIGURE_TEXT])
{
    return strchr(figure_text(figure, state, text), 'n') ? "null" : text;
}

/* ---- --json ------------------------------------------------------------------------------------------------------ */

static void put_figures(struct json *json, const struct figures *figures, const struct figure_state *states)
{
    char text[FIGURE_TEXT];
    json_list(json, "figures");
    for (size_t i = 0; i < figures->count; i++) {
        json_item(json);
        json_text(json, "figure", figures->list[i].label);
        json_number(json, "value", json_value(&figures->list[i], &states[i], text));
        json_item_end(json);
    }
    json_list_end(json);
}

static void put_groups(struct json *json, const struct subject *subject, const struct reduced *reduced)
{
    char key[GROUP_TEXT];
    json_text(json, "by", subject->command->asks.by);
    json_list(json, "groups");
    for (size_t row = 0; row < count_rows(subject, reduced); row++) {
        json_item(json);
        json_number(json, "key", group_key_text(reduced->rows, row, key));
        put_figures(json, figures_of(subject), states_of(subject, reduced, row));
        json_item_end(json);
    }
    json_list_end(json);
}

/* Of several FILEs the sums, and the first one's name. */
static int print_report(struct subject *subject, const struct reduced *reduced)
{
    const struct command *command = subject->command;
    uint64_t size = command->fields.size, records = size ? subject->range.length / size : 0;
    const struct report_subject what = {command->files.names[0], subject->range.offset,
                                        subject->before.bytes + subject->range.length,
                                        subject->before.records + records, NULL};
    struct json json;
    report_json_begin(&json, subject->console, &what, &subject->report);
    if (command->files.count > 1)
        json_count(&json, "files", command->files.count);
    if (command->asks.by)
        put_groups(&json, subject, reduced);
    else
        put_figures(&json, figures_of(subject), reduced->states);
    json_bool(&json, "changed_meanwhile", subject->before.changed);
    subject_json_notes(subject, &json);
    return report_json_end(&json, subject->console);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static void print_lines(const struct figures *figures, const struct figure_state *states)
{
    char text[FIGURE_TEXT];
    int width = 0;
    for (size_t i = 0; i < figures->count; i++)
        width = (int)mmv_max((uint64_t)width, strlen(figures->list[i].label));
    for (size_t i = 0; i < figures->count; i++)
        text_line(stdout, "%-*s  %s", width, figures->list[i].label, figure_text(&figures->list[i], &states[i], text));
}

static int wider(int width, const char *text)
{
    size_t length = strlen(text);
    return length > (size_t)width ? (int)length : width;
}

/* As wide as the longest text of the column; the first column is that of the key. */
static void measure(const struct subject *subject, const struct reduced *reduced, int widths[FIGURES_MOST + 1])
{
    const struct figures *figures = figures_of(subject);
    char text[FIGURE_TEXT], key[GROUP_TEXT], shown[HEAD_TEXT];
    widths[0] = wider(0, text_escape(shown, sizeof shown, subject->command->asks.by));
    for (size_t i = 0; i < figures->count; i++)
        widths[i + 1] = wider(0, text_escape(shown, sizeof shown, figures->list[i].label));
    for (size_t row = 0; row < count_rows(subject, reduced); row++) {
        const struct figure_state *states = states_of(subject, reduced, row);
        widths[0] = wider(widths[0], group_key_text(reduced->rows, row, key));
        for (size_t i = 0; i < figures->count; i++)
            widths[i + 1] = wider(widths[i + 1], figure_text(&figures->list[i], &states[i], text));
    }
}

static void print_table(const struct subject *subject, const struct reduced *reduced)
{
    const struct figures *figures = figures_of(subject);
    char text[FIGURE_TEXT], key[GROUP_TEXT], shown[HEAD_TEXT];
    int widths[FIGURES_MOST + 1];
    measure(subject, reduced, widths);
    printf("%*s", widths[0], text_escape(shown, sizeof shown, subject->command->asks.by));
    for (size_t i = 0; i < figures->count; i++)
        printf("  %*s", widths[i + 1], text_escape(shown, sizeof shown, figures->list[i].label));
    printf("\n");
    for (size_t row = 0; row < count_rows(subject, reduced) && !ferror(stdout); row++) {
        const struct figure_state *states = states_of(subject, reduced, row);
        printf("%*s", widths[0], group_key_text(reduced->rows, row, key));
        for (size_t i = 0; i < figures->count; i++)
            printf("  %*s", widths[i + 1], figure_text(&figures->list[i], &states[i], text));
        printf("\n");
    }
}

static void print_csv(const struct subject *subject, const struct reduced *reduced)
{
    const struct figures *figures = figures_of(subject);
    const char *by = subject->command->asks.by;
    char text[FIGURE_TEXT], key[GROUP_TEXT];
    if (by)
        columns_print_quoted(by, strlen(by));
    for (size_t i = 0; i < figures->count; i++) {
        printf("%s", by || i > 0 ? "," : "");
        columns_print_quoted(figures->list[i].label, strlen(figures->list[i].label));
    }
    printf("\r\n");
    for (size_t row = 0; row < count_rows(subject, reduced) && !ferror(stdout); row++) {
        const struct figure_state *states = states_of(subject, reduced, row);
        printf("%s", by ? group_key_text(reduced->rows, row, key) : "");
        for (size_t i = 0; i < figures->count; i++)
            printf("%s%s", by || i > 0 ? "," : "", figure_text(&figures->list[i], &states[i], text));
        printf("\r\n");
    }
}

static void print_objects(const struct subject *subject, const struct reduced *reduced)
{
    const struct figures *figures = figures_of(subject);
    const char *by = subject->command->asks.by;
    char text[FIGURE_TEXT], key[GROUP_TEXT];
    for (size_t row = 0; row < count_rows(subject, reduced) && !ferror(stdout); row++) {
        const struct figure_state *states = states_of(subject, reduced, row);
        struct json json;
        json_begin(&json, stdout);
        if (by)
            json_number(&json, by, group_key_text(reduced->rows, row, key));
        for (size_t i = 0; i < figures->count; i++)
            json_number(&json, figures->list[i].label, json_value(&figures->list[i], &states[i], text));
        printf("}\n");
    }
}

int reduced_print(struct subject *subject, const struct reduced *reduced)
{
    const struct command *command = subject->command;
    enum columns_form form = COLUMNS_TABLE;
    if (command->report.json)
        return print_report(subject, reduced);
    if (command->output)
        columns_form_parse(command->output, &form);
    if (form == COLUMNS_CSV)
        print_csv(subject, reduced);
    else if (form == COLUMNS_JSON)
        print_objects(subject, reduced);
    else if (command->asks.by)
        print_table(subject, reduced);
    else
        print_lines(figures_of(subject), reduced->states);
    return console_flush(subject->console);
}
