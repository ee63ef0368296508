/* SPDX-License-Identifier: MIT */
/* command: see command.h. */
#include "mmrec/command.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "mmrec/compiler.h"
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
    SYNC,
    VERIFY,
    DRY_RUN,
    REPORT
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry entries[] = {
    {0, "record", "FIELDS", RECORD, "what a record is, as 'u64 id, f32 x[3]'",
     "TYPE NAME, TYPE NAME and so on. The types are " SETTINGS_TYPES ", with le or be behind them or in this machine's "
     "byte order; bool, a byte that is true unless it is 0; and char. NAME[N] is an array. gap[N] are N bytes that "
     "have "
     "no name. Fields lie one behind the other. A record has at most 1 MiB, an array 64 KiB. Without it the header of "
     "FILE says it: structured .npy, FITS with a binary table, LAS. With it FILE is records and nothing else."},
    {0, "align", "HOW", ALIGN, "none, or c: as C lays out a struct (default none)",
     "With c each field lies at a multiple of the size of its type, and a record is as long as a multiple of the "
     "largest: a struct of C on a machine of 64 bits."},
    {0, "include", "FILE.h", INCLUDE, "a record is the --struct of this C header",
     "The C compiler tells where its members are. The header is compiled alone; CC='cc -Ifolder -DNAME' gives the "
     "compiler what it needs."},
    {0, "struct", "NAME", STRUCT, "a struct of --include, or its typedef",
     "outer_inner is a member of a struct in it, outer_0_inner of an array of such. Bit fields, unions and pointers "
     "are "
     "left out."},
    {0, "part", "N|NAME", PART, "which table of FILE, without --record (default 1)",
     "Arrays of .npy and binary tables of FITS count from 1; NAME is that of EXTNAME, or NAME,EXTVER."},
    {0, "where", "EXPRESSION", WHERE, "only records for which this is not 0", NULL},
    {'i', "in-place", NULL, IN_PLACE, "run CODE over the records of FILE itself", NULL},
    {'o', "output", "OUT", OUTPUT, "write those of --where to a new file",
     "In the order of FILE. With CODE they are changed on the way. OUT appears when it is complete. With --shard a "
     "part "
     "is written into what mmshard prepare --join has made, and mmshard finish joins all parts. With --print and "
     "--reduce no file is written: table, csv or json is how values are printed (default table)."},
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
    {0, "report", "OUT.jsonl", REPORT, "add a JSON line for each FILE to OUT.jsonl",
     "With -i: the object of --json, and \"status\"; of a FILE that failed its name, the reason and what is changed."},
    {0, "offset", "SIZE", OFFSET, "the first record is here (default 0)",
     "A SIZE is decimal or 0x hex, in bytes, or with a unit: K, M, G, T (or KiB, MiB, ...) for powers of 1024, kB, MB, "
     "GB, TB for powers of 1000."},
    {0, "length", "SIZE", LENGTH, "this much (default or 0: to the end)", NULL},
    {0, "journal", "MODE", JOURNAL, "kill, power or off (default kill)",
     "In place: what an interrupted run is protected from. After kill -9 (kill), or also after a loss of power "
     "(power), "
     "the same command again goes on, and each record is changed exactly once. What makes it the same is the text of "
     "the code, the fields and the range, not the compiler. off protects from nothing."},
    {0, "journal-file", "PATH", JOURNAL_FILE, "default: beside FILE, FILE.mmj...", NULL},
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
        return &command->files.report;
    case JOURNAL_FILE:
        return &command->safety.journal_file;
    default:
        return NULL;
    }
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
    case VERIFY:
        return set(&command->safety.verify);
    default:
        assert(id == SYNC);
        return set(&command->safety.sync);
    }
}

static const struct option_values values[] = {{"align", "none c"}, {"journal", "kill power off"}, {NULL, NULL}};
static const struct option_group group = {"What", entries, COUNT(entries), handle, values};

/* ---- what goes together ------------------------------------------------------------------------------------------ */

static bool is_divided(const struct command *command)
{
    const struct shard_settings *shard = command_shard(command);
    return shard->text || shard->index_text || shard->count_text;
}

static const char *refuse_in_place(const struct command *command)
{
    if (command->output)
        return "-i changes FILE itself, and -o writes another one: say one of them";
    if (!command->change)
        return "-i needs two operands: CODE FILE";
    if (command->force)
        return "-f is for -o";
    if (command->safety.journal_file && command->safety.journal == MMV_JOURNAL_OFF)
        return "--journal-file goes with a journal";
    return NULL;
}

static const char *refuse_copy(const struct command *command)
{
    if (!command->output)
        return "say what to do: -i changes FILE, -o OUT writes what --where keeps, --reduce, --print and --find print";
    if (strcmp(command->output, "-") == 0)
        return "-o -: the result goes to a file that has a name";
    if (!command->where && !command->change && !command->asks.map)
        return "-o needs --where, --map, or CODE before FILE";
    if (command->safety.journal_given || command->safety.journal_file)
        return "--journal and --journal-file are for -i: -o leaves nothing half done";
    if (is_divided(command) && command->force)
        return "-f is for mmshard finish, where OUT gets its name";
    return NULL;
}

/* --reduce, --print and --find only read. */
static const char *refuse_parts(const struct command *command)
{
    if (command->asks.partial && command->asks.joins)
        return "--partial writes what --join takes in: say one of them";
    if (command->asks.partial && !is_divided(command))
        return "--partial needs --shard";
    if (command->asks.partial && (command->report.json || command->output))
        return "--partial prints nothing: no --json, no --output";
    if (command->asks.joins && (command->asked.offset || command->asked.length))
        return "--join takes in what --offset and --length were when its parts were written";
    return NULL;
}

/* Rows are printed in their order by one thread, through windows; a search reads a few places. */
static const char *refuse_how(const struct command *command)
{
    const struct how_settings *how = &command->how;
    if (command->asks.print && (how->io != MMV_IO_AUTO || how->threads > 0))
        return "--print has one thread and one way: no --io, no --threads";
    if (command->asks.find && (how->io != MMV_IO_AUTO || how->threads > 0 || how->window > 0 || how->max_mapped > 0))
        return "--find reads a few places: no --io, no --threads, no --window, no --max-mapped";
    return NULL;
}

static const char *refuse_reading(const struct command *command)
{
    const char *wrong = refuse_parts(command);
    if (!wrong)
        wrong = refuse_how(command);
    if (wrong)
        return wrong;
    enum columns_form form;
    if ((command->asks.reduce != NULL) + (command->asks.find != NULL) + (command->asks.print != NULL) > 1)
        return "--reduce, --print and --find are different commands";
    bool prints = command->asks.print || command->asks.reduce;
    if (command->asks.print && command->report.json)
        return "--print has --output=json for objects: no --json";
    if (prints && command->output && !columns_form_parse(command->output, &form))
        return "--output: with --print and --reduce it must be table, csv or json";
    if (command->asks.reduce && command->output && command->report.json)
        return "--json is an object of its own: no --output";
    if (command->asks.find && (!command->asks.sorted || command->where))
        return command->where ? "--find takes no --where" : "--find searches what is sorted by its key: say --sorted";
    if (command->in_place || (command->output && !prints))
        return "--reduce, --print and --find change nothing: no -i, no -o";
    bool writes = command->asks.partial != NULL;
    if (((command->force || command->safety.sync) && !writes) || command->safety.journal_given ||
        command->safety.journal_file || command->safety.verify)
        return "-f, --sync, --verify, --journal and --journal-file are for what is written";
    return command->dry_run ? "-n is for what is written: --reduce, --print and --find only read" : NULL;
}

static const char *refuse_origin(const struct command *command)
{
    const struct origin *origin = &command->origin;
    if (origin->record && origin->include)
        return "--record and --include both say what a record is: say one of them";
    if (!origin->include != !origin->structure)
        return "--include=FILE.h and --struct=NAME go together";
    if (origin->is_raw && origin->part)
        return "--part is for files that name their fields: no --record, no --include";
    if (origin->aligned && !origin->record && !command->asks.map)
        return "--align goes with --record and --map";
    return NULL;
}

static const char *refuse(const struct command *command)
{
    const char *wrong = refuse_origin(command);
    if (wrong)
        return wrong;
    if (command->dry_run && command->report.json)
        return "-n prints a plan for people: no --json";
    if (command->asks.map && (command->in_place || !command->output || command->asks.print))
        return "--map makes other records: it goes with -o OUT";
    if (command->files.report && (!command->in_place || command->dry_run))
        return "--report is for -i";
    if ((command->asks.partial || command->asks.joins) && !command->asks.reduce)
        return "--partial and --join go with --reduce";
    if (is_divided(command) && (command->asks.find || (command->asks.reduce && !command->asks.partial)))
        return command->asks.find ? "--find searches all of FILE: no --shard"
                                  : "--reduce of a shard needs --partial=OUT";
    if (command->asks.by && !command->asks.reduce)
        return "--by keeps figures apart: it goes with --reduce";
    if (command->asks.most_groups && !command->asks.by)
        return "--max-groups goes with --by";
    if (command->asks.reduce || command->asks.print || command->asks.find)
        return refuse_reading(command);
    if (command->asks.sorted)
        return "--sorted goes with --find";
    return command->in_place ? refuse_in_place(command) : refuse_copy(command);
}

static int take_operands(struct command *command, char **operands, int count)
{
    bool only_reads = command->asks.reduce || command->asks.print || command->asks.find;
    bool is_one = command->asks.find || !(only_reads || command->in_place);
    size_t code = !only_reads && count > 1;
    if (count == 0)
        return console_usage(command->console, "no FILE given");
    command->change = code ? operands[0] : NULL;
    command->files.names = operands + code;
    command->files.count = (size_t)count - code;
    if (is_divided(command) && command->files.count > 1)
        return console_usage(command->console, "--shard shares out one FILE");
    if (is_one && command->files.count > 1)
        return console_usage(command->console,
                             command->asks.find ? "--find searches one FILE" : "too many operands: -o takes CODE FILE");
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
        for (size_t i = 0; i < command->fields.count && !wrong; i++)
            if (words_mention(&command->code.value, command->fields.list[i].name))
                wrong = "has a field behind ==: KEY == VALUE, and the fields are in KEY";
    }
    if (wrong)
        console_usage(command->console, "--find %s", wrong);
    return wrong == NULL;
}

static int take_struct(struct command *command)
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
        command->notes = table.notes;
        table = (struct table){0};
    }
    table_drop(&table);
    return result;
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
    return OPTIONS_GO;
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
    const char *wrong = result == TOOL_DONE ? refuse(command) : NULL;
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
    return command->origin.is_raw || command->asks.joins ? command_take_code(command) : OPTIONS_GO;
}

int command_divide(struct command *command, const struct shard_settings *share, bool *is_idle_ret)
{
    const struct questions *asks = &command->asks;
    /* Plans and rows are printed, and places looked up, by one. */
    bool is_for_one = command->dry_run || asks->print || asks->find || asks->joins;
    *is_idle_ret = is_for_one && share->index > 0;
    if (is_for_one)
        return TOOL_DONE;
    if (command->files.count > 1 && !asks->reduce)
        return console_usage(command->console, "each of these processes has a shard, and --shard shares out one FILE");
    command->asked.shares.range.shard = *share;
    return TOOL_DONE;
}

void command_drop(struct command *command)
{
    free(command->asks.find);
    fields_drop(&command->fields);
    notes_drop(&command->notes);
    fields_drop(&command->made);
    columns_drop(&command->columns);
    figures_drop(&command->figures);
}
