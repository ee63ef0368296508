/* SPDX-License-Identifier: MIT */
/* recipe_plan: see recipe_plan.h. */
#include "mmbright/undo/recipe_plan.h"

#include <assert.h>

struct recipe recipe_of(const struct bright_plan *plan)
{
    assert(!plan->pieces && plan->adjust);
    return (struct recipe){.image = plan->image,
                           .options = plan->options,
                           .offset = plan->range.offset,
                           .spans = plan->spans.list,
                           .span_count = plan->spans.count};
}
