#!/usr/bin/env python3
"""No field without effect: plays every row of table.py twice and looks at its figure; every field of the schema has a row.

    check_fields.py PROGRAM            the test
    check_fields.py PROGRAM --write    writes figures.txt anew: for each row the figure that says most of what moves
"""
import concurrent.futures
import functools
import json
import os
import subprocess
import sys
import tempfile

import schema_walk
import table
import worlds

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FIGURES = os.path.join(HERE, "figures.txt")
FILES = {
    "times.csv": "".join(f"{0.5 * i + 0.5}\n" for i in range(50)),
    "unix.csv": "".join(f"{1397088240 + 0.5 * i}\n" for i in range(50)),
    "rates.csv": "0,10\n10,20\n20,5\n",
    "more.csv": "0,20\n10,20\n20,5\n",
}
# Of what moves, the first of these kinds is written down.
FIRST = ("/availability/request/value", "/availability/time/value", "/latency_s/mean/value", "/throughput", "/arrived", "/verdict",
         "rto_s", "rpo_s", "/components/", "")
MEASURED = ("operations", "components", "disruptions", "expectations")
ECHOES = ("id", "label", "levels", "roles", "draws", "axes")  # of a sweep's report: what was asked, whatever came of it
NOTES = ("note", "$comment", "$schema", "twinvoice")  # remarks, and the name of the format


def call(folder, *words):
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder)


def play_run(program, folder):
    run = call(folder, program, "run", "e.json", "--format", "json", "--quiet", "--workers", "1")
    if run.returncode not in (0, 3, 4):
        return f"exit {run.returncode}: {run.stderr}"
    return flat({part: json.loads(run.stdout)[part] for part in MEASURED})


def play_sweep(program, folder):
    """The report of the sweep; cells may fail, that is what limits are for."""
    run = call(folder, program, "sweep", "run", "s.json", "--store", "s.sqlite", "--quiet", "--workers", "1")
    if run.returncode not in (0, 5):
        return f"exit {run.returncode}: {run.stderr}"
    report = call(folder, program, "sweep", "report", "s.sqlite", "--format", "json")
    if report.returncode != 0:
        return f"exit {report.returncode}: {report.stderr}"
    figures = flat(json.loads(report.stdout))
    return {path: value for path, value in figures.items() if not set(path.split("/")) & set(ECHOES)}


def play_policies(program, folder):
    run = call(folder, program, "run", "e.json", "--branch-at", "25 s", "--policies", "p.json", "--format", "json", "--quiet",
               "--workers", "1")
    if run.returncode != 0:
        return f"exit {run.returncode}: {run.stderr}"
    return flat({policy["name"]: policy for policy in json.loads(run.stdout)["policies"]})


PLAYS = {"s": play_sweep, "p": play_policies}


@functools.lru_cache(maxsize=None)
def play(program, text):
    """The figures of a run, a sweep or a branching, by path; or what the program says instead."""
    documents = json.loads(text)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {**FILES, **documents.get("f", {})}.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
        for part in ("t", "e", "s", "p"):
            if part not in documents:
                continue
            with open(os.path.join(folder, part + ".json"), "w", encoding="utf-8") as file:
                json.dump(documents[part], file)
        how = next((PLAYS[part] for part in PLAYS if part in documents), play_run)
        return how(program, folder)


def flat(value, path=""):
    if isinstance(value, (dict, list)):
        found = {}
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            found.update(flat(part, f"{path}/{key}"))
        return found
    return {path: value}


def both(program, row):
    _, world, base, change = row
    first = worlds.changed(worlds.WORLDS[world], base)
    return [play(program, json.dumps(documents, sort_keys=True)) for documents in (first, worlds.changed(first, change))]


def best(program, row):
    before, after = both(program, row)
    if isinstance(before, str) or isinstance(after, str):
        return None
    moved = [path for path in [*before, *(path for path in after if path not in before)] if before.get(path) != after.get(path)]
    for kind in FIRST:
        for path in moved:
            if kind in path:
                return path
    return None


def problem(program, row, figures):
    """Why a row does not hold, or ""."""
    figure = figures.get(row[0])
    if figure is None:
        return f"{row[0]}: no figure is written down; check_fields.py PROGRAM --write finds one"
    before, after = both(program, row)
    for text in (before, after):
        if isinstance(text, str):
            return f"{row[0]}: {text}"
    if figure not in before and figure not in after:
        return f"{row[0]}: there is no figure {figure}"
    if before.get(figure) == after.get(figure):
        return f"{row[0]}: {figure} is {before.get(figure)} with and without the change"
    return ""


def spoken_for(field, told):
    """Whether a row says what the field does."""
    if field in told or field.split("/")[-1].split(".")[-1] in NOTES or field in table.HOLDERS or field in table.ONLY_KIND:
        return True
    if field.split(".")[-1] in table.CHOOSERS and field.split(".")[0] in ("Component", "Procedure", "Fault"):
        return True
    return any(field.startswith(family + ".") and (same + field[len(family):] in told or same + field[len(family):] in table.HOLDERS)
               for family, same in table.SAME)


def named(kind, field):
    """What a row calls the field: definitions are shared by all formats, and the rest of the later two would hide behind that of others."""
    return f"{kind}/{field}" if kind in ("sweep", "policies") and not field[0].isupper() else field


def untold(program):
    """Fields of the schemas without a row, and rows without a field."""
    told = {row[0] for row in table.ROWS} | set(table.WORDS) | set(table.OTHERS)
    found, problems = set(), []
    for kind in ("topology", "experiment", "sweep", "policies"):
        schema = subprocess.run([program, "schema", kind], capture_output=True, text=True, check=True).stdout
        fields = {named(kind, field) for field in schema_walk.fields(json.loads(schema))}
        found |= fields
        problems += [f"{kind}/1: {field} has no row in tests/fields/table.py" for field in sorted(fields) if not spoken_for(field, told)]
    known = found | {"procedures.*"}
    problems += [f"table.py: {field} is no field" for field in sorted(told | set(table.HOLDERS)) if field not in known]
    problems += [f"table.py: {field} names {test}, which is not there" for field, (_, test) in table.OTHERS.items()
                 if not os.path.exists(os.path.join(ROOT, test))]
    problems += [f"table.py: {field} stands for others and has no row" for field in [*table.HOLDERS.values(), *table.CHOOSERS.values()]
                 if field not in told]
    return problems


def main():
    program = os.path.abspath(sys.argv[1])
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        if "--write" in sys.argv:
            figures = list(pool.map(lambda row: (row[0], best(program, row)), table.ROWS))
            with open(FIGURES, "w", encoding="utf-8") as file:
                file.writelines(f"{field} {figure}\n" for field, figure in figures if figure)
            problems = [f"{field}: nothing moves" for field, figure in figures if not figure]
        else:
            with open(FIGURES, encoding="utf-8") as file:
                figures = dict(line.rsplit(" ", 1) for line in file.read().splitlines())
            problems = untold(program) + [text for text in pool.map(lambda row: problem(program, row, figures), table.ROWS) if text]
    print("\n".join(problems) or f"{len(table.ROWS)} rows hold")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
