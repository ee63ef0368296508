/* SPDX-License-Identifier: MIT */
/*
 * image_file: see image_file.h.
 *
 * 1. What the file is, identify() says; no file is opened on a header's word alone.
 * 2. The file that a header names must lie in the header's folder or below it, links included: else --allow-outside is
 *    asked for.
 * 3. Whether the samples are all there is checked before anything is mapped.
 *
 * 1 and 2 are kept against strangers' bytes, by checks and not by asserts.
 */
#include "kit/image/image_file.h"

#include <mmview/shard.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/file/own.h"
#include "kit/file/pair.h"
#include "kit/file/sharing.h"
#include "kit/file/stream.h"
#include "kit/image/naming.h"
#include "kit/os/folder.h"
#include "kit/os/path.h"

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* More than this no size is compared with what can be read: files of the kernel that lie about theirs are small. */
#define DOUBTED 4096

/* Whether a regular file has as many bytes as it says; those of /proc say 0, and those of /sys a page. */
static bool has_its_size(int descriptor, const struct file_facts *info)
{
    char bytes[DOUBTED + 1];
    size_t length = 0;
    if (info->size > DOUBTED)
        return true;
    /* Of an empty file nothing can fail to be read; of another one the error comes back when its bytes are wanted. */
    if (file_read_at(descriptor, bytes, sizeof bytes, 0, &length) != 0)
        return info->size > 0;
    /* One that grows may have more by now. */
    struct file_facts now;
    return length == info->size || file_look(descriptor, &now) != 0 || now.size != info->size;
}

/* Something that is no regular file, or one whose size is not believed. */
static int open_stream(struct image_file *file, const struct console *console, int descriptor, mmv_access access)
{
    struct file_facts info;
    if (file_look(descriptor, &info) != 0 || info.kind == FILE_FOLDER || info.kind == FILE_OTHER)
        return console_error(console, file->path, "is not a regular file");
    if (access != MMV_READ && info.kind == FILE_REGULAR)
        return console_error(console, file->path,
                             "its size is not that of what can be read of it: it is no file to change");
    if (access != MMV_READ)
        return console_error(console, file->path, "is not a regular file, and cannot be changed in place");
    if (info.kind == FILE_CHARACTERS)
        return console_error(console, file->path,
                             "is not a regular file but a character device, and may have no end: 'head -c BYTES %s | "
                             "%s ... -' takes a part",
                             file->path, console->tool);
    return image_file_use_stream(file, console, descriptor);
}

static int open_path(struct image_file *file, const struct console *console, mmv_access access)
{
    int descriptor;
    int error = file_open(file->path, FILE_READ, true, &descriptor);
    if (error != 0)
        return console_error(console, file->path, "is not a regular file: %s", strerror(error));
    int result = open_stream(file, console, descriptor, access);
    file_close(descriptor);
    return result;
}

/* Neither replaced nor changed since; its name is the same, for a look is of one FILE. */
static bool is_as_before(const struct image_look *look, const struct file_facts *now)
{
    const struct file_facts *then = &look->facts;
    return look->is_raw && file_is_same(now, then) && now->size == then->size && now->modified == then->modified &&
           now->modified_ns == then->modified_ns && now->changed == then->changed &&
           now->changed_ns == then->changed_ns;
}

static int open_map(struct image_file *file, const struct console *console, mmv_access access, struct image_look *look);

/* Of a file that stdin leads to all bytes count, whatever was read of it. */
static int open_stdin(struct image_file *file, const struct console *console, mmv_access access)
{
    path_of_stdin(file->path);
    if (access != MMV_READ)
        return console_error(console, "-", "stdin cannot be changed in place; a file called - is ./-");
    struct file_facts info;
    if (file_look(FILE_STDIN, &info) == 0 && info.kind == FILE_REGULAR)
        return open_map(file, console, access, NULL);
    return open_stream(file, console, FILE_STDIN, access);
}

/* With a 'look' whether it is FILE as it was then is left in it. */
static int open_map(struct image_file *file, const struct console *console, mmv_access access, struct image_look *look)
{
    if (strcmp(file->path, "-") == 0)
        return open_stdin(file, console, access);
    int settled = pair_settle_path(console, file->path);
    if (settled != TOOL_DONE)
        return settled;
    mmv_status status = sharing_open(file->path, access, &file->map);
    if (status == MMV_EKIND && own_kind_at(file->path) != OWN_NOT)
        return own_refuse(console, file->path, OWN_PARTS);
    /* Character devices and pipes have no length to be opened with. */
    bool is_stream = status == MMV_EINVAL || status == MMV_EKIND;
    if (status != MMV_OK && (!is_stream || own_kind_at(file->path) != OWN_NOT))
        return console_failure(console, file->path);
    if (is_stream)
        return open_path(file, console, access);
    if (file_look(mmv_map_descriptor(file->map), &file->info) != 0)
        return console_error(console, file->path, "is not a regular file");
    bool is_file = file->info.kind == FILE_REGULAR;
    if (look)
        look->is_raw = is_file && is_as_before(look, &file->info);
    if (look && look->is_raw) {
        file->size = mmv_map_capacity(file->map);
        return TOOL_DONE;
    }
    if (file->info.kind == FILE_BLOCKS && access != MMV_READ)
        return console_error(
            console, file->path,
            "is a block device: only files are changed in place. What is read can be written with dd(1)");
    if (is_file ? !has_its_size(mmv_map_descriptor(file->map), &file->info) : file->info.kind != FILE_BLOCKS) {
        mmv_map_close(&file->map);
        return open_path(file, console, access);
    }
    file->size = file->info.size = mmv_map_capacity(file->map);
    enum own own = own_kind(file->map, file->path);
    return own == OWN_NOT ? TOOL_DONE : own_refuse(console, file->path, own);
}

/* What a header names is not there; a name in its folder may be what it means. */
static int refuse_named(const struct image_file *file, const struct console *console, const char *path, int error)
{
    char folder[PATH_MAX], found[NAME_MAX + 1];
    path_folder(file->header, folder);
    if (error == ENOENT && naming_find_near(folder, path, found))
        return console_error(console, file->header,
                             "its data file %s: %s; %s lies beside it: if that is meant, correct the name", path,
                             strerror(error), found);
    return console_error(console, file->header, "its data file %s: %s", path, strerror(error));
}

int image_file_resolve(const struct image_file *file, const struct console *console, const char *name,
                       bool allow_outside, struct named_file *named_ret)
{
    char folder[PATH_MAX], *path = named_ret->path;
    struct file_facts info, *inside = &named_ret->info;
    path_folder(file->header, folder);
    bool is_bare = path_is_absolute(name) || (strcmp(folder, ".") == 0 && file->header[0] != '.');
    int length = is_bare ? snprintf(path, PATH_MAX, "%s", name) : snprintf(path, PATH_MAX, "%s/%s", folder, name);
    if (length < 0 || length >= PATH_MAX)
        return console_error(console, file->header, "the path of its data file is too long");
    int error = file_look_at(path, true, &info);
    if (error != 0)
        return refuse_named(file, console, path, error);
    if (!allow_outside && (!folder_leads_inside(folder, name, inside) || !file_is_same(inside, &info)))
        return console_error(
            console, file->header,
            "its data file %s lies outside of the header's folder; --allow-outside takes it nevertheless", name);
    named_ret->info = info;
    return TOOL_DONE;
}

/* A file beside the header: a link may not lead it elsewhere. */
static int check_beside(const struct image_file *file, const struct console *console, bool allow_outside,
                        const struct file_facts *wanted)
{
    char folder[PATH_MAX];
    struct file_facts info;
    path_folder(file->header, folder);
    if (allow_outside || (folder_leads_inside(folder, path_base(file->path), &info) && file_is_same(&info, wanted)))
        return TOOL_DONE;
    return console_error(console, file->header,
                         "its data file %s lies outside of the header's folder; --allow-outside takes it nevertheless",
                         file->path);
}

/* Files that a header may speak of, which says nothing of its data's name but the ending, or nothing at all. */
struct beside {
    char first[PATH_MAX], other[PATH_MAX]; /* of those that fit best; "" = there is none */
    struct file_facts info;                /* of the first */
    bool is_exact;                         /* these have exactly the bytes that the header speaks of */
};

static void weigh(struct beside *beside, const mmi_container *container, const char *path,
                  const struct file_facts *info)
{
    bool is_exact = container->from_end || info->size == container->offset + container->length;
    if (beside->first[0] && (file_is_same(info, &beside->info) || (beside->is_exact && !is_exact)))
        return;
    if (beside->first[0] && beside->is_exact == is_exact) {
        if (!beside->other[0])
            snprintf(beside->other, sizeof beside->other, "%s", path);
        return;
    }
    beside->other[0] = '\0';
    beside->is_exact = is_exact;
    beside->info = *info;
    snprintf(beside->first, sizeof beside->first, "%s", path);
}

/* Of several one must have the right length, and the others not: which it was, is said. */
static int find_beside(struct image_file *file, const struct console *console, bool allow_outside,
                       struct file_facts *info_ret)
{
    const mmi_container *container = &file->container;
    struct beside beside = {.first = ""};
    char candidate[PATH_MAX];
    unsigned count = 0;
    for (unsigned i = 0; mmi_container_sidecar(file->header, true, i, candidate, sizeof candidate); i++) {
        struct file_facts info;
        if (!candidate[0] || !path_has_ending(candidate, container->name) ||
            file_look_at(candidate, true, &info) != 0 || info.kind != FILE_REGULAR)
            continue;
        count++;
        weigh(&beside, container, candidate, &info);
    }
    if (count == 0)
        return console_error(console, file->header, "is a header; no data file%s%s lies beside it%s",
                             container->name[0] ? " with the ending " : "", container->name,
                             container->name[0] ? "" : ": give the file of its samples as FILE");
    if (beside.other[0])
        return console_error(console, file->header, "may speak of %s or of %s; give the one that is meant as FILE",
                             beside.first, beside.other);
    if (count > 1 && beside.is_exact)
        notes_add(&file->notes, MMI_NOTE_ASSUMED, "%s is taken: it alone has the length that the header says",
                  path_base(beside.first));
    *info_ret = beside.info;
    memcpy(file->path, beside.first, sizeof file->path);
    return check_beside(file, console, allow_outside, info_ret);
}

/* Samples and header may have been replaced between one look and the other. The samples are open. */
static int check_still_pair(const struct image_file *file, const struct console *console)
{
    struct file_facts now;
    int result = pair_settle_path(console, file->header);
    if (result != TOOL_DONE)
        return result;
    if (file_look_at(file->path, true, &now) != 0 || !file_is_same(&now, &file->info))
        return console_error(console, file->path, "was replaced while it was looked at");
    if (file_look_at(file->header, true, &now) != 0 || !file_is_same(&now, &file->header_info))
        return console_error(console, file->header, "was replaced while it was looked at");
    return TOOL_DONE;
}

/* Where the samples are; of several files the first. */
static int find_samples(struct image_file *file, const struct console *console, bool allow_outside,
                        struct file_facts *info_ret)
{
    if (file->container.place == MMI_SAMPLES_LISTED) {
        int result = files_find(file, console, allow_outside);
        if (result == TOOL_DONE) {
            *info_ret = file->files.list[0].info;
            snprintf(file->path, sizeof file->path, "%s", file->files.list[0].path);
        }
        return result;
    }
    if (file->container.place != MMI_SAMPLES_NAMED)
        return find_beside(file, console, allow_outside, info_ret);
    struct named_file named;
    int result = image_file_resolve(file, console, file->container.name, allow_outside, &named);
    if (result == TOOL_DONE) {
        *info_ret = named.info;
        memcpy(file->path, named.path, sizeof file->path);
    }
    return result;
}

/* FILE was the header: the samples are elsewhere. */
static int follow(struct image_file *file, const struct console *console, bool allow_outside, mmv_access access)
{
    struct file_facts wanted;
    snprintf(file->header, sizeof file->header, "%s", file->path);
    file->header_info = file->info;
    int result = find_samples(file, console, allow_outside, &wanted);
    if (result == TOOL_DONE && file_is_same(&wanted, &file->info))
        result = console_error(console, file->header, "names itself as its data file");
    mmv_map_close(&file->map);
    if (result == TOOL_DONE)
        result = open_map(file, console, access, NULL);
    if (result != TOOL_DONE)
        return result;
    if (!file_is_same(&file->info, &wanted))
        return console_error(console, file->path, "was replaced while it was looked at");
    result = check_still_pair(file, console);
    if (result != TOOL_DONE)
        return result;
    if (!file->files.count && mmi_container_fit(&file->container, file->size) != MMV_OK)
        return console_error(console, file->path, "%s header %s: %s", mmi_format_name(file->container.format),
                             file->header, file->container.problem);
    return TOOL_DONE;
}

/* ---- what it is -------------------------------------------------------------------------------------------------- */

static void use_header(struct image_file *file, const struct console *console)
{
    const mmi_image *image = &file->container.image;
    struct pixel_settings *pixels = &file->pixels;
    pixels->type = image->type;
    pixels->samples = image->samples;
    pixels->width = image->width;
    pixels->height = image->height;
    pixels->layout = image->samples > 1 ? image->layout : MMI_BIP;
    file->offset = file->container.offset;
    file->length = file->container.length;
    const mmi_pieces *pieces = file->container.pieces;
    char many[32] = "";
    if (file->files.count)
        snprintf(many, sizeof many, " in %" PRIu32 " files", file->files.count);
    else if (pieces)
        snprintf(many, sizeof many, " in %" PRIu64 " pieces", mmi_pieces_count(pieces));
    console_explain(
        console, file->path, "%s%s%s: %" PRIu64 " x %" PRIu64 " pixels of %u x %s, %s, from byte %" PRIu64 "%s",
        mmi_format_name(file->container.format), file->header[0] ? " header " : "", file->header, image->width,
        image->height, image->samples, mmi_type_name(image->type), mmi_layout_name(image->layout), file->offset, many);
}

static int find_container(struct image_file *file, const struct console *console, const struct image_request *request)
{
    const struct pixel_settings *asked = request->asked;
    const struct identify_request question = {.path = file->path,
                                              .descriptor = mmv_map_descriptor(file->map),
                                              .info = file->info,
                                              .asked = asked,
                                              .beside = request->beside,
                                              .is_stream = file->is_spooled || strcmp(file->name, "-") == 0};
    struct identified identified;
    identify(&question, &identified);
    if (file->stream && !image_file_comes_in_order(&identified)) {
        notes_drop(&identified.notes);
        mmi_container_free(&identified.container);
        int kept = image_file_keep_stream(file, console);
        return kept == TOOL_DONE ? find_container(file, console, request) : kept;
    }
    file->container = identified.container;
    file->notes = identified.notes;
    file->is = identified.is;
    file->header_info = identified.header_info;
    /* Also of one that is not understood: nothing may overwrite it. */
    snprintf(file->header, sizeof file->header, "%s", identified.header);
    switch (identified.is) {
    case IDENTITY_RAW:
    case IDENTITY_RAW_SAID:
        return asked->part && strcmp(asked->part, "1") != 0 && strcmp(asked->part, "all") != 0
                   ? console_usage(console, "--part%s=%s: %s is taken for raw samples, which are one image",
                                   second_suffix(asked->second, SECOND_PART), asked->part, file->path)
                   : TOOL_DONE;
    case IDENTITY_CONTAINER:
        if (identified.header[0])
            return check_still_pair(file, console);
        return file->container.place == MMI_SAMPLES_HERE ? TOOL_DONE
                                                         : follow(file, console, asked->allow_outside, request->access);
    default:
        return console_error(console, identified.about, "%s", identified.why);
    }
}

/*
 * Where a header says what a pixel is, bytes that begin within one are no pixels. In front of raw ones there may be
 * anything.
 */
static int check_offset(const struct image_file *file, const struct console *console,
                        const struct range_settings *texts, uint64_t offset)
{
    const struct pixel_settings *pixels = &file->pixels;
    uint64_t size = mmi_type_size(pixels->type), unit = pixels->layout == MMI_BIP ? size * pixels->samples : size;
    const char *suffix = second_suffix(texts->second, SECOND_OFFSET);
    if (image_file_is_raw(file) || offset % unit == 0)
        return TOOL_DONE;
    uint64_t below = offset - offset % unit;
    return console_usage(console,
                         "%s: --offset%s=%s is within a %s of %" PRIu64 " bytes; --offset%s=%" PRIu64
                         " or --offset%s=%" PRIu64 " would be whole ones",
                         file->path, suffix, texts->offset, pixels->layout == MMI_BIP ? "pixel" : "sample", unit,
                         suffix, below, suffix, below + unit);
}

int image_file_range(const struct image_file *file, const struct console *console, const struct range_settings *texts,
                     mmv_range asked, mmv_range *range_ret)
{
    const char *what = image_file_is_raw(file) ? "file" : "image";
    /* As a number typed by somebody MMV_EMPTY is a length that no file has. */
    if (asked.length != MMV_EMPTY && mmv_range_resolve(asked.offset, asked.length, file->length, range_ret) == MMV_OK) {
        range_ret->offset += file->offset;
        return check_offset(file, console, texts, asked.offset);
    }
    if (asked.offset > file->length)
        return console_usage(console, "%s: --offset%s=%s is behind the end: the %s has %" PRIu64 " bytes", file->path,
                             second_suffix(texts->second, SECOND_OFFSET), texts->offset, what, file->length);
    return console_usage(console,
                         "%s: --offset%s=%s --length%s=%s reaches behind the end: the %s has %" PRIu64
                         " bytes, %" PRIu64 " from that offset",
                         file->path, second_suffix(texts->second, SECOND_OFFSET), texts->offset ? texts->offset : "0",
                         second_suffix(texts->second, SECOND_LENGTH), texts->length, what, file->length,
                         file->length - asked.offset);
}

int image_file_take_range(const struct image_file *file, const struct console *console,
                          const struct range_settings *texts, mmv_range *range_ret)
{
    mmv_range asked = {0, 0};
    char offset[SETTINGS_OPTION], length[SETTINGS_OPTION];
    settings_option("offset", second_suffix(texts->second, SECOND_OFFSET), offset);
    settings_option("length", second_suffix(texts->second, SECOND_LENGTH), length);
    if ((texts->offset && !sizes_take(console, offset, texts->offset, &file->units, &asked.offset)) ||
        (texts->length && !sizes_take(console, length, texts->length, &file->units, &asked.length)))
        return TOOL_USAGE;
    return image_file_range(file, console, texts, asked, range_ret);
}

int image_file_share(const struct image_file *file, const struct console *console, const struct shard_settings *shard,
                     uint64_t record, mmv_range *range)
{
    if (shard->count == 0)
        return TOOL_DONE;
    /* What is behind the last whole record is the last part's: whether it may be there at all is not decided here. */
    uint64_t end = mmv_range_end(*range);
    if (mmv_shard(*range, record, 0, shard->index, shard->count, range) != MMV_OK)
        return console_failure(console, file->path);
    range->length = mmv_range_bytes(*range);
    if (shard->index + 1 == shard->count)
        range->length = end - range->offset;
    return TOOL_DONE;
}

bool image_file_add_inputs(const struct image_file *file, struct inputs *inputs)
{
    bool fine = !file->map || inputs_add(inputs, &file->info);
    for (uint32_t i = 0; fine && i < file->files.count; i++)
        fine = inputs_add(inputs, &file->files.list[i].info);
    return fine && (file->header[0] == '\0' || inputs_add(inputs, &file->header_info));
}

int image_file_refuse_pieces(const struct image_file *file, const struct console *console, const char *what)
{
    if (!file->container.pieces)
        return TOOL_DONE;
    if (file->files.count)
        return console_usage(console, "%s: its samples lie in %" PRIu32 " files, %s needs them in one", file->name,
                             file->files.count, what);
    return console_usage(console, "%s: its samples lie in %" PRIu64 " pieces, %s needs them in one", file->path,
                         mmi_pieces_count(file->container.pieces), what);
}

bool image_file_is_dark(const struct image_file *file)
{
    const mmi_container *container = &file->container;
    return !image_file_is_raw(file) && (container->meaning == MMI_MEANS_DARK) != (container->slope < 0);
}

bool image_file_is_raw(const struct image_file *file)
{
    return file->container.format == MMI_RAW;
}

/*
 * What it is. Of FILEs that are looked at twice the second look takes what the first has found: a header that has
 * appeared beside FILE meanwhile came too late.
 */
static int find_out(struct image_file *file, const struct console *console, const struct image_request *request)
{
    struct image_look *look = request->look;
    if (look && look->is_raw) {
        file->is = IDENTITY_RAW;
        file->container = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
        return TOOL_DONE;
    }
    int result = find_container(file, console, request);
    if (look && file->map && !file->stream)
        *look = (struct image_look){.is_raw = result == TOOL_DONE && file->is == IDENTITY_RAW && !file->header[0] &&
                                              file->notes.count == 0 && !file->is_spooled,
                                    .facts = file->info};
    return result;
}

/* With 'given' a stream whose head alone was looked at: all of it is kept now. */
static int open_image(struct image_file *file, const struct console *console, const struct image_request *request,
                      enum image_spooling spooling, struct stream *given)
{
    const char *name = request->name;
    const struct pixel_settings *asked = request->asked;
    *file = (struct image_file){.name = name, .pixels = *asked, .spooling = spooling, .stream = given};
    int length = snprintf(file->path, sizeof file->path, "%s", name);
    if (length < 0 || (size_t)length >= sizeof file->path)
        return console_error(console, name, "%s", strerror(ENAMETOOLONG));
    if (given && strcmp(name, "-") == 0)
        path_of_stdin(file->path);
    int result =
        given ? image_file_keep_stream(file, console) : open_map(file, console, request->access, request->look);
    if (result == TOOL_DONE)
        result = find_out(file, console, request);
    if (result != TOOL_DONE)
        return result;
    file->length = file->size;
    if (!image_file_is_raw(file) && !asked->of_two)
        result = image_file_agree(file, console, asked);
    if (!image_file_is_raw(file) && result == TOOL_DONE)
        use_header(file, console);
    assert(result != TOOL_DONE || file->files.count ||
           (file->offset <= file->size && file->length <= file->size - file->offset)); /* 3 */
    if (result == TOOL_DONE && file->is == IDENTITY_RAW && !asked->type_given && file->size > 0)
        notes_add(&file->notes, MMI_NOTE_RAW, "raw, %" PRIu32 " x %s; --type and --samples say otherwise",
                  file->pixels.samples, mmi_type_name(file->pixels.type));
    if (result == TOOL_DONE && !file->stream)
        image_file_note_behind(file);
    if (result == TOOL_DONE && file->is_spooled && !file->stream)
        image_file_note_spool(file);
    return result == TOOL_DONE ? image_file_count_units(file, console) : result;
}

int image_file_open(struct image_file *file, const struct console *console, const struct image_request *request)
{
    return open_image(file, console, request, SPOOL_ALWAYS, NULL);
}

int image_file_open_once(struct image_file *file, const struct console *console, const struct image_request *request,
                         const struct image_once *once)
{
    int result = open_image(file, console, request, SPOOL_IF_NEEDED, NULL);
    if (result != TOOL_DONE || !file->stream || once->is_enough(file, once->user))
        return result;
    return image_file_open_whole(file, console, request);
}

int image_file_open_whole(struct image_file *file, const struct console *console, const struct image_request *request)
{
    struct stream *stream = file->stream;
    assert(stream);
    file->stream = NULL;
    image_file_close(file);
    return open_image(file, console, request, SPOOL_NEEDED, stream);
}

void image_file_close(struct image_file *file)
{
    image_file_drop_stream(file);
    notes_drop(&file->notes);
    mmv_map_close(&file->map);
    files_drop(&file->files);
    mmi_container_free(&file->container);
}
