"""Twinvoice for notebooks: calls the program, reads its documents and the stores of its sweeps.

    import twinvoice as tv
    played = tv.play("experiments/drills/shanghai-region-down.json", "--replications", "20")
    played.result["disruptions"][0]["rto_s"]        # {"median": ..., "p90": ..., "worst": ..., "incidents": 20, ...}
    tv.incidents(played.result)                     # what the fault cost, replication by replication
    played.table("timeline")                        # a pandas DataFrame
    tv.Store("failover.twinvoice.sqlite").cells()   # another one

Paths of experiments are relative to the project folder (`root()`), wherever the notebook stands. The program is the one named by
the environment variable TWINVOICE, else build/release/twinvoice of the project, else `twinvoice` on the PATH. Only what gives
tables needs pandas, only `style` needs matplotlib.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping, Sequence

if TYPE_CHECKING:
    import pandas

__all__ = ["COLOURS", "STATION_COLOURS", "Failed", "Played", "Store", "branch", "call", "error_bars", "incidents", "mean_interval", "number", "phases", "play", "program", "root", "run",
           "style", "sweep"]

#: Colours that people with any kind of colour vision tell apart (M. Okabe and K. Ito, "Color universal design", 2008).
COLOURS = {"blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "red": "#D55E00", "purple": "#CC79A7",
           "sky": "#56B4E9", "yellow": "#F0E442", "black": "#000000", "grey": "#999999"}

#: One colour for each station of a recovery, in their usual order.
STATION_COLOURS = {"detected": COLOURS["orange"], "decided": COLOURS["sky"], "verified": COLOURS["green"],
                   "approved": COLOURS["yellow"], "acted": COLOURS["purple"], "restored": COLOURS["red"]}

#: Exit codes that are answers: all met, missed, undecided.
_ANSWERS = (0, 3, 4)

#: Characters of the output that Failed repeats.
_MOST_TOLD = 4000


class Failed(RuntimeError):
    """The program did not give an answer: wrong input, an engine error, an interruption."""

    def __init__(self, command: Sequence[str], code: int, message: str, printed: str = ""):
        self.command, self.code = list(command), code
        told = f"{' '.join(command)}\nended with exit code {code}:\n{message.strip()}"
        # `validate` lists its issues and `sweep run` its failed cells on stdout; a whole result would bury them.
        end = printed[-_MOST_TOLD:].strip()
        super().__init__(f"{told}\nthe end of its output:\n{end}" if end else told)


def root() -> Path:
    """The project folder: the one above this file."""
    return Path(__file__).resolve().parent.parent


def program() -> str:
    """The program that is called. Raises FileNotFoundError when there is none."""
    named = os.environ.get("TWINVOICE")
    built = root() / "build" / "release" / "twinvoice"
    if named:
        if not os.access(named, os.X_OK):
            raise FileNotFoundError(f"TWINVOICE names {named}, which is no program")
        return named
    if os.access(built, os.X_OK):
        return str(built)
    found = shutil.which("twinvoice")
    if found is None:
        raise FileNotFoundError("there is no program: `make program` builds it, or name one in the variable TWINVOICE")
    return found


def call(*arguments: str | Path, answers: Sequence[int] = (0,), cwd: str | Path | None = None) -> str:
    """Calls the program (from the project folder unless `cwd` says otherwise) and gives what it prints.

    Raises Failed, with what it says on stderr and the end of what it prints, when its exit code is not among `answers`.
    """
    command = [program(), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd or root(), capture_output=True, text=True, check=False)
    if done.returncode not in answers:
        raise Failed(command, done.returncode, done.stderr, done.stdout)
    return done.stdout


def run(experiment: str | Path, *arguments: str) -> dict[str, Any]:
    """Plays an experiment and gives its result/2 document, whatever the verdicts."""
    return json.loads(call("run", experiment, "--quiet", "--format", "json", *arguments, answers=_ANSWERS))


def branch(experiment: str | Path, at: str, policies: str | Path, *arguments: str) -> dict[str, Any]:
    """One history up to `at` ("12 min"), then a future for each policy of the file: a branch/1 document."""
    return json.loads(call("run", experiment, "--branch-at", at, "--policies", policies, "--quiet", "--format", "json",
                           *arguments))


class Played:
    """What `play` gives: the result/2 document, and the CSV tables of the same run."""

    def __init__(self, result: dict[str, Any], tables: Mapping[str, str]):
        self.result = result
        self._tables = dict(tables)

    def tables(self) -> list[str]:
        """Names of the tables: causes, components, disruptions, interruptions, operations, timeline."""
        return sorted(self._tables)

    def table(self, name: str) -> "pandas.DataFrame":
        """One of the tables. Raises KeyError, with the names there are."""
        import io

        import pandas

        if name not in self._tables:
            raise KeyError(f"there is no table {name}; there are {', '.join(self.tables())}")
        return pandas.read_csv(io.StringIO(self._tables[name]))


def play(experiment: str | Path, *arguments: str) -> Played:
    """Plays an experiment and keeps document and tables."""
    with tempfile.TemporaryDirectory(prefix="twinvoice-") as folder:
        result = run(experiment, "--csv", folder, *arguments)
        tables = {path.stem: path.read_text(encoding="utf-8") for path in Path(folder).glob("*.csv")}
    return Played(result, tables)


def phases(result: Mapping[str, Any], fault: str | None = None, within_s: float = 5.0) -> list[dict[str, Any]]:
    """The stations of a recovery up to "restored", in the order of time, each with `from_s`, `to_s` and `took_s` since the fault.

    Stations are means over the replications, so that what restored the service may come a moment later: those up to `within_s`
    after "restored" stand before it, at its time. Without `fault`: of the first disruption. Raises
    KeyError when there is none of that name.
    """
    for disruption in result["disruptions"]:
        if fault is not None and disruption["fault"] != fault:
            continue
        reached = [(p["after_s"], p) for p in disruption["phases"]]
        end_s = next((at_s for at_s, p in reached if p["name"] == "restored"), None)
        if end_s is not None:
            reached = [(min(at_s, end_s), p) for at_s, p in reached if at_s <= end_s + within_s]
            reached = [(at_s, p) for at_s, p in reached if p["name"] in STATION_COLOURS]
        order = list(STATION_COLOURS)
        reached.sort(key=lambda one: (one[0], order.index(one[1]["name"]) if one[1]["name"] in order else len(order)))
        rows, before_s = [], 0.0
        for to_s, phase in reached:
            rows.append({"name": phase["name"], "from_s": before_s, "to_s": to_s, "took_s": to_s - before_s,
                         "replications": phase["replications"]})
            before_s = to_s
        return rows
    raise KeyError(f"there is no disruption {fault or ''}")


def incidents(result: Mapping[str, Any], fault: str | None = None) -> list[dict[str, Any]]:
    """What a fault cost in each replication: `replication`, `begin_s`, `restored`, and `onset_s`, `rto_s`, `rpo_s` and
    `acknowledged_lost`, each with `..._low` and `..._high` beside it.

    Seconds; an end that is open is infinite, and a value is None where a range is all that is known. Without `fault`: of the
    first disruption. Raises KeyError when there is none of that name.
    """
    def end(value: float | str | None) -> float | None:
        return float("inf") if value == "infinity" else value

    for disruption in result["disruptions"]:
        if fault is not None and disruption["fault"] != fault:
            continue
        rows = []
        for one in disruption["replications"]:
            row = {name: one[name] for name in ("replication", "begin_s", "restored")}
            for name in ("onset_s", "rto_s", "rpo_s", "acknowledged_lost"):
                span = one[name] or {"low": None, "value": None, "high": None}
                row.update({name: end(span["value"]), f"{name}_low": end(span["low"]), f"{name}_high": end(span["high"])})
            rows.append(row)
        return rows
    raise KeyError(f"there is no disruption {fault or ''}")


def error_bars(estimates: Iterable[Mapping[str, float | None]]) -> tuple[list[float], list[list[float]]]:
    """Values and lengths of the error bars (below, above) as matplotlib's errorbar wants them.

    A missing value is NaN; an end that the data do not bound gives a bar of no length.
    """
    values, below, above = [], [], []
    for estimate in estimates:
        value, low, high = estimate["value"], estimate["low"], estimate["high"]
        values.append(float("nan") if value is None else value)
        below.append(value - low if value is not None and low is not None else 0.0)
        above.append(high - value if value is not None and high is not None else 0.0)
    return values, [below, above]


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean of independent replications with the ends of its 95 % interval (Student's t).

    Of at least four values: the expansion of the quantile (Abramowitz and Stegun, 26.7.5) is then right to 1 %.
    """
    n = len(values)
    if n < 4:
        raise ValueError(f"need at least four replications, found {n}")
    mean = sum(values) / n
    deviation = (sum((v - mean) ** 2 for v in values) / (n - 1)) ** 0.5
    z, df = 1.959964, n - 1
    t = z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2) \
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * df**3)
    half = t * deviation / n**0.5
    return mean, mean - half, mean + half


def sweep(*arguments: str | Path, cwd: str | Path | None = None) -> str:
    """Calls `twinvoice sweep ...`, for example sweep("run", "experiments/sweeps/failover-design.json", "--store", path)."""
    return call("sweep", *arguments, cwd=cwd)


class Store:
    """The results of sweeps, read only: the views of the SQLite file as tables of pandas."""

    def __init__(self, path: str | Path):
        self.path = Path(path).resolve()
        if not self.path.is_file():
            raise FileNotFoundError(f"there is no store {self.path}")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query, without pandas. The store cannot be changed by it."""
        with self._connection() as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def query(self, query: str, *values: Any) -> "pandas.DataFrame":
        """The rows of a query as a table."""
        import pandas

        with self._connection() as connection:
            return pandas.read_sql_query(query, connection, params=list(values))

    def sweeps(self) -> list[str]:
        """Names of the sweeps in the store."""
        return [row["sweep"] for row in self.rows("SELECT DISTINCT sweep FROM cells ORDER BY sweep")]

    def cells(self, sweep: str | None = None) -> "pandas.DataFrame":
        """One row for each point of the sweep (the only one, if there is one), with a column for each axis and each figure.

        Levels are labels as written ("5 s"); `number` makes quantities of them.
        """
        import pandas

        table = self.query("SELECT * FROM cells WHERE sweep = ? ORDER BY position", self._one(sweep))
        levels = pandas.DataFrame([json.loads(text) for text in table["levels"]], index=table.index)
        figures = pandas.DataFrame([json.loads(text) if text else {} for text in table["figures"]], index=table.index)
        return pandas.concat([table.drop(columns=["levels", "figures"]), levels, figures], axis=1)

    def estimates(self, figure: str, sweep: str | None = None) -> "pandas.DataFrame":
        """Value and interval of one figure ("shanghai.rto") for each finished point, with a column for each axis."""
        import pandas

        table = self.query("SELECT f.*, c.levels FROM figures f JOIN cells c USING (sweep, position) "
                           "WHERE f.sweep = ? AND f.figure = ? ORDER BY f.position", self._one(sweep), figure)
        levels = pandas.DataFrame([json.loads(text) for text in table["levels"]], index=table.index)
        return pandas.concat([table.drop(columns=["levels"]), levels], axis=1)

    def replications(self, figure: str, sweep: str | None = None) -> "pandas.DataFrame":
        """One figure of every replication (columns replication, value), with a column for each axis."""
        import pandas

        table = self.query("SELECT c.position, r.replication, r.value, c.levels FROM cells c "
                           "JOIN replication_figures r ON r.cell = c.cell "
                           "WHERE c.sweep = ? AND r.figure = ? ORDER BY c.position, r.replication", self._one(sweep), figure)
        levels = pandas.DataFrame([json.loads(text) for text in table["levels"]], index=table.index)
        return pandas.concat([table.drop(columns=["levels"]), levels], axis=1)

    def axes(self, sweep: str | None = None) -> list[str]:
        """Names of the axes, in their order."""
        first = self.rows("SELECT levels FROM cells WHERE sweep = ? ORDER BY position LIMIT 1", self._one(sweep))
        return list(json.loads(first[0]["levels"])) if first else []

    def _one(self, sweep: str | None) -> str:
        names = self.sweeps()
        if sweep is None and len(names) == 1:
            return names[0]
        if sweep not in names:
            raise KeyError(f"say which sweep: the store holds {', '.join(names) or 'none'}")
        return sweep


#: Seconds, bytes and so on of one unit, as the input formats write them.
_UNITS = {"": 1.0, "%": 0.01, "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0,
          "tps": 1.0, "rps": 1.0, "per s": 1.0}


def number(label: str) -> float:
    """The quantity that a level's label states, in seconds, shares or per second: "5 s" -> 5.0, "2 min" -> 120.0.

    Raises ValueError for a label that is none ("on-call").
    """
    text, _, unit = label.strip().partition(" ")
    if unit.strip() not in _UNITS:
        raise ValueError(f"{label!r} is no quantity")
    return float(text) * _UNITS[unit.strip()]


def style() -> None:
    """Quiet axes, readable sizes and the colours above for all the pictures that follow."""
    import matplotlib

    matplotlib.rcParams.update({
        "figure.figsize": (9.0, 4.2), "figure.dpi": 110, "figure.constrained_layout.use": True, "font.size": 10.5,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#dddddd",
        "grid.linewidth": 0.7, "axes.axisbelow": True, "axes.titlesize": 12, "axes.titleweight": "bold",
        "axes.titlelocation": "left", "legend.frameon": False,
        "axes.prop_cycle": matplotlib.cycler(color=[COLOURS[c] for c in
                                                    ("blue", "orange", "green", "red", "purple", "sky")]),
    })
