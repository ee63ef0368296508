/* SPDX-License-Identifier: MIT */
/*
 * main.c - which states are tried: configurations of commands and events, each exhausted by itself.
 *
 *     model [--quick]              all configurations, or those that take seconds; exit status 1 when one is violated
 *     model --config=NAME ...      this one
 *     model --break=NAME ...       without this rule of the protocol
 *     model --breaks               each rule broken in turn; exit status 1 when that is not noticed
 *     model --most=N               states of a configuration, at most (default: 100 million)
 */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>

const struct config *config;
bool broken[RULE_COUNT];

struct rule_text {
    const char *name, *where, *what;
};

static const struct rule_text rules[] = {
#define X(symbol, name, where, what) {name, where, what},
    RULES(X)
#undef X
};

static struct {
    bool quick, breaks;
    const char *only;
    unsigned long most;
} options = {.most = 100000000};

static struct figures try_config(const struct config *chosen, bool trace)
{
    config = chosen;
    return explore(options.most, trace);
}

static const struct config *find_config(const char *name)
{
    for (int i = 0; i < config_count; i++)
        if (strcmp(configs[i].name, name) == 0)
            return &configs[i];
    fprintf(stderr, "model: there is no configuration '%s'\n", name);
    exit(2);
}

static bool is_chosen(const struct config *candidate)
{
    return options.only ? strcmp(options.only, candidate->name) == 0 : !options.quick || candidate->quick;
}

static int try_configs(void)
{
    int violated = 0;
    printf("| configuration | | states | transitions | deepest | violations |\n|---|---|---|---|---|---|\n");
    for (int i = 0; i < config_count; i++) {
        if (!is_chosen(&configs[i]))
            continue;
        struct figures f = try_config(&configs[i], true);
        printf("| %s | %s | %lu%s | %lu | %u | %d |\n", configs[i].name, configs[i].what, f.states,
               f.complete ? "" : " (not all)", f.transitions, f.depth, f.violated);
        fflush(stdout);
        violated |= f.violated || !f.complete;
    }
    return violated;
}

static bool is_caught(int rule)
{
    const struct rule_text *text = &rules[rule];
    const struct config *chosen = find_config(options.only ? options.only : text->where);
    broken[rule] = true;
    struct figures f = try_config(chosen, false);
    broken[rule] = false;
    printf("| %s | %s | ", text->name, text->what);
    if (f.violated)
        printf("%s, %lu states, %u steps |\n", chosen->name, f.states, f.depth);
    else
        printf("NOT CAUGHT by %s |\n", chosen->name);
    fflush(stdout);
    return f.violated;
}

static int try_breaks(void)
{
    int missed = 0;
    printf("| broken rule | | caught by |\n|---|---|---|\n");
    for (int i = 0; i < RULE_COUNT; i++)
        missed += !is_caught(i);
    return missed > 0;
}

static bool break_rule(const char *name)
{
    for (int i = 0; i < RULE_COUNT; i++)
        if (strcmp(rules[i].name, name) == 0)
            return broken[i] = true;
    return false;
}

static bool take_option(const char *text)
{
    if (strcmp(text, "--quick") == 0)
        return options.quick = true;
    if (strcmp(text, "--breaks") == 0)
        return options.breaks = true;
    if (strncmp(text, "--config=", 9) == 0)
        return (options.only = text + 9) != NULL;
    if (strncmp(text, "--break=", 8) == 0)
        return break_rule(text + 8);
    if (strncmp(text, "--most=", 7) == 0)
        return (options.most = strtoul(text + 7, NULL, 10)) > 0;
    return false;
}

int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++)
        if (!take_option(arguments[i])) {
            fprintf(stderr, "model: unknown option or rule '%s' (see the head of main.c)\n", arguments[i]);
            return 2;
        }
    return options.breaks ? try_breaks() : try_configs();
}
