# SPDX-License-Identifier: MIT
"""What RESULTS.html is made of, by a parser or in a browser.

    page.py structure FILE.html PICTURES     its tables, its pictures, nothing that it would fetch
    page.py browser CHROMIUM FILE.html       that a click on a heading sorts, in numbers and in words
"""
import html.parser
import os
import re
import subprocess
import sys
import tempfile

EMPTY = {"meta", "br", "img", "link", "hr", "path", "use", "rect", "circle", "stop", "polygon", "line"}


class Looker(html.parser.HTMLParser):
    """Counts, and complains about what is not closed or is fetched from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.count, self.faults, self.ids, self.columns = [], {}, [], set(), []
        self.first, self.title = "", ""

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "tr":
            self.columns.append(0)
        if tag in ("td", "th"):
            self.columns[-1] += 1
        for key in ("src", "href", "xlink:href"):
            if found.get(key) and not found[key].startswith("#"):
                self.faults.append(f"fetches {found[key]}")
        if found.get("id") in self.ids:
            self.faults.append(f"the id {found['id']} is there twice")
        if found.get("id"):
            self.ids.add(found["id"])

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data):
        if self.open and self.open[-1] == "h1" and not self.first:
            self.first = data
        if self.open and self.open[-1] == "title":
            self.title += data


def structure(path, pictures):
    with open(path) as file:
        text = file.read()
    looker = Looker()
    looker.feed(text)
    faults = looker.faults + [f"{tag} is never closed" for tag in looker.open]
    if looker.count.get("svg", 0) != int(pictures):
        faults.append(f"{looker.count.get('svg', 0)} pictures instead of {pictures}")
    if looker.count.get("table", 0) < 4 or looker.count.get("th", 0) < 20:
        faults.append("too few tables")
    if not looker.first.startswith("Map or read?") or not looker.title.startswith("Map or read?"):
        faults.append(f"begins with {looker.first!r}, {looker.title!r}")
    if re.search(r"^(\| |\* |#|!\[)", re.sub(r"<script>.*</script>|<style>.*</style>", "", text, flags=re.S), re.M):
        faults.append("markdown is left")
    print("\n".join(faults) or "as it should be")
    return 1 if faults else 0


# Clicks on the heading in question, and writes what the table then says into the document's title.
CLICKS = """<script>
const table = Array.from(document.querySelectorAll("table")).find(t => t.rows[0].cells[0].textContent === "what");
const said = [];
for (const [column, times] of [[1, 1], [1, 2], [0, 1]]) {
  for (let i = 0; i < times; i++) table.rows[0].cells[column].click();
  said.push(Array.from(table.tBodies[0].rows).map(row => row.cells[column].textContent).join(","));
  for (const head of table.rows[0].cells) head.removeAttribute("aria-sort");
}
document.title = said.join(";");
</script></body>"""


def browser(chromium, path):
    with open(path) as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        clicked = os.path.join(folder, "clicked.html")
        with open(clicked, "w") as file:
            file.write(text.replace("</body>", CLICKS, 1))
        done = subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--dump-dom",
             "file://" + clicked],
            capture_output=True, text=True, timeout=120)
    title = re.search("<title>(.*?)</title>", done.stdout, re.S)
    said = title.group(1).split(";") if title else [f"exit status {done.returncode}: {done.stderr[-300:]}"]
    # Cells without a number are behind those with one, in the order of words.
    wanted = ["2,10,30,,none", "none,,30,10,2", "a,b,c,d,e"]
    print(f"sorted: {said}, wanted: {wanted}")
    return 0 if said == wanted else 1


if __name__ == "__main__":
    sys.exit(structure(*sys.argv[2:]) if sys.argv[1] == "structure" else browser(*sys.argv[2:]))
