/* SPDX-License-Identifier: MIT */
/*
 * locks: mutexes and events around commands.
 *
 * A mutex belongs to the process that locked it. So COMMAND runs as a child, and mmipc waits for it, holding the lock;
 * should mmipc be killed, the child is told to end (SIGTERM), since others may go on from then.
 *
 * Where no name lasts longer than its users (MMV_ENOTSUP), a lock and who waits are its users. Who signals needs one
 * that is there: his own would be gone with him.
 */
#include <string.h>

#include <mmview/sync.h>

#include "kit/os/process.h"
#include "mmipc/mmipc.h"

static mmv_shared_options options_for(const struct request *request)
{
    return (mmv_shared_options){.mode = MMV_OPEN_OR_CREATE, .permissions = request->mode, .persist = true};
}

static int run_command(const struct request *request)
{
    const struct process process = {.words = request->more, .input = -1, .output = -1, .is_bound = true};
    int status;
    int error = process_run(&process, &status);
    if (error == 0)
        return status;
    if (status == 0)
        return console_error(request->console, NULL, "cannot start a process: %s", strerror(error));
    console_error(request->console, request->more[0], "cannot run it: %s", strerror(error));
    return status;
}

int lock_run(const struct request *request)
{
    mmv_mutex *mutex;
    mmv_shared_options options = options_for(request);
    mmv_status status = mmv_mutex_open(request->name, &options, &mutex);
    if (status == MMV_ENOTSUP) {
        options.persist = false;
        status = mmv_mutex_open(request->name, &options, &mutex);
    }
    if (status != MMV_OK)
        return request_failed(request);
    status = mmv_mutex_lock(mutex, request->wait_ms);
    int result;
    if (status == MMV_ETIMEOUT)
        result = console_error(request->console, request->name, "somebody else holds it");
    else if (status != MMV_OK && status != MMV_EABANDONED)
        result = request_failed(request);
    else {
        if (status == MMV_EABANDONED && !request->console->quiet)
            console_error(request->console, request->name,
                          "its last holder died: what it protects may be half changed");
        result = run_command(request);
    }
    mmv_mutex_close(&mutex);
    return result;
}

/* 'short_lived': how, where no name lasts. */
static mmv_status open_event(const struct request *request, mmv_open_mode short_lived, mmv_event **event_ret)
{
    mmv_shared_options options = options_for(request);
    mmv_status status = mmv_event_open(request->name, false, false, &options, event_ret);
    if (status != MMV_ENOTSUP)
        return status;
    options.persist = false;
    options.mode = short_lived;
    return mmv_event_open(request->name, false, false, &options, event_ret);
}

int event_signal(const struct request *request)
{
    mmv_event *event;
    mmv_status status = open_event(request, MMV_OPEN_EXISTING, &event);
    if (status == MMV_ENOENT)
        return console_error(request->console, request->name,
                             "nobody waits for it, and on this system no name lasts longer than its users");
    if (status != MMV_OK)
        return request_failed(request);
    int result = mmv_event_set(event) == MMV_OK ? TOOL_DONE : request_failed(request);
    mmv_event_close(&event);
    return result;
}

int event_wait(const struct request *request)
{
    mmv_event *event;
    mmv_status status = open_event(request, MMV_OPEN_OR_CREATE, &event);
    if (status != MMV_OK)
        return request_failed(request);
    status = mmv_event_wait(event, request->wait_ms);
    int result = TOOL_DONE;
    if (status == MMV_ETIMEOUT)
        result = console_error(request->console, request->name, "was not signalled in time");
    else if (status != MMV_OK)
        result = request_failed(request);
    mmv_event_close(&event);
    return result;
}
