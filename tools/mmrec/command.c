/* SPDX-License-Identifier: MIT */
/* command: see command.h. */
#include "mmrec/command.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "mmrec/compiler.h"
#include "mmrec/rules.h"
#include "mmrec/table.h"

enum {
    IN_PLACE,
    OUTPUT,
    FORCE,
    RECORD,
    ALIGN,
    INCLUDE,
    STRUCT,
    PART,
    WHERE,
    MAP,
    REDUCE,
    BY,
    MAX_GROUPS,
    PARTIAL,
    JOIN,
    PRINT,
    FIND,
    SORTED,
    OFFSET,
    LENGTH,
    JOURNAL,
    JOURNAL_FILE,
    KEEP_UNDO,
    UNDO,
    SYNC,
    VERIFY,
    DRY_RUN,
    COUNT_CHANGES,
    FILES_FROM,
    REPORT,
    RETRY
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry entries[] = {
    {0, "record", "FIELDS", RECORD, "what a record is, as 'u64 id, f32 x[3]'",
     "TYPE NAME, TYPE NAME and so on. The types are " SETTINGS_TYPES ", with le or be behind them or in this machine's "
     "byte order. There are also bool, a byte that is true unless it is 0, and char. NAME[N] is an array. gap[N] are N "
     "bytes that have no name. Fields lie one behind the other. A record has at most 1 MiB, an array 64 KiB. Without "
     "it the header of FILE says it: structured .npy, FITS with a binary table, LAS. With it FILE is records and "
     "nothing else."},
    {0, "align", "HOW", ALIGN, "none, or c: as C lays out a struct (default none)",
     "With c each field lies at a multiple of the size of its type. A record is as long as a multiple of the largest: "
     "a struct of C on a machine of 64 bits."},
    {0, "include", "FILE.h", INCLUDE, "a record is the --struct of this C header",
     "The C compiler tells where its members are. The header is compiled alone; CC='cc -Ifolder -DNAME' gives the "
     "compiler what it needs."},
    {0, "struct", "NAME", STRUCT, "a struct of --include, or its typedef",
     "outer_inner is a member of a struct in it, outer_0_inner of an array of such. Bit fields, unions and pointers "
     "are left out. r->MEMBER is any of them, as in C."},
    {0, "part", "N|NAME", PART, "which table of FILE, without --record (default 1)",
     "Arrays of .npy and binary tables of FITS count from 1; NAME is that of EXTNAME, or NAME,EXTVER."},
    {0, "where", "EXPRESSION", WHERE, "only records for which this is not 0", NULL},
    {'i', "in-place", NULL, IN_PLACE, "run CODE over the records of FILE itself", NULL},
    {'o', "output", "OUT", OUTPUT, "write those of --where to a new file",
     "In the order of FILE. With CODE they are changed on the way. OUT appears when it is complete. Of several FILEs "
     "OUT is a directory, and CODE comes before them: ';' is none. With --shard a part is written into what mmshard "
     "prepare --join has made, and mmshard finish joins all parts. With --print and --reduce no file is written: "
     "table, csv or json is how values are printed (default table)."},
    {0, "map", "FIELDS", MAP, "with -o: records of these fields instead",
     "A field whose name is in --record has its value, as C converts it. Another one is 0 until CODE sets it, and so "
     "are "
     "bytes without a name. --align is of these records, too."},
    {0, "reduce", "LIST", REDUCE, "figures, as 'count(), sum(x), mean(x)'",
     "count(), and sum, min, max, mean and sd of an expression, of the records of --where. sum and the extremes of "
     "integers are exact, in up to 128 bits. sd divides by the number of records. min and max leave NaN out. The "
     "result "
     "is the same to the last bit for any number of threads, --io and --window. --output says how: table, csv (RFC "
     "4180) or json."},
    {0, "by", "EXPRESSION", BY, "with --reduce: a row of figures for each value",
     "EXPRESSION is an integer, a bool or a char, as 'flags & 7'. Rows are in ascending order of its values, of which "
     "there may be up to --max-groups."},
    {0, "max-groups", "N", MAX_GROUPS, "values that --by may have (default 65536)",
     "With more the command fails. A value takes 8 bytes, and 56 for each figure, in up to some dozen tables. N is at "
     "most 16777216."},
    {0, "partial", "OUT", PARTIAL, "with --reduce and --shard: what is known of it",
     "A new file that --join takes in, on a machine with the same order of bytes. -f replaces one that is there."},
    {0, "join", NULL, JOIN, "with --reduce: FILEs are all parts of --partial",
     "In any order, with the same --reduce, --by, --where and --record. The figures are those of one process, to the "
     "last bit."},
    {0, "print", "LIST", PRINT, "values, as 'id, value * 2', of each record",
     "Of the records of --where, in their order. --output says how: table, csv (RFC 4180) or json, an object per line. "
     "A char NAME[N] is text. What is no finite number is null in json."},
    {0, "find", "KEY == VALUE", FIND, "where these records are, with --sorted",
     "KEY is an expression by which FILE is sorted, from the least to the greatest, and VALUE one without fields. "
     "Prints "
     "the first such record, its offset, and how many there are. Some dozen records are read, in a file of any size."},
    {0, "sorted", NULL, SORTED, "FILE is sorted by the KEY of --find", NULL},
    {'f', "force", NULL, FORCE, "replace an existing OUT", NULL},
    {'n', "dry-run", NULL, DRY_RUN, "say what would be done, change nothing",
     "The code is compiled, and in place also tried on copies of the records when it divides."},
    {0, "count", NULL, COUNT_CHANGES, "with -n and -i: how many records would change",
     "And, with --keep-undo, how large the undo file would be at most, about. All records are read, and the code runs "
     "on copies."},
    {0, "files-from", "LIST", FILES_FROM, "more FILEs, a line each ('-': stdin)",
     "Or each ended by a NUL, as by find -print0. CODE is typed all the same."},
    {0, "report", "OUT.jsonl", REPORT, "add a JSON line for each FILE to OUT.jsonl",
     "With -i and -o: the object of --json, and \"status\". Of a FILE that failed there are its name, the reason and "
     "what is changed."},
    {0, "retry", "REPORT", RETRY, NULL,
     "Instead of FILEs: those that have failed in an earlier --report and were not done by a later run with the same "
     "one. Names count from the folder that they counted from then."},
    {0, "offset", "SIZE", OFFSET, "the first record is here (default 0)",
     "A SIZE is decimal or 0x hex, in bytes, or with a unit. K, M, G, T (or KiB, MiB, ...) are powers of 1024, kB, MB, "
     "GB, TB powers of 1000."},
    {0, "length", "SIZE", LENGTH, "this much (default or 0: to the end)", NULL},
    {0, "journal", "MODE", JOURNAL, "kill, power or off (default kill)",
     "In place: what an interrupted run is protected from. After kill -9 (kill), or also after a loss of power "
     "(power), "
     "the same command again goes on, and each record is changed exactly once. What makes it the same is the text of "
     "the code, the fields and the range, not the compiler. off protects from nothing."},
    {0, "journal-file", "PATH", JOURNAL_FILE, "default: beside FILE, FILE.mmj...", NULL},
    {0, "keep-undo", "[=PATH]", KEEP_UNDO, "keep what -i loses, for --undo",
     "Of records that change the bytes that change, as they were. They go, compressed, to FILE.mmu.1, FILE.mmu.2 and "
     "on beside FILE, or to PATH."},
    {0, "undo", "[=PATH]", UNDO, "take the latest run with --keep-undo back",
     "Every byte of FILE becomes what it was, and the undo file goes. Runs are taken back in reverse order, whether "
     "they were mmrec's or mmbright's. FILE must be as the run has left it. With PATH the undo file is that one. An "
     "--undo that was interrupted is finished by the same command."},
    {0, "sync", NULL, SYNC, "end when the result is on the device", NULL},
    {0, "verify", NULL, VERIFY, "compute twice, read back and compare",
     "The code also runs on a copy of each record, whose result is hashed before the record is stored. In the end what "
     "was stored is read back and compared. With -o that happens before OUT gets its name."},
};

static bool take_journal(const struct console *console, const char *argument, struct safety *safety)
{
    safety->journal_given = true;
    for (mmv_journal_mode mode = MMV_JOURNAL_OFF; mode <= MMV_JOURNAL_POWER; mode++) {
        safety->journal = mode;
        if (strcmp(argument, mmv_journal_mode_name(mode)) == 0)
            return true;
    }
    console_usage(console, "--journal=%s: must be kill, power or off", argument);
    return false;
}

static bool take_align(const struct console *console, const char *argument, bool *aligned_ret)
{
    *aligned_ret = strcmp(argument, "c") == 0;
    if (*aligned_ret || strcmp(argument, "none") == 0)
        return true;
    console_usage(console, "--align=%s: must be c or none", argument);
    return false;
}

static bool set(bool *flag)
{
    *flag = true;
    return true;
}

/* Options whose text is kept as it is; NULL = another one. */
static const char **text_of(struct command *command, int id)
{
    switch (id) {
    case RECORD:
        return &command->origin.record;
    case INCLUDE:
        return &command->origin.include;
    case STRUCT:
        return &command->origin.structure;
    case PART:
        return &command->origin.part;
    case WHERE:
        return &command->where;
    case OUTPUT:
        return &command->output;
    case PRINT:
        return &command->asks.print;
    case MAP:
        return &command->asks.map;
    case REDUCE:
        return &command->asks.reduce;
    case BY:
        return &command->asks.by;
    case PARTIAL:
        return &command->asks.partial;
    case REPORT:
        return &command->lines.report;
    case RETRY:
        return &command->lines.retry;
    case FILES_FROM:
        return &command->files.from;
    case JOURNAL_FILE:
        return &command->safety.journal_file;
    default:
        return NULL;
    }
}

static bool take_undo(struct undo_settings *undo, int id, const char *argument)
{
    if (argument)
        undo->path = argument;
    return set(id == UNDO ? &undo->take_back : &undo->keep);
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct command *command = user;
    const char **text = text_of(command, id);
    if (text) {
        *text = argument;
        return true;
    }
    switch (id) {
    case ALIGN:
        return take_align(console, argument, &command->origin.aligned);
    case IN_PLACE:
        return set(&command->in_place);
    case FORCE:
        return set(&command->force);
    case DRY_RUN:
        return set(&command->dry_run);
    case COUNT_CHANGES:
        return set(&command->asks.count);
    case FIND:
        free(command->asks.find);
        command->asks.find = strdup(argument);
        if (!command->asks.find)
            console_error(console, NULL, "not enough memory");
        return command->asks.find != NULL;
    case SORTED:
        return set(&command->asks.sorted);
    case MAX_GROUPS:
        return sizes_take_count(console, "max-groups", argument, (struct size_limits){1, GROUPS_MOST},
                                &command->asks.most_groups);
    case JOIN:
        return set(&command->asks.joins);
    case OFFSET:
        return sizes_take(console, "offset", argument, NULL, &command->asked.offset);
    case LENGTH:
        return sizes_take(console, "length", argument, NULL, &command->asked.length);
    case JOURNAL:
        return take_journal(console, argument, &command->safety);
    case KEEP_UNDO:
    case UNDO:
        return take_undo(&command->safety.undo, id, argument);
    case VERIFY:
        return set(&command->safety.verify);
    default:
        assert(id == SYNC);
        return set(&command->safety.sync);
    }
}

static const struct option_values values[] = {{"align", "none c"}, {"journal", "kill power off"}, {NULL, NULL}};
static const struct option_group group = {"What", entries, COUNT(entries), handle, values};

/* ---- what is typed without a name -------------------------------------------------------------------------------- */

/* An operand that is CODE, by its place, but a FILE. */
static bool is_file(const char *operand)
{
    struct file_facts facts;
    return file_look_at(operand, true, &facts) == 0 && facts.kind == FILE_REGULAR;
}

/* Before several FILEs stands CODE, and before one there may be some. Where a list has them only CODE is typed. */
static int take_operands(struct command *command, char **operands, int count)
{
    const struct questions *asks = &command->asks;
    const struct console *console = command->console;
    struct file_list *files = &command->files;
    bool is_file_alone = asks->reduce || asks->print || asks->find || command->safety.undo.take_back;
    bool has_code = !is_file_alone && (files->from || command->lines.retry ? count > 0 : count > 1);
    if (has_code && command->output && is_file(operands[0]))
        return console_usage(console, "%s: is a file, and stands where CODE is: ';' before FILEs is none", operands[0]);
    command->change = has_code ? operands[0] : NULL;
    files->names = operands + has_code;
    files->count = (size_t)count - has_code;
    int result = file_list_complete(files, console, command->lines.retry);
    if (result != TOOL_DONE)
        return result;
    if (files->count == 0)
        return console_usage(console, "no FILE given");
    if (rules_divide(command) && files->count > 1)
        return console_usage(console, "--shard shares out one FILE");
    if (asks->find && files->count > 1)
        return console_usage(console, "--find searches one FILE");
    return TOOL_DONE;
}

/* KEY == VALUE as two expressions. */
static bool take_find(struct command *command)
{
    const struct words whole = {"--find", command->asks.find};
    if (!words_check(&whole, command->console))
        return false;
    /* C has a function of this name. */
    if (words_mention(&whole, "index")) {
        console_usage(command->console, "--find: index is no field: record N begins N times a record's bytes behind "
                                        "--offset");
        return false;
    }
    char *equal = (char *)(uintptr_t)words_equal(command->asks.find);
    const char *wrong = !equal ? "must be KEY == VALUE" : words_divide(&whole) ? "cannot divide" : NULL;
    if (equal) {
        *equal = '\0';
        command->code.key = (struct words){"--find", command->asks.find};
        command->code.value = (struct words){"--find", equal + 2};
        if (command->origin.include && words_mention(&command->code.value, NATIVE_RECORD))
            wrong = "has the record behind ==: KEY == VALUE, and r is in KEY";
        for (size_t i = 0; i < command->fields.count && !wrong; i++)
            if (words_mention(&command->code.value, command->fields.list[i].name))
                wrong = "has a field behind ==: KEY == VALUE, and the fields are in KEY";
    }
    if (wrong)
        console_usage(command->console, "--find %s", wrong);
    return wrong == NULL;
}

/* The members as fields, by the debugging information of what the compiler makes of the header. */
static int take_members(struct command *command)
{
    const struct origin *origin = &command->origin;
    struct object object;
    struct table table = {0};
    int result = compiler_describe(command->console, origin->include, &object);
    if (result == TOOL_DONE && !table_read_struct(&table, object.bytes, object.length, origin->structure))
        result = console_usage(command->console, "%s: %s", origin->include, table.why);
    object_drop(&object);
    if (result == TOOL_DONE) {
        command->fields = table.fields;
        command->origin.notes = table.notes;
        table = (struct table){0};
    }
    table_drop(&table);
    return result;
}

static int take_struct(struct command *command)
{
    command->origin.native = (struct native){command->origin.include, command->origin.structure, false};
    if (table_can_read_struct())
        return take_members(command);
    console_explain(command->console, NULL, "libdw is not there: members have no names of their own, but r->MEMBER");
    return native_measure(&command->origin.native, command->console, &command->fields.size);
}

/* A member that is called r goes before. */
static int take_native(struct command *command)
{
    size_t size = command->fields.size;
    int result = TOOL_DONE;
    bool is_meant = command->origin.include && code_mentions(&command->code, NATIVE_RECORD);
    for (size_t i = 0; i < command->fields.count; i++)
        is_meant = is_meant && strcmp(command->fields.list[i].name, NATIVE_RECORD) != 0;
    if (!is_meant)
        return OPTIONS_GO;
    command->code.native = &command->origin.native;
    if (command->fields.count > 0)
        result = native_measure(&command->origin.native, command->console, &size);
    if (result == TOOL_DONE && size != command->fields.size)
        result = console_usage(command->console, "%s: %s is of another size with what mmrec includes before it",
                               command->origin.include, command->origin.structure);
    return result == TOOL_DONE ? OPTIONS_GO : result;
}

int command_take_code(struct command *command)
{
    const struct fields_wish wish = {"record", command->origin.record, command->origin.aligned};
    const struct fields_wish map = {"map", command->asks.map, command->origin.aligned};
    if ((wish.text && !fields_parse(&command->fields, command->console, &wish)) ||
        (map.text && !fields_parse(&command->made, command->console, &map)))
        return TOOL_USAGE;
    if (command->asks.reduce && !figures_parse(&command->figures, command->console, command->asks.reduce))
        return TOOL_USAGE;
    if (command->asks.print && !columns_parse(&command->columns, command->console, command->asks.print))
        return TOOL_USAGE;
    bool is_json = command->asks.print && command->output && strcmp(command->output, "json") == 0;
    if (is_json && !columns_check_keys(&command->columns, command->console))
        return TOOL_USAGE;
    command->asks.most_groups = command->asks.most_groups ? command->asks.most_groups : GROUPS_DEFAULT;
    command->code = (struct code){.fields = &command->fields,
                                  .made = map.text ? &command->made : NULL,
                                  .where = {"--where", command->where},
                                  .change = {"CODE", command->change},
                                  .columns = command->asks.print ? &command->columns : NULL,
                                  .figures = command->asks.reduce ? &command->figures : NULL,
                                  .by = {"--by", command->asks.by}};
    if (!code_check(&command->code, command->console) || (command->asks.find && !take_find(command)))
        return TOOL_USAGE;
    if (command->asks.by && *words_comma(command->asks.by) != '\0')
        return console_usage(command->console, "--by takes one expression");
    return take_native(command);
}

int command_parse(struct command *command, struct console *console, int argc, char **argv)
{
    int operand;
    *command = (struct command){.console = console, .safety.journal = MMV_JOURNAL_KILL, .report.console = console};
    const struct option_section sections[] = {
        {&group, command},
        {&where_shard_group, &(struct where_options){&command->asked.shares, NULL}},
        {&how_group, &command->how},
        {&report_group, &command->report},
        {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "[--record=FIELDS] (-i|-o OUT|--...) [OPTION]... [CODE] FILE...",
        .purpose = "Run C over the fields of records, in a file of any size.",
        .examples = {"mmrec -i --record='u64 id, f64 value' 'value *= 2' points.bin",
                     "mmrec -o big.bin --record='u64 id, f64 value' --where='value > 9' points.bin"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    command->origin.is_raw = command->origin.record || command->origin.include;
    result = take_operands(command, argv + operand, argc - operand);
    const char *wrong = result == TOOL_DONE ? rules_refuse(command) : NULL;
    if (wrong)
        return console_usage(console, "%s", wrong);
    if (result == TOOL_DONE)
        result = shards_resolve(&command->asked.shares.range.shard, console);
    if (result != TOOL_DONE)
        return result;
    if (command->origin.include)
        result = take_struct(command);
    if (result != TOOL_DONE)
        return result;
    bool is_known = command->origin.is_raw || command->asks.joins;
    return is_known && !command->safety.undo.take_back ? command_take_code(command) : OPTIONS_GO;
}

int command_divide(struct command *command, const struct shard_settings *share, bool *is_idle_ret)
{
    const struct questions *asks = &command->asks;
    /* Plans and rows are printed, places looked up, and runs taken back, by one. */
    bool is_for_one = command->dry_run || asks->print || asks->find || asks->joins || command->safety.undo.take_back;
    *is_idle_ret = is_for_one && share->index > 0;
    if (is_for_one)
        return TOOL_DONE;
    if (command->files.count > 1 && !asks->reduce)
        return console_usage(command->console, "each of these processes has a shard, and --shard shares out one FILE");
    if (command->safety.undo.path)
        return console_usage(command->console, "--keep-undo=PATH is of one process: without PATH each of these has an "
                                               "undo file beside FILE");
    command->asked.shares.range.shard = *share;
    return TOOL_DONE;
}

void command_drop(struct command *command)
{
    free(command->asks.find);
    file_list_free(&command->files);
    fields_drop(&command->fields);
    notes_drop(&command->origin.notes);
    fields_drop(&command->made);
    columns_drop(&command->columns);
    figures_drop(&command->figures);
}
