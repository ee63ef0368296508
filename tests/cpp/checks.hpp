// SPDX-License-Identifier: MIT
// checks.hpp - what the sources of test_cpp share.
#ifndef TESTS_CHECKS_HPP
#define TESTS_CHECKS_HPP

#include <mmview/mmview.hpp>

#include <cstdio>
#include <cstring>
#include <string>

#include <unistd.h>

extern unsigned failures;

inline void check_at(bool is_true, const char *what, const char *file, int line)
{
    if (is_true)
        return;
    std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
    failures++;
}

#define CHECK(condition) check_at((condition), #condition, __FILE__, __LINE__)

// The status of the mmview::error that a call throws; MMV_OK: it throws none.
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

// A name that no other process has.
inline std::string own_name(const char *name)
{
    return "test-cpp-" + std::to_string(getpid()) + "-" + name;
}

struct own_exception {
    int number;
};

// test_cpp_shared.cc.
void what_is_shared();

#endif
