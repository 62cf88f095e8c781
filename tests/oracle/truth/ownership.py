"""DEFINITIONS.md, section 6: whose an interruption or a change of leader is."""


def candidates(begin, end, faults, hold):
    """Faults in force at `begin`, or ended less than `hold` before it, and those that began until `end`."""
    found = []
    for fault in faults:
        began_before = fault.begin <= begin
        lingers = fault.end is None or begin < fault.end or begin - fault.end < hold
        during = fault.begin > begin and (end is None or fault.begin < end)
        if (began_before and lingers) or during:
            found.append(fault)
    return found


def of_failback(one, audit, faults, hold):
    """The faults that a failback answers which began the interruption; None where none did, or a fault was in force."""
    over = one.end if one.answered_again is None else one.answered_again
    for k, act in enumerate(audit):
        before = [other.at for other in audit[:k] if other.procedure == act.procedure]
        if not act.act.startswith("failed back") or not act.faults or not before:
            continue
        within = before[-1] < one.begin <= act.at and (over is None or act.at <= over)
        after = act.at <= one.begin_high and (one.begin_low or 0) - act.at < hold
        start = min(one.begin, act.at)
        in_force = any((over is None or fault.begin < over) and (fault.end is None or fault.end >= start)
                       for fault in faults)
        if (within or after) and not in_force:
            return [fault for fault in faults if fault.name in act.faults]
    return None


def own(one, faults, hold, replays, audit=()):
    """Sets the owners of an interruption. `replays`: by fault name the interruptions of the same draws without it."""
    by_failback = of_failback(one, audit, faults, hold)
    if by_failback is not None:
        one.faults = by_failback
        one.shared = len({fault.name for fault in by_failback}) > 1
        return
    found = candidates(one.begin, one.end, faults, hold)
    several = len({fault.name for fault in found}) > 1
    owners = found
    if (several or late(one, found)) and all(fault.name in replays for fault in found):
        owners = [fault for fault in found if needs(one, fault, replays[fault.name])] or (found if several else [])
    one.faults = owners
    one.shared = len({fault.name for fault in owners}) > 1


def late(one, found):
    """Whether all that may be to blame began after it: what was broken before may be nobody's."""
    return bool(found) and all(fault.begin > one.begin for fault in found)


def needs(one, fault, replay):
    """Without the fault the interruption does not begin; or it began in it, and without it the end is another."""
    same = [other for other in replay if begins_like(one, other)]
    if not same:
        return True
    return fault.begin > one.begin and not any(ends_like(one, other) for other in same)


def begins_like(one, other):
    """Their intervals meet."""
    return ((one.begin_low is None or other.begin_high >= one.begin_low)
            and (other.begin_low is None or other.begin_low <= one.begin_high))


def ends_like(one, other):
    if one.end is None or other.end is None:
        return one.end is None and other.end is None
    return ((other.end_high is None or one.end_low <= other.end_high)
            and (one.end_high is None or other.end_low <= one.end_high))
