"""The scores and likelihoods of DEFINITIONS.md, section 3."""

import math
from bisect import bisect_left, bisect_right
from functools import lru_cache

from quantities import BILLION

QUIET_REQUESTS = 50  # a score goes back to 0 at a good request so many after the last bad one, and `hold` after it
LOG_100 = math.log(100)
PERCENT = BILLION // 100


def fast_alarm(s):
    """max(4, 7 / log10(1/s)) in integers of 1e-9."""
    return max(4 * BILLION, round(7 / math.log10(BILLION / s) * BILLION)) if s < BILLION else 4 * BILLION


class Walk:
    """Which entries of a sequence are bad for one walk, and the share that is allowed."""

    def __init__(self, times, bad, s, hold):
        self.times, self.bad, self.s, self.hold = times, bad, s, hold
        self.share = s / BILLION
        self.bads = [i for i, value in enumerate(bad) if value]
        self.before = [0]  # bad ones before entry i
        for value in bad:
            self.before.append(self.before[-1] + (1 if value else 0))
        self.scores = ((10 * s, fast_alarm(s)), (2 * s, 12 * BILLION))

    def count(self, first, last):
        """Bad ones among the entries first .. last."""
        return self.before[last + 1] - self.before[first] if last >= first else 0

    def alarm(self, first, last):
        """(entry, 0 fast | 1 slow, where each score last left 0) of the first alarm of a fresh walk over first .. last."""
        scores, left = [0, 0], [None, None]
        previous = None
        for index in range(bisect_left(self.bads, first), bisect_right(self.bads, last)):
            i = self.bads[index]
            for kind, (good, limit) in enumerate(self.scores):
                if previous is not None:
                    # The good ones since the last bad one: each takes off its part, and the last of them, if it
                    # comes late enough, sets the score to 0.
                    scores[kind] = max(0, scores[kind] - good * (i - previous - 1))
                    if self.is_quiet(previous, i - 1):
                        scores[kind] = 0
                if scores[kind] == 0:
                    left[kind] = i
                scores[kind] += BILLION
            for kind, (good, limit) in enumerate(self.scores):
                if scores[kind] >= limit:
                    return i, kind, tuple(left)
            previous = i
        return None

    def is_quiet(self, last_bad, good):
        return good - last_bad >= QUIET_REQUESTS and self.times[good] - self.times[last_bad] >= self.hold

    def likelihood(self, first, last):
        """R(first .. last)."""
        n = last - first + 1
        k = self.count(first, last)
        if k * BILLION <= n * self.s:
            return 0.0
        value = k * math.log(k / (n * self.share))
        if k < n:
            value += (n - k) * math.log((1 - k / n) / (1 - self.share))
        return value

    def broken_share(self, first, last):
        """p: the share of bad ones from z to the alarm, within its limits."""
        if 6 * self.s > BILLION:
            return (1 + self.share) / 2
        return min(max(self.count(first, last) / (last - first + 1), 3 * self.share), 0.5)


def plain_alarm(walk, first, last):
    """Walk.alarm once more, request by request as it is defined: the tests compare the two."""
    scores, left, last_bad = [0, 0], [None, None], None
    for i in range(first, last + 1):
        for kind, (good, limit) in enumerate(walk.scores):
            if walk.bad[i]:
                if scores[kind] == 0:
                    left[kind] = i
                scores[kind] += BILLION
            else:
                scores[kind] = max(0, scores[kind] - good)
                if last_bad is not None and walk.is_quiet(last_bad, i):
                    scores[kind] = 0
        if walk.bad[i]:
            last_bad = i
        for kind, (good, limit) in enumerate(walk.scores):
            if scores[kind] >= limit:
                return i, kind, tuple(left)
    return None


@lru_cache(maxsize=None)
def upper_tail(n, k, s):
    """P(at least k bad of n) at the share s in 1e-9."""
    if k <= 0:
        return 1.0
    if k * BILLION <= n * s:
        return 0.5  # not above the mean: the median of a binomial is at least the mean rounded down
    share = s / BILLION
    log_term = (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
                + k * math.log(share) + (n - k) * math.log1p(-share))
    term = math.exp(log_term)
    total = 0.0
    for j in range(k, n + 1):
        total += term
        if term < total * 1e-17:
            break
        term *= (n - j) / (j + 1) * share / (1 - share)
    return total
