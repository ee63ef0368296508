// SPDX-License-Identifier: MIT
// test_cpp_shared.cc - mmview.hpp: what processes share, a mutex as std knows it, and times of waits.

#include "checks.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace
{

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

} // namespace

void what_is_shared()
{
    what_processes_share();
    abandoned_mutexes();
    unlocking_throws_nothing();
    times_in_milliseconds();
    times_of_waits();
}
