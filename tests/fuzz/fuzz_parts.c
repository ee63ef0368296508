/* SPDX-License-Identifier: MIT */
/*
 * fuzz_parts.c - any files in the folder OUT.parts, in place of those that were prepared: refused, or OUT, and nothing
 * outside of the folder changes.
 *
 *     how (1 byte: bits below) | file ... : which (1 byte), for a name of one's own its length (1 byte) and the name,
 *     how many bytes (1 byte), the bytes
 *
 * The lowest four bits of 'which' say the name, the fifth that the bytes stand behind the beginning that such files
 * have.
 */

#include "fuzz.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/cli/fnv.h"
#include "kit/file/own.h"
#include "kit/job/parts_pieces.h"
#include "place.h"

/* Bits of the first byte: --join, and whether a part is written after it, and whether OUT is there. */
enum { JOINED = 1, WRITES = 2, FORCE = 4, OUT_IS_THERE = 8, MARKED = 16, REMOVES = 32 };

enum { FILES_MOST = 6, PLAIN = 16, BEGUN = 16, DATA = 10 };

static const struct console console = {.tool = "mmshard", .mute = true};
static const char operation[] = "add 1";
static struct file_facts source;
static int descriptor;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    place_open();
    return 0;
}

static void begin(bool is_joined)
{
    if (descriptor > 0)
        file_close(descriptor);
    place_clear();
    place_put("in", "0123456789", DATA);
    MUST(file_open(place_path("in"), FILE_READ, true, &descriptor) == 0 && file_look(descriptor, &source) == 0);
    const struct parts_source from = {.name = place_path("in"),
                                      .info = &source,
                                      .size = is_joined ? 0 : DATA,
                                      .rights = {.kind = OUTPUT_COPY, .model = descriptor},
                                      .is_joined = is_joined};
    MUST(parts_prepare(&console, place_path("out"), &from, NULL) == TOOL_DONE);
}

/* A name in the folder: one that means something there, or any other. */
static bool take_name(unsigned which, const uint8_t **data, size_t *size, char name[64])
{
    static const char *const names[] = {"plan",   "rights",      "data",        "1-of-2",      "2-of-2",
                                        "1-of-1", "1-of-2.data", "2-of-2.data", "1-of-1.data", "3-of-2"};
    if (which % PLAIN < sizeof names / sizeof *names) {
        const char *plain = names[which % PLAIN];
        const char *ending = strstr(plain, ".data");
        if (ending) /* a piece's name has its operation, too */
            snprintf(name, 64, "%.*s.%016" PRIx64 ".data", (int)(ending - plain), plain,
                     fnv_add(FNV_BEGIN, operation, strlen(operation)));
        else
            snprintf(name, 64, "%s", plain);
        return true;
    }
    size_t length = *size > 0 ? (*data)[0] % 40 : 0;
    if (*size < 1 + length)
        return false;
    memcpy(name, *data + 1, length);
    name[length] = '\0';
    *data += 1 + length, *size -= 1 + length;
    return name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void put_files(const uint8_t *data, size_t size, bool removes)
{
    for (int i = 0; i < FILES_MOST && size >= 2; i++) {
        char name[64], path[128], bytes[sizeof OWN_PARTS_BEGINNING + 255];
        unsigned which = *data++;
        size_t front = which & BEGUN ? sizeof OWN_PARTS_BEGINNING : 0;
        size--;
        if (!take_name(which, &data, &size, name) || size < 1)
            return;
        size_t length = data[0] < size - 1 ? data[0] : size - 1;
        memcpy(bytes, OWN_PARTS_BEGINNING, front);
        memcpy(bytes + front, data + 1, length);
        data += 1 + length, size -= 1 + length;
        snprintf(path, sizeof path, "out.parts/%s", name);
        if (removes && length == 0)
            unlink(place_path(path));
        else
            place_put(path, bytes, front + length);
    }
}

static void write_part(const struct parts_work *work)
{
    struct parts parts = PARTS_NONE;
    struct parts_piece piece = PARTS_PIECE_NONE;
    int result = parts_open(&parts, &console, place_path("out"), work);
    if (result == TOOL_DONE && work->is_joined) {
        result = parts_piece_create(&parts, &console, work, &piece);
        if (result == TOOL_DONE)
            result = parts_piece_name(&parts, &console, work, &piece);
        parts_piece_drop(&parts, &piece);
    }
    if (result == TOOL_DONE)
        result = parts_done(&parts, &console, work, false);
    MUST(result == TOOL_DONE || result == TOOL_FAILED || result == TOOL_USAGE);
    parts_close(&parts);
}

static bool exists(const char *name)
{
    struct stat facts;
    return lstat(place_path(name), &facts) == 0;
}

static void check(int result, unsigned how)
{
    char bytes[DATA + 1];
    struct stat facts;
    MUST(result == TOOL_DONE || result == TOOL_FAILED || result == TOOL_USAGE);
    MUST(place_get("in", bytes, sizeof bytes) == DATA && memcmp(bytes, "0123456789", DATA) == 0);
    if (exists("out"))
        MUST(stat(place_path("out"), &facts) == 0 && S_ISREG(facts.st_mode) && (facts.st_mode & 07000) == 0);
    if (result == TOOL_DONE)
        MUST(!exists("out.parts"));
    else
        MUST(exists("out") == ((how & OUT_IS_THERE) != 0) && exists("out.parts"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return -1;
    unsigned how = *data++;
    bool is_joined = how & JOINED;
    begin(is_joined);
    const struct parts_work work = {&source, how & MARKED ? 1 : 0, 2, operation, "prepare it", is_joined, NULL};
    put_files(data, size - 1, how & REMOVES);
    if (how & WRITES)
        write_part(&work);
    if (how & OUT_IS_THERE)
        place_put("out", "theirs", 6);
    int result = parts_finish(&console, place_path("out"), how & FORCE, false);
    /* OUT may have its name already, and then only the folder goes. */
    if (result == TOOL_DONE && !exists("out"))
        MUST(how & REMOVES);
    check(result, how);
    return 0;
}
