"""DEFINITIONS.md, section 5: promises for each incident, with exact bounds."""

import math
import re
from fractions import Fraction

from quantities import duration, plain, share

FAR = 2000  # so many further runs are tried one by one


def tail(n, k, p):
    """P(at least k of n) at the share p."""
    if k <= 0:
        return 1.0
    if p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    log_p, log_q = math.log(p), math.log1p(-p)
    return min(1.0, math.fsum(math.exp(math.lgamma(n + 1) - math.lgamma(j + 1) - math.lgamma(n - j + 1)
                                       + j * log_p + (n - j) * log_q) for j in range(k, n + 1)))


def bisect_share(increasing, target):
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if increasing(middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def lower_bound(k, n, level):
    """Two-sided Clopper-Pearson, lower end."""
    return 0.0 if k == 0 or n == 0 else bisect_share(lambda p: tail(n, k, p), (1 - level) / 2)


def upper_bound(k, n, level):
    """Two-sided Clopper-Pearson, upper end."""
    return 1.0 if k == n or n == 0 else bisect_share(lambda p: tail(n, k + 1, p), (1 + level) / 2)


def verdict(kept, broken, n, wanted, level):
    if n == 0:
        return "undecided"
    half = (1 - level) / 2
    if kept > 0 and tail(n, kept, float(wanted)) <= half:  # lower bound >= share
        return "met"
    if broken > 0 and 1 - tail(n, n - broken + 1, float(wanted)) < half:  # upper bound < share
        return "missed"
    return "undecided"


def further_runs(kept, broken, n, wanted, level):
    """The least number of further runs that would decide in the same proportion; None where no number would."""
    if n == 0 or not (kept > wanted * n or n - broken < wanted * n):
        return None

    def decided(total):
        return verdict(kept * total // n, broken * total // n, total, wanted, level) != "undecided"

    for total in range(n + 1, n + FAR):
        if decided(total):
            return total - n
    high = n + FAR
    while not decided(high):
        high *= 2
        if high > 10_000_000:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return high - n


def bound_of(text):
    """("<=" or "<", nanoseconds) of "<= 25 min"."""
    found = re.match(r"\s*(<=|<)?\s*(.*)$", str(plain(text)))
    return found.group(1) or "<=", duration(found.group(2))


def within(end, relation, bound):
    return end != "infinity" and (end < bound if relation == "<" else end <= bound)


def fate(span, relation, bound):
    """kept, broken or unknown."""
    if within(span["high"], relation, bound):
        return "kept"
    return "unknown" if within(span["low"], relation, bound) else "broken"


def judge(spans, text, wanted=Fraction(95, 100), level=0.95):
    """The verdict on a list of incidents, each {low, value, high}."""
    relation, bound = bound_of(text)
    fates = [fate(span, relation, bound) for span in spans]
    n, kept, broken = len(fates), fates.count("kept"), fates.count("broken")
    result = {"incidents": n, "kept": kept, "broken": broken, "unknown": n - kept - broken,
              "low": lower_bound(kept, n, level), "high": upper_bound(n - broken, n, level),
              "verdict": verdict(kept, broken, n, wanted, level)}
    result["further_runs"] = 0 if result["verdict"] != "undecided" else further_runs(kept, broken, n, wanted, level)
    return result


def total(verdicts):
    """All met: met; one missed: missed; else undecided."""
    if "missed" in verdicts:
        return "missed"
    return "met" if verdicts and all(one == "met" for one in verdicts) else "undecided"


def stated_share(expectation):
    return share(expectation["share"]) if "share" in expectation else Fraction(95, 100)
