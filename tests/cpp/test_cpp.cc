// SPDX-License-Identifier: MIT
// test_cpp.cc - mmview.hpp: who closes what, what is thrown where, and that no exception goes through C.

#include <mmview/mmview.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

unsigned failures;

void check_at(bool is_true, const char *what, int line)
{
    if (is_true)
        return;
    std::fprintf(stderr, "test_cpp.cc:%d: not true: %s\n", line, what);
    failures++;
}

#define CHECK(condition) check_at((condition), #condition, __LINE__)

template <class Call> mmv_status thrown_by(Call &&call)
{
    try {
        call();
    } catch (const mmview::error &error) {
        CHECK(std::strlen(error.what()) > 0);
        return error.status();
    }
    return MMV_OK;
}

std::string own_name(const char *name)
{
    return "test-cpp-" + std::to_string(getpid()) + "-" + name;
}

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

struct own_exception {
    int number;
};

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

void what_processes_share()
{
    mmv_shared_options options{};
    options.mode = MMV_OPEN_OR_CREATE;
    options.capacity = 4096;
    mmview::map map = mmview::map::named(own_name("map"), MMV_READ_WRITE, options);
    CHECK(mmview::map::named(own_name("map")).capacity() == 4096);
    CHECK(!mmview::map::try_named(own_name("nothing").c_str(), MMV_READ));
    mmview::mutex mutex = mmview::mutex::open(own_name("mutex"), options);
    {
        std::lock_guard<mmview::mutex> held(mutex);
        mmview::mutex again = mmview::mutex::open(own_name("mutex"));
        CHECK(thrown_by([&] { (void)again.try_lock(); }) == MMV_EBUSY);
    }
    std::unique_lock<mmview::mutex> held(mutex, std::try_to_lock);
    CHECK(held.owns_lock());
    held.unlock();
    CHECK(mutex.try_unlock().error().status == MMV_EACCES);
    CHECK(!mutex.lock());
    mutex.unlock();
    bool created = false;
    options.created_ret = &created;
    mmview::mutex owned = mmview::mutex::open_owned(own_name("owned"), options);
    CHECK(created);
    owned.unlock();
    options.created_ret = nullptr;
    mmview::event event = mmview::event::open(own_name("event"), false, true, options);
    CHECK(event.wait_for(std::chrono::milliseconds(0)) && !event.wait_for(std::chrono::milliseconds(0)));
    event.set();
    event.wait();
    mmview::semaphore semaphore = mmview::semaphore::open(own_name("semaphore"), 1, 2, options);
    CHECK(semaphore.try_acquire() && !semaphore.try_acquire());
    semaphore.release(2);
    CHECK(thrown_by([&] { semaphore.release(); }) == MMV_ERANGE);
    semaphore.acquire();
    mmview::channel receiver = mmview::channel::open(own_name("channel"), MMV_CHANNEL_RECEIVE, options);
    mmview::channel sender = mmview::channel::open(own_name("channel"), MMV_CHANNEL_SEND);
    const int numbers[] = {1, 2, 3};
    CHECK(sender.send(std::as_bytes(std::span(numbers))) && sender.has_peer());
    bool came = false;
    try {
        receiver.receive([](std::span<const std::byte>) { throw own_exception{1}; });
    } catch (const own_exception &) {
        came = true;
    }
    CHECK(came);
    std::size_t length = 0;
    CHECK(receiver.receive([&](std::span<const std::byte> message) { length = message.size(); }));
    CHECK(length == sizeof numbers);
    CHECK(!receiver.receive([](std::span<const std::byte>) {}, 0));
}

void die_holding(const std::string &name)
{
    const pid_t child = fork();
    if (child == 0) {
        mmview::mutex own = mmview::mutex::open(name);
        own.lock();
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, nullptr, 0) == child);
}

// Who takes a mutex as std does learns of a dead holder, too.
void abandoned_mutexes()
{
    using namespace std::chrono_literals;
    using lock = std::unique_lock<mmview::mutex>;
    mmv_shared_options options{};
    options.mode = MMV_OPEN_OR_CREATE;
    const std::string name = own_name("abandoned");
    mmview::mutex mutex = mmview::mutex::open(name, options);
    CHECK(!mutex.was_abandoned());
    const auto take = std::to_array<lock (*)(mmview::mutex &)>({
        [](mmview::mutex &from) { return lock(from); },
        [](mmview::mutex &from) { return lock(from, std::try_to_lock); },
        [](mmview::mutex &from) { return lock(from, 500us); },
        [](mmview::mutex &from) { return lock(from, std::chrono::steady_clock::now() + 1h); },
    });
    for (auto how : take) {
        die_holding(name);
        {
            lock held = how(mutex);
            CHECK(held.owns_lock() && mutex.was_abandoned());
            // Told once, and not forgotten while it is held.
            CHECK(!mutex.lock() && mutex.was_abandoned());
            mutex.unlock();
            CHECK(mutex.was_abandoned());
        }
        lock held = how(mutex);
        CHECK(held.owns_lock() && !mutex.was_abandoned());
    }
    die_holding(name);
    mmview::mutex moved = std::move(mutex);
    CHECK(moved.lock() && moved.was_abandoned());
    mmview::mutex again = mmview::mutex::open(own_name("again"), options);
    again = std::move(moved);
    CHECK(again.was_abandoned() && again.try_unlock());
    CHECK(!again.lock() && !again.was_abandoned());
    again.unlock();
}

// A destructor calls unlock(): what fails there ends no program.
void unlocking_throws_nothing()
{
    mmv_shared_options options{};
    options.mode = MMV_OPEN_OR_CREATE;
    mmview::mutex mutex = mmview::mutex::open(own_name("cut"), options);
    static_assert(noexcept(mutex.unlock()) &&noexcept(mutex.try_unlock()));
    mutex.unlock();
    CHECK(mmv_last_error()->status == MMV_EACCES);
    const std::string path = mmv_last_error()->file;
    {
        std::lock_guard<mmview::mutex> held(mutex);
        CHECK(truncate(path.c_str(), 0) == 0);
        (void)mmv_error_set(MMV_EIO, 0, "test");
    }
    CHECK(mmv_last_error()->status == MMV_EACCES || mmv_last_error()->status == MMV_ETRUNC);
    CHECK(thrown_by([&] { mutex.lock(); }) == MMV_ETRUNC);
}

// No clock: what is asked of C, for any duration.
void times_in_milliseconds()
{
    using namespace std::chrono;
    std::vector<std::uint32_t> asked;
    auto ask = [&](auto time) {
        asked.clear();
        (void)mmview::detail::wait_for(mmview::detail::milliseconds(time), [&](std::uint32_t ms) {
            asked.push_back(ms);
            return asked.size() == 3;
        });
        return asked;
    };
    using list = std::vector<std::uint32_t>;
    CHECK(ask(microseconds(500)) == list{1} && ask(nanoseconds(1)) == list{1} && ask(milliseconds(7)) == list{7});
    CHECK(ask(microseconds(7001)) == list{8} && ask(seconds(0)) == list{0} && ask(hours::min()) == list{0});
    CHECK(ask(duration<double>(NAN)) == list{0} && ask(duration<float>(0.25f)) == list{250});
    // MMV_FOREVER is no time: what is longer is asked for in parts.
    const std::uint32_t longest = MMV_FOREVER - 1;
    CHECK(ask(milliseconds(longest)) == list{longest});
    CHECK((ask(milliseconds(MMV_FOREVER)) == list{longest, 1}));
    CHECK((ask(hours::max()) == list{longest, longest, longest}));
}

void times_of_waits()
{
    using namespace std::chrono_literals;
    using std::chrono::steady_clock;
    using by_hours = std::chrono::time_point<steady_clock, std::chrono::hours>;
    mmv_shared_options options{};
    options.mode = MMV_OPEN_OR_CREATE;
    mmview::mutex mutex = mmview::mutex::open(own_name("times"), options);
    std::unique_lock<mmview::mutex> held(mutex);
    std::thread([&] {
        CHECK(!std::unique_lock<mmview::mutex>(mutex, 500us).owns_lock() && !mutex.try_lock_for(-1h));
        const auto end = steady_clock::now() + 3ms;
        CHECK(!mutex.try_lock_until(end) && steady_clock::now() >= end);
        CHECK(!mutex.try_lock_until(steady_clock::time_point::min()));
        CHECK(!mutex.try_lock_until(std::chrono::system_clock::now() - 1s));
    }).join();
    held.unlock();
    CHECK(mutex.try_lock_until(by_hours::max()) && mutex.try_unlock());
    CHECK(mutex.try_lock_for(std::chrono::hours::max()) && mutex.try_unlock());
    mmview::event event = mmview::event::open(own_name("event of times"), false, true, options);
    CHECK(event.wait_until(steady_clock::now()) && !event.wait_for(1us) && !event.wait_until(by_hours::min()));
    mmview::semaphore semaphore = mmview::semaphore::open(own_name("semaphore of times"), 1, 1, options);
    CHECK(semaphore.try_acquire_for(1ns) && !semaphore.try_acquire_until(steady_clock::now() + 1ms));
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
        what_processes_share();
        abandoned_mutexes();
        unlocking_throws_nothing();
        times_in_milliseconds();
        times_of_waits();
        journals_and_outputs();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "test_cpp: %s\n", error.what());
        return 1;
    }
    std::printf("%u failures\n", failures);
    return failures != 0;
}
