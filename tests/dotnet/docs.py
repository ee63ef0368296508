# SPDX-License-Identifier: MIT
"""docs.py PAGE FOLDER: makes a program of all examples of a page, which runs that of its first argument."""
import os
import re
import sys

BLOCK = re.compile(r"<!-- before: (.*?) -->\n```csharp\n(.*?)```\n<!-- after: (.*?) -->", re.S)
# Where the statements end and the types begin.
TYPES = re.compile(r"^(?:public |readonly |ref |partial )*(?:struct|class|record|enum) ", re.M)


def namespace(number, code):
    """A block as a namespace of its own: statements as Main, as the compiler does it."""
    usings = "".join(re.findall(r"^using (?!var )[^(]*?;\n", code, re.M))
    body = re.sub(r"^using (?!var )[^(]*?;\n", "", code, flags=re.M)
    types = TYPES.search(body)
    statements, rest = (body[: types.start()], body[types.start() :]) if types else (body, "")
    return f"""namespace Example{number}
{{
{usings}
static class Program
{{
public static void Start()
{{
{statements}
}}
}}
{rest}
}}
"""


def main():
    """The project, and a file with the commands of each example."""
    page, folder = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    blocks = BLOCK.findall(text)
    if len(blocks) != text.count("```csharp") or len(blocks) != 10:
        sys.exit(f"{page}: {len(blocks)} examples, {text.count('```csharp')} blocks, not 10")
    cases = ""
    for number, (before, code, after) in enumerate(blocks, 1):
        with open(os.path.join(folder, f"Example{number}.cs"), "w", encoding="utf-8") as file:
            file.write(namespace(number, code))
        with open(os.path.join(folder, f"example{number}.before"), "w", encoding="utf-8") as file:
            file.write(before + "\n")
        with open(os.path.join(folder, f"example{number}.after"), "w", encoding="utf-8") as file:
            file.write(after + "\n")
        cases += f'            case "{number}": Example{number}.Program.Start(); break;\n'
    with open(os.path.join(folder, "Run.cs"), "w", encoding="utf-8") as file:
        file.write(f"""static class Run
{{
    static void Main(string[] args)
    {{
        switch (args[0])
        {{
{cases}        }}
    }}
}}
""")


main()
