"""Faults of a random world: one that most worlds are about, and others beside, over and after it, some of them harmless."""


def troubles(world, dice):
    found = []
    if dice.percent(90 if world.staffed else 45):
        found.append(main_fault(world, dice))
    for _ in range(dice.between(0 if found else 1, dice.pick([1, 2, 3, 4]))):
        found.append(another(world, dice, found))
    named = dice.percent(65)
    for i, fault in enumerate(found):
        if named:
            fault["id"] = f"f{i}"
    world.experiment["faults"] = found


def timed(world, dice, fault, low, high, shortest, longest):
    """`at` and `duration` in seconds; some last to the end of the run."""
    fault["at"] = dice.seconds(low, max(low, high))
    if not dice.percent(12):
        fault["duration"] = dice.seconds(shortest, longest)
    return fault


def main_fault(world, dice):
    """The primary is lost, for long enough that a runbook goes through."""
    site = world.primary.split("/")[0]
    region = world.topology["sites"][site]["region"]
    others = [other for other in ["net"] + world.sites if other != site]
    fault = [{"fault": "region_down", "target": region}, {"fault": "zone_down", "target": site},
             {"fault": "zone_down", "target": world.primary}, {"fault": "instance_kill", "target": f"database@{site}"},
             {"fault": "instance_pause", "target": f"database@{site}"},
             {"fault": "partition", "between": [[site], others]}][dice.below(6)]
    low = max(20, world.horizon_s // 6)
    return timed(world, dice, fault, low, world.horizon_s // 3, 40, 200)


def another(world, dice, before):
    fault = harmless(world, dice) if dice.percent(20) else harmful(world, dice)
    if world.silence is not None and dice.percent(60):
        fault.update({"at": f"{world.silence + dice.between(10, 20)} s", "duration": dice.seconds(5, 40)})
        return fault
    choice = dice.below(20)
    if choice < 3 and world.warm_up_s:
        return timed(world, dice, fault, 0, world.warm_up_s - 1, 2, 40)
    if choice < 9 and before:
        near = seconds_of(dice.pick(before)["at"])
        return timed(world, dice, fault, max(0, near - 20), min(near + 60, world.horizon_s - 10), 5, 120)
    if choice < 10:
        fault["at"] = f"{world.horizon_s - dice.between(1, 30)} s"
        fault["duration"] = dice.seconds(5, 60)
        return fault
    return timed(world, dice, fault, max(world.warm_up_s, 10), world.horizon_s - 60, 3, 90)


def seconds_of(text):
    value, unit = text.split()
    return int(value) // {"s": 1, "ns": 1_000_000_000}[unit]


def component_at(world, dice):
    name = dice.pick(["edge", "invoice", "database"])
    places = sorted({place.split("/")[0] for place in world.topology["components"][name]["replicas"]})
    return f"{name}@{dice.pick(places)}" if dice.percent(50) else name


def hit(dice, fault):
    if dice.percent(25):
        fault["mode"] = "one"
    elif dice.percent(15):
        fault.update({"mode": "percent", "percent": dice.share(20, 80)})
    return fault


def harmful(world, dice):
    kind = dice.below(13)
    if kind == 0:
        return {"fault": "region_down", "target": dice.pick(sorted(world.regions))}
    if kind == 1:
        return {"fault": "zone_down", "target": dice.pick(world.places)}
    if kind == 2:
        return hit(dice, {"fault": "instance_kill", "target": component_at(world, dice)})
    if kind == 3:
        return hit(dice, {"fault": "instance_pause", "target": component_at(world, dice)})
    if kind == 4 and world.followers:
        # Who receives the log is dead or hangs.
        what = dice.pick(["instance_kill", "instance_pause"])
        return {"fault": what, "target": f"database@{dice.pick(world.followers).split('/')[0]}"}
    if kind == 5:
        one, other = dice.pick(world.links).split("-")
        return {"fault": "partition", "between": [[one], [other]],
                "direction": dice.pick(["both", "both", "a_to_b", "b_to_a"])}
    if kind == 6:
        return {"fault": "latency", "target": dice.pick(world.links), "extra": dice.span(100, 1500)}
    if kind == 7:
        return {"fault": "loss", "target": dice.pick(world.links), "probability": dice.share(5, 60)}
    if kind == 8:
        return hit(dice, {"fault": "capacity_loss", "target": component_at(world, dice), "fraction": dice.share(50, 100)})
    if kind == 9:
        return {"fault": "cpu_slow", "target": dice.pick(["invoice", "database"]), "factor": dice.between(5, 60)}
    if kind == 10 and "pool" in world.topology["components"]["database"]:
        return {"fault": "pool_shrink", "target": "database", "to": dice.between(0, 1)}
    if kind == 11 and followers_cut(world):
        return followers_cut(world)
    if kind == 12 and with_rate(world):
        return {"fault": "spike", "target": dice.pick(with_rate(world)), "factor": dice.between(2, 6)}
    return hit(dice, {"fault": "instance_kill", "target": component_at(world, dice)})


def followers_cut(world):
    """Replication stands still while both sides live."""
    site = world.primary.split("/")[0]
    others = sorted({place.split("/")[0] for place in world.followers} - {site})
    return {"fault": "partition", "between": [[site], others]} if others else None


def with_rate(world):
    """Operations whose load has a rate that a spike can multiply."""
    return [name for name, load in world.experiment["load"].items() if "poisson" in load or "piecewise" in load]


def harmless(world, dice):
    found = [{"fault": "latency", "target": world.links[-1], "extra": "1 ms"},
             {"fault": "cpu_slow", "target": "edge", "factor": 1.1},
             {"fault": "capacity_loss", "target": "database", "fraction": "1 %"},
             {"fault": "loss", "target": world.links[-1], "probability": "0.01 %"}]
    if with_rate(world):
        found.append({"fault": "spike", "target": with_rate(world)[0], "factor": 1.05})
    return dice.pick(found)
