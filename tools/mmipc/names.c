/* SPDX-License-Identifier: MIT */
/* names: what has a name here, whose it is, and away with it. */
#include <inttypes.h>
#include <stdio.h>

#include <mmview/shared.h>

#include "kit/cli/json.h"
#include "kit/cli/sizes.h"
#include "kit/cli/text.h"
#include "kit/os/process.h"
#include "mmipc/mmipc.h"

#define USER_TEXT 64 /* longer names than any system has */

static const char *user_text(uint32_t user, char text[USER_TEXT])
{
    if (!process_user_name(user, text, USER_TEXT))
        snprintf(text, USER_TEXT, "%" PRIu32, user);
    return text;
}

static const char *state(const mmv_shared_info *info)
{
    if (info->persists)
        return info->in_use ? "persists,used" : "persists";
    return "used";
}

/* As it was given. */
static const char *name_of(const struct request *request, const mmv_shared_info *info)
{
    return info->full_name ? info->full_name : request->name;
}

static void print_json(const struct request *request, const mmv_shared_info *info)
{
    struct json json;
    json_begin(&json, stdout);
    json_text(&json, "schema", "mmipc-1");
    json_text(&json, "tool", request->console->tool);
    json_text(&json, "version", MMV_VERSION);
    json_text(&json, "name", name_of(request, info));
    json_text(&json, "kind", mmv_shared_kind_name(info->kind));
    json_count(&json, "capacity", info->capacity);
    json_count(&json, "allocated", info->allocated);
    json_count(&json, "user", info->user);
    json_count(&json, "group", info->group);
    json_count(&json, "mode", info->permissions);
    json_bool(&json, "persists", info->persists);
    json_bool(&json, "in_use", info->in_use);
    json_end(&json);
}

static bool print_line(const mmv_shared_info *info, void *user)
{
    const struct request *request = user;
    char name[USER_TEXT];
    char size[SIZES_TEXT];
    if (request->json)
        print_json(request, info);
    else
        text_line(stdout, "%-9s %12s %04o %-8s %-13s %s", mmv_shared_kind_name(info->kind),
                  sizes_text(info->capacity, size), info->permissions, user_text(info->user, name), state(info),
                  name_of(request, info));
    return !ferror(stdout);
}

static int finish(const struct request *request)
{
    return console_flush(request->console);
}

int name_list(const struct request *request)
{
    struct request copy = *request;
    if (mmv_shared_list(print_line, &copy) != MMV_OK)
        return request_failed(request);
    return finish(request);
}

static void print_facts(const struct request *request, const mmv_shared_info *info)
{
    char name[USER_TEXT];
    text_line(stdout, "name: %s", name_of(request, info));
    text_line(stdout, "kind: %s", mmv_shared_kind_name(info->kind));
    text_line(stdout, "capacity: %" PRIu64, info->capacity);
    text_line(stdout, "allocated: %" PRIu64, info->allocated);
    text_line(stdout, "owner: %s", user_text(info->user, name));
    text_line(stdout, "mode: %04o", info->permissions);
    text_line(stdout, "persists: %s", info->persists ? "yes" : "no");
    text_line(stdout, "in use: %s", info->in_use ? "yes" : "no");
}

int name_stat(const struct request *request)
{
    mmv_shared_info info;
    if (mmv_shared_stat(request->name, &info) != MMV_OK)
        return request_failed(request);
    if (request->json)
        print_json(request, &info);
    else
        print_facts(request, &info);
    return finish(request);
}

int name_chmod(const struct request *request)
{
    return mmv_shared_set_permissions(request->name, request->mode) == MMV_OK ? TOOL_DONE : request_failed(request);
}

int name_remove(const struct request *request)
{
    return mmv_shared_remove(request->name) == MMV_OK ? TOOL_DONE : request_failed(request);
}
