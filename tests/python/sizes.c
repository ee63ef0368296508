/* SPDX-License-Identifier: MIT */
/* sizes: what the Python package takes from the headers, as the compiler sees it: structs, their fields, numbers. */
#include <stdio.h>

#include <mmimage/mmimage.h>
#include <mmview/mmview.h>

#define SIZE(type) printf(#type " %zu\n", sizeof(type))
#define FIELD(type, field) printf(#type "." #field " %zu\n", offsetof(type, field))
#define NUMBER(name) printf(#name " %llu\n", (unsigned long long)(name))

static void structs(void)
{
    SIZE(mmv_view);
    SIZE(mmv_map_options);
    SIZE(mmv_range);
    SIZE(mmv_error);
    FIELD(mmv_view, data);
    FIELD(mmv_view, length);
    FIELD(mmv_view, offset);
    FIELD(mmv_map_options, mode);
    FIELD(mmv_map_options, capacity);
    FIELD(mmv_error, os_error);
    FIELD(mmv_error, parameter);
    FIELD(mmv_error, has_offset);
    FIELD(mmv_error, offset);
    FIELD(mmv_error, file);
    FIELD(mmv_error, detail);
}

static void walks(void)
{
    SIZE(mmv_chunk);
    SIZE(mmv_walk_stats);
    SIZE(mmv_walk_options);
    SIZE(mmv_reduction);
    SIZE(mmv_turn);
    FIELD(mmv_turn, io);
    FIELD(mmv_turn, populate);
    FIELD(mmv_chunk, source);
    FIELD(mmv_chunk, count);
    FIELD(mmv_chunk, index);
    FIELD(mmv_chunk, offset);
    FIELD(mmv_chunk, thread);
    FIELD(mmv_chunk, is_trial);
    FIELD(mmv_walk_stats, bytes);
    FIELD(mmv_walk_stats, records);
    FIELD(mmv_walk_stats, resumed);
    FIELD(mmv_walk_stats, threads);
    FIELD(mmv_walk_stats, io);
    FIELD(mmv_walk_stats, reason);
    FIELD(mmv_walk_stats, seconds);
    FIELD(mmv_walk_options, record_size);
    FIELD(mmv_walk_options, offset);
    FIELD(mmv_walk_options, length);
    FIELD(mmv_walk_options, out_record_size);
    FIELD(mmv_walk_options, out_offset);
    FIELD(mmv_walk_options, io);
    FIELD(mmv_walk_options, threads);
    FIELD(mmv_walk_options, window);
    FIELD(mmv_walk_options, journal);
    FIELD(mmv_walk_options, stats);
    FIELD(mmv_reduction, partial_size);
    FIELD(mmv_reduction, block);
    FIELD(mmv_reduction, fold);
    FIELD(mmv_reduction, merge);
}

static void journals(void)
{
    SIZE(mmv_journal_options);
    FIELD(mmv_journal_options, mode);
    FIELD(mmv_journal_options, operation);
    FIELD(mmv_journal_options, files);
    FIELD(mmv_journal_options, wait_ms);
    FIELD(mmv_journal_options, offset);
    FIELD(mmv_journal_options, length);
    FIELD(mmv_journal_options, varies);
    NUMBER(MMV_JOURNAL_KILL);
    NUMBER(MMV_JOURNAL_POWER);
    NUMBER(MMV_JOURNAL_FINISHED);
    NUMBER(MMV_JOURNAL_SPOILED);
}

static void names(void)
{
    SIZE(mmv_shared_options);
    SIZE(mmv_shared_info);
    FIELD(mmv_shared_options, permissions);
    FIELD(mmv_shared_options, any_owner);
    FIELD(mmv_shared_options, created_ret);
    FIELD(mmv_shared_options, limits);
    FIELD(mmv_shared_info, kind);
    FIELD(mmv_shared_info, capacity);
    FIELD(mmv_shared_info, permissions);
    FIELD(mmv_shared_info, in_use);
    FIELD(mmv_shared_info, full_name);
    NUMBER(MMV_CHANNEL_SEND);
    NUMBER(MMV_CHANNEL_RECEIVE);
    NUMBER(MMV_FOREVER);
    NUMBER(MMV_NAME_MAX);
}

static void images(void)
{
    SIZE(mmi_type);
    SIZE(mmi_image);
    SIZE(mmi_stale);
    SIZE(mmi_note);
    SIZE(mmi_container);
    SIZE(mmi_source);
    SIZE(mmi_wish);
    SIZE(mmi_clue);
    SIZE(mmi_piece);
    FIELD(mmi_image, samples);
    FIELD(mmi_image, width);
    FIELD(mmi_image, layout);
    FIELD(mmi_container, frames);
    FIELD(mmi_container, from_end);
    FIELD(mmi_container, slope);
    FIELD(mmi_container, place);
    FIELD(mmi_container, name);
    FIELD(mmi_container, problem);
    FIELD(mmi_container, meaning);
    FIELD(mmi_container, part_name);
    FIELD(mmi_container, no_data_count);
    FIELD(mmi_container, notes);
    FIELD(mmi_container, note_count);
    FIELD(mmi_container, pieces);
    FIELD(mmi_container, files);
    FIELD(mmi_clue, mark);
    FIELD(mmi_clue, remedy);
    FIELD(mmi_piece, stride);
    FIELD(mmi_piece, channel);
    FIELD(mmi_piece, file);
    NUMBER(MMI_RAW);
    NUMBER(MMI_EHDR);
    NUMBER(MMI_MARK_OTHER);
    NUMBER(MMI_SAMPLES_LISTED);
    NUMBER(MMI_F16);
    NUMBER(MMI_BSQ);
    NUMBER(MMI_MEANS_LAB);
    NUMBER(MMI_NOTE_SATURATED);
}

int main(void)
{
    structs();
    walks();
    journals();
    names();
    images();
    NUMBER(MMV_IO_AUTO);
    NUMBER(MMV_IO_DIRECT);
    NUMBER(MMV_READ);
    NUMBER(MMV_READ_WRITE);
    NUMBER(MMV_COPY_ON_WRITE);
    NUMBER(MMV_OPEN_EXISTING);
    NUMBER(MMV_OPEN_OR_CREATE);
    NUMBER(MMV_CREATE);
    NUMBER(MMV_CREATE_NEW);
    NUMBER(MMV_FLUSH_START);
    NUMBER(MMV_FLUSH_DURABLE);
    NUMBER(MMV_EMPTY);
    /* The first, some, and the last: what lies between follows from their number. */
    NUMBER(MMV_EINVAL);
    NUMBER(MMV_ENOSPC);
    NUMBER(MMV_ETRUNC);
    NUMBER(MMV_EBUSY);
    NUMBER(MMV_EJOURNAL);
    NUMBER(MMV_ETIMEOUT);
    NUMBER(MMV_EPEER);
    printf("MMV_VERSION %s\n", MMV_VERSION);
    return 0;
}
