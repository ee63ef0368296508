/* SPDX-License-Identifier: MIT */
/*
 * identify_beside: see identify_steps.h. First the headers that a name leads to (FILE.hdr, STEM.mhd), then those of any
 * name in FILE's folder whose text names it. Those that say the same count once.
 */
#include "kit/image/identify_steps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kit/image/naming.h"
#include "kit/os/path.h"

/* The most that are compared. */
#define CANDIDATES 4

/*
 * Of a FILE that has a header others may name it, too. They are looked for where the folder has no more headers than
 * this: for each of many FILEs all of them are read.
 */
#define OTHERS_MOST 1000
#define OTHERS_OF_MANY 8

struct candidates {
    const struct identify_request *request;
    struct identified *identified;
    struct file_facts seen[CANDIDATES];
    size_t count;
    const char *base;    /* what a header that names FILE calls it, but for the folder */
    bool found, refused; /* one that is FILE's; one that is not understood, or says something else */
    bool is_naming;      /* those of any name, whose text names FILE */
    bool is_late;        /* FILE has its header: of another one a note tells */
    bool is_told;        /* it did */
    const char *named;   /* what their text must name: 'base', or of the folder above sub/base */
};

static bool path_of_named(const char *header, const char *name, char path[PATH_MAX])
{
    char folder[PATH_MAX];
    path_folder(header, folder);
    bool is_whole = path_is_absolute(name);
    int length = snprintf(path, PATH_MAX, "%s%s%s", is_whole ? "" : folder, is_whole ? "" : "/", name);
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
    identify_answer(candidates->identified, IDENTITY_HEADER, path,
                    "%s %s, and is not understood: %s; " IDENTIFY_WITHOUT, how, candidates->request->path, why);
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
    identify_answer(identified, IDENTITY_HEADER, identified->header,
                    "says %s, but %s says %s; give the one that is right as FILE", first, path, second);
    return false;
}

/* The header of FILE's name was taken: one of another name that says something else does not count, but is told of. */
static void tell_of_other(struct candidates *candidates, const char *path, const mmi_container *container)
{
    struct identified *identified = candidates->identified;
    char text[160];
    if (!is_of_file(container, path, candidates->request) || says_same(&identified->container, container))
        return;
    candidates->is_told = true;
    describe(container, text, sizeof text);
    notes_add(&identified->notes, MMI_NOTE_ASSUMED,
              "header %s is taken for its name; %s names the file, too, and says something else: %s",
              identified->header, path, text);
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
    mmv_status status = identify_look(descriptor, size, &clue);
    *container = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    if (status != MMV_OK || (clue.mark == MMI_MARK_OTHER && !clue.is_text))
        return status;
    if (wish.format == MMI_AUTO && clue.mark != MMI_MARK_FORMAT)
        wish.format = mmi_format_of_name(path);
    return identify_read(descriptor, size, &wish, container);
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
    identify_answer(identified, IDENTITY_HEADER, candidates->request->path,
                    "is file %" PRIu32 " of the %" PRIu32
                    " that have the image of header %s: give %s as FILE for the image, or "
                    "%s for this file alone",
                    number + 1, mmi_files_count(container->files), path, path, alone);
}

/* The name in a header leads to nothing, and is FILE's but for the case of letters, quotes, or another system's
 * folders.
 */
static bool is_nearly_named(const struct candidates *candidates, const char *header, const mmi_container *container)
{
    return container->place == MMI_SAMPLES_NAMED && naming_is_near(container->name, candidates->named) &&
           is_missing(header, container->name);
}

static void refuse_near(struct candidates *candidates, const char *path, const struct file_facts *info,
                        const char *name)
{
    struct identified *identified = candidates->identified;
    candidates->refused = true;
    identified->header_info = *info;
    snprintf(identified->header, sizeof identified->header, "%s", path);
    identify_answer(identified, IDENTITY_HEADER, path,
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
    if (candidates->is_late) {
        if (status == MMV_OK)
            tell_of_other(candidates, path, &container);
        mmi_container_free(&container);
        return;
    }
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
    identify_problem(&container, status, problem, sizeof problem);
    not_understood(candidates, path, info, problem);
}

/* Of headers of any name those whose text has FILE's. */
static bool is_wanted(struct candidates *candidates, int descriptor, const struct file_facts *info)
{
    if (candidates->is_naming && !naming_file(descriptor, info->size, candidates->named))
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

/* Of the folder above so many headers are looked at: each may be read for each FILE. */
#define ABOVE_MOST 64

static void no_memory(struct candidates *candidates)
{
    candidates->refused = true;
    identify_answer(candidates->identified, IDENTITY_FAILED, candidates->request->path, "not enough memory");
}

/* Those in the folder of 'path'. */
static void try_headers(struct candidates *candidates, const struct beside_headers *headers, const char *path)
{
    char header[PATH_MAX];
    int folder = (int)(path_base(path) - path);
    bool is_whole = !headers->is_many;
    for (size_t i = 0; i < headers->count && is_whole && !candidates->refused && !candidates->is_told; i++) {
        int length = snprintf(header, sizeof header, "%.*s%s", folder, path, headers->names[i]);
        if (length > 0 && (size_t)length < sizeof header)
            try_candidate(candidates, header);
    }
}

/* Headers of any name in the folder of 'path', whose last part is FILE's name. */
static void find_naming(struct candidates *candidates, const char *path)
{
    bool is_late = candidates->is_late;
    struct beside_headers headers = {.most = !is_late ? 0 : candidates->request->beside ? OTHERS_OF_MANY : OTHERS_MOST};
    candidates->base = candidates->named = path_base(path);
    if (!beside_headers(candidates->request->beside, path, &headers) && !is_late)
        no_memory(candidates);
    try_headers(candidates, &headers, path);
    beside_headers_drop(&headers);
}

/* The name that a folder has in the one above. */
static bool name_of_folder(const char *folder, bool is_real, char *name, size_t size)
{
    char real[PATH_MAX];
    if (is_real && !path_real(folder, real))
        return false;
    int length = snprintf(name, size, "%s", path_base(is_real ? real : folder));
    return length > 0 && (size_t)length < size;
}

/* What FILE's folder is called in the folder 'above', and headers there that name FILE in it. */
static void find_in(struct candidates *candidates, struct beside_names *beside, const char *folder, const char *above)
{
    const char *base = path_base(candidates->request->path);
    bool is_real = above == NULL;
    struct beside_headers headers = {.most = ABOVE_MOST};
    char path[PATH_MAX], name[NAME_MAX + 1], named[2 * NAME_MAX + 2];
    int length = snprintf(path, sizeof path, "%s%s/%s", is_real ? folder : above, is_real ? "/.." : "", base);
    if (length < 0 || (size_t)length >= sizeof path)
        return;
    beside_enter(beside, path);
    if (!beside_headers(beside, path, &headers))
        no_memory(candidates);
    if (headers.is_many)
        notes_add(&candidates->identified->notes, MMI_NOTE_ASSUMED,
                  "the folder above has more than %d headers: whether one of them names it is not looked at",
                  ABOVE_MOST);
    else if (headers.count > 0 && name_of_folder(folder, is_real, name, sizeof name)) {
        snprintf(named, sizeof named, "%s/%s", name, base);
        candidates->base = base;
        candidates->named = named;
        try_headers(candidates, &headers, path);
    }
    beside_headers_drop(&headers);
}

/* A header one folder up may name sub/FILE. Where sub is a link there are two folders above. */
static void find_above(struct candidates *candidates)
{
    struct beside_names *beside = candidates->request->beside ? candidates->request->beside->above : NULL;
    char folder[PATH_MAX], above[PATH_MAX];
    struct file_facts info;
    path_folder(candidates->request->path, folder);
    find_in(candidates, beside, folder, NULL);
    if (!candidates->refused && file_look_at(folder, false, &info) == 0 && info.kind == FILE_LINK) {
        path_folder(folder, above);
        find_in(candidates, NULL, folder, above);
    }
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
    if (!candidates->refused && !candidates->found)
        find_above(candidates);
}

bool identify_beside(const struct identify_request *request, struct identified *identified)
{
    struct candidates candidates = {.request = request, .identified = identified};
    char path[PATH_MAX];
    identified->is = IDENTITY_RAW;
    beside_enter(request->beside, request->path);
    bool may_have = beside_may_have(request->beside, request->path);
    for (unsigned i = 0;
         may_have && !candidates.refused && mmi_container_sidecar(request->path, false, i, path, sizeof path); i++)
        if (path[0] && beside_may_be(request->beside, path))
            try_candidate(&candidates, path);
    candidates.is_late = candidates.found;
    if (!candidates.refused && !request->is_stream)
        find_all_naming(&candidates);
    if (candidates.refused || !candidates.found)
        return false;
    mmi_container *container = &identified->container;
    if (mmi_container_fit(container, request->info.size) != MMV_OK) {
        identify_answer(identified, IDENTITY_UNUSABLE, request->path, "%s header %s: %s; " IDENTIFY_WITHOUT,
                        mmi_format_name(container->format), identified->header, container->problem);
        return false;
    }
    identified->is = IDENTITY_CONTAINER;
    return true;
}
