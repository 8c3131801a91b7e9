#!/usr/bin/env python3
"""The rules of docs/architecture.md as tests: who may include whom, which symbols the core may
need, what its WebAssembly may import, that a name means one thing, and how a line looks.

    tidy.py includes               the include tables and the banned names of docs/architecture.md
    tidy.py symbols <archive>      undefined symbols of libmyelin_core.a against symbols.allowed
    tidy.py wasm-imports <module> [<list>]
                                   imports of a WebAssembly module against wasm_imports.allowed,
                                   or another list here
    tidy.py one-unit <compiler>    names that two files of the core have, each for itself: all of it
                                   is compiled as one file
    tidy.py lines                  width, blanks, leftovers

Prints one line per breach, and fails if there is one.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
ARCHITECTURE = ROOT / "docs" / "architecture.md"

LINE_WIDTH_MAX = 100
CODE_SUFFIXES = {".h", ".cc", ".c", ".py", ".mjs", ".js", ".cmake", ".sh"}
# Split, so that this file does not find itself.
LEFTOVERS = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|X" + "XX)\\b")
# The library's header brings std::quoted to where our own is called.
ALONE = {"core/base/json.cc"}
MACHINE_PATHS = re.compile("(/wo" + "rk/|/ro" + "ot/)")


def tracked_files():
    """Files of the repository, relative to its root; without git, everything but build/."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [pathlib.PurePath(name) for name in listed.stdout.split("\0") if name]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    hidden = {"build", "node_modules", ".git"}
    return [path for path in found if not hidden & set(path.parts)]


def read(path):
    """A file's text, or None for one that is gone or is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def section(title):
    """The part of docs/architecture.md under the heading `title`."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if match is None:
        sys.exit(f"docs/architecture.md has no section '{title}'")
    return match.group(1)


def include_table():
    """Folder or file -> the paths it may include, from the table under 'Who may include whom'."""
    table = {}
    for line in section("Who may include whom").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 3 or "`" not in cells[0]:
            continue
        for folder in re.findall(r"`([^`]+)`", cells[0]):
            table[folder] = re.findall(r"`([^`]+)`", cells[1])
    return table


def row_for(path, table):
    """The table's row for a file: its own, or that of its longest listed folder."""
    candidates = [path.as_posix(), *(parent.as_posix() for parent in path.parents)]
    return next((row for row in candidates if row in table), None)


def is_allowed(included, row, allowed):
    return any(included == path or included.startswith(path + "/") for path in [row, *allowed])


def without_comments(text):
    """The text with comments and string contents blanked, line for line."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda match: "\n" * match.group(0).count("\n"), text)


def check_includes():
    table = include_table()
    banned = section("Banned in core")
    banned_headers = set(re.findall(r"`<([a-z_]+)>`", banned))
    names = re.search(r"^Names,.*?(?=\n\n)", banned, re.M | re.S)
    banned_names = re.findall(r"`([a-z_:*]+)`", names.group(0)) if names else []
    banned_pattern = re.compile(
        r"\b(" + "|".join(name.replace("*", r"\w*") for name in banned_names) + r")\b")
    if not table or not banned_headers or not banned_names:
        sys.exit("docs/architecture.md: its tables could not be read")
    for path in tracked_files():
        if path.suffix not in {".h", ".cc"} or path.parts[0] not in {"core", "hosts", "examples"}:
            continue
        text = read(path)
        if text is None:
            continue
        row = row_for(path, table)
        if row is None:
            yield f"{path}: stands in no row of the include table"
            continue
        for number, line in enumerate(text.splitlines(), 1):
            ours = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            theirs = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            if ours and not is_allowed(ours.group(1), row, table[row]):
                yield f"{path}:{number}: {row} may not include {ours.group(1)}"
            if theirs and path.parts[0] == "core":
                header = theirs.group(1)
                if header in banned_headers:
                    yield f"{path}:{number}: <{header}> is banned in core"
                elif re.search(r"[/.]", header) and f"<{header}>" not in table[row]:
                    yield f"{path}:{number}: {row} may not include <{header}>"
        if path.parts[0] == "core":
            for number, line in enumerate(without_comments(text).splitlines(), 1):
                for name in banned_pattern.findall(line):
                    yield f"{path}:{number}: {name} is banned in core"


def read_allowed(name):
    """The entries of an allow-list: everything but blank lines and # comments."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def compare_with_allowed(seen, list_name):
    allowed = read_allowed(list_name)
    for symbol in sorted(seen):
        if not any(re.fullmatch(entry, symbol) for entry in allowed):
            yield f"{symbol} is not in tests/tidy/{list_name}"


def check_symbols(archive):
    listed = subprocess.run(["nm", "-C", "-P", archive], capture_output=True, text=True, check=True)
    needed, defined = set(), set()
    for line in listed.stdout.splitlines():
        match = re.match(r"(.+?) ([A-Za-z])(?: [0-9a-f]+)*\s*$", line)
        if match is None:
            continue
        (needed if match.group(2) in "Uw" else defined).add(match.group(1))
    if not defined:
        yield f"{archive} defines nothing"
        return
    yield from compare_with_allowed(needed - defined, "symbols.allowed")


def check_wasm_imports(module, list_name="wasm_imports.allowed"):
    program = ("const fs = require('fs'); const m = new WebAssembly.Module(fs.readFileSync("
               "process.argv[1])); console.log(JSON.stringify(WebAssembly.Module.imports(m)));")
    listed = subprocess.run(["node", "-e", program, module], capture_output=True, text=True,
                            check=True)
    imports = {f"{entry['module']}.{entry['name']}" for entry in json.loads(listed.stdout)}
    yield from compare_with_allowed(imports, list_name)


def check_one_unit(compiler):
    files = sorted(path.as_posix() for path in tracked_files()
                   if path.suffix == ".cc" and path.parts[0] == "core")
    unit = "".join(f'#include "{name}"\n' for name in files if name not in ALONE)
    # Of a class in a .cc file gcc thinks that others can see it.
    options = ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wconversion",
               "-Wshadow", "-Wno-missing-field-initializers", "-Wno-subobject-linkage"]
    compiled = subprocess.run([compiler, *options, "-fsyntax-only", "-I", ROOT, "-x", "c++", "-"],
                              input=unit, capture_output=True, text=True, cwd=ROOT)
    breaches = re.findall(r"^\S*?(core/\S+ (?:fatal )?(?:error|warning): .*)$", compiled.stderr,
                          re.M)
    if compiled.returncode != 0 and not breaches:
        breaches = [compiled.stderr]
    yield from breaches


def check_lines():
    for path in tracked_files():
        text = read(path)
        if text is None:
            continue
        is_code = path.suffix in CODE_SUFFIXES or path.name == "CMakeLists.txt"
        is_code = is_code or path.parts[0] in {"scripts", ".ci"}
        for number, line in enumerate(text.splitlines(), 1):
            where = f"{path}:{number}"
            if is_code and len(line) > LINE_WIDTH_MAX:
                yield f"{where}: {len(line)} columns, {LINE_WIDTH_MAX} are enough"
            if is_code and line != line.rstrip():
                yield f"{where}: blanks at the end"
            if LEFTOVERS.search(line) and path.suffix != ".md":
                yield f"{where}: left open: {line.strip()}"
            if MACHINE_PATHS.search(line):
                yield f"{where}: a path of one machine"
        if path.suffix == ".h" and path.parts[0] in {"core", "hosts"}:
            if not text.startswith("// "):
                yield f"{path}: does not begin with what it is"
            if "#pragma once" not in text:
                yield f"{path}: no #pragma once"


CHECKS = {
    "includes": check_includes,
    "symbols": check_symbols,
    "wasm-imports": check_wasm_imports,
    "one-unit": check_one_unit,
    "lines": check_lines,
}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    breaches = list(CHECKS[sys.argv[1]](*sys.argv[2:]))
    for breach in breaches:
        print(breach)
    print(f"tidy {sys.argv[1]}: {len(breaches)} breaches" if breaches
          else f"tidy {sys.argv[1]}: clean")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
