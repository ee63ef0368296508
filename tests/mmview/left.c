/* SPDX-License-Identifier: MIT */
/* left.c - see left.h. */

#include "left.h"

#include "check.h"
#include "os/name.h"
#include "peers.h"
#include "scratch.h"
#include "shared/names.h"
#include "shared/spelling.h"

#include <mmview/channel.h>

#include <glob.h>
#include <stdlib.h>

static const char *long_name(const char *name)
{
    static char text[600];
    int length = snprintf(text, sizeof text, "%s-", name);
    memset(text + length, 'n', sizeof text - 1 - (size_t)length);
    return text;
}

/* What is never closed is static: it is no leak. */
int left_open_all(const char *name)
{
    static mmv_map *map, *other, *image, *file;
    static mmv_mutex *mutex;
    static mmv_event *event;
    static mmv_semaphore *semaphore;
    static mmv_channel *channel;
    static mmv_view view;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    int failed = mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK;
    failed += failed || mmv_view_open(map, 0, 0, &view) != MMV_OK;
    failed += mmv_map_open_named(long_name(name), MMV_READ_WRITE, &options, &other) != MMV_OK;
    failed += mmv_map_open_named(peers_of(name, "a/b\n%"), MMV_READ, &options, &image) != MMV_OK;
    failed += mmv_mutex_open(peers_of(name, "mutex"), &options, &mutex) != MMV_OK;
    failed += failed || mmv_mutex_lock(mutex, 0) != MMV_OK;
    failed += mmv_event_open(peers_of(name, "event"), true, false, &options, &event) != MMV_OK;
    failed += mmv_semaphore_open(peers_of(name, "semaphore"), 1, 2, &options, &semaphore) != MMV_OK;
    failed += mmv_channel_open(peers_of(name, "channel"), MMV_CHANNEL_RECEIVE, &options, &channel) != MMV_OK;
    failed += mmv_map_open(scratch("file"), MMV_READ, &file) != MMV_OK;
    failed += failed || mmv_map_share(file, peers_of(name, "image"), NULL) != MMV_OK;
    return failed;
}

int left_open_and_exit(const char *name)
{
    exit(left_open_all(name));
}

struct count {
    const char *name;
    unsigned seen;
};

static bool count_file(const char *file, void *user)
{
    struct count *count = user;
    count->seen += strstr(file, count->name) != NULL;
    return true;
}

unsigned left_files_of(const char *name)
{
    char sum[MMV__PART_MOST + 1], path[64];
    mmv__name_spell(long_name(name), sum);
    struct count count = {name, 0}, sums = {sum, 0};
    for (unsigned hidden = 0; hidden < 2; hidden++) {
        snprintf(path, sizeof path, "%s%s", mmv__os_shared_directory(), hidden ? ".mmv." : "mmv.");
        mmv__os_list(path, count_file, &count);
        mmv__os_list(path, count_file, &sums);
    }
    return count.seen + sums.seen;
}

const char *left_label_of(const char *name)
{
    static char found[300];
    char pattern[300];
    glob_t all;
    const char *last = strrchr(peers_path(name), '/');
    snprintf(pattern, sizeof pattern, "%.*s.%s.*", (int)(last + 1 - peers_path(name)), peers_path(name), last + 1);
    bool is_there = glob(pattern, 0, NULL, &all) == 0 && all.gl_pathc > 0;
    snprintf(found, sizeof found, "%s", is_there ? all.gl_pathv[0] : "");
    globfree(&all);
    return is_there ? found : NULL;
}
