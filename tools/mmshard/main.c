/* SPDX-License-Identifier: MIT */
/*
 * mmshard: what a job whose tasks each have a part of a file needs around them.
 *
 *     plan       plan.c              which part each task has; job files
 *     prepare    kit/job/parts.c     a new file that all of them can write to
 *     finish     kit/job/parts.c     its name, when all have
 */
#include <string.h>

#include "kit/image/apart.h"
#include "kit/image/fields.h"
#include "kit/job/parts.h"
#include "mmshard/plan.h"

enum { COUNT_OF, OUTPUT, INTO, RECORD, ALIGN, JOIN, FORCE, SYNC };

struct request {
    struct console *console;
    struct shard_plan plan;
    bool count_given, form_given, join, force, sync;
    char *const *operands;
    int operand_count;
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry entries[] = {
    {0, "count", "N", COUNT_OF, "plan: how many parts (default 16)", NULL},
    {0, "output", "FORM", OUTPUT, "plan: text, json, slurm, kubernetes or parallel",
     "text has a line for each part: its number, offset and length, in bytes of the image. json is an object. The "
     "others are job files that run mmbright -i on each part, with the ARGUMENTs. The ARGUMENTs must say at least how "
     "the samples change."},
    {0, "into", "OUT", INTO, "plan: job files that write OUT instead of FILE",
     "They run mmbright -o or mmrec -o, between prepare and finish."},
    {0, "record", "FIELDS", RECORD, "plan: parts of records, for mmrec",
     "FIELDS are those of mmrec. FILE is then an array of such records, and job files run mmrec with the ARGUMENTs, of "
     "which one is the CODE."},
    {0, "align", "HOW", ALIGN, "none, or c: as C lays out a struct (default none)", NULL},
    {0, "join", NULL, JOIN, "prepare: for parts of mmrec, which finish joins",
     "Nobody knows how long the parts are before they are written. finish needs room for OUT beside the parts."},
    {'f', "force", NULL, FORCE, "finish: replace an existing OUT", NULL},
    {0, "sync", NULL, SYNC, "finish: end when OUT is on the disk", NULL},
};

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct request *request = user;
    switch (id) {
    case COUNT_OF:
        request->count_given = true;
        return sizes_take_count(console, "count", argument, (struct size_limits){1, 1000000}, &request->plan.count);
    case INTO:
        request->plan.output = argument;
        return true;
    case RECORD:
        request->plan.records.text = argument;
        return true;
    case ALIGN:
        request->plan.records.aligned = strcmp(argument, "c") == 0;
        if (request->plan.records.aligned || strcmp(argument, "none") == 0)
            return true;
        console_usage(console, "--align=%s: must be c or none", argument);
        return false;
    case JOIN:
        return request->join = true;
    case FORCE:
        return request->force = true;
    case SYNC:
        return request->sync = true;
    default:
        request->form_given = true;
        request->plan.form = plan_form(argument);
        if (request->plan.form != FORMS)
            return true;
        console_usage(console, "--output=%s: must be text, json, slurm, kubernetes or parallel", argument);
        return false;
    }
}

static const struct option_values values[] = {
    {"output", "text json slurm kubernetes parallel"}, {"align", "none c"}, {NULL, NULL}};
static const struct option_group group = {"What", entries, COUNT(entries), handle, values};

/* ---- the commands ------------------------------------------------------------------------------------------------ */

/* Which bytes the parts share out. */
static int find_bytes(struct shard_plan *plan, const struct console *console)
{
    bool are_rows;
    int status = image_file_lay_rows(&plan->file, console, &plan->where.range, false, &are_rows);
    const mmi_pieces *pieces = plan->file.container.pieces;
    if (status != TOOL_DONE)
        return status;
    if (!pieces)
        return image_file_take_range(&plan->file, console, &plan->where.range, &plan->bytes);
    if (!are_rows && (plan->where.range.offset || plan->where.range.length))
        return image_file_refuse_pieces(&plan->file, console, plan->where.range.offset ? "--offset" : "--length");
    plan->bytes = mmi_pieces_reach(pieces, 0);
    return TOOL_DONE;
}

static bool are_of_images(const struct pixel_settings *pixels)
{
    return pixels->type_given || pixels->samples_given || pixels->width || pixels->height || pixels->layout_given ||
           pixels->format != MMI_AUTO || pixels->row_bytes || pixels->part || pixels->allow_outside;
}

/* For mmrec a FILE is bytes, whatever a header says. */
static int take_records(struct shard_plan *plan, const struct console *console)
{
    const struct fields_wish wish = {"record", plan->records.text, plan->records.aligned};
    struct fields fields = {0};
    if (are_of_images(&plan->pixels))
        return console_usage(console, "--record is for mmrec, which has no options of images");
    bool fine = fields_parse(&fields, console, &wish);
    plan->records.size = fields.size;
    fields_drop(&fields);
    plan->pixels.format = MMI_RAW;
    plan->pixels.type = (mmi_type){MMI_U8, false};
    plan->pixels.samples = 1;
    return fine ? TOOL_DONE : TOOL_USAGE;
}

static int run_plan(struct request *request)
{
    struct shard_plan *plan = &request->plan;
    int status = plan->records.text ? take_records(plan, request->console) : TOOL_DONE;
    if (status != TOOL_DONE)
        return status;
    plan->arguments = request->operands + 1;
    bool has_words = plan->form != FORM_TEXT && plan->form != FORM_JSON;
    if (!has_words && request->operand_count > 1)
        return console_usage(request->console,
                             "%s: ARGUMENTs are for job files, --output=slurm, kubernetes or parallel",
                             plan->arguments[0]);
    if (!has_words && plan->output)
        return console_usage(request->console, "--into is for job files, --output=slurm, kubernetes or parallel");
    status = image_file_open(&plan->file, request->console,
                             &(struct image_request){request->operands[0], &plan->pixels, MMV_READ, NULL, NULL});
    if (status == TOOL_DONE)
        status = find_bytes(plan, request->console);
    if (plan->records.text)
        plan->bytes.length -= plan->bytes.length % plan->records.size;
    if (status == TOOL_DONE)
        notes_say(&plan->file.notes, request->console, plan->file.name);
    if (status == TOOL_DONE)
        status = plan_print(plan);
    image_file_close(&plan->file);
    return status;
}

/* The header's file and that of the samples: whether either may be replaced is asked in the end. */
static int plan_apart(struct header_file *apart, const struct apart_request *request)
{
    struct output samples = OUTPUT_NONE;
    struct apart_request own = *request;
    int result = apart_plan(apart, request);
    own.wish.path = apart->samples;
    if (result == TOOL_DONE)
        result = output_plan(&samples, own.console, &own.wish);
    output_discard(&samples);
    return result;
}

static int prepare_image(const struct request *request, const struct image_file *file)
{
    struct header_file apart = HEADER_FILE_NONE;
    struct inputs inputs = {NULL, 0, 0, false};
    const struct apart_request wanted = {
        request->console,
        file,
        {.path = request->operands[1], .input = file->path, .source = &file->info, .inputs = &inputs, .force = true}};
    int status = image_file_add_inputs(file, &inputs)
                     ? TOOL_DONE
                     : console_error(request->console, file->name, "not enough memory");
    if (status == TOOL_DONE && file->header[0])
        status = plan_apart(&apart, &wanted);
    if (status == TOOL_DONE)
        status = apart_prepare(&apart, &wanted, NULL);
    header_file_discard(&apart);
    inputs_drop(&inputs);
    return status;
}

/* Nobody knows how long it will be. */
static int prepare_pieces(const struct request *request, const struct image_file *file)
{
    const struct parts_source source = {.name = file->path,
                                        .info = &file->info,
                                        .rights = {OUTPUT_COPY, mmv_map_descriptor(file->map), 0},
                                        .is_joined = true};
    return parts_prepare(request->console, request->operands[1], &source, NULL);
}

static int run_prepare(struct request *request)
{
    struct image_file file;
    /* For mmrec a FILE is bytes, whatever a header says. */
    if (request->join)
        request->plan.pixels.format = MMI_RAW;
    int status =
        image_file_open(&file, request->console,
                        &(struct image_request){request->operands[0], &request->plan.pixels, MMV_READ, NULL, NULL});
    if (status == TOOL_DONE)
        status = request->join ? prepare_pieces(request, &file) : prepare_image(request, &file);
    image_file_close(&file);
    return status;
}

static int run_finish(struct request *request)
{
    return parts_finish(request->console, request->operands[0], request->force, request->sync);
}

static const struct command {
    const char *name;
    int operands; /* at least; a plan may have more */
    const char *missing;
    int (*run)(struct request *request);
} commands[] = {
    {"plan", 1, "no FILE given", run_plan},
    {"prepare", 2, "say prepare FILE OUT", run_prepare},
    {"finish", 1, "no OUT given", run_finish},
};

/* Options that a command does not know are no decoration: they are refused. */
static const char *wrong_option(const struct request *request, const struct command *command)
{
    const struct range_settings *range = &request->plan.where.range;
    bool is_plan = command->run == run_plan;
    if (range->shard.text || range->shard.index_text || range->shard.count_text)
        return "--shard is for the tasks: here --count says how many there are";
    if (!is_plan && (request->count_given || request->form_given || request->plan.output))
        return "--count, --output and --into are of plan";
    if (request->plan.records.text ? !is_plan : request->plan.records.aligned)
        return is_plan ? "--align is of --record" : "--record is of plan";
    if (!is_plan && (range->offset || range->length))
        return "--offset and --length are of plan: the new file is as long as FILE";
    if (request->join && command->run != run_prepare)
        return "--join is of prepare";
    if (command->run != run_finish && (request->force || request->sync))
        return "--force and --sync are of finish";
    return NULL;
}

static int choose(struct request *request, int argc, char **argv, int operand, const struct command **command_ret)
{
    const struct command *command = NULL;
    for (size_t i = 0; i < COUNT(commands) && operand < argc; i++)
        if (strcmp(argv[operand], commands[i].name) == 0)
            command = &commands[i];
    if (!command)
        return console_usage(request->console, "say plan, prepare or finish");
    const char *wrong = wrong_option(request, command);
    if (wrong)
        return console_usage(request->console, "%s", wrong);
    request->operands = argv + operand + 1;
    request->operand_count = argc - operand - 1;
    if (request->operand_count < command->operands)
        return console_usage(request->console, "%s", command->missing);
    if (command->run != run_plan && request->operand_count > command->operands)
        return console_usage(request->console, "%s: too many operands", request->operands[command->operands]);
    *command_ret = command;
    return OPTIONS_GO;
}

int main(int argc, char **argv)
{
    static struct request request;
    struct console console = {.tool = "mmshard"};
    const struct command *command = NULL;
    int operand;
    console_secure();
    request =
        (struct request){.console = &console, .plan = {.console = &console, .count = 16, .pixels = settings_pixels()}};
    struct where_options where = {&request.plan.where, &request.plan.pixels};
    const struct option_section sections[] = {{&group, &request},
                                              {&where_bytes_group, &where},
                                              {&pixels_group, &request.plan.pixels},
                                              {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "plan [OPTION]... FILE [-- ARGUMENT...]\n"
                 "  prepare [OPTION]... FILE OUT\n"
                 "  finish [OPTION]... OUT",
        .purpose = "Divide a file between the tasks of a job.",
        .examples = {"mmshard plan --count=64 --output=slurm scan.npy -- --add=200 >job.sh",
                     "mmshard prepare scan.npy new.npy; ...; mmshard finish new.npy"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int status = options_parse(&table, &console, argc, argv, &operand);
    if (status == OPTIONS_GO)
        status = choose(&request, argc, argv, operand, &command);
    return status == OPTIONS_GO ? command->run(&request) : status;
}
