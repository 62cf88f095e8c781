"""What happened in the worlds that were played: whether they are worth playing."""

from collections import Counter


def of_world(world, played):
    """Counts of one world; `world` is None where its texts came from a folder."""
    truth, document = played.truth, played.oracle
    operations = document["operations"].values()
    found = [one for operation in operations for one in operation["interruptions"]]
    faults = document["disruptions"]
    incidents = [one for fault in faults for one in fault["replications"]]
    invoices = Counter()
    for operation in operations:
        invoices.update(operation["invoices"])
    moved = sum(len(losses.changes()) for losses in truth.losses.values())
    has = {
        "worlds": True,
        "with a runbook": world is not None and world.staffed,
        "with a failover": world is not None and world.staffed and moved > 0,
        "that lose invoices": invoices["acknowledged_lost"] > 0,
        "with stranded invoices": invoices["stranded"] > 0,
        "with invoices out of reach": invoices["out_of_reach"] > 0,
        "with reconciled invoices": invoices["reconciled"] > 0,
        "with void invoices": invoices["void"] > 0,
        "with durable ones that nobody was told": invoices["unacknowledged_durable"] > 0,
        "with duplicates": invoices["duplicates_written"] > 0,
        "with a loss in seconds": any(one["rpo_s"]["high"] not in ("0.000000000", None) for one in incidents),
        "with an interruption": bool(found),
        "with several in one run": any(len(run) > 1 for run in by_run(found).values()),
        "not restored": any(one["end_s"] is None for one in found),
        "late": any(one["walk"] == "late" for one in found),
        "shared": any(one["shared"] for one in found),
        "without an owner": any(not one["faults"] for one in found),
        "with competitors": bool(played.competitors),
        "with a fault that nobody saw": any(one["not_seen_by"] for one in incidents),
        "with a fault that did no harm": any(one["onset_s"] is None for one in incidents),
        "with later interruptions": any(other["later"] for one in incidents for other in one["operations"].values()),
        "with a fault beyond the horizon": any(
            one["end_s"] is None or float(one["end_s"]) > truth.experiment.horizon / 1e9 for one in incidents),
        "with a fault in the warm-up": any(
            float(one["begin_s"]) < truth.experiment.warm_up / 1e9 for one in incidents),
        "with unanswered requests": any(operation["unanswered"] for operation in operations),
        "with closed users": any("closed" in load for load in truth.experiment.text["load"].values()
                                 if isinstance(load, dict)),
        "whose calm is unknown": any(operation["calm"]["p99_s"] is None for operation in operations),
        "whose allowed share is raised": any("raised" in operation["allowed_origin"] for operation in operations),
    }
    counts = Counter({key: int(value) for key, value in has.items()})
    counts.update({"faults": len(faults), "incidents": len(incidents), "interruptions": len(found),
                   "requests": sum(operation["total"]["arrived"] for operation in operations),
                   "changes of leader": moved, "invoices lost": invoices["acknowledged_lost"],
                   "counterfactual runs": len(played.competitors)})
    return counts


def by_run(found):
    runs = {}
    for one in found:
        runs.setdefault(one["replication"], []).append(one)
    return runs


def told(counts):
    worlds = max(1, counts["worlds"])
    lines = ["census:"]
    for key, value in counts.items():
        lines.append(f"  {value:7d}  {key}" + (f"  ({100 * value / worlds:.0f} %)" if value <= worlds else ""))
    return "\n".join(lines)


def too_dull(counts):
    """What worlds must meet so that the comparison of many of them is worth something."""
    wanted = (("with a failover", counts["with a runbook"] / 3), ("with an interruption", counts["worlds"] / 2),
              ("that lose invoices", 1), ("not restored", 1), ("late", 1), ("shared", 1), ("with competitors", 1),
              ("with closed users", 1), ("with several in one run", 1))
    return [f"census: {counts[key]} worlds {key}, wanted at least {least:.0f}"
            for key, least in wanted if counts[key] < least]
