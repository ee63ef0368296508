// SPDX-License-Identifier: MIT
// harness: the one C++ file. Written for Google Benchmark 1.7 and later.
#include "harness/harness.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

// The C side never looks inside.
struct bench_run {
    benchmark::State &state;
    std::string &failure;
};

namespace
{

struct registered {
    bench_case what;
    std::string name;
    std::string failure; // why a run of it was skipped; empty = none was
};

std::deque<registered> &cases()
{
    static std::deque<registered> all;
    return all;
}

// The statistics want the same number of iterations from all runs, also from those that were skipped.
void skip(benchmark::State &state, const std::string &why)
{
    if (state.iterations() == 0)
        state.KeepRunning();
    state.SkipWithError(why.c_str());
}

// A skipped run is the case's last: with the first one skipped and a later one not, the statistics read a pointer that
// nobody has set (google/benchmark issue 1406).
void run_case(benchmark::State &state, registered &entry)
{
    const bench_case &what = entry.what;
    if (!entry.failure.empty()) {
        skip(state, entry.failure);
        return;
    }
    bench_run run{state, entry.failure};
    if (!what.set_up || what.set_up(&run, what.user))
        what.body(&run, what.user);
    if (what.tear_down)
        what.tear_down(what.user);
}

double spread(const std::vector<double> &values)
{
    if (values.size() < 2)
        return 0;
    std::vector<double> sorted(values);
    std::sort(sorted.begin(), sorted.end());
    size_t half = sorted.size() / 2;
    double median = sorted.size() % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return median != 0 ? (sorted.back() - sorted.front()) / median : 0;
}

bool starts(const char *text, const char *with)
{
    return std::strncmp(text, with, std::strlen(with)) == 0;
}

// Cases are handed over late, when it is known whether the command line decides on the number of iterations.
void hand_over(registered &one, bool min_time_given)
{
    const bench_case &what = one.what;
    auto *entry =
        benchmark::RegisterBenchmark(one.name.c_str(), [&one](benchmark::State &state) { run_case(state, one); });
    std::vector<std::string> argument_names;
    std::vector<int64_t> values;
    for (const struct bench_argument &argument : what.arguments) {
        if (!argument.name)
            break;
        argument_names.emplace_back(argument.name);
        values.push_back(argument.value);
    }
    if (!values.empty())
        entry->ArgNames(argument_names)->Args(values);
    if (what.manual)
        entry->UseManualTime()->Unit(benchmark::kMillisecond);
    else
        entry->UseRealTime();
    if (what.once && !min_time_given)
        entry->Iterations(1);
    entry->ComputeStatistics("spread", spread, benchmark::StatisticUnit::kPercentage);
}

// ---- rounds -----------------------------------------------------------------------------------------------------

std::string quoted(const std::string &text)
{
    std::string result = "\"";
    for (char letter : text) {
        char code[8];
        if (letter == '"' || letter == '\\')
            result += std::string("\\") + letter;
        else if (static_cast<unsigned char>(letter) < 0x20) {
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(letter));
            result += code;
        } else
            result += letter;
    }
    return result + "\"";
}

std::string number(double value)
{
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", value);
    // What is not finite has no name in JSON.
    return std::strpbrk(text, "in") ? "null" : text;
}

// Until 1.7 a run says so by error_occurred and error_message, later by skipped and skip_message.
template <class Run> auto is_skipped(const Run &run, int) -> decltype(bool(run.error_occurred))
{
    return run.error_occurred;
}
template <class Run> auto is_skipped(const Run &run, long) -> decltype(bool(run.skipped))
{
    return bool(run.skipped);
}
template <class Run> auto why_skipped(const Run &run, int) -> decltype(std::string(run.error_message))
{
    return run.error_message;
}
template <class Run> auto why_skipped(const Run &run, long) -> decltype(std::string(run.skip_message))
{
    return run.skip_message;
}

// A line for each run, in the words of Google Benchmark's own JSON.
class lines : public benchmark::BenchmarkReporter
{
  public:
    bool ReportContext(const Context &) override
    {
        return true;
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs)
            if (run.run_type == Run::RT_Iteration)
                report(run);
    }

  private:
    static void report(const Run &run)
    {
        std::string line = "{\"name\": " + quoted(run.benchmark_name()) +
                           ", \"run_name\": " + quoted(run.run_name.str()) + ", \"run_type\": \"iteration\"";
        if (is_skipped(run, 0))
            line += ", \"error_occurred\": true, \"error_message\": " + quoted(why_skipped(run, 0));
        line += ", \"iterations\": " + std::to_string(run.iterations) +
                ", \"real_time\": " + number(run.GetAdjustedRealTime()) +
                ", \"cpu_time\": " + number(run.GetAdjustedCPUTime()) +
                ", \"time_unit\": " + quoted(benchmark::GetTimeUnitString(run.time_unit));
        for (const auto &counter : run.counters)
            line += ", " + quoted(counter.first) + ": " + number(counter.second.value);
        if (!run.report_label.empty())
            line += ", \"label\": " + quoted(run.report_label);
        std::cout << line << "}" << std::endl;
    }
};

std::vector<std::pair<std::string, std::string>> &facts()
{
    static std::vector<std::pair<std::string, std::string>> all;
    return all;
}

bool initialise(int argc, char **argv, const char *const *defaults)
{
    std::vector<char *> all{argv[0]};
    for (; *defaults; defaults++)
        all.push_back(const_cast<char *>(*defaults));
    bool min_time_given = false;
    for (int i = 1; i < argc; i++) {
        all.push_back(argv[i]);
        min_time_given = min_time_given || starts(argv[i], "--benchmark_min_time=");
    }
    int count = static_cast<int>(all.size());
    all.push_back(nullptr);
    benchmark::Initialize(&count, all.data());
    if (benchmark::ReportUnrecognizedArguments(count, all.data()))
        return false;
    for (registered &one : cases())
        hand_over(one, min_time_given);
    return true;
}

} // namespace

void bench_register(const bench_case *what)
{
    cases().push_back({*what, what->name, ""});
}

bool bench_next(bench_run *run)
{
    return run->state.KeepRunning();
}

bool bench_next_batch(bench_run *run, int64_t n)
{
    return run->state.KeepRunningBatch(n);
}

int64_t bench_argument(const bench_run *run, size_t index)
{
    return run->state.range(index);
}

void bench_seconds(bench_run *run, double seconds)
{
    run->state.SetIterationTime(seconds);
}

void bench_bytes(bench_run *run, double bytes)
{
    run->state.counters["bytes_per_second"] =
        benchmark::Counter(bytes, benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
}

void bench_counter(bench_run *run, const char *name, double value)
{
    run->state.counters[name] = benchmark::Counter(value);
}

void bench_note(bench_run *run, const char *text)
{
    run->state.SetLabel(text);
}

void bench_skip(bench_run *run, const char *why)
{
    run->failure = why[0] ? why : "no reason given";
    skip(run->state, run->failure);
}

void bench_context(const char *key, const char *value)
{
    benchmark::AddCustomContext(key, value);
    facts().emplace_back(key, value);
}

bool bench_is_flag(const char *argument)
{
    return starts(argument, "--benchmark_") || starts(argument, "--v=");
}

int bench_main(int argc, char **argv, const char *const *defaults)
{
    if (!initialise(argc, argv, defaults))
        return 1;
    size_t run = benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return run > 0 ? 0 : 1;
}

int bench_rounds(int argc, char **argv, const char *const *defaults)
{
    lines reporter;
    std::string wanted;
    if (!initialise(argc, argv, defaults))
        return 1;
    std::string context = "{";
    for (const auto &fact : facts())
        context += (context.size() > 1 ? ", " : "") + quoted(fact.first) + ": " + quoted(fact.second);
    std::cout << "{\"context\": " << context << "}}" << std::endl;
    while (std::getline(std::cin, wanted)) {
        size_t run = wanted.empty() ? 0 : benchmark::RunSpecifiedBenchmarks(&reporter, nullptr, wanted);
        std::cout << "{\"done\": " << run << "}" << std::endl;
    }
    benchmark::Shutdown();
    return std::cout ? 0 : 1;
}
