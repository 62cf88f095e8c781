"""Small made worlds for the tests: requests by a rule, faults, an experiment's text."""

from experiment import Experiment
from quantities import BILLION, nearest, seconds
from records import Act, Commit, Fault, LogEvent, Request, Run
from truth import Truth
from fractions import Fraction


def ns(value):
    """Nanoseconds of seconds written as a number or text."""
    return None if value is None else nearest(Fraction(str(value)) * BILLION)


def requests(rule, every, horizon, latency="0.07", start=0):
    """A request `every` so many seconds. `rule(t)` in seconds: None good, "failed", "open", or a latency as text."""
    made, i, step = [], 0, ns(every)
    at = ns(start) + step
    while at < ns(horizon):
        i += 1
        answer = rule(at / BILLION)
        if answer == "open":
            made.append(Request(i, at, None, "unanswered", "unknown", ""))
        elif answer == "failed":
            made.append(Request(i, at, at + ns(latency), "failed", "refused", "reset"))
        else:
            made.append(Request(i, at, at + ns(latency if answer is None else answer), "succeeded", "issued", ""))
        at += step
    return made


def faults(*rows):
    """(name, begin, end or None) in seconds."""
    return [Fault(name, ns(begin), ns(end)) for name, begin, end in rows]


def acts(*rows):
    return [Act(ns(at), procedure, act, tuple(names)) for at, procedure, act, names in rows]


def run(by_operation, fault_rows=(), act_rows=(), commits=(), log=()):
    made = Run()
    made.requests.update(by_operation)
    made.faults = faults(*fault_rows)
    made.audit = acts(*act_rows)
    made.commits = [Commit(log_name, place, epoch, shard, position, operation, ordinal, ns(at), ns(returned))
                    for log_name, place, epoch, shard, position, operation, ordinal, at, returned in commits]
    made.log = [LogEvent(log_name, ns(at), event, place, shard, epoch, position)
                for log_name, at, event, place, shard, epoch, position in log]
    return made


def experiment(horizon, warm_up="0 s", availability=None, p99=None, load=None, timeout=None, **fields):
    objective = {key: value for key, value in (("availability", availability), ("p99", p99)) if value}
    client = {"timeout": timeout} if timeout else {}
    return Experiment({"load": {"op": load or {"poisson": "10 tps"}}, "horizon": horizon, "warm_up": warm_up, **fields},
                      {"operations": {"op": {"objective": objective, "client": client}}})


def truth(text, *runs, without=None, level=0.95):
    return Truth(text, dict(enumerate(runs)), {name: dict(enumerate(other)) for name, other in (without or {}).items()},
                 level)


def first(one):
    """The interruptions of the first replication."""
    return one.interruptions(0, "op")


__all__ = ["acts", "experiment", "faults", "first", "ns", "requests", "run", "seconds", "truth"]
