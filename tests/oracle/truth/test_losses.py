#!/usr/bin/python3
"""Whose an outage is, what is lost, promises, and the small tools: Sections 1, 5, 6, 7 and scenarios 4, 5, 21-23."""

import contextlib
import csv
import io
import json
import math
import os
import random
import tempfile
import unittest
from fractions import Fraction

import compare
import promises
import truth as program
from entries import Basis, Entry
from interruptions import Sequence
from quantities import BILLION, duration, instant, seconds, share, without_comments
from records import Request
from scenes import experiment, first, ns, requests, run, truth
from walks import Walk, plain_alarm, upper_tail


def dead(*spans):
    return lambda t: "failed" if any(begin <= t < end for begin, end in spans) else None


class Owners(unittest.TestCase):
    """Worlds of several faults; `outages` says when requests fail while just the named faults are there."""

    def world(self, faults, outages, replays=True):
        def one(names):
            rows = [row for row in faults if row[0] in names]
            return run({"op": requests(dead(*outages(names)), "0.1", 1500)}, rows)
        names = {row[0] for row in faults}
        without = {name: [one(names - {name})] for name in names} if replays else None
        return truth(experiment("25 min"), one(names), without=without)

    def told(self, one, *names):
        return [one.incidents(name)[0]["rto"]["value"] // BILLION for name in names]

    def test_4_two_halves_of_a_pair(self):
        one = self.world([("f", 600, 900), ("g", 700, 1000)], lambda names: [(700, 900)] if len(names) == 2 else [])
        broken, = first(one)
        self.assertEqual((broken.begin, broken.shared), (ns(700), True))
        self.assertEqual(self.told(one, "f", "g"), [200, 200])
        self.assertEqual([one.incidents(n)[0]["onset"]["value"] for n in "fg"], [ns(100), 0])

    def test_5_lost_twice_over(self):
        one = self.world([("f", 600, 900), ("g", 600, 900)], lambda names: [(600, 900)])
        self.assertTrue(first(one)[0].shared)
        self.assertEqual(self.told(one, "f", "g"), [300, 300])

    def test_two_cuts(self):
        spans = {"f": (100, 160), "g": (140, 200)}
        for replays in (True, False):
            one = self.world([(n, *s) for n, s in spans.items()], lambda names: [spans[n] for n in names], replays)
            self.assertEqual(len(first(one)), 1)
            self.assertEqual(self.told(one, "f", "g"), [100, 60])

    def test_a_harmless_fault_owns_nothing(self):
        for begin, end in ((590, 1000), (650, 660)):
            one = self.world([("f", 600, 900), ("h", begin, end)],
                             lambda names: [(600, 900)] if "f" in names else [])
            self.assertEqual([fault.name for fault in first(one)[0].faults], ["f"])
            self.assertEqual(self.told(one, "f", "h"), [300, 0])

    def test_a_later_fault_that_makes_it_longer(self):
        one = self.world([("f", 600, 700), ("g", 650, 800)],
                         lambda names: [(600, 700)] * ("f" in names) + [(650, 800)] * ("g" in names))
        self.assertEqual(self.told(one, "f", "g"), [200, 150])

    def test_ended_long_ago(self):
        one = self.world([("f", 100, 200), ("g", 600, 900)], lambda names: [(600, 900)], replays=False)
        self.assertEqual([fault.name for fault in first(one)[0].faults], ["g"])


class Lost(unittest.TestCase):
    """A log with a commit every 89 ms at A, shipped to B every 100 ms."""

    def world(self, log, fault_rows=(("f", 60, None),), last="60", text=None, extra=(), told="issued", act_rows=()):
        made, commits, i, at = [], [], 0, ns("0.089")
        while at < ns(last):
            i += 1
            made.append(Request(i, at - ns("0.01"), at + ns("0.01"), "succeeded", told, ""))
            commits.append(("db", "a", 1, "0", i, "op", i, seconds(at), seconds(at + ns("0.001"))))
            at += ns("0.089")
        text = text or experiment("5 min")
        return truth(text, run({"op": made}, fault_rows, act_rows, commits + list(extra), log)), i

    def shipped(self, position, at=59.9):
        return ("db", at, "received", "b", "0", 1, position)

    def test_21_the_oldest_unsent(self):
        at = [i * 89 for i in range(1, 675)]
        sent = sum(1 for t in at if t < 59_900)
        oldest = min(t for t in at if t > 59_900)
        one, last = self.world([self.shipped(sent), ("db", 60, "down", "a", "0", None, None),
                                ("db", 120, "leads", "b", "0", 2, sent)])
        gap = (60_000 - oldest) * 1_000_000
        self.assertEqual(one.incidents("f")[0]["rpo"], {"low": gap, "value": gap, "high": gap})
        invoices = one.operation("op")["invoices"]
        self.assertEqual((invoices["acknowledged_lost"], invoices["stranded"]), (last - sent, 0))

    def test_21_of_the_page(self):
        commits = [("db", "a", 1, "0", 1, "op", 1, "59.850", "59.851"), ("db", "a", 1, "0", 2, "op", 2, "59.911", "59.912")]
        made = [Request(i, ns(59), ns("59.95"), "succeeded", "issued", "") for i in (1, 2)]
        log = [self.shipped(1), ("db", 60, "down", "a", "", None, None), ("db", 100, "leads", "b", "", 2, 1)]
        one = truth(experiment("5 min"), run({"op": made}, [("f", 60, None), ("g", 220, 230)], (), commits, log))
        self.assertEqual(seconds(one.incidents("f")[0]["rpo"]["value"]), "0.089000000")
        self.assertEqual(one.incidents("g")[0]["rpo"]["value"], 0)
        one.experiment.expectations = [{"rpo": "<= 0 s"}, {"rpo": "<= 1 s", "operation": "op"}]
        self.assertEqual([one.promise(p)["faults"][0]["broken"] for p in one.experiment.expectations], [1, 0])

    def test_nothing_lacks(self):
        one, last = self.world([self.shipped(673), ("db", 60, "down", "a", "0", None, None),
                                ("db", 120, "leads", "b", "0", 2, 673)])
        self.assertEqual(last, 673 + 1)
        self.assertEqual(one.operation("op")["invoices"]["acknowledged_lost"], 1)
        one, _ = self.world([self.shipped(674), ("db", 60, "down", "a", "0", None, None),
                             ("db", 120, "leads", "b", "0", 2, 674)])
        self.assertEqual(one.incidents("f")[0]["rpo"], {"low": 0, "value": 0, "high": 0})

    def test_22_the_old_leader_is_back(self):
        log = [self.shipped(600), ("db", 60, "down", "a", "0", None, None), ("db", 120, "leads", "b", "0", 2, 600),
               ("db", 180, "up", "a", "0", None, None)]
        invoices = self.world(log)[0].operation("op")["invoices"]
        self.assertEqual((invoices["acknowledged_lost"], invoices["stranded"]), (74, 74))
        invoices = self.world(log + [("db", 200, "reconciled", "a", "0", 1, 670)])[0].operation("op")["invoices"]
        self.assertEqual((invoices["acknowledged_lost"], invoices["stranded"], invoices["reconciled"]), (4, 4, 70))
        invoices = self.world(log + [("db", 200, "reseeded", "a", "0", 2, 600)])[0].operation("op")["invoices"]
        self.assertEqual((invoices["acknowledged_lost"], invoices["stranded"]), (74, 0))

    def test_23_the_only_copy(self):
        log = [("db", 60, "down", "a", "0", None, None)]
        one, last = self.world(log)
        invoices = one.operation("op")["invoices"]
        self.assertEqual((invoices["acknowledged_lost"], invoices["out_of_reach"]), (0, last))
        self.assertEqual(one.incidents("f")[0]["rpo"], {"low": 0, "value": None, "high": ns(300) - ns("0.089")})
        verdict = promises.judge([one.incidents("f")[0]["rpo"]], "<= 0 s")
        self.assertEqual((verdict["unknown"], verdict["verdict"]), (1, "undecided"))
        text = experiment("5 min", faults=[{"fault": "region_down", "id": "f", "data": "destroyed"}])
        invoices = self.world(log, text=text)[0].operation("op")["invoices"]
        self.assertEqual((invoices["acknowledged_lost"], invoices["out_of_reach"]), (last, 0))
        invoices = self.world(log + [("db", 70, "up", "a", "0", None, None)])[0].operation("op")["invoices"]
        self.assertEqual((invoices["acknowledged_lost"], invoices["out_of_reach"]), (0, 0))

    def test_a_split_brain_goes_on_writing(self):
        log = [self.shipped(300, at=30), ("db", 40, "leads", "b", "0", 2, 300), ("db", 60, "fenced", "a", "0", 2, None)]
        one, last = self.world(log, fault_rows=[("f", 30, 50)])
        gap = ns("59.986") + ns("0.001") - 301 * ns("0.089")  # d: the last acknowledgement, already deposed
        self.assertEqual(one.incidents("f")[0]["rpo"]["value"], gap)
        self.assertEqual(one.operation("op")["invoices"]["stranded"], last - 300)

    def test_a_retry_at_the_new_leader_saves_the_invoice(self):
        log = [self.shipped(673), ("db", 60, "down", "a", "0", None, None), ("db", 61, "leads", "b", "0", 2, 673),
               ("db", 90, "reconciled", "a", "0", 1, 674)]
        again = [("db", "b", 2, "0", 674, "op", 674, "62", "62.001")]
        one, _ = self.world(log[:-1], extra=again)
        self.assertEqual(one.incidents("f")[0]["rpo"]["value"], 0)
        self.assertEqual(one.operation("op")["invoices"]["acknowledged_lost"], 0)
        self.assertEqual(one.operation("op")["invoices"]["duplicates_written"], 0)
        one, _ = self.world([("db", 60, "down", "a", "0", None, None), ("db", 60.5, "up", "a", "0", None, None)],
                            extra=[("db", "a", 1, "0", 675, "op", 674, "62", "62.001")])
        self.assertEqual(one.operation("op")["invoices"]["duplicates_written"], 1)

    def test_void_and_unacknowledged(self):
        commits = [("db", "a", 1, "0", i, "op", i, "10", "10.1") for i in (1, 2, 3)]
        made = [Request(1, ns(9), ns(11), "failed", "refused", "reset"), Request(2, ns(9), None, "unanswered", "unknown", ""),
                Request(3, ns(9), ns(11), "succeeded", "issued", ""), Request(4, ns(9), ns(11), "failed", "refused", "")]
        invoices = truth(experiment("5 min"), run({"op": made}, (), (), commits)).operation("op")["invoices"]
        self.assertEqual((invoices["void"], invoices["unacknowledged_durable"], invoices["acknowledged_lost"]), (1, 1, 0))

    def test_two_changes_of_leader_and_a_follower_that_switches(self):
        log = [self.shipped(600, 53.5), ("db", 53.6, "received", "c", "0", 1, 599),
               ("db", 60, "down", "a", "0", None, None), ("db", 61, "leads", "b", "0", 2, 600),
               ("db", 65, "received", "c", "0", 2, 601), ("db", 70, "down", "b", "0", None, None),
               ("db", 71, "leads", "c", "0", 3, 601)]
        extra = [("db", "b", 2, "0", 601, "op", 601, "62", "62.1"), ("db", "b", 2, "0", 602, "op", 602, "66", "66.1")]
        one, last = self.world(log, fault_rows=[("f", 60, None), ("g", 70, None)], extra=extra,
                               act_rows=[(61, "dr", "lead", ["f"]), (71, "dr", "lead", ["g"])])
        self.assertEqual(one.incidents("g")[0]["rpo"]["value"], ns(70) - ns(66))
        self.assertEqual(one.operation("op")["invoices"]["acknowledged_lost"], last - 601)


class Promises(unittest.TestCase):
    def incidents(self, kept, broken, unknown=0):
        return ([{"low": 1, "value": 1, "high": 1}] * kept + [{"low": 9 * BILLION, "value": None, "high": "infinity"}] * broken
                + [{"low": 0, "value": None, "high": "infinity"}] * unknown)

    def test_how_many_runs(self):
        for wanted, number in ((Fraction(95, 100), 72), (Fraction(90, 100), 36)):
            few = promises.judge(self.incidents(10, 0), "<= 5 s", wanted)
            self.assertEqual((few["verdict"], few["further_runs"]), ("undecided", number - 10))
            self.assertEqual(promises.judge(self.incidents(number - 1, 0), "<= 5 s", wanted)["verdict"], "undecided")
            self.assertEqual(promises.judge(self.incidents(number, 0), "<= 5 s", wanted)["verdict"], "met")

    def test_bounds(self):
        self.assertAlmostEqual(promises.upper_bound(0, 5, 0.95), 1 - 0.025 ** 0.2, 12)  # 5 of 5: a fate of up to 52 %
        self.assertAlmostEqual(promises.lower_bound(5, 5, 0.95), 0.025 ** 0.2, 12)
        self.assertAlmostEqual(promises.lower_bound(8, 10, 0.95), 0.4439045376923585, 9)
        self.assertAlmostEqual(promises.upper_bound(8, 10, 0.95), 0.9747892736731666, 9)

    def test_missed_and_never(self):
        self.assertEqual(promises.judge(self.incidents(5, 5), "<= 5 s")["verdict"], "missed")
        never = promises.judge(self.incidents(5, 0, 5), "<= 5 s")
        self.assertEqual((never["verdict"], never["further_runs"], never["unknown"]), ("undecided", None, 5))

    def test_each_target(self):
        faults = [{"fault": "zone_down", "id": "zone", "target": "each", "at": "60 s"}]
        text = experiment("10 min", faults=faults, expect=[{"rto": "<= 5 s", "fault": "zone"}])
        runs = [run({"op": requests(dead(), "1", 600)}, [(f"zone@{'ab'[i % 2]}", 60, 70)]) for i in range(172)]
        judged = truth(text, *runs).promise(text.expectations[0])
        self.assertEqual([one["incidents"] for one in judged["faults"]], [86, 86])  # ln(0.0125) / ln(0.95) = 85.4
        self.assertEqual(judged["verdict"], "met")
        self.assertEqual(truth(text, *runs[:170]).promise(text.expectations[0])["verdict"], "undecided")


class Counts(unittest.TestCase):
    def test_throughput_and_unanswered(self):
        made = [Request(1, ns(1), ns(12), "succeeded", "issued", ""), Request(2, ns(10), ns(20), "succeeded", "issued", ""),
                Request(3, ns(50), ns(60), "succeeded", "issued", ""), Request(4, ns(55), None, "unanswered", "unknown", ""),
                Request(5, ns(56), ns(57), "failed", "refused", "shed"), Request(6, ns(60), ns(61), "succeeded", "issued", "")]
        one = truth(experiment("60 s", warm_up="10 s"), run({"op": made})).operation("op")
        self.assertEqual([one[key] for key in ("arrived", "succeeded", "failed", "unanswered")], [4, 2, 1, 1])
        self.assertAlmostEqual(one["throughput_per_s"], 2 / 50)
        self.assertEqual(one["availability"]["request"], {"if_all_fail": 0.5, "if_all_succeed": 0.75})


class Tools(unittest.TestCase):
    def test_walk_by_bad_ones_is_the_walk_request_by_request(self):
        source = random.Random(1)
        for _ in range(400):
            n, density = source.randrange(1, 400), source.choice((0.01, 0.05, 0.2, 0.6))
            times = sorted(source.randrange(300 * BILLION) for _ in range(n))
            walk = Walk(times, [source.random() < density for _ in range(n)], source.choice((10_000, 10_000_000, 60_000_000)),
                        source.choice((1, 20, 60)) * BILLION)
            start = source.randrange(n)
            self.assertEqual(walk.alarm(start, n - 1), plain_alarm(walk, start, n - 1))

    def test_hold_window_is_the_sum_request_by_request(self):
        source = random.Random(3)
        for _ in range(300):
            n, density = source.randrange(20, 600), source.choice((0.01, 0.03, 0.1, 0.3))
            made = [Entry(i * BILLION, i, "bad" if source.random() < density else "good", None, False) for i in range(n)]
            sequence = Sequence(made, Basis(None, "", 10_000_000, "", 0, None, None, 0), 5 * BILLION, n * BILLION)
            walk, p, x = sequence.f, source.choice((0.03, 0.2, 0.5)), source.randrange(n - 6)
            total, w = 0.0, x - 1
            while w is not None and (w + 1 < x + 5 or total < math.log(100)):
                w = w + 1 if w + 1 < n else None
                if w is not None:
                    total += math.log(walk.share / p) if walk.bad[w] else math.log((1 - walk.share) / (1 - p))
            if not sequence.quiet(x, x + 4):
                self.assertIsNone(sequence.healthy(x, walk, p))
            else:
                self.assertEqual(sequence.hold_window_end(x, walk, p), w)

    def test_tail(self):
        self.assertAlmostEqual(upper_tail(100, 4, 10_000_000), 0.01837404, 7)
        self.assertAlmostEqual(upper_tail(2, 2, 100_000_000), 0.01, 12)

    def test_quantities(self):
        self.assertEqual([duration(text) for text in ("28 ms", "5m", "1h30m", "1.5 s", "2 d")],
                         [28_000_000, 300 * BILLION, 5400 * BILLION, 1_500_000_000, 172_800 * BILLION])
        self.assertEqual(1 - share("99.99 %"), Fraction(1, 10_000))
        self.assertEqual((instant("12.000000001"), instant(""), seconds(-5)), (12_000_000_001, None, "-0.000000005"))
        self.assertEqual(json.loads(without_comments('{"a": "//no", /* x */ "b": 1} // end')), {"a": "//no", "b": 1})


class Files(unittest.TestCase):
    def test_from_files_to_comparison(self):
        with tempfile.TemporaryDirectory() as folder:
            def write(name, rows):
                with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
                    csv.writer(file).writerows(rows)
            made = requests(dead((300, 360)), "0.1", 600)
            write("requests.csv", [["replication", "operation", "ordinal", "root", "arrived_s", "decided_s", "outcome",
                                    "cause", "told"]] + [[r, "op", q.ordinal, q.ordinal, seconds(q.arrived),
                                                          seconds(q.decided), q.outcome, q.cause, q.told]
                                                         for r in (0, 1) for q in made])
            write("faults.csv", [["replication", "fault", "begin_s", "end_s"]]
                  + [[r, "f", "300.000000000", "360.000000000"] for r in (0, 1)])
            for name, text in (("e.json", '{"load": {"op": {"poisson": "10 tps"}}, /* ten */ "horizon": "10 min",\n'
                                          ' "expect": [{"rto": "<= 2 min"}]} // end'),
                               ("t.json", '{"operations": {"op": {"objective": {"p99": "800 ms"}}}}')):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                program.main([folder, os.path.join(folder, "e.json"), os.path.join(folder, "t.json")])
            ours = json.loads(out.getvalue())
        self.assertEqual(ours["operations"]["op"]["longest_interruption_s"], "60.000000000")
        self.assertEqual(ours["promises"][0]["faults"][0]["further_runs"], 70)
        theirs = json.loads(out.getvalue())
        broken = theirs["operations"]["op"]["interruptions"][1]
        broken["begin_s"] = float(broken["begin_s"])
        self.assertEqual(compare.Comparison().documents(ours, theirs), [])
        broken["begin_s"] += 2e-9
        del theirs["disruptions"][0]["replications"][1]["rpo_s"]
        theirs["operations"]["op"]["unanswered"] = 1
        self.assertEqual([line.split(":")[0] for line in compare.Comparison().documents(ours, theirs)],
                         ["operations.op.unanswered", "operations.op.interruptions[1].begin_s",
                          "disruptions.f.replications[1].rpo_s"])


if __name__ == "__main__":
    unittest.main()
