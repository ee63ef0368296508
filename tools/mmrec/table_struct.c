/* SPDX-License-Identifier: MIT */
/*
 * table_struct: the fields of a struct of C, from the debugging information of what a compiler made of its header.
 *
 *     a unit -> struct NAME, or the typedef NAME of one -> members -> offset and type of each, in this machine's order
 *
 * Source: DWARF 5, sections 5.1 to 5.7; libdw reads it. Members of a struct in a struct are called outer_inner here, of
 * an array of such outer_0_inner. Of a nameless struct they are members of the one around.
 *
 * 1. A struct is never in itself, an array of structs no longer than FIELDS_MOST, and one without bytes is passed over:
 *    add_struct() ends. No assert: C and add_nested() have it so.
 */
#include "mmrec/table_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef MMV_DW_SONAME

#include <dwarf.h>
#include <elfutils/libdw.h>

#include "kit/os/library.h"

#define PATH 512 /* bytes of a name with those around it */

/* Every function that is used here. libdw is loaded when it is asked for: it brings along five libraries. */
/* clang-format off */
#define FUNCTIONS(X) \
    X(dwarf_attr) \
    X(dwarf_begin_elf) \
    X(dwarf_bytesize) \
    X(dwarf_child) \
    X(dwarf_diename) \
    X(dwarf_end) \
    X(dwarf_formref_die) \
    X(dwarf_formudata) \
    X(dwarf_get_units) \
    X(dwarf_hasattr) \
    X(dwarf_peel_type) \
    X(dwarf_siblingof) \
    X(dwarf_tag) \
    X(elf_end) \
    X(elf_memory) \
    X(elf_version)
/* clang-format on */

#define POINTER(name) __typeof__(&name) name##_;
static struct {
    FUNCTIONS(POINTER)
} lib;

/* libelf comes along. */
static bool load(void)
{
    if (lib.dwarf_attr_)
        return true;
    void *library = library_open(MMV_DW_SONAME, false);
    bool fine = library != NULL;
#define FIND(name) fine = fine && library_find(library, #name, &lib.name##_);
    FUNCTIONS(FIND)
    return fine;
}

struct type {
    Dwarf_Die die;        /* without typedef, const and the like; of an array its elements' */
    uint64_t count, last; /* elements, and those of the last axis */
    bool is_array, is_endless;
};

struct member {
    const char *name;
    uint64_t offset;
    struct type type;
};

static uint64_t number_of(Dwarf_Die *die, unsigned attribute, uint64_t otherwise)
{
    Dwarf_Attribute room;
    Dwarf_Word value;
    Dwarf_Attribute *found = lib.dwarf_attr_(die, attribute, &room);
    return found && lib.dwarf_formudata_(found, &value) == 0 ? value : otherwise;
}

/* The type that a member or an array has. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type_ret)
{
    Dwarf_Attribute room;
    Dwarf_Die named;
    Dwarf_Attribute *found = lib.dwarf_attr_(die, DW_AT_type, &room);
    return found && lib.dwarf_formref_die_(found, &named) && lib.dwarf_peel_type_(&named, type_ret) == 0;
}

/* The axes of an array. */
static void take_axes(Dwarf_Die *array, struct type *type)
{
    Dwarf_Die axis;
    bool more = lib.dwarf_child_(array, &axis) == 0;
    for (; more; more = lib.dwarf_siblingof_(&axis, &axis) == 0) {
        if (lib.dwarf_tag_(&axis) != DW_TAG_subrange_type)
            continue;
        uint64_t length = number_of(&axis, DW_AT_count, number_of(&axis, DW_AT_upper_bound, UINT64_MAX) + 1);
        type->is_endless = type->is_endless || length == 0;
        type->last = length;
        if (!mmv_product(type->count, length, &type->count))
            type->count = UINT64_MAX;
    }
}

static bool take_type(Dwarf_Die *member, struct type *type)
{
    Dwarf_Die array;
    *type = (struct type){.count = 1, .last = 1};
    bool known = type_of(member, &type->die);
    while (known && lib.dwarf_tag_(&type->die) == DW_TAG_array_type) {
        array = type->die;
        type->is_array = true;
        take_axes(&array, type);
        known = type_of(&array, &type->die);
    }
    return known;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* Signed or not, of the type below an enum; without one it has none. */
static uint64_t encoding_of(Dwarf_Die *die)
{
    Dwarf_Die below;
    if (lib.dwarf_tag_(die) == DW_TAG_enumeration_type && type_of(die, &below))
        return number_of(&below, DW_AT_encoding, DW_ATE_unsigned);
    return number_of(die, DW_AT_encoding, lib.dwarf_tag_(die) == DW_TAG_enumeration_type ? DW_ATE_unsigned : 0);
}

static bool number_type(uint64_t encoding, int bytes, mmi_type *type)
{
    char text[8];
    bool is_float = encoding == DW_ATE_float;
    bool is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
    bool is_unsigned = encoding == DW_ATE_unsigned || encoding == DW_ATE_unsigned_char || encoding == DW_ATE_UTF;
    if ((!is_float && !is_signed && !is_unsigned) || bytes < 1 || bytes > 8)
        return false;
    snprintf(text, sizeof text, "%c%d", is_float ? 'f' : is_signed ? 'i' : 'u', 8 * bytes);
    return mmi_type_parse(text, type);
}

/* One element as a field; false when it is none. */
static bool column_of(struct type *type, struct column *column)
{
    uint64_t encoding = encoding_of(&type->die), order = number_of(&type->die, DW_AT_endianity, DW_END_default);
    const char *name = lib.dwarf_diename_(&type->die);
    int bytes = lib.dwarf_bytesize_(&type->die);
    bool is_complex = encoding == DW_ATE_complex_float;
    column->elements = is_complex ? 2 : 1;
    column->is_array = type->is_array || is_complex;
    column->type = (mmi_type){MMI_U8, false};
    column->kind = encoding == DW_ATE_boolean && bytes == 1 ? FIELD_BOOL
                   : name && strcmp(name, "char") == 0      ? FIELD_TEXT
                                                            : FIELD_NUMBER;
    if (column->kind != FIELD_NUMBER)
        return true;
    if (!number_type(is_complex ? DW_ATE_float : encoding, is_complex ? bytes / 2 : bytes, &column->type))
        return false;
    if (order != DW_END_default && mmi_type_size(column->type) > 1)
        column->type.big_endian = order == DW_END_big;
    return true;
}

/* ---- members ----------------------------------------------------------------------------------------------------- */

static const char *refusal(int tag)
{
    return tag == DW_TAG_union_type     ? "a union has no one type"
           : tag == DW_TAG_pointer_type ? "a pointer means nothing in a file"
                                        : "there is no such number here";
}

/* Texts of an array of them are fields of their own. */
static void add_texts(struct table_reader *reader, const struct member *member, const struct column *whole)
{
    char name[PATH + 24];
    uint64_t length = member->type.last;
    for (uint64_t i = 0; i * length < member->type.count && i <= FIELDS_MOST; i++) {
        struct column one = *whole;
        one.name = name;
        one.name_length = (size_t)snprintf(name, sizeof name, "%s_%" PRIu64, whole->name, i);
        one.elements = length;
        one.offset += i * length;
        table_add(reader, &one);
    }
}

static void add_plain(struct table_reader *reader, struct member *member, const char *path)
{
    struct column column = {.name = path, .name_length = strlen(path), .offset = member->offset};
    int tag = lib.dwarf_tag_(&member->type.die);
    bool fine = (tag == DW_TAG_base_type || tag == DW_TAG_enumeration_type) && column_of(&member->type, &column);
    if (!fine) {
        table_leave_out(reader, &column, refusal(tag));
        return;
    }
    if (column.kind == FIELD_TEXT && member->type.count > member->type.last) {
        add_texts(reader, member, &column);
        return;
    }
    if (!mmv_product(column.elements, member->type.count, &column.elements))
        column.elements = UINT64_MAX;
    table_add(reader, &column);
}

static void add_struct(struct table_reader *reader, Dwarf_Die *die, uint64_t base, const char *around);

static void add_nested(struct table_reader *reader, struct member *member, const char *path)
{
    char around[PATH + 32];
    uint64_t size = number_of(&member->type.die, DW_AT_byte_size, 0);
    /* Of structs without bytes there may be any number. */
    for (uint64_t i = 0; size > 0 && i < member->type.count && i <= FIELDS_MOST; i++) {
        if (member->type.is_array)
            snprintf(around, sizeof around, "%s_%" PRIu64 "_", path, i);
        else
            snprintf(around, sizeof around, "%s%s", path, member->name ? "_" : "");
        add_struct(reader, &member->type.die, member->offset + i * size, around);
    }
}

static void add_member(struct table_reader *reader, Dwarf_Die *die, uint64_t base, const char *around)
{
    char path[PATH];
    struct member member = {.name = lib.dwarf_diename_(die),
                            .offset = base + number_of(die, DW_AT_data_member_location, 0)};
    snprintf(path, sizeof path, "%s%s", around, member.name ? member.name : "");
    const struct column named = {.name = path[0] ? path : "?", .name_length = path[0] ? strlen(path) : 1};
    bool is_known = take_type(die, &member.type);
    if (lib.dwarf_hasattr_(die, DW_AT_bit_size))
        table_leave_out(reader, &named, "bits are no field");
    else if (!is_known)
        table_leave_out(reader, &named, "its type is not known");
    else if (member.type.is_endless)
        table_leave_out(reader, &named, "it has no fixed length");
    else if (lib.dwarf_tag_(&member.type.die) == DW_TAG_structure_type)
        add_nested(reader, &member, path);
    else if (!member.name)
        table_leave_out(reader, &named, refusal(lib.dwarf_tag_(&member.type.die)));
    else
        add_plain(reader, &member, path);
}

static void add_struct(struct table_reader *reader, Dwarf_Die *die, uint64_t base, const char *around)
{
    Dwarf_Die member;
    bool more = lib.dwarf_child_(die, &member) == 0;
    for (; more; more = lib.dwarf_siblingof_(&member, &member) == 0)
        if (lib.dwarf_tag_(&member) == DW_TAG_member)
            add_member(reader, &member, base, around);
}

/* ---- the struct -------------------------------------------------------------------------------------------------- */

/* Whether this is the wanted struct, or a typedef of it; *found_ret is the struct. */
static bool is_wanted(Dwarf_Die *die, const char *name, Dwarf_Die *found_ret)
{
    const char *called = lib.dwarf_diename_(die);
    int tag = lib.dwarf_tag_(die);
    bool may_be = tag == DW_TAG_structure_type || tag == DW_TAG_typedef;
    if (!may_be || !called || strcmp(called, name) != 0 || lib.dwarf_peel_type_(die, found_ret) != 0)
        return false;
    return lib.dwarf_tag_(found_ret) == DW_TAG_structure_type && lib.dwarf_hasattr_(found_ret, DW_AT_byte_size);
}

static bool find_struct(Dwarf *dwarf, const char *name, Dwarf_Die *found_ret)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die top, die;
    while (lib.dwarf_get_units_(dwarf, unit, &unit, NULL, NULL, &top, NULL) == 0) {
        bool more = lib.dwarf_child_(&top, &die) == 0;
        for (; more; more = lib.dwarf_siblingof_(&die, &die) == 0)
            if (is_wanted(&die, name, found_ret))
                return true;
    }
    return false;
}

static bool use_struct(struct table_reader *reader, Dwarf *dwarf, const char *name)
{
    Dwarf_Die found;
    if (!find_struct(dwarf, name, &found))
        return table_refuse(reader, "it has no struct '%s', whole and with a name", name);
    uint64_t size = number_of(&found, DW_AT_byte_size, 0);
    if (size < 1 || size > FIELDS_RECORD)
        return table_refuse(reader, "struct '%s' has %" PRIu64 " bytes; 1 to 1 MiB can be worked on", name, size);
    reader->table->fields.size = (size_t)size;
    add_struct(reader, &found, 0, "");
    return true;
}

static bool take_struct(struct table_reader *reader, char *object, size_t length, const char *name)
{
    if (!load())
        return table_refuse(reader, "libdw cannot be loaded");
    lib.elf_version_(EV_CURRENT);
    Elf *elf = lib.elf_memory_(object, length);
    Dwarf *dwarf = elf ? lib.dwarf_begin_elf_(elf, DWARF_C_READ, NULL) : NULL;
    bool fine = dwarf ? use_struct(reader, dwarf, name)
                      : table_refuse(reader, "the compiler leaves no debugging information (DWARF) that can be read");
    lib.dwarf_end_(dwarf);
    lib.elf_end_(elf);
    return fine;
}

bool table_can_read_struct(void)
{
    return load();
}

#else

bool table_can_read_struct(void)
{
    return false;
}

static bool take_struct(struct table_reader *reader, char *object, size_t length, const char *name)
{
    (void)object, (void)length, (void)name;
    return table_refuse(reader, "this mmrec was built without libdw");
}

#endif

bool table_read_struct(struct table *table, char *object, size_t length, const char *name)
{
    *table = (struct table){.format = "C", .fields.list = calloc(FIELDS_MOST, sizeof(struct field))};
    struct table_reader reader = {.table = table};
    if (!table->fields.list)
        return table_refuse(&reader, "not enough memory");
    if (!take_struct(&reader, object, length, name))
        return false;
    if (table->fields.count == 0)
        return table_refuse(&reader, "struct '%s' has no member that can be worked on", name);
    table_end_notes(&reader);
    return true;
}
