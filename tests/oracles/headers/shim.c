/* SPDX-License-Identifier: MIT */
/*
 * shim.c - what headers.py calls: a container's header as mmimage reads it, in a struct that does not grow, and
 * netpbm's reader, which leaves by longjmp(3) when it refuses.
 */

#include <mmimage/container.h>
#include <mmview/range.h>

#include <dlfcn.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define PUBLIC __attribute__((visibility("default")))

struct memory {
    const unsigned char *bytes;
    size_t size;
};

/* More are not looked at. */
#define FILES_MAX 64

/* As headers/ours.py has it. */
struct answer {
    uint64_t width, height, frames, offset, length, part, parts;
    double high, no_data[MMI_NO_DATA];
    uint32_t samples, no_data_count, note_count;
    int32_t status, layout, place;
    char type[16], name[256], problem[256];
    uint32_t files;             /* of several: how many, and at most so many of them: */
    uint64_t starts[FILES_MAX]; /* where the samples begin */
    char names[FILES_MAX][64];
};

struct anymap {
    uint64_t width, height, depth, maxval, offset;
    int32_t format;
};

/* Called by name, from ours.py. */
PUBLIC int shim_read(const unsigned char *bytes, size_t size, const char *format, const char *part, uint64_t data_size,
                     struct answer *answer);
PUBLIC int shim_load_netpbm(const char *library);
PUBLIC int shim_netpbm(const void *bytes, size_t size, struct anymap *anymap);

static mmv_status read_memory(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct memory *memory = user;
    if (!mmv_range_fits(offset, length, memory->size))
        return MMV_EIO;
    memcpy(bytes, memory->bytes + offset, length);
    return MMV_OK;
}

/* Each file has the same size. */
static mmv_status fit_files(mmi_container *container, uint64_t size, struct answer *answer)
{
    mmv_status status = MMV_OK;
    answer->files = mmi_files_count(container->files);
    for (uint32_t i = 0; i < answer->files && i < FILES_MAX && !status; i++) {
        status = mmi_container_fit_file(container, i, size);
        answer->starts[i] = status ? 0 : mmi_pieces_reach(container->pieces, i).offset;
        snprintf(answer->names[i], sizeof answer->names[i], "%.63s", mmi_files_name(container->files, i));
    }
    return status;
}

/* 'data_size' is the length of the file that has the samples, when that is another one; of several that of each. */
int shim_read(const unsigned char *bytes, size_t size, const char *format, const char *part, uint64_t data_size,
              struct answer *answer)
{
    struct memory memory = {bytes, size};
    const mmi_source source = {read_memory, &memory, size};
    mmi_wish wish = {.part = part};
    mmi_container container;
    if (!mmi_format_parse(format, &wish.format))
        return -1;
    mmv_status status = mmi_container_read(&source, &wish, &container);
    *answer = (struct answer){.files = 0};
    if (!status && container.files)
        status = fit_files(&container, data_size, answer);
    else if (!status && container.place != MMI_SAMPLES_HERE)
        status = mmi_container_fit(&container, data_size);
    struct answer rest = {
        .width = container.image.width,
        .height = container.image.height,
        .frames = container.frames,
        .offset = container.offset,
        .length = container.length,
        .part = container.part,
        .parts = container.parts,
        .high = container.high,
        .samples = container.image.samples,
        .no_data_count = container.no_data_count,
        .note_count = container.note_count,
        .status = (int32_t)status,
        .layout = (int32_t)container.image.layout,
        .place = (int32_t)container.place,
    };
    memcpy(&rest.files, &answer->files, sizeof rest - offsetof(struct answer, files));
    *answer = rest;
    memcpy(answer->no_data, container.no_data, sizeof answer->no_data);
    snprintf(answer->type, sizeof answer->type, "%s", mmi_type_name(container.image.type));
    snprintf(answer->name, sizeof answer->name, "%s", container.name);
    snprintf(answer->problem, sizeof answer->problem, "%s", container.problem);
    mmi_container_free(&container);
    return 0;
}

/* ---- netpbm ------------------------------------------------------------------------------------------------------ */

/* What libnetpbm's struct pam begins with, in versions 10 and 11. */
struct pam {
    unsigned size, len;
    FILE *file;
    int format;
    unsigned plainformat;
    int height, width;
    unsigned depth;
    unsigned long maxval;
    unsigned bytes_per_sample;
    char rest[4096];
};

static void be_silent(const char *text)
{
    (void)text;
}

static struct {
    void (*init)(const char *name, unsigned flags);
    void (*set_jump)(jmp_buf *jump);
    void (*set_message)(void (*function)(const char *));
    void (*set_error)(void (*function)(const char *));
    void (*read)(FILE *file, struct pam *pam, int size);
} netpbm;

/* 0 when the library is there. */
int shim_load_netpbm(const char *library)
{
    void *handle = dlopen(library, RTLD_NOW);
    if (!handle)
        return -1;
    *(void **)&netpbm.init = dlsym(handle, "pm_init");
    *(void **)&netpbm.set_jump = dlsym(handle, "pm_setjmpbuf");
    *(void **)&netpbm.set_message = dlsym(handle, "pm_setusermessagefn");
    *(void **)&netpbm.set_error = dlsym(handle, "pm_setusererrormsgfn");
    *(void **)&netpbm.read = dlsym(handle, "pnm_readpaminit");
    if (!netpbm.init || !netpbm.set_jump || !netpbm.set_message || !netpbm.set_error || !netpbm.read)
        return -1;
    netpbm.init("headers.py", 0);
    netpbm.set_message(be_silent);
    netpbm.set_error(be_silent);
    return 0;
}

/* 0 when netpbm takes the header. */
int shim_netpbm(const void *bytes, size_t size, struct anymap *anymap)
{
    static struct pam pam;
    jmp_buf jump;
    FILE *file = fmemopen((void *)(uintptr_t)bytes, size, "rb");
    volatile int result = -1;
    if (!file)
        return -1;
    memset(&pam, 0, sizeof pam);
    if (setjmp(jump) == 0) {
        netpbm.set_jump(&jump);
        netpbm.read(file, &pam, (int)sizeof pam);
        *anymap = (struct anymap){(uint64_t)pam.width, (uint64_t)pam.height,  pam.depth,
                                  pam.maxval,          (uint64_t)ftell(file), pam.format};
        result = 0;
    }
    netpbm.set_jump(NULL);
    fclose(file);
    return result;
}
