#!/usr/bin/python3
"""Every figure of the definition by brute force, from the CSV files of a run and the texts of its experiment.

usage: truth.py DIR EXPERIMENT TOPOLOGY [--without FAULT=DIR]... [--level 95%]

Written from DEFINITIONS.md alone: it shares no code with the program whose figures it checks. Prints one JSON document; times are
text with nine decimals, null, or "infinity".
"""

import argparse
import itertools
import json
import sys
from fractions import Fraction

import entries as lines
import interruptions as breaks
import promises
from experiment import base_name, read_experiment
from losses import Losses, rpo_of
from ownership import candidates, late, own
from quantities import duration, seconds, share
from records import Run, read_run
from recovery import INFINITY, earliest, either, of_operation, span, worst_of


class Truth:
    """All replications of one experiment, with the replays of it."""

    def __init__(self, experiment, runs, without=None, level=0.95):
        self.experiment, self.runs, self.level = experiment, runs, level
        self.without = without or {}
        self.operations = sorted(set(experiment.loaded) | {name for run in runs.values() for name in run.requests})
        first = runs[min(runs)] if runs else Run()
        self.basis = {name: lines.basis_of(first, name, experiment) for name in self.operations}
        self.walked = {}  # (replication, operation) -> entries
        self.found = {}  # (hold, replication, operation) -> interruptions with owners
        self.losses = {number: Losses(run, experiment) for number, run in runs.items()}

    def entries(self, number, operation):
        key = number, operation
        if key not in self.walked:
            self.walked[key] = lines.entries_of(self.runs[number], operation, self.experiment, self.basis[operation])
        return self.walked[key]

    def find(self, run, operation, hold, fate):
        entries = lines.entries_of(run, operation, self.experiment, self.basis[operation], fate)
        return breaks.find(breaks.Sequence(entries, self.basis[operation], hold, self.experiment.horizon))

    def fates(self, number):
        """The known one alone, where the replication leaves nothing undecided."""
        open_ones = any(entry.kind == lines.UNDECIDED for name in self.operations for entry in self.entries(number, name))
        return lines.FATES if open_ones else lines.FATES[:1]

    def interruptions(self, number, operation, hold=None, fate=lines.UNDECIDED):
        hold = self.experiment.hold if hold is None else hold
        key = hold, number, operation, fate
        if key not in self.found:
            self.found[key] = self.find(self.runs[number], operation, hold, fate)
            self.own(*key)
        return self.found[key]

    def own(self, hold, number, operation, fate):
        """Whose the interruptions of an operation are, by the replays that there are."""
        found = self.found[hold, number, operation, fate]
        faults = lines.faults_that_count(self.runs[number], self.experiment)
        replays = {name: self.find(runs[number], operation, hold, fate)
                   for name, runs in self.without.items() if number in runs} if found else {}
        for one in found:
            own(one, faults, hold, replays, self.runs[number].audit)

    def holds(self):
        """The experiment's, and those of its expectations."""
        return sorted({self.experiment.hold}
                      | {duration(one["hold"]) for one in self.experiment.expectations if "hold" in one})

    def competitors(self):
        """The faults that are candidates for an interruption together with others: what must be played without them."""
        names = set()
        for hold in self.holds():
            for number, run in self.runs.items():
                faults = lines.faults_that_count(run, self.experiment)
                for operation, fate in itertools.product(self.operations, self.fates(number)):
                    for one in self.interruptions(number, operation, hold, fate):
                        found = candidates(one.begin, one.end, faults, hold)
                        among = {fault.name for fault in found}
                        names |= among if len(among) > 1 or late(one, found) else set()
        return sorted(names)

    def replayed(self, without):
        """Judges once more whose each interruption is, by runs without one fault each."""
        self.without = without
        for key in self.found:
            self.own(*key)

    # ---- operations --------------------------------------------------------------------------------------------

    def operation(self, name):
        basis, measured = self.basis[name], self.experiment.measured
        runs = [self.run_of_operation(number, name) for number in self.runs]
        n = max(1, len(runs))
        sums = {key: sum(run[key] for run in runs)
                for key in ("arrived", "succeeded", "failed", "unanswered", "succeeded_in_time")}
        interrupted = sum(run.pop("interrupted") for run in runs)
        by_fate = {fate: sum(self.interrupted(number, name, fate) for number in self.runs) for fate in lines.FATES}
        every = [(number, one) for number in self.runs for one in self.interruptions(number, name)]
        invoices = {}
        for number in self.runs:
            for key, value in self.losses[number].counted(name).items():
                invoices[key] = invoices.get(key, 0) + value
        arrived = sums["arrived"]
        result = {key: per_run(sums[key], n) for key in ("arrived", "succeeded", "failed", "unanswered")}
        result["total"] = {key: sums[key] for key in ("arrived", "succeeded", "failed", "unanswered")}
        result["throughput_per_s"] = sums["succeeded_in_time"] * 1e9 / (measured * n)
        result.update({
            "bound_s": seconds(basis.bound), "bound_origin": basis.bound_origin,
            "allowed_share": basis.allowed / 1e9, "allowed_origin": basis.allowed_origin,
            "calm": {"successes": basis.calm_count, "p99_s": seconds(basis.calm_p99), "cycle_s": seconds(basis.cycle)},
            "availability": {
                "request": {"if_all_fail": ratio(sums["succeeded"], arrived),
                            "if_all_succeed": ratio(sums["succeeded"] + sums["unanswered"], arrived)},
                "time": {"value": 1 - interrupted / (measured * n), "interrupted_s": seconds(interrupted),
                         "if_all_fail": 1 - by_fate["bad"] / (measured * n),
                         "if_all_succeed": 1 - by_fate["good"] / (measured * n),
                         "first": self.experiment.users(name) is not None}},
            "interruptions": [self.listed(number, one) for number, one in every],
            "longest_interruption_s": longest([one for _, one in every], self.experiment.horizon),
            "bad_time_s": seconds(sum(one.bad_time for _, one in every)),
            "invoices": invoices, "runs": runs})
        return result

    def interrupted(self, number, name, fate):
        """Measured time in interruptions, were the undecided requests what the fate says."""
        fate = fate if fate in self.fates(number) else lines.UNDECIDED
        return sum(breaks.time_within(one, self.experiment.warm_up, self.experiment.horizon)
                   for one in self.interruptions(number, name, fate=fate))

    def run_of_operation(self, number, name):
        result = {"replication": number, **lines.counts(self.runs[number], name, self.experiment)}
        kinds = [entry.kind for entry in self.entries(number, name) if not entry.repeated]
        found = self.interruptions(number, name)
        interrupted = self.interrupted(number, name, lines.UNDECIDED)
        result.update({"bad": kinds.count("bad"), "late": kinds.count("late"), "undecided": kinds.count("undecided"),
                       "throughput_per_s": result["succeeded_in_time"] * 1e9 / self.experiment.measured,
                       "longest_interruption_s": longest(found, self.experiment.horizon),
                       "bad_time_s": seconds(sum(one.bad_time for one in found)),
                       "availability_by_time": 1 - interrupted / self.experiment.measured,
                       "interrupted": interrupted, "invoices": self.losses[number].counted(name)})
        return result

    def listed(self, number, one):
        return {"replication": number, "begin_s": seconds(one.begin), "end_s": seconds(one.end),
                "begin_low_s": seconds(one.begin_low), "begin_high_s": seconds(one.begin_high),
                "end_low_s": seconds(one.end_low), "end_high_s": seconds(one.end_high), "walk": one.walk,
                "bad": one.bad, "late": one.late, "bad_time_s": seconds(one.bad_time),
                "faults": sorted({fault.name for fault in one.faults}), "shared": one.shared,
                "answered_again_s": seconds(one.answered_again),
                "before_measured": one.begin < self.experiment.warm_up}

    # ---- faults ------------------------------------------------------------------------------------------------

    def incident(self, number, fault, hold=None):
        """One fault of one replication: recovery time and onset, for each operation and the worst; times over all fates."""
        known, *others = [self.incident_with(number, fault, hold, fate) for fate in self.fates(number)]
        for other in others:
            known["rto"] = either(known["rto"], other["rto"])
            for name, one in known["operations"].items():
                one["rto"] = either(one["rto"], other["operations"][name]["rto"])
        return known

    def incident_with(self, number, fault, hold, fate):
        hold = self.experiment.hold if hold is None else hold
        run = self.runs[number]
        faults = lines.faults_that_count(run, self.experiment)
        by_operation = {}
        for name in self.operations:
            one = of_operation(fault, self.interruptions(number, name, hold, fate), run.requests.get(name, []),
                               self.entries(number, name), run.audit, hold, self.experiment.horizon)
            one["rpo"] = rpo_of(fault, self.losses[number], faults, hold, run.audit, name)
            by_operation[name] = one
        rto, unseen = worst_of(by_operation) if by_operation else (span(0, 0, 0), [])
        return {"replication": number, "fault": fault, "rto": rto, "unseen": unseen, "operations": by_operation,
                "onset": earliest([one["onset"] for one in by_operation.values()]),
                "rpo": rpo_of(fault, self.losses[number], faults, hold, run.audit)}

    def incidents(self, name, hold=None):
        return [self.incident(number, fault, hold) for number, run in self.runs.items()
                for fault in lines.faults_that_count(run, self.experiment) if fault.name == name]

    def fault_names(self):
        return list(dict.fromkeys(fault.name for run in self.runs.values()
                                  for fault in lines.faults_that_count(run, self.experiment)))

    def disruption(self, name):
        return {"fault": name, "replications": [{
            "replication": one["replication"], "begin_s": seconds(one["fault"].begin),
            "end_s": seconds(one["fault"].end), "onset_s": told(one["onset"]), "rto_s": told(one["rto"]),
            "rpo_s": told(one["rpo"]), "not_seen_by": one["unseen"],
            "operations": {key: self.told_operation(one["replication"], value)
                           for key, value in one["operations"].items()}} for one in self.incidents(name)]}

    def told_operation(self, number, one):
        return {"seen": one["seen"], "onset_s": told(one["onset"]), "rto_s": told(one["rto"]),
                "rpo_s": told(one["rpo"]),
                "shared_with": sorted({f.name for i in one["within"] if i.shared for f in i.faults}),
                "later": [self.listed(number, i) for i in one["later"]]}

    def planned(self):
        """Changes without a fault, with the interruptions that begin while they act or less than `hold` after."""
        result = []
        for number, run in self.runs.items():
            for procedure in dict.fromkeys(act.procedure for act in run.audit if not act.faults):
                acts = [act.at for act in run.audit if act.procedure == procedure and not act.faults]
                result.append({"replication": number, "procedure": procedure, "begin_s": seconds(min(acts)),
                               "last_act_s": seconds(max(acts)), "interruptions": {
                                   name: [self.listed(number, one) for one in self.interruptions(number, name)
                                          if not one.faults
                                          and min(acts) <= one.begin < max(acts) + self.experiment.hold]
                                   for name in self.operations}})
        return result

    # ---- promises ----------------------------------------------------------------------------------------------

    def promise(self, expectation):
        figure = "rto" if "rto" in expectation else "rpo"
        hold = duration(expectation["hold"]) if "hold" in expectation else None
        wanted = promises.stated_share(expectation)
        names = [name for name in self.fault_names()
                 if expectation.get("fault") in (None, name, base_name(name))]
        each = [name for name in names if self.has_targets(name)]
        verdicts = []
        for name in names:
            spans = [self.of_incident(one, figure, expectation.get("operation")) for one in self.incidents(name, hold)]
            level = 1 - (1 - self.level) / len(each) if name in each else self.level
            verdicts.append({"fault": name, **promises.judge(spans, expectation[figure], wanted, level)})
        return {"figure": figure, "bound": expectation[figure], "operation": expectation.get("operation"),
                "share": float(wanted), "faults": verdicts,
                "verdict": promises.total([one["verdict"] for one in verdicts])}

    def has_targets(self, name):
        return any(entry.get("target") == "each" for entry in self.experiment.faults_named(name))

    def of_incident(self, incident, figure, operation):
        return incident[figure] if operation is None else incident["operations"][operation][figure]

    def document(self):
        return {"twinvoice": "truth/1", "hold_s": seconds(self.experiment.hold), "replications": len(self.runs),
                "operations": {name: self.operation(name) for name in self.operations},
                "disruptions": [self.disruption(name) for name in self.fault_names()], "planned": self.planned(),
                "promises": [self.promise(one) for one in self.experiment.expectations
                             if ("rto" in one or "rpo" in one) and one.get("of") != "mean"]}


def per_run(total, n):
    return total // n if total % n == 0 else total / n


def ratio(part, whole):
    return part / whole if whole else None


def longest(found, horizon):
    """The longest; what is not restored counts to the horizon."""
    return seconds(max(((horizon if one.end is None else one.end) - one.begin for one in found), default=0))


def told(one):
    if one is None:
        return None
    return {key: INFINITY if value == INFINITY else seconds(value) for key, value in one.items()}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("experiment")
    parser.add_argument("topology")
    parser.add_argument("--without", action="append", default=[], metavar="FAULT=DIR")
    parser.add_argument("--level", default="95 %")
    options = parser.parse_args(arguments)
    replays = dict(item.split("=", 1) for item in options.without)
    truth = Truth(read_experiment(options.experiment, options.topology), read_run(options.folder),
                  {name: read_run(folder) for name, folder in replays.items()}, float(Fraction(share(options.level))))
    json.dump(truth.document(), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
