/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_REGION_H
#define MMIMAGE_SRC_REGION_H

/* region: a checked region with its edges filled in. */

#include <mmimage/image.h>

/*
 * mmi__region_resolve() - no width or height of 0, but what is not known.
 * Shape:   width is 0 when the image's is unknown; height is UINT64_MAX when the image's is unknown and the region
 *          reaches to its end.
 */
mmi_region mmi__region_resolve(const mmi_image *image, const mmi_region *region);

#endif
