"""Draws that are the same for every version of Python: only `random()` of a seeded generator is used."""

import random


class Dice:
    def __init__(self, *seed):
        self.source = random.Random(":".join(str(part) for part in seed))

    def below(self, n):
        return int(self.source.random() * n)

    def between(self, low, high):
        """A whole number, both ends in."""
        return low + self.below(high - low + 1)

    def percent(self, p):
        return self.source.random() * 100 < p

    def pick(self, items):
        return items[self.below(len(items))]

    def some(self, items, count):
        """`count` of the items, in their order."""
        left = list(range(len(items)))
        while len(left) > count:
            left.pop(self.below(len(left)))
        return [items[i] for i in left]

    def span(self, low_ms, high_ms):
        """A duration as text: half of the time whole milliseconds, so that events meet at one instant."""
        if self.percent(50):
            return f"{self.between(low_ms, high_ms)} ms"
        return f"{self.between(low_ms * 1_000_000, high_ms * 1_000_000)} ns"

    def seconds(self, low, high):
        """A duration of so many seconds as text: whole ones, or to the nanosecond."""
        if self.percent(50):
            return f"{self.between(low, high)} s"
        return f"{self.between(low * 1_000_000_000, high * 1_000_000_000)} ns"

    def share(self, low, high):
        return f"{self.between(low, high)} %"

    def law(self, low_ms, high_ms):
        mean = self.span(low_ms, high_ms)
        kind = self.below(5)
        if kind == 0:
            return mean
        if kind == 1:
            return {"exponential": mean}
        if kind == 2:
            return {"erlang": {"k": self.between(2, 4), "mean": mean}}
        return {"lognormal": {"mean": mean, "cv": 0.6}}
