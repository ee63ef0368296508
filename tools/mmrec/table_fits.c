/* SPDX-License-Identifier: MIT */
/*
 * table_fits: binary tables of FITS.
 *
 *     unit 0, units with images ...          passed over by the size of their data
 *     XTENSION= 'BINTABLE'   TFIELDS columns: TTYPEn their names, TFORMn their types, rows of NAXIS1 bytes
 *
 * Source: FITS standard 4.0, section 7.3. All numbers are big-endian.
 *
 * A column with TSCALn or TZEROn has its stored numbers as a field, but for the offsets that stand for unsigned numbers
 * (and for signed bytes): these are a number of that type, stored with its highest bit turned over. A logical column is
 * text: 'T', 'F' or 0. Of an array of variable length the record has a place in the heap only: it is left out.
 *
 * 1. A card is read whole, and what is quoted of it is at most its 80 bytes. No assert: fixed sizes of snprintf().
 */
#include "mmrec/table_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 2880
#define CARD 80
#define BLOCKS_MOST 4096 /* of a header */
#define UNITS_MOST 10000
#define COLUMNS_MOST 999 /* of a table */
#define AXES_MOST 999

/* Column n, as its cards say. */
struct said {
    char name[72], form[72];
    double scale, zero;
    char null[24]; /* as it is written; "" = none */
};

/* One unit's header. */
struct unit {
    bool is_table, is_text_table, is_compressed;
    int64_t bits;
    uint64_t axis_count, axes[AXES_MOST + 1];
    uint64_t parameters, groups, columns;
    char name[72];
    int64_t version;
    bool has_sums, has_extremes;
    bool is_groups;
    uint64_t data, end; /* bytes of the file */
    struct said said[COLUMNS_MOST];
};

/* ---- cards ------------------------------------------------------------------------------------------------------- */

/* The value without its comment; of a string what stands between the apostrophes, two of which are one. */
static void value_of(const char *card, char text[72])
{
    size_t length = 0, at = 10;
    while (at < CARD && card[at] == ' ')
        at++;
    if (at < CARD && card[at] == '\'') {
        for (at++; at < CARD; at++) {
            if (card[at] == '\'' && (at + 1 == CARD || card[at + 1] != '\''))
                break;
            at += card[at] == '\'';
            text[length++] = card[at];
        }
    } else {
        for (; at < CARD && card[at] != '/'; at++)
            text[length++] = card[at];
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
}

/* "NAXIS12": the number behind the word, 1 to 'most'; 0 = another keyword. */
static unsigned numbered(const char *key, const char *word, unsigned most)
{
    size_t length = strlen(word);
    if (strncmp(key, word, length) != 0 || key[length] < '1' || key[length] > '9' ||
        strspn(key + length, "0123456789") != strlen(key + length))
        return 0;
    unsigned number = (unsigned)strtoul(key + length, NULL, 10);
    return number <= most ? number : 0;
}

static uint64_t count_of(const char *text)
{
    bool is_count = *text && strlen(text) < 19 && strspn(text, "0123456789") == strlen(text);
    return is_count ? strtoull(text, NULL, 10) : UINT64_MAX;
}

/* FORTRAN writes D for the exponent. */
static double real_of(const char *text)
{
    char copy[72];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *p = copy; *p; p++)
        *p = *p == 'D' || *p == 'd' ? 'e' : *p;
    return strtod(copy, NULL);
}

static void take_column_card(struct unit *unit, const char *key, const char *text)
{
    unsigned n;
    if ((n = numbered(key, "TTYPE", COLUMNS_MOST)) > 0)
        snprintf(unit->said[n - 1].name, sizeof unit->said->name, "%s", text);
    else if ((n = numbered(key, "TFORM", COLUMNS_MOST)) > 0)
        snprintf(unit->said[n - 1].form, sizeof unit->said->form, "%s", text);
    else if ((n = numbered(key, "TSCAL", COLUMNS_MOST)) > 0)
        unit->said[n - 1].scale = real_of(text);
    else if ((n = numbered(key, "TZERO", COLUMNS_MOST)) > 0)
        unit->said[n - 1].zero = real_of(text);
    else if ((n = numbered(key, "TNULL", COLUMNS_MOST)) > 0)
        snprintf(unit->said[n - 1].null, sizeof unit->said->null, "%.23s", text);
    else if (numbered(key, "TDMIN", COLUMNS_MOST) > 0 || numbered(key, "TDMAX", COLUMNS_MOST) > 0)
        unit->has_extremes = true;
}

static void take_unit_card(struct unit *unit, const char *key, const char *text)
{
    unsigned n = numbered(key, "NAXIS", AXES_MOST);
    if (n > 0)
        unit->axes[n] = count_of(text);
    else if (strcmp(key, "NAXIS") == 0)
        unit->axis_count = count_of(text);
    else if (strcmp(key, "BITPIX") == 0)
        unit->bits = strtoll(text, NULL, 10);
    else if (strcmp(key, "PCOUNT") == 0)
        unit->parameters = count_of(text);
    else if (strcmp(key, "GCOUNT") == 0)
        unit->groups = count_of(text);
    else if (strcmp(key, "TFIELDS") == 0)
        unit->columns = count_of(text);
    else if (strcmp(key, "GROUPS") == 0)
        unit->is_groups = strcmp(text, "T") == 0;
    else if (strcmp(key, "ZIMAGE") == 0 || strcmp(key, "ZTABLE") == 0)
        unit->is_compressed = strcmp(text, "T") == 0;
    else if (strcmp(key, "EXTNAME") == 0)
        snprintf(unit->name, sizeof unit->name, "%s", text);
    else if (strcmp(key, "EXTVER") == 0)
        unit->version = strtoll(text, NULL, 10);
    else if (strcmp(key, "CHECKSUM") == 0 || strcmp(key, "DATASUM") == 0)
        unit->has_sums = true;
    else
        take_column_card(unit, key, text);
}

static void take_card(struct unit *unit, const char *card, bool is_first)
{
    char key[9], text[72];
    snprintf(key, sizeof key, "%.8s", card);
    for (size_t i = 8; i > 0 && key[i - 1] == ' '; i--)
        key[i - 1] = '\0';
    if (memcmp(card + 8, "= ", 2) != 0)
        return;
    value_of(card, text);
    if (is_first) {
        unit->is_table =
            strcmp(key, "XTENSION") == 0 && (strcmp(text, "BINTABLE") == 0 || strcmp(text, "A3DTABLE") == 0);
        unit->is_text_table = strcmp(key, "XTENSION") == 0 && strcmp(text, "TABLE") == 0;
    }
    take_unit_card(unit, key, text);
}

/* ---- units ------------------------------------------------------------------------------------------------------- */

/* Bytes of data, which decide where the next unit begins. */
static bool data_bytes(const struct unit *unit, uint64_t *bytes_ret)
{
    uint64_t count = unit->axis_count > 0, bits = (uint64_t)(unit->bits < 0 ? -unit->bits : unit->bits);
    bool is_groups = unit->is_groups && unit->axis_count > 0 && unit->axes[1] == 0;
    for (uint64_t i = 1 + is_groups; i <= unit->axis_count; i++)
        if (!mmv_product(count, unit->axes[i], &count))
            return false;
    return mmv_sum(count, unit->parameters, &count) && mmv_product(count, unit->groups, &count) &&
           mmv_product(count, bits / 8, bytes_ret);
}

static bool is_known(int64_t bits)
{
    return bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == -32 || bits == -64;
}

static bool finish_unit(struct table_reader *reader, struct unit *unit, uint64_t data)
{
    uint64_t bytes = 0;
    unit->data = data;
    if (!is_known(unit->bits) || unit->axis_count > AXES_MOST || !data_bytes(unit, &bytes) ||
        !mmv_sum(data, bytes, &unit->end) || unit->end > INT64_MAX)
        return table_refuse(reader,
                            "fits header: BITPIX, NAXIS, PCOUNT or GCOUNT is missing or wrong in the unit that "
                            "ends before byte %" PRIu64,
                            data);
    unit->end = mmv_round_up(unit->end, BLOCK);
    return true;
}

/* The cards of the unit that begins at 'begin'. */
static bool read_unit(struct table_reader *reader, uint64_t begin, struct unit *unit)
{
    char block[BLOCK];
    memset(unit, 0, sizeof *unit);
    unit->groups = unit->version = 1;
    for (size_t i = 0; i < COLUMNS_MOST; i++)
        unit->said[i].scale = 1;
    for (unsigned blocks = 0; blocks < BLOCKS_MOST; blocks++) {
        uint64_t at = begin + (uint64_t)blocks * BLOCK;
        if (!table_fetch(reader, at, block, BLOCK))
            return false;
        for (size_t card = 0; card < BLOCK; card += CARD) {
            if (memcmp(block + card, "END     ", 8) == 0)
                return finish_unit(reader, unit, at + BLOCK);
            take_card(unit, block + card, blocks == 0 && card == 0);
        }
    }
    return table_refuse(reader, "fits header: END is missing");
}

static bool is_unit_at(const struct table_reader *reader, uint64_t offset)
{
    char word[8];
    const mmi_source *source = reader->source;
    return offset == 0 ||
           (mmv_range_fits(offset, BLOCK, source->size) &&
            source->read(source->user, offset, word, sizeof word) == MMV_OK && memcmp(word, "XTENSION", 8) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "NAME" or "NAME,VERSION", whatever the case. */
static bool is_called(const struct unit *unit, const char *wanted)
{
    char full[96];
    snprintf(full, sizeof full, "%s,%" PRId64, unit->name, unit->version);
    size_t length = strlen(unit->name), i = 0;
    while (wanted[i] && lower(wanted[i]) == lower(full[i]))
        i++;
    return length > 0 && wanted[i] == '\0' && (full[i] == '\0' || i == length);
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* The letters of TFORMn. */
static const struct form {
    char letter;
    enum field_kind kind;
    mmi_kind type;
    unsigned each; /* numbers of one element */
} forms[] = {{'L', FIELD_TEXT, MMI_U8, 1},    {'B', FIELD_NUMBER, MMI_U8, 1},  {'I', FIELD_NUMBER, MMI_I16, 1},
             {'J', FIELD_NUMBER, MMI_I32, 1}, {'K', FIELD_NUMBER, MMI_I64, 1}, {'A', FIELD_TEXT, MMI_U8, 1},
             {'E', FIELD_NUMBER, MMI_F32, 1}, {'D', FIELD_NUMBER, MMI_F64, 1}, {'C', FIELD_NUMBER, MMI_F32, 2},
             {'M', FIELD_NUMBER, MMI_F64, 2}, {'X', FIELD_NUMBER, MMI_U8, 1},  {'P', FIELD_NUMBER, MMI_U32, 2},
             {'Q', FIELD_NUMBER, MMI_U64, 2}};

/* TZEROn of numbers whose highest bit is turned over, and their type. */
static bool is_turned(const struct said *said, mmi_kind *kind)
{
    static const struct {
        mmi_kind stored, meant;
        double zero;
    } turned[] = {
        {MMI_U8, MMI_I8, -128}, {MMI_I16, MMI_U16, 0x1p15}, {MMI_I32, MMI_U32, 0x1p31}, {MMI_I64, MMI_U64, 0x1p63}};
    for (size_t i = 0; i < sizeof turned / sizeof *turned; i++)
        if (said->scale == 1 && turned[i].stored == *kind && turned[i].zero == said->zero) {
            *kind = turned[i].meant;
            return true;
        }
    return false;
}

static void say(struct table_reader *reader, const struct said *said, const struct column *column, char letter)
{
    const char *null = said->null;
    bool is_scaled = !column->is_shifted && column->kind == FIELD_NUMBER && letter != 'X';
    if (is_scaled && (said->scale != 1 || said->zero != 0))
        table_note(reader, column, "stored numbers, which mean %.17g * %.40s + %.17g%s%s", said->scale, said->name,
                   said->zero, *null ? "; no value is stored as " : "", null);
    else if (*null && column->is_shifted)
        table_note(reader, column, "%s as it is stored, without the offset, stands for no value", null);
    else if (*null)
        table_note(reader, column, "%s stands for no value", null);
    if (letter == 'L')
        table_note(reader, column, "truth values are the letters 'T' and 'F', or 0 for none");
    if (letter == 'X')
        table_note(reader, column, "bits, eight to a number, the first one is the highest");
    if (letter == 'C' || letter == 'M')
        table_note(reader, column, "complex numbers are pairs: real part, imaginary part");
}

/* "12J" -> a field; *size_ret = its bytes in the record. False: no such form. */
static bool add_column(struct table_reader *reader, const struct said *said, uint64_t offset, uint64_t *size_ret)
{
    char *end;
    uint64_t repeat = strtoull(said->form, &end, 10);
    bool has_repeat = end != said->form;
    const struct form *form = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        form = *end == forms[i].letter ? &forms[i] : form;
    if (!form || repeat > FIELDS_RECORD)
        return false;
    repeat = has_repeat ? repeat : 1;
    mmi_kind kind = form->type;
    struct column column = {
        .name = said->name, .name_length = strlen(said->name), .kind = form->kind, .offset = offset};
    column.elements = form->letter == 'X' ? (repeat + 7) / 8 : repeat * form->each;
    column.is_array = column.elements != 1 || form->letter == 'A' || form->letter == 'X';
    column.is_shifted = is_turned(said, &kind) && form->letter != 'X';
    column.type = (mmi_type){kind, mmi_type_size((mmi_type){kind, false}) > 1};
    *size_ret = column.elements * mmi_type_size(column.type);
    say(reader, said, &column, form->letter);
    if (form->letter == 'P' || form->letter == 'Q')
        table_leave_out(reader, &column, "its arrays have no fixed length and lie behind the records");
    else
        table_add(reader, &column);
    return true;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static bool use_table(struct table_reader *reader, struct unit *unit)
{
    struct table *table = reader->table;
    uint64_t offset = 0, size;
    if (unit->is_compressed)
        return table_refuse(reader, "fits header: the table is compressed; unpack it with funpack");
    if (unit->columns > COLUMNS_MOST || unit->axis_count != 2 || unit->bits != 8 || unit->groups != 1)
        return table_refuse(reader, "fits header: TFIELDS, NAXIS, BITPIX or GCOUNT is not that of a table");
    for (uint64_t i = 0; i < unit->columns; i++, offset += size) {
        struct said *said = &unit->said[i];
        if (said->name[0] == '\0')
            snprintf(said->name, sizeof said->name, "col%" PRIu64, i + 1);
        if (!add_column(reader, said, offset, &size))
            return table_refuse(reader, "fits header: TFORM%" PRIu64 " is '%.20s'", i + 1, said->form);
        if (offset + size > unit->axes[1])
            return table_refuse(reader, "fits header: the columns are longer than NAXIS1, %" PRIu64, unit->axes[1]);
    }
    if (unit->has_sums || unit->has_extremes)
        snprintf(table->stale, sizeof table->stale, "%s%s%s of the header %s not changed",
                 unit->has_sums ? "CHECKSUM, DATASUM" : "", unit->has_sums && unit->has_extremes ? ", " : "",
                 unit->has_extremes ? "TDMIN, TDMAX" : "", "are");
    return table_place(reader, &(struct table_place){unit->data, unit->axes[2], unit->axes[1]});
}

struct search {
    uint64_t wanted, tables; /* number from 1, 0 = a name; how many there are so far */
    bool found, has_text;
};

/* Of all units the wanted one is used. False: something is wrong. */
static bool search_units(struct table_reader *reader, struct search *search, struct unit *unit)
{
    uint64_t at = 0;
    for (unsigned units = 0; units < UNITS_MOST && is_unit_at(reader, at); units++, at = unit->end) {
        if (!read_unit(reader, at, unit))
            return search->found;
        search->tables += unit->is_table;
        search->has_text = search->has_text || unit->is_text_table;
        bool is_wanted = unit->is_table && !search->found &&
                         (search->wanted ? search->tables == search->wanted : is_called(unit, reader->part));
        if (is_wanted && !use_table(reader, unit))
            return false;
        search->found = search->found || is_wanted;
    }
    return true;
}

bool table_read_fits(struct table_reader *reader)
{
    struct search search = {.wanted = table_wanted(reader)};
    struct unit *unit = malloc(sizeof *unit);
    bool fine = unit ? search_units(reader, &search, unit) : table_refuse(reader, "not enough memory");
    free(unit);
    if (!fine)
        return false;
    if (!search.found && search.tables > 0)
        return table_refuse(reader,
                            "--part=%s: the file has %" PRIu64 " binary tables, and none of this name or number",
                            reader->part, search.tables);
    if (!search.found)
        return table_refuse(reader, "fits header: no unit of the file is a binary table%s",
                            search.has_text ? "; its table is one of text" : "; --record=FIELDS takes other bytes");
    if (search.tables > 1 && !reader->part)
        notes_add(&reader->table->notes, MMI_NOTE_PARTS,
                  "table 1 of %" PRIu64 " is taken; --part=N or --part=NAME takes others", search.tables);
    return true;
}
