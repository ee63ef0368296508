/* SPDX-License-Identifier: MIT */
/*
 * report: sums of walks, the keys of --json that all tools share, and the lines of -v.
 *
 * The keys are a contract (schema 1): scripts read them. New ones may be added, none removed or given another meaning.
 */
#include "kit/cli/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/cli/sizes.h"

#define SCHEMA 1

void report_add(struct report *report, const mmv_walk_stats *walk)
{
    mmv_walk_stats *sum = &report->sum;
    if (sum->windows == 0 || walk->bytes > report->largest) {
        sum->io = walk->io;
        sum->window_bytes = walk->window_bytes;
        sum->step_bytes = walk->step_bytes;
        memcpy(sum->reason, walk->reason, sizeof sum->reason);
        report->largest = walk->bytes;
    }
    sum->bytes += walk->bytes;
    sum->records += walk->records;
    sum->resumed += walk->resumed;
    sum->windows += walk->windows;
    sum->threads = walk->threads > sum->threads ? walk->threads : sum->threads;
    sum->bytes_mapped += walk->bytes_mapped;
    sum->bytes_buffered += walk->bytes_buffered;
    sum->bytes_direct += walk->bytes_direct;
    sum->peak_mapped = mmv_max(sum->peak_mapped, walk->peak_mapped);
    sum->minor_faults += walk->minor_faults;
    sum->major_faults += walk->major_faults;
    sum->seconds += walk->seconds;
}

void report_json_begin(struct json *json, const struct console *console, const struct report_subject *subject,
                       const struct report *report)
{
    const mmv_walk_stats *sum = &report->sum;
    json_begin(json, subject->out ? subject->out : stdout);
    json_count(json, "schema", SCHEMA);
    json_text(json, "tool", console->tool);
    json_text(json, "version", MMV_VERSION);
    json_text(json, "file", subject->file);
    json_count(json, "offset", subject->offset);
    json_count(json, "length", subject->length);
    json_count(json, "records", subject->records);
    json_real(json, "seconds", sum->seconds);
    json_real(json, "bytes_per_second", sum->seconds > 0 ? (double)sum->bytes / sum->seconds : 0);
    json_text(json, "io", mmv_io_name(sum->io));
    json_text(json, "io_reason", sum->reason);
    json_count(json, "window_bytes", sum->window_bytes);
    json_count(json, "threads", sum->threads);
    json_count(json, "windows", sum->windows);
    json_count(json, "peak_mapped_bytes", sum->peak_mapped);
    json_count(json, "minor_faults", sum->minor_faults);
    json_count(json, "major_faults", sum->major_faults);
}

int report_json_end(struct json *json, const struct console *console)
{
    errno = 0;
    if (json_end(json))
        return TOOL_DONE;
    clearerr(stdout);
    return console_error(console, NULL, "cannot write to stdout%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
}

void report_failed(FILE *out, const struct console *console, const struct report_failure *failure)
{
    struct json json;
    json_begin(&json, out);
    json_count(&json, "schema", SCHEMA);
    json_text(&json, "tool", console->tool);
    json_text(&json, "version", MMV_VERSION);
    json_text(&json, "file", failure->file);
    json_text(&json, "name", failure->file);
    json_text(&json, "reason", failure->fault->text);
    if (failure->fault->os_error)
        json_count(&json, "errno", (uint64_t)failure->fault->os_error);
    else
        json_null(&json, "errno");
    json_text(&json, "changed", failure->changed);
    json_count(&json, "status", (uint64_t)failure->status);
    json_end(&json);
    fflush(out);
}

int report_line_end(struct json *json, const struct console *console, const char *path)
{
    json_count(json, "status", TOOL_DONE);
    /* A line at a time: who is killed has written those of the files that are done. */
    return json_end(json) ? TOOL_DONE : console_error(console, path, "cannot write it: %s", strerror(errno));
}

void report_explain(const struct console *console, const char *file, const struct report *report, uint64_t max_mapped)
{
    const mmv_walk_stats *sum = &report->sum;
    char a[SIZES_TEXT], b[SIZES_TEXT], c[SIZES_TEXT];
    if (sum->windows == 0 || !console->verbose)
        return;
    console_explain(console, file, "io %s: %s", mmv_io_name(sum->io), sum->reason);
    console_explain(console, file, "%" PRIu64 " windows of %s, %u thread%s", sum->windows,
                    sizes_text(sum->window_bytes, a), sum->threads, sum->threads == 1 ? "" : "s");
    console_explain(console, file,
                    "mapped at most %s of a budget of %s; %" PRIu64 " minor and %" PRIu64 " major faults",
                    sizes_text(sum->peak_mapped, b), sizes_text(max_mapped ? max_mapped : mmv_default_max_mapped(), c),
                    sum->minor_faults, sum->major_faults);
}
