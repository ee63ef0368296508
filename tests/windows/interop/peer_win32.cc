/* SPDX-License-Identifier: MIT */
/*
 * peer_win32.cc - the other side of interop.py in C++, with nothing but Win32: its lines and answers are those of
 * peer_mmview.c.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

using Words = std::vector<std::string>;

static HANDLE map, mutex, event, semaphore;
static char *bytes;

static std::string failure(DWORD error)
{
    if (error == ERROR_FILE_NOT_FOUND)
        return "missing";
    if (error == ERROR_INVALID_HANDLE)
        return "kind";
    return "error " + std::to_string(error);
}

/* A handle that was made or opened; what was to be new is not when the name is there already. */
static std::string keep(HANDLE *place, HANDLE handle, bool create)
{
    DWORD error = GetLastError();
    if (!handle)
        return failure(error);
    if (create && error == ERROR_ALREADY_EXISTS) {
        CloseHandle(handle);
        return "exists";
    }
    *place = handle;
    return "ok";
}

static std::string take(HANDLE handle, const std::string &milliseconds)
{
    switch (WaitForSingleObject(handle, std::stoul(milliseconds))) {
    case WAIT_OBJECT_0:
        return "ok";
    case WAIT_ABANDONED:
        return "abandoned";
    case WAIT_TIMEOUT:
        return "timeout";
    default:
        return failure(GetLastError());
    }
}

static std::string yes_or_why(BOOL good)
{
    return good ? "ok" : failure(GetLastError());
}

static std::string let_go(HANDLE *place)
{
    BOOL closed = CloseHandle(*place);
    *place = nullptr;
    return yes_or_why(closed);
}

static HANDLE section_of_file(const Words &words)
{
    HANDLE file =
        CreateFileA(words[2].c_str(), GENERIC_READ | GENERIC_WRITE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING, 0, nullptr);
    if (file == INVALID_HANDLE_VALUE)
        return nullptr;
    SetLastError(0);
    HANDLE section = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, words[1].c_str());
    DWORD error = GetLastError();
    CloseHandle(file);
    SetLastError(error);
    return section;
}

static std::string find_map(const Words &words)
{
    bool create = words[0] != "open";
    HANDLE handle;
    SetLastError(0);
    if (words[0] == "file")
        handle = section_of_file(words);
    else if (create)
        handle = CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, std::stoul(words[2]),
                                    words[1].c_str());
    else
        handle = OpenFileMappingA(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, words[1].c_str());
    std::string said = keep(&map, handle, create);
    if (said != "ok")
        return said;
    bytes = static_cast<char *>(MapViewOfFile(map, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0));
    MEMORY_BASIC_INFORMATION facts;
    if (!bytes || !VirtualQuery(bytes, &facts, sizeof facts))
        return failure(GetLastError());
    return "ok " + std::to_string(facts.RegionSize);
}

static std::string use_map(const Words &words)
{
    if (words[0] == "put")
        return std::memcpy(bytes + std::stoul(words[1]), words[2].data(), words[2].size()), "ok";
    if (words[0] == "get")
        return "ok " + std::string(bytes + std::stoul(words[1]), std::stoul(words[2]));
    if (words[0] != "close")
        return find_map(words);
    UnmapViewOfFile(bytes);
    return let_go(&map);
}

static std::string use_mutex(const Words &words)
{
    SetLastError(0);
    if (words[0] == "create")
        return keep(&mutex, CreateMutexA(nullptr, FALSE, words[1].c_str()), true);
    if (words[0] == "open")
        return keep(&mutex, OpenMutexA(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, words[1].c_str()), false);
    if (words[0] == "take")
        return take(mutex, words[1]);
    return words[0] == "give" ? yes_or_why(ReleaseMutex(mutex)) : let_go(&mutex);
}

static std::string use_event(const Words &words)
{
    SetLastError(0);
    if (words[0] == "create")
        return keep(&event, CreateEventA(nullptr, words[2] == "manual", FALSE, words[1].c_str()), true);
    if (words[0] == "open")
        return keep(&event, OpenEventA(SYNCHRONIZE | EVENT_MODIFY_STATE, FALSE, words[1].c_str()), false);
    if (words[0] == "take")
        return take(event, words[1]);
    if (words[0] == "set")
        return yes_or_why(SetEvent(event));
    return words[0] == "reset" ? yes_or_why(ResetEvent(event)) : let_go(&event);
}

static std::string give_semaphore(LONG count)
{
    LONG before;
    if (ReleaseSemaphore(semaphore, count, &before))
        return "ok " + std::to_string(before);
    DWORD error = GetLastError();
    return error == ERROR_TOO_MANY_POSTS ? "full" : failure(error);
}

static std::string use_semaphore(const Words &words)
{
    SetLastError(0);
    if (words[0] == "create")
        return keep(&semaphore, CreateSemaphoreA(nullptr, std::stol(words[2]), std::stol(words[3]), words[1].c_str()),
                    true);
    if (words[0] == "open")
        return keep(&semaphore, OpenSemaphoreA(SYNCHRONIZE | SEMAPHORE_MODIFY_STATE, FALSE, words[1].c_str()), false);
    if (words[0] == "take")
        return take(semaphore, words[1]);
    return words[0] == "give" ? give_semaphore(std::stol(words[1])) : let_go(&semaphore);
}

static std::string answer(const std::string &kind, const Words &words)
{
    if (words.empty())
        return "error no such line";
    if (kind == "map")
        return use_map(words);
    if (kind == "mutex")
        return use_mutex(words);
    if (kind == "event")
        return use_event(words);
    return kind == "semaphore" ? use_semaphore(words) : "error no such line";
}

int main()
{
    std::string line, kind, word;
    while (std::getline(std::cin, line)) {
        std::istringstream input(line);
        Words words;
        for (input >> kind; input >> word;)
            words.push_back(word);
        std::cout << answer(kind, words) << std::endl;
    }
}
