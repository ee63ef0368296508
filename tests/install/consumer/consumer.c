/* SPDX-License-Identifier: MIT */
/* consumer: brighten FILE, bytes, by 10: with the engine alone, or with the image library's arithmetic. */
#include <stdio.h>

#include <mmview/mmview.h>
#ifndef ENGINE_ONLY
#include <mmimage/mmimage.h>
#endif

static mmv_status brighten(const mmv_chunk *chunk, void *user)
{
#ifdef ENGINE_ONLY
    unsigned char *bytes = chunk->data;
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        bytes[i] = (unsigned char)(bytes[i] > 245 ? 255 : bytes[i] + 10);
#else
    mmi_adjust_run(user, &(mmi_batch){chunk->offset, chunk->source, chunk->data, chunk->count}, NULL);
#endif
    return MMV_OK;
}

int main(int argc, char **argv)
{
    void *user = NULL;
    mmv_map *map = NULL;
    mmv_status status = argc == 2 ? mmv_map_open(argv[1], MMV_READ_WRITE, &map) : MMV_EINVAL;
#ifndef ENGINE_ONLY
    mmi_adjust *adjust = NULL;
    const double amount = 10;
    const bool channels[] = {true};
    const mmi_image image = {.type = {MMI_U8, false}, .samples = 1, .layout = MMI_BIP};
    const mmi_adjust_options options = {.add = &amount, .add_count = 1, .channels = channels};
    if (status == MMV_OK)
        status = mmi_adjust_create(&image, &options, &adjust);
    user = adjust;
#endif
    if (status == MMV_OK)
        status = mmv_walk(map, &(mmv_walk_options){.record_size = 1}, brighten, user);
    mmv_map_close(&map);
#ifndef ENGINE_ONLY
    mmi_adjust_destroy(&adjust);
#endif
    printf("mmview %s: %s\n", MMV_VERSION, mmv_status_text(status));
    return status != MMV_OK;
}
