// SPDX-License-Identifier: MIT
// test_cpp.cc - mmview.hpp: who closes what, what is thrown where, and that no exception goes through C. What processes
// share is in test_cpp_shared.cc, of the same program.

#include "checks.hpp"

#include <mmview/mmview.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

unsigned failures;

namespace
{

mmview::map numbers(std::uint64_t count)
{
    mmview::map map = mmview::map::memory(count * sizeof(std::int32_t));
    auto view = map.view();
    auto all = view.as<std::int32_t>();
    std::iota(all.begin(), all.end(), 0);
    return map;
}

void maps_and_views()
{
    std::remove("file");
    mmv_map_options options{};
    options.mode = MMV_CREATE_NEW;
    options.capacity = 100;
    mmview::map map = mmview::map::open("file", MMV_READ_WRITE, options);
    CHECK(map.capacity() == 100 && map.path() == "file" && map.access() == MMV_READ_WRITE);
    CHECK(thrown_by([&] { (void)mmview::map::open("file", MMV_READ_WRITE, options); }) == MMV_EEXIST);
    CHECK(thrown_by([] { (void)mmview::map::open("nothing"); }) == MMV_ENOENT);
    auto missing = mmview::map::try_open("nothing");
    CHECK(!missing && missing.error().status == MMV_ENOENT && missing.error().os_error == ENOENT);
    CHECK(std::strstr(missing.error().file, "nothing") != nullptr);
    CHECK(thrown_by([&] { (void)missing.value(); }) == MMV_ENOENT);

    mmview::view view = map.view(3, 90);
    view.write<std::uint32_t>(1, 0x01020304u);
    CHECK(view.read<std::uint32_t>(1) == 0x01020304u && view.offset() == 3 && view.size() == 90);
    CHECK(thrown_by([&] { (void)view.read<std::uint64_t>(83); }) == MMV_ERANGE);
    // At an odd address there are no numbers of four bytes.
    CHECK(thrown_by([&] { (void)view.as<std::uint32_t>(0, 2); }) == MMV_EINVAL);
    CHECK(view.as<std::uint32_t>(1, 22).size() == 22);
    CHECK(thrown_by([&] { (void)view.as<std::uint32_t>(1, 23); }) == MMV_ERANGE);
    CHECK(thrown_by([&] { (void)view.as<std::uint32_t>(UINT64_MAX, 1); }) == MMV_ERANGE);
    CHECK(thrown_by([&] { (void)view.as<const char>(0, SIZE_MAX); }) == MMV_ERANGE);
    CHECK(thrown_by([&] { (void)map.view(0, 7).as<std::uint16_t>(); }) == MMV_ERANGE);
    CHECK(view.bytes().size() == 90 && view.bytes()[1] == std::byte{4});

    mmview::view reads = map.view(0, 0, MMV_READ);
    CHECK(thrown_by([&] { (void)reads.as<char>(); }) == MMV_EACCES);
    CHECK(reads.as<const char>().size() == 100 && reads.as<const char>()[4] == 4);
    CHECK(map.view(100).bytes().empty() && map.view(5, MMV_EMPTY).as<char>().empty());

    // Moved, and moved over one that is open.
    mmview::view other = std::move(view);
    reads = std::move(other);
    CHECK(reads.read<std::uint32_t>(1) == 0x01020304u);
    CHECK(thrown_by([&] { (void)other.bytes(); }) == MMV_ECLOSED);
    reads.close(MMV_FLUSH_DURABLE);
    CHECK(thrown_by([&] { (void)reads.read<char>(0); }) == MMV_ECLOSED);
    map.grow(200);
    map.shrink(50);
    map.refresh();
    map.sync();
    map.lock();
    CHECK(map.capacity() == 50);
    mmview::view retired = map.view();
    retired.retire();
    CHECK(retired.read<std::uint32_t>(4) == 0);
}

unsigned open_descriptors()
{
    unsigned count = 0;
    for (int descriptor = 0; descriptor < 256; descriptor++)
        count += fcntl(descriptor, F_GETFD) >= 0;
    return count;
}

void descriptors_are_closed()
{
    const unsigned before = open_descriptors();
    {
        mmview::map map = mmview::map::memory(10);
        mmview::map other = std::move(map);
        map = mmview::map::memory(20);
        other = std::move(map);
        CHECK(other.capacity() == 20);
    }
    CHECK(open_descriptors() == before);
}

void walks()
{
    const std::uint64_t count = 3000000;
    mmview::map map = numbers(count);
    std::atomic<std::uint64_t> seen{0};
    mmview::walk<std::int32_t>(map, [&](std::span<std::int32_t> some) {
        for (auto &value : some)
            value += 7;
        seen += some.size();
    });
    CHECK(seen == count);
    std::atomic<unsigned> wrong{0};
    mmview::walk<const std::int32_t>(map, [&](std::span<const std::int32_t> some, const mmv_chunk &chunk) {
        for (std::size_t i = 0; i < some.size(); i++)
            wrong += static_cast<std::uint64_t>(some[i]) != chunk.index + i + 7;
    });
    CHECK(wrong == 0);

    mmview::map halves = mmview::map::memory(count * 2);
    mmview::walk_to<std::int32_t, std::int16_t>(map, halves,
                                                [](std::span<const std::int32_t> in, std::span<std::int16_t> out) {
                                                    for (std::size_t i = 0; i < in.size(); i++)
                                                        out[i] = static_cast<std::int16_t>(in[i] % 100);
                                                });
    CHECK(halves.view().as<const std::int16_t>()[1234] == (1234 + 7) % 100);

    auto sum = [](std::uint64_t so_far, std::span<const std::int32_t> some) {
        return std::accumulate(some.begin(), some.end(), so_far);
    };
    const std::uint64_t all = mmview::reduce<std::int32_t>(map, std::uint64_t{0}, sum, std::plus<>());
    CHECK(all == count * (count - 1) / 2 + 7 * count);
}

struct no_default {
    explicit no_default(int from) : number(from)
    {
    }
    int number;
};

enum class yes_or_no : bool { no, yes };

template <class T> unsigned char byte_of(const T &value)
{
    unsigned char byte = 0;
    std::memcpy(&byte, &value, 1);
    return byte;
}

// A bool of any other byte than 0 and 1 is none.
void values_of_any_type()
{
    mmview::map map = mmview::map::memory(64);
    mmview::view view = map.view();
    const std::array<unsigned char, 4> bytes{2, 0, 255, 1};
    view.write(5, bytes);
    CHECK(byte_of(view.read<bool>(5)) == 1 && byte_of(view.read<bool>(6)) == 0);
    CHECK(byte_of(view.read<yes_or_no>(7)) == 1);
    const auto some = view.read<std::array<bool, 4>>(5);
    CHECK(byte_of(some[0]) == 1 && byte_of(some[1]) == 0 && byte_of(some[2]) == 1 && byte_of(some[3]) == 1);
    const auto nested = view.read<std::array<std::array<bool, 2>, 2>>(5);
    CHECK(byte_of(nested[0][0]) == 1 && byte_of(nested[1][0]) == 1);
    CHECK(view.read<std::uint8_t>(7) == 255);
    view.write(6, true);
    CHECK(view.read<std::uint8_t>(6) == 1);
    CHECK(thrown_by([&] { (void)view.read<bool>(64); }) == MMV_ERANGE);
    view.write(9, no_default(77));
    CHECK(view.read<no_default>(9).number == 77 && view.read<const int>(9) == 77);
}

void results()
{
    const auto made = mmview::map::try_memory(100);
    CHECK(made && made.value().capacity() == 100 && (*made).capacity() == 100 && made->capacity() == 100);
    CHECK((*mmview::map::try_memory(100)).capacity() == 100);
    mmview::map taken = *mmview::map::try_memory(100);
    CHECK(taken.capacity() == 100);
    const auto missing = mmview::map::try_open("nothing");
    CHECK(thrown_by([&] { (void)missing.value(); }) == MMV_ENOENT);
}

struct alignas(64) wide {
    double part[8];
};

// No alignment that malloc() gives is enough for it.
void values_that_lie_round()
{
    mmview::map map = numbers(3000000);
    std::atomic<unsigned> crooked{0};
    auto look_at = [&](const wide &value) { crooked += reinterpret_cast<std::uintptr_t>(&value) % alignof(wide) != 0; };
    auto fold = [&](const wide &value, std::span<const std::int32_t> some) {
        look_at(value);
        wide sum = value;
        sum.part[7] = std::accumulate(some.begin(), some.end(), sum.part[7]);
        return sum;
    };
    auto merge = [&](const wide &left, const wide &right) {
        look_at(left);
        look_at(right);
        wide sum = left;
        sum.part[7] += right.part[7];
        return sum;
    };
    const wide all = mmview::reduce<std::int32_t>(map, wide{}, fold, merge);
    CHECK(crooked == 0 && all.part[0] == 0.0 && all.part[7] == 3000000.0 * 2999999 / 2);
    auto add = [](no_default sum, std::span<const std::int32_t> some) {
        return no_default(sum.number + static_cast<int>(some.size()));
    };
    auto both = [](no_default left, no_default right) { return no_default(left.number + right.number); };
    CHECK(mmview::reduce<std::int32_t>(map, no_default(0), add, both).number == 3000000);
}

void maps_that_walks_take()
{
    std::remove("walked");
    mmv_map_options making{};
    making.mode = MMV_CREATE_NEW;
    making.capacity = 400;
    std::atomic<std::size_t> seen{0};
    auto count = [&](auto some) { seen += some.size(); };
    mmview::walk<char>(mmview::map::open("walked", MMV_READ_WRITE, making), [](std::span<char> some) {
        for (char &byte : some)
            byte = 1;
    });
    const mmview::map map = mmview::map::open("walked");
    mmview::walk<const char>(map, count);
    mmview::walk<const char>(mmview::map::open("walked"), count);
    CHECK(seen == 800);
    const int sum = mmview::reduce<char>(
        mmview::map::open("walked"), 0,
        [](int so_far, std::span<const char> some) { return std::accumulate(some.begin(), some.end(), so_far); },
        std::plus<>());
    CHECK(sum == 400);

    std::remove("made");
    mmv_output_options options{};
    options.capacity = 800;
    mmview::output output = mmview::output::create("made", options);
    mmview::walk_to<char, std::int16_t>(map, output.into(), [](std::span<const char> in, std::span<std::int16_t> out) {
        for (std::size_t i = 0; i < in.size(); i++)
            out[i] = static_cast<std::int16_t>(in[i] + 1);
    });
    mmview::walk<std::int16_t>(output.into(), [](std::span<std::int16_t> some) {
        for (auto &value : some)
            value++;
    });
    CHECK(output.into().view().as<const std::int16_t>()[399] == 3);
    output.publish();
    CHECK(mmview::map::open("made").view().read<std::int16_t>(798) == 3);
}

#if defined(__GLIBC__)
// What mmview.hpp says of it: the walk neither goes on nor hangs.
void a_thread_that_exits_in_a_walk()
{
    const pid_t child = fork();
    if (child == 0) {
        const rlimit none{};
        setrlimit(RLIMIT_CORE, &none);
        (void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        mmview::map map = numbers(100);
        mmview::walk<int>(map, [](std::span<int>) { pthread_exit(nullptr); });
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
#endif

// By a worker, by the calling thread, from the walk and from its relatives: it comes out where the walk was begun.
void exceptions()
{
    mmview::map map = numbers(3000000);
    for (unsigned threads = 1; threads <= 4; threads++) {
        mmv_walk_options options{};
        options.threads = threads;
        options.window = 65536;
        int number = 0;
        std::atomic<std::uint64_t> seen{0};
        try {
            mmview::walk<std::int32_t>(
                map,
                [&](std::span<std::int32_t> some, const mmv_chunk &chunk) {
                    seen += some.size();
                    if (chunk.index >= 100000)
                        throw own_exception{42};
                },
                options);
        } catch (const own_exception &caught) {
            number = caught.number;
        }
        CHECK(number == 42);
        CHECK(seen < 1000000);
    }
    bool came = false;
    try {
        mmview::map out = mmview::map::memory(12000000);
        mmview::walk_to<std::int32_t, std::int32_t>(
            map, out, [](std::span<const std::int32_t>, std::span<std::int32_t>) { throw std::bad_alloc(); });
    } catch (const std::bad_alloc &) {
        came = true;
    }
    CHECK(came);
    came = false;
    try {
        auto fold = [](int, std::span<const std::int32_t>) -> int { throw std::string("fold"); };
        (void)mmview::reduce<std::int32_t>(map, 0, fold, std::plus<>());
    } catch (const std::string &text) {
        came = text == "fold";
    }
    CHECK(came);
    // The library is as it was.
    mmview::walk<const std::int32_t>(map, [](std::span<const std::int32_t>) {});
}

void what_a_function_returns()
{
    mmview::map map = numbers(100);
    CHECK(thrown_by([&] { mmview::walk<int>(map, [](std::span<int>) { return false; }); }) == MMV_ESTOPPED);
    CHECK(thrown_by([&] { mmview::walk<int>(map, [](std::span<int>) { return true; }); }) == MMV_OK);
    auto fail = [](std::span<int>) { return mmv_error_set(MMV_EIO, EIO, "test"); };
    CHECK(thrown_by([&] { mmview::walk<int>(map, fail); }) == MMV_EIO);
    mmv_walk_options options{};
    options.stride = 8;
    CHECK(thrown_by([&] {
              mmview::walk<int>(
                  map, [](std::span<int>) {}, options);
          }) == MMV_EINVAL);
    options.stride = 0;
    options.offset = 2;
    options.length = 80;
    CHECK(thrown_by([&] {
              mmview::walk<int>(
                  map, [](std::span<int>) {}, options);
          }) == MMV_EINVAL);
    std::remove("readonly");
    {
        mmv_map_options making{};
        making.mode = MMV_CREATE_NEW;
        making.capacity = 400;
        (void)mmview::map::open("readonly", MMV_READ_WRITE, making);
    }
    mmview::map reads = mmview::map::open("readonly");
    CHECK(thrown_by([&] { mmview::walk<int>(reads, [](std::span<int>) {}); }) == MMV_EACCES);
}

void journals_and_outputs()
{
    std::remove("new");
    {
        mmv_output_options options{};
        options.capacity = 10;
        mmview::output lost = mmview::output::create("new", options);
    }
    CHECK(!mmview::map::try_open("new"));
    mmv_output_options options{};
    options.capacity = 10;
    mmview::output output = mmview::output::create("new", options);
    CHECK(output.into().capacity() == 10 && output.into().native() == mmv_output_map(output.native()));
    output.publish();
    mmview::map map = mmview::map::open("new", MMV_READ_WRITE);
    CHECK(map.capacity() == 10);
    mmv_journal_options run{};
    run.mode = MMV_JOURNAL_KILL;
    run.operation = "add one";
    mmview::journal journal = mmview::journal::open("new.mmj", run);
    mmv_walk_options walk{};
    walk.journal = journal.native();
    mmview::walk<char>(
        map,
        [](std::span<char> some) {
            for (char &byte : some)
                byte++;
        },
        walk);
    journal.end(MMV_JOURNAL_FINISHED);
    CHECK(map.view().as<const char>()[9] == 1);
    CHECK(access("new.mmj", F_OK) != 0);
}

} // namespace

int main()
{
    try {
        mmview::guard guard;
        maps_and_views();
        descriptors_are_closed();
        values_of_any_type();
        results();
        walks();
        values_that_lie_round();
        maps_that_walks_take();
#if defined(__GLIBC__)
        a_thread_that_exits_in_a_walk();
#endif
        exceptions();
        what_a_function_returns();
        what_is_shared();
        journals_and_outputs();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "test_cpp: %s\n", error.what());
        return 1;
    }
    std::printf("%u failures\n", failures);
    return failures != 0;
}
