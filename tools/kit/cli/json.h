/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

/* json: one object on one line, key by key; a key may have a list of such objects. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *file;
    bool filled; /* a key was written */
};

void json_begin(struct json *json, FILE *file);

/*
 * json_text() - a string that has every byte of 'value'. What is no UTF-8 becomes \udc80 to \udcff, for the bytes 0x80
 * to 0xff: Python's os.fsencode() makes these bytes of it. What a terminal should not get is \uXXXX, too.
 */
void json_text(struct json *json, const char *key, const char *value);
/* json_bytes() - the same of value[0..length), which may have zeros, as \u0000, and is followed by one. */
void json_bytes(struct json *json, const char *key, const char *value, size_t length);
void json_texts(struct json *json, const char *key, const char *const *values, size_t count);
void json_count(struct json *json, const char *key, uint64_t value);
/* json_real() - a finite number. */
void json_real(struct json *json, const char *key, double value);
/* json_number() - a number, true, false or null, as it is written. */
void json_number(struct json *json, const char *key, const char *text);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_counts(struct json *json, const char *key, const uint64_t *values, size_t count);

/* json_integers() - the same of signed numbers, which are cast to uint64_t. */
void json_integers(struct json *json, const char *key, const uint64_t *values, size_t count);

/* json_reals() - numbers; what is not finite becomes null. */
void json_reals(struct json *json, const char *key, const double *values, size_t count);

/*
 * json_list() - a list of objects: json_item() begins each, json_item_end() ends it, json_list_end() ends the list.
 * Keys of an item are written like all others. An item may have lists.
 */
void json_list(struct json *json, const char *key);
void json_item(struct json *json);
void json_item_end(struct json *json);
void json_list_end(struct json *json);

/* json_end() - close the object and the line. False when something could not be written. */
bool json_end(struct json *json);

#endif
