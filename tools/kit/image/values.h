/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_VALUES_H
#define TOOLS_VALUES_H

/* values: samples as text: integers whole, floats with as many digits as tell them apart. */

#include <mmimage/sample.h>

#define VALUES_TEXT 40

/* values_text() - a stored sample. */
const char *values_text(mmi_type type, const void *stored, char text[VALUES_TEXT]);

/* values_bits_text() - the same of what mmi_sample_bits() has given. */
const char *values_bits_text(mmi_type type, uint64_t bits, char text[VALUES_TEXT]);

/*
 * values_are_exact() - whether a double that was typed is what was typed, for samples of the type: beyond 2^53 integers
 * of 64 bits have neighbours that no double is. The ends of the type are taken for themselves.
 */
bool values_are_exact(mmi_type type, double value);

#endif
