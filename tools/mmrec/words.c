/* SPDX-License-Identifier: MIT */
/* words: see words.h. */
#include "mmrec/words.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum kind { BLANK, WORD, NUMBER, LITERAL, SIGN, END, WRONG };

struct piece {
    enum kind kind;
    const char *start;
    size_t length;
    const char *problem; /* of a WRONG one */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* A backslash at the end of a line joins it with the next, also in a comment; compilers overlook blanks behind it. */
static bool continues_line(const char *p)
{
    if (*p++ != '\\')
        return false;
    while (is_blank(*p) && *p != '\n')
        p++;
    return *p == '\n' || *p == '\0';
}

static struct piece wrong(const char *at, const char *problem)
{
    return (struct piece){WRONG, at, 1, problem};
}

static struct piece line_comment(const char *p)
{
    const char *end = p;
    for (; *end && *end != '\n'; end++)
        if (continues_line(end))
            return wrong(end, "a line cannot be continued with a backslash");
    return (struct piece){BLANK, p, (size_t)(end - p), NULL};
}

static struct piece block_comment(const char *p)
{
    const char *end = strstr(p + 2, "*/");
    return end ? (struct piece){BLANK, p, (size_t)(end + 2 - p), NULL} : wrong(p, "the comment has no end");
}

static struct piece literal(const char *p)
{
    const char *end = p + 1;
    while (*end && *end != *p && *end != '\n') {
        if (continues_line(end))
            return wrong(end, "a line cannot be continued with a backslash");
        end += *end == '\\' ? 2 : 1;
    }
    return *end == *p ? (struct piece){LITERAL, p, (size_t)(end + 1 - p), NULL}
                      : wrong(p, "the quote has no end on its line");
}

static struct piece sign(const char *p)
{
    static const char *const spellings[] = {"<%", "%>", "<:", ":>", "%:"};
    for (size_t i = 0; i < COUNT(spellings); i++)
        if (strncmp(p, spellings[i], 2) == 0)
            return wrong(p, "brackets are written as { } [ ]");
    if (*p == '#')
        return wrong(p, "there can be no directive (#) of the preprocessor");
    if (*p == '\\')
        return wrong(p, "there can be no backslash outside of quotes");
    return (struct piece){SIGN, p, 1, NULL};
}

static struct piece next(const char *p)
{
    size_t length = 1;
    if (*p == '\0')
        return (struct piece){END, p, 0, NULL};
    if (is_blank(*p))
        return (struct piece){BLANK, p, 1, NULL};
    if (strncmp(p, "//", 2) == 0)
        return line_comment(p);
    if (strncmp(p, "/*", 2) == 0)
        return block_comment(p);
    if (*p == '"' || *p == '\'')
        return literal(p);
    bool is_number = is_digit(*p) || (*p == '.' && is_digit(p[1]));
    if (!is_letter(*p) && !is_number)
        return sign(p);
    while (is_letter(p[length]) || is_digit(p[length]) || (is_number && p[length] == '.'))
        length++;
    return (struct piece){is_number ? NUMBER : WORD, p, length, NULL};
}

static bool is_word(const struct piece *piece, const char *word)
{
    return piece->kind == WORD && strlen(word) == piece->length && memcmp(piece->start, word, piece->length) == 0;
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

/* The brackets that are open. */
#define DEPTH 256
struct brackets {
    char open[DEPTH];
    size_t depth;
};

static const char *take_bracket(struct brackets *brackets, char c)
{
    static const char opening[] = "([{", closing[] = ")]}";
    const char *opens = strchr(opening, c), *closes = strchr(closing, c);
    if (opens && brackets->depth == DEPTH)
        return "too many brackets in each other";
    if (opens)
        brackets->open[brackets->depth++] = closing[opens - opening];
    if (closes && (brackets->depth == 0 || brackets->open[--brackets->depth] != c))
        return "this bracket closes none that is open";
    return NULL;
}

/* GNU C has strings whose end is not their next quote: R"(...)", with any encoding in front. */
static bool begins_raw_string(const struct piece *piece)
{
    return piece->start[piece->length] == '"' && piece->start[piece->length - 1] == 'R';
}

static const char *refuse_word(const struct piece *piece)
{
    if (begins_raw_string(piece))
        return "there can be no raw string";
    if (is_word(piece, "return") || is_word(piece, "goto"))
        return "the code is no function: 'break' ends it for this record";
    if (is_word(piece, "asm") || is_word(piece, "__asm__") || is_word(piece, "__asm"))
        return "there can be no assembler";
    if (piece->length >= 6 && (memcmp(piece->start, "mmrec_", 6) == 0 || memcmp(piece->start, "MMREC_", 6) == 0))
        return "names that begin with mmrec_ are taken";
    return NULL;
}

static bool complain(const struct words *words, const struct console *console, const char *at, const char *problem)
{
    unsigned long line = 1, column = 1;
    for (const char *p = words->text; p < at; p++) {
        column = *p == '\n' ? 1 : column + 1;
        line += *p == '\n';
    }
    console_usage(console, "%s:%lu:%lu: %s", words->option, line, column, problem);
    return false;
}

bool words_check(const struct words *words, const struct console *console)
{
    struct brackets brackets = {.depth = 0};
    const char *problem = NULL, *p = words->text;
    bool is_empty = true;
    for (struct piece piece = next(p); piece.kind != END; piece = next(p = piece.start + piece.length)) {
        is_empty = is_empty && piece.kind == BLANK;
        if (piece.kind == WRONG)
            problem = piece.problem;
        else if (piece.kind == SIGN)
            problem = take_bracket(&brackets, *piece.start);
        else if (piece.kind == WORD)
            problem = refuse_word(&piece);
        if (problem)
            return complain(words, console, piece.start, problem);
    }
    p = words->text + strlen(words->text);
    if (brackets.depth > 0)
        return complain(words, console, p, "a bracket is not closed");
    return is_empty ? complain(words, console, words->text, "there is no code") : true;
}

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

/* Whether a member's name follows: a dot, or the end of an arrow, whose - belongs to no --. */
static bool selects(const struct piece *piece, const char *text)
{
    size_t dashes = 0;
    if (piece->kind != SIGN || (*piece->start != '.' && *piece->start != '>'))
        return false;
    while (piece->start - dashes > text && piece->start[-(ptrdiff_t)dashes - 1] == '-')
        dashes++;
    return *piece->start == '.' || dashes % 2 == 1;
}

bool words_mention(const struct words *words, const char *name)
{
    bool is_member = false;
    for (struct piece piece = next(words->text); piece.kind != END; piece = next(piece.start + piece.length)) {
        if (!is_member && is_word(&piece, name))
            return true;
        if (piece.kind != BLANK)
            is_member = selects(&piece, words->text);
    }
    return false;
}

bool words_divide(const struct words *words)
{
    for (struct piece piece = next(words->text); piece.kind != END; piece = next(piece.start + piece.length))
        if (piece.kind == SIGN && (*piece.start == '/' || *piece.start == '%'))
            return true;
    return false;
}

/* +1, -1 or 0: how deep in brackets what follows is. */
static int deeper(const struct piece *piece)
{
    if (piece->kind != SIGN)
        return 0;
    return strchr("([{", *piece->start) ? 1 : strchr(")]}", *piece->start) ? -1 : 0;
}

const char *words_comma(const char *text)
{
    int depth = 0;
    struct piece piece = next(text);
    for (; piece.kind != END; piece = next(piece.start + piece.length)) {
        depth += deeper(&piece);
        if (depth == 0 && piece.kind == SIGN && *piece.start == ',')
            break;
    }
    return piece.start;
}

static bool is_one_of(char c, const char *signs)
{
    return c != '\0' && strchr(signs, c);
}

/* In <=, >=, !=, += and the like the = is no beginning of one. */
const char *words_equal(const char *text)
{
    int depth = 0;
    for (struct piece piece = next(text); piece.kind != END; piece = next(piece.start + piece.length)) {
        const char *at = piece.start;
        depth += deeper(&piece);
        bool begins = at == text || !is_one_of(at[-1], "=<>!+-*/%&|^");
        if (depth == 0 && piece.kind == SIGN && begins && at[0] == '=' && at[1] == '=' && at[2] != '=')
            return at;
    }
    return NULL;
}

const char *words_end(const char *text)
{
    int depth = 0;
    struct piece piece = next(text);
    for (; piece.kind != END; piece = next(piece.start + piece.length)) {
        depth += deeper(&piece);
        if (depth == 0)
            return piece.start + piece.length;
    }
    return piece.start;
}

bool words_are_reserved(const char *name)
{
    static const char *const reserved[] = {
        "auto",   "break",    "case",     "char",     "const", "continue", "default", "do",     "double",
        "else",   "enum",     "extern",   "float",    "for",   "goto",     "if",      "inline", "int",
        "long",   "register", "restrict", "return",   "short", "signed",   "sizeof",  "static", "struct",
        "switch", "typedef",  "union",    "unsigned", "void",  "volatile", "while",   "asm",    "typeof",
        "bool",   "true",     "false",    "index",    "sat",   "clamp",    "swap",    "u8",     "i8",
        "u16",    "i16",      "u32",      "i32",      "u64",   "i64",      "f16",     "f32",    "f64",
    };
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return is_digit(name[0]) || name[0] == '_' || strncmp(name, "mmrec_", 6) == 0 || strncmp(name, "MMREC_", 6) == 0;
}
