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
     "FIELDS is TYPE NAME, TYPE NAME and so on. The types are " SETTINGS_TYPES ". le or be behind a type gives its "
     "byte order; without these it is this machine's. There are also char, and bool: a byte that is true unless it is "
     "0. NAME[N] is an array. gap[N] stands for N bytes without a name. Fields lie one behind the other. A record has "
     "at most 1 MiB, an array 64 KiB. Without --record the header of FILE lists the fields: structured .npy, FITS "
     "with a binary table, LAS. With --record all bytes of FILE are records."},
    {0, "align", "HOW", ALIGN, "none, or c: as C lays out a struct (default none)",
     "With c each field lies at a multiple of the size of its type. A record's length is a multiple of the largest of "
     "these sizes. This is how a struct of C lies in memory on a machine of 64 bits."},
    {0, "include", "FILE.h", INCLUDE, "a record is the --struct of this C header",
     "The C compiler says where the members of the struct are. The header is compiled alone. What it needs can be "
     "given in CC, as in CC='cc -Ifolder -DNAME'."},
    {0, "struct", "NAME", STRUCT, "a struct of --include, or its typedef",
     "A member inner of a nested struct outer is called outer_inner. When outer is an array of structs, the member in "
     "its first element is called outer_0_inner. Bit fields, unions and pointers are left out. Code can reach every "
     "member as r->MEMBER, as in C."},
    {0, "part", "N|NAME", PART, "which table of FILE, without --record (default 1)",
     "Arrays of .npy and binary tables of FITS count from 1. NAME is the EXTNAME of a table in FITS, or its "
     "EXTNAME,EXTVER."},
    {0, "where", "EXPRESSION", WHERE, "only records for which this is not 0", NULL},
    {'i', "in-place", NULL, IN_PLACE, "run CODE over the records of FILE itself", NULL},
    {'o', "output", "OUT", OUTPUT, "write the records of --where to a new file",
     "OUT has the records in the order of FILE. If there is CODE, it changes them on the way. OUT appears when it is "
     "complete. With several FILEs OUT is a directory, and CODE comes before the FILEs; ';' is empty code. With "
     "--shard the command writes one part into the folder that mmshard prepare --join has made. Then mmshard finish "
     "joins all parts. With --print and --reduce no file is written: then OUT is table, csv or json, the form in "
     "which values are printed (default table)."},
    {0, "map", "FIELDS", MAP, "with -o: records of these fields instead",
     "A field that has a name of --record gets the value of that field, converted as in C. Any other field is 0 until "
     "CODE sets it. Bytes without a name are 0. --align holds for these records, too."},
    {0, "reduce", "LIST", REDUCE, "figures, as 'count(), sum(x), mean(x)'",
     "count() is the number of records of --where. sum, min, max, mean and sd take an expression. sum and the "
     "extremes of integers are exact, in up to 128 bits. sd divides by the number of records. min and max leave NaN "
     "out. The result is the same to the last bit for any number of threads, --io and --window. --output says in "
     "which form it is printed: table, csv (RFC 4180) or json."},
    {0, "by", "EXPRESSION", BY, "with --reduce: a row of figures for each value",
     "EXPRESSION is an integer, a bool or a char, as 'flags & 7'. Rows are in ascending order of its values, of which "
     "there may be up to --max-groups."},
    {0, "max-groups", "N", MAX_GROUPS, "values that --by may have (default 65536)",
     "When there are more values, the command fails. A value takes 8 bytes of memory, and 56 for each figure, in up "
     "to some dozen tables. N is at most 16777216."},
    {0, "partial", "OUT", PARTIAL, "with --reduce and --shard: write a part's figures",
     "OUT is a new file with the figures of one part. --join reads it, on a machine with the same byte order. -f "
     "replaces a file that is there."},
    {0, "join", NULL, JOIN, "with --reduce: FILEs are the outputs of --partial",
     "They may be in any order. --reduce, --by, --where and --record must be the same as for the parts. The figures "
     "are those of one process, to the last bit."},
    {0, "print", "LIST", PRINT, "values, as 'id, value * 2', of each record",
     "The records are those of --where, in their order. --output says in which form: table, csv (RFC 4180) or json, "
     "an object per line. A char NAME[N] is text. In json a number that is not finite is null."},
    {0, "find", "KEY == VALUE", FIND, "say where these records are, with --sorted",
     "KEY is an expression by which FILE is sorted, from the least to the greatest. VALUE is an expression without "
     "fields. The command prints the first such record, its offset, and how many there are. It reads some dozen "
     "records, in a file of any size."},
    {0, "sorted", NULL, SORTED, "FILE is sorted by the KEY of --find", NULL},
    {'f', "force", NULL, FORCE, "replace an existing OUT", NULL},
    {'n', "dry-run", NULL, DRY_RUN, "say what would be done, change nothing",
     "The code is compiled. With -i, code that divides is also tried on copies of the records."},
    {0, "count", NULL, COUNT_CHANGES, "with -n and -i: how many records would change",
     "With --keep-undo it also says about how large the undo file would be at most. All records are read, and the "
     "code runs on copies."},
    {0, "files-from", "LIST", FILES_FROM, "more FILEs, a line each ('-': stdin)",
     "A NUL may end each name instead of a line end, as find -print0 writes it. CODE must be given all the same."},
    {0, "report", "OUT.jsonl", REPORT, "add a JSON line for each FILE to OUT.jsonl",
     "With -i and -o the line is the object of --json, with the key \"status\". For a FILE that failed it has the "
     "name, the reason and what is changed."},
    {0, "retry", "REPORT", RETRY, NULL,
     "It stands in place of FILEs: the command works on those that failed in an earlier run with this --report. It "
     "leaves out those that a later run with the same report has done. Relative names start at the folder where the "
     "earlier run was started."},
    {0, "offset", "SIZE", OFFSET, "the first record is here (default 0)",
     "A SIZE is decimal or 0x hex, in bytes, or with a unit. K, M, G, T (or KiB, MiB, ...) are powers of 1024, kB, MB, "
     "GB, TB powers of 1000."},
    {0, "length", "SIZE", LENGTH, "this much (default or 0: to the end)", NULL},
    {0, "journal", "MODE", JOURNAL, "kill, power or off (default kill)",
     "With -i: what a run is protected from. With kill the same command goes on after kill -9, with power also after "
     "a loss of power. Each record is then changed exactly once. A command is the same when the text of the code, the "
     "fields and the range are the same. The compiler may be another. off protects from nothing."},
    {0, "journal-file", "PATH", JOURNAL_FILE, "default: beside FILE, FILE.mmj...", NULL},
    {0, "keep-undo", "[=PATH]", KEEP_UNDO, "keep what -i loses, for --undo",
     "Only the bytes that change are kept, with their old values. They go, compressed, to FILE.mmu.1, FILE.mmu.2 and "
     "so on beside FILE, or to PATH."},
    {0, "undo", "[=PATH]", UNDO, "take the latest run with --keep-undo back",
     "Every byte of FILE gets the value that it had before the run, and the undo file is removed. Runs are taken back "
     "in reverse order, whether they were mmrec's or mmbright's. FILE must be as the run has left it. PATH names the "
     "undo file when it is not at its usual place. The same command finishes an --undo that was interrupted."},
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
