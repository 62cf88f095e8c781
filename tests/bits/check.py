#!/usr/bin/python3
"""Same bits: plays the experiments of golden.json and compares each fingerprint with the one that is pinned there.

usage: check.py [--full] [--renew] [LABEL=]PROGRAM...

Each program plays each experiment with several numbers of workers, and with the C library's functions for newer processors
as well as without them (GLIBC_TUNABLES). One line for each way of playing, one column for each experiment: `same`, or the
fingerprint that differs. What a result says besides (counts, latencies, intervals) must be equal in all the lines, too.

    --full   every number of workers with and without the functions, and the experiments that are marked "full"
    --renew  writes the fingerprints of this program into golden.json; all its lines must agree

The exit code is 1 when anything differs. Standard library only.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(SOURCES, "tests", "bits", "golden.json")
OLD_PROCESSOR = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-FMA4"

# Ways of playing: number of workers, and whether the C library may use what is newer than SSE2.
QUICK = [(1, True), (2, True), (4, True), (2, False)]
FULL = [(workers, new) for new in (True, False) for workers in (1, 2, 4)]

LEGITIMATE = """
A fingerprint is a hash of everything that happened in a run. It changes with the semantics of a run, with a draw, or with an
experiment or topology that a case plays: then renew the values and say in CHANGELOG.md which fingerprints change, and why:
    tests/bits/check.py --full --renew build/release/twinvoice
It never changes with the compiler, its options, the processor or the number of workers. If lines differ from one another, or if
nothing of the above was meant to change, the program is wrong and the values stay."""


class Played:
    """What one way of playing gave: a fingerprint, and a digest of the figures that are reported."""

    def __init__(self, program, case, workers, new):
        arguments = [program, "run", os.path.join(SOURCES, case["experiment"]), "--format", "json", "--quiet",
                     "--workers", str(workers)] + case.get("arguments", [])
        environment = dict(os.environ)
        environment.pop("GLIBC_TUNABLES", None)
        if not new:
            environment["GLIBC_TUNABLES"] = OLD_PROCESSOR
        done = subprocess.run(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.fingerprint = "exit %d" % done.returncode
        self.figures = ""
        # 0, 3 and 4: played; what the experiment expects may be missed or undecided on a shorter horizon.
        if done.returncode not in (0, 3, 4):
            sys.stderr.buffer.write(done.stderr)
            return
        result = json.loads(done.stdout)
        self.fingerprint = result["engine"]["fingerprint"]
        figures = {k: v for k, v in result.items() if k not in ("engine", "manifest")}
        self.figures = hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()


def table_row(cells, widths):
    return "  ".join(str(cell).ljust(width) for cell, width in zip(cells, widths)).rstrip()


def check(programs, full, renew):
    with open(GOLDEN, encoding="utf-8") as file:
        golden = json.load(file)
    cases = [case for case in golden["cases"] if full or not case.get("full", False)]
    widths = [max([7] + [len(label) for label, _ in programs]), 7, 9] + [max(16, len(case["name"])) for case in cases]
    print(table_row(["program", "workers", "functions"] + [case["name"] for case in cases], widths), flush=True)
    seen = [[] for _ in cases]
    for label, program in programs:
        for workers, new in FULL if full else QUICK:
            cells = []
            for case, all_played in zip(cases, seen):
                if workers not in case.get("workers", [workers]):
                    cells.append("-")
                    continue
                played = Played(program, case, workers, new)
                all_played.append(played)
                cells.append("same" if played.fingerprint == case["fingerprint"] else played.fingerprint)
            print(table_row([label, workers, "all" if new else "SSE2"] + cells, widths), flush=True)
    problems = []
    for case, all_played in zip(cases, seen):
        fingerprints = sorted({played.fingerprint for played in all_played})
        if len(fingerprints) > 1:
            problems.append("%s: the lines differ: %s" % (case["name"], ", ".join(fingerprints)))
        elif not renew and fingerprints != [case["fingerprint"]]:
            problems.append("%s: %s, but %s is pinned" % (case["name"], fingerprints[0], case["fingerprint"]))
        elif len({played.figures for played in all_played}) > 1:
            problems.append("%s: the fingerprints agree, but figures of the results differ" % case["name"])
        case["fingerprint"] = fingerprints[0]
    for problem in problems:
        print(problem)
    if problems:
        print(LEGITIMATE)
        return 1
    if renew:
        with open(GOLDEN, "w", encoding="utf-8") as file:
            file.write(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    programs = []
    for text in arguments.programs:
        label, equals, path = text.rpartition("=")
        programs.append((label, path) if equals else (os.path.basename(text), text))
    return check(programs, arguments.full, arguments.renew)


if __name__ == "__main__":
    sys.exit(main())
