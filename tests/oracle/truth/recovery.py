"""DEFINITIONS.md, section 4: recovery time, onset, later interruptions of a fault."""

INFINITY = "infinity"
FAILBACK = ("failback", "fail_back", "fail-back", "fail back", "failed_back", "failed back", "failed-back")


def span(low, value, high):
    return {"low": low, "value": value, "high": high}


def last_act(audit, fault):
    """When the procedures that the fault started acted for the last time before any failback; None: never."""
    returning, last = set(), None
    for act in sorted(audit, key=lambda act: act.at):
        if fault.name not in act.faults or act.at < fault.begin:
            continue
        if any(word in act.act.lower() for word in FAILBACK):
            returning.add(act.procedure)
        if act.procedure not in returning:
            last = act.at
    return last


def of_operation(fault, interruptions, requests, entries, audit, hold, horizon):
    """What one operation saw of one fault: seen, onset, recovery time, the interruptions in it and the later ones."""
    mine = [one for one in interruptions if fault in one.faults]
    stop = None if fault.end is None else fault.end + hold
    first = next((one for one in mine if (stop is None or one.begin < stop)
                  and (one.end is None or one.end > fault.begin)), None)
    if first is None:
        result = without_interruption(fault, requests, entries, hold, horizon)
        return {**result, "within": [], "later": mine}
    already_open = first.begin < fault.begin
    begin = max(first.begin, fault.begin)
    begin_low = fault.begin if already_open or first.begin_low is None else max(first.begin_low, fault.begin)
    begin_high = fault.begin if already_open else max(first.begin_high, fault.begin)
    acted = last_act(audit, fault)
    within = [first] + [one for one in mine if one.begin > first.begin and acted is not None and one.begin < acted]
    last = within[-1]
    rto = span(max(0, last.end_low - begin_high),
               None if last.end is None else last.end - begin,
               INFINITY if last.end_high is None else last.end_high - begin_low)
    onset = span(begin_low - fault.begin, begin - fault.begin, begin_high - fault.begin)
    return {"seen": True, "onset": onset, "rto": rto, "within": within,
            "later": [one for one in mine if one not in within]}


def without_interruption(fault, requests, entries, hold, horizon):
    end = horizon if fault.end is None else fault.end
    if end == fault.begin:
        end = fault.begin + hold
    seen = any(r.arrived < min(end, horizon) and (r.decided is None or r.decided >= fault.begin) for r in requests)
    if seen:
        return {"seen": True, "onset": None, "rto": span(0, 0, 0)}
    following = min((e.request.arrived for e in entries if e.kind == "good" and e.request.arrived >= fault.begin),
                    default=None)
    return {"seen": False, "onset": None,
            "rto": span(0, None, INFINITY if following is None else following - fault.begin)}


def either(one, other):
    """A span that is one of the two, nobody knows which."""
    upper = INFINITY if INFINITY in (one["high"], other["high"]) else max(one["high"], other["high"])
    value = one["value"] if one["value"] == other["value"] else None
    return span(min(one["low"], other["low"]), value, upper)


def worst(spans):
    """The largest of each end; the value is open when one of them is."""
    def largest(values):
        return INFINITY if INFINITY in values else max(values)
    values = [one["value"] for one in spans]
    return span(largest([one["low"] for one in spans]), None if None in values else max(values),
                largest([one["high"] for one in spans]))


def worst_of(by_operation):
    """The worst recovery time of the operations that saw the fault, of all when none did; and who did not see it."""
    # Where no operation saw it none is left out, and none is named.
    unseen = sorted(name for name, one in by_operation.items() if not one["seen"])
    seen = [one["rto"] for one in by_operation.values() if one["seen"]]
    return worst(seen or [one["rto"] for one in by_operation.values()]), unseen if seen else []


def earliest(onsets):
    onsets = [one for one in onsets if one is not None]
    return span(*(min(one[end] for one in onsets) for end in ("low", "value", "high"))) if onsets else None
