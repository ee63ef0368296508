/* SPDX-License-Identifier: MIT */
/* recipe_plan: see recipe_plan.h. */
#include "mmbright/undo/recipe_plan.h"

#include <assert.h>

unsigned char *recipe_write(const struct bright_plan *plan, size_t *length_ret)
{
    assert(!plan->pieces && plan->adjust);
    const struct recipe recipe = {.image = plan->image,
                                  .options = plan->options,
                                  .offset = plan->range.offset,
                                  .spans = plan->spans.list,
                                  .span_count = plan->spans.count};
    return recipe_pack(&recipe, length_ret);
}
