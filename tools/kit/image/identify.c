/* SPDX-License-Identifier: MIT */
/*
 * identify: see identify.h. Marks are compared here; a header is taken apart in a sandbox, from bytes that are read for
 * it. A file without a mark and without files beside it costs one read and a look for each name that a header has.
 */
#include "kit/image/identify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/image/described.h"
#include "kit/image/identify_steps.h"
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

mmv_status identify_read(int descriptor, uint64_t size, const mmi_wish *wish, mmi_container *container)
{
    struct bytes bytes = {descriptor, {read_bytes, NULL, size}, *wish, container};
    bytes.source.user = &bytes;
    return (mmv_status)sandbox_call(take_apart, &bytes, NULL);
}

mmv_status identify_look(int descriptor, uint64_t size, mmi_clue *clue)
{
    struct bytes bytes = {.descriptor = descriptor, .source = {read_bytes, NULL, size}};
    bytes.source.user = &bytes;
    return mmi_container_look(&bytes.source, clue);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

void identify_answer(struct identified *identified, enum identified_as is, const char *about, const char *why, ...)
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

void identify_problem(const mmi_container *container, mmv_status status, char *text, size_t size)
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
    identify_problem(container, status, problem, sizeof problem);
    if (is == IDENTITY_UNUSABLE && container->place == MMI_SAMPLES_HERE && !container->from_end &&
        container->offset > 0 && identify_payload(container, request->info.size, payload, sizeof payload))
        identify_answer(identified, is, request->path, "%s; %s takes the bytes that are there", problem, payload);
    else if (is == IDENTITY_UNUSABLE && request->asked->format == MMI_AUTO)
        identify_answer(identified, is, request->path, "%s; " IDENTIFY_RAW_HARMS, problem);
    else
        identify_answer(identified, is, request->path, "%s", problem);
}

static void answer_other(struct identified *identified, const struct identify_request *request, const mmi_clue *clue)
{
    mmi_container_free(&identified->container);
    identified->container = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    identify_answer(identified, IDENTITY_OTHER, request->path, "it is %s; %s; " IDENTIFY_RAW_HARMS, clue->name,
                    clue->remedy);
}

/* ---- FILE itself ------------------------------------------------------------------------------------------------- */

static bool read_own(const struct identify_request *request, struct identified *identified, mmi_format format)
{
    const mmi_wish wish = {.format = format, .samples = request->asked->samples_given, .part = request->asked->part};
    mmv_status status = identify_read(request->descriptor, request->info.size, &wish, &identified->container);
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
    if (identify_beside(request, identified) || identified->is != IDENTITY_RAW)
        return;
    if (has_sidecar_only)
        identify_answer(identified, IDENTITY_UNUSABLE, request->path, "no %s header lies beside it",
                        mmi_format_name(wanted));
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
    identify_answer(
        identified, IDENTITY_UNUSABLE, request->path,
        "its name ends as those of %s files do, but its bytes are none that a reader knows. If they are samples, "
        "say of which type (--type, --samples, and --offset where something stands in front of them)",
        format == MMI_EHDR ? "header" : mmi_format_name(format));
}

/* Samples of the default type would be a guess where something else says what they are. */
static void heed_description(const struct identify_request *request, struct identified *identified)
{
    struct description description;
    if (!described(request->path, request->info.size, request->beside, &description))
        return;
    bool is_apart = description.path[0] != '\0';
    if (is_apart) {
        identified->header_info = description.facts;
        snprintf(identified->header, sizeof identified->header, "%s", description.path);
    }
    identify_answer(identified, is_apart ? IDENTITY_HEADER : IDENTITY_UNUSABLE,
                    is_apart ? description.path : request->path, "%s", description.why);
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
    if (identify_beside(request, identified)) {
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
    mmv_status status = identify_look(request->descriptor, request->info.size, &clue);
    if (status != MMV_OK) {
        identify_answer(identified, IDENTITY_FAILED, request->path, "cannot read its header: %s",
                        mmv_status_text(status));
        return;
    }
    if (request->asked->format == MMI_AUTO)
        identify_auto(request, identified, &clue);
    else
        identify_as(request, identified, &clue);
    if (identified->is == IDENTITY_CONTAINER)
        notes_take(&identified->notes, &identified->container);
}
