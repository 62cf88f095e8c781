"""DEFINITIONS.md, section 7: what is lost, from the records and the events of the logs of one replication."""

from bisect import bisect_right, insort
from collections import defaultdict

from ownership import candidates
from recovery import span, worst


class Branches:
    """One shard of one log: what each epoch's log consists of and what each place holds."""

    def __init__(self):
        self.epochs = defaultdict(list)  # epoch -> [(position, commit)] in order
        self.base = {}  # epoch -> records its leader had when it began to lead
        self.holds = defaultdict(set)  # place -> records
        self.aside = defaultdict(set)  # place -> records it wrote and put aside when it followed another: a person could bring them back
        self.place_epoch = {}  # place -> (epoch it follows or writes, position)
        self.leaders = []  # (at, place, epoch)
        self.reconciled = set()
        self.destroyed_at = {}  # record -> when a place that had it was destroyed last

    def lineage(self, epoch):
        return self.base.get(epoch, frozenset()) | {commit for _, commit in self.epochs.get(epoch, [])}

    def leading(self):
        """The log that leads, at the end of what has been read."""
        if self.leaders:
            return self.lineage(self.leaders[-1][2])
        return self.lineage(min(self.epochs)) if self.epochs else set()

    def record(self, commit):
        """A record that will be written: what a place has is told by positions, also of those still on their way."""
        insort(self.epochs[commit.epoch], (commit.position, commit), key=lambda item: item[0])

    def commit(self, commit):
        if not self.leaders:
            self.leaders.append((0, commit.place, commit.epoch))
        self.holds[commit.place].add(commit)
        self.place_epoch[commit.place] = (commit.epoch, None)

    def has(self, at, place, epoch, position):
        """The place has all of an epoch's log up to a position; none named: all that is written by now."""
        if epoch is None:
            epoch = self.leaders[-1][2] if self.leaders else 0
        own = self.epochs.get(epoch, [])
        base = self.base.get(epoch, frozenset())
        if position is None:
            position = max((commit.position for _, commit in own if commit.commit <= at), default=None)
            end = 0 if position is None else bisect_right(own, position, key=lambda item: item[0])
            position = None
        else:
            end = bisect_right(own, position, key=lambda item: item[0])
        before = self.place_epoch.get(place)
        if before is not None and before[0] == epoch and before[1] is not None and before[1][1]:
            start = before[1][0]
            self.holds[place].update(commit for _, commit in own[start:end])
            self.place_epoch[place] = (epoch, (max(start, end), True))
            return
        highest = max((commit.position for commit in base), default=None)
        restarts = bool(own) and highest is not None and own[0][0] <= highest
        whole = position is None or restarts or highest is None or position >= highest
        had = {commit for commit in base if whole or commit.position <= position}
        self.aside[place] |= {commit for commit in self.holds[place] if commit.place == place}
        self.holds[place] = had | {commit for _, commit in own[:end]}
        self.place_epoch[place] = (epoch, (end, whole))

    def lead(self, at, place, epoch, position):
        """What it wrote on a branch of its own while another led is not in the log that it leads."""
        if epoch not in self.base:
            self.aside[place] |= {commit for commit in self.holds[place] if commit.place == place}
            if self.leaders:
                self.holds[place] &= self.lineage(self.leaders[-1][2])
            self.base[epoch] = frozenset(commit for commit in self.holds[place]
                                         if position is None or commit.position <= position)
        self.leaders.append((at, place, epoch))
        self.place_epoch[place] = (epoch, None)

    def reconcile(self, place, epoch, position):
        leading = self.leading()
        held = self.holds[place] | {c for _, c in self.epochs.get(epoch, []) if c.place == place}
        self.reconciled |= {c for c in held if c not in leading and (epoch is None or c.epoch == epoch)
                            and (position is None or c.position <= position)}

    def reseed(self, at, place, position):
        self.place_epoch.pop(place, None)
        self.has(at, place, self.leaders[-1][2] if self.leaders else None, position)
        self.aside.pop(place, None)


class Losses:
    """All logs of one replication, read to the end."""

    def __init__(self, run, experiment):
        self.run, self.experiment = run, experiment
        self.requests = {(operation, r.ordinal): r for operation, requests in run.requests.items() for r in requests
                         if r.arrived < experiment.horizon}
        self.shards = defaultdict(Branches)  # (log, shard)
        self.down = {}  # (log, place) -> since when; absent: up
        self.cut = {}  # likewise: no caller reaches it
        self.silent = defaultdict(list)  # (log, place) -> [(from, until or None)] down or deposed
        self.read()
        self.by_invoice = defaultdict(list)
        for key, branches in self.shards.items():
            for records in branches.epochs.values():
                for _, commit in records:
                    self.by_invoice[commit.operation, commit.ordinal].append((branches, commit))

    def read(self):
        steps = [(c.commit, 0, i, c) for i, c in enumerate(self.run.commits)]
        steps += [(e.at, 1, i, e) for i, e in enumerate(self.run.log)]
        shards_of = defaultdict(set)
        for step in self.run.commits:
            shards_of[step.log].add(step.shard)
            self.shards[step.log, step.shard].record(step)
        for step in self.run.log:
            if step.shard:
                shards_of[step.log].add(step.shard)
        for _, is_event, _, step in sorted(steps, key=lambda item: item[:3]):
            if not is_event:
                self.shards[step.log, step.shard].commit(step)
                continue
            for shard in ([step.shard] if step.shard else sorted(shards_of[step.log]) or [""]):
                self.event(step, self.shards[step.log, shard])

    def event(self, step, branches):
        if step.event in ("received", "applied"):
            branches.has(step.at, step.place, step.epoch, step.position)
        elif step.event == "leads":
            if branches.leaders and branches.leaders[-1][1] != step.place:
                self.silent[step.log, branches.leaders[-1][1]].append((step.at, None))
            self.silent[step.log, step.place] = [(begin, step.at if end is None else end)
                                                 for begin, end in self.silent[step.log, step.place]]
            branches.lead(step.at, step.place, step.epoch, step.position)
        elif step.event == "reconciled":
            branches.reconcile(step.place, step.epoch, step.position)
        elif step.event == "reseeded":
            branches.reseed(step.at, step.place, step.position)
        elif step.event == "fenced":
            self.silent[step.log, step.place].append((step.at, None))
        elif step.event == "cut_off":
            self.cut.setdefault((step.log, step.place), step.at)
        elif step.event == "reachable":
            since = self.cut.pop((step.log, step.place), None)
            if since is not None:
                self.silent[step.log, step.place].append((since, step.at))
        elif step.event == "down":
            self.down.setdefault((step.log, step.place), step.at)
            if any(fault.begin == step.at and self.experiment.destroys(fault.name) for fault in self.run.faults):
                self.destroy(step, branches)
        elif step.event == "destroyed":  # one that was down already may be destroyed too
            self.destroy(step, branches)
        elif step.event == "up":
            since = self.down.pop((step.log, step.place), None)
            if since is not None:
                self.silent[step.log, step.place].append((since, step.at))

    def destroy(self, step, branches):
        for commit in branches.holds[step.place]:
            branches.destroyed_at[commit] = step.at
        branches.holds[step.place] = set()
        branches.aside.pop(step.place, None)
        branches.place_epoch.pop(step.place, None)

    # ---- the end of the run ------------------------------------------------------------------------------------

    def state(self, branches, commit):
        """durable, reconciled, unreachable, gone (in no place any more) or off (on no leading branch)."""
        if commit in branches.reconciled:
            return "reconciled"
        if commit not in branches.leading_set:
            return "off"
        holders = [place for place, records in branches.holds.items() if commit in records]
        if not holders:
            return "gone"
        return "durable" if any((commit.log, place) not in self.down for place in holders) else "unreachable"

    def strands(self, branches, commit):
        leader = branches.leaders[-1][1]
        return any(commit in records for kept in (branches.holds, branches.aside) for place, records in kept.items()
                   if place != leader and (commit.log, place) not in self.down)

    def counted(self, operation):
        """The invoices of the measured time of one operation."""
        result = dict.fromkeys(("acknowledged_lost", "stranded", "out_of_reach", "reconciled", "void",
                                "unacknowledged_durable", "duplicates_written"), 0)
        for branches in self.shards.values():
            branches.leading_set = branches.leading()
        for (name, ordinal), records in self.by_invoice.items():
            request = self.requests.get((name, ordinal))
            if name != operation or request is None or request.arrived < self.experiment.warm_up:
                continue
            states = [self.state(branches, commit) for branches, commit in records]
            there = any(one in ("durable", "reconciled", "unreachable") for one in states)
            if request.told == "issued":
                if not there:
                    result["acknowledged_lost"] += 1
                    result["stranded"] += any(self.strands(b, c) for b, c in records)
                elif "durable" not in states and "reconciled" in states:
                    result["reconciled"] += 1
                elif "durable" not in states:
                    result["out_of_reach"] += 1
            if request.outcome == "failed" and there:
                result["void"] += 1
            if request.decided is None and there:
                result["unacknowledged_durable"] += 1
            per_log = defaultdict(int)
            for (_, commit), one in zip(records, states):
                per_log[commit.log] += one in ("durable", "reconciled", "unreachable")
            result["duplicates_written"] += any(count > 1 for count in per_log.values())
        return result

    # ---- changes of leader -------------------------------------------------------------------------------------

    def changes(self, operation=None):
        """[(log, at, place, epoch, rpo)] of each change of leader, the largest over shards."""
        found = {}
        for (log, _), branches in self.shards.items():
            for old, new in zip(branches.leaders, branches.leaders[1:]):
                if old[1] == new[1] and old[2] == new[2]:
                    continue
                key = (log, new[0], new[1])
                found[key] = max(found.get(key, 0), self.lacking(log, branches, old, new, operation))
        return [(*key, rpo) for key, rpo in sorted(found.items())]

    def acknowledged(self, commit, operation):
        request = self.requests.get((commit.operation, commit.ordinal))
        return request is not None and request.told == "issued" and operation in (None, commit.operation)

    def lacking(self, log, branches, old, new, operation):
        present = branches.lineage(new[2])
        invoices = {(c.operation, c.ordinal) for c in present}
        missing = [c for c in branches.lineage(old[2]) if c not in present and self.acknowledged(c, operation)
                   and (c.operation, c.ordinal) not in invoices]
        if not missing:
            return 0
        last = max(c.commit if c.returned is None else c.returned for c in missing)
        return self.first_silence(log, old[1], new[0], last) - min(c.commit for c in missing)

    def first_silence(self, log, place, deposed, last):
        """d: the first instant from `last` on at which the old leader was down, cut off or deposed."""
        silent = self.silent[log, place] + [(deposed, None)]
        for since in (self.down, self.cut):
            if (log, place) in since:
                silent.append((since[log, place], None))
        return min(max(begin, last) for begin, until in silent if until is None or until > last)

    def out_of_reach(self, operation=None):
        """[(instant of the last loss of a holder, log, rpo span)] of what no place that is up holds at the end."""
        found = []
        for (log, _), branches in self.shards.items():
            branches.leading_set = branches.leading()
            lost = {"unreachable": [], "gone": []}
            for commit in branches.leading_set:
                if self.acknowledged(commit, operation):
                    state = self.state(branches, commit)
                    if state in lost:
                        lost[state].append(commit)
            at = max((since for (name, _), since in self.down.items() if name == log), default=self.experiment.horizon)
            if lost["unreachable"]:
                oldest = min(c.commit for c in lost["unreachable"])
                found.append((at, log, span(0, None, self.experiment.horizon - oldest)))
            when = {c: branches.destroyed_at.get(c, at) for c in lost["gone"]}
            for at in sorted(set(when.values())):
                gone = [c for c in when if when[c] == at]
                last = max(c.commit if c.returned is None else c.returned for c in gone)
                leader = [place for since, place, _ in branches.leaders if since <= at][-1]
                gap = self.first_silence(log, leader, at, last) - min(c.commit for c in gone)
                found.append((at, log, span(gap, gap, gap)))
        return found


def rpo_of(fault, losses, faults, hold, audit, operation=None):
    """The largest loss of the changes of leader that are the fault's, and of what is out of reach by it."""
    spans = [span(0, 0, 0)]
    for _, at, _, rpo in losses.changes(operation):
        acts = [act for act in audit if act.at == at]
        named = {name for act in acts for name in act.faults}
        mine = fault.name in named if acts else fault in candidates(at, at, faults, hold)
        if mine:
            spans.append(span(rpo, rpo, rpo))
    for at, _, one in losses.out_of_reach(operation):
        if fault in candidates(at, at, faults, hold):
            spans.append(one)
    return worst(spans)

