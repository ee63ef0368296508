/* SPDX-License-Identifier: MIT */
/* sizes: what the Python module takes from the headers, as the compiler sees it. */
#include <stdio.h>

#include <mmview/mmview.h>

int main(void)
{
    printf("mmv_view %zu\nmmv_map_options %zu\nmmv_range %zu\n", sizeof(mmv_view), sizeof(mmv_map_options),
           sizeof(mmv_range));
    printf("MMV_READ %u\nMMV_READ_WRITE %u\nMMV_COPY_ON_WRITE %u\n", MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE);
    printf("MMV_FLUSH_DURABLE %d\nMMV_CREATE_NEW %d\nMMV_VERSION %s\n", MMV_FLUSH_DURABLE, MMV_CREATE_NEW, MMV_VERSION);
    return 0;
}
