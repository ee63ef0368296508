/* SPDX-License-Identifier: MIT */
/*
 * temporary_reader_win32.cc - temporary_reader.c without this library: a C++ program on the calls of Win32 reads what
 * temporary_writer has put into the map, which it finds by name. As in the introduction that both come from, where the
 * writer is a program in C#. On Windows alone.
 *
 *     temporary_reader_win32 [SECONDS [ROUNDS]]
 *
 * Unlike there the bytes are mapped once, not once a round, and read under the mutex of the writer.
 */

#include <cstdlib>
#include <iostream>
#include <string>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define SIZE 1024

/* The name with $MMV_EXAMPLE_SUFFIX behind it, as seed.h has it. */
static std::string seed_name(const char *name)
{
    const char *suffix = std::getenv("MMV_EXAMPLE_SUFFIX");
    return std::string(name) + (suffix ? suffix : "");
}

static int fail(const char *what)
{
    std::cerr << "temporary_reader_win32: " << what << ": error " << GetLastError() << std::endl;
    return 1;
}

/* Whoever died with the mutex may have left half a text, and the next one replaces it. */
static bool lock(HANDLE mutex)
{
    DWORD got = WaitForSingleObject(mutex, INFINITE);
    return got == WAIT_OBJECT_0 || got == WAIT_ABANDONED;
}

static int read_rounds(const char *bytes, HANDLE mutex, double seconds, double rounds)
{
    for (int round = 1; rounds == 0 || round <= rounds; round++) {
        Sleep(static_cast<DWORD>(seconds * 1000));
        if (!lock(mutex))
            return fail("lock");
        std::string text(bytes, strnlen(bytes, SIZE));
        ReleaseMutex(mutex);
        std::cout << "读取共享内存数据:" << text << std::endl; /* read from the shared memory */
    }
    return 0;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 1;
    double rounds = argc > 2 ? std::strtod(argv[2], nullptr) : 0; /* 0 = without end */

    HANDLE map = OpenFileMappingA(FILE_MAP_READ, FALSE, seed_name("global_share_memory").c_str());
    if (!map) {
        std::cout << "无共享内存..." << std::endl; /* no shared memory */
        return 1;
    }
    HANDLE mutex = OpenMutexA(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, seed_name("global_share_memory_lock").c_str());
    if (!mutex)
        return fail("the mutex");
    const char *bytes = static_cast<const char *>(MapViewOfFile(map, FILE_MAP_READ, 0, 0, SIZE));
    if (!bytes)
        return fail("the view");
    return read_rounds(bytes, mutex, seconds, rounds);
}
