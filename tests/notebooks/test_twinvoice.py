#!/usr/bin/python3
"""Tests of notebooks/twinvoice.py that need no package, and of what a shipped notebook looks like."""

import json
import math
import os
import sqlite3
import stat
import sys
import tempfile
import unittest
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"
sys.path.insert(0, str(NOTEBOOKS))

import twinvoice as tv  # noqa: E402  (the folder is known only now)

PROGRAM = """#!/bin/sh
case "$*" in
  *missed*) echo '{"twinvoice": "result/2"}'; exit 3 ;;
  *cells*) seq 2000; echo 'load=9 tps: took too long'; echo 'sweep: 1 failed' >&2; exit 5 ;;
  *wrong*) echo 'wrong.json:1:2: /load: need a rate' >&2; exit 2 ;;
esac
for argument in "$@"; do printf '%s\\n' "$argument"; done
"""


class WithProgram(unittest.TestCase):
    """A program that prints its arguments."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        path = Path(self.folder.name) / "program"
        path.write_text(PROGRAM, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        before = os.environ.get("TWINVOICE")
        os.environ["TWINVOICE"] = str(path)
        self.addCleanup(lambda: os.environ.pop("TWINVOICE") if before is None else os.environ.update(TWINVOICE=before))

    def test_arguments_reach_the_program_as_they_are(self):
        self.assertEqual(tv.call("run", Path("a b.json"), "--branch-at", "12 min"), "run\na b.json\n--branch-at\n12 min\n")

    def test_a_missed_objective_is_an_answer(self):
        self.assertEqual(tv.run("missed.json"), {"twinvoice": "result/2"})

    def test_wrong_input_raises_with_what_the_program_says(self):
        with self.assertRaises(tv.Failed) as caught:
            tv.run("wrong.json")
        self.assertEqual(caught.exception.code, 2)
        self.assertIn("wrong.json:1:2: /load: need a rate", str(caught.exception))

    def test_a_failure_tells_the_end_of_what_was_printed(self):
        with self.assertRaises(tv.Failed) as caught:
            tv.call("sweep", "run", "cells.json")
        told = str(caught.exception)
        self.assertIn("sweep: 1 failed", told)
        self.assertTrue(told.endswith("\n2000\nload=9 tps: took too long"), told[-100:])
        self.assertNotIn("\n1000\n", told)
        self.assertLess(len(told), 4200)

    def test_a_program_that_is_not_there_is_named(self):
        os.environ["TWINVOICE"] = "/no/such/program"
        with self.assertRaisesRegex(FileNotFoundError, "/no/such/program"):
            tv.program()


class Pieces(unittest.TestCase):
    def test_labels_become_numbers_of_the_base_unit(self):
        for label, value in [("5 s", 5.0), ("2 min", 120.0), ("250 ms", 0.25), ("95 %", 0.95), ("1e3 tps", 1000.0), ("7", 7.0)]:
            self.assertAlmostEqual(tv.number(label), value)
        for label in ("on-call", "5 parsecs", ""):
            with self.assertRaises(ValueError):
                tv.number(label)

    def test_error_bars_have_no_length_where_nothing_bounds_them(self):
        values, (below, above) = tv.error_bars([{"value": 2.0, "low": 1.5, "high": 4.0}, {"value": None, "low": 1.0, "high": None},
                                                {"value": 3.0, "low": None, "high": 5.0}])
        self.assertEqual((values[0], below[0], above[0]), (2.0, 0.5, 2.0))
        self.assertTrue(math.isnan(values[1]))
        self.assertEqual((below[1:], above[1:]), ([0.0, 0.0], [0.0, 2.0]))

    def test_the_interval_of_a_mean_is_that_of_student(self):
        # t(5; 0.975) = 2.5706, t(29; 0.975) = 2.0452: Abramowitz and Stegun, table 26.10.
        for n, t in [(6, 2.5706), (30, 2.0452)]:
            values = [1.0, 3.0] * (n // 2)
            mean, low, high = tv.mean_interval(values)
            error = (n / (n - 1) / n) ** 0.5
            self.assertAlmostEqual(mean, 2.0)
            self.assertAlmostEqual((high - low) / 2 / error, t, delta=0.01 * t)
        with self.assertRaises(ValueError):
            tv.mean_interval([1.0, 2.0, 3.0])

    def test_phases_end_when_the_service_is_restored(self):
        result = {"disruptions": [{"fault": "x", "at_s": 600.0, "phases": [
            {"name": "detected", "after_s": 30.0, "replications": 2}, {"name": "restored", "after_s": 100.0, "replications": 2},
            {"name": "acted", "after_s": 100.5, "replications": 2}, {"name": "backlog drained", "after_s": 103.0, "replications": 2},
            {"name": "failed back", "after_s": 300.0, "replications": 2}]}]}
        self.assertEqual([(p["name"], p["from_s"], p["took_s"]) for p in tv.phases(result)],
                         [("detected", 0.0, 30.0), ("acted", 30.0, 70.0), ("restored", 100.0, 0.0)])
        with self.assertRaises(KeyError):
            tv.phases(result, "y")


    def test_incidents_are_rows_with_ranges(self):
        known = {"low": 1.0, "value": 2.0, "high": 3.0}
        open_end = {"low": 5.0, "value": None, "high": "infinity"}
        result = {"disruptions": [{"fault": "x", "replications": [
            {"replication": 4, "begin_s": 60.0, "restored": False, "onset_s": None, "rto_s": open_end, "rpo_s": known,
             "acknowledged_lost": {"low": 7, "value": 7, "high": 7}}]}]}
        row, = tv.incidents(result, "x")
        self.assertEqual((row["replication"], row["restored"], row["onset_s"]), (4, False, None))
        self.assertEqual((row["rto_s_low"], row["rto_s"], row["rto_s_high"]), (5.0, None, math.inf))
        self.assertEqual((row["rpo_s_low"], row["rpo_s"], row["rpo_s_high"], row["acknowledged_lost"]), (1.0, 2.0, 3.0, 7))
        with self.assertRaises(KeyError):
            tv.incidents(result, "y")


class OfStore(unittest.TestCase):
    """The views as the program makes them, filled by hand."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name) / "a store.sqlite"
        connection = sqlite3.connect(self.path)
        connection.execute("CREATE TABLE cells (sweep TEXT, position INTEGER, levels TEXT, figures TEXT)")
        connection.executemany("INSERT INTO cells VALUES (?, ?, ?, ?)",
                               [("design", 0, '{"detection": "5 s", "load": "1"}', '{"x.rto": 61.5}'),
                                ("design", 1, '{"detection": "15 s", "load": "1"}', None)])
        connection.commit()
        connection.close()

    def test_sweeps_and_axes_are_told(self):
        store = tv.Store(self.path)
        self.assertEqual(store.sweeps(), ["design"])
        self.assertEqual(store.axes(), ["detection", "load"])
        self.assertEqual(store.rows("SELECT position FROM cells WHERE sweep = ?", "design"), [{"position": 0}, {"position": 1}])

    def test_a_store_cannot_be_changed(self):
        with self.assertRaises(sqlite3.OperationalError):
            tv.Store(self.path).rows("DELETE FROM cells")

    def test_a_store_that_is_not_there_is_not_made(self):
        with self.assertRaises(FileNotFoundError):
            tv.Store(Path(self.folder.name) / "other.sqlite")
        self.assertEqual(len(list(Path(self.folder.name).iterdir())), 1)

    def test_an_unknown_sweep_is_named_with_those_there_are(self):
        with self.assertRaisesRegex(KeyError, "design"):
            tv.Store(self.path).axes("other")


class Shipped(unittest.TestCase):
    def test_notebooks_hold_no_results_and_begin_with_their_title(self):
        notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
        self.assertGreaterEqual(len(notebooks), 3)
        for path in notebooks:
            with self.subTest(path.name):
                document = json.loads(path.read_text(encoding="utf-8"))
                self.assertEqual((document["nbformat"], document["metadata"]["kernelspec"]["name"]), (4, "python3"))
                first = document["cells"][0]
                self.assertEqual(first["cell_type"], "markdown")
                self.assertTrue(first["source"][0].startswith("# "))
                for cell in document["cells"]:
                    if cell["cell_type"] == "code":
                        self.assertEqual((cell["outputs"], cell["execution_count"]), ([], None))
                        compile("".join(cell["source"]), path.name, "exec")


if __name__ == "__main__":
    unittest.main()
