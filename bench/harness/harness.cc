// SPDX-License-Identifier: MIT
// harness: the one C++ file. Written for Google Benchmark 1.6 and later.
#include "harness/harness.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
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
}

bool bench_is_flag(const char *argument)
{
    return starts(argument, "--benchmark_") || starts(argument, "--v=");
}

int bench_main(int argc, char **argv, const char *const *defaults)
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
        return 1;
    for (registered &one : cases())
        hand_over(one, min_time_given);
    size_t run = benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return run > 0 ? 0 : 1;
}
