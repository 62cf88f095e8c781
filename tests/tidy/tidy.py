#!/usr/bin/python3
"""The lint of the tree: rules that a compiler cannot check. Standard library only.

usage: tidy.py [--root DIR] [CHECK...]      (default: all checks)

    layering  includes obey cmake/layering.txt
    banned    nothing in the simulated world depends on the machine, the wall clock or the C library's rounding
    length    no source file is longer than 500 lines
    cards     every model has its card and its line in models/catalog.def, and the reverse
    words     no unfinished work, no path of one machine, no test without an assertion
    headers   every header has #pragma once, says its purpose first, and is included by somebody

Each finding is one line, `file:line: what is wrong and what is wanted`; the exit code is 1 when there is one.
"""

import argparse
import fnmatch
import os
import re
import sys

MAX_LINES = 500
CODE = (".cpp", ".hpp")
CODE_FOLDERS = ("sim", "models", "tests")
TEXT = CODE + (".def", ".txt", ".cmake", ".json", ".md", ".py", ".sh", ".ipynb", ".in", ".yml", ".yaml", ".html",
               ".js", ".css")
TEXT_NAMES = ("Makefile", "run", ".clang-tidy", ".clang-format", ".gitignore", ".editorconfig")
SKIPPED_FOLDERS = ("build", ".git", "__pycache__", "results", "node_modules", ".cache")


# ---- reading the tree --------------------------------------------------------------------------------------------

class Tree:
    """The files below a root, by their path relative to it, with `/` as separator."""

    def __init__(self, root):
        self.root = root
        self.paths = []
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
            for name in sorted(names):
                self.paths.append(os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"))
        self.cache = {}

    def text(self, path):
        if path not in self.cache:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self.cache[path] = file.read()
        return self.cache[path]

    def code(self):
        return [p for p in self.paths if p.endswith(CODE) and p.split("/")[0] in CODE_FOLDERS]

    def texts(self):
        return [p for p in self.paths if p.endswith(TEXT) or os.path.basename(p) in TEXT_NAMES]


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def blank(text, strings=True):
    """The text with comments (and the insides of strings) replaced by blanks; lines stay where they are."""
    def replace(match):
        token = match.group(0)
        if not token.startswith("/"):
            if not strings:
                return token
            return '"' + re.sub(r"[^\n]", " ", token[1:-1]) + '"'
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def includes(text):
    """(line, quoted?, path) of each #include."""
    code = blank(text, strings=False)
    return [(line_of(code, m.start(1)), m.group(1) == '"', m.group(2)) for m in INCLUDE.finditer(code)]


def room_of(path):
    """The room a file belongs to, or None: sim/kernel/run.cpp -> kernel, models/edge.cpp -> models."""
    parts = path.split("/")
    if parts[0] == "sim" and len(parts) > 2:
        return parts[1]
    return "models" if parts[0] == "models" else None


# ---- layering ----------------------------------------------------------------------------------------------------

class Layering:
    """cmake/layering.txt: `links` by room, and `externals` as (header prefix, rooms)."""

    def __init__(self, text):
        self.links = {}
        self.externals = []
        for line in text.splitlines():
            room = re.match(r"room +([a-z]+) +<-([^|]*)\|", line)
            external = re.match(r"external +(\S+) *:(.*)$", line)
            if room:
                self.links[room.group(1)] = room.group(2).split()
            elif external:
                self.externals.append((external.group(1), external.group(2).split()))

    def reach(self, room):
        """(rooms that may be included whole, {room: prefix of the file names that may be included})."""
        whole, part, todo = {room}, {}, list(self.links[room])
        while todo:
            link = todo.pop()
            if "/" in link:
                name, prefix = link.split("/")
                part[name] = prefix
            elif link not in whole:
                whole.add(link)
                todo.extend(self.links[link])
        return whole, part


def check_layering(tree):
    path = "cmake/layering.txt"
    if path not in tree.paths:
        yield path, 1, "does not exist: it is the table of who may include whom"
        return
    layering = Layering(tree.text(path))
    for path in tree.code():
        yield from check_includes(tree, layering, path)


def check_includes(tree, layering, path):
    parts = path.split("/")
    unit_test = parts[:2] == ["tests", "unit"] and len(parts) > 3
    room = parts[2] if unit_test else room_of(path)
    if room is None and parts[0] == "sim":
        yield path, 1, "stands in no room: sources of sim/ live in sim/<room>/"
        return
    if room is not None and room not in layering.links:
        yield path, 1, f"'{room}' is not a room of cmake/layering.txt"
        return
    free = room is None or (unit_test and room in ("models", "cli"))
    whole, part = (set(), {}) if free else layering.reach(room)
    for line, quoted, target in includes(tree.text(path)):
        target_room = room_of(target)
        if quoted:
            if target.split("/")[0] not in ("sim", "models", "tests"):
                yield path, line, f'"{target}": include own headers from the project root, as "sim/room/file.hpp"'
            elif target.startswith("tests/") and not path.startswith("tests/"):
                yield path, line, f'"{target}": only tests may include tests'
            elif target_room and not free and target_room not in whole:
                prefix = part.get(target_room)
                if prefix is None:
                    yield path, line, (f'"{target}": {room} may not include {target_room}; it may include '
                                       + ", ".join(sorted(whole - {room}) + [f"{r}/{p}*" for r, p in part.items()]))
                elif not target.split("/")[-1].startswith(prefix):
                    yield path, line, f'"{target}": of {target_room}, {room} may include only {prefix}*'
        elif target_room in layering.links and target.startswith(("sim/", "models/")):
            yield path, line, f"<{target}>: own headers are included with quotes"
        if not path.startswith("tests/"):
            for prefix, rooms in layering.externals:
                if target.startswith(prefix) and room not in rooms:
                    yield path, line, f"<{target}>: only {', '.join(rooms)} may include {prefix}"


# ---- banned calls ------------------------------------------------------------------------------------------------

ENGINE = ("base", "random", "spec", "graph", "plan", "measure", "kernel", "compile", "world", "referee",
          "models")
SIMULATED = ("random", "plan", "kernel", "compile", "models")
LIBM = ("log|log2|log10|log1p|exp|exp2|expm1|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|"
        "cbrt|hypot|erf|erfc|tgamma|lgamma")
BANNED = (
    (ENGINE, r"\bstd::\w+_distribution\b",
     "differs between standard libraries: draw with sim/random"),
    (ENGINE, r"\bstd::(mt19937(_64)?|minstd_rand0?|ranlux\w+|default_random_engine|shuffle|sample)\b",
     "has a state of its own or differs between standard libraries: draw with sim/random, keyed"),
    (ENGINE, r"\b(std::)?(rand|srand|drand48|random_device)\b\s*[({;]|\bstd::random_device\b",
     "is not reproducible: draw with sim/random"),
    (SIMULATED, r"#\s*include\s*<unordered_(map|set)>|\bstd::unordered_(multi)?(map|set)\b",
     "has an order that depends on the library: use a sorted vector, std::map or an index"),
    (SIMULATED, r"\bstd::hash\b", "depends on the library: use the hash of sim/random or sim/base"),
    (SIMULATED + ("referee",), r"\b(system_clock|steady_clock|high_resolution_clock|gettimeofday|clock_gettime)\b"
     r"|\bstd::time\b\s*\(|(?<![\w.>:])time\s*\(\s*(nullptr|NULL|0)\s*\)",
     "reads the wall clock: simulated time is the only time here"),
    (SIMULATED + ("referee",), r"\bstd::(" + LIBM + r")[fl]?\s*\(",
     "rounds differently on different processors: use sim/random/elementary.hpp"),
    (("report", "cli"), r"\bjson::(parse|sax_parse|accept)\b",
     "reads JSON outside sim/spec, the only room that reads input (nlohmann is for output here)"),
)
# `log(x)` without a qualifier is the C library's, except in sim/random, where a file that sees the room's own elementary
# functions means those. `obj.log(`, `random::log(` and a declaration (`LogId log(`, a word
# before the name) are other functions.
BARE_LIBM = re.compile(r"(?<![\w:.>])(?:::)?(" + LIBM + r")[fl]?\s*\(")
BEFORE_CALL = re.compile(r"\b(return|case|else|throw|not|and|or|co_return|co_yield)\s*$|[^\w\s]\s*$|^\s*$")
ELEMENTARY = "sim/random/elementary.hpp"


def sees(tree, path, header):
    """Whether a file is the header, or includes it itself or through other headers of the tree."""
    seen, todo = set(), [path]
    while todo:
        current = todo.pop()
        if current == header:
            return True
        if current not in seen and current in tree.paths:
            seen.add(current)
            todo.extend(target for _, quoted, target in includes(tree.text(current)) if quoted)
    return False


def check_banned(tree):
    for path in tree.code():
        room = room_of(path)
        if room is None:
            continue
        text = tree.text(path)
        code = blank(text)
        for rooms, pattern, why in BANNED:
            if room in rooms:
                for match in re.finditer(pattern, code):
                    yield path, line_of(code, match.start()), f"`{match.group(0).strip(' (;{')}` {why}"
        own = room == "random" and sees(tree, path, ELEMENTARY)
        if room in SIMULATED + ("referee",) and not own:
            for match in BARE_LIBM.finditer(code):
                if not BEFORE_CALL.search(code[code.rfind("\n", 0, match.start()) + 1:match.start()]):
                    continue
                yield path, line_of(code, match.start()), (
                    f"`{match.group(1)}(` is the C library's, which rounds differently on different processors: "
                    f"write random::{match.group(1)}( from {ELEMENTARY}")


# ---- length ------------------------------------------------------------------------------------------------------

def check_length(tree):
    for path in tree.code():
        lines = len(tree.text(path).splitlines())
        if lines > MAX_LINES:
            yield path, lines, f"{lines} lines: a file has one subject and at most {MAX_LINES} lines"


# ---- cards -------------------------------------------------------------------------------------------------------

CATALOG = "models/catalog.def"
NOT_A_MODEL = ("catalog",)


def check_cards(tree):
    files = {}
    for path in tree.paths:
        if fnmatch.fnmatch(path, "models/*.cpp"):
            name = path[len("models/"):-len(".cpp")]
            if name not in NOT_A_MODEL:
                files[name] = path
    if not files and CATALOG not in tree.paths:
        return
    if CATALOG not in tree.paths:
        yield CATALOG, 1, "does not exist: one line for each model, as PART(name, ...) or PROCEDURE(name, ...)"
        return
    listed = {}
    for number, line in enumerate(blank(tree.text(CATALOG), strings=False).splitlines(), 1):
        match = re.match(r"\s*[A-Z_]+\(\s*\"?(\w+)\"?", line)
        if match and match.group(1) in listed:
            yield CATALOG, number, f"'{match.group(1)}' is listed twice (line {listed[match.group(1)]})"
        elif match:
            listed[match.group(1)] = number
    for name, path in files.items():
        if name not in listed:
            yield path, 1, f"is not in {CATALOG}: add its line there"
        first = tree.text(path).split("\n", 1)[0]
        if not re.match(r"// (Model|Procedure): \S", first):
            yield path, 1, "does not begin with its card: `// Model: what it is` or `// Procedure: what it is`"
    for name, number in listed.items():
        if name not in files:
            yield CATALOG, number, f"'{name}' has no file models/{name}.cpp"


# ---- words -------------------------------------------------------------------------------------------------------

# Written in pieces, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.\-/}~])/(" + "|".join(("wo" "rk", "fa" "rm", "ro" "ot", "tmp/te" "am"))
                          + r")(?=[/\s\"'`),;:]|$)", re.MULTILINE)
TEST = re.compile(r"^[ \t]*(TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\s*\(",
                  re.MULTILINE)
ASSERTION = re.compile(r"\b((EXPECT|ASSERT|RC_ASSERT|RC_FAIL)\w*|FAIL|ADD_FAILURE|ADD_FAILURE_AT)\s*\("
                       r"|\brc::check\b|\b(expect|assert|check|verify)\w*\s*\(")


def check_words(tree):
    for path in tree.texts():
        text = tree.text(path)
        for pattern, what in ((UNFINISHED, "unfinished work: finish it, or write down the limit as a fact"),
                              (MACHINE_PATH, "a path of one machine: derive it or take it as an argument")):
            for match in pattern.finditer(text):
                yield path, line_of(text, match.start()), f"`{match.group(0)}` is {what}"
    for path in tree.code():
        if path.startswith("tests/") and path.endswith(".cpp"):
            yield from check_assertions(path, tree.text(path))


FUNCTION = re.compile(r"\b(\w+)\s*\([^;{}]*\)\s*(?:const\s*)?(?:noexcept\s*)?\{")


def closing_brace(code, start):
    """The offset behind the brace that closes the one at `start`."""
    depth = 0
    for end in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[end], 0)
        if depth == 0:
            return end + 1
    return len(code)


def check_assertions(path, text):
    """Each test asserts something, itself or through a function of the same file that does."""
    code = blank(text)
    helpers = [match.group(1) for match in FUNCTION.finditer(code)
               if match.group(1) not in ("if", "for", "while", "switch", "catch") and not TEST.match(match.group(0))
               and ASSERTION.search(code, match.end(), closing_brace(code, match.end() - 1))]
    calls_helper = re.compile(r"\b(" + "|".join(map(re.escape, helpers)) + r")\s*\(") if helpers else None
    for match in TEST.finditer(code):
        start = code.find("{", match.end())
        if start < 0:
            continue
        end = closing_brace(code, start)
        if not ASSERTION.search(code, start, end) and not (calls_helper and calls_helper.search(code, start, end)):
            name = " ".join(code[match.start():start].split())
            yield path, line_of(code, match.start(1)), f"{name} asserts nothing: a test that cannot fail is none"


# ---- headers -----------------------------------------------------------------------------------------------------

def check_headers(tree):
    includers = tree.code() + [path for path in tree.paths if path.endswith(".in")]
    used = {target for path in includers for _, _, target in includes(tree.text(path))}
    for path in tree.code():
        if not path.endswith(".hpp") or path.startswith("tests/"):
            continue
        text = tree.text(path)
        if not re.search(r"^#pragma once$", blank(text), re.MULTILINE):
            yield path, 1, "has no #pragma once"
        rest = re.sub(r"^\s*(#pragma once\s*)?", "", text)
        first = rest.split("\n", 1)[0]
        if not first.startswith(("//", "/*")) or len(re.findall(r"\w+", first)) < 3:
            yield path, 1, "does not begin with a comment that says its purpose"
        if path not in used:
            yield path, 1, "is included by nobody: use it, test it or remove it"


# ---- command line ------------------------------------------------------------------------------------------------

CHECKS = {"layering": check_layering, "banned": check_banned, "length": check_length, "cards": check_cards,
          "words": check_words, "headers": check_headers}


def main(arguments):
    parser = argparse.ArgumentParser(description="Lint of the tree: rules that a compiler cannot check.")
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    options = parser.parse_args(arguments)
    unknown = [check for check in options.checks if check not in CHECKS]
    if unknown:
        parser.error(f"no such check: {unknown[0]} (there are {', '.join(CHECKS)})")
    tree = Tree(os.path.normpath(options.root))
    findings = 0
    for name in options.checks or CHECKS:
        for path, line, message in CHECKS[name](tree):
            print(f"{path}:{line}: {message} [{name}]")
            findings += 1
    if findings:
        print(f"tidy: {findings} finding{'s' if findings > 1 else ''}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
