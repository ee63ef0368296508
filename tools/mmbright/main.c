/* SPDX-License-Identifier: MIT */
/*
 * mmbright: brighten a raw image of any size.
 *
 *     parse      settings.c    the command line; exit 2
 *     plan       plan.c        geometry, range, what may be written; exit 1 or 2, nothing touched
 *                describe.c    --dry-run ends here
 *     run        batch.c       FILE after FILE
 *                run.c         in place, into a new file (common/output.c), to stdout
 *                journal.c     what makes a run in place one that can be interrupted
 *     verify     verify.c      second computation, read back
 *     report     below         --json, the summary, -v
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/guard.h>

#include "common/signals.h"
#include "common/sizes.h"
#include "mmbright/batch.h"
#include "mmbright/describe.h"
#include "mmbright/journal.h"
#include "mmbright/run.h"
#include "mmbright/stale.h"

/* On stdout, or as a line of the report. */
static int print_json(const struct bright_plan *plan, const struct bright_result *result, FILE *out)
{
    const struct bright_settings *settings = plan->settings;
    const struct report_subject subject = {plan->file, plan->part.offset - plan->input.offset, plan->part.length,
                                           plan->pixels, out};
    struct json json;
    report_json_begin(&json, plan->console, &subject, &result->report);
    json_text(&json, "format", mmi_format_name(plan->input.container.format));
    json_count(&json, "payload_offset", plan->input.offset);
    json_counts(&json, "saturated_low", result->low, plan->image.samples);
    json_counts(&json, "saturated_high", result->high, plan->image.samples);
    json_text(&json, "journal", mmv_journal_mode_name(settings->in_place ? settings->journal : MMV_JOURNAL_OFF));
    json_count(&json, "resumed_bytes", result->report.sum.resumed);
    if (settings->in_place)
        json_null(&json, "output");
    else
        json_text(&json, "output", settings_to_stdout(settings) ? "-" : plan->output.path);
    json_bool(&json, "verified", settings->verify && !settings->dry_run);
    json_bool(&json, "dry_run", settings->dry_run);
    if (!out)
        return report_json_end(&json, plan->console);
    json_count(&json, "status", TOOL_DONE);
    json_end(&json);
    /* A line at a time: who is killed has written those of the files that are done. */
    return fflush(out) == 0 ? TOOL_DONE : console_error(plan->console, settings->report_path, "cannot write it: %s", strerror(errno));
}

static void print_summary(const struct bright_plan *plan, const struct bright_result *result)
{
    char length[SIZES_TEXT], rate[SIZES_TEXT];
    const mmv_walk_stats *sum = &result->report.sum;
    uint64_t saturated = 0;
    report_explain(plan->console, plan->file, &result->report, plan->settings->how.max_mapped);
    if (sum->resumed > 0)
        console_note(plan->console, plan->file, "%s were done by the run that was interrupted",
                     sizes_text(sum->resumed, length));
    for (uint32_t c = 0; c < plan->image.samples; c++)
        saturated += result->low[c] + result->high[c];
    console_summary(plan->console, plan->file,
                    "%" PRIu64 " pixels changed, %s in %.3g s (%s), %" PRIu64 " samples saturated", plan->pixels,
                    sizes_text(sum->bytes, length), sum->seconds,
                    sizes_rate(sum->seconds > 0 ? (double)sum->bytes / sum->seconds : 0, rate), saturated);
}

static int rehearse(const struct bright_plan *plan, const struct bright_result *result)
{
    if (plan->settings->report_file && print_json(plan, result, plan->settings->report_file) != TOOL_DONE)
        return TOOL_FAILED;
    if (plan->settings->report.json)
        return print_json(plan, result, NULL);
    describe_plan(plan);
    if (fflush(stdout) == 0)
        return TOOL_DONE;
    return console_error(plan->console, NULL, "cannot write to stdout");
}

static int work(struct bright_plan *plan)
{
    /* Static: the lists for a thousand channels are too large to be taken from a small stack twice. */
    static struct bright_result result;
    const struct bright_settings *settings = plan->settings;
    result = (struct bright_result){0};
    int status;
    if (settings->dry_run) {
        status = preview_take(plan);
        if (status == TOOL_DONE)
            status = preview_write(plan);
        return status == TOOL_DONE ? rehearse(plan, &result) : status;
    }
    status = run_plan(plan, &result);
    if (status != TOOL_DONE)
        return status;
    stale_report(plan);
    status = preview_write(plan);
    if (status != TOOL_DONE)
        return status;
    print_summary(plan, &result);
    if (settings->report_file && print_json(plan, &result, settings->report_file) != TOOL_DONE)
        return TOOL_FAILED;
    return settings->report.json ? print_json(plan, &result, NULL) : TOOL_DONE;
}

/*
 * The journal goes last, and the process at once with it: who is killed before that finds the run finished when it is
 * repeated, who is killed later would begin a new one. Closing the file, which frees its blocks, would take a millisecond.
 */
static void leave(mmv_journal *journal, const struct console *console, int status)
{
    fflush(NULL);
    if (mmv_journal_finish(journal) != MMV_OK)
        status = mmv_last_error()->status == MMV_EJOURNAL ? journal_refuse(console) : console_failure(console, NULL);
    else if (status == TOOL_DONE || !signals_stop())
        _exit(status);
    mmv_journal_close(&journal);
    if (status != TOOL_DONE && signals_stop())
        signals_raise(signals_stop());
    exit(status);
}

int main(int argc, char **argv)
{
    static struct bright_settings settings;
    struct console console = {.tool = "mmbright"};
    console_secure();
    int status = settings_parse(&settings, &console, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (settings.status || settings.discard)
        return journal_command(&settings, &console);
    if (settings.report_path && !(settings.report_file = fopen(settings.report_path, "ae")))
        return console_error(&console, settings.report_path, "cannot open it: %s", strerror(errno));
    /* A copy to stdout leaves nothing to clean up, and its reader may be slow: signals end it at once. */
    signals_install(!settings_to_stdout(&settings));
    mmv_guard_enable();
    mmv_journal *journal;
    status = batch_run(&settings, &console, work, &journal);
    if (journal)
        leave(journal, &console, status);
    bool stopped = status != TOOL_DONE && status != TOOL_RESUMABLE && signals_stop();
    return stopped ? signals_raise(signals_stop()) : status;
}
