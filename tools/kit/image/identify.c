/* SPDX-License-Identifier: MIT */
/*
 * identify: see identify.h. Marks are compared here; a header is taken apart in a sandbox, from bytes that are read for
 * it. A file without a mark and without files beside it costs one read and a look for each name that a header has.
 */
#include "kit/image/identify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/image/described.h"
#include "kit/image/naming.h"
#include "kit/os/path.h"
#include "kit/os/sandbox.h"

/* ---- bytes of a file --------------------------------------------------------------------------------------------- */

struct bytes {
    int descriptor;
    mmi_source source;
    mmi_wish wish;
    mmi_container *container;
};

static mmv_status read_bytes(void *user, uint64_t offset, void *data, size_t length)
{
    const struct bytes *bytes = user;
    size_t done;
    int error = file_read_at(bytes->descriptor, data, length, offset, &done);
    if (error != 0)
        return mmv_error_set(MMV_EIO, error, "read");
    if (done == length)
        return MMV_OK;
    if (bytes->source.size != IDENTIFY_ENDLESS)
        return mmv_error_set(MMV_ETRUNC, 0, "read");
    memset((char *)data + done, 0, length - done);
    return MMV_OK;
}

static int take_apart(void *user)
{
    const struct bytes *bytes = user;
    return (int)mmi_container_read(&bytes->source, &bytes->wish, bytes->container);
}

static mmv_status read_header(int descriptor, uint64_t size, const mmi_wish *wish, mmi_container *container)
{
    struct bytes bytes = {descriptor, {read_bytes, NULL, size}, *wish, container};
    bytes.source.user = &bytes;
    return (mmv_status)sandbox_call(take_apart, &bytes, NULL);
}

static mmv_status look(int descriptor, uint64_t size, mmi_clue *clue)
{
    struct bytes bytes = {.descriptor = descriptor, .source = {read_bytes, NULL, size}};
    bytes.source.user = &bytes;
    return mmi_container_look(&bytes.source, clue);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void answer(struct identified *identified, enum identified_as is,
                                                         const char *about, const char *why, ...)
{
    va_list arguments;
    identified->is = is;
    snprintf(identified->about, sizeof identified->about, "%s", about);
    va_start(arguments, why);
    vsnprintf(identified->why, sizeof identified->why, why, arguments);
    va_end(arguments);
}

bool identify_payload(const mmi_container *container, uint64_t file_size, char *text, size_t size)
{
    const mmi_image *image = &container->image;
    uint64_t pixel = mmi_image_pixel(image), length = container->length, offset = container->offset;
    if (container->pieces || length == 0 || pixel == 0)
        return false;
    /* MRC's header has a fixed length; what it says of an extended one may be left over from another file. */
    if (offset >= file_size && container->format == MMI_MRC && file_size == length + 1024)
        offset = 1024;
    if (offset >= file_size)
        return false;
    length = mmv_min(length, file_size - offset);
    int used = snprintf(text, size, "--format=raw --offset=%" PRIu64 " --length=%" PRIu64 " --type=%s --samples=%u",
                        offset, length - length % pixel, mmi_type_name(image->type), image->samples);
    if (image->layout != MMI_BIP && image->samples > 1 && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, " --layout=%s --width=%" PRIu64, mmi_layout_name(image->layout),
                 image->width);
    return length >= pixel;
}

/* "pnm header: height: is missing" */
static void say_problem(const mmi_container *container, mmv_status status, char *text, size_t size)
{
    bool known = container->format != MMI_AUTO && container->format != MMI_RAW;
    if (container->problem[0])
        snprintf(text, size, "%s header: %s", known ? mmi_format_name(container->format) : "no usable",
                 container->problem);
    else
        snprintf(text, size, "cannot read its header: %s", mmv_status_text(status));
}

/* FILE's own header was refused. What was not asked for may be no header at all: samples can begin like one. */
static void refuse(struct identified *identified, const struct identify_request *request, mmv_status status)
{
    const mmi_container *container = &identified->container;
    enum identified_as is = container->problem[0] ? IDENTITY_UNUSABLE : IDENTITY_FAILED;
    char problem[512], payload[256];
    say_problem(container, status, problem, sizeof problem);
    if (is == IDENTITY_UNUSABLE && container->place == MMI_SAMPLES_HERE && !container->from_end &&
        container->offset > 0 && identify_payload(container, request->info.size, payload, sizeof payload))
        answer(identified, is, request->path, "%s; %s takes the bytes that are there", problem, payload);
    else if (is == IDENTITY_UNUSABLE && request->asked->format == MMI_AUTO)
        answer(identified, is, request->path, "%s; " IDENTIFY_RAW_HARMS, problem);
    else
        answer(identified, is, request->path, "%s", problem);
}

static void answer_other(struct identified *identified, const struct identify_request *request, const mmi_clue *clue)
{
    mmi_container_free(&identified->container);
    identified->container = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    answer(identified, IDENTITY_OTHER, request->path, "it is %s; %s; " IDENTIFY_RAW_HARMS, clue->name, clue->remedy);
}

/* What is said of a header beside FILE that is of no use. */
#define IDENTIFY_WITHOUT                                                                                               \
    "where the header does not count, --format=raw with --type, --samples and --offset does without it"

/* ---- headers beside ---------------------------------------------------------------------------------------------- */

/* The most that are compared. */
#define CANDIDATES 4

struct candidates {
    const struct identify_request *request;
    struct identified *identified;
    struct file_facts seen[CANDIDATES];
    size_t count;
    const char *base;    /* what a header that names FILE calls it, but for the folder */
    bool found, refused; /* one that is FILE's; one that is not understood, or says something else */
    bool is_naming;      /* those of any name, whose text names FILE */
};

static bool path_of_named(const char *header, const char *name, char path[PATH_MAX])
{
    char folder[PATH_MAX];
    path_folder(header, folder);
    int length = snprintf(path, PATH_MAX, "%s%s%s", name[0] == '/' ? "" : folder, name[0] == '/' ? "" : "/", name);
    return length > 0 && length < PATH_MAX;
}

/* Whether the name in a header is FILE's. */
static bool is_named(const char *header, const char *name, const struct file_facts *file)
{
    char path[PATH_MAX];
    struct file_facts info;
    return path_of_named(header, name, path) && file_look_at(path, true, &info) == 0 && file_is_same(&info, file);
}

static bool is_missing(const char *header, const char *name)
{
    char path[PATH_MAX];
    struct file_facts info;
    return path_of_named(header, name, path) && file_look_at(path, true, &info) == ENOENT;
}

/* A header that has its samples itself, or in another file, is not FILE's. */
static bool is_of_file(const mmi_container *container, const char *header, const struct identify_request *request)
{
    switch (container->place) {
    case MMI_SAMPLES_SIDECAR:
        return true;
    case MMI_SAMPLES_ENDING:
        return path_has_ending(request->path, container->name);
    case MMI_SAMPLES_NAMED:
        return is_named(header, container->name, &request->info);
    default:
        return false;
    }
}

static bool says_same(const mmi_container *a, const mmi_container *b)
{
    const mmi_image *x = &a->image, *y = &b->image;
    return x->type.kind == y->type.kind && x->type.big_endian == y->type.big_endian && x->samples == y->samples &&
           x->width == y->width && x->height == y->height && x->layout == y->layout && a->offset == b->offset &&
           a->from_end == b->from_end && a->slope == b->slope && a->intercept == b->intercept;
}

static void describe(const mmi_container *container, char *text, size_t size)
{
    const mmi_image *image = &container->image;
    snprintf(text, size, "%s, %" PRIu64 " x %" PRIu64 " pixels of %u x %s, from byte %" PRIu64,
             mmi_format_name(container->format), image->width, image->height, image->samples,
             mmi_type_name(image->type), container->offset);
}

/* It is remembered, too: nothing may overwrite it. */
static void not_understood(struct candidates *candidates, const char *path, const struct file_facts *info,
                           const char *why)
{
    const char *how = candidates->is_naming ? "names" : "lies beside";
    candidates->refused = true;
    candidates->identified->header_info = *info;
    snprintf(candidates->identified->header, sizeof candidates->identified->header, "%s", path);
    answer(candidates->identified, IDENTITY_HEADER, path, "%s %s, and is not understood: %s; " IDENTIFY_WITHOUT, how,
           candidates->request->path, why);
}

/* A header of FILE. The first one is taken; another one must say the same. Returns whether it was. */
static bool take(struct candidates *candidates, const char *path, const struct file_facts *info,
                 const mmi_container *container)
{
    struct identified *identified = candidates->identified;
    char first[160], second[160];
    if (!candidates->found) {
        candidates->found = true;
        identified->container = *container;
        identified->header_info = *info;
        snprintf(identified->header, sizeof identified->header, "%s", path);
        return true;
    }
    if (says_same(&identified->container, container)) {
        notes_add(&identified->notes, MMI_NOTE_ASSUMED, "header %s is taken; %s says the same", identified->header,
                  path);
        return false;
    }
    candidates->refused = true;
    describe(&identified->container, first, sizeof first);
    describe(container, second, sizeof second);
    answer(identified, IDENTITY_HEADER, identified->header,
           "says %s, but %s says %s; give the one that is right as FILE", first, path, second);
    return false;
}

static bool was_seen(struct candidates *candidates, const struct file_facts *info)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (file_is_same(&candidates->seen[i], info))
            return true;
    if (candidates->count < CANDIDATES)
        candidates->seen[candidates->count++] = *info;
    return file_is_same(info, &candidates->request->info);
}

/* Which reader to ask: the one whose mark is there, or the one of its ending, whose words decide. */
static mmv_status read_candidate(const struct candidates *candidates, int descriptor, const char *path, uint64_t size,
                                 mmi_container *container)
{
    const struct pixel_settings *asked = candidates->request->asked;
    mmi_wish wish = {.format = asked->format, .samples = asked->samples_given, .part = asked->part};
    mmi_clue clue = {0};
    mmv_status status = look(descriptor, size, &clue);
    *container = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    if (status != MMV_OK || (clue.mark == MMI_MARK_OTHER && !clue.is_text))
        return status;
    if (wish.format == MMI_AUTO && clue.mark != MMI_MARK_FORMAT)
        wish.format = mmi_format_of_name(path);
    return read_header(descriptor, size, &wish, container);
}

/* FILE is one of several that a header lists. Its place among them; false = it is none of them. */
static bool find_listed(const struct candidates *candidates, const char *header, const mmi_container *container,
                        uint32_t *number_ret)
{
    const mmi_files *files = container->files;
    for (uint32_t i = 0; files && i < mmi_files_count(files); i++) {
        const char *name = mmi_files_name(files, i);
        *number_ret = i;
        if (strcmp(path_base(name), candidates->base) == 0 && is_named(header, name, &candidates->request->info))
            return true;
    }
    return false;
}

/* The options that mean what one of the files has, where that is an image: of planes it need not be one. */
static void describe_part(const mmi_container *container, uint64_t size, char *text, size_t room)
{
    mmi_container part = *container;
    part.pieces = NULL;
    part.length /= mmi_files_count(container->files);
    bool is_image = container->image.samples == 1 || container->image.layout == MMI_BIP;
    if (!is_image || mmi_container_fit(&part, size) != MMV_OK || !identify_payload(&part, size, text, room))
        snprintf(text, room, "--format=raw with --type, --samples and --offset");
}

/* Nobody knows whether the image is meant or its part: neither is guessed. Remembered as what may not be overwritten.
 */
static void refuse_listed(struct candidates *candidates, const char *path, const struct file_facts *info,
                          const mmi_container *container, uint32_t number)
{
    struct identified *identified = candidates->identified;
    char alone[256];
    candidates->refused = true;
    identified->header_info = *info;
    snprintf(identified->header, sizeof identified->header, "%s", path);
    describe_part(container, candidates->request->info.size, alone, sizeof alone);
    answer(identified, IDENTITY_HEADER, candidates->request->path,
           "is file %" PRIu32 " of the %" PRIu32 " that have the image of header %s: give %s as FILE for the image, or "
           "%s for this file alone",
           number + 1, mmi_files_count(container->files), path, path, alone);
}

/* The name in a header leads to nothing, and is FILE's but for the case of letters, quotes, or another system's
 * folders.
 */
static bool is_nearly_named(const struct candidates *candidates, const char *header, const mmi_container *container)
{
    return container->place == MMI_SAMPLES_NAMED && naming_is_near(container->name, candidates->base) &&
           is_missing(header, container->name);
}

static void refuse_near(struct candidates *candidates, const char *path, const struct file_facts *info,
                        const char *name)
{
    struct identified *identified = candidates->identified;
    candidates->refused = true;
    identified->header_info = *info;
    snprintf(identified->header, sizeof identified->header, "%s", path);
    answer(identified, IDENTITY_HEADER, path,
           "names %s, which is not there: if %s is meant, correct the name; " IDENTIFY_WITHOUT, name,
           candidates->request->path);
}

static void judge(struct candidates *candidates, const char *path, int descriptor, const struct file_facts *info)
{
    uint32_t number;
    mmi_container container;
    char problem[512];
    mmv_status status = read_candidate(candidates, descriptor, path, info->size, &container);
    bool is_asked = candidates->request->asked->format != MMI_AUTO;
    /* Another format than the one that was asked for. */
    if (status == MMV_EKIND && is_asked)
        return;
    if (status == MMV_OK) {
        if (candidates->is_naming && find_listed(candidates, path, &container, &number))
            refuse_listed(candidates, path, info, &container, number);
        if (candidates->is_naming && is_nearly_named(candidates, path, &container))
            refuse_near(candidates, path, info, container.name);
        if (candidates->refused || container.format == MMI_RAW || !is_of_file(&container, path, candidates->request) ||
            !take(candidates, path, info, &container))
            mmi_container_free(&container);
        return;
    }
    say_problem(&container, status, problem, sizeof problem);
    not_understood(candidates, path, info, problem);
}

/* Of headers of any name those whose text has FILE's. */
static bool is_wanted(struct candidates *candidates, int descriptor, const struct file_facts *info)
{
    if (candidates->is_naming && !naming_file(descriptor, info->size, candidates->base))
        return false;
    return !was_seen(candidates, info);
}

static void try_candidate(struct candidates *candidates, const char *path)
{
    struct file_facts info;
    int descriptor;
    if (file_look_at(path, false, &info) != 0)
        return;
    int error = file_open(path, FILE_READ, true, &descriptor);
    /* One of any name that cannot be read is most likely another file's. */
    if (error != 0 && candidates->is_naming)
        return;
    if (error != 0) {
        /* A link that leads nowhere is left of a header that was there. */
        not_understood(candidates, path, &info, strerror(error));
        return;
    }
    if (file_look(descriptor, &info) == 0 && info.kind == FILE_REGULAR && is_wanted(candidates, descriptor, &info))
        judge(candidates, path, descriptor, &info);
    file_close(descriptor);
}

/* Headers of any name in the folder of 'path', which leads to FILE. */
static void find_naming(struct candidates *candidates, const char *path)
{
    struct beside_headers headers;
    char header[PATH_MAX];
    candidates->base = path_base(path);
    int folder = (int)(candidates->base - path);
    if (!beside_headers(candidates->request->beside, path, &headers)) {
        candidates->refused = true;
        answer(candidates->identified, IDENTITY_FAILED, candidates->request->path, "not enough memory");
    }
    for (size_t i = 0; i < headers.count && !candidates->refused; i++) {
        int length = snprintf(header, sizeof header, "%.*s%s", folder, path, headers.names[i]);
        if (length > 0 && (size_t)length < sizeof header)
            try_candidate(candidates, header);
    }
    beside_headers_drop(&headers);
}

/* Where FILE is a link, headers may lie beside the link, and beside what it leads to. */
static void find_all_naming(struct candidates *candidates)
{
    const char *path = candidates->request->path;
    struct file_facts info;
    char real[PATH_MAX];
    candidates->is_naming = true;
    candidates->count = 0;
    find_naming(candidates, path);
    if (!candidates->refused && file_look_at(path, false, &info) == 0 && info.kind == FILE_LINK &&
        path_real(path, real))
        find_naming(candidates, real);
}

/* Whether a header beside FILE was found, and describes it; else identified->is is not what it was, or there is none.
 */
static bool find_beside(const struct identify_request *request, struct identified *identified)
{
    struct candidates candidates = {.request = request, .identified = identified};
    char path[PATH_MAX];
    identified->is = IDENTITY_RAW;
    beside_enter(request->beside, request->path);
    for (unsigned i = 0; !candidates.refused && mmi_container_sidecar(request->path, false, i, path, sizeof path); i++)
        if (path[0] && beside_may_be(request->beside, path))
            try_candidate(&candidates, path);
    if (!candidates.refused && !candidates.found && !request->is_stream)
        find_all_naming(&candidates);
    if (candidates.refused || !candidates.found)
        return false;
    mmi_container *container = &identified->container;
    if (mmi_container_fit(container, request->info.size) != MMV_OK) {
        answer(identified, IDENTITY_UNUSABLE, request->path, "%s header %s: %s; " IDENTIFY_WITHOUT,
               mmi_format_name(container->format), identified->header, container->problem);
        return false;
    }
    identified->is = IDENTITY_CONTAINER;
    return true;
}

/* ---- FILE itself ------------------------------------------------------------------------------------------------- */

static bool read_own(const struct identify_request *request, struct identified *identified, mmi_format format)
{
    const mmi_wish wish = {.format = format, .samples = request->asked->samples_given, .part = request->asked->part};
    mmv_status status = read_header(request->descriptor, request->info.size, &wish, &identified->container);
    if (status == MMV_OK)
        identified->is = IDENTITY_CONTAINER;
    else
        refuse(identified, request, status);
    return status == MMV_OK;
}

static bool lies_apart(mmi_format format)
{
    return format == MMI_ENVI || format == MMI_EHDR || format == MMI_METAIMAGE || format == MMI_NRRD ||
           format == MMI_NIFTI || format == MMI_ANALYZE;
}

/* The format was asked for: FILE is of it, or a header beside FILE is. */
static void identify_as(const struct identify_request *request, struct identified *identified, const mmi_clue *clue)
{
    mmi_format wanted = request->asked->format;
    mmi_format by_name = mmi_format_of_name(request->path);
    bool is_header = clue->format == wanted || by_name == wanted || (by_name == MMI_EHDR && clue->format == MMI_RAW);
    bool has_sidecar_only = wanted == MMI_ENVI || wanted == MMI_EHDR || wanted == MMI_ANALYZE;
    if (read_own(request, identified, wanted) || is_header || !lies_apart(wanted))
        return;
    enum identified_as was = identified->is;
    if (find_beside(request, identified) || identified->is != IDENTITY_RAW)
        return;
    if (has_sidecar_only)
        answer(identified, IDENTITY_UNUSABLE, request->path, "no %s header lies beside it", mmi_format_name(wanted));
    else
        identified->is = was;
}

/* What the ending promises has a reader that needs no mark. */
static bool is_read_by_name(mmi_format format)
{
    return format == MMI_EHDR || format == MMI_METAIMAGE;
}

static void refuse_name(const struct identify_request *request, struct identified *identified, mmi_format format)
{
    answer(identified, IDENTITY_UNUSABLE, request->path,
           "its name ends as those of %s files do, but its bytes are none that a reader knows; if they are samples, "
           "say of which type (--type, --samples, and --offset where something stands in front of them)",
           format == MMI_EHDR ? "header" : mmi_format_name(format));
}

/* Samples of the default type would be a guess where something else says what they are. */
static void heed_description(const struct identify_request *request, struct identified *identified)
{
    struct description description;
    if (!described(request->path, request->info.size, &description))
        return;
    bool is_apart = description.path[0] != '\0';
    if (is_apart) {
        identified->header_info = description.facts;
        snprintf(identified->header, sizeof identified->header, "%s", description.path);
    }
    answer(identified, is_apart ? IDENTITY_HEADER : IDENTITY_UNUSABLE, is_apart ? description.path : request->path,
           "%s", description.why);
}

static bool is_whole(const struct identified *identified, const struct identify_request *request)
{
    return identified->container.offset == 0 && identified->container.length == request->info.size;
}

static void identify_auto(const struct identify_request *request, struct identified *identified, const mmi_clue *clue)
{
    mmi_format by_name = mmi_format_of_name(request->path);
    bool may_be_words = clue->mark == MMI_MARK_NONE || clue->is_text;
    identified->is = IDENTITY_RAW;
    if (clue->mark == MMI_MARK_FORMAT) {
        read_own(request, identified, MMI_AUTO);
        return;
    }
    if (is_read_by_name(by_name) && may_be_words &&
        (read_own(request, identified, by_name) || !request->asked->type_given))
        return;
    if (find_beside(request, identified)) {
        if (clue->mark == MMI_MARK_OTHER && !is_whole(identified, request))
            answer_other(identified, request, clue);
        return;
    }
    if (identified->is != IDENTITY_RAW)
        return;
    identified->container = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    if (clue->mark == MMI_MARK_OTHER)
        answer_other(identified, request, clue);
    else if (by_name != MMI_AUTO && !request->asked->type_given)
        refuse_name(request, identified, by_name);
    else if (!request->asked->type_given && !request->is_stream)
        heed_description(request, identified);
}

void identify(const struct identify_request *request, struct identified *identified)
{
    mmi_clue clue = {0};
    *identified = (struct identified){.is = IDENTITY_RAW_SAID};
    identified->container = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    if (request->asked->format == MMI_RAW)
        return;
    mmv_status status = look(request->descriptor, request->info.size, &clue);
    if (status != MMV_OK) {
        answer(identified, IDENTITY_FAILED, request->path, "cannot read its header: %s", mmv_status_text(status));
        return;
    }
    if (request->asked->format == MMI_AUTO)
        identify_auto(request, identified, &clue);
    else
        identify_as(request, identified, &clue);
    if (identified->is == IDENTITY_CONTAINER)
        notes_take(&identified->notes, &identified->container);
}
