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


def own(one, faults, hold, replays):
    """Sets the owners of an interruption. `replays`: by fault name the interruptions of the same draws without it."""
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
