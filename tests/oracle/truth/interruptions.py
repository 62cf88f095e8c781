"""DEFINITIONS.md, section 3: interruptions of one operation in one replication, to the nanosecond."""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Optional

from entries import walk_shares
from walks import LOG_100, Walk, upper_tail


@dataclass
class Interruption:
    walk: str  # failing, late
    begin: int
    begin_low: Optional[int]
    begin_high: int
    end: Optional[int]  # None: not restored, or no good request came after
    end_low: int
    end_high: Optional[int]
    first: int  # entry of the begin
    after: int  # entry of the end; the number of entries where there is none
    restored: bool
    bad: int = 0
    late: int = 0
    bad_time: int = 0
    answered_again: Optional[int] = None
    faults: list = field(default_factory=list)
    shared: bool = False


class Sequence:
    """The entries of an operation with both walks; undecided ones stand apart."""

    def __init__(self, entries, basis, hold, horizon):
        self.all = entries
        self.walked = [entry for entry in entries if entry.kind != "undecided"]
        self.times = [entry.time for entry in self.walked]
        self.undecided = [(entry.time, entry.ordinal) for entry in entries if entry.kind == "undecided"]
        self.hold, self.horizon = hold, horizon
        share_f, share_l = walk_shares(basis)
        self.f = Walk(self.times, [e.kind == "bad" for e in self.walked], share_f, hold)
        self.l = Walk(self.times, [e.kind in ("bad", "late") for e in self.walked], share_l, hold)

    def __len__(self):
        return len(self.walked)

    def key(self, i):
        return self.times[i], self.walked[i].ordinal

    def first_alarm(self, first):
        """(walk, entry, left): F before L, fast before slow at the same request."""
        last = len(self) - 1
        found = [(alarm[0], order, walk, alarm[2]) for order, walk in enumerate((self.f, self.l))
                 if (alarm := walk.alarm(first, last)) is not None]
        if not found:
            return None
        entry, _, walk, left = min(found, key=lambda item: item[:2])
        return walk, entry, left

    def quiet(self, first, last):
        """Fresh walks F and L over first .. last give no alarm."""
        return self.f.alarm(first, last) is None and self.l.alarm(first, last) is None

    def hold_window_end(self, x, walk, p):
        """w, the last entry of the hold window of x; None where the run ends before, or x cannot be healthy."""
        if self.times[x] + self.hold > self.horizon:
            return None
        good, bad = math.log((1 - walk.share) / (1 - p)), math.log(walk.share / p)
        held = bisect_left(self.times, self.times[x] + self.hold) - 1
        if not self.quiet(x, held):
            return None  # what gives an alarm here gives it in the whole window: `healthy` would ask in vain
        # From one bad entry to the next: a good one is what brings the sum to ln 100.
        at, k, goods = x - 1, 0, 0
        for index in range(bisect_left(walk.bads, x), len(walk.bads) + 1):
            following = walk.bads[index] if index < len(walk.bads) else len(self)
            missing = max(1, math.ceil((LOG_100 - k * bad) / good) - goods)
            if missing < following - at:
                return max(held, at + missing)
            goods += following - at - 1
            k, at = k + 1, following
        return None

    def healthy(self, x, walk, p):
        """The end w of the hold window of x if x is healthy, else None."""
        if walk.bad[x]:
            return None
        w = self.hold_window_end(x, walk, p)
        if w is None or self.has_undecided(x, w):
            return None
        n = w - x + 1
        for each in (self.f, self.l):
            if upper_tail(n, each.count(x, w), each.s) < 0.01:
                return None
        return w if self.quiet(x, w) else None

    def has_undecided(self, x, w):
        at = bisect_left(self.undecided, self.key(x))
        if at == len(self.undecided):
            return False
        return self.undecided[at][0] < self.times[x] + self.hold or self.undecided[at] < self.key(w)


def find(sequence):
    """All interruptions in order, merged where less than `hold` lies between."""
    found, start = [], 0
    while start < len(sequence):
        alarm = sequence.first_alarm(start)
        if alarm is None:
            break
        one, start = interruption(sequence, start, *alarm)
        found.append(one)
    merged = merge(found, sequence.hold)
    for one in merged:
        describe(sequence, one)
    return merged


def interruption(sequence, start, walk, alarm, left):
    """The interruption of one alarm, and the entry from which the walks go on."""
    z = min(entry for entry in left if entry is not None)
    p = walk.broken_share(z, alarm)
    e, w = None, None
    for x in range(alarm + 1, len(sequence)):
        w = sequence.healthy(x, walk, p)
        if w is not None:
            e = x
            break
    begin, begin_low, begin_high = begin_of(sequence, start, walk, z, alarm, e)
    name = "failing" if walk is sequence.f else "late"
    if e is None:
        last_bad, end_low = last_sign(sequence, begin)
        return Interruption(name, sequence.times[begin], begin_low, begin_high, None, end_low, None,
                            begin, len(sequence), False), len(sequence)
    end, end_low, end_high = end_of(sequence, walk, begin, e, w)
    return Interruption(name, sequence.times[begin], begin_low, begin_high,
                        None if end is None else sequence.times[end], end_low, end_high,
                        begin, len(sequence) if end is None else end, True), e


def begin_of(sequence, start, walk, z, alarm, e):
    """(entry, earliest, latest instant) of the begin."""
    times = sequence.times
    within = bisect_left(times, times[alarm] + sequence.hold) - 1
    v = min(max(within, alarm + 9), (len(sequence) if e is None else e) - 1)
    best, begin = -1.0, None
    for i in range(z, alarm + 1):
        if walk.bad[i] and (value := walk.likelihood(i, v)) >= best:
            best, begin = value, i
    first = max(start, bisect_left(times, times[z] - sequence.hold))
    near = [i for i in range(first, alarm + 1) if walk.likelihood(i, v) >= best - 3]
    return begin, (times[near[0] - 1] if near[0] > 0 else None), times[near[-1]]


def end_of(sequence, walk, begin, e, w):
    """(entry or None, earliest, latest instant or None) of the end, for the walk that gave the alarm."""
    times = sequence.times
    u = max(min(bisect_left(times, times[e] - sequence.hold), e - 10), begin)
    late_between = any(sequence.walked[i].kind == "late" for i in range(u, e))
    if walk is sequence.f and late_between:
        walk = sequence.l
    allowed = [i for i in range(u, w + 1) if sequence.quiet(i + 1, w)]
    best, m = -1.0, None
    for i in allowed:
        if walk.bad[i] and (value := walk.likelihood(u, i)) >= best:
            best, m = value, i
    if m is None:
        u = m = max(i for i in range(begin, e) if walk.bad[i])
        best = walk.likelihood(u, m)
        allowed = [i for i in range(u, w + 1) if sequence.quiet(i + 1, w)]
    near = [y for y in allowed if walk.likelihood(u, y) >= best - 3] or [m]
    end = next((i for i in range(m + 1, len(sequence)) if not walk.bad[i]), None)
    after = near[-1] + 1
    end_high = None
    if end is not None and after < len(sequence):
        end_high = max(times[after], times[end])
    return end, times[near[0]], end_high


def last_sign(sequence, begin):
    """Of what is not restored: its last bad or late entry and the least instant of its end."""
    last = max(i for i in range(begin, len(sequence)) if sequence.walked[i].kind != "good")
    if last == len(sequence) - 1:
        return last, sequence.horizon
    return last, sequence.times[last]


def merge(found, hold):
    merged = []
    for one in found:
        if merged and merged[-1].end is not None and one.begin - merged[-1].end < hold:
            last = merged[-1]
            last.end, last.end_low, last.end_high = one.end, one.end_low, one.end_high
            last.after, last.restored = one.after, one.restored
        else:
            merged.append(one)
    return merged


def describe(sequence, one):
    """Counts, bad time and the instant of answers again."""
    stop = sequence.horizon if one.end is None else one.end
    inside = sequence.walked[one.first:one.after]
    one.bad = sum(1 for e in inside if e.kind == "bad" and not e.repeated)
    one.late = sum(1 for e in inside if e.kind == "late" and not e.repeated)
    keys = [(e.time, e.ordinal) for e in sequence.all]
    at = bisect_left(keys, sequence.key(one.first))
    remaining = {id(e) for e in inside if e.kind in ("bad", "late")}
    for i in range(at, len(sequence.all)):
        if not remaining:
            break
        entry = sequence.all[i]
        if id(entry) in remaining:
            remaining.discard(id(entry))
            following = sequence.all[i + 1].time if i + 1 < len(sequence.all) else sequence.horizon
            one.bad_time += max(0, min(following, stop, sequence.horizon) - entry.time)
    kinds = ("bad",) if one.walk == "failing" else ("bad", "late")
    last_decision = max((e.request.decided for e in inside if e.kind in kinds and e.request.decided is not None),
                        default=None)
    if last_decision is not None:
        one.answered_again = min((e.request.decided for e in sequence.walked if e.kind not in kinds
                                  and e.request.decided > last_decision), default=None)


def time_within(one, low, high):
    """How much of the interruption lies in [low, high)."""
    end = high if one.end is None else one.end
    return max(0, min(end, high) - max(one.begin, low))

