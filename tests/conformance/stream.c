/* SPDX-License-Identifier: MIT */
/* stream.c - rows of MemoryMappedViewStream.Tests, and of the conformance tests that .NET runs on all its streams. */

#include "conformance.h"

/* ---- MemoryMappedViewStream.Tests ------------------------------------------------------------------------------- */

static void check_ranges(mmv_map *map)
{
    mmv_stream stream;
    uint64_t size = mmv_map_capacity(map);
    THROWS(CONF_VIEW, mmv_stream_open(map, 0, (uint64_t)-1, 10, &stream), "ArgumentOutOfRange(offset)");
    THROWS(CONF_VIEW, mmv_stream_open(map, 0, 0, size + 1, &stream), "UnauthorizedAccess(size)");
    THROWS(CONF_VIEW, mmv_stream_open(map, 0, size, 1, &stream), "UnauthorizedAccess(size)");
}

static void bad_ranges(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_ranges);
}

static void check_rest(mmv_map *map)
{
    static const mmv_access bad[] = {(mmv_access)-1, 42, 16, MMV_EXECUTE};
    mmv_stream stream;
    THROWS(CONF_VIEW, mmv_stream_open(map, 0, 0, (uint64_t)-2, &stream), "UnauthorizedAccess(size)");
    THROWS(CONF_VIEW, mmv_stream_open(map, 0, 0, INT64_MAX, &stream), "UnauthorizedAccess(size)");
    for (size_t i = 0; i < COUNT(bad); i++)
        THROWS(CONF_VIEW, mmv_stream_open(map, bad[i], 0, 0, &stream), "Argument(access)");
}

static void bad_rest(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_rest);
}

static const mmv_access maps[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE, RX, RWX};

static void check_valid(mmv_map *map)
{
    static const mmv_access all[] = {MMV_READ, MMV_WRITE, MMV_READ_WRITE, MMV_COPY_ON_WRITE, RX, RWX};
    bool executes = conf_may_execute(map);
    for (size_t i = 0; i < COUNT(all); i++) {
        if (!conf_allows(mmv_map_access(map), all[i]) || (!executes && (all[i] & MMV_EXECUTE)))
            continue;
        mmv_stream stream = conf_stream_of(map, all[i], 0, 0);
        HOLDS(stream.view.length == mmv_map_capacity(map) && stream.position == 0);
        conf_validate_stream(&stream, all[i]);
        mmv_stream_close(&stream);
    }
}

static void valid_access(void)
{
    for (size_t i = 0; i < COUNT(maps); i++)
        conf_each_map(4096, maps[i], check_valid);
}

static void invalid_access(void)
{
    for (size_t i = 0; i < COUNT(maps); i++)
        conf_each_map(4096, maps[i], conf_check_matrix);
}

static void check_starts(mmv_map *map)
{
    static const uint64_t offsets[] = {0, 1, 4095, 4096};
    mmv_view whole = conf_view(map, MMV_READ_WRITE, 0, 0);
    for (size_t i = 0; i < COUNT(offsets); i++) {
        uint8_t byte = (uint8_t)(i + 1);
        mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, offsets[i], 0);
        HOLDS(stream.view.offset == offsets[i] && stream.view.length == whole.length - offsets[i]);
        if (stream.view.length == 0) {
            THROWS(CONF_STREAM, mmv_stream_write(&stream, &byte, 1), "NotSupported");
        } else {
            FINE(mmv_stream_write(&stream, &byte, 1));
            HOLDS(conf_byte(&whole, (size_t)offsets[i]) == byte);
        }
        mmv_stream_close(&stream);
    }
    mmv_view_close(&whole);
}

static void starts_of_streams(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_starts);
}

static void check_methods(mmv_map *map)
{
    static const uint8_t last[3] = {1, 2, 3};
    uint8_t got[4] = {9, 9, 9, 9};
    size_t done = 0;
    mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
    FINE(mmv_stream_write(&stream, "A", 1));
    stream.position = 0;
    HOLDS(mmv_stream_read(&stream, got, 1, &done) == MMV_OK && done == 1 && got[0] == 'A');
    FINE(mmv_stream_seek(&stream, -3, MMV_FROM_END, NULL));
    FINE(mmv_stream_write(&stream, last, 3));
    FINE(mmv_stream_seek(&stream, -3, MMV_FROM_POSITION, NULL));
    HOLDS(mmv_stream_read(&stream, got, 4, &done) == MMV_OK && done == 3 && memcmp(got, last, 3) == 0 && got[3] == 9);
    HOLDS(stream.position == stream.view.length);
    HOLDS(mmv_stream_read(&stream, got, 1, &done) == MMV_OK && done == 0);
    THROWS(CONF_STREAM, mmv_stream_write(&stream, last, 1), "NotSupported");
    /* Too long by one: nothing is written. */
    FINE(mmv_stream_seek(&stream, -2, MMV_FROM_END, NULL));
    THROWS(CONF_STREAM, mmv_stream_write(&stream, "xyz", 3), "NotSupported");
    HOLDS(memcmp((char *)stream.view.data + stream.view.length - 3, last, 3) == 0);
    HOLDS(stream.position == stream.view.length - 2);
    mmv_stream_close(&stream);
}

static void all_methods(void)
{
    conf_each_map(8192, MMV_READ_WRITE, check_methods);
}

static void check_sharing(mmv_map *map)
{
    uint8_t byte = 0;
    size_t done = 0;
    mmv_stream one = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
    mmv_stream other = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
    FINE(mmv_stream_write(&one, "*", 1));
    HOLDS(mmv_stream_read(&other, &byte, 1, &done) == MMV_OK && done == 1 && byte == '*');
    mmv_stream_close(&one);
    mmv_stream_close(&other);
    mmv_view later = conf_view(map, MMV_READ, 0, 0);
    HOLDS(mmv_view_read_uint8(&later, 0, &byte) == MMV_OK && byte == '*');
    mmv_view_close(&later);
}

static void streams_share(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_sharing);
}

static void check_copies(mmv_map *map)
{
    mmv_stream whole = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
    FINE(mmv_stream_write(&whole, "\x2a", 1));
    mmv_stream copy = conf_stream_of(map, MMV_COPY_ON_WRITE, 0, 0);
    HOLDS(conf_byte(&copy.view, 0) == 42);
    FINE(mmv_stream_write(&copy, "\x54", 1));
    HOLDS(conf_byte(&copy.view, 0) == 84 && conf_byte(&whole.view, 0) == 42);
    mmv_stream_close(&copy);
    HOLDS(conf_byte(&whole.view, 0) == 42);
    mmv_stream_close(&whole);
}

static void copy_on_write(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_copies);
}

static void check_disposed(mmv_map *map)
{
    uint8_t byte = 0;
    size_t done = 7;
    mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
    mmv_stream_close(&stream);
    mmv_stream_close(&stream);
    HOLDS(stream.view.data == NULL && stream.view.length == 0 && stream.position == 0);
    THROWS(CONF_STREAM, mmv_stream_read(&stream, &byte, 1, &done), "ObjectDisposed");
    HOLDS(done == 0);
    THROWS(CONF_STREAM, mmv_stream_read(&stream, &byte, 0, &done), "ObjectDisposed");
    THROWS(CONF_STREAM, mmv_stream_write(&stream, &byte, 1), "ObjectDisposed");
    THROWS(CONF_STREAM, mmv_stream_write(&stream, &byte, 0), "ObjectDisposed");
    THROWS(CONF_STREAM, mmv_stream_seek(&stream, 0, MMV_FROM_START, NULL), "ObjectDisposed");
    THROWS(CONF_STREAM, mmv_stream_flush(&stream, MMV_FLUSH_DURABLE), "ObjectDisposed");
}

static void disposed(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_disposed);
}

static const conf_row rows[] = {
    SAME("InvalidArguments", bad_ranges),
    DIFFERS("InvalidArguments: size -1, size int64 max, access -1, 42", bad_rest,
            "as for views: one error for what does not fit, and what is no access is a wrong argument"),
    SAME("ValidAccessLevelCombinations", valid_access),
    SAME("InvalidAccessLevelsCombinations", invalid_access),
    SAME("InvalidAccessLevels_ReadWrite_NonUwp", invalid_access),
    DIFFERS(
        "PointerOffsetMatchesViewStart", starts_of_streams,
        "there is no pointer offset: the view's data is the first byte; and the view at the end is empty, as on Unix"),
    SAME("AllReadWriteMethods", all_methods),
    SAME("ViewsShareData", streams_share),
    SAME("CopyOnWrite", copy_on_write),
    SAME("HandleClosedOnDisposal", disposed),
    NOT_HERE("AllowFinalization", "C has no finalizers: who opened a stream closes it"),
};

const conf_suite conf_stream = SUITE("ViewStream", rows);

/* ---- StandaloneStreamConformanceTests --------------------------------------------------------------------------- */

/* Call 'fn' with a stream that reads and writes, over each kind of map, holding fill() of seed 1. */
static void (*with_stream)(mmv_stream *stream);

static void open_filled(mmv_map *map)
{
    mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, 0, 0);
    fill(stream.view.data, stream.view.length, 1);
    with_stream(&stream);
    mmv_stream_close(&stream);
}

static void each_stream(uint64_t size, void (*fn)(mmv_stream *stream))
{
    with_stream = fn;
    conf_each_map(size, MMV_READ_WRITE, open_filled);
}

static void check_arguments(mmv_stream *stream)
{
    uint64_t where = 99;
    stream->position = 5;
    THROWS(CONF_STREAM, mmv_stream_seek(stream, 0, (mmv_origin)3, &where), "Argument(origin)");
    THROWS(CONF_STREAM, mmv_stream_seek(stream, -1, MMV_FROM_START, &where), "IOException");
    THROWS(CONF_STREAM, mmv_stream_seek(stream, -6, MMV_FROM_POSITION, &where), "IOException");
    THROWS(CONF_STREAM, mmv_stream_seek(stream, INT64_MIN, MMV_FROM_END, &where), "IOException");
    THROWS(CONF_STREAM, mmv_stream_seek(stream, INT64_MAX, MMV_FROM_END, &where), "IOException");
    HOLDS(stream->position == 5 && where == 99);
}

static void arguments(void)
{
    each_stream(4096, check_arguments);
}

static void check_nops(mmv_stream *stream)
{
    size_t done = 7;
    uint8_t byte = 9;
    for (uint64_t at = 0; at <= stream->view.length + 1; at += stream->view.length / 2 + 1) {
        stream->position = at;
        HOLDS(mmv_stream_read(stream, &byte, 0, &done) == MMV_OK && done == 0);
        FINE(mmv_stream_write(stream, &byte, 0));
        HOLDS(stream->position == at);
    }
}

static void nothing_moves_nothing(void)
{
    each_stream(4096, check_nops);
}

static void check_desired_offset(mmv_stream *stream)
{
    uint8_t buffer[16], wanted[16];
    size_t done;
    memset(buffer, 0xee, sizeof buffer);
    memcpy(wanted, stream->view.data, sizeof wanted);
    HOLDS(mmv_stream_read(stream, buffer + 5, 6, &done) == MMV_OK && done == 6);
    HOLDS(buffer[4] == 0xee && buffer[11] == 0xee && memcmp(buffer + 5, wanted, 6) == 0);
    FINE(mmv_stream_write(stream, wanted + 3, 4));
    HOLDS(memcmp((char *)stream->view.data + 6, wanted + 3, 4) == 0 && stream->position == 10);
}

static void desired_offset(void)
{
    each_stream(4096, check_desired_offset);
}

static void read_empty(void)
{
    size_t done = 7;
    uint8_t byte = 9;
    mmv_map *map = conf_memory(4096, MMV_READ_WRITE);
    mmv_stream stream = conf_stream_of(map, MMV_READ_WRITE, 4096, 0);
    HOLDS(stream.view.length == 0);
    HOLDS(mmv_stream_read(&stream, &byte, 1, &done) == MMV_OK && done == 0 && byte == 9);
    HOLDS(mmv_stream_read(&stream, &byte, 0, &done) == MMV_OK && done == 0);
    FINE(mmv_stream_flush(&stream, MMV_FLUSH_DURABLE));
    mmv_stream_close(&stream);
    mmv_map_close(&map);
}

static void check_populated(mmv_stream *stream)
{
    static uint8_t got[5000], wanted[5000];
    size_t size = stream->view.length;
    size_t done = 0;
    size_t all = 0;
    fill(wanted, size, 1);
    HOLDS(mmv_stream_read(stream, got, size, &done) == MMV_OK && done == size && memcmp(got, wanted, size) == 0);
    stream->position = 0;
    memset(got, 0, sizeof got);
    do {
        NEED(mmv_stream_read(stream, got + all, 77, &done));
        all += done;
    } while (done > 0);
    HOLDS(all == size && memcmp(got, wanted, size) == 0);
}

static void populated(void)
{
    static const uint64_t sizes[] = {1, 256, 4097};
    for (size_t i = 0; i < COUNT(sizes); i++)
        each_stream(sizes[i], check_populated);
}

static void check_partly(mmv_stream *stream)
{
    static uint8_t got[300];
    size_t done = 0;
    memset(got, 0xee, sizeof got);
    HOLDS(mmv_stream_read(stream, got, sizeof got, &done) == MMV_OK && done == 256);
    HOLDS(memcmp(got, stream->view.data, 256) == 0);
    for (size_t i = 256; i < sizeof got; i++)
        HOLDS(got[i] == 0xee);
}

static void partly(void)
{
    each_stream(256, check_partly);
}

static void check_copy(mmv_stream *stream)
{
    static uint8_t got[16384];
    const uint64_t starts[] = {0, 1, 8192, 16384};
    for (size_t i = 0; i < COUNT(starts); i++) {
        size_t all = 0;
        size_t done = 0;
        stream->position = starts[i];
        do {
            NEED(mmv_stream_read(stream, got + all, 1000, &done));
            all += done;
        } while (done > 0);
        HOLDS(all == 16384 - starts[i] && stream->position == 16384);
        HOLDS(memcmp(got, (char *)stream->view.data + starts[i], all) == 0);
    }
}

static void copy_to(void)
{
    each_stream(16384, check_copy);
}

/* The same by way of the C library. */
static void copy_file(void)
{
    static uint8_t got[16384];
    mmv_map *map = conf_memory(sizeof got, MMV_READ_WRITE);
    mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
    fill(view.data, view.length, 2);
    FILE *file = mmv_stream_file(map, MMV_READ_WRITE, 0, 0);
    if (!file && mmv_last_error()->status == MMV_ENOTSUP) {
        conf_note("the C library here makes no files of other things");
    } else if (HOLDS(file != NULL)) {
        HOLDS(fread(got, 1, sizeof got, file) == sizeof got && memcmp(got, view.data, sizeof got) == 0);
        HOLDS(fgetc(file) == EOF && feof(file));
        HOLDS(fseek(file, 1, SEEK_SET) == 0 && fputc('!', file) == '!' && fflush(file) == 0);
        HOLDS(conf_byte(&view, 1) == '!');
        fclose(file);
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void check_write_read(mmv_stream *stream)
{
    uint8_t chunk[1024], got[1024];
    size_t done = 0;
    for (uint64_t seed = 10; seed < 13; seed++) {
        fill(chunk, sizeof chunk, seed);
        FINE(mmv_stream_write(stream, chunk, sizeof chunk));
    }
    HOLDS(stream->position == 3 * sizeof chunk);
    FINE(mmv_stream_seek(stream, 0, MMV_FROM_START, NULL));
    for (uint64_t seed = 10; seed < 13; seed++) {
        fill(chunk, sizeof chunk, seed);
        HOLDS(mmv_stream_read(stream, got, sizeof got, &done) == MMV_OK && done == sizeof got);
        HOLDS(memcmp(got, chunk, sizeof chunk) == 0);
    }
}

static void write_read(void)
{
    each_stream(3 * 1024, check_write_read);
}

static void check_flush(mmv_map *map)
{
    static const mmv_access all[] = {MMV_READ, MMV_WRITE, MMV_READ_WRITE};
    uint8_t byte = 1;
    size_t done = 0;
    for (size_t i = 0; i < COUNT(all); i++) {
        mmv_stream stream = conf_stream_of(map, all[i], 0, 0);
        for (int times = 0; times < 3; times++)
            FINE(mmv_stream_flush(&stream, MMV_FLUSH_DURABLE));
        HOLDS(stream.position == 0);
        if (all[i] != MMV_WRITE)
            HOLDS(mmv_stream_read(&stream, &byte, 1, &done) == MMV_OK && done == 1 && byte == 0);
        mmv_stream_close(&stream);
    }
}

static void flush(void)
{
    conf_each_map(4096, MMV_READ_WRITE, check_flush);
}

static void check_offset_0(mmv_stream *stream)
{
    uint64_t where = 9;
    stream->position = 100;
    HOLDS(mmv_stream_seek(stream, 0, MMV_FROM_POSITION, &where) == MMV_OK && where == 100);
    HOLDS(mmv_stream_seek(stream, 0, MMV_FROM_START, &where) == MMV_OK && where == 0);
    HOLDS(mmv_stream_seek(stream, 0, MMV_FROM_END, &where) == MMV_OK && where == stream->view.length);
}

static void seek_offset_0(void)
{
    each_stream(4096, check_offset_0);
}

static void check_walk(mmv_stream *stream)
{
    uint32_t state = 1;
    size_t done = 0;
    for (int trial = 0; trial < 1000; trial++) {
        uint64_t length = stream->view.length;
        state = state * 1664525u + 1013904223u;
        int64_t at = state >> 8 & 16383;
        int64_t moves[] = {at, at - (int64_t)stream->position, at - (int64_t)length};
        uint8_t byte = 0;
        uint64_t where = 0;
        NEED(mmv_stream_seek(stream, moves[trial % 3], (mmv_origin)(trial % 3), &where));
        MUST(where == (uint64_t)at && stream->position == where);
        MUST(mmv_stream_read(stream, &byte, 1, &done) == MMV_OK && done == 1);
        MUST(byte == conf_byte(&stream->view, (size_t)at));
    }
}

static void random_walk(void)
{
    each_stream(16384, check_walk);
}

static void check_past_end(mmv_stream *stream)
{
    static const int64_t distances[] = {0, 1, 1000, INT64_MAX - 4096};
    uint8_t byte = 9;
    size_t done = 7;
    for (size_t i = 0; i < COUNT(distances); i++) {
        FINE(mmv_stream_seek(stream, distances[i], MMV_FROM_END, NULL));
        HOLDS(mmv_stream_read(stream, &byte, 1, &done) == MMV_OK && done == 0 && byte == 9);
        THROWS(CONF_STREAM, mmv_stream_write(stream, &byte, 1), "NotSupported");
        HOLDS(stream->position == 4096 + (uint64_t)distances[i]);
    }
}

static void past_end(void)
{
    each_stream(4096, check_past_end);
}

static void check_roundtrip(mmv_stream *stream)
{
    size_t done = 0;
    for (uint64_t i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)~i;
        uint8_t got = 0;
        uint64_t at = i * 15;
        NEED(mmv_stream_seek(stream, (int64_t)at, MMV_FROM_START, NULL));
        NEED(mmv_stream_write(stream, &byte, 1));
        NEED(mmv_stream_seek(stream, -1, MMV_FROM_POSITION, NULL));
        MUST(mmv_stream_read(stream, &got, 1, &done) == MMV_OK && done == 1 && got == byte);
    }
}

static void roundtrips(void)
{
    each_stream(4096, check_roundtrip);
}

static const char no_async[] = "C has no asynchronous calls to wait for: moving bytes in memory needs none";

static const conf_row standalone_rows[] = {
    SAME("ArgumentValidation_ThrowsExpectedException", arguments),
    NOT_HERE("ArgumentValidation: null buffers, negative offsets and counts",
             "a C buffer has no length to check against, and lengths here have no sign"),
    SAME("Disposed_ThrowsObjectDisposedException", disposed),
    NOT_HERE("ReadWriteAsync_Precanceled_ThrowsOperationCanceledException", no_async),
    SAME("Read_NonEmptyStream_Nop_Success", nothing_moves_nothing),
    SAME("Write_Nop_Success", nothing_moves_nothing),
    SAME("Read_DataStoredAtDesiredOffset", desired_offset),
    SAME("Write_DataReadFromDesiredOffset", desired_offset),
    SAME("Read_EmptyStream_Nop_Success", read_empty),
    SAME("Read_PopulatedWithInitialData_KnownSize_Success", populated),
    SAME("Read_PopulatedWithInitialData_ToEof_Success", populated),
    SAME("Read_PartiallySatisfied_RemainderOfBufferUntouched", partly),
    NOT_HERE("Read_CustomMemoryManager_Success", "C has one kind of memory: every pointer will do"),
    NOT_HERE("Write_CustomMemoryManager_Success", "C has one kind of memory: every pointer will do"),
    SAME("CopyTo_CopiesAllDataFromRightPosition_Success", copy_to),
    SAME("CopyTo_CopiesAllDataFromRightPosition_Success: as a FILE", copy_file),
    SAME("Write_Read_Success", write_read),
    SAME("Flush_ReadOnly_DoesntImpactReading", flush),
    SAME("Flush_MultipleTimes_Idempotent", flush),
    NOT_HERE("Flush/DisposeAsync_NothingToFlush_CompletesSynchronously", no_async),
    SAME("Seek_Offset0FromMark_Success", seek_offset_0),
    SAME("Seek_RandomWalk_ReadConsistency", random_walk),
    SAME("Seek_Read_RoundtripsExpected", random_walk),
    SAME("Seek_PastEnd_ReadReturns0", past_end),
    SAME("Seek_ReadWrite_RoundtripsExpected", roundtrips),
    NOT_HERE("SetLength_FailsForReadOnly_Throws",
             "there is no call that sets the length of a stream: it is that of its view"),
    NOT_HERE("SetLength_FailsForWritableIfApplicable_Throws", "as above; a map grows by mmv_map_grow()"),
};

const conf_suite conf_stream_conformance = SUITE("ViewStreamConformance", standalone_rows);
