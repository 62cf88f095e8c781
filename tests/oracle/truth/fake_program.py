#!/usr/bin/python3
"""Stands for the program in the tests of the harness: `run EXPERIMENT --csv DIR ...` of a toy service.

A request of each operation comes every second and fails while a fault is in force. Each success is a record of one log. When a
place is lost for the first time, another one that has all but the last three records leads from 20 s later on. The document
is the oracle's own, made wrong in the way that TWINVOICE_FAKE names: begin, loss, interruption, owner, table, exit.
"""

import csv
import json
import os
import sys

from experiment import Experiment, identified
from play import without_fault
from quantities import BILLION, duration, instant, read_json, seconds
from records import read_run
from truth import Truth

HEADS = {
    "requests.csv": "replication,operation,ordinal,root,arrived_s,decided_s,outcome,cause,told",
    "commits.csv": "replication,log,place,epoch,shard,position,operation,ordinal,commit_s,returned_s",
    "log.csv": "replication,log,at_s,event,place,shard,epoch,position",
    "faults.csv": "replication,fault,begin_s,end_s",
    "audit.csv": "replication,at_s,procedure,act,faults",
}
LOSE_A_PLACE = ("region_down", "zone_down")


def faults_of(text):
    """(id, kind, begin, end or None) of each."""
    found = []
    for name, fault in identified(text.get("faults", [])):
        begin = duration(fault["at"] if "at" in fault else fault["within"][0])
        found.append((name, fault["fault"], begin, begin + duration(fault["duration"]) if "duration" in fault else None))
    return found


def tables(text):
    """The rows of every file."""
    rows = {name: [] for name in HEADS}
    horizon, faults = duration(text["horizon"]), faults_of(text)
    change = min((begin + 20 * BILLION for _, kind, begin, _ in faults if kind in LOSE_A_PLACE), default=None)
    for replication in range(text.get("replications", 1)):
        for name, _, begin, end in faults:
            rows["faults.csv"].append([replication, name, seconds(begin), seconds(end)])
        position = 0
        for second in range(1, horizon // BILLION):
            for ordinal, operation in enumerate(sorted(text["load"])):
                at = second * BILLION + 1_000_003 * (replication + ordinal)
                done = at + 70_000_000
                bad = any(begin <= at and (end is None or at < end) for _, _, begin, end in faults)
                rows["requests.csv"].append([replication, operation, second, second, seconds(at), seconds(done),
                                             "failed" if bad else "succeeded", "reset" if bad else "",
                                             "refused" if bad else "issued"])
                if not bad:
                    position += 1
                    old = change is None or at < change
                    rows["commits.csv"].append([replication, "database", "here" if old else "there", 1 if old else 2, 0,
                                                position, operation, second, seconds(done), seconds(done)])
        if change is not None and change < horizon:
            had = sum(1 for row in rows["commits.csv"] if row[0] == replication and row[3] == 1) - 3
            rows["log.csv"] += [[replication, "database", seconds(change - 1), "received", "there", 0, 1, max(0, had)],
                                [replication, "database", seconds(change), "leads", "there", "", 2, ""]]
    return rows


def write(folder, rows):
    os.makedirs(folder, exist_ok=True)
    for name, head in HEADS.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(head.split(","))
            writer.writerows(rows[name])


def document(text, topology, folder):
    truth = Truth(Experiment(text, topology), read_run(folder))
    without = {}
    for name in truth.competitors():
        other = os.path.join(folder, "without", name)
        write(other, tables(without_fault(text, name)))
        without[name] = read_run(other)
    truth.replayed(without)
    return truth.document()


def spoil(made, how):
    """One figure is wrong."""
    operations = list(made["operations"].values())
    found = [one for operation in operations for one in operation["interruptions"]]
    if how == "begin" and found:
        found[-1]["begin_s"] = seconds(instant(found[-1]["begin_s"]) + 1)
    if how == "interruption" and found:
        next(operation["interruptions"] for operation in operations if operation["interruptions"]).pop()
    if how == "owner" and found:
        found[0]["shared"] = not found[0]["shared"]
    losing = [operation["invoices"] for operation in operations if operation["invoices"]["acknowledged_lost"]]
    if how == "loss" and losing:
        losing[0]["acknowledged_lost"] -= 1


def main(arguments):
    path, folder = arguments[1], arguments[arguments.index("--csv") + 1]
    how = os.environ.get("TWINVOICE_FAKE", "")
    if how == "exit":
        sys.exit("it fell over")
    text = read_json(path)
    write(folder, tables(text))
    made = document(text, read_json(os.path.join(os.path.dirname(path), text["topology"])), folder)
    spoil(made, how)
    if how == "table":
        os.remove(os.path.join(folder, "log.csv"))
    json.dump(made, sys.stdout)
    sys.exit(4)  # undecided, as most runs of two replications


if __name__ == "__main__":
    main(sys.argv[1:])
