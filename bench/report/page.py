# SPDX-License-Identifier: MIT
"""RESULTS.html: the report as one file, pictures inside, tables that sort by a click on a heading.

It is made from the lines of RESULTS.md, of which it knows what document.py writes: headings, tables, lists, pictures,
`code`, **bold**. So both say the same.
"""
import html
import os
import re

STYLE = """
body { font: 15px/1.45 sans-serif; color: #202020; margin: 1.5em auto; max-width: 78em; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { margin-top: 2em; border-bottom: 1px solid #c0c0c0; }
table { border-collapse: collapse; font-size: 13px; display: block; overflow-x: auto; margin: 1em 0; }
th, td { border: 1px solid #d0d0d0; padding: 0.25em 0.6em; text-align: left; vertical-align: top; }
th { background: #f0f3f6; cursor: pointer; white-space: nowrap; position: sticky; top: 0; }
th[aria-sort=ascending]::after { content: " \\25b2"; } th[aria-sort=descending]::after { content: " \\25bc"; }
tr:nth-child(even) td { background: #fafafa; }
code { font-size: 12px; overflow-wrap: anywhere; } figure { margin: 1em 0; } svg { max-width: 100%; height: auto; }
"""

# Cells that begin with a number are in the order of numbers, before those that do not; a second click turns it round.
SCRIPT = """
function key(row, column) { return row.cells[column] ? row.cells[column].textContent.trim() : ""; }
function compare(a, b) {
  const x = parseFloat(a), y = parseFloat(b);
  if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
  return isNaN(x) ? a.localeCompare(b) : x - y;
}
for (const head of document.querySelectorAll("th")) head.addEventListener("click", () => {
  const table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = Array.from(body.rows);
  rows.sort((a, b) => (down ? -1 : 1) * compare(key(a, column), key(b, column)));
  for (const row of rows) body.appendChild(row);
});
"""


def inline(text):
    """`code` and **bold**; all else is text."""
    parts = []
    for number, part in enumerate(re.split(r"`([^`]*)`", text)):
        if number % 2:
            parts.append(f"<code>{html.escape(part)}</code>")
        else:
            parts.append(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(part)))
    return "".join(parts)


def cells(line):
    """Of a row of a table; a bar in a cell is written as \\|."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def table(lines):
    head, rows = cells(lines[0]), [cells(line) for line in lines[2:]]
    row = "".join(f'<th scope="col">{inline(cell)}</th>' for cell in head)
    body = "\n".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in cells_) + "</tr>" for cells_ in rows)
    return f"<table>\n<thead><tr>{row}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def picture(folder, name, title):
    """The SVG beside NAME.png, inside the page; every page has many, so their identifiers get the picture's name."""
    path = os.path.join(folder, os.path.splitext(name)[0] + ".svg")
    try:
        with open(path) as file:
            text = file.read()
    except OSError:
        return f"<p>{html.escape(title)}: the picture could not be drawn.</p>"
    text = text[text.index("<svg"):]
    stem = os.path.splitext(name)[0]
    for pattern in (r"(\bid=[\"'])([^\"']+)", r"(href=[\"']#)([^\"']+)", r"(url\(#)([^)]+)"):
        text = re.sub(pattern, rf"\g<1>{stem}-\g<2>", text)
    return f"<figure>\n{text}<figcaption>{html.escape(title)}</figcaption>\n</figure>"


def blocks(lines):
    """Lines that belong together: a table, a list, or one line."""
    block = []
    for line in [*lines, ""]:
        kind = line[:2] if line[:2] in ("| ", "* ") else "|" if line.startswith("|") else ""
        if block and not (kind and kind[0] == block[0][0]):
            yield block
            block = []
        if kind:
            block.append(line)
        elif line:
            yield [line]


def convert(block, folder):
    line = block[0]
    if line.startswith("|"):
        return table(block)
    if line.startswith("* "):
        return "<ul>\n" + "\n".join(f"<li>{inline(item[2:])}</li>" for item in block) + "\n</ul>"
    heading = re.match(r"(#+) (.*)", line)
    if heading:
        level = len(heading.group(1))
        return f"<h{level}>{inline(heading.group(2))}</h{level}>"
    image = re.fullmatch(r"!\[(.*)\]\((.*\.png)\)", line)
    if image:
        return picture(folder, image.group(2), image.group(1))
    return f"<p>{inline(line)}</p>"


def page(markdown, folder):
    lines = markdown.splitlines()
    title = html.escape(next((line.lstrip("# ") for line in lines if line), "mmbench"))
    body = "\n".join(convert(block, folder) for block in blocks(lines))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def write(markdown_path):
    """PATH.html beside PATH.md."""
    with open(markdown_path) as file:
        text = page(file.read(), os.path.dirname(markdown_path))
    with open(os.path.splitext(markdown_path)[0] + ".html", "w") as file:
        file.write(text)
