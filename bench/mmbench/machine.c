/* SPDX-License-Identifier: MIT */
/* machine: the command; costs.c measures. */
#include "mmbench/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/os/signals.h"
#include "mmbench/os/system.h"

#define SECONDS 8.0 /* when no further round begins: a round takes some tenths */

/* To change a page that was read it has to be written, too: that is another copy. */
static bool changes_cheaper_mapped(const struct costs *costs)
{
    double change = costs_ns(costs, COST_CHANGE);
    return change > 0 && change < 2 * costs_ns(costs, COST_READ);
}

static const char *verdict_of(const struct costs *costs)
{
    bool mapped = samples_faster(&costs->ns[COST_TOUCH], &costs->ns[COST_READ]);
    if (samples_faster(&costs->ns[COST_READ], &costs->ns[COST_TOUCH]))
        return "reading is cheaper here: ";
    if (mapped && changes_cheaper_mapped(costs))
        return "mapping is cheaper here: ";
    if (mapped)
        return "mapping is cheaper here to look at pages, reading and writing to change them one by one: ";
    return "";
}

static void print_one(const struct costs *costs, enum cost cost)
{
    char text[COSTS_TEXT];
    const struct cost_words *words = cost_words(cost);
    double ns = costs_ns(costs, cost);
    if (ns <= 0) {
        printf("  %-42s not measured: %s\n", words->text, costs->why[cost]);
        return;
    }
    printf("  %-42s %10s  spread %3.0f %%", words->text, costs_text(ns, text), samples_spread(&costs->ns[cost]) * 100);
    if (words->per_byte)
        printf("  (%.1f GB/s)", 1 / ns);
    printf("\n");
}

void machine_table(const struct costs *costs)
{
    for (enum cost cost = 0; cost < COST_KINDS; cost++)
        print_one(costs, cost);
    if (costs->in_memory)
        printf("This file system has no device: msync(2) has nothing to write.\n");
}

void machine_json(struct json *json, const struct costs *costs)
{
    char key[64];
    for (enum cost cost = 0; cost < COST_KINDS; cost++) {
        const char *name = cost_words(cost)->key;
        bool measured = costs->ns[cost].count > 0;
        snprintf(key, sizeof key, "%s_ns", name);
        measured ? json_real(json, key, costs_ns(costs, cost)) : json_null(json, key);
        snprintf(key, sizeof key, "%s_spread", name);
        measured ? json_real(json, key, samples_spread(&costs->ns[cost])) : json_null(json, key);
        if (!measured) {
            snprintf(key, sizeof key, "%s_error", name);
            json_text(json, key, costs->why[cost]);
        }
    }
}

static int print_json(const struct console *console, const char *directory, const struct costs *costs)
{
    struct json json;
    struct utsname system;
    char reason[256];
    costs_reason(costs, reason, sizeof reason);
    json_begin(&json, stdout);
    json_text(&json, "directory", directory);
    json_text(&json, "file_system", costs->system);
    json_text(&json, "kernel", uname(&system) == 0 ? system.release : "unknown");
    json_count(&json, "page_bytes", costs->page);
    json_count(&json, "rounds", costs->rounds);
    json_bool(&json, "has_device", !costs->in_memory);
    json_text(&json, "reason", reason);
    machine_json(&json, costs);
    return json_end(&json) ? TOOL_DONE : console_error(console, NULL, "cannot write: %s", strerror(errno));
}

static int print_text(const struct console *console, const char *directory, const struct costs *costs)
{
    char reason[256];
    costs_reason(costs, reason, sizeof reason);
    if (reason[0])
        printf("%s%s\n", verdict_of(costs), reason);
    printf("%s: %s, pages of %zu bytes, medians of %u rounds; spread is (largest - smallest) / median:\n", directory,
           costs->system, costs->page, costs->rounds);
    machine_table(costs);
    return fflush(stdout) == 0 ? TOOL_DONE : console_error(console, NULL, "cannot write: %s", strerror(errno));
}

int machine(const struct console *console, const char *directory, bool as_json)
{
    struct costs costs;
    struct place place = PLACE_IN(directory);
    bool good = costs_measure(&place, SECONDS, &costs);
    place_remove(&place);
    if (signals_stop())
        return signals_raise(signals_stop());
    if (!good)
        return console_error(console, NULL, "%s", place.why);
    return as_json ? print_json(console, directory, &costs) : print_text(console, directory, &costs);
}
