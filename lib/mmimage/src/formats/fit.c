/* SPDX-License-Identifier: MIT */
/* fit: whether a file has the bytes that its header speaks of, and where they begin when that is told from its end. */

#include <mmimage/container.h>

#include <mmview/range.h>

#include "formats/header.h"
#include "samples/pieces.h"

#include <assert.h>
#include <string.h>

mmv_status mmi_container_fit(mmi_container *container, uint64_t size)
{
    if (container->length > size)
        return mmi__refuse(container, MMV_ETRUNC, "size",
                           "the header speaks of %llu bytes of samples, the file has %llu",
                           (unsigned long long)container->length, (unsigned long long)size);
    if (container->doubtful_length > 0 && container->doubtful_length + container->offset == size)
        return mmi__refuse(container, MMV_EINVAL, "size",
                           "the file has %llu bytes of samples, the header speaks of %llu: samples of another size",
                           (unsigned long long)container->doubtful_length, (unsigned long long)container->length);
    if (container->from_end)
        container->offset = size - container->length;
    if (!mmv_range_fits(container->offset, container->length, size))
        return mmi__refuse(container, MMV_ETRUNC, "size",
                           "the header speaks of %llu bytes of samples from byte %llu, the file has %llu",
                           (unsigned long long)container->length, (unsigned long long)container->offset,
                           (unsigned long long)size);
    return MMV_OK;
}

mmv_status mmi_container_fit_file(mmi_container *container, uint32_t file, uint64_t size)
{
    assert(container->files);
    uint32_t files = mmi_files_count(container->files);
    assert(file < files);
    mmi_container one = *container;
    one.length = mmi__pieces_slab(container->pieces);
    one.doubtful_length = container->doubtful_length / files;
    mmv_status status = mmi_container_fit(&one, size);
    if (status == MMV_OK)
        mmi__pieces_rebase(container->pieces, file, one.offset);
    else
        memcpy(container->problem, one.problem, sizeof one.problem);
    return status;
}
