/* SPDX-License-Identifier: MIT */
/*
 * fuzz_header.c - any bytes as a container, found by itself and as each format: refused with a reason, or an image in
 * the file.
 */

#include "fuzz.h"

#include <mmimage/container.h>
#include <mmview/range.h>

#include <string.h>

struct memory {
    const uint8_t *bytes;
    size_t size;
};

static mmv_status read_memory(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct memory *memory = user;
    MUST(mmv_range_fits(offset, length, memory->size));
    memcpy(bytes, memory->bytes + offset, length);
    return MMV_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory = {data, size};
    const mmi_source source = {read_memory, &memory, size};
    mmi_container container;
    uint64_t bytes;
    for (int format = MMI_AUTO; format < MMI_FORMATS; format++) {
        mmv_status status = mmi_container_read(&source, &(mmi_wish){.format = (mmi_format)format}, &container);
        MUST(!status || container.problem[0]);
        if (status || container.format == MMI_RAW)
            continue;
        MUST(mmi_image_check(&container.image, NULL) == MMV_OK);
        MUST(mmi_image_bytes(&container.image, &bytes) && bytes == container.length);
        MUST(container.place != MMI_SAMPLES_HERE || mmv_range_fits(container.offset, container.length, size));
    }
    return 0;
}
