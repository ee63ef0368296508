// SPDX-License-Identifier: MIT
// test_cpp_results.cc - mmview.hpp where there are no exceptions: results, and an end with a line where one is thrown.

#include <mmview/mmview.hpp>

#include <atomic>
#include <cstdio>
#include <cstring>

#if defined(__cpp_exceptions)
#error "compiled with -fno-exceptions"
#endif

int main(int count, char **words)
{
    auto missing = mmview::map::try_open("nothing");
    if (count > 1 && std::strcmp(words[1], "value") == 0)
        return static_cast<int>(missing.value().capacity());
    const auto made = mmview::map::try_memory(4000);
    if (missing || missing.error().status != MMV_ENOENT || !made)
        return 1;
    if (count > 1 && std::strcmp(words[1], "stop") == 0)
        mmview::walk<const int>(*made, [](std::span<const int>) { return false; });
    auto view = made->try_view();
    if (!view || !view->try_check() || made->try_view(4001))
        return 2;
    view->write(4, 7);
    std::atomic<int> sum{0};
    mmview::walk<const int>(*made, [&](std::span<const int> some) {
        for (int value : some)
            sum += value;
    });
    auto add = [](int so_far, std::span<const int> some) { return so_far + some[1]; };
    if (sum != 7 || mmview::reduce<int>(*made, 0, add, std::plus<>()) != 7)
        return 3;
    std::puts("results");
    return 0;
}
