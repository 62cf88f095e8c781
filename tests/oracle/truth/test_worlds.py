#!/usr/bin/python3
"""The random worlds and their harness: what is drawn, and that a wrong figure is found, told and made smaller."""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
import unittest
from collections import Counter
from unittest import mock

import census
import check_worlds
import compare
import play
import shrink
import worlds
from quantities import read_json

HERE = os.path.dirname(os.path.abspath(__file__))
FAKE = [sys.executable, "-B", os.path.join(HERE, "fake_program.py")]
SEEDS = range(1, 201)
KINDS = ("region_down", "zone_down", "instance_kill", "instance_pause", "partition", "latency", "loss", "capacity_loss",
         "cpu_slow", "pool_shrink", "spike")


class Nothing(worlds.Formats):
    """Formats that have no optional field at all."""

    def field(self, definition, *path):
        return None


class Everything(worlds.Formats):
    """Formats that have every field that may come."""

    def field(self, definition, *path):
        return {"enum": ["lease"], "properties": dict.fromkeys(("apply", "phase", "timeout", "fallback", "wait_for"))}


class Drawn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.worlds = [worlds.draw(seed) for seed in SEEDS]

    def test_a_seed_gives_the_same_texts(self):
        self.assertEqual(worlds.draw(7).texts(), worlds.draw(7).texts())
        self.assertEqual(len({json.dumps(world.texts()) for world in self.worlds}), len(SEEDS))

    def test_all_kinds_are_drawn(self):
        faults = [fault for world in self.worlds for fault in world.experiment["faults"]]
        self.assertEqual({fault["fault"] for fault in faults}, set(KINDS))
        self.assertEqual({len(world.experiment["faults"]) for world in self.worlds}, {1, 2, 3, 4, 5})
        loads = {kind for world in self.worlds for load in world.experiment["load"].values() for kind in load}
        self.assertEqual(loads, {"poisson", "deterministic", "piecewise", "trace", "closed"})
        self.assertEqual({len(world.sites) for world in self.worlds}, {1, 2, 3})
        databases = [world.topology["components"]["database"] for world in self.worlds]
        self.assertEqual({one["replication"]["mode"] for one in databases if "replication" in one},
                         {"async", "semi_sync", "sync"})
        self.assertEqual({len(world.followers) for world in self.worlds}, {0, 1, 2})
        self.assertEqual({one.get("shards", 1) for one in databases}, {1, 2, 3})
        for share, has in ((0.4, lambda w: "runbook" in w.topology.get("procedures", {})),
                           (0.15, lambda w: not w.has_procedures),
                           (0.1, lambda w: any("duration" not in fault for fault in w.experiment["faults"]))):
            self.assertGreater(sum(map(has, self.worlds)), share * len(SEEDS))

    def test_what_formats_may_come_to_say_moves_nothing_else(self):
        plain, rich = worlds.draw(3, Nothing()), worlds.draw(3, Everything())
        rich.topology["components"]["database"]["replication"] = plain.topology["components"]["database"]["replication"]
        self.assertEqual(plain.topology["components"], rich.topology["components"])
        self.assertEqual(plain.experiment["load"], rich.experiment["load"])
        self.assertNotIn("hold", plain.experiment)
        richer = [worlds.draw(seed, Everything()) for seed in range(1, 40)]
        told = json.dumps([[world.experiment, world.topology] for world in richer])
        for field in ("hold", "within", "destroyed", "phase", "lease", "reseed", "unless", "fallback", "wait_for"):
            self.assertIn(f'"{field}"', told)

    def test_without_a_fault_the_others_keep_their_ids(self):
        text = {"faults": [{"fault": "spike"}, {"fault": "spike"}, {"fault": "loss", "id": "x"}, {"fault": "spike"}],
                "expect": [{"rto": "<= 1 s"}]}
        left = play.without_fault(text, "spike-2")
        self.assertEqual([fault["id"] for fault in left["faults"]], ["spike", "x", "spike-3"])
        self.assertNotIn("expect", left)
        self.assertNotIn("id", text["faults"][0])


def wrong(how):
    return mock.patch.dict(os.environ, {"TWINVOICE_FAKE": how})


def pattern(seed, **wanted):
    """A drawn world whose faults are replaced: two that overlap, the first of which loses a place, and one apart."""
    world = worlds.draw(seed)
    world.topology.pop("procedures", None)
    world.experiment.update({"horizon": "400 s", "warm_up": "10 s", "faults": [
        {"fault": "zone_down", "target": "s0", "at": "120 s", "duration": "40 s"},
        {"fault": "zone_down", "target": "s0", "at": "140 s", "duration": "60 s"},
        {"fault": "zone_down", "target": "s0", "at": "300 s", "duration": "10 s"}], **wanted})
    return world


class Harness(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = os.path.join(self.scratch.name, "world")

    def judged(self, how="", world=None):
        (world or pattern(0)).write(self.folder)
        with wrong(how):
            return check_worlds.judge(FAKE, self.folder)

    def test_a_right_document_has_no_difference(self):
        problems, counts = self.judged()
        self.assertEqual(problems, [])
        self.assertEqual((counts["faults"], counts["counterfactual runs"], counts["shared"]), (3, 2, 1))
        self.assertGreater(counts["invoices lost"], 0)
        for seed in (1, 2, 3):
            self.assertEqual(self.judged("", worlds.draw(seed))[0], [])

    def test_each_wrong_figure_is_found(self):
        for how, where in (("begin", r"operations\.\w+\.interruptions\[\d+\]\.begin_s: oracle \"[0-9.]+\", result"),
                           ("interruption", r"operations\.\w+\.interruptions\.length: "),
                           ("owner", r"operations\.\w+\.interruptions\[0\]\.shared: oracle true, result false"),
                           ("loss", r"operations\.\w+\.invoices\.acknowledged_lost: oracle [1-9]")):
            problems, _ = self.judged(how)
            self.assertEqual(len([line for line in problems if re.match(where, line)]), 1, (how, problems))

    def test_a_program_that_falls_or_forgets_a_table_is_found(self):
        self.assertEqual(self.judged("exit")[0], ["world: exit code 1: it fell over"])
        self.assertEqual(self.judged("table")[0], ["world: not written: log.csv"])

    def test_both_engines_play_what_has_no_procedures(self):
        world = pattern(0)
        self.assertIsNotNone(world.topology["components"]["database"].pop("replication", None))
        problems, _ = self.judged("exit", world)
        self.assertEqual(problems, ["world: exit code 1: it fell over", "referee world: exit code 1: it fell over"])

    def test_a_failing_world_is_made_smaller(self):
        problems, _ = self.judged("begin")
        with wrong("begin"):
            steps, left = shrink.shrink(self.folder, problems, lambda folder: check_worlds.judge(FAKE, folder)[0])
        self.assertIn("one replication", steps)
        text = read_json(os.path.join(self.folder, "experiment.json"))
        self.assertEqual(len(text["faults"]), 1)
        self.assertLess(int(text["horizon"].split()[0]), 400)
        self.assertTrue(any("begin_s" in line for line in left))

    def run_main(self, how, *arguments):
        out = io.StringIO()
        with wrong(how), contextlib.redirect_stdout(out):
            code = check_worlds.main([*arguments, "--", *FAKE])
        return code, out.getvalue()

    def test_the_command_keeps_what_fails_and_says_how_to_play_it_again(self):
        keep = os.path.join(self.scratch.name, "keep")
        with mock.patch.object(shrink, "MOST_TRIALS", 4):
            code, told = self.run_main("interruption", "--count", "1", "--first", "3", "--keep", keep)
        self.assertEqual(code, 1)
        again = re.search(r"seed (\d+): again: \S+ --world (\S+) ", told)
        self.assertTrue(os.path.exists(os.path.join(again.group(2), "experiment.json")), told)
        self.assertTrue(os.path.exists(os.path.join(keep, again.group(1), "as-drawn", "topology.json")))
        self.assertEqual(self.run_main("interruption", "--world", again.group(2))[0], 1)
        self.assertEqual(self.run_main("", "--world", again.group(2))[0], 0)
        code, told = self.run_main("", "--count", "2", "--first", "3", "--jobs", "2", "--keep", keep)
        self.assertEqual((code, told.splitlines()[-1]), (0, "2 worlds, 0 differ"))


class Census(unittest.TestCase):
    def test_dull_worlds_are_a_failure(self):
        counts = Counter({"worlds": 40, "with a runbook": 20, "with a failover": 7, "with an interruption": 30})
        for key in ("that lose invoices", "not restored", "late", "shared", "with competitors", "with closed users",
                    "with several in one run"):
            counts[key] = 1
        self.assertEqual(census.too_dull(counts), [])
        counts["with a failover"] = 6
        counts["late"] = 0
        self.assertEqual(len(census.too_dull(counts)), 2)


class Comparison(unittest.TestCase):
    def found(self, ours, theirs):
        one = compare.Comparison()
        one.value("a_s" if isinstance(ours, str) else "a", ours, theirs)
        return one.differences

    def test_a_number_may_stand_beside_its_interval_or_its_parts(self):
        self.assertEqual(self.found(3, {"total": 3, "by_cause": {}}), [])
        self.assertEqual(self.found(0.5, {"value": 0.5, "low": 0.1, "high": 0.9}), [])
        self.assertEqual(len(self.found(3, {"total": 4})), 1)
        self.assertEqual(len(self.found(3, {})), 1)

    def test_what_is_no_time_differs(self):
        self.assertEqual(len(self.found("1.000000000", {"low": 1})), 1)
        self.assertEqual(len(self.found("1.000000000", True)), 1)
        self.assertEqual(self.found("1.000000000", 1.0), [])

    def test_an_incident_that_the_oracle_does_not_know(self):
        ours = {"operations": {}, "disruptions": []}
        theirs = {"operations": {}, "disruptions": [{"fault": "f", "replications": [{"replication": 0}]}]}
        self.assertEqual(len(compare.Comparison().documents(ours, theirs)), 1)


if __name__ == "__main__":
    unittest.main()
