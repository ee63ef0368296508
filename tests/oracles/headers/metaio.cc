// SPDX-License-Identifier: MIT
// metaio.cc - MetaIO's reader and writer behind C functions, for headers.py, which compiles this where ITK's headers
// are.
#include <metaImage.h>

#include <cstring>

extern "C" {

struct MetaAnswer {
    int32_t dimensions, type, channels, sizes[10];
    uint64_t length;
};

// The samples, in this machine's order; 0 when MetaIO takes the file.
__attribute__((visibility("default"))) int metaio_read(const char *name, MetaAnswer *answer, void *samples,
                                                       uint64_t room)
{
    MetaImage image;
    if (!image.Read(name) || !image.ElementData())
        return -1;
    image.ElementByteOrderFix();
    answer->dimensions = image.NDims();
    answer->type = image.ElementType();
    answer->channels = image.ElementNumberOfChannels();
    for (int i = 0; i < image.NDims() && i < 10; i++)
        answer->sizes[i] = image.DimSize(i);
    int size;
    MET_SizeOfType(image.ElementType(), &size);
    answer->length = static_cast<uint64_t>(image.Quantity()) * size * answer->channels;
    if (answer->length > room)
        return -1;
    std::memcpy(samples, image.ElementData(), answer->length);
    return 0;
}

__attribute__((visibility("default"))) int metaio_write(const char *header, const char *data, int dimensions,
                                                        const int *sizes, int type, int channels, int big,
                                                        void *samples)
{
    float spacing[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    MetaImage image(dimensions, sizes, spacing, static_cast<MET_ValueEnumType>(type), channels, samples);
    image.BinaryData(true);
    image.BinaryDataByteOrderMSB(big != 0);
    return image.Write(header, data) ? 0 : -1;
}
}
