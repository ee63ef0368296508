/* SPDX-License-Identifier: MIT */
/* sizes: what the .NET package takes from the headers, as the compiler sees it: structs, their fields, numbers. */
#include <stdio.h>

#include <mmview/mmview.h>

#define SIZE(type) printf(#type " %zu\n", sizeof(type))
#define FIELD(type, field) printf(#type "." #field " %zu\n", offsetof(type, field))
#define NUMBER(name) printf(#name " %llu\n", (unsigned long long)(name))

static void views(void)
{
    FIELD(mmv_view, data);
    FIELD(mmv_view, length);
    FIELD(mmv_view, offset);
    SIZE(mmv_shared_options);
    FIELD(mmv_shared_options, mode);
    FIELD(mmv_shared_options, capacity);
    FIELD(mmv_shared_options, permissions);
    FIELD(mmv_shared_options, persist);
    FIELD(mmv_shared_options, delay_allocation);
    FIELD(mmv_shared_options, any_owner);
    FIELD(mmv_shared_options, created_ret);
    FIELD(mmv_shared_options, limits);
    FIELD(mmv_error, status);
    FIELD(mmv_error, os_error);
    FIELD(mmv_error, operation);
    FIELD(mmv_error, parameter);
    FIELD(mmv_error, has_offset);
    FIELD(mmv_error, offset);
    FIELD(mmv_error, file);
    FIELD(mmv_error, detail);
}

static void walks(void)
{
    FIELD(mmv_chunk, data);
    FIELD(mmv_chunk, source);
    FIELD(mmv_chunk, count);
    FIELD(mmv_chunk, index);
    FIELD(mmv_chunk, offset);
    FIELD(mmv_chunk, thread);
    FIELD(mmv_chunk, is_trial);
    SIZE(mmv_walk_stats);
    FIELD(mmv_walk_stats, bytes);
    FIELD(mmv_walk_stats, records);
    FIELD(mmv_walk_stats, resumed);
    FIELD(mmv_walk_stats, threads);
    FIELD(mmv_walk_stats, io);
    FIELD(mmv_walk_stats, reason);
    FIELD(mmv_walk_stats, seconds);
    SIZE(mmv_walk_options);
    FIELD(mmv_walk_options, record_size);
    FIELD(mmv_walk_options, offset);
    FIELD(mmv_walk_options, length);
    FIELD(mmv_walk_options, stride);
    FIELD(mmv_walk_options, io);
    FIELD(mmv_walk_options, threads);
    FIELD(mmv_walk_options, window);
    FIELD(mmv_walk_options, max_mapped);
    FIELD(mmv_walk_options, max_maps);
    FIELD(mmv_walk_options, journal);
    FIELD(mmv_walk_options, tick);
    FIELD(mmv_walk_options, tick_user);
    FIELD(mmv_walk_options, stats);
}

static void journals(void)
{
    SIZE(mmv_journal_options);
    FIELD(mmv_journal_options, mode);
    FIELD(mmv_journal_options, operation);
    FIELD(mmv_journal_options, files);
    FIELD(mmv_journal_options, bytes);
    FIELD(mmv_journal_options, threads);
    FIELD(mmv_journal_options, wait_ms);
    FIELD(mmv_journal_options, offset);
    FIELD(mmv_journal_options, length);
    FIELD(mmv_journal_options, job);
    FIELD(mmv_journal_options, adopt);
    FIELD(mmv_journal_options, varies);
    FIELD(mmv_journal_options, settle);
    FIELD(mmv_journal_options, settle_user);
    FIELD(mmv_journal_options, kept);
}

int main(void)
{
    views();
    walks();
    journals();
    NUMBER(MMV_IO_DIRECT);
    NUMBER(MMV_JOURNAL_POWER);
    /* The first, some, and the last: what lies between follows from their number. */
    NUMBER(MMV_EINVAL);
    NUMBER(MMV_ENOSPC);
    NUMBER(MMV_ETRUNC);
    NUMBER(MMV_EBUSY);
    NUMBER(MMV_EJOURNAL);
    NUMBER(MMV_ETIMEOUT);
    NUMBER(MMV_EPEER);
    return 0;
}
