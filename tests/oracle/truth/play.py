"""Plays a world with the program, and again without each fault that competes with another one; the oracle reads the files."""

import copy
import json
import os
import shutil
import subprocess

from experiment import Experiment, identified
from quantities import read_json
from records import read_run
from truth import Truth

TABLES = ("requests.csv", "commits.csv", "log.csv", "faults.csv", "audit.csv")
PLAYED = (0, 3, 4)  # exit codes of a run that went to its end, whatever its verdicts


class Ended(Exception):
    """The program did not play a world to its end."""


def play(program, experiment, tables, engine):
    """The result document; the CSV files are in the folder `tables`."""
    command = [*program, "run", experiment, "--format", "json", "--quiet", "--workers", "1", "--engine", engine,
               "--csv", tables, "--requests"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    # 1 with a document: an expectation that nothing in the world tells anything of.
    if done.returncode not in PLAYED and not (done.returncode == 1 and done.stdout):
        said = " ".join((done.stderr or done.stdout).decode(errors="replace").split())
        raise Ended(f"exit code {done.returncode}: {said[-400:]}")
    missing = [name for name in TABLES if not os.path.exists(os.path.join(tables, name))]
    if missing:
        raise Ended(f"not written: {', '.join(missing)}")
    try:
        return json.loads(done.stdout)
    except ValueError as wrong:
        raise Ended(f"its output is no JSON: {wrong}") from wrong


def with_ids(experiment):
    """The same experiment whose faults have their ids written out, so that one can go and the others keep theirs."""
    found = copy.deepcopy(experiment)
    found["faults"] = [{**fault, "id": name} for name, fault in identified(experiment.get("faults", []))]
    return found


def without_fault(experiment, name):
    """The experiment without one fault. What it expects is left out: that may speak of the fault."""
    found = with_ids(experiment)
    found["faults"] = [fault for fault in found["faults"] if fault["id"] != name]
    found.pop("expect", None)
    return found


def rewrite(folder, target, experiment):
    """A copy of a world's files with another experiment text; the path of the experiment."""
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.path.abspath(folder) != os.path.abspath(target):
            shutil.copy(path, target)
    path = os.path.join(target, "experiment.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(experiment, file, indent=1)
    return path


class Played:
    """A world played by one engine: the program's document, and the oracle's of the same run."""

    def __init__(self, program, folder, engine):
        path = os.path.join(folder, "experiment.json")
        text = read_json(path)
        topology = read_json(os.path.join(folder, text["topology"]))
        tables = os.path.join(folder, engine)
        self.document = play(program, path, tables, engine)
        experiment = Experiment(text, topology)
        if "follow_s" in self.document.get("manifest", {}):
            experiment.followed = round(self.document["manifest"]["follow_s"] * 1_000_000_000)
        self.truth = Truth(experiment, read_run(tables))
        self.competitors = self.truth.competitors()
        replays = {}
        for name in self.competitors:
            other = os.path.join(folder, f"{engine}-without-{name}")
            played = os.path.join(other, engine)
            play(program, rewrite(folder, other, without_fault(text, name)), played, engine)
            replays[name] = read_run(played)
        self.truth.replayed(replays)
        self.oracle = self.truth.document()
