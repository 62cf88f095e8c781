#!/usr/bin/python3
"""Plays random worlds and compares every figure of the program with the brute-force oracle's.

usage: check_worlds.py [--count N] [--first SEED] [--jobs J] [--keep DIR] PROGRAM
       check_worlds.py --world DIR PROGRAM

Each world is played with two replications, and once more without each fault that competes with another one for an
interruption: whose it is shows in what does not happen then. The oracle reads the CSV files and the texts, nothing else.
Worlds without procedures are played by the referee as well. One line for each figure that differs, with the seed. A world
that fails is kept; the first few are made smaller while they fail in the same way, and `--world` plays them again. The census
says what happened in the worlds; from 40 on it is a failure when they are too dull. The exit code is 1 when anything failed.

    --count N   so many worlds (40)            --jobs J    so many at a time (one for each processor)
    --first S   the seed of the first (1)      --keep DIR  where the folders of failing worlds go (failing-worlds)
    --smaller N so many failing worlds are made smaller (3)
    --world DIR this world, as it stands there, is not made smaller
    --census    compares nothing: only the census counts
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import traceback
from collections import Counter

import census
import compare
import worlds
from play import Ended, Played
from quantities import read_json
from shrink import kind, shrink

FULL_MIX = 40  # so many worlds must meet everything that they are drawn for
BUDGET = None  # of all processes: how many failing worlds may yet be made smaller


def has_procedures(folder):
    """Replication is a procedure too."""
    topology = read_json(os.path.join(folder, "topology.json"))
    return bool(topology.get("procedures")) or any(
        "replication" in component for component in topology["components"].values())


def problems_of(program, folder, engine, comparing):
    """(problems, what was played or None): each problem is "path: what differs"."""
    try:
        played = Played(program, folder, engine)
        return compare.Comparison().documents(played.oracle, played.document) if comparing else [], played
    except Ended as ended:
        return [f"world: {ended}"], None
    except (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, TypeError, ValueError) as wrong:
        # A table or a document that is not as it should be.
        at = traceback.extract_tb(wrong.__traceback__)[-1]
        name = os.path.basename(at.filename)
        return [f"world: cannot be read: {type(wrong).__name__} at {name}:{at.lineno}: {wrong}"], None


def judge(program, folder, comparing=True, world=None):
    """(problems, counts) of the world in a folder, played by each engine that can."""
    problems, counts = [], Counter()
    for engine in ("kernel",) if has_procedures(folder) else ("kernel", "referee"):
        found, played = problems_of(program, folder, engine, comparing)
        problems += found if engine == "kernel" else ["referee " + line for line in found]
        if engine == "kernel" and played is not None:
            counts = census.of_world(world, played)
    return problems, counts


def check_seed(task):
    """Draws, plays and judges one world; its lines and counts."""
    program, seed, keep, comparing = task
    with tempfile.TemporaryDirectory(prefix="twinvoice-world-") as scratch:
        folder = os.path.join(scratch, "world")
        world = worlds.draw(seed)
        world.write(folder)
        problems, counts = judge(program, folder, comparing, world)
        if not problems:
            return seed, [], [], counts
        kept = os.path.join(keep, str(seed))
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, os.path.join(kept, "as-drawn"))
        lines, again = [f"seed {seed}: {line}" for line in problems], "as-drawn"
        if may_be_smaller():
            steps, left = shrink(folder, problems, lambda trial: judge(program, trial)[0])
            shutil.copytree(folder, os.path.join(kept, "smaller"))
            lines.append(f"seed {seed}: smaller: {', '.join(steps) or 'nothing can be left out'}")
            lines += [f"seed {seed}: smaller: {line}" for line in left[:3]]
            again = "smaller"
        lines.append(f"seed {seed}: again: check_worlds.py --world {os.path.join(kept, again)} {' '.join(program)}")
        return seed, sorted({kind(problem) for problem in problems}), lines, counts


def start(budget):
    """A process of the pool."""
    global BUDGET
    BUDGET = budget


def may_be_smaller():
    with BUDGET.get_lock():
        BUDGET.value -= 1
        return BUDGET.value >= 0


def check_folder(program, folder):
    with tempfile.TemporaryDirectory(prefix="twinvoice-world-") as scratch:
        copy = os.path.join(scratch, "world")
        os.makedirs(copy)
        for name in os.listdir(folder):
            if os.path.isfile(os.path.join(folder, name)):
                shutil.copy(os.path.join(folder, name), copy)
        return judge(program, copy)


def check_many(options):
    seeds = range(options.first, options.first + options.count)
    tasks = [(options.program, seed, options.keep, not options.census) for seed in seeds]
    total, failed, kinds = Counter(), [], Counter()
    budget = multiprocessing.Value("i", options.smaller)
    with multiprocessing.Pool(min(options.jobs, len(tasks)), start, (budget,)) as pool:
        for seed, found, lines, counts in pool.imap(check_seed, tasks):
            total.update(counts)
            kinds.update(found)
            failed += [seed] if lines else []
            for line in lines:
                print(line, flush=True)
    print(census.told(total))
    for what, worlds_with_it in kinds.most_common():
        print(f"{worlds_with_it} worlds: {what}")
    dull = census.too_dull(total) if options.count >= FULL_MIX and not failed else []
    for line in dull:
        print(line)
    print(f"{options.count} worlds, " + ("compared with nothing" if options.census else f"{len(failed)} differ"))
    return 1 if failed or dull else 0


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--count", type=int, default=FULL_MIX)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--keep", default="failing-worlds")
    parser.add_argument("--smaller", type=int, default=3)
    parser.add_argument("--world")
    parser.add_argument("--census", action="store_true")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args(arguments)
    if options.world is None:
        return check_many(options)
    problems, counts = check_folder(options.program, options.world)
    print("\n".join(problems + [census.told(counts)]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
