/* SPDX-License-Identifier: MIT */
/*
 * mmbright: brighten a raw image of any size.
 *
 *     parse      settings.c    the command line; exit 2
 *     plan       plan.c        geometry, range, what may be written; exit 1 or 2, nothing touched
 *                describe.c    --dry-run ends here
 *     join       kit/job/ranks.c    the other processes of an MPI job, if there are any
 *     run        batch.c       FILE after FILE, small ones by a crowd of threads (crowd.c)
 *                run.c         in place, into a new file (kit/file/output.c), to stdout
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

#include "kit/os/signals.h"
#include "kit/cli/sizes.h"
#include "kit/job/ranks.h"
#include "mmbright/many/batch.h"
#include "mmbright/plan/describe.h"
#include "mmbright/plan/journal.h"
#include "mmbright/run/run.h"
#include "mmbright/run/stale.h"

/* On stdout, or as a line of the report. */
static int print_json(const struct bright_plan *plan, const struct bright_result *result, FILE *out)
{
    const struct bright_settings *settings = plan->settings;
    const mmv_range *range = plan->ranks ? &plan->range : &plan->part;
    const struct report_subject subject = {plan->file, range->offset - plan->input.offset, range->length, plan->pixels,
                                           out};
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
    return fflush(out) == 0
               ? TOOL_DONE
               : console_error(plan->console, settings->report_path, "cannot write it: %s", strerror(errno));
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

static int run(struct bright_plan *plan, struct bright_result *result)
{
    run_reset(result, plan);
    if (plan->settings->dry_run)
        return preview_take(plan);
    int status = run_plan(plan, result);
    if (status == TOOL_DONE)
        run_total(plan, result);
    return status;
}

static int tell(struct bright_plan *plan, const struct bright_result *result)
{
    const struct bright_settings *settings = plan->settings;
    if (!ranks_first(plan->ranks))
        return TOOL_DONE;
    if (!settings->dry_run)
        stale_report(plan);
    int status = preview_write(plan);
    if (status != TOOL_DONE)
        return status;
    if (settings->dry_run)
        return rehearse(plan, result);
    print_summary(plan, result);
    if (settings->report_file && print_json(plan, result, settings->report_file) != TOOL_DONE)
        return TOOL_FAILED;
    return settings->report.json ? print_json(plan, result, NULL) : TOOL_DONE;
}

/*
 * The journal goes last, and the process at once with it: who is killed before that finds the run finished when it is
 * repeated, who is killed later would begin a new one. Closing the file, which frees its blocks, would take a
 * millisecond.
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

static const struct batch_work work = {run, tell};

/* With several processes that MPI knows of each gets a share. A plan is that of all, and is printed by one of them. */
static int join(struct bright_settings *settings, struct console *console, struct ranks **ranks_ret, int argc,
                char **argv)
{
    struct shard_settings share = settings->range.shard;
    int status = ranks_join(ranks_ret, console, &share, argc, argv);
    if (status == TOOL_DONE && *ranks_ret && !settings->dry_run)
        status = settings_divide(settings, console, &share);
    bool is_mute = *ranks_ret && settings->dry_run && share.index > 0;
    if (status != TOOL_DONE || is_mute || settings->dry_run)
        ranks_leave(ranks_ret);
    return status != TOOL_DONE || !is_mute ? status : OPTIONS_GO;
}

int main(int argc, char **argv)
{
    static struct bright_settings settings;
    struct console console = {.tool = "mmbright"};
    struct ranks *ranks;
    console_secure();
    ranks_hush(&console);
    int status = settings_parse(&settings, &console, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (settings.status || settings.discard)
        return console.hushed ? TOOL_DONE : journal_command(&settings, &console);
    status = join(&settings, &console, &ranks, argc, argv);
    if (status != TOOL_DONE)
        return status == OPTIONS_GO ? TOOL_DONE : status;
    if (settings.report_path && ranks_first(ranks) && !(settings.report_file = fopen(settings.report_path, "ae")))
        status = console_error(&console, settings.report_path, "cannot open it: %s", strerror(errno));
    status = ranks_agree(ranks, status);
    /* A copy to stdout leaves nothing to clean up, and its reader may be slow: signals end it at once. */
    signals_install(!settings_to_stdout(&settings));
    mmv_guard_enable();
    mmv_journal *journal = NULL;
    if (status == TOOL_DONE)
        status = batch_run(&settings, &console, &ranks, &work, &journal);
    ranks_leave(&ranks);
    if (journal)
        leave(journal, &console, status);
    bool stopped = status != TOOL_DONE && status != TOOL_RESUMABLE && signals_stop();
    return stopped ? signals_raise(signals_stop()) : status;
}
