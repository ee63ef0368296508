/* SPDX-License-Identifier: MIT */
/* no_data: see no_data.h. */
#include "kit/image/no_data.h"

#include <math.h>
#include <stdio.h>

#include "kit/image/values.h"

static bool can_be(mmi_type type, double value)
{
    return isnan(value) ? mmi_type_is_float(type) : mmi_type_holds(type, value);
}

int no_data_find(struct no_data *no_data, const struct no_data_settings *asked, const struct console *console,
                 struct image_file *file)
{
    mmi_type type = file->pixels.type;
    const double *values = asked->given ? asked->values : file->container.no_data;
    size_t count = asked->given ? asked->count : file->container.no_data_count;
    *no_data = (struct no_data){.is_headers = !asked->given};
    for (size_t i = 0; i < count; i++) {
        if (asked->given && !values_are_exact(type, values[i]))
            return console_usage(console, "--nodata%s=%.17g: samples of type %s beyond 2^53 are not exact numbers here",
                                 asked->is_second ? "-b" : "", values[i], mmi_type_name(type));
        if (can_be(type, values[i]))
            no_data->values[no_data->count++] = values[i];
        else
            notes_add(&file->notes, MMI_NOTE_NO_DATA, "no sample of type %s can be %.10g, which means no data: ignored",
                      mmi_type_name(type), values[i]);
    }
    mmi_no_data_make(type, no_data->values, no_data->count, &no_data->set);
    return TOOL_DONE;
}

const char *no_data_text(const struct no_data *no_data, char text[NO_DATA_TEXT])
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < no_data->count && length + 1 < NO_DATA_TEXT; i++)
        length += (size_t)snprintf(text + length, NO_DATA_TEXT - length, "%s%.10g", i ? "," : "", no_data->values[i]);
    return text;
}
