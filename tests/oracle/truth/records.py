"""The CSV files of a run, as DEFINITIONS.md, section 8, names their columns."""

import csv
import os
from collections import defaultdict
from typing import NamedTuple, Optional

from quantities import instant


class Request(NamedTuple):
    ordinal: int
    arrived: int
    decided: Optional[int]  # None: open
    outcome: str  # succeeded, failed, unanswered
    told: str  # issued, refused, unknown
    cause: str


class Commit(NamedTuple):
    log: str
    place: str
    epoch: int
    shard: str
    position: int
    operation: str
    ordinal: int
    commit: int
    returned: Optional[int]


class LogEvent(NamedTuple):
    log: str
    at: int
    event: str
    place: str
    shard: str
    epoch: Optional[int]
    position: Optional[int]


class Fault(NamedTuple):
    name: str
    begin: int
    end: Optional[int]  # None: to the end of the run; the begin itself: an impulse


class Act(NamedTuple):
    at: int
    procedure: str
    act: str
    faults: tuple


class Run:
    """One replication."""

    def __init__(self):
        self.requests = defaultdict(list)  # by operation, in the order of the file
        self.commits = []
        self.log = []
        self.faults = []
        self.audit = []


def number(text):
    return None if text is None or text.strip() == "" else int(text)


def rows(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def names(text):
    """The faults of an act: several are parted by semicolons, bars or blanks."""
    for mark in ";|,":
        text = text.replace(mark, " ")
    return tuple(text.split())


def read_run(folder):
    """Every replication of a folder by its number, in ascending order."""
    runs = defaultdict(Run)
    for row in rows(folder, "requests.csv"):
        runs[int(row["replication"])].requests[row["operation"]].append(Request(
            int(row["ordinal"]), instant(row["arrived_s"]), instant(row["decided_s"]), row["outcome"],
            row.get("told") or "", row.get("cause") or ""))
    for row in rows(folder, "commits.csv"):
        runs[int(row["replication"])].commits.append(Commit(
            row["log"], row["place"], int(row["epoch"]), row["shard"], int(row["position"]), row["operation"],
            number(row["ordinal"]), instant(row["commit_s"]), instant(row["returned_s"])))
    for row in rows(folder, "log.csv"):
        runs[int(row["replication"])].log.append(LogEvent(
            row["log"], instant(row["at_s"]), row["event"], row["place"], row.get("shard") or "",
            number(row.get("epoch")), number(row.get("position"))))
    for row in rows(folder, "faults.csv"):
        runs[int(row["replication"])].faults.append(
            Fault(row["fault"], instant(row["begin_s"]), instant(row["end_s"])))
    for row in rows(folder, "audit.csv"):
        runs[int(row["replication"])].audit.append(
            Act(instant(row["at_s"]), row["procedure"], row["act"], names(row.get("faults") or "")))
    for run in runs.values():
        for requests in run.requests.values():
            requests.sort(key=lambda request: (request.arrived, request.ordinal))
        run.faults.sort(key=lambda fault: fault.begin)
    return dict(sorted(runs.items()))
