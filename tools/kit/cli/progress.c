/* SPDX-License-Identifier: MIT */
/*
 * progress: a bar on a terminal, lines in a log, objects for a program.
 *
 *     [=========>          ]  47%  3.8 of 8.0 GiB  2.1 GB/s  ETA 0:02
 *
 * 1. At most ten bars or objects a second, and a plain line every PLAIN_INTERVAL seconds, besides those that SIGUSR1
 *    asks for and the last one. No assert: is_due() is this rule.
 * 2. Only a bar uses a carriage return, and only a terminal gets a bar.
 */
#include "kit/cli/progress.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kit/cli/json.h"
#include "kit/cli/sizes.h"
#include "kit/cli/text.h"
#include "kit/os/file.h"
#include "kit/os/machine.h"
#include "kit/os/signals.h"
#include "kit/os/terminal.h"

#define BAR_INTERVAL 0.1
#define PLAIN_INTERVAL 5.0
#define AUTO_DELAY 1.0
#define BAR_MAX 30

bool progress_mode_parse(const char *text, enum progress_mode *mode_ret)
{
    static const char *const names[] = {"auto", "always", "never", "json"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *mode_ret = (enum progress_mode)i;
            return true;
        }
    }
    return false;
}

void progress_start(struct progress *progress, const struct console *console, enum progress_mode mode, const char *file,
                    uint64_t total)
{
    double now = machine_clock();
    /* Asked only where it matters: of ten thousand small files each has its progress. */
    bool terminal = !console->quiet && mode != PROGRESS_NEVER && terminal_is(FILE_STDERR);
    if (console->quiet || (mode == PROGRESS_AUTO && !terminal))
        mode = PROGRESS_NEVER;
    *progress = (struct progress){.console = console,
                                  .mode = mode,
                                  .file = file,
                                  .total = total,
                                  .started = now,
                                  .shown = now,
                                  .terminal = terminal};
}

static double rate(const struct progress *progress, double now)
{
    double seconds = now - progress->started;
    return seconds > 0 ? (double)progress->done / seconds : 0;
}

static unsigned percent(const struct progress *progress)
{
    if (progress->total == PROGRESS_UNKNOWN)
        return 0;
    return progress->total ? (unsigned)((double)progress->done / (double)progress->total * 100.0) : 100;
}

/* Seconds that the rest will take at the rate so far; negative = unknown. */
static double remaining(const struct progress *progress, double now)
{
    double speed = rate(progress, now);
    return speed > 0 && progress->total != PROGRESS_UNKNOWN ? (double)(progress->total - progress->done) / speed : -1;
}

static void time_text(double seconds, char *text, size_t size)
{
    if (seconds < 0 || seconds > 360000) {
        snprintf(text, size, "--:--");
        return;
    }
    unsigned whole = (unsigned)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(text, size, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, size, "%u:%02u", whole / 60, whole % 60);
}

static void describe(const struct progress *progress, double now, char *text, size_t size)
{
    char done[SIZES_TEXT], total[SIZES_TEXT], speed[SIZES_TEXT], left[32];
    if (progress->total == PROGRESS_UNKNOWN) {
        snprintf(text, size, "%s  %s", sizes_text(progress->done, done), sizes_rate(rate(progress, now), speed));
        return;
    }
    time_text(remaining(progress, now), left, sizeof left);
    snprintf(text, size, "%3u%%  %s of %s  %s  ETA %s", percent(progress), sizes_text(progress->done, done),
             sizes_text(progress->total, total), sizes_rate(rate(progress, now), speed), left);
}

static void show_plain(struct progress *progress, double now)
{
    char text[160];
    describe(progress, now, text, sizeof text);
    text_line(stderr, "%s: %s: %s", progress->console->tool, progress->file, text);
}

static void show_bar(struct progress *progress, double now)
{
    char text[160], bar[BAR_MAX + 1];
    assert(progress->terminal); /* 2 */
    describe(progress, now, text, sizeof text);
    int columns = terminal_columns(FILE_STDERR);
    int room = columns - (int)strlen(text) - 5;
    int width = room < BAR_MAX ? room : BAR_MAX;
    if (width < 5) {
        fprintf(stderr, "\r\033[K%.*s", columns - 1, text);
    } else {
        int filled = (int)((double)width * percent(progress) / 100);
        memset(bar, ' ', (size_t)width);
        memset(bar, '=', (size_t)filled);
        if (filled < width)
            bar[filled] = '>';
        fprintf(stderr, "\r\033[K[%.*s] %s", width, bar, text);
    }
    progress->line_is_bar = true;
}

static void show_json(struct progress *progress, double now)
{
    double left = remaining(progress, now);
    struct json json;
    json_begin(&json, stderr);
    json_text(&json, "tool", progress->console->tool);
    json_text(&json, "file", progress->file);
    json_count(&json, "bytes", progress->done);
    if (progress->total == PROGRESS_UNKNOWN)
        json_null(&json, "total_bytes");
    else
        json_count(&json, "total_bytes", progress->total);
    json_real(&json, "seconds", now - progress->started);
    json_real(&json, "bytes_per_second", rate(progress, now));
    if (left >= 0)
        json_real(&json, "eta_seconds", left);
    else
        json_null(&json, "eta_seconds");
    json_end(&json);
}

static void show_latest(struct progress *progress, double now)
{
    progress->shown = now;
    if (progress->mode == PROGRESS_JSON)
        show_json(progress, now);
    else if (progress->terminal && progress->mode != PROGRESS_NEVER)
        show_bar(progress, now);
    else
        show_plain(progress, now);
    fflush(stderr);
}

static bool is_due(const struct progress *progress, double now)
{
    if (progress->mode == PROGRESS_NEVER)
        return false;
    if (progress->mode == PROGRESS_AUTO && now - progress->started < AUTO_DELAY)
        return false;
    bool plain = progress->mode == PROGRESS_ALWAYS && !progress->terminal;
    return now - progress->shown >= (plain ? PLAIN_INTERVAL : BAR_INTERVAL);
}

bool progress_tick(uint64_t done, void *user)
{
    struct progress *progress = user;
    return progress_at(progress, progress->before + done);
}

bool progress_at(struct progress *progress, uint64_t done)
{
    double now = machine_clock();
    progress->done = done;
    if (signals_take_status() || is_due(progress, now))
        show_latest(progress, now);
    return signals_stop() == 0;
}

void progress_next(struct progress *progress, uint64_t bytes)
{
    progress->before += bytes;
    progress->done = progress->before;
}

void progress_end(struct progress *progress)
{
    bool lines = progress->mode == PROGRESS_ALWAYS || progress->mode == PROGRESS_JSON;
    if (progress->mode != PROGRESS_NEVER && (lines || progress->line_is_bar))
        show_latest(progress, machine_clock());
    if (progress->line_is_bar)
        fputc('\n', stderr);
    progress->line_is_bar = false;
    progress->mode = PROGRESS_NEVER;
}
