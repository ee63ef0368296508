/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SPELLING_H
#define MMVIEW_SPELLING_H

/*
 * spelling: any text is a name, and each name is one part of a path.
 *
 *     Local\NAME                         NAME, as on Windows, however often; Global\NAME is another name
 *     '/' '%', bytes below 0x20, 0x7f    %XX, two hexadecimal digits in capitals
 *     ".mmj."                            %2Emmj. : journals are called so
 *     what then is more than 200 bytes   %~ and 32 hexadecimal digits, the XXH3 sums of the name with the seeds 0
 *                                        and 1; the name itself is in the label (label.h)
 *
 * A part stands for one name at most: what is not the spelling of the name that it reads as stands for none.
 */

#include <mmview/shared.h>

#define MMV__PART_MOST MMV_NAME_MAX /* bytes of a part */

/* The name without a prefix that means nothing; NULL when the text is no name. It lies in the text. */
const char *mmv__name_proper(const char *text);

/* The part of a path that stands for a proper name. */
void mmv__name_spell(const char *name, char part[MMV__PART_MOST + 1]);

/* Whether the part alone does not tell the name. */
bool mmv__part_is_sum(const char *part);

/* The name that a part stands for, for free(3); 'kept' is the label's, for a part that is a sum. NULL = none. */
char *mmv__part_read(const char *part, const char *kept);

#endif
