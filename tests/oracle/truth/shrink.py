"""Makes a failing world smaller while it goes on failing in the same way."""

import copy
import json
import os
import re
import shutil

from experiment import identified
from play import with_ids
from quantities import BILLION, duration, read_json

MOST_TRIALS = 60


def kind(problem):
    """What a difference is about: its path without numbers, or how the program ended."""
    path, _, rest = problem.partition(": ")
    if path.endswith("world"):
        return f"{path}: {rest.split(':')[0]}"
    return re.sub(r"\[[^]]*\]", "[]", path)


def smaller(folder):
    """Changes of a world's texts, each as (what it is, experiment, topology), the ones that save most first."""
    experiment = read_json(os.path.join(folder, "experiment.json"))
    topology = read_json(os.path.join(folder, "topology.json"))
    if experiment.get("replications", 1) > 1:
        yield "one replication", {**experiment, "replications": 1}, topology
    for name, _ in identified(experiment.get("faults", [])):
        less = with_ids(experiment)
        less["faults"] = [fault for fault in less["faults"] if fault["id"] != name]
        yield f"without fault {name}", less, topology
    horizon, warm_up = duration(experiment["horizon"]), duration(experiment.get("warm_up", "0 s"))
    for parts in (4, 6, 7):
        shorter = horizon * parts // 8 // BILLION * BILLION
        if warm_up + BILLION <= shorter < horizon:
            yield f"horizon {shorter // BILLION} s", {**experiment, "horizon": f"{shorter // BILLION} s"}, topology
    if experiment.get("expect"):
        yield "without expectations", {**experiment, "expect": []}, topology
    for name in topology.get("procedures", {}):
        less = copy.deepcopy(topology)
        del less["procedures"][name]
        yield f"without procedure {name}", experiment, less
    for name in experiment["load"]:
        if len(experiment["load"]) > 1:
            less = copy.deepcopy(experiment)
            del less["load"][name]
            less["expect"] = []
            yield f"without the load of {name}", less, topology


def copied(folder, target, experiment, topology):
    """The world's files, not what was played, with these texts."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    for name in os.listdir(folder):
        if os.path.isfile(os.path.join(folder, name)):
            shutil.copy(os.path.join(folder, name), target)
    for name, text in (("experiment.json", experiment), ("topology.json", topology)):
        with open(os.path.join(target, name), "w", encoding="utf-8") as file:
            json.dump(text, file, indent=1)


def shrink(folder, problems, judge):
    """Shrinks the world in place; `judge(folder)` gives its problems. What was done, and the problems that are left."""
    wanted, steps, trials = {kind(problem) for problem in problems}, [], 0
    again = True
    while again and trials < MOST_TRIALS:
        again = False
        for what, experiment, topology in smaller(folder):
            trials += 1
            if trials > MOST_TRIALS:
                break
            trial = folder + "-trial"
            copied(folder, trial, experiment, topology)
            left = judge(trial)
            if wanted & {kind(problem) for problem in left}:
                shutil.rmtree(folder)
                os.rename(trial, folder)
                problems, again = left, True
                steps.append(what)
                break
            shutil.rmtree(trial)
    return steps, problems
