"""DEFINITIONS.md, sections 1 and 2: which requests count, bad, late, good, the bound, the time of a request."""

from fractions import Fraction
from typing import NamedTuple, Optional

from quantities import BILLION
from walks import PERCENT

CALM_LEAST = 100


class Basis(NamedTuple):
    """What is settled once for an operation, from its objective and the calm of the first replication."""
    bound: Optional[int]
    bound_origin: str
    allowed: int  # in 1e-9
    allowed_origin: str
    calm_count: int
    calm_p99: Optional[int]
    cycle: Optional[int]  # of closed users
    wait: int  # beyond which an open request is bad where nothing is late: of the client, else as long as the run looks after it
    leaves: Optional[int] = None  # after so long the client gives up; None: never


class Entry(NamedTuple):
    """A line of the walks: a request at its time, or a repetition of one that a closed user still waits for."""
    time: int
    ordinal: int
    kind: str  # good, bad, late, undecided
    request: object
    repeated: bool


def faults_that_count(run, experiment):
    """A fault at or after the horizon moves nothing and is no incident."""
    return [fault for fault in run.faults if fault.begin < experiment.horizon]


def ceil_99(n):
    return (99 * n + 99) // 100


def basis_of(first_run, operation, experiment):
    faults = faults_that_count(first_run, experiment)
    first_fault = min((fault.begin for fault in faults), default=None)
    requests = [r for r in first_run.requests.get(operation, []) if experiment.warm_up <= r.arrived < experiment.horizon]
    decided = [r for r in requests if r.decided is not None and (first_fault is None or r.decided < first_fault)]
    latencies = sorted(r.decided - r.arrived for r in decided if r.outcome == "succeeded")
    known = len(latencies) >= CALM_LEAST
    calm_p99 = latencies[ceil_99(len(latencies)) - 1] if known else None
    bound, origin = bound_of(experiment.stated_p99(operation), calm_p99)
    allowed, allowed_origin = allowed_share(experiment.stated_availability(operation), decided)
    calm_end = experiment.horizon if first_fault is None else first_fault
    in_calm = sum(1 for r in requests if r.arrived < calm_end)
    users = experiment.users(operation)
    cycle = users * (calm_end - experiment.warm_up) // in_calm if users and in_calm else None
    return Basis(bound, origin, allowed, allowed_origin, len(latencies), calm_p99, cycle,
                 experiment.client_wait(operation), experiment.client_timeout(operation))


def bound_of(stated, calm_p99):
    if calm_p99 is None:
        if stated is None:
            return None, "no bound: no p99 stated, calm unknown"
        return 3 * stated, "three times the stated p99, calm unknown"
    if stated is None:
        return 10 * calm_p99, "ten times the p99 of the calm"
    if 3 * calm_p99 > stated:
        return 3 * calm_p99, "three times the p99 of the calm"
    return stated, "stated p99"


def allowed_share(stated, decided):
    """a in integers of 1e-9, and where it comes from."""
    a = Fraction(1, 100) if stated is None else 1 - stated
    origin = "assumed" if stated is None else "stated"
    if a < Fraction(1, 100_000):
        a, origin = Fraction(1, 100_000), "at least 1e-5"
    if sum(1 for r in decided if r.outcome == "succeeded") >= CALM_LEAST:
        failed = Fraction(sum(1 for r in decided if r.outcome != "succeeded"), len(decided))
        if failed > a:
            a, origin = failed, "raised to the share that failed in the calm"
    if a > Fraction(1, 2):
        a, origin = Fraction(1, 2), "at most 1/2"
    return -(-a.numerator * BILLION // a.denominator), origin


def follow_end(run, experiment):
    """The instant at which the run stopped looking after its measured requests."""
    measured = [r for requests in run.requests.values() for r in requests
                if experiment.warm_up <= r.arrived < experiment.horizon]
    if any(r.decided is None for r in measured):
        return experiment.horizon + experiment.longest_wait()
    return max([experiment.horizon] + [r.decided for r in measured])


def kind_of(request, basis, followed):
    if request.decided is None:
        limit = basis.wait if basis.bound is None else basis.bound
        return "bad" if followed - request.arrived > limit else "undecided"
    if request.outcome != "succeeded":
        return "bad"
    if basis.bound is not None and request.decided - request.arrived > basis.bound:
        return "late"
    return "good"


def time_of(request, kind, basis, faults):
    """Its arrival; of a bad or late one the begin of the last fault that may have caught it."""
    if kind not in ("bad", "late"):
        return request.arrived
    limit = request.arrived + (basis.wait if basis.bound is None else basis.bound)
    begins = [fault.begin for fault in faults if request.arrived <= fault.begin <= limit
              and (request.decided is None or fault.begin <= request.decided)]
    return max(begins, default=request.arrived)


UNDECIDED = "undecided"
FATES = UNDECIDED, "bad", "good"  # what an undecided request is taken for: itself first


def entries_of(run, operation, experiment, basis, fate=UNDECIDED):
    """All lines of an operation in order: by time, then by ordinal. Undecided ones have the fate."""
    faults = faults_that_count(run, experiment)
    followed = follow_end(run, experiment)
    entries = []
    for request in run.requests.get(operation, []):
        if request.arrived >= experiment.horizon:
            continue
        kind = kind_of(request, basis, followed)
        kind = fate if kind == UNDECIDED else kind
        time = time_of(request, kind, basis, faults)
        entries.append(Entry(time, request.ordinal, kind, request, False))
        if kind in ("bad", "late") and basis.cycle and basis.bound is not None:
            entries.extend(repetitions(request, time, basis, experiment))
    entries.sort(key=lambda entry: (entry.time, entry.ordinal))
    return entries


def repetitions(request, time, basis, experiment):
    """What a closed user would have sent while it waited."""
    if request.decided is not None and request.decided - request.arrived <= basis.bound:
        return
    last = experiment.horizon
    if basis.leaves is not None:
        last = min(last, request.arrived + basis.leaves)
    if request.decided is not None:
        last = min(last, request.decided)
    at = time + basis.cycle
    while at < last:
        yield Entry(at, request.ordinal, "bad", request, True)
        at += basis.cycle


def walk_shares(basis):
    """The share of F and of L."""
    return basis.allowed, basis.allowed + PERCENT


def counts(run, operation, experiment):
    """Section 1: arrived, succeeded, failed, unanswered of the measured time; successes decided in it."""
    requests = [r for r in run.requests.get(operation, []) if r.arrived < experiment.horizon]
    measured = [r for r in requests if r.arrived >= experiment.warm_up]
    in_time = sum(1 for r in requests if r.outcome == "succeeded" and r.decided is not None
                  and experiment.warm_up <= r.decided < experiment.horizon)
    return {"arrived": len(measured),
            "succeeded": sum(1 for r in measured if r.outcome == "succeeded"),
            "failed": sum(1 for r in measured if r.outcome == "failed"),
            "unanswered": sum(1 for r in measured if r.decided is None),
            "succeeded_in_time": in_time}
