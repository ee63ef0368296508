# Section 3 of the manual from a public header:
#     awk -v version=V -v date=D -v library=L -v header=mmview/walk.h -v page=mmview_walk -f api.awk HEADER
#
# A header is a comment on the whole ("walk: what it is for", then more), and pairs of a comment and the declarations
# that it is about. What the comments are made of: paragraphs; examples, further in than their paragraph; and fields
# ("Errors:   ...") whose other lines begin below their text. Of a macro that stands for several lines only the head is
# shown. Only with names=1: prints what is declared instead, functions, types and macros, a name in each line.

function escaped(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

function say(text) { out = out text "\n" }

function end_code() {
    if (in_code)
        say(".EE\n.RE")
    in_code = 0
}

# The lines of one comment, without its stars.
function tell(count,    i, line, indent, pending) {
    in_code = in_field = pending = 0
    for (i = 1; i <= count; i++) {
        line = lines[i]
        match(line, /^ */)
        indent = RLENGTH
        if (line == "") {
            pending = 1
            continue
        }
        if (match(line, /^[A-Z][a-z]+: +/)) {
            end_code()
            say(".TP 9\n.B " substr(line, 1, index(line, ":")))
            say(escaped(substr(line, RLENGTH + 1)))
            in_field = RLENGTH
        } else if (in_field && indent >= in_field) {
            say(escaped(substr(line, indent + 1)))
        } else if (indent >= 4) {
            if (!in_code) {
                say(".RS 4\n.EX")
                in_code = 1
            } else if (pending)
                say("")
            say(escaped(substr(line, 5)))
        } else {
            if (in_code || in_field || pending) {
                end_code()
                say(".PP")
            }
            in_field = 0
            say(escaped(line))
        }
        pending = 0
    }
    end_code()
}

# Names that end in _ are not for users.
function know(name) {
    if (name == "" || name ~ /_$/ || name in known)
        return 0
    known[name] = 1
    names_of[++name_count] = name
    return 1
}

# The type that a line declares: by its tag, behind its members, or as that of a function.
function declare_type(text) {
    if (match(text, /^typedef (struct|enum|union) mm[vi]_[a-z0-9_]+/)) {
        sub(/^typedef (struct|enum|union) /, "", text)
        sub(/[ ;{].*/, "", text)
        know(text)
    } else if (match(text, /^} mm[vi]_[a-z0-9_]+;/)) {
        know(substr(text, 3, RLENGTH - 3))
    } else if (match(text, /^typedef [^(]*[ *]mm[vi]_[a-z0-9_]+[;(]/)) {
        text = substr(text, 1, RLENGTH - 1)
        sub(/.*[ *]/, "", text)
        know(text)
    }
}

# Whether a macro is for users, and new: headers define some twice, for two compilers.
function is_macro(name) {
    return name ~ /^MM[VI]_[A-Z0-9_]+$/ && name !~ /_H$|_DECLS$|^MMV_API$/ && know(name)
}

# The names that a declaration declares; static inline functions have bodies, which are nobody's business.
function declare(text,    name) {
    while (match(text, /(mm[vi]_[a-z0-9_]+)\(/)) {
        name = substr(text, RSTART, RLENGTH - 1)
        if (text !~ /^ *\*|^typedef/)
            know(name)
        text = substr(text, RSTART + RLENGTH)
        if (text !~ /^\)/)
            return
    }
}

{ gsub(/[ \t]+$/, "") }

/^\/\*/ {
    in_comment = 1
    count = 0
    sub(/^\/\*+ ?/, "")
    if ($0 == "")
        next
}

in_comment {
    last = sub(/ *\*\/$/, "")
    sub(/^ \* ?/, "")
    if (!(last && $0 ~ /^ ?$/))
        lines[++count] = $0
    if (!last)
        next
    in_comment = 0
    if (lines[1] ~ /^SPDX/ || lines[1] ~ /^----/)
        next
    if (!purpose) {
        purpose = lines[1]
        sub(/^[a-z_]+: /, "", purpose)
        # A sentence may go on in the next line.
        while (count > 1 && purpose !~ /[.:]$/ && lines[2] != "") {
            purpose = purpose " " lines[2]
            for (i = 2; i < count; i++)
                lines[i] = lines[i + 1]
            count--
        }
        for (i = 1; i < count; i++)
            lines[i] = lines[i + 1]
        count--
        tell(count)
        intro = out
        out = ""
        next
    }
    say(".PP")
    tell(count)
    next
}

# The body of a macro, or of one that is not shown.
in_macro {
    in_macro = $0 ~ /\\$/
    next
}
/^#define/ && !in_body {
    macro = $2
    sub(/\(.*/, "", macro)
    is_shown = is_macro(macro)
    is_long = $0 ~ /\\$/
    # A value in a line of its own is shown; what takes arguments is code.
    in_macro = is_long && (!is_shown || $0 ~ /^#define [A-Z0-9_]+\(/)
    if (is_shown) {
        if (!in_declaration)
            say(".PP\n.RS 4\n.EX")
        in_declaration = 1
        sub(/[ \t]*\\$/, in_macro ? "" : " \\")
        say(escaped($0))
    }
    in_hidden = !is_shown && !in_macro && $0 ~ /\/\*/ && $0 !~ /\*\//
    next
}
in_hidden {
    in_hidden = $0 !~ /\*\//
    next
}
/^#|^MMV_(BEGIN|END)_DECLS|^extern "C"|^}$/ && !in_body { next }

# Functions with bodies: the declaration alone.
/^static inline/ {
    say(".PP\n.RS 4\n.EX\n" escaped($0) ";\n.EE\n.RE")
    declare($0)
    in_body = 1
    next
}
in_body {
    if ($0 == "}")
        in_body = 0
    next
}

$0 == "" {
    if (in_declaration)
        say(".EE\n.RE")
    in_declaration = 0
    next
}

{
    if (!in_declaration)
        say(".PP\n.RS 4\n.EX")
    in_declaration = 1
    sub(/^MMV_API /, "")
    if ($0 ~ /^[a-z]/)
        declare($0)
    declare_type($0)
    if (match($0, /^MMV_VIEW_TYPED\([a-z0-9]+/)) {
        know("mmv_view_read_" substr($0, 16, RLENGTH - 15))
        know("mmv_view_write_" substr($0, 16, RLENGTH - 15))
    }
    say(escaped($0))
}

END {
    if (in_declaration)
        say(".EE\n.RE")
    if (names) {
        for (i = 1; i <= name_count; i++)
            print names_of[i]
        exit
    }
    sub(/[.:]$/, "", purpose)
    print ".\\\" Made from the header " header
    print ".TH " page " 3 " date " \"mmview " version "\" \"mmview manual\""
    print ".SH NAME"
    print page " \\- " escaped(purpose)
    print ".SH LIBRARY"
    print library
    print ".SH SYNOPSIS"
    print ".EX\n#include <" header ">\n.EE"
    if (intro != "") {
        print ".SH DESCRIPTION"
        sub(/^\.PP\n/, "", intro)
        printf "%s", intro
    }
    print ".SH INTERFACE"
    sub(/^\.PP\n/, "", out)
    printf "%s", out
    # The page of the whole library, which lists the others.
    print ".SH SEE ALSO"
    if (page == "mmview")
        print ".BR mmv_walk (3),\n.BR mmbright (1)"
    else if (library == "libmmimage" && page != "mmimage")
        print ".BR mmimage (3),\n.BR mmview (3)"
    else
        print ".BR mmview (3)"
}
