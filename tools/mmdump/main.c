/* SPDX-License-Identifier: MIT */
/*
 * mmdump: look at records.
 *
 *     record    record.c    what the bytes mean
 *     main      below       the command line, the file, and the four ways to print
 *
 * Read through a sliding window, so that the end of a file of terabytes is as near as its beginning.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/guard.h>
#include <mmview/range.h>
#include <mmview/window.h>

#include "kit/cli/json.h"
#include "kit/file/reading.h"
#include "kit/file/stream.h"
#include "kit/image/image_file.h"
#include "kit/os/signals.h"
#include "kit/picture/rows.h"
#include "mmdump/record.h"

enum { RECORD, NUMBER, OUTPUT };
enum form { TABLE = 0, CSV, JSON, HEX };

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct dump {
    struct console *console;
    const char *record_text; /* NULL = pixels */
    uint64_t count;
    bool count_given;
    enum form form;
    struct where_settings where;
    struct pixel_settings pixels;
    struct image_file file;
    bool are_rows; /* its pieces are rows of a raw image, from --offset on */
    struct record record;
    mmv_range bytes; /* in the file */
};

static const struct option_entry entries[] = {
    {0, "record", "FIELDS", RECORD, "as 'i16 red, u8 flags[4]' (default: a pixel)",
     "Fields lie one behind the other; their types are those of --type, and bool and char, whose bytes are shown as "
     "numbers. name[N] is an array; gap[N] are N bytes that are not shown."},
    {0, "count", "N", NUMBER, "records, 0: all (default 16)", NULL},
    {0, "output", "FORM", OUTPUT, "table, csv, json or hex (default table)",
     "json writes an object per line; what is no finite number is null there."},
};

static bool take_form(const char *argument, struct dump *dump)
{
    static const char *const forms[] = {"table", "csv", "json", "hex"};
    for (int form = TABLE; form <= HEX; form++)
        if (strcmp(argument, forms[form]) == 0) {
            dump->form = (enum form)form;
            return true;
        }
    console_usage(dump->console, "--output=%s: must be table, csv, json or hex", argument);
    return false;
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct dump *dump = user;
    switch (id) {
    case RECORD:
        dump->record_text = argument;
        return true;
    case NUMBER:
        dump->count_given = true;
        return sizes_take_count(console, "count", argument, (struct size_limits){0, UINT64_MAX}, &dump->count);
    default:
        return take_form(argument, dump);
    }
}

static const struct option_values values[] = {{"output", "table csv json hex"}, {NULL, NULL}};
static const struct option_group group = {"What", entries, COUNT(entries), handle, values};

static int parse(struct dump *dump, int argc, char **argv)
{
    int operand;
    struct where_options where = {&dump->where, &dump->pixels};
    const struct option_section sections[] = {
        {&group, dump}, {&where_group, &where}, {&pixels_group, &dump->pixels}, {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "[OPTION]... FILE",
        .purpose = "Print records of a file of any size: pixels, or what --record says.",
        .examples = {"mmdump --offset=1G --count=4 Large.data",
                     "mmdump --record='u32 id, f32 x, f32 y' --output=csv --count=0 points.bin"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, dump->console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    if (argc - operand != 1)
        return console_usage(dump->console, argc == operand ? "no FILE given" : "only one FILE can be shown");
    dump->file.name = argv[operand];
    result = shards_resolve(&dump->where.range.shard, dump->console);
    return result == TOOL_DONE ? OPTIONS_GO : result;
}

/* ---- what to show ------------------------------------------------------------------------------------------------ */

/* Of each pixel only some fields. */
static int choose_channels(struct dump *dump)
{
    bool channels[MMI_SAMPLES_MAX];
    struct record *record = &dump->record;
    if (dump->where.channels && dump->form == HEX)
        return console_usage(dump->console,
                             "--output=hex shows whole pixels: --channels goes with table, csv and json");
    if (!where_take_channels(dump->console, dump->where.channels, dump->file.pixels.samples, channels))
        return TOOL_USAGE;
    record_choose(record, channels);
    return TOOL_DONE;
}

/* The pixels of the image, or of a rectangle, in rows. */
static int fit_pieces(struct dump *dump)
{
    const mmi_image *image = &dump->file.container.image;
    const mmi_region *region = &dump->where.region;
    uint64_t pixels = image->width * image->height;
    if (dump->where.has_region) {
        int result = image_file_check_region(dump->console, image, region);
        if (result != TOOL_DONE)
            return result;
        pixels = region->width * region->height;
    }
    dump->bytes = (mmv_range){dump->file.offset, pixels * dump->record.size};
    return TOOL_DONE;
}

static int fit_record(struct dump *dump)
{
    struct image_file *file = &dump->file;
    const struct console *console = dump->console;
    bool fields = dump->record_text != NULL;
    if (fields && (dump->where.has_region || dump->where.channels || file->pixels.row_bytes))
        return console_usage(console, "--record has no pixels: --roi, --channels and --row-bytes do not go with it");
    int result = fields
                     ? image_file_refuse_pieces(file, console, "--record")
                     : image_file_lay_rows(file, console, &dump->where.range, dump->where.has_region, &dump->are_rows);
    if (result != TOOL_DONE)
        return result;
    if (!fields && !file->container.pieces && file->pixels.layout != MMI_BIP)
        return console_usage(
            console, "%s: the samples of a pixel do not lie together (%s); --record='%s sample' shows them one by one",
            file->path, mmi_layout_name(file->pixels.layout), mmi_type_name(file->pixels.type));
    if (fields ? !record_parse(&dump->record, console, dump->record_text)
               : !record_of_pixel(&dump->record, file->pixels.type, file->pixels.samples))
        return TOOL_USAGE;
    return fields ? TOOL_DONE : choose_channels(dump);
}

/* The bytes that --offset and --length mean, of them this process' shard. */
static int fit_bytes(struct dump *dump)
{
    struct image_file *file = &dump->file;
    const struct range_settings *range = &dump->where.range;
    int result = dump->record_text ? image_file_take_range(file, dump->console, range, &dump->bytes)
                                   : image_file_take_pixels(file, dump->console, range, &dump->bytes);
    if (result != TOOL_DONE)
        return result;
    if (dump->record_text)
        image_file_note_rest(
            file, range,
            (struct image_use){dump->bytes, dump->bytes.length - dump->bytes.length % dump->record.size, "record"});
    return image_file_share(file, dump->console, &range->shard, dump->record.size, &dump->bytes);
}

static int fit(struct dump *dump)
{
    int result = fit_record(dump);
    if (result == TOOL_DONE)
        result = dump->are_rows || (dump->file.container.pieces && dump->where.has_region) ? fit_pieces(dump)
                                                                                           : fit_bytes(dump);
    if (result != TOOL_DONE)
        return result;
    uint64_t there = dump->bytes.length / dump->record.size;
    uint64_t wanted = dump->count_given ? dump->count : 16;
    dump->count = wanted == 0 ? there : mmv_min(wanted, there);
    return TOOL_DONE;
}

/* ---- ways to print ----------------------------------------------------------------------------------------------- */

static int width_of(const struct record_field *field)
{
    int name = (int)strlen(field->name),
        value = mmi_type_is_float(field->type) ? 14 : (int)mmi_type_size(field->type) * 5 / 2 + 1;
    return name > value ? name : value;
}

static void print_head(const struct dump *dump)
{
    const struct record *record = &dump->record;
    if (dump->form == TABLE) {
        printf("%16s", "offset");
        for (size_t i = 0; i < record->count; i++)
            printf("  %*s", width_of(&record->fields[i]), record->fields[i].name);
        printf("\n");
    }
    for (size_t i = 0; i < record->count && dump->form == CSV; i++)
        printf("%s%s", i ? "," : "", record->fields[i].name);
    if (dump->form == CSV)
        printf("\r\n"); /* RFC 4180 */
}

/* Where a record lies. */
struct position {
    const char *file; /* of several; NULL = there is one */
    uint64_t offset;
};

static void print_hex(uint64_t offset, const unsigned char *bytes, size_t size)
{
    printf("%016" PRIx64 " ", offset);
    for (size_t i = 0; i < size; i++)
        printf(" %02x", bytes[i]);
    printf("\n");
}

static void print_json(const struct record *record, const struct position *at, const unsigned char *bytes)
{
    char text[RECORD_VALUE];
    struct json json;
    json_begin(&json, stdout);
    if (at->file)
        json_text(&json, "file", at->file);
    json_count(&json, "offset", at->offset);
    for (size_t i = 0; i < record->count; i++) {
        record_value(&record->fields[i], bytes, text);
        printf(", \"%s\": %s", record->fields[i].name, strchr(text, 'n') ? "null" : text);
    }
    printf("}\n");
}

static void print_record(const struct dump *dump, const struct position *at, const unsigned char *bytes)
{
    const struct record *record = &dump->record;
    char text[RECORD_VALUE];
    if (dump->form == HEX) {
        print_hex(at->offset, bytes, record->size);
        return;
    }
    if (dump->form == JSON) {
        print_json(record, at, bytes);
        return;
    }
    if (dump->form == TABLE)
        printf("%16" PRIu64, at->offset);
    for (size_t i = 0; i < record->count; i++) {
        record_value(&record->fields[i], bytes, text);
        if (dump->form == TABLE)
            printf("  %*s", width_of(&record->fields[i]), text);
        else
            printf("%s%s", i ? "," : "", text);
    }
    printf(dump->form == CSV ? "\r\n" : "\n");
}

/* Pixels that lie in pieces: a part of a row at a time, as pixels of all channels. Offsets are of the first one's. */
#define PART_PX 4096

static struct rows part_of(const struct dump *dump, uint64_t pixel, uint64_t most)
{
    const mmi_image *image = &dump->file.container.image;
    const mmi_region all = {0, 0, image->width, image->height};
    const mmi_region *of = dump->where.has_region ? &dump->where.region : &all;
    uint64_t column = pixel % of->width;
    const mmi_region part = {of->x + column, of->y + pixel / of->width,
                             mmv_min(mmv_min(most, PART_PX), of->width - column), 1};
    struct rows rows = rows_of(image, 0, &part, 1);
    rows.pieces = dump->file.container.pieces;
    return rows;
}

/* Of several files each is named before its first record. */
static void name_file(const struct dump *dump, uint32_t number, uint32_t *shown)
{
    if (dump->file.files.count && number != *shown && (dump->form == TABLE || dump->form == HEX))
        printf("%s:\n", files_path(&dump->file, number));
    *shown = number;
}

static void print_row(const struct dump *dump, const struct rows *rows, const unsigned char *samples, uint32_t *shown)
{
    for (uint64_t i = 0; i < rows->width; i++) {
        uint32_t number = rows_file_at(rows, i, 0, 0);
        const char *path = dump->file.files.count ? files_path(&dump->file, number) : NULL;
        name_file(dump, number, shown);
        print_record(dump, &(struct position){path, rows_sample_at(rows, i, 0, 0)}, samples + i * dump->record.size);
    }
}

static mmv_status print_pieces(const struct dump *dump, mmv_pool *pool)
{
    struct files_cursor cursor;
    uint32_t shown = UINT32_MAX;
    size_t size = dump->record.size;
    uint64_t pixel = (dump->bytes.offset - dump->file.offset) / size, end = pixel + dump->count;
    unsigned char *samples = malloc(PART_PX * size);
    mmv_status status = files_cursor_open(&cursor, pool, &dump->file);
    if (!samples)
        status = mmv_error_set(MMV_ENOMEM, ENOMEM, "print");
    while (pixel < end && status == MMV_OK && !ferror(stdout)) {
        struct rows rows = part_of(dump, pixel, end - pixel);
        status = rows_take(&rows, &cursor, 0, samples);
        if (status == MMV_OK)
            status = files_release(&cursor);
        if (status == MMV_OK)
            print_row(dump, &rows, samples, &shown);
        pixel += rows.width;
    }
    files_cursor_close(&cursor);
    free(samples);
    return status;
}

/* Offsets are the file's: what --offset of another tool, or dd, would take for a raw file. */
static mmv_status print_all(const struct dump *dump)
{
    const mmv_pool_options options = {0};
    mmv_pool *pool = NULL;
    mmv_cursor cursor = {0};
    mmv_status status = mmv_pool_create(&options, &pool);
    if (status == MMV_OK)
        status = mmv_cursor_open(pool, dump->file.map, &cursor);
    size_t size = dump->record.size, left = 0;
    const unsigned char *bytes = NULL;
    print_head(dump);
    if (status == MMV_OK && dump->file.container.pieces) {
        status = print_pieces(dump, pool);
        mmv_cursor_close(&cursor);
        mmv_pool_destroy(&pool);
        return status;
    }
    for (uint64_t i = 0; i < dump->count && status == MMV_OK && !ferror(stdout); i++, left -= size, bytes += size) {
        uint64_t offset = dump->bytes.offset + i * size;
        if (left < size) {
            /* With the guard on, a file that became shorter gave zeros: the release tells. */
            status = mmv_release(&cursor);
            bytes = status == MMV_OK ? mmv_acquire(&cursor, offset, size, &left) : NULL;
            if (!bytes)
                break;
        }
        print_record(dump, &(struct position){NULL, offset}, bytes);
    }
    if (status == MMV_OK)
        status = bytes || dump->count == 0 ? mmv_release(&cursor) : cursor.status;
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    return status;
}

/* For image_once: records one behind the other, from --offset on. */
static bool is_once_enough(const struct image_file *file, const void *user)
{
    const struct dump *dump = user;
    return !dump->where.has_region && !dump->where.range.shard.count && !file->pixels.row_bytes &&
           (dump->record_text || file->pixels.layout == MMI_BIP);
}

/* What is taken of a stream at a time, in bytes. */
#define AT_ONCE ((size_t)65536)

/* Up to 'most' records of a stream; *came_ret = their bytes, and those of a last one that is not whole. */
static int print_portions(struct dump *dump, uint64_t most, uint64_t *came_ret)
{
    size_t size = dump->record.size, at_once = size < AT_ONCE ? AT_ONCE / size * size : size;
    unsigned char *bytes = malloc(at_once);
    int result = bytes ? TOOL_DONE : console_error(dump->console, NULL, "not enough memory");
    bool ended = false;
    while (*came_ret / size < most && result == TOOL_DONE && !ended && !ferror(stdout)) {
        size_t wanted = (size_t)mmv_min(at_once / size, most - *came_ret / size) * size, length = 0;
        result = stream_take(dump->file.stream, bytes, wanted, &length);
        ended = length < wanted;
        for (size_t at = 0; at + size <= length && result == TOOL_DONE; at += size)
            print_record(dump, &(struct position){NULL, dump->bytes.offset + *came_ret + at}, bytes + at);
        *came_ret += length;
    }
    free(bytes);
    return result;
}

/* Bytes that come once: no more are asked for than are shown. */
static int print_stream(struct dump *dump)
{
    size_t size = dump->record.size;
    uint64_t skipped = 0, came = 0;
    int result = stream_skip(dump->file.stream, dump->bytes.offset, &skipped);
    if (result == TOOL_DONE && skipped == dump->bytes.offset) {
        print_head(dump);
        result = print_portions(dump, dump->count, &came);
    }
    /* What is missing behind the last record that was asked for is nobody's concern. */
    bool is_all = dump->count == dump->bytes.length / size, has_ended = came / size < dump->count;
    if (result != TOOL_DONE || ferror(stdout) || (!has_ended && !is_all))
        return result;
    const struct image_use use = {dump->bytes, came, dump->record_text ? "record" : "pixel"};
    return image_file_end_stream(&dump->file, dump->console, &dump->where.range, use, size);
}

static int print_file(struct dump *dump)
{
    struct reading reading = {.console = dump->console, .map = dump->file.map, .path = dump->file.path};
    const mmi_pieces *pieces = dump->file.container.pieces;
    reading.range =
        pieces ? mmi_pieces_reach(pieces, 0) : (mmv_range){dump->bytes.offset, dump->count * dump->record.size};
    files_reading_begin(&reading, &dump->file);
    if (print_all(dump) != MMV_OK)
        return console_failure(dump->console, dump->file.path);
    files_reading_end(&reading, &dump->file, "what is shown");
    notes_take_reading(&dump->file.notes, &reading);
    return TOOL_DONE;
}

/* Records are bytes of the file, whatever these mean. */
static void note_scale(struct image_file *file)
{
    const mmi_container *container = &file->container;
    if (!image_file_is_raw(file) && (container->slope != 1 || container->intercept != 0))
        notes_add(&file->notes, MMI_NOTE_MEANING, "a stored sample means %.10g x sample %+.10g: stored ones are shown",
                  container->slope, container->intercept);
}

static int work(struct dump *dump)
{
    int status = image_file_open_once(&dump->file, dump->console,
                                      &(struct image_request){dump->file.name, &dump->pixels, MMV_READ, NULL, NULL},
                                      &(struct image_once){is_once_enough, dump});
    /* Nor is a type taken for granted. */
    if (dump->record_text)
        notes_forget(&dump->file.notes, MMI_NOTE_RAW);
    if (status == TOOL_DONE)
        status = fit(dump);
    if (status != TOOL_DONE)
        return status;
    status = dump->file.stream ? print_stream(dump) : print_file(dump);
    int flushed = console_flush(dump->console);
    if (flushed != TOOL_DONE || status != TOOL_DONE)
        return flushed != TOOL_DONE ? flushed : status;
    note_scale(&dump->file);
    notes_say(&dump->file.notes, dump->console, dump->file.name);
    return TOOL_DONE;
}

int main(int argc, char **argv)
{
    struct console console = {.tool = "mmdump"};
    static struct dump dump;
    console_secure();
    dump = (struct dump){.console = &console, .pixels = settings_pixels()};
    int status = parse(&dump, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    signals_install(false);
    mmv_guard_enable();
    status = work(&dump);
    record_drop(&dump.record);
    image_file_close(&dump.file);
    return status;
}
