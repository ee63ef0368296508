/* SPDX-License-Identifier: MIT */
/*
 * amounts: see amounts.h. A header may say that a stored sample means slope x sample + intercept: then options speak of
 * what is meant, and the kernels get what that is in stored samples. What cannot be said exactly is refused.
 */
#include "mmbright/plan/amounts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mmbright/plan/change.h"

/* What the header's scale does not allow, and the options that leave the scale out of account: never the whole file. */
PRINTF_FORMAT(2, 3) static int refuse_scale(const struct bright_plan *plan, const char *why, ...)
{
    const struct image_file *input = &plan->input;
    char reason[512], payload[256];
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(reason, sizeof reason, why, arguments);
    va_end(arguments);
    if (identify_payload(&input->container, input->size, payload, sizeof payload))
        return console_usage(plan->console, "%s: %s; %s works on stored samples", input->path, reason, payload);
    return console_usage(plan->console, "%s: %s; convert it to a file without a scale", input->path, reason);
}

/* What a whole number of stored steps means. */
static double mean(const mmi_container *container, double stored, bool is_offset)
{
    return is_offset ? stored * container->slope : stored * container->slope + container->intercept;
}

/* As few digits as say exactly this number. */
static void write_exactly(double value, char text[32])
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

/* A value that the header's scale makes one that stored samples can take. */
static int scale_value(const struct bright_plan *plan, const char *option, double value, bool is_offset,
                       double *stored_ret)
{
    const mmi_container *container = &plan->input.container;
    double stored = (is_offset ? value : value - container->intercept) / container->slope;
    double whole = rint(stored);
    char asked[32], nearest[32];
    *stored_ret = stored;
    if (mmi_type_is_float(plan->image.type) || !isfinite(stored) || stored == whole)
        return TOOL_DONE;
    /* Of a decimal scale the quotient is seldom whole, but 1000000 * 1e-05 is 10. */
    *stored_ret = whole;
    if (mean(container, whole, is_offset) == value)
        return TOOL_DONE;
    write_exactly(value, asked);
    write_exactly(mean(container, whole, is_offset), nearest);
    return refuse_scale(
        plan,
        "--%s=%s: a stored sample means %g x sample %+g, and cannot change by that exactly; the nearest "
        "is --%s=%s",
        option, asked, container->slope, container->intercept, option, nearest);
}

/* The stored sample that a number means under a scale below 0, as an option has it; false = none does exactly. */
static bool write_stored(const struct bright_plan *plan, double value, bool is_offset, char text[32])
{
    const mmi_container *container = &plan->input.container;
    double stored = (is_offset ? value : value - container->intercept) / container->slope;
    double whole = mmi_type_is_float(plan->image.type) ? stored : rint(stored);
    write_exactly(whole + 0.0, text);
    return mean(container, whole, is_offset) == value;
}

/* Of a scale below 0 more is less: the options that say what is meant of the stored samples, where some do exactly. */
static int refuse_negative(const struct bright_plan *plan)
{
    const struct change_settings *change = &plan->command->change;
    const mmi_container *container = &plan->input.container;
    char payload[256], options[512] = "", number[32], other[32];
    size_t used = 0;
    bool can_say = change->gain.count == 0 || container->intercept == 0;
    can_say = can_say && change->add.count + change->gain.count <= 8 &&
              identify_payload(container, plan->input.size, payload, sizeof payload);
    for (size_t i = 0; can_say && i < change->gain.count; i++) {
        write_exactly(change->gain.values[i], number);
        used += (size_t)snprintf(options + used, sizeof options - used, "%s%s", i ? "," : " --gain=", number);
    }
    for (size_t i = 0; can_say && i < change->add.count; i++) {
        can_say = write_stored(plan, change->add.values[i], true, number);
        used += (size_t)snprintf(options + used, sizeof options - used, "%s%s", i ? "," : " --add=", number);
    }
    if (can_say && change->clamp) {
        can_say = write_stored(plan, change->high, false, number) && write_stored(plan, change->low, false, other);
        snprintf(options + used, sizeof options - used, " --clamp=%s,%s", number, other);
    }
    if (!can_say)
        return refuse_scale(plan, "the header's scale of %g is negative: a stored sample that is more means less",
                            container->slope);
    return console_usage(plan->console,
                         "%s: the header's scale of %g is negative: a stored sample that is more means less. What is "
                         "meant is, of the stored samples, %s%s",
                         plan->input.path, container->slope, payload, options);
}

/* What the header says that samples mean, the options mean: amounts and ends become those of stored samples. */
static int scale_amounts(struct bright_plan *plan, mmi_adjust_options *options)
{
    const struct change_settings *change = &plan->command->change;
    const mmi_container *container = &plan->input.container;
    mmi_type type = plan->image.type;
    int result = TOOL_DONE;
    size_t count = change->add.count;
    options->add = change->add.values;
    options->add_count = count;
    options->clamp = change->clamp;
    options->low = change->low;
    options->high = change->high;
    if (!image_file_is_raw(&plan->input) && !change->clamp && container->high < mmi_type_maximum(type)) {
        options->clamp = true;
        options->low = container->low;
        options->high = container->high;
    }
    if (container->slope == 1 && container->intercept == 0)
        return TOOL_DONE;
    if (container->slope < 0)
        return refuse_negative(plan);
    options->add = plan->amounts = calloc(count + 1, sizeof *plan->amounts);
    if (!plan->amounts)
        return console_error(plan->console, plan->input.path, "not enough memory");
    for (size_t i = 0; i < count && result == TOOL_DONE; i++)
        result = scale_value(plan, "add", change->add.values[i], true, &plan->amounts[i]);
    if (result == TOOL_DONE && change->clamp)
        result = scale_value(plan, "clamp", change->low, false, &options->low);
    if (result == TOOL_DONE && change->clamp)
        result = scale_value(plan, "clamp", change->high, false, &options->high);
    options->bias = container->intercept / container->slope;
    if (change->gain.count == 0)
        options->bias = 0;
    if (result == TOOL_DONE && options->bias != 0 && (mmi_type_is_float(type) || options->bias != trunc(options->bias)))
        return refuse_scale(plan, "--gain: a stored sample means %g x sample %+g, which it cannot multiply exactly",
                            container->slope, container->intercept);
    return result;
}

/* "Brighter" is more only where samples are light. A limit alone is of stored samples in any case. */
static int check_meaning(const struct bright_plan *plan)
{
    static const char *const reasons[] = {
        [MMI_MEANS_DARK] = "in this image more is darker (WhiteIsZero): --add=10 would darken it. With --as-stored the "
                           "stored samples are changed, and --add=-10 brightens",
        [MMI_MEANS_INK] = "its samples are amounts of ink (CMYK): more is darker. With --as-stored the stored samples "
                          "are changed, and --add=-10 takes ink away",
        [MMI_MEANS_LAB] = "its samples are colours of CIE L*a*b*, of which only the first is light. With --as-stored "
                          "the stored samples are changed; --channels=0 is the lightness",
    };
    const struct change_settings *change = &plan->command->change;
    mmi_meaning meaning = plan->input.container.meaning;
    bool is_brighter = change->add.count > 0 || change->gain.count > 0;
    if (image_file_is_raw(&plan->input) || meaning == MMI_MEANS_LIGHT || change->as_stored || !is_brighter)
        return TOOL_DONE;
    return console_usage(plan->console, "%s: %s", plan->input.path, reasons[meaning]);
}

int amounts_plan(struct bright_plan *plan)
{
    const struct change_settings *change = &plan->command->change;
    /* Of pieces only those that are meant are adjusted. */
    const mmi_region whole = {0};
    mmi_adjust_options options = {.gain = change->gain.values,
                                  .gain_count = change->gain.count,
                                  .channels = plan->meaning.channels,
                                  .no_data = plan->no_data.values,
                                  .no_data_count = plan->no_data.count,
                                  .region = plan->pieces ? whole : plan->region};
    const mmi_image image = change_image(plan);
    int result = check_meaning(plan);
    if (result == TOOL_DONE)
        result = scale_amounts(plan, &options);
    if (result != TOOL_DONE)
        return result;
    plan->options = options;
    mmv_status status = mmi_adjust_create(&image, &options, &plan->adjust);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_EINVAL || status == MMV_ERANGE) {
        const char *parameter = mmv_last_error()->parameter;
        return console_usage(plan->console, "--%s: does not fit samples of type %s", parameter ? parameter : "add",
                             mmi_type_name(plan->image.type));
    }
    return console_failure(plan->console, plan->input.path);
}
