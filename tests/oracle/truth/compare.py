#!/usr/bin/python3
"""Lists every difference between the oracle's document and a result document, by path; exit code 1 when there is one.

usage: compare.py ORACLE.json RESULT.json

Times are compared to the nanosecond (the result's seconds are doubles: rounded), counts exactly, shares to 2e-9. The names
of DEFINITIONS.md, section 8, must be there; what the oracle tells beside them is compared where the result has it too.
"""

import json
import sys

from quantities import BILLION, instant

SHARE_TOLERANCE = 2e-9
RATE_TOLERANCE = 1e-9  # relative
REQUIRED = {
    "operation": ("unanswered", "bound_s", "availability", "interruptions", "longest_interruption_s", "bad_time_s",
                  "invoices"),
    "interruption": ("replication", "begin_s", "end_s", "begin_low_s", "begin_high_s", "end_low_s", "end_high_s", "walk",
                     "bad", "late", "bad_time_s", "faults", "shared"),
    "disruption": ("onset_s", "rto_s", "rpo_s"),
}
WORDS = ("bound_origin", "allowed_origin", "first")  # told by each in its own words
ABSENT = object()


def by_name(value):
    """A dictionary by name, also of a list of objects that have one."""
    if isinstance(value, list):
        return {next((item[key] for key in ("name", "operation", "fault", "id") if key in item), i): item
                for i, item in enumerate(value)}
    return value or {}


def nanoseconds(value):
    if value is None or value == "infinity":
        return value
    if isinstance(value, str):
        return instant(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return "no time"
    if value == float("inf"):
        return "infinity"
    return round(value * BILLION)


def plain_number(ours, theirs):
    """A number beside which the result tells more: its interval, or its parts."""
    if isinstance(ours, (int, float)) and isinstance(theirs, dict):
        return theirs.get("value", theirs.get("total", theirs))
    if ours is None and isinstance(theirs, dict) and theirs and all(value is None for value in theirs.values()):
        return None
    return theirs


class Comparison:
    def __init__(self):
        self.differences = []

    def differ(self, path, ours, theirs):
        shown = "nothing" if theirs is ABSENT else json.dumps(theirs)
        self.differences.append(f"{path}: oracle {json.dumps(ours)}, result {shown}")

    def value(self, path, ours, theirs):
        key = path.rsplit(".", 1)[-1]
        if key in WORDS:
            return
        theirs = plain_number(ours, theirs)
        if isinstance(ours, dict):
            self.fields(path, ours, theirs, ())
        elif isinstance(ours, list):
            self.items(path, ours, theirs)
        elif key.endswith("_s") or key in ("low", "value", "high") and (isinstance(ours, str) or ours is None):
            # An open upper end may be told as null or as infinity.
            mine, other = nanoseconds(ours), nanoseconds(theirs)
            if mine != other and {mine, other} != {None, "infinity"}:
                self.differ(path, ours, theirs)
        elif isinstance(ours, float) and isinstance(theirs, (int, float)):
            if abs(ours - theirs) > max(SHARE_TOLERANCE, RATE_TOLERANCE * abs(ours)):
                self.differ(path, ours, theirs)
        elif ours != theirs:
            self.differ(path, ours, theirs)

    def fields(self, path, ours, theirs, required):
        if not isinstance(theirs, dict):
            self.differ(path, ours, theirs)
            return
        for key, value in ours.items():
            if key in theirs:
                self.value(f"{path}.{key}", value, theirs[key])
            elif key in required:
                self.differ(f"{path}.{key}", value, ABSENT)

    def items(self, path, ours, theirs, required=()):
        if not isinstance(theirs, list):
            self.differ(path, ours, theirs)
            return
        if len(ours) != len(theirs):
            self.differ(f"{path}.length", len(ours), len(theirs))
        if all(isinstance(name, str) for name in ours + theirs):
            ours, theirs = sorted(ours), sorted(theirs)  # names of faults: a set
        for i, (mine, other) in enumerate(zip(ours, theirs)):
            if isinstance(mine, dict):
                self.fields(f"{path}[{i}]", mine, other, required)
            else:
                self.value(f"{path}[{i}]", mine, other)

    def operation(self, path, ours, theirs):
        plain = {key: value for key, value in ours.items() if key not in ("interruptions", "runs")}
        self.fields(path, plain, theirs, REQUIRED["operation"])
        if "interruptions" not in theirs:
            self.differ(f"{path}.interruptions", ours["interruptions"], ABSENT)
            return
        self.items(f"{path}.interruptions", in_order(ours["interruptions"]), in_order(theirs["interruptions"]),
                   REQUIRED["interruption"])
        if isinstance(theirs.get("runs"), list):
            self.items(f"{path}.runs", ours["runs"], theirs["runs"])

    def disruption(self, path, ours, theirs):
        mine, other = by_replication(ours), by_replication(theirs)
        for key, value in mine.items():
            if key not in other:
                self.differ(f"{path}.replications[{key}]", {"begin_s": value["begin_s"]}, ABSENT)
            else:
                self.fields(f"{path}.replications[{key}]", {k: v for k, v in value.items() if k != "replication"},
                            other[key], REQUIRED["disruption"])
        for key in other:
            if key not in mine:
                self.differ(f"{path}.replications[{key}]", None, "an incident")

    def documents(self, ours, theirs):
        for name, parts, compare in (("operations", "operation", self.operation),
                                     ("disruptions", "fault", self.disruption)):
            mine, other = by_name(ours[name]), by_name(theirs.get(name))
            for key, value in mine.items():
                if key not in other:
                    self.differ(f"{name}.{key}", f"an {parts}", ABSENT)
                else:
                    compare(f"{name}.{key}", value, other[key])
        known = by_name(ours["disruptions"])
        for key, value in by_name(theirs.get("disruptions")).items():
            if key not in known and value.get("replications"):
                self.differ(f"disruptions.{key}", None, "an incident")
        return self.differences


def in_order(interruptions):
    return sorted(interruptions, key=lambda one: (one.get("replication", 0), nanoseconds(one.get("begin_s")) or 0))


def by_replication(disruption):
    """By replication, and by turn where a fault comes several times in one."""
    found, turns = {}, {}
    for one in disruption.get("replications", []):
        number = one.get("replication", 0)
        turns[number] = turns.get(number, 0) + 1
        found[f"{number}" if turns[number] == 1 else f"{number}#{turns[number]}"] = one
    return found


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    documents = []
    for path in arguments:
        with open(path, encoding="utf-8") as file:
            documents.append(json.load(file))
    differences = Comparison().documents(*documents)
    print("\n".join(differences) if differences else "no difference")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
