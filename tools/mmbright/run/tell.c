/* SPDX-License-Identifier: MIT */
/* tell: see tell.h. */
#include "mmbright/run/tell.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "kit/cli/json.h"
#include "kit/cli/sizes.h"
#include "kit/file/append.h"
#include "kit/file/own.h"
#include "mmbright/plan/describe.h"
#include "mmbright/plan/destination.h"
#include "mmbright/plan/turns.h"
#include "mmbright/run/limit.h"
#include "mmbright/run/stale.h"
#include "mmbright/undo/undo.h"

static void add_target(struct json *json, const struct bright_plan *plan)
{
    switch (plan->command->target.kind) {
    case TARGET_IN_PLACE:
        json_null(json, "output");
        return;
    case TARGET_STDOUT:
        json_text(json, "output", "-");
        return;
    default:
        json_text(json, "output", plan->to->output.path);
    }
}

/* One count of each channel. */
static void put_counts(struct json *json, const char *key, const struct bright_work *work, size_t place)
{
    uint64_t counts[MMI_SAMPLES_MAX];
    uint32_t samples = work->plan->image.samples;
    for (uint32_t c = 0; c < samples; c++)
        memcpy(&counts[c], (const char *)&work->outcome->tally[c] + place, sizeof counts[c]);
    json_counts(json, key, counts, samples);
}

/* What was worked on: of samples in several files their header stands for all of them. */
static const char *subject_of(const struct bright_plan *plan)
{
    return turns_are(plan) ? plan->input.header : plan->input.path;
}

/* Bytes that an interrupted run has changed, and of which nobody has the counts any more. */
static uint64_t bytes_uncounted(const struct outcome *outcome)
{
    return outcome->is_recalled ? 0 : mmv_min(outcome->report.sum.resumed, outcome->report.sum.bytes);
}

/* On stdout, or as a line of the report. */
static int print_json(const struct bright_work *work, FILE *out)
{
    const struct bright_plan *plan = work->plan;
    const struct command *command = plan->command;
    const struct outcome *outcome = work->outcome;
    const mmv_range *range = work->run->ranks ? &plan->range : &plan->share.range;
    bool are_many = turns_are(plan);
    const struct report_subject subject = {subject_of(plan), are_many ? 0 : range->offset - plan->input.offset,
                                           are_many ? plan->input.length : range->length, outcome->pixels, out};
    struct json json;
    report_json_begin(&json, plan->console, &subject, &outcome->report);
    if (are_many)
        json_count(&json, "files", plan->input.files.count);
    json_text(&json, "format", mmi_format_name(plan->input.container.format));
    json_count(&json, "payload_offset", plan->input.offset);
    /* As it was given: the samples may lie in another file. */
    json_text(&json, "name", plan->input.name);
    put_counts(&json, "saturated_low", work, offsetof(mmi_tally, low));
    put_counts(&json, "saturated_high", work, offsetof(mmi_tally, high));
    put_counts(&json, "no_data", work, offsetof(mmi_tally, no_data));
    put_counts(&json, "became_no_data", work, offsetof(mmi_tally, became_no_data));
    json_text(&json, "journal", mmv_journal_mode_name(command->safety.journal));
    json_count(&json, "resumed_bytes", outcome->report.sum.resumed);
    if (command->undo.keep)
        json_count(&json, "undo_bytes", outcome->undo_bytes);
    add_target(&json, plan);
    json_bool(&json, "verified", command->safety.verify && !command->dry_run);
    json_bool(&json, "changed_meanwhile", outcome->changed_meanwhile);
    notes_json(work->notes, &json);
    json_bool(&json, "counted", (!command->dry_run || command->count) && bytes_uncounted(outcome) == 0);
    json_bool(&json, "dry_run", command->dry_run);
    if (!out)
        return report_json_end(&json, plan->console);
    return report_line_end(&json, plan->console, command->report_path);
}

/* Whether --keep-undo could be given to the same command. */
static bool could_keep(const struct bright_plan *plan)
{
    const struct command *command = plan->command;
    return command->target.kind == TARGET_IN_PLACE && command->files.count == 1 &&
           command->safety.journal != MMV_JOURNAL_OFF && undo_could(plan);
}

static void print_summary(const struct bright_work *work)
{
    char length[SIZES_TEXT], rate[SIZES_TEXT];
    const struct bright_plan *plan = work->plan;
    const struct outcome *outcome = work->outcome;
    const mmv_walk_stats *sum = &outcome->report.sum;
    const char *file = subject_of(plan);
    const mmi_tally tally = outcome_sum(outcome, plan);
    report_explain(plan->console, file, &outcome->report, plan->command->how.max_mapped);
    if (sum->resumed > 0)
        console_explain(plan->console, file, "%s were done by the run that was interrupted",
                        sizes_text(sum->resumed, length));
    uint64_t now = sum->bytes - mmv_min(sum->resumed, sum->bytes);
    console_summary(plan->console, file,
                    "%" PRIu64 " pixels changed, %s in %.3g s (%s), %" PRIu64 " samples saturated%s", outcome->pixels,
                    sizes_text(sum->bytes, length), sum->seconds,
                    sizes_rate(sum->seconds > 0 ? (double)now / sum->seconds : 0, rate), tally.low + tally.high,
                    bytes_uncounted(outcome) > 0 ? " of those that were left to do" : "");
    if (plan->command->undo.keep && command_is_divided(plan->command))
        console_summary(plan->console, file,
                        "%s kept beside it; when all parts are done mmbright --undo takes all of them back",
                        sizes_text(outcome->undo_bytes, length));
    else if (work->run->keep && turns_changing(plan) > 1)
        console_summary(plan->console, file, "%s kept beside its files; mmbright --undo takes the run back",
                        sizes_text(outcome->undo_bytes, length));
    else if (work->run->keep)
        console_summary(plan->console, file, "%s kept in %s; mmbright --undo takes the run back",
                        sizes_text(outcome->undo_bytes, length), keep_path(work->run->keep));
    else if (tally.low + tally.high > 0 && console_summarises(plan->console) && could_keep(plan))
        console_summary(plan->console, file, "with --keep-undo a run can be taken back");
}

static int print_plan(const struct bright_work *work)
{
    const struct limit_settings *limit = &work->plan->command->limit;
    uint64_t of, saturated = limit_saturated(work, work->outcome, &of);
    describe_plan(work->plan);
    if (work->plan->command->count)
        printf("saturates: %" PRIu64 " of %" PRIu64 " samples (%.3g%%)\n", saturated, of,
               of ? 100 * (double)saturated / (double)of : 0);
    else if (limit->text)
        printf("limit:     %s of the samples may saturate; --count tells how many would\n", limit->text);
    if (work->plan->command->count && work->plan->command->undo.keep)
        printf("undo file: about %" PRIu64 " bytes\n", work->outcome->undo_bytes);
    return console_flush(work->plan->console);
}

/* A plan that the run would refuse is told, and refused. */
static int finish_plan(const struct bright_work *work)
{
    const struct command *command = work->plan->command;
    int status = command->report.json ? print_json(work, NULL) : print_plan(work);
    if (status == TOOL_DONE && command->count)
        status = limit_judge(work, work->outcome);
    return status;
}

void tell_notes(struct bright_work *work)
{
    if (!work->run->notes && ranks_first(work->run->ranks))
        notes_say(work->notes, work->run->console, work->plan->input.name);
}

/* What has become of the samples, where something was lost or left alone. */
static void note_samples(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    const mmi_tally tally = outcome_sum(work->outcome, plan);
    char text[NO_DATA_TEXT];
    uint64_t channels = 0;
    for (uint32_t c = 0; c < plan->image.samples; c++)
        channels += plan->meaning.channels[c];
    double of = (double)work->outcome->pixels * (double)channels;
    double share = 100 * (double)(tally.low + tally.high) / of;
    bool is_part = bytes_uncounted(work->outcome) > 0;
    if (tally.low + tally.high > 0 && is_part)
        notes_add(work->notes, MMI_NOTE_SATURATED,
                  "%" PRIu64 " samples saturated (%" PRIu64 " below, %" PRIu64 " above), of those that were left to do",
                  tally.low + tally.high, tally.low, tally.high);
    else if (tally.low + tally.high > 0)
        notes_add(work->notes, MMI_NOTE_SATURATED,
                  "%.*g %% of the samples saturated (%" PRIu64 " below, %" PRIu64 " above)", share < 99.5 ? 2 : 3,
                  share, tally.low, tally.high);
    if (is_part)
        notes_add(work->notes, MMI_NOTE_SATURATED,
                  "an interrupted run had changed some samples: how many of those saturated is not known");
    if (tally.became_no_data > 0)
        notes_add(work->notes, MMI_NOTE_NO_DATA, "%" PRIu64 " samples became %s, which means no data",
                  tally.became_no_data, no_data_text(&plan->no_data, text));
    if (tally.no_data > 0 && plan->no_data.is_headers)
        notes_add(work->notes, MMI_NOTE_NO_DATA,
                  "%" PRIu64 " samples of %s mean no data and are left alone; --nodata=none changes them too",
                  tally.no_data, no_data_text(&plan->no_data, text));
}

int tell_done(struct bright_work *work)
{
    const struct bright_run *run = work->run;
    const struct command *command = run->command;
    if (!ranks_first(run->ranks))
        return TOOL_DONE;
    if (!command->dry_run) {
        stale_note(work);
        note_samples(work);
    }
    if (run->notes)
        notes_sum_add(run->notes, work->notes, work->plan->input.name);
    else
        tell_notes(work);
    int status = preview_write(&work->preview, work->plan);
    if (status != TOOL_DONE)
        return status;
    if (!command->dry_run)
        print_summary(work);
    if (run->report && print_json(work, run->report) != TOOL_DONE)
        return TOOL_FAILED;
    if (command->dry_run)
        return finish_plan(work);
    return command->report.json ? print_json(work, NULL) : TOOL_DONE;
}

void tell_left_out(const struct bright_run *run)
{
    const struct file_list *files = &run->command->files;
    char **names = files->names + files->count;
    if (!ranks_first(run->ranks))
        return;
    own_tell(run->console, names, files->left_out, files->count + files->left_out);
    for (size_t i = 0; i < files->left_out; i++) {
        if (run->command->report.json)
            own_tell_json(stdout, run->console, names[i], false);
        if (run->report)
            own_tell_json(run->report, run->console, names[i], true);
    }
}

bool tell_is_wanted(const struct bright_run *run)
{
    const struct command *command = run->command;
    return command->report.json || run->report || command->target.fix_stats || console_summarises(run->console);
}

/* One that could not even be opened is known by its name. */
static bool is_report(const struct bright_run *run, const char *file)
{
    struct file_facts info;
    return file_look_at(file, true, &info) == 0 && tell_is_report_file(run, &info);
}

int tell_open_report(struct bright_run *run)
{
    const char *path = run->command->report_path;
    if (!path || !ranks_first(run->ranks))
        return TOOL_DONE;
    int status = append_open(run->console, path, &run->report);
    const char *list = run->command->files.from;
    if (status == TOOL_DONE && list && is_report(run, list))
        return console_usage(run->console, "--report=%s is the list of --files-from", path);
    return status;
}

int tell_close_report(struct bright_run *run)
{
    FILE *report = run->report;
    run->report = NULL;
    /* A line that failed is gone: a second flush has nothing left to fail with. */
    bool failed = report && ferror(report);
    if (!report || (fclose(report) == 0 && !failed))
        return TOOL_DONE;
    return console_error(run->console, run->command->report_path, "cannot write it: %s", strerror(errno));
}

bool tell_is_report_file(const struct bright_run *run, const struct file_facts *file)
{
    struct file_facts report;
    return run->report && file_look(fileno(run->report), &report) == 0 && file_is_same(&report, file);
}

bool tell_is_report(const struct bright_run *run, const struct inputs *inputs)
{
    struct file_facts report;
    return run->report && file_look(fileno(run->report), &report) == 0 && inputs_have(inputs, &report);
}

void tell_failed(const struct bright_run *run, const char *file, const struct console_fault *fault,
                 const struct told_failure *failure)
{
    if (!run->report || atomic_load(&run->report_is_input) || is_report(run, file))
        return;
    report_failed(run->report, run->console, &(struct report_failure){file, fault, failure->status, failure->changed});
}
